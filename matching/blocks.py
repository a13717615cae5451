"""How the vacancies of an index lie in memory for the kernel: blocks of one place or a few, each with its postings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.index import UNKNOWN, Facts, Index
from matching.kernel import BLOCK, LOCAL_BITS, Columns, Incidence, Terms
from matching.vocabulary import WORDS
from models.districts import city_of

LEAST = BLOCK // 4  # a block of several places holds about this many vacancies before it ends
WORD = 64


@dataclass(frozen=True, slots=True)
class Blocks:
    """The vacancies of an index in the order of the kernel. `at` is the place of each index row in it."""

    at: NDArray[np.int64]
    columns: Columns
    postings: Incidence
    terms: Terms

    @classmethod
    def of(cls, index: Index) -> Blocks:
        """Lay out an index: by city, place and freshness."""
        facts = index.facts
        cities = {city: number for number, city in enumerate(dict.fromkeys(map(city_of, sorted(index.places))))}
        city = np.array([cities[city_of(place)] for place in index.places], np.int64)
        rows = np.lexsort((facts.tie, -facts.valid_from, facts.place, city[facts.place]))
        start = np.array([0, *_ends(facts.place[rows])], np.int64)
        at = np.empty(len(rows), np.int64)
        at[rows] = np.arange(len(rows))
        terms = sp.csr_array(index.terms[rows])
        return cls(at, _columns(index, rows), _postings(index, rows, terms, start), _terms(index, terms))


def blocks_of(index: Index) -> Blocks:
    """The blocks of an index, laid out at first use."""
    if not index.layout:
        index.layout.append(Blocks.of(index))
    found: Blocks = index.layout[0]
    return found


def kin_columns(index: Index) -> tuple[int, int]:
    """The first column of sure trades and that of occupations; before them lie terms and shares of trades."""
    terms = index.terms.shape[1]
    return terms, terms + len(index.senses.catalogue)


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


def _columns(index: Index, rows: NDArray[np.int64]) -> Columns:
    given = {column.name: getattr(index.facts, column.name)[rows] for column in fields(Facts) if column.name in _TAKEN}
    return Columns(
        row=rows.astype(np.int32), alive=np.ones(len(rows), bool), **given, vectors=index.vectors[rows]
    )  # fmt: skip


_TAKEN = frozenset(Columns._fields)


def _terms(index: Index, terms: sp.csr_array) -> Terms:
    """The rows of terms; columns are in the order of their names, so words stand side by side."""
    terms.sort_indices()
    words = [column for term, column in index.vocabulary.terms.items() if term[0] == WORDS]
    at = terms.indptr.astype(np.int64)
    limits = (min(words, default=0), max(words, default=-1) + 1)
    before, within = (np.append(0, np.cumsum(terms.indices < limit))[at] for limit in limits)
    first = at[:-1] + np.diff(before)
    return Terms(at, first, at[:-1] + np.diff(within), terms.indices, terms.data)


def _postings(
    index: Index, rows: NDArray[np.int64], terms: sp.csr_array, start: NDArray[np.int64]
) -> Incidence:  # fmt: skip
    facts, trades = index.facts, len(index.senses.catalogue)
    named = [(facts.trade[rows], trades), (facts.occupation[rows], len(index.occupations))]
    whole = sp.csr_array(sp.hstack([terms, *(_incidence(values, width) for values, width in named)]))
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
    places = [np.unique(facts.place[rows[start[n] : start[n + 1]]]) for n in range(count)]
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
