"""What the compiled loops are given: what is asked for, people, rules; room to work in, and lists."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.blocks import BLOCK

CODE_SAME, CODE_SIBLING, TRADE_SAME, TRADE_NEAR = 1, 2, 4, 8  # marks of a vacancy that is akin to what is asked for
HELD = 2048  # rows of what is asked for whose parts are kept at hand while a block is looked at

Int = Any  # a whole number of 64 bits: what numba infers, and the types of numpy cannot say


class Rows(NamedTuple):
    """Weighted terms, row by row: the weights of wishes, or of sets of skills."""

    at: NDArray[np.int64]  # rows + 1, into term and weight
    term: NDArray[np.int32]
    weight: NDArray[np.int32]


class Asked(NamedTuple):
    """What is asked for, each different thing once: wishes, and the trades and occupations that are akin."""

    wish_at: NDArray[np.int64]  # queries + 1, into wish
    wish: NDArray[np.int32]  # numbers of wishes
    terms: Rows  # of wishes
    vector: NDArray[np.int8]  # wishes x DIMENSIONS
    level: NDArray[np.int32]  # wishes
    kin_at: NDArray[np.int64]  # queries + 1, into kin and mark
    kin: NDArray[np.int32]
    mark: NDArray[np.uint8]
    names_trade: NDArray[np.bool_]
    readable: NDArray[np.bool_]
    skills: Rows  # of sets of skills


class People(NamedTuple):
    """One value a person, those of one query side by side. Some are rows of `Tables`."""

    query_at: NDArray[np.int64]  # queries + 1, into people
    query: NDArray[np.int32]
    skills: NDArray[np.int32]  # UNKNOWN for none
    place: NDArray[np.int32]
    licences: NDArray[np.int32]
    kinds: NDArray[np.int32]
    pay_floor: NDArray[np.int32]
    education: NDArray[np.int8]
    experience: NDArray[np.int16]
    minor: NDArray[np.bool_]
    registered: NDArray[np.bool_]
    shifts: NDArray[np.uint8]  # refused ones, one bit each; the last bit for work at night
    fixed_pay: NDArray[np.bool_]
    fixed_occupation: NDArray[np.bool_]
    tie: NDArray[np.uint64]


class One(NamedTuple):
    """One person, at hand: in a loop that writes, arrays would be read again at every turn."""

    place: Int
    licences: Int
    kinds: Int
    pay_floor: Int
    education: Int
    experience: Int
    minor: Int
    registered: Int
    shifts: Int
    fixed_pay: Int


class Tables(NamedTuple):
    """Levels and nearness for what different people wish of places, licences and kinds, by the index's own values."""

    place: NDArray[np.int8]
    place_bars: NDArray[np.uint8]  # bit 0: barred by the place, bit 1: for want of consent
    distance: NDArray[np.int16]
    licence: NDArray[np.int8]
    kind: NDArray[np.int8]
    kind_bars: NDArray[np.uint8]  # bit 0: barred by the kind, bit 1: as public welfare


class Rules(NamedTuple):
    """The configuration and the moment, as numbers."""

    floor: int
    related: int  # level of the rung of related occupations
    pay_percent: int
    pay_level: int
    day: int
    now: int
    seed: int
    weights: NDArray[np.int64]  # 2 x parts: of readable people, of the others
    last: int  # level of the last rung


class Scratch(NamedTuple):
    """Room for what one block has: how far some rows of what is asked for are met, marks, and what is found.

    `met` holds the parts of the row that `holds` names, at the place that is the row's remainder; -1 for none.
    """

    sums: NDArray[np.int32]
    met: NDArray[np.uint16]  # places x BLOCK
    holds: NDArray[np.int32]
    best: NDArray[np.uint16]
    marks: NDArray[np.uint8]
    found: NDArray[np.int32]
    text: NDArray[np.int32]
    occupation: NDArray[np.int8]
    picked: NDArray[np.int32]
    seen: NDArray[np.int32]  # people
    wanted: NDArray[np.int32]  # the weight of each term in one row of what is asked for

    @classmethod
    def of(cls, people: int, rows: int, terms: int) -> Scratch:
        """Empty room for queries of so many people, so many rows of what is asked for, and so many terms."""
        held = max(1, min(rows, HELD))
        return cls(
            np.zeros(BLOCK, np.int32), np.empty((held, BLOCK), np.uint16), np.empty(held, np.int32),
            np.zeros(BLOCK, np.uint16), np.zeros(BLOCK, np.uint8), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32),
            np.empty(BLOCK, np.int8), np.empty(BLOCK, np.int32), np.empty(people, np.int32), np.zeros(terms, np.int32),
        )  # fmt: skip


class Lists(NamedTuple):
    """The best of each person so far: a heap of keys, the worst first, and the index rows that they stand for."""

    key: NDArray[np.int64]  # people x k
    row: NDArray[np.int32]
    held: NDArray[np.int32]
    cut: NDArray[np.bool_]  # whether more was admitted than the list holds, or may have been
