"""How texts become weighted rows: one space of title characters, words and trades, in whole numbers.

A vacancy's weight of a term is its BM25-saturated frequency, a wish's weight is the term's inverse document
frequency as a share of the whole wish; a trade weighs what a text stands for it. Their dot product is therefore
the share of the wish that the vacancy meets, comparable between wishes. Weights are fixed point, so a sum is
the same in every order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from matching.config import Config
from matching.meaning import Said
from matching.senses import SHARE_SCALE
from matching.terms import character_spans, characters, words
from matching.wording import plain, role_spans, substance
from models.text import normal_form

VACANCY_SCALE = 1 << 15  # of a saturated frequency, which stays below k1 + 1
WISH_SCALE = 1 << 14  # of a share of the wish
WHOLE = 1.4  # what a text that meets a wish wholly, in the shortest of titles, reaches: (k1 + 1) / (1 + k1 (1 - b))
MOST_TERMS = 32  # of a wish, the heaviest: the kernel's rows are no longer
ROLE = 0.6  # weight of an n-gram inside a word of rank or role (主管, 工程师), which wishes of other trades share
UNSEEN = -1  # the column of the terms that no vacancy has
CHARACTERS, WORDS = "c", "w"  # the block of a term, its first letter; trades stand behind all terms, by number


def _identity(terms: Sequence[str]) -> Sequence[str]:
    return terms


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known terms ('c' + gram or 'w' + word), their inverse document frequencies, the blocks' mean lengths."""

    terms: dict[str, int]
    idf: NDArray[np.float64]
    unseen: float  # idf of a term that no vacancy has
    mean_length: dict[str, float]

    @classmethod
    def fit(cls, documents: Sequence[Document]) -> tuple[Vocabulary, sp.csr_array]:
        """The vocabulary of a corpus, and its counts (documents x terms)."""
        counter = CountVectorizer(analyzer=_identity, dtype=np.int32)
        if any(document.grams or document.words for document in documents):
            counts = sp.csr_array(counter.fit_transform([document.terms for document in documents]))
            terms = {str(term): int(column) for term, column in counter.vocabulary_.items()}
        else:
            counts, terms = sp.csr_array((len(documents), 0), dtype=np.int32), {}
        frequency = np.bincount(counts.indices, minlength=len(terms))
        total = counts.shape[0]
        idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
        lengths = {
            block: float(np.mean([document.length(block) for document in documents] or [1])) or 1.0
            for block in (CHARACTERS, WORDS)
        }
        return cls(terms, idf, float(np.log1p((total + 0.5) / 0.5)), lengths), counts

    def count(self, documents: Sequence[Document]) -> sp.csr_array:
        """Counts of documents in the known terms; unknown terms drop out."""
        rows, columns, values = [], [], []
        for row, document in enumerate(documents):
            for term, frequency in Counter(document.terms).items():
                column = self.terms.get(term)
                if column is not None:
                    rows.append(row)
                    columns.append(column)
                    values.append(frequency)
        shape = (len(documents), len(self.terms))
        return sp.csr_array((np.array(values, np.int32), (np.array(rows, int), np.array(columns, int))), shape=shape)

    def weigh(
        self, counts: sp.csr_array, trades: sp.csr_array, documents: Sequence[Document], config: Config
    ) -> sp.csr_array:
        """BM25-saturated frequencies, then shares of trades: documents x (terms + trades), int32 at VACANCY_SCALE."""
        is_word = np.zeros(len(self.terms), bool)
        for term, column in self.terms.items():
            is_word[column] = term[0] == WORDS
        ratio = np.array(
            [
                [document.length(block) / self.mean_length[block] for block in (CHARACTERS, WORDS)]
                for document in documents
            ]
        ).reshape(-1, 2)
        b = np.array([config.characters_b, config.words_b])
        damping = config.k1 * (1 - b + b * ratio)
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        frequency = counts.data.astype(np.float64)
        weight = frequency * (config.k1 + 1) / (frequency + damping[rows, is_word[counts.indices].astype(int)])
        data = np.rint(weight * VACANCY_SCALE).astype(np.int32)
        text = sp.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
        share = np.rint(trades.data * (WHOLE * VACANCY_SCALE / SHARE_SCALE)).astype(np.int32)
        return sp.csr_array(sp.hstack([text, sp.csr_array((share, trades.indices, trades.indptr), shape=trades.shape)]))

    def wish(self, text: str, trades: Mapping[int, int], config: Config) -> dict[int, int]:
        """A wish as weights of known terms and of trades (number to share at SHARE_SCALE), at WISH_SCALE.

        The whole wish, unknown terms included, weighs 1: a vacancy that says all of it meets it wholly, and so does
        one that is surely of its first trade as far as trades go.
        """
        normal = normal_form(text)
        blocks = (
            (config.characters_share, self._weights(CHARACTERS, _gram_weights(normal))),
            (config.words_share, self._weights(WORDS, dict.fromkeys(words(normal), 1.0))),
        )
        trades_share = config.trades_share * max(trades.values(), default=0) / SHARE_SCALE
        whole = sum(share for share, weights in blocks if weights) + trades_share or 1.0
        row = {
            column: share / whole * weight for share, weights in blocks for column, weight in weights.items()
        } | {
            len(self.terms) + number: config.trades_share / whole * share / SHARE_SCALE
            for number, share in trades.items()
        }  # fmt: skip
        row.pop(UNSEEN, None)
        return _heaviest(row)

    def skill(self, text: str) -> dict[int, int]:
        """Skills as weights of known words, like `wish`."""
        row = self._weights(WORDS, dict.fromkeys(words(text), 1.0))
        row.pop(UNSEEN, None)
        return _heaviest(row)

    def _weights(self, block: str, terms: Mapping[str, float]) -> dict[int, float]:
        """Columns to shares of the block's whole weight; the shares of unknown terms are summed at UNSEEN."""
        weights: dict[int, float] = {}
        for term, factor in sorted(terms.items()):
            column = self.terms.get(block + term, UNSEEN)
            rarity = self.unseen if column == UNSEEN else float(self.idf[column])
            weights[column] = weights.get(column, 0.0) + factor * rarity
        total = sum(weights.values()) or 1.0
        return {column: weight / total for column, weight in weights.items()}


