"""What a wish or a vacancy is about: the trades that it may stand for, and its vector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.catalogue import Catalogue, Likeness, catalogue
from matching.meaning import ALIKE, Meaning, Said, Sayings, Vectors, unit

KEPT = 4  # trades that a text may stand for
SHARPNESS = 8.0  # of the softmax over likenesses: a trade less like by .1 gets less than half
SAME_NAME = 0.999  # a naming as like as this is a name of the trade: that settles it, whatever the vectors say
SURE = 0.4  # a text whose nearest name is less like than this stands for its trades by part only
TRADE_PART = 0.6  # of the trades' vector beside the text's own
SHARE_SCALE = 1 << 14  # of a whole text
LEAST_SHARE = SHARE_SCALE // 64
CHUNK = 4_096  # texts at once


class Senses:
    """The catalogue and the fitted meanings, joined: every trade has a vector of its own."""

    def __init__(self, known: Catalogue, meaning: Meaning) -> None:
        self.catalogue, self.meaning = known, meaning
        self._trades = meaning.vectors([known.said(number) for number in range(len(known))])
        self._whole_trades = self._trades.astype(np.int64)

    @property
    def identity(self) -> str:
        """Changes when the catalogue or a fitted vector does."""
        return f"{self.catalogue.identity}-{self.meaning.identity}"

    def read(self, namings: Sequence[Sequence[str]], said: Sequence[Said] | Sayings) -> tuple[sp.csr_array, Vectors]:
        """For titles or wishes, each named in one or more ways, and all that they say: shares of trades, vectors.

        Shares are texts x trades, int64 at SHARE_SCALE, at most KEPT a row, together 1 for a text that is sure.
        """
        own, nearest = self.meaning.vectors(said), self.catalogue.nearest(namings)
        chunks = (slice(at, at + CHUNK) for at in range(0, len(own), CHUNK))
        parts = [self._shares(Likeness(nearest.trades[each], nearest.values[each]), own[each]) for each in chunks]
        shares = sp.csr_array(sp.vstack(parts)) if parts else sp.csr_array((0, len(self.catalogue)), dtype=np.int64)
        trades = unit(np.asarray(shares @ self._whole_trades))
        return shares, unit(np.rint(own + TRADE_PART * trades.astype(np.float64)).astype(np.int64))

    def _shares(self, nearest: Likeness, own: Vectors) -> sp.csr_array:
        alike = (own[:, None, :].astype(np.int32) * self._trades[nearest.trades]).sum(axis=2)
        close = nearest.values + alike / ALIKE + (nearest.values >= SAME_NAME)
        best = np.argsort(-close, axis=1, kind="stable")[:, :KEPT]
        close, trades = np.take_along_axis(close, best, 1), np.take_along_axis(nearest.trades, best, 1)
        sure = np.minimum(1.0, nearest.values[:, :1] / SURE)
        shares = np.rint(_softmax(close) * sure * SHARE_SCALE).astype(np.int64)
        shares[shares < LEAST_SHARE] = 0
        rows = np.repeat(np.arange(len(own)), trades.shape[1])
        matrix = sp.csr_array((shares.ravel(), (rows, trades.ravel())), shape=(len(own), len(self.catalogue)))
        matrix.eliminate_zeros()
        return matrix


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(SHARPNESS * (values - values.max(axis=1, keepdims=True, initial=-np.inf)))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def senses_of(meaning: Meaning) -> Senses:
    """The catalogue of the project with these meanings; without any they are made once a process."""
    return Senses(catalogue(), meaning) if meaning.titles else _unfitted()


@lru_cache(maxsize=1)
def _unfitted() -> Senses:
    return Senses(catalogue(), Meaning.none())
