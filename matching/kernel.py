"""The inner loops: which vacancies suit some people best under every limit, in whole numbers, in compiled code.

People are taken by what they ask for: equal wishes are met once. Vacancies lie in blocks of one place or a few
(`matching.blocks`). For a rung of the ladder each block that a person may see there is visited once: the postings of
a wish's terms are added up, what stays below the floor is passed over, and what is left is held against the limits
of each person, scored and kept if it is among the person's best. Nothing is filtered afterwards, so a list of k is
exactly the first k. The plain arrays of `matching.plain` say the same pair by pair; tests hold the two equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from matching.blocks import BLOCK, LOCAL_BITS, Columns, Incidence, Terms
from matching.compiled import Function, compiled
from matching.config import NEVER, PART_SCALE
from matching.facts import UNBOUNDED, UNKNOWN
from matching.meaning import ALIKE, DIMENSIONS
from matching.ranking import TIE_BITS
from matching.scoring import FRESH_DAYS, FULL, NO_FLOOR, SAME_TRADE, UNSAID, YEAR

WEIGHT_MASK = (1 << (32 - LOCAL_BITS)) - 1
CODE_SAME, CODE_SIBLING, TRADE_SAME, TRADE_NEAR = 1, 2, 4, 8  # marks of a vacancy that is akin to what is asked for
ANY_KIN, FOUND = 15, 128
WORD = 64  # places of a block looked at together
HELD = 2048  # rows of what is asked for whose parts are kept at hand while a block is looked at
FEW = 256  # vacancies of a block: the parts of all cost less than those of more than these, one by one
PER_SUM, NEARLY = PART_SCALE / FULL, 0.5 / FULL
NOTHING = np.iinfo(np.int64).max  # the key of an empty place in a list


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
    text: NDArray[np.int64]
    occupation: NDArray[np.int8]
    seen: NDArray[np.int32]  # people
    wanted: NDArray[np.int16]  # the weight of each term in one row of what is asked for

    @classmethod
    def of(cls, people: int, rows: int, terms: int) -> Scratch:
        """Empty room for queries of so many people, so many rows of what is asked for, and so many terms."""
        held = max(1, min(rows, HELD))
        return cls(
            np.zeros(BLOCK, np.int32), np.empty((held, BLOCK), np.uint16), np.empty(held, np.int32),
            np.zeros(BLOCK, np.uint16), np.zeros(BLOCK, np.uint8), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64),
            np.empty(BLOCK, np.int8), np.empty(people, np.int32), np.zeros(terms, np.int16),
        )  # fmt: skip


class Lists(NamedTuple):
    """The best of each person so far: a heap of keys, the worst first, and the index rows that they stand for."""

    key: NDArray[np.int64]  # people x k
    row: NDArray[np.int32]
    held: NDArray[np.int32]
    cut: NDArray[np.bool_]  # whether more was admitted than the list holds, or may have been


# Without numba's own memory: every array is given, and none is counted at each step (four times as fast).
_compiled = compiled(error_model="numpy", _nrt=False)


def _inlined(function: Function) -> Function:
    """Compile into every function that calls it."""
    return cast(Function, njit(inline="always")(function))


def _ctpop(typingctx: Any, word: Any) -> Any:
    """The number of bits that are set: one instruction."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function = builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)])
        return builder.call(function, args)

    return types.uint64(types.uint64), codegen


_popcount: Any = intrinsic(_ctpop)

LOCAL_SHIFT = np.uint32(32 - LOCAL_BITS)
ONE, SIX, LOW_SIX = np.uint64(1), np.uint64(6), np.uint64(63)
SHIFT_LEVEL, SHIFT_SCORE = 60, TIE_BITS
FULL_SCORE = 1_000_000
GOLDEN, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
RIGHT_1, RIGHT_2, RIGHT_3, TIE_SHIFT = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(64 - TIE_BITS)