def _gram_weights(normal: str) -> dict[str, float]:
    """The n-grams of a wish in normal form; those inside words of role weigh less, unless all is role."""
    role = np.zeros(len(normal))
    for start, end in role_spans(normal):
        role[start:end] = 1.0
    if role.all():
        role[:] = 0.0
    weights: dict[str, float] = {}
    for gram, start in character_spans(normal):
        weight = 1 - (1 - ROLE) * float(role[start : start + len(gram)].mean())
        weights[gram] = max(weights.get(gram, 0.0), weight)
    return weights


def _heaviest(row: Mapping[int, float]) -> dict[int, int]:
    kept = sorted(row.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_TERMS]
    weights = {column: round(weight * WISH_SCALE) for column, weight in kept}
    return {column: weight for column, weight in weights.items() if weight}


@dataclass(frozen=True, slots=True)
class Document:
    """What one vacancy says: the n-grams of its title, the words of all fields (the title's twice), its skills."""

    title: str
    grams: list[str]
    words: list[str]
    skills: list[str]
    described: list[str]

    @classmethod
    def of(cls, title: str, skills: Sequence[str], description: str, industry: str) -> Document:
        """A vacancy without its boilerplate: benefits, virtues, headings."""
        tags, described = substance(skills), words(plain(description))
        found = words(title) * 2 + [word for tag in tags for word in words(tag)] + described + words(industry)
        return cls(normal_form(title), characters(title), found, tags, described)

    @property
    def terms(self) -> list[str]:
        """All terms, each with its block before it."""
        return [CHARACTERS + gram for gram in self.grams] + [WORDS + word for word in self.words]

    @property
    def said(self) -> Said:
        """What the meaning is read from."""
        return Said(self.grams, self.skills, self.described)

    def length(self, block: str) -> int:
        """The number of terms of a block."""
        return len(self.grams) if block == CHARACTERS else len(self.words)


def rows_matrix(rows: Sequence[dict[int, int]], width: int) -> sp.csr_array:
    """Weight rows as one sparse int64 matrix (rows x width)."""
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.fromiter((column for row in rows for column in row), np.int64, int(indptr[-1]))
    data = np.fromiter((value for row in rows for value in row.values()), np.int64, int(indptr[-1]))
    return sp.csr_array((data, indices, indptr), shape=(len(rows), width))
