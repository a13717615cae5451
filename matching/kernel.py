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


def _cttz(typingctx: Any, word: Any) -> Any:
    """The place of the lowest bit that is set: one instruction."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


def _at_least(typingctx: Any, values: Any, first: Any, least: Any) -> Any:
    """Which of the 64 values from `first` on are `least` or more, a bit each: a few instructions."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(values)(context, builder, args[0])
        kind, size = ir.VectorType(context.get_value_type(values.dtype), 64), values.dtype.bitwidth // 8
        place = builder.bitcast(builder.gep(array.data, [args[1]]), kind.as_pointer())
        lowest = builder.insert_element(ir.Constant(kind, ir.Undefined), args[2], ir.IntType(32)(0))
        spread = builder.shuffle_vector(
            lowest, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), 64), None)
        )
        compare = builder.icmp_signed if values.dtype.signed else builder.icmp_unsigned
        return builder.bitcast(compare(">=", builder.load(place, align=size), spread), ir.IntType(64))

    return types.uint64(values, types.intp, values.dtype), codegen


_popcount: Any = intrinsic(_ctpop)
_lowest: Any = intrinsic(_cttz)
_reaching: Any = intrinsic(_at_least)

U = np.uint64  # of an index: one that numba knows to be no count from the end
LOCAL_SHIFT = np.uint32(32 - LOCAL_BITS)
ONE, SIX, LOW_SIX, ALL = np.uint64(1), np.uint64(6), np.uint64(63), ~np.uint64(0)
SHIFT_LEVEL, SHIFT_SCORE = 60, TIE_BITS
FULL_SCORE = 1_000_000
LOW_KEY, LOW_SCORE = (1 << SHIFT_LEVEL) - 1, (1 << SHIFT_LEVEL - SHIFT_SCORE) - 1
GOLDEN, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
RIGHT_1, RIGHT_2, RIGHT_3, TIE_SHIFT = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(64 - TIE_BITS)


@_inlined
def _slot(postings: Incidence, block: Int, term: Int) -> Int:
    """The number of a term among a block's own, or -1."""
    wide = np.uint64(term)
    place = wide >> SIX
    if place >= np.uint64(postings.bits.shape[1]):  # an occupation that came after the block was made
        return -1
    word, bit = postings.bits[U(block), place], ONE << (wide & LOW_SIX)
    if not word & bit:
        return -1
    return np.int64(postings.rank[U(block), place] + _popcount(word & (bit - ONE)))


@_inlined
def _add(postings: Incidence, block: Int, term: Int, weight: Int, sums: NDArray[np.int32]) -> None:
    """Add a weighted term to the sums of a block's vacancies."""
    slot = _slot(postings, block, term)
    if slot >= 0:
        at, base = postings.first[block] + slot, postings.base[block]
        for number in range(base + postings.offset[at], base + postings.offset[at + 1]):
            entry = postings.posting[U(number)]
            sums[U(entry >> LOCAL_SHIFT)] += weight * np.int32(entry & np.uint32(WEIGHT_MASK))


@_inlined
def _first_bits(count: Int) -> Any:
    """A word whose lowest bits are set, so many as there are, or as a word has."""
    return ALL if count >= WORD else (ONE << U(count)) - ONE


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
        U(people.place[U(person)]), U(people.licences[U(person)]), U(people.kinds[U(person)]),
        np.int64(people.pay_floor[U(person)]), np.int64(people.education[U(person)]),
        np.int64(people.experience[U(person)]), np.int64(people.minor[U(person)]),
        np.int64(people.registered[U(person)]), np.int64(people.shifts[U(person)]),
        np.int64(people.fixed_pay[U(person)]),
    )  # fmt: skip


@_inlined
def _barred_shift(one: One, at: Int, columns: Columns) -> Any:
    if one.shifts == 0:
        return False
    shift = np.int64(columns.shift[U(at)])
    return bool((shift != UNKNOWN and one.shifts >> shift & 1) or (one.shifts & 128 and columns.night[U(at)] == 1))


@_inlined
def _is_open(at: Int, columns: Columns, rules: Rules) -> Any:
    """Whether a vacancy may be given at all, today."""
    return columns.alive[U(at)] and columns.valid_from[U(at)] <= rules.day and columns.valid_to[U(at)] >= rules.day


