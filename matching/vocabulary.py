"""How texts become weighted rows: one space of title characters, words and trades, in whole numbers.

A vacancy's weight of a term is its BM25-saturated frequency, a wish's weight is the term's inverse document
frequency as a share of the whole wish; a trade weighs what a text stands for it. Their dot product is therefore
the share of the wish that the vacancy meets, comparable between wishes. Weights are fixed point, so a sum is
the same in every order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.config import Config
from matching.counts import Counts
from matching.senses import SHARE_SCALE
from matching.terms import character_spans, grams, words
from matching.wording import role_spans
from models.text import normal_form

VACANCY_SCALE = 1 << 15  # of a saturated frequency, which stays below k1 + 1
WISH_SCALE = 1 << 14  # of a share of the wish
WHOLE = 1.4  # what a text that meets a wish wholly, in the shortest of titles, reaches: (k1 + 1) / (1 + k1 (1 - b))
MOST_TERMS = 32  # of a wish, the heaviest: the kernel's rows are no longer
ROLE = 0.6  # weight of an n-gram inside a word of rank or role (主管, 工程师), which wishes of other trades share
UNSEEN = -1  # the column of the terms that no vacancy has
CHARACTERS, WORDS = "c", "w"  # the block of a term, its first letter; trades stand behind all terms, by number


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known terms ('c' + gram or 'w' + word), their inverse document frequencies, the blocks' mean lengths."""

    terms: dict[str, int]
    idf: NDArray[np.float64]
    unseen: float  # idf of a term that no vacancy has
    mean_length: dict[str, float]

    @classmethod
    def of(cls, counts: Counts) -> Vocabulary:
        """The vocabulary of a corpus; its columns are the terms in order."""
        total, frequency = len(counts), counts.texts
        idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
        means = _lengths(counts).mean(axis=0).tolist() if total else (1.0, 1.0)
        lengths = {block: mean or 1.0 for block, mean in zip((CHARACTERS, WORDS), means, strict=True)}
        terms = dict(zip(counts.names, range(len(counts.names)), strict=True))
        return cls(terms, idf, float(np.log1p((total + 0.5) / 0.5)), lengths)

    @property
    def words(self) -> tuple[int, int]:
        """The first column of words and the one behind the last: they stand together, behind the characters."""
        return bisect_left(list(self.terms), WORDS), len(self.terms)

    def weights(self, counts: Counts, shares: sp.csr_array, config: Config) -> sp.csr_array:
        """What vacancies weigh: BM25-saturated frequencies of known terms, then shares of trades.

        Vacancies x (terms + trades), int32 at VACANCY_SCALE. Unknown terms only make a vacancy longer.
        """
        ratio = _lengths(counts) / np.array([self.mean_length[block] for block in (CHARACTERS, WORDS)])
        b = np.array([config.characters_b, config.words_b])
        damping = config.k1 * (1 - b + b * ratio)
        frequency = counts.matrix.data.astype(np.float64)
        rows = np.repeat(np.arange(len(counts)), np.diff(counts.matrix.indptr))
        weight = frequency * (config.k1 + 1) / (frequency + damping[rows, _are_words(counts).astype(np.int64)])
        terms = counts.valued(np.rint(weight * VACANCY_SCALE).astype(np.int32)).onto(self.terms)
        share = np.rint(shares.data * (WHOLE * VACANCY_SCALE / SHARE_SCALE)).astype(np.int32)
        columns, ends = shares.indices.astype(np.int32), shares.indptr.astype(np.int32)
        trades = sp.csr_array((share, columns, ends), shape=shares.shape)
        return sp.csr_array(sp.hstack([terms, trades], format="csr"))

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
        for term in sorted(terms):
            column = self.terms.get(block + term, UNSEEN)
            rarity = self.unseen if column == UNSEEN else self.idf.item(column)
            weights[column] = weights.get(column, 0.0) + terms[term] * rarity
        total = sum(weights.values()) or 1.0
        return {column: weight / total for column, weight in weights.items()}


def _lengths(counts: Counts) -> NDArray[np.int64]:
    """The number of terms of each text, texts x blocks."""
    lengths = []
    for block in (~_are_words(counts), _are_words(counts)):
        before = np.concatenate([[0], np.cumsum(np.where(block, counts.matrix.data, 0), dtype=np.int64)])
        lengths.append(np.diff(before[counts.matrix.indptr]))
    return np.stack(lengths, axis=1)


def _are_words(counts: Counts) -> NDArray[np.bool_]:
    """Which entries are of words; the others are of characters."""
    return counts.matrix.indices >= bisect_left(counts.names, WORDS)


def _gram_weights(normal: str) -> dict[str, float]:
    """The n-grams of a wish in normal form; those inside words of role weigh less, unless all is role."""
    role = [0] * len(normal)
    for start, end in role_spans(normal):
        role[start:end] = [1] * (end - start)
    if all(role) or not any(role):
        return dict.fromkeys(grams(normal), 1.0)
    before = [0, *accumulate(role)]
    weights: dict[str, float] = {}
    for gram, start in character_spans(normal):
        weight = 1 - (1 - ROLE) * ((before[start + len(gram)] - before[start]) / len(gram))
        if weight > weights.get(gram, 0.0):
            weights[gram] = weight
    return weights


def _heaviest(row: Mapping[int, float]) -> dict[int, int]:
    kept = sorted([(-weight, column) for column, weight in row.items()])[:MOST_TERMS]
    weights = {column: round(-weight * WISH_SCALE) for weight, column in kept}
    return {column: weight for column, weight in weights.items() if weight}


def rows_matrix(rows: Sequence[dict[int, int]], width: int) -> sp.csr_array:
    """Weight rows as one sparse int64 matrix (rows x width)."""
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.fromiter((column for row in rows for column in row), np.int64, int(indptr[-1]))
    data = np.fromiter((value for row in rows for value in row.values()), np.int64, int(indptr[-1]))
    return sp.csr_array((data, indices, indptr), shape=(len(rows), width))
