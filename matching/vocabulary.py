"""How texts become weighted rows: one vector space of title characters and words, in whole numbers.

A vacancy's weight of a term is its BM25-saturated frequency, a wish's weight is the term's inverse document
frequency as a share of the whole wish. Their dot product is therefore the share of the wish that the vacancy
meets, comparable between wishes. Weights are fixed point, so a sum is the same in every order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from matching.config import Config
from matching.terms import characters, words

VACANCY_SCALE = 1 << 15  # of a saturated frequency, which stays below k1 + 1
WISH_SCALE = 1 << 14  # of a share of the wish
CHARACTERS, WORDS = "c", "w"  # the block of a term, its first letter


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
        if any(document.terms for document in documents):
            counts = sp.csr_array(counter.fit_transform([document.terms for document in documents]))
            terms = {str(term): int(column) for term, column in counter.vocabulary_.items()}
        else:
            counts, terms = sp.csr_array((len(documents), 0), dtype=np.int32), {}
        frequency = np.bincount(counts.indices, minlength=len(terms))
        total = counts.shape[0]
        idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
        lengths = (
            dict.fromkeys((CHARACTERS, WORDS), 1.0)
            if not documents
            else {
                block: float(np.mean([document.length(block) for document in documents])) or 1.0
                for block in (CHARACTERS, WORDS)
            }
        )
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

    def weigh(self, counts: sp.csr_array, documents: Sequence[Document], config: Config) -> sp.csr_array:
        """BM25-saturated frequencies, int32 at VACANCY_SCALE."""
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
        return sp.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)

    def wish(self, text: str, config: Config) -> dict[int, int]:
        """A wish as weights of known terms, at WISH_SCALE; the whole wish, unknown terms included, weighs 1."""
        shares = ((CHARACTERS, set(characters(text)), config.characters_share),
                  (WORDS, set(words(text)), config.words_share))  # fmt: skip
        return self._shares([(block, found, share) for block, found, share in shares if found])

    def skill(self, text: str) -> dict[int, int]:
        """Skills as weights of known words, like `wish`."""
        found = set(words(text))
        return self._shares([(WORDS, found, 1.0)]) if found else {}

    def _shares(self, blocks: Sequence[tuple[str, set[str], float]]) -> dict[int, int]:
        whole = sum(share for _, _, share in blocks)
        row: dict[int, int] = {}
        for block, found, share in blocks:
            known = {term: self.terms.get(block + term) for term in found}
            weight = {
                term: self.unseen if column is None else float(self.idf[column]) for term, column in known.items()
            }
            total = sum(sorted(weight.values())) or 1.0
            for term, column in known.items():
                if column is not None:
                    row[column] = round(share / whole * weight[term] / total * WISH_SCALE)
        return {column: value for column, value in row.items() if value}


@dataclass(frozen=True, slots=True)
class Document:
    """The terms of one vacancy: 'c' title n-grams and 'w' words of all fields, the title's twice."""

    terms: list[str]
    characters: int
    words: int

    @classmethod
    def of(cls, title: str, rest: str) -> Document:
        """The terms of a vacancy whose further fields (skills, description, industry) are joined in `rest`."""
        grams = [CHARACTERS + gram for gram in characters(title)]
        found = [WORDS + word for word in words(title)] * 2 + [WORDS + word for word in words(rest)]
        return cls(grams + found, len(grams), len(found))

    def length(self, block: str) -> int:
        """The number of terms of a block."""
        return self.characters if block == CHARACTERS else self.words


def rows_matrix(rows: Sequence[dict[int, int]], width: int) -> sp.csr_array:
    """Weight rows as one sparse int64 matrix (rows x width)."""
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.fromiter((column for row in rows for column in row), np.int64, int(indptr[-1]))
    data = np.fromiter((value for row in rows for value in row.values()), np.int64, int(indptr[-1]))
    return sp.csr_array((data, indices, indptr), shape=(len(rows), width))