@_inlined
def _limits(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
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
    need = np.int64(columns.experience[U(at)])
    years: Int = UNSAID
    if one.experience != UNKNOWN and need != UNKNOWN:
        years = min(max(PART_SCALE - (need - one.experience) * PART_SCALE // (5 * YEAR), 0), PART_SCALE)
    need = np.int64(columns.education[U(at)])
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
    for number in range(asked.wish_at[U(query)], asked.wish_at[U(query + 1)]):
        mine, theirs, product = asked.vector[U(asked.wish[U(number)])], columns.vectors[U(at)], np.int32(0)
        for axis in range(DIMENSIONS):  # 32 bits at each step: twice as many at a time as numba's own 64
            product = np.int32(product + np.int32(np.int32(mine[U(axis)]) * np.int32(theirs[U(axis)])))
        best = max(best, np.int64(product))
    return min(best * PART_SCALE // ALIKE, PART_SCALE)


@_inlined
def _same_level(query: Int, at: Int, asked: Asked, columns: Columns) -> Int:
    best: Int = 0
    theirs = columns.levels[U(at)]
    for number in range(asked.wish_at[U(query)], asked.wish_at[U(query + 1)]):
        mine = asked.level[U(asked.wish[U(number)])]
        value = PART_SCALE if mine & theirs else 0 if mine and theirs else PART_SCALE // 2
        best = max(best, value)
    return best


@_inlined
def _tie(person: Int, at: Int, people: People, columns: Columns, rules: Rules) -> Int:
    """`ranking.tie_keys` of one pair."""
    z = columns.tie[U(at)] ^ (people.tie[U(person)] * GOLDEN) ^ np.uint64(rules.seed)
    z = (z ^ (z >> RIGHT_1)) * MIX_1
    z = (z ^ (z >> RIGHT_2)) * MIX_2
    z ^= z >> RIGHT_3
    return np.int64(z >> TIE_SHIFT)


@_inlined
def _key(level: Int, score: Int) -> Int:
    """`ranking.order_keys` without the tie."""
    return np.int64(level) << SHIFT_LEVEL | np.int64(FULL_SCORE - score) << SHIFT_SCORE


@_inlined
def _sift(keys: Any, rows: Any, size: Int, key: Int, row: Int) -> None:
    """Put a key in the place of the worst of a heap of so many."""
    place: Int = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and keys[U(child + 1)] > keys[U(child)]:
            child += 1
        if keys[U(child)] <= key:
            break
        keys[U(place)], rows[U(place)] = keys[U(child)], rows[U(child)]
        place = child
    keys[U(place)], rows[U(place)] = key, row


@_inlined
def _keep(person: Int, key: Int, row: Int, lists: Lists) -> None:
    """Put a vacancy in its place of the heap; of a full one the worst leaves."""
    keys, rows, most = lists.key[U(person)], lists.row[U(person)], lists.key.shape[1]
    if lists.held[U(person)] == most:
        lists.cut[U(person)] = True
        _sift(keys, rows, most, key, row)
        return
    place = np.int64(lists.held[U(person)])
    lists.held[U(person)] += 1
    while place and keys[U((place - 1) >> 1)] < key:
        keys[U(place)], rows[U(place)] = keys[U((place - 1) >> 1)], rows[U((place - 1) >> 1)]
        place = (place - 1) >> 1
    keys[U(place)], rows[U(place)] = key, row


@_inlined
def _seen(person: Int, block: Int, rung: Int, people: People, tables: Tables, postings: Incidence) -> bool:
    """Whether a block has a place that a person may be sent to on this rung."""
    row = U(people.place[U(person)])
    for number in range(postings.place_at[U(block)], postings.place_at[U(block + 1)]):
        if tables.place[row, U(postings.places[U(number)])] <= rung:
            return True
    return False


@_inlined
def _nearest(person: Int, block: Int, people: People, tables: Tables, postings: Incidence) -> Int:
    """How near to a person the nearest place of a block is."""
    row, nearest = U(people.place[U(person)]), np.int64(0)
    for number in range(postings.place_at[U(block)], postings.place_at[U(block + 1)]):
        nearest = max(nearest, np.int64(tables.distance[row, U(postings.places[U(number)])]))
    return nearest


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
            own[U(local)] = np.uint16(
                min(np.int32(np.float64(sums[U(local)]) * PER_SUM + NEARLY), np.int32(PART_SCALE))
            )
        sums[:size] = 0
    return place


@_inlined
def _want(rows: Rows, row: Int, sign: Int, wanted: NDArray[np.int32]) -> None:
    """Lay out the weights of a row, or take them back."""
    for place in range(rows.at[row], rows.at[row + 1]):
        wanted[U(rows.term[U(place)])] += np.int32(sign * rows.weight[U(place)])


@_inlined
def _met(first: Int, last: Int, terms: Terms, wanted: NDArray[np.int32]) -> Int:
    """How far some terms of a vacancy meet the row that is laid out."""
    total = np.int32(0)
    for place in range(first, last):
        total = np.int32(total + np.int32(wanted[U(terms.term[U(place)])] * terms.weight[U(place)]))
    return _part(total)


@_inlined
def _most_met(query: Int, block: Int, size: Int, asked: Asked, postings: Incidence, scratch: Scratch) -> None:
    """Write down the most that any wish of a query is met by each vacancy of a block."""
    best = scratch.best
    best[:size] = 0
    for number in range(asked.wish_at[query], asked.wish_at[query + 1]):
        own = scratch.met[_parts(np.int64(asked.wish[number]), asked.terms, 0, block, size, postings, scratch)]
        for local in range(size):
            best[U(local)] = max(best[U(local)], own[U(local)])


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
                local = U(postings.posting[U(place)] >> LOCAL_SHIFT)
                if mark & wanted and not marks[local] & FOUND and best[local] < least:
                    found[U(count)] = np.int32(local)
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
                marks[U(postings.posting[U(place)] >> LOCAL_SHIFT)] = 0


@_inlined
def _places(bits: Any, first: Int, places: Any, count: Int) -> Int:
    """Add to `count` places those of the bits of a word that are set, the lowest `first`. How many there are then."""
    while bits:
        places[U(count)] = np.int32(first + _lowest(bits))
        count += 1
        bits &= bits - ONE
    return count


@_inlined
def _worth(size: Int, least: Int, best: Any, found: Any, count: Int) -> Int:
    """Write down the places of a block that meet a wish by `least` or more; how many are found then."""
    for word in range(0, size, WORD):
        bits = _reaching(best, word, np.uint16(least)) & _first_bits(size - word)
        count = _places(bits, word, found, count)
    return count


@_compiled
def scan(
    first: Int, last: Int, rung: Int, short: NDArray[np.bool_], columns: Columns, postings: Incidence, asked: Asked,
    people: People, tables: Tables, rules: Rules, terms: Terms, scratch: Scratch, lists: Lists,
) -> None:  # fmt: skip
    """Add to the lists of the people of some queries, those still `short`, what this very rung admits."""
    best, marks, found, seen = scratch.best, scratch.marks, scratch.found, scratch.seen
    text, occupation, picked = scratch.text, scratch.occupation, scratch.picked
    related = rung >= rules.related
    least = (rules.floor + 1) // 2 if related else rules.floor
    wanted = ANY_KIN if related else TRADE_SAME | CODE_SAME
    blocks: Int = postings.start.shape[0] - 1
    for block in range(blocks):
        start = postings.start[block]
        size = postings.start[block + 1] - start
        alone = postings.place_at[block + 1] - postings.place_at[block] == 1  # then all of it is equally near
        scratch.holds[:] = -1
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
                place = U(found[U(number)])
                at, met = U(start) + place, np.int64(best[place])
                level = _occupation(met, marks[place], columns.trade[U(at)] != UNKNOWN, query, asked, rules)
                if level <= rung and _is_open(at, columns, rules):
                    found[U(kept)], occupation[U(kept)] = np.int32(place), level
                    text[U(kept)] = np.int32(
                        weights[0] * _intention(met, marks[place])
                        + weights[1] * _meaning(query, at, asked, columns)
                        + weights[2] * _same_level(query, at, asked, columns)
                        + weights[7] * _fresh(np.int64(columns.valid_from[U(at)]), rules)
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
                    person, query, _nearest(person, block, people, tables, postings), alone, start, rung, kept, found,
                    text, occupation, picked, at_hand, scratch.met[skilled], columns, terms, scratch.wanted, asked,
                    people, tables, rules, lists,
                )  # fmt: skip
            _unmark(query, block, postings, asked, marks)


@_inlined
def _worst(person: Int, rung: Int, lists: Lists) -> Int:
    """The score that a vacancy of a rung must be above to get into a full list; -1 where there is room."""
    if lists.held[U(person)] < lists.key.shape[1]:
        return -1
    key = lists.key[U(person), U(0)]
    if key >> SHIFT_LEVEL != rung:
        return FULL_SCORE
    return FULL_SCORE - ((key & LOW_KEY) + (1 << SHIFT_SCORE) - 1 >> SHIFT_SCORE)


@_inlined
def _picked(worth: Int, bar: Int, fixed: Any, text: Any, occupation: Any, picked: Any) -> tuple[Int, Any]:
    """Write down what has a text score of `bar` or more. How many that are, and whether anything has less.

    Who has fixed the occupation is shown no other.
    """
    count, passed = np.int64(0), False
    for word in range(0, worth, WORD):
        may = _first_bits(worth - word)
        if fixed:
            may &= ~_reaching(occupation, word, np.int8(1))
        high = may & _reaching(text, word, np.int32(bar))
        passed |= high != may
        count = _places(high, word, picked, count)
    return count, passed


@_inlined
def _choose(
    person: Int, query: Int, nearest: Int, alone: Any, start: Int, rung: Int, worth: Int, found: Any, text: Any,
    occupation: Any, picked: Any, at_hand: Any, skilled: Any, columns: Columns, terms: Terms, wanted: Any,
    asked: Asked, people: People, tables: Tables, rules: Rules, lists: Lists,
) -> None:  # fmt: skip
    """Hold what a block has for a query against the limits of one person; keep the best.

    How far skills are met is read from `skilled` where it is at hand, else worked out for what may still be kept.
    """
    one, own, weights = (
        _one(person, people),
        people.skills[U(person)],
        rules.weights[0 if asked.readable[U(query)] else 1],
    )
    rest = PART_SCALE * (weights[5] + weights[6])
    worst = _worst(person, rung, lists)
    most = weights[4] * nearest + weights[3] * (PART_SCALE if own != UNKNOWN else UNSAID) + rest
    bar = worst + 1 - most if worst >= 0 else 0
    count, cut = _picked(worth, bar, people.fixed_occupation[U(person)], text, occupation, picked)
    by_terms = count > 0 and own != UNKNOWN and not at_hand
    if by_terms:
        _want(asked.skills, own, 1, wanted)
    for turn in range(count):
        number = U(picked[U(turn)])
        local = U(found[number])
        at = U(start) + local
        near = nearest if alone else np.int64(tables.distance[one.place, U(columns.place[at])])
        score = np.int64(text[number]) + weights[4] * near
        met: Int = UNSAID
        if own != UNKNOWN and columns.described[at]:
            met = np.int64(skilled[local]) if at_hand else PART_SCALE
        if score + weights[3] * met + rest <= worst:
            cut = True
            continue
        if max(np.int64(occupation[number]), _limits(one, at, tables, columns, rules)) != rung:
            continue
        score += weights[5] * _pay(np.int64(columns.pay_min[at]), np.int64(columns.pay_max[at]), one.pay_floor)
        score += weights[6] * _fit(one, at, columns)
        if score + weights[3] * met <= worst:
            cut = True
            continue
        if by_terms and columns.described[at]:
            met = _met(terms.word_at[at], terms.word_end[at], terms, wanted)
        key = _key(rung, score + weights[3] * met) | _tie(person, at, people, columns, rules)
        if worst >= 0 and key >= lists.key[U(person), U(0)]:
            cut = True
            continue
        _keep(person, key, columns.first + np.int64(at), lists)
        worst = _worst(person, rung, lists)
    lists.cut[U(person)] |= cut
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
def lay_out(
    first: Int, last: Int, lists: Lists, at: NDArray[np.int64], row: NDArray[np.int32], level: NDArray[np.int8],
    score: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write down the heaps of some people, the best first, from the places `at` on."""
    for person in range(first, last):
        keys, rows, start = lists.key[person], lists.row[person], at[person]
        for end in range(lists.held[person] - 1, -1, -1):
            place = U(start + end)
            row[place], level[place] = rows[0], np.int8(keys[0] >> SHIFT_LEVEL)
            score[place] = np.int32(FULL_SCORE - (keys[0] >> SHIFT_SCORE & LOW_SCORE))
            _sift(keys, rows, end, keys[U(end)], rows[U(end)])


@_compiled
def held_back(
    person: Int, columns: Columns, postings: Incidence, asked: Asked, people: People, tables: Tables, rules: Rules,
    scratch: Scratch, row: NDArray[np.int32], limit: NDArray[np.uint8],
) -> Int:  # fmt: skip
    """Write down the vacancies that a single limit holds back, and its place in `eligibility.LIMITS`; how many."""
    query, fixed = np.int64(people.query[person]), people.fixed_occupation[person]
    best, marks, found = scratch.best, scratch.marks, scratch.found
    one = _one(person, people)
    kinds, places = tables.kind_bars[one.kinds], tables.place_bars[one.place]
    count, blocks = np.int64(0), postings.start.shape[0] - 1
    for block in range(blocks):
        start, end = postings.start[block], postings.start[block + 1]
        scratch.holds[:] = -1
        _most_met(query, block, end - start, asked, postings, scratch)
        _marked(query, block, 0, 0, postings, asked, best, marks, found)
        for local in range(end - start):
            at, mark = U(start) + U(local), marks[U(local)]
            own: Int = _occupation(np.int64(best[U(local)]), mark, columns.trade[at] != UNKNOWN, query, asked, rules)
            mask = np.int64(own >= NEVER or (own and fixed))
            mask |= np.int64(places[U(columns.place[at])]) << 1 | np.int64(kinds[U(columns.kind[at])]) << 4
            if mask & (mask - 1) == 0:  # where two are found no further one is looked for
                mask |= _further_bars(one, at, tables, columns, rules)
                if mask != 0 and mask & (mask - 1) == 0:
                    row[U(count)], limit[U(count)] = np.int32(columns.first + np.int64(at)), _lowest(np.uint64(mask))
                    count += 1
        marks[: end - start] = 0
    return count


@_inlined
def _further_bars(one: One, at: Int, tables: Tables, columns: Columns, rules: Rules) -> Int:
    need = np.int64(columns.education[U(at)])
    mask = (_pay_level(np.int64(columns.pay_max[U(at)]), one.pay_floor, one.fixed_pay, rules) >= NEVER) << 3
    mask |= _barred_shift(one, at, columns) << 6
    mask |= (tables.licence[one.licences, U(columns.licences[U(at)])] >= NEVER) << 7
    mask |= (one.education != UNKNOWN and need != UNKNOWN and one.education < need) << 8
    mask |= (one.minor != 0 and columns.minor_barred[U(at)]) << 9
    mask |= (one.registered == 0 and columns.release[U(at)] > rules.now) << 10
    return mask | (not _is_open(at, columns, rules)) << 11


@_compiled
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
        one, query = _one(person, people), np.int64(people.query[person])
        intention: Int = 0
        for wish in range(asked.wish_at[query], asked.wish_at[query + 1]):
            _want(asked.terms, asked.wish[wish], 1, wanted)
            intention = max(intention, _met(terms.at[at], terms.at[at + 1], terms, wanted))
            _want(asked.terms, asked.wish[wish], -1, wanted)
        mark: Int = 0
        for place in range(asked.kin_at[query], asked.kin_at[query + 1]):
            if (
                asked.kin[place] == kin[0] + columns.trade[U(at)]
                or asked.kin[place] == kin[1] + columns.occupation[U(at)]
            ):
                mark |= asked.mark[place]
        own: Int = _occupation(intention, mark, columns.trade[U(at)] != UNKNOWN, query, asked, rules)
        if own and people.fixed_occupation[person]:
            own = NEVER
        is_open = _is_open(at, columns, rules)
        level[number] = max(own, _limits(one, at, tables, columns, rules)) if is_open else NEVER
        met: Int = UNSAID
        if people.skills[person] != UNKNOWN and columns.described[U(at)]:
            _want(asked.skills, people.skills[person], 1, wanted)
            met = _met(terms.word_at[at], terms.word_end[at], terms, wanted)
            _want(asked.skills, people.skills[person], -1, wanted)
        out = parts[number]
        out[0], out[1] = _intention(intention, mark), _meaning(query, at, asked, columns)
        out[2], out[3] = _same_level(query, at, asked, columns), met
        out[4] = tables.distance[one.place, U(columns.place[U(at)])]
        out[5] = _pay(np.int64(columns.pay_min[U(at)]), np.int64(columns.pay_max[U(at)]), one.pay_floor)
        out[6] = _fit(one, at, columns)
        out[7] = _fresh(np.int64(columns.valid_from[U(at)]), rules)
