"""How vacancies lie in memory for the kernel: parts of an index, in blocks of a place or a few with their postings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.facts import UNKNOWN, Facts
from models.districts import city_of

BLOCK = 4_096  # vacancies a block: their sums stay in the first cache
LOCAL_BITS = 12  # of a posting: the place in the block; the weight has the other twenty
LEAST = BLOCK // 4  # a block of several places holds about this many vacancies before it ends
WORD = 64


class Columns(NamedTuple):
    """One value a vacancy, in the order of the blocks."""

    first: int  # the row of the first of them
    alive: NDArray[np.bool_]  # whether it may be given at all
    tie: NDArray[np.uint64]
    place: NDArray[np.int32]
    occupation: NDArray[np.int32]
    trade: NDArray[np.int32]
    levels: NDArray[np.int32]
    licences: NDArray[np.int32]
    kind: NDArray[np.int8]
    pay_min: NDArray[np.int32]
    pay_max: NDArray[np.int32]
    education: NDArray[np.int8]
    experience: NDArray[np.int16]
    shift: NDArray[np.int8]
    night: NDArray[np.int8]
    minor_barred: NDArray[np.bool_]
    described: NDArray[np.bool_]
    valid_from: NDArray[np.int32]
    valid_to: NDArray[np.int32]
    release: NDArray[np.int64]
    vectors: NDArray[np.int8]


class Terms(NamedTuple):
    """The terms of the vacancies, in the order of the blocks; each one's words stand side by side."""

    at: NDArray[np.int64]  # vacancies + 1, into term and weight
    word_at: NDArray[np.int64]  # vacancies
    word_end: NDArray[np.int64]
    term: NDArray[np.int32]
    weight: NDArray[np.int32]


class Incidence(NamedTuple):
    """The blocks: where each begins, which places it has, and for each of its terms who has it, by how much.

    A block's directory is a bitmap over all terms with the count of bits before each word: the rank of a term's bit
    is its number among the block's own terms. Terms, then trades by share, then sure trades, then occupations.
    """

    start: NDArray[np.int64]  # blocks + 1
    place_at: NDArray[np.int64]  # blocks + 1, into `places`
    places: NDArray[np.int32]
    bits: NDArray[np.uint64]  # blocks x words
    rank: NDArray[np.uint32]  # blocks x words
    first: NDArray[np.int64]  # blocks: where its offsets begin
    offset: NDArray[np.uint32]  # a block's terms + 1, from `base` of the block on
    base: NDArray[np.int64]  # blocks: where its postings begin
    posting: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of an index side by side, from `first` on: their weighted terms, and the blocks that they lie in."""

    first: int
    terms: Terms
    postings: Incidence

    def __len__(self) -> int:
        return len(self.terms.word_at)

    @property
    def rows(self) -> slice:
        """Its rows of the index."""
        return slice(self.first, self.first + len(self))

    @classmethod
    def of(cls, first: int, facts: Facts, terms: sp.csr_array, words: tuple[int, int], named: tuple[int, int]) -> Part:
        """Lay out rows that are in `kernel_order`.

        `words`: the first column of words and the one behind the last. `named`: how many trades and occupations.
        """
        start = np.array([0, *_ends(facts.place)], np.int64)
        return cls(first, _terms(terms, words), _postings(facts, terms, start, named))

    def matrix(self, width: int) -> sp.csr_array:
        """Its weighted terms, rows x `width`."""
        return sp.csr_array((self.terms.weight, self.terms.term, self.terms.at), shape=(len(self), width))

    def columns(self, facts: Facts, vectors: NDArray[np.int8], alive: NDArray[np.bool_] | None) -> Columns:
        """Its facts and vectors, out of those of the index; all may be given where nobody says which."""
        own = {name: getattr(facts, name)[self.rows] for name in _TAKEN}
        may = np.ones(len(self), bool) if alive is None else alive[self.rows]
        return Columns(first=self.first, alive=may, vectors=vectors[self.rows], **own)


_TAKEN = [name for name in Columns._fields if name in Facts.__slots__]


def kernel_order(facts: Facts, places: Sequence[str]) -> NDArray[np.int64]:
    """The order in which the rows are to lie: by city, place and freshness."""
    cities = {city: number for number, city in enumerate(dict.fromkeys(map(city_of, sorted(places))))}
    city = np.array([cities[city_of(place)] for place in places], np.int64)
    return np.lexsort((facts.tie, -facts.valid_from, facts.place, city[facts.place]))


def _ends(places: NDArray[np.int32]) -> Iterator[int]:
    """Where each block ends: at a full block, or where a place ends and the block holds enough."""
    first = 0
    borders = np.flatnonzero(np.diff(places)) + 1
    for end in [*borders.tolist(), len(places)]:
        while end - first > BLOCK:
            first += BLOCK
            yield first
        if end - first >= LEAST or (end == len(places) and end > first):
            first = end
            yield end


def _terms(terms: sp.csr_array, words: tuple[int, int]) -> Terms:
    """The rows of terms; columns are in the order of their names, so words stand side by side."""
    terms.sort_indices()
    at = terms.indptr.astype(np.int64)
    before, within = (np.append(0, np.cumsum(terms.indices < limit))[at] for limit in words)
    first = at[:-1] + np.diff(before)
    return Terms(at, first, at[:-1] + np.diff(within), terms.indices.astype(np.int32), terms.data.astype(np.int32))


def _postings(
    facts: Facts, terms: sp.csr_array, start: NDArray[np.int64], named: tuple[int, int]
) -> Incidence:  # fmt: skip
    values = zip((facts.trade, facts.occupation), named, strict=True)
    whole = sp.csr_array(sp.hstack([terms, *(_incidence(own, width) for own, width in values)]))
    words = -(-whole.shape[1] // WORD)
    count = len(start) - 1
    bits, rank = np.zeros((count, words), np.uint64), np.zeros((count, words), np.uint32)
    offsets, postings = [], []
    for number in range(count):
        part = whole[start[number] : start[number + 1]].tocsc()
        own = np.flatnonzero(np.diff(part.indptr))
        np.bitwise_or.at(bits[number], own // WORD, np.uint64(1) << (own % WORD).astype(np.uint64))
        rank[number, 1:] = np.cumsum(np.bitwise_count(bits[number, :-1]), dtype=np.uint32)
        offsets.append(np.append(part.indptr[own], part.indptr[-1]).astype(np.uint32))
        postings.append(part.indices.astype(np.uint32) << np.uint32(32 - LOCAL_BITS) | part.data.astype(np.uint32))
    places = [np.unique(facts.place[start[n] : start[n + 1]]) for n in range(count)]
    return Incidence(
        start=start,
        place_at=np.cumsum([0, *map(len, places)]),
        places=_joined(places, np.int32),
        bits=bits,
        rank=rank,
        first=np.cumsum([0, *map(len, offsets)])[:-1],
        offset=_joined(offsets, np.uint32),
        base=np.cumsum([0, *map(len, postings)])[:-1],
        posting=_joined(postings, np.uint32),
    )


def _incidence(values: NDArray[np.int32], width: int) -> sp.csr_array:
    """A one for each row in the column of its value."""
    known = values != UNKNOWN
    indptr = np.append(0, np.cumsum(known))
    return sp.csr_array((np.ones(int(known.sum()), np.int32), values[known], indptr), shape=(len(values), width))


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)