@_inlined
def _slot(postings: Incidence, block: Int, term: Int) -> Int:
    """The number of a term among a block's own, or -1."""
    wide = np.uint64(term)
    place = wide >> SIX
    if place >= np.uint64(postings.bits.shape[1]):  # an occupation that came after the block was made
        return -1
    word, bit = postings.bits[block, place], ONE << (wide & LOW_SIX)
    if not word & bit:
        return -1
    return np.int64(postings.rank[block, place] + _popcount(word & (bit - ONE)))


@_inlined
def _add(postings: Incidence, block: Int, term: Int, weight: Int, sums: NDArray[np.int32]) -> None:
    """Add a weighted term to the sums of a block's vacancies."""
    slot = _slot(postings, block, term)
    if slot >= 0:
        at, base = postings.first[block] + slot, postings.base[block]
        for number in range(base + postings.offset[at], base + postings.offset[at + 1]):
            entry = postings.posting[number]
            sums[entry >> LOCAL_SHIFT] += weight * np.int32(entry & np.uint32(WEIGHT_MASK))


@_inlined
def _part(total: Int) -> Int:
    """A sum of products as a part."""
    return min(np.int64(total) * PART_SCALE // FULL, PART_SCALE)


@_inlined
def _occupation(intention: Int, mark: Int, has_trade: Any, query: Int, asked: Asked, rules: Rules) -> Int:
    """The level of `eligibility.Limits._occupation`, for who has not fixed the occupation."""
    if not asked.readable[query] or mark & TRADE_SAME:
        return 0
    sure = has_trade and asked.names_trade[query]
    another = sure and not mark & TRADE_NEAR
    if intention * 2 >= rules.floor * (3 if another else 2) or (mark & CODE_SAME and not sure):
        return 0
    return rules.related if mark & ANY_KIN or intention * 2 >= rules.floor else NEVER


@_inlined
def _intention(met: Int, mark: Int) -> Int:
    """How far a wish is met, with what the same trade adds."""
    return min(met + SAME_TRADE, PART_SCALE) if mark & TRADE_SAME else met


@_inlined
def _pay_level(top: Int, floor: Int, fixed: Any, rules: Rules) -> Int:
    if top == UNKNOWN or top >= floor:
        return 0
    return rules.pay_level if not fixed and top * 100 >= floor * rules.pay_percent else NEVER


@_inlined
def _one(person: Int, people: People) -> One:
    return One(
        np.int64(people.place[person]), np.int64(people.licences[person]), np.int64(people.kinds[person]),
        np.int64(people.pay_floor[person]), np.int64(people.education[person]), np.int64(people.experience[person]),
        np.int64(people.minor[person]), np.int64(people.registered[person]), np.int64(people.shifts[person]),
        np.int64(people.fixed_pay[person]),
    )  # fmt: skip


@_inlined
def _barred_shift(one: One, at: Int, columns: Columns) -> Any:
    if one.shifts == 0:
        return False
    shift = np.int64(columns.shift[at])
    return bool((shift != UNKNOWN and one.shifts >> shift & 1) or (one.shifts & 128 and columns.night[at] == 1))


@_inlined
def _is_open(at: Int, columns: Columns, rules: Rules) -> Any:
    """Whether a vacancy may be given at all, today."""
    return columns.alive[at] and columns.valid_from[at] <= rules.day and columns.valid_to[at] >= rules.day


@_inlined
def _limits(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
    """The level of all limits but the occupation's, of a vacancy that is open."""
    level = max(
        np.int64(tables.place[one.place, columns.place[at]]), np.int64(tables.kind[one.kinds, columns.kind[at]])
    )
    need = np.int64(columns.education[at])
    if level >= NEVER or (one.education != UNKNOWN and need != UNKNOWN and one.education < need):
        return NEVER
    level = max(level, np.int64(tables.licence[one.licences, columns.licences[at]]))
    level = max(level, _pay_level(np.int64(columns.pay_max[at]), one.pay_floor, one.fixed_pay, rules))
    if (
        level >= NEVER
        or (one.minor and columns.minor_barred[at])
        or (not one.registered and columns.release[at] > rules.now)
        or _barred_shift(one, at, columns)
    ):
        return NEVER
    return level


@_inlined
def _pay(low: Int, top: Int, floor: Int) -> Int:
    if floor == 0:
        return NO_FLOOR
    if top == UNKNOWN:
        return UNSAID
    middle = top if low == UNKNOWN else low if top == UNBOUNDED else (low + top) // 2
    return min(max((middle * 100 // max(floor, 1) - 80) * 125, 0), PART_SCALE)


@_inlined
def _fit(one: One, at: Int, columns: Columns) -> Int:
    need = np.int64(columns.experience[at])
    years: Int = UNSAID
    if one.experience != UNKNOWN and need != UNKNOWN:
        years = min(max(PART_SCALE - (need - one.experience) * PART_SCALE // (5 * YEAR), 0), PART_SCALE)
    need = np.int64(columns.education[at])
    school: Int = UNSAID
    if one.education != UNKNOWN and need != UNKNOWN:
        school = PART_SCALE if need == 0 else min(max(PART_SCALE - (one.education - need - 1) * 1_500, 0), PART_SCALE)
    return (years + school) // 2


@_inlined
def _fresh(posted: Int, rules: Rules) -> Int:
    if posted == 0:
        return UNSAID
    return min(max((FRESH_DAYS - (rules.day - posted)) * PART_SCALE // FRESH_DAYS, 0), PART_SCALE)


@_inlined
def _meaning(query: Int, at: Int, asked: Asked, columns: Columns) -> Int:
    best: Int = 0
    for number in range(asked.wish_at[query], asked.wish_at[query + 1]):
        mine, theirs, product = asked.vector[asked.wish[number]], columns.vectors[at], np.int32(0)
        for axis in range(DIMENSIONS):  # 32 bits at each step: twice as many at a time as numba's own 64
            product = np.int32(product + np.int32(np.int32(mine[axis]) * np.int32(theirs[axis])))
        best = max(best, min(np.int64(product) * PART_SCALE // ALIKE, PART_SCALE))
    return best


@_inlined
def _same_level(query: Int, at: Int, asked: Asked, columns: Columns) -> Int:
    best: Int = 0
    theirs = columns.levels[at]
    for number in range(asked.wish_at[query], asked.wish_at[query + 1]):
        mine = asked.level[asked.wish[number]]
        value = PART_SCALE if mine & theirs else 0 if mine and theirs else PART_SCALE // 2
        best = max(best, value)
    return best


@_inlined
def _tie(person: Int, at: Int, people: People, columns: Columns, rules: Rules) -> Int:
    """`ranking.tie_keys` of one pair."""
    z = columns.tie[at] ^ (people.tie[person] * GOLDEN) ^ np.uint64(rules.seed)
    z = (z ^ (z >> RIGHT_1)) * MIX_1
    z = (z ^ (z >> RIGHT_2)) * MIX_2
    z ^= z >> RIGHT_3
    return np.int64(z >> TIE_SHIFT)


@_inlined
def _key(level: Int, score: Int) -> Int:
    """`ranking.order_keys` without the tie."""
    return np.int64(level) << SHIFT_LEVEL | np.int64(FULL_SCORE - score) << SHIFT_SCORE


@_inlined
def _keep(person: Int, key: Int, row: Int, lists: Lists) -> None:
    """Put a vacancy in its place of the heap; of a full one the worst leaves."""
    keys, most = lists.key[person], lists.key.shape[1]
    place: Int = 0
    if lists.held[person] < most:
        place = np.int64(lists.held[person])
        lists.held[person] += 1
        while place and keys[(place - 1) // 2] < key:
            _move(person, (place - 1) // 2, place, lists)
            place = (place - 1) // 2
    else:
        lists.cut[person] = True
        while 2 * place + 1 < most:
            child = 2 * place + 1
            if child + 1 < most and keys[child + 1] > keys[child]:
                child += 1
            if keys[child] <= key:
                break
            _move(person, child, place, lists)
            place = child
    keys[place], lists.row[person, place] = key, row


@_inlined
def _move(person: Int, source: Int, target: Int, lists: Lists) -> None:
    lists.key[person, target] = lists.key[person, source]
    lists.row[person, target] = lists.row[person, source]


@_inlined
def _seen(person: Int, block: Int, rung: Int, people: People, tables: Tables, postings: Incidence) -> bool:
    """Whether a block has a place that a person may be sent to on this rung."""
    row = people.place[person]
    for number in range(postings.place_at[block], postings.place_at[block + 1]):
        if tables.place[row, postings.places[number]] <= rung:
            return True
    return False


@_inlined
def _parts(row: Int, rows: Rows, before: Int, block: Int, size: Int, postings: Incidence, scratch: Scratch) -> Int:
    """Where it is written how far each vacancy of a block meets a row: worked out if it is not there.

    `before` rows of another kind are numbered before these.
    """
    number, sums = before + row, scratch.sums
    place = number % len(scratch.holds)
    if scratch.holds[place] != number:
        scratch.holds[place] = number
        for term in range(rows.at[row], rows.at[row + 1]):
            _add(postings, block, rows.term[term], rows.weight[term], sums)
        own = scratch.met[place]
        for local in range(size):
            # what `_part` gives, some at a time: no quotient that is not whole lies so near to the next whole number
            own[local] = np.uint16(min(np.int32(np.float64(sums[local]) * PER_SUM + NEARLY), np.int32(PART_SCALE)))
        sums[:size] = 0
    return place


@_inlined
def _want(rows: Rows, row: Int, sign: Int, wanted: NDArray[np.int16]) -> None:
    """Lay out the weights of a row, or take them back."""
    for place in range(rows.at[row], rows.at[row + 1]):
        wanted[rows.term[place]] += np.int16(sign * rows.weight[place])


@_inlined
def _met(first: Int, last: Int, terms: Terms, wanted: NDArray[np.int16]) -> Int:
    """How far some terms of a vacancy meet the row that is laid out."""
    total = np.int32(0)
    for place in range(first, last):
        total += np.int32(wanted[terms.term[place]]) * terms.weight[place]
    return _part(total)


@_inlined
def _most_met(query: Int, block: Int, size: Int, asked: Asked, postings: Incidence, scratch: Scratch) -> None:
    """Write down the most that any wish of a query is met by each vacancy of a block."""
    best = scratch.best
    best[:size] = 0
    for number in range(asked.wish_at[query], asked.wish_at[query + 1]):
        own = scratch.met[_parts(np.int64(asked.wish[number]), asked.terms, 0, block, size, postings, scratch)]
        for local in range(size):
            best[local] = max(best[local], own[local])


@_inlined
def _marked(
    query: Int, block: Int, wanted: Int, least: Int, postings: Incidence, asked: Asked, best: Any, marks: Any,
    found: Any,
) -> Int:  # fmt: skip
    """Mark what is akin; write down what is akin enough and has less evidence than `least`. How many that are."""
    count: Int = 0
    for number in range(asked.kin_at[query], asked.kin_at[query + 1]):
        mark, slot = asked.mark[number], _slot(postings, block, asked.kin[number])
        if slot >= 0:
            at, base = postings.first[block] + slot, postings.base[block]
            for place in range(base + postings.offset[at], base + postings.offset[at + 1]):
                local = postings.posting[place] >> LOCAL_SHIFT
                if mark & wanted and not marks[local] & FOUND and best[local] < least:
                    found[count] = local
                    count += 1
                    marks[local] |= FOUND
                marks[local] |= mark
    return count


@_inlined
def _unmark(query: Int, block: Int, postings: Incidence, asked: Asked, marks: Any) -> None:
    for number in range(asked.kin_at[query], asked.kin_at[query + 1]):
        slot = _slot(postings, block, asked.kin[number])
        if slot >= 0:
            at, base = postings.first[block] + slot, postings.base[block]
            for place in range(base + postings.offset[at], base + postings.offset[at + 1]):
                marks[postings.posting[place] >> LOCAL_SHIFT] = 0


@_inlined
def _worth(size: Int, least: Int, best: Any, found: Any, count: Int) -> Int:
    """Write down the places of a block that meet a wish by `least` or more; how many are found then."""
    low = np.uint16(least)
    for word in range(0, size, WORD):
        part = best[word : word + WORD]
        hits = np.uint16(0)
        for local in range(WORD):
            hits += np.uint16(part[local] >= low)
        if hits:
            for local in range(WORD):
                if part[local] >= low:
                    found[count] = word + local
                    count += 1
    return count


@_compiled
def scan(
    first: Int, last: Int, rung: Int, short: NDArray[np.bool_], columns: Columns, postings: Incidence, asked: Asked,
    people: People, tables: Tables, rules: Rules, terms: Terms, scratch: Scratch, lists: Lists,
) -> None:  # fmt: skip
    """Add to the lists of the people of some queries, those still `short`, what this very rung admits."""
    best, marks, found, text, occupation, seen = scratch[3:9]
    related = rung >= rules.related
    least = (rules.floor + 1) // 2 if related else rules.floor
    wanted = ANY_KIN if related else TRADE_SAME | CODE_SAME
    blocks: Int = postings.start.shape[0] - 1
    for block in range(blocks):
        start = postings.start[block]
        size = postings.start[block + 1] - start
        scratch.holds[:] = -1
        best[:] = 0  # the last word of a block may reach behind it
        for query in range(first, last):
            count: Int = 0
            for person in range(people.query_at[query], people.query_at[query + 1]):
                if short[person] and _seen(person, block, rung, people, tables, postings):
                    seen[count] = person
                    count += 1
            if count == 0:
                continue
            readable = asked.readable[query]
            weights = rules.weights[0 if readable else 1]
            _most_met(query, block, size, asked, postings, scratch)
            worth: Int = _marked(query, block, wanted, least, postings, asked, best, marks, found)
            if readable:
                worth = _worth(size, least, best, found, worth)
            else:
                for local in range(size):
                    found[local] = local
                worth = size
            # what all people of the query share
            kept: Int = 0
            for number in range(worth):
                place = found[number]
                at, met = start + place, np.int64(best[place])
                level = _occupation(met, marks[place], columns.trade[at] != UNKNOWN, query, asked, rules)
                if level <= rung and _is_open(at, columns, rules):
                    found[kept], occupation[kept] = place, level
                    text[kept] = (
                        weights[0] * _intention(met, marks[place])
                        + weights[1] * _meaning(query, at, asked, columns)
                        + weights[2] * _same_level(query, at, asked, columns)
                        + weights[7] * _fresh(np.int64(columns.valid_from[at]), rules)
                    )
                    kept += 1
            for number in range(count):
                person = seen[number]
                at_hand = kept > FEW and people.skills[person] != UNKNOWN
                skilled: Int = 0
                if at_hand:
                    own: Int = people.skills[person]
                    skilled = _parts(own, asked.skills, len(asked.level), block, size, postings, scratch)
                _choose(
                    person, query, start, rung, kept, found, text, occupation, at_hand, scratch.met[skilled], columns,
                    terms, scratch.wanted, asked, people, tables, rules, lists,
                )  # fmt: skip
            _unmark(query, block, postings, asked, marks)


@_inlined
def _choose(
    person: Int, query: Int, start: Int, rung: Int, worth: Int, found: Any, text: Any, occupation: Any,
    at_hand: Any, skilled: Any, columns: Columns, terms: Terms, wanted: Any, asked: Asked, people: People,
    tables: Tables, rules: Rules, lists: Lists,
) -> None:  # fmt: skip
    """Hold what a block has for a query against the limits of one person; keep the best.

    How far skills are met is read from `skilled` where it is at hand, else worked out for what may still be kept.
    """
    most, weights = lists.key.shape[1], rules.weights[0 if asked.readable[query] else 1]
    rest = PART_SCALE * (weights[5] + weights[6])
    one, own, fixed = _one(person, people), people.skills[person], people.fixed_occupation[person]
    by_terms = own != UNKNOWN and not at_hand
    if by_terms:
        _want(asked.skills, own, 1, wanted)
    for number in range(worth):
        level = np.int64(occupation[number])
        if level and fixed:
            continue
        local = found[number]
        at = start + local
        shared = text[number] + weights[4] * tables.distance[one.place, columns.place[at]]
        met: Int = UNSAID
        if own != UNKNOWN and columns.described[at]:
            met = np.int64(skilled[local]) if at_hand else PART_SCALE
        full = lists.held[person] == most
        if full and _key(rung, shared + weights[3] * met + rest) >= lists.key[person, 0]:
            lists.cut[person] = True
            continue
        level = max(level, _limits(one, at, tables, columns, rules))
        if level != rung:
            continue
        shared += weights[5] * _pay(np.int64(columns.pay_min[at]), np.int64(columns.pay_max[at]), one.pay_floor)
        shared += weights[6] * _fit(one, at, columns)
        if full and _key(rung, shared + weights[3] * met) >= lists.key[person, 0]:
            lists.cut[person] = True
            continue
        if by_terms and columns.described[at]:
            met = _met(terms.word_at[at], terms.word_end[at], terms, wanted)
        key = _key(rung, shared + weights[3] * met)
        if full and key >= lists.key[person, 0]:
            lists.cut[person] = True
            continue
        key |= _tie(person, at, people, columns, rules)
        if full and key >= lists.key[person, 0]:
            lists.cut[person] = True
            continue
        _keep(person, key, columns.first + at, lists)
    if by_terms:
        _want(asked.skills, own, -1, wanted)


@_compiled
def still_short(clusters: NDArray[np.int64], lists: Lists, short: NDArray[np.bool_], seen: NDArray[np.int64]) -> bool:
    """Say of those who are short whether they still are: fewer clusters of duplicates than `seen` has room for.

    Whether any is.
    """
    found = False
    for person in range(len(short)):
        if short[person]:
            count = 0
            for place in range(lists.held[person]):
                cluster, new = clusters[lists.row[person, place]], True
                for other in range(count):
                    new &= seen[other] != cluster
                if new:
                    seen[count] = cluster
                    count += 1
                    if count == len(seen):
                        break
            short[person] = count < len(seen)
            found |= short[person]
    return found


@_compiled
def order(lists: Lists) -> None:
    """Turn heaps into lists, the best first."""
    for person in range(len(lists.held)):
        keys, rows = lists.key[person], lists.row[person]
        for end in range(lists.held[person] - 1, 0, -1):
            key, row = keys[end], rows[end]
            keys[end], rows[end] = keys[0], rows[0]
            place = 0
            while 2 * place + 1 < end:
                child = 2 * place + 1
                if child + 1 < end and keys[child + 1] > keys[child]:
                    child += 1
                if keys[child] <= key:
                    break
                keys[place], rows[place] = keys[child], rows[child]
                place = child
            keys[place], rows[place] = key, row


@_compiled
def bars(
    person: Int, columns: Columns, postings: Incidence, asked: Asked, people: People, tables: Tables, rules: Rules,
    scratch: Scratch, out: NDArray[np.uint16],
) -> None:  # fmt: skip
    """For each vacancy one bit a limit that bars the person, in the order of `eligibility.LIMITS`.

    Where two bars are found no further one is looked for.
    """
    query = np.int64(people.query[person])
    best, marks, found = scratch.best, scratch.marks, scratch.found
    one, kinds = _one(person, people), tables.kind_bars[people.kinds[person]]
    blocks: Int = postings.start.shape[0] - 1
    for block in range(blocks):
        start, end = postings.start[block], postings.start[block + 1]
        scratch.holds[:] = -1
        _most_met(query, block, end - start, asked, postings, scratch)
        _marked(query, block, 0, 0, postings, asked, best, marks, found)
        for at in range(start, end):
            own: Int = _occupation(
                np.int64(best[at - start]), marks[at - start], columns.trade[at] != UNKNOWN, query, asked, rules
            )
            mask: Int = 1 if own >= NEVER or (own and people.fixed_occupation[person]) else 0
            mask |= np.int64(tables.place_bars[one.place, columns.place[at]]) << 1
            mask |= np.int64(kinds[columns.kind[at]]) << 4
            if mask & (mask - 1) == 0:
                mask |= _further_bars(one, at, tables, columns, rules)
            out[at] = mask
        marks[: end - start] = 0


@_inlined
def _further_bars(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
    need = np.int64(columns.education[at])
    mask = (_pay_level(np.int64(columns.pay_max[at]), one.pay_floor, one.fixed_pay, rules) >= NEVER) << 3
    mask |= _barred_shift(one, at, columns) << 6
    mask |= (tables.licence[one.licences, columns.licences[at]] >= NEVER) << 7
    mask |= (one.education != UNKNOWN and need != UNKNOWN and one.education < need) << 8
    mask |= (one.minor != 0 and columns.minor_barred[at]) << 9
    mask |= (one.registered == 0 and columns.release[at] > rules.now) << 10
    return mask | (not _is_open(at, columns, rules)) << 11


@_compiled
def judge(
    persons: NDArray[np.int64], ats: NDArray[np.int64], columns: Columns, asked: Asked, people: People,
    tables: Tables, rules: Rules, terms: Terms, kin: tuple[Int, Int], wanted: NDArray[np.int16],
    level: NDArray[np.int8], parts: NDArray[np.int64],
) -> None:  # fmt: skip
    """The level and the eight parts (0..10000) of single pairs: people and places in the order of the blocks.

    `kin`: the first column of sure trades, and that of occupations.
    """
    for number in range(persons.shape[0]):
        person, at = persons[number], ats[number]
        one, query = _one(person, people), np.int64(people.query[person])
        intention: Int = 0
        for wish in range(asked.wish_at[query], asked.wish_at[query + 1]):
            _want(asked.terms, asked.wish[wish], 1, wanted)
            intention = max(intention, _met(terms.at[at], terms.at[at + 1], terms, wanted))
            _want(asked.terms, asked.wish[wish], -1, wanted)
        mark: Int = 0
        for place in range(asked.kin_at[query], asked.kin_at[query + 1]):
            if asked.kin[place] == kin[0] + columns.trade[at] or asked.kin[place] == kin[1] + columns.occupation[at]:
                mark |= asked.mark[place]
        own: Int = _occupation(intention, mark, columns.trade[at] != UNKNOWN, query, asked, rules)
        if own and people.fixed_occupation[person]:
            own = NEVER
        is_open = _is_open(at, columns, rules)
        level[number] = max(own, _limits(one, at, tables, columns, rules)) if is_open else NEVER
        met: Int = UNSAID
        if people.skills[person] != UNKNOWN and columns.described[at]:
            _want(asked.skills, people.skills[person], 1, wanted)
            met = _met(terms.word_at[at], terms.word_end[at], terms, wanted)
            _want(asked.skills, people.skills[person], -1, wanted)
        out = parts[number]
        out[0], out[1] = _intention(intention, mark), _meaning(query, at, asked, columns)
        out[2], out[3] = _same_level(query, at, asked, columns), met
        out[4] = tables.distance[one.place, columns.place[at]]
        out[5] = _pay(np.int64(columns.pay_min[at]), np.int64(columns.pay_max[at]), one.pay_floor)
        out[6] = _fit(one, at, columns)
        out[7] = _fresh(np.int64(columns.valid_from[at]), rules)
