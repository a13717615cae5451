"""One person and one vacancy, in compiled code: the level of each limit, the parts of the score, the order of lists.

`matching.eligibility` and `matching.scoring` say the same plainly; tests hold the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.bits import U
from matching.blocks import Columns, Terms
from matching.compiled import inlined, whole
from matching.config import NEVER, PART_SCALE
from matching.facts import UNBOUNDED, UNKNOWN
from matching.meaning import ALIKE, DIMENSIONS
from matching.ranking import TIE_BITS
from matching.records import (
    CODE_SAME,
    CODE_SIBLING,
    TRADE_NEAR,
    TRADE_SAME,
    Asked,
    Int,
    One,
    People,
    Rows,
    Rules,
    Tables,
)
from matching.scoring import FRESH_DAYS, FULL, NO_FLOOR, SAME_TRADE, UNSAID, YEAR

ANY_KIN = CODE_SAME | CODE_SIBLING | TRADE_SAME | TRADE_NEAR
SHIFT_LEVEL, SHIFT_SCORE = 60, TIE_BITS
FULL_SCORE = 1_000_000
GOLDEN, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
RIGHT_1, RIGHT_2, RIGHT_3, TIE_SHIFT = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(64 - TIE_BITS)


@inlined
def one_of(person: Int, people: People) -> One:
    """One of the people, at hand."""
    return One(
        U(people.place[U(person)]), U(people.licences[U(person)]), U(people.kinds[U(person)]),
        np.int64(people.pay_floor[U(person)]), np.int64(people.education[U(person)]),
        np.int64(people.experience[U(person)]), np.int64(people.minor[U(person)]),
        np.int64(people.registered[U(person)]), np.int64(people.shifts[U(person)]),
        np.int64(people.fixed_pay[U(person)]),
    )  # fmt: skip


@inlined
def is_open(at: Int, columns: Columns, rules: Rules) -> Any:
    """Whether a vacancy may be given at all, today."""
    return columns.alive[U(at)] and columns.valid_from[U(at)] <= rules.day and columns.valid_to[U(at)] >= rules.day


@inlined
def occupation_level(intention: Int, mark: Int, has_trade: Any, query: Int, asked: Asked, rules: Rules) -> Int:
    """The level of `eligibility.Limits._occupation`, for who has not fixed the occupation."""
    if not asked.readable[query] or mark & TRADE_SAME:
        return 0
    sure = has_trade and asked.names_trade[query]
    another = sure and not mark & TRADE_NEAR
    if intention * 2 >= rules.floor * (3 if another else 2) or (mark & CODE_SAME and not sure):
        return 0
    return rules.related if mark & ANY_KIN or intention * 2 >= rules.floor else NEVER


@inlined
def _pay_level(top: Int, floor: Int, fixed: Any, rules: Rules) -> Int:
    if top == UNKNOWN or top >= floor:
        return 0
    return rules.pay_level if not fixed and top * 100 >= floor * rules.pay_percent else NEVER


@inlined
def _barred_shift(one: One, at: Int, columns: Columns) -> Any:
    if one.shifts == 0:
        return False
    shift = np.int64(columns.shift[U(at)])
    return bool((shift != UNKNOWN and one.shifts >> shift & 1) or (one.shifts & 128 and columns.night[U(at)] == 1))


@inlined
def limit_level(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
    """The level of all limits but the occupation's, of a vacancy that is open."""
    level = max(
        np.int64(tables.place[one.place, U(columns.place[U(at)])]),
        np.int64(tables.kind[one.kinds, U(columns.kind[U(at)])]),
    )
    need = np.int64(columns.education[U(at)])
    if level >= NEVER or (one.education != UNKNOWN and need != UNKNOWN and one.education < need):
        return NEVER
    level = max(level, np.int64(tables.licence[one.licences, U(columns.licences[U(at)])]))
    level = max(level, _pay_level(np.int64(columns.pay_max[U(at)]), one.pay_floor, one.fixed_pay, rules))
    if (
        level >= NEVER
        or (one.minor and columns.minor_barred[U(at)])
        or (not one.registered and columns.release[U(at)] > rules.now)
        or _barred_shift(one, at, columns)
    ):
        return NEVER
    return level


@inlined
def further_bars(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
    """The limits that bar a vacancy, all but those of occupation, place and kind: a bit each, as in `LIMITS`."""
    need = np.int64(columns.education[U(at)])
    mask = (_pay_level(np.int64(columns.pay_max[U(at)]), one.pay_floor, one.fixed_pay, rules) >= NEVER) << 3
    mask |= _barred_shift(one, at, columns) << 6
    mask |= (tables.licence[one.licences, U(columns.licences[U(at)])] >= NEVER) << 7
    mask |= (one.education != UNKNOWN and need != UNKNOWN and one.education < need) << 8
    mask |= (one.minor != 0 and columns.minor_barred[U(at)]) << 9
    mask |= (one.registered == 0 and columns.release[U(at)] > rules.now) << 10
    return mask | (not is_open(at, columns, rules)) << 11


@inlined
def _part(total: Int) -> Int:
    """A sum of products as a part."""
    return min(np.int64(total) * PART_SCALE // FULL, PART_SCALE)


@inlined
def want(rows: Rows, row: Int, sign: Int, wanted: NDArray[np.int32]) -> None:
    """Lay out the weights of a row, or take them back."""
    for place in range(rows.at[row], rows.at[row + 1]):
        wanted[U(rows.term[U(place)])] += np.int32(sign * rows.weight[U(place)])


@inlined
def met_by(first: Int, last: Int, terms: Terms, wanted: NDArray[np.int32]) -> Int:
    """How far some terms of a vacancy meet the row that is laid out."""
    total = np.int32(0)
    for place in range(first, last):
        total = np.int32(total + np.int32(wanted[U(terms.term[U(place)])] * terms.weight[U(place)]))
    return _part(total)


@inlined
def intention_part(met: Int, mark: Int) -> Int:
    """How far a wish is met, with what the same trade adds."""
    return min(met + SAME_TRADE, PART_SCALE) if mark & TRADE_SAME else met


@inlined
def meaning_part(query: Int, at: Int, asked: Asked, columns: Columns) -> Int:
    """How near the meaning of a vacancy is to the nearest wish."""
    best: Int = 0
    for number in range(asked.wish_at[U(query)], asked.wish_at[U(query + 1)]):
        mine, theirs, product = asked.vector[U(asked.wish[U(number)])], columns.vectors[U(at)], np.int32(0)
        for axis in range(DIMENSIONS):  # 32 bits at each step: twice as many at a time as numba's own 64
            product = np.int32(product + np.int32(np.int32(mine[U(axis)]) * np.int32(theirs[U(axis)])))
        best = max(best, np.int64(product))
    return min(best * PART_SCALE // ALIKE, PART_SCALE)


@inlined
def level_part(query: Int, at: Int, asked: Asked, columns: Columns) -> Int:
    """Whether the level of the work (apprentice, master ...) is one that a wish names."""
    best: Int = 0
    theirs = columns.levels[U(at)]
    for number in range(asked.wish_at[U(query)], asked.wish_at[U(query + 1)]):
        mine = asked.level[U(asked.wish[U(number)])]
        value = PART_SCALE if mine & theirs else 0 if mine and theirs else PART_SCALE // 2
        best = max(best, value)
    return best


@inlined
def pay_part(low: Int, top: Int, floor: Int) -> Int:
    """How the pay lies to the floor, yuan a month."""
    if floor == 0:
        return NO_FLOOR
    if top == UNKNOWN:
        return UNSAID
    middle = top if low == UNKNOWN else low if top == UNBOUNDED else (low + top) // 2
    return min(max((middle * 100 // max(floor, 1) - 80) * 125, 0), PART_SCALE)


@inlined
def fit_part(one: One, at: Int, columns: Columns) -> Int:
    """How experience and schooling fit what is asked."""
    need = np.int64(columns.experience[U(at)])
    years: Int = UNSAID
    if one.experience != UNKNOWN and need != UNKNOWN:
        years = min(max(PART_SCALE - (need - one.experience) * PART_SCALE // (5 * YEAR), 0), PART_SCALE)
    need = np.int64(columns.education[U(at)])
    school: Int = UNSAID
    if one.education != UNKNOWN and need != UNKNOWN:
        school = PART_SCALE if need == 0 else min(max(PART_SCALE - (one.education - need - 1) * 1_500, 0), PART_SCALE)
    return (years + school) // 2


@inlined
def fresh_part(posted: Int, rules: Rules) -> Int:
    """How new a vacancy is."""
    if posted == 0:
        return UNSAID
    return min(max((FRESH_DAYS - (rules.day - posted)) * PART_SCALE // FRESH_DAYS, 0), PART_SCALE)


@inlined
def tie_of(person: Int, at: Int, people: People, columns: Columns, rules: Rules) -> Int:
    """`ranking.tie_keys` of one pair."""
    z = columns.tie[U(at)] ^ (people.tie[U(person)] * GOLDEN) ^ np.uint64(rules.seed)
    z = (z ^ (z >> RIGHT_1)) * MIX_1
    z = (z ^ (z >> RIGHT_2)) * MIX_2
    z ^= z >> RIGHT_3
    return np.int64(z >> TIE_SHIFT)


@inlined
def key_of(level: Int, score: Int) -> Int:
    """`ranking.order_keys` without the tie."""
    return np.int64(level) << SHIFT_LEVEL | np.int64(FULL_SCORE - score) << SHIFT_SCORE


@whole
def judge(
    persons: NDArray[np.int64], ats: NDArray[np.int64], columns: Columns, asked: Asked, people: People,
    tables: Tables, rules: Rules, terms: Terms, kin: tuple[Int, Int], wanted: NDArray[np.int32],
    level: NDArray[np.int8], parts: NDArray[np.int64],
) -> None:  # fmt: skip
    """The level and the eight parts (0..10000) of single pairs: people and places in the order of the blocks.

    `kin`: the first column of sure trades, and that of occupations.
    """
    for number in range(persons.shape[0]):
        person, at = persons[number], ats[number]
        one, query = one_of(person, people), np.int64(people.query[person])
        intention: Int = 0
        for wish in range(asked.wish_at[query], asked.wish_at[query + 1]):
            want(asked.terms, asked.wish[wish], 1, wanted)
            intention = max(intention, met_by(terms.at[at], terms.at[at + 1], terms, wanted))
            want(asked.terms, asked.wish[wish], -1, wanted)
        mark: Int = 0
        for place in range(asked.kin_at[query], asked.kin_at[query + 1]):
            if (
                asked.kin[place] == kin[0] + columns.trade[U(at)]
                or asked.kin[place] == kin[1] + columns.occupation[U(at)]
            ):
                mark |= asked.mark[place]
        own: Int = occupation_level(intention, mark, columns.trade[U(at)] != UNKNOWN, query, asked, rules)
        if own and people.fixed_occupation[person]:
            own = NEVER
        if is_open(at, columns, rules):
            level[number] = max(own, limit_level(one, at, tables, columns, rules))
        else:
            level[number] = NEVER
        met: Int = UNSAID
        if people.skills[person] != UNKNOWN and columns.described[U(at)]:
            want(asked.skills, people.skills[person], 1, wanted)
            met = met_by(terms.word_at[at], terms.word_end[at], terms, wanted)
            want(asked.skills, people.skills[person], -1, wanted)
        out = parts[number]
        out[0], out[1] = intention_part(intention, mark), meaning_part(query, at, asked, columns)
        out[2], out[3] = level_part(query, at, asked, columns), met
        out[4] = tables.distance[one.place, U(columns.place[U(at)])]
        out[5] = pay_part(np.int64(columns.pay_min[U(at)]), np.int64(columns.pay_max[U(at)]), one.pay_floor)
        out[6] = fit_part(one, at, columns)
        out[7] = fresh_part(np.int64(columns.valid_from[U(at)]), rules)
