"""The inner loop: which vacancies suit some people best under every limit, in whole numbers, in compiled code.

People are taken by what they ask for: equal wishes are met once. Vacancies lie in blocks of one place or a few
(`matching.blocks`). For a rung of the ladder each block that a person may see there is visited once: the postings of
a wish's terms are added up, what stays below the floor is passed over, and what is left is held against the limits
of each person, scored and kept if it is among the person's best. Nothing is filtered afterwards, so a list of k is
exactly the first k. The plain arrays of `matching.plain` say the same pair by pair; tests hold the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.bits import ONE, WORD, U, first_bits, lowest, popcount, reaching, set_bits
from matching.blocks import LOCAL_BITS, Columns, Incidence, Terms
from matching.compiled import inlined, whole
from matching.config import NEVER, PART_SCALE
from matching.facts import UNKNOWN
from matching.pair import (
    ANY_KIN,
    FULL_SCORE,
    SHIFT_LEVEL,
    SHIFT_SCORE,
    fit_part,
    fresh_part,
    further_bars,
    intention_part,
    is_open,
    key_of,
    level_part,
    limit_level,
    meaning_part,
    met_by,
    occupation_level,
    one_of,
    pay_part,
    tie_of,
    want,
)
from matching.records import CODE_SAME, TRADE_SAME, Asked, Int, Lists, People, Rows, Rules, Scratch, Tables
from matching.scoring import FULL, UNSAID

WEIGHT_MASK = (1 << (32 - LOCAL_BITS)) - 1
ALL_SEEN = np.iinfo(np.uint16).max
FOUND = 128  # the mark of a vacancy that is written down
FEW = 256  # vacancies of a block: the parts of all cost less than those of more than these, one by one
PER_SUM, NEARLY = PART_SCALE / FULL, 0.5 / FULL
LOCAL_SHIFT = np.uint32(32 - LOCAL_BITS)
SIX, LOW_SIX = np.uint64(6), np.uint64(63)
LOW_KEY, LOW_SCORE = (1 << SHIFT_LEVEL) - 1, (1 << SHIFT_LEVEL - SHIFT_SCORE) - 1


@inlined
def _slot(postings: Incidence, block: Int, term: Int) -> Int:
    """The number of a term among a block's own, or -1."""
    wide = np.uint64(term)
    place = wide >> SIX
    if place >= np.uint64(postings.bits.shape[1]):  # an occupation that came after the block was made
        return -1
    word, bit = postings.bits[U(block), place], ONE << (wide & LOW_SIX)
    if not word & bit:
        return -1
    return np.int64(postings.rank[U(block), place] + popcount(word & (bit - ONE)))


@inlined
def _add(postings: Incidence, block: Int, term: Int, weight: Int, sums: NDArray[np.int32]) -> None:
    """Add a weighted term to the sums of a block's vacancies."""
    slot = _slot(postings, block, term)
    if slot >= 0:
        at, base = postings.first[block] + slot, postings.base[block]
        for number in range(base + postings.offset[at], base + postings.offset[at + 1]):
            entry = postings.posting[U(number)]
            sums[U(entry >> LOCAL_SHIFT)] += weight * np.int32(entry & np.uint32(WEIGHT_MASK))


@inlined
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


@inlined
def _most_met(query: Int, block: Int, size: Int, asked: Asked, postings: Incidence, scratch: Scratch) -> None:
    """Write down the most that any wish of a query is met by each vacancy of a block."""
    best = scratch.best
    best[:size] = 0
    for number in range(asked.wish_at[query], asked.wish_at[query + 1]):
        own = scratch.met[_parts(np.int64(asked.wish[number]), asked.terms, 0, block, size, postings, scratch)]
        for local in range(size):
            best[U(local)] = max(best[U(local)], own[U(local)])


@inlined
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


@inlined
def _unmark(query: Int, block: Int, postings: Incidence, asked: Asked, marks: Any) -> None:
    for number in range(asked.kin_at[query], asked.kin_at[query + 1]):
        slot = _slot(postings, block, asked.kin[number])
        if slot >= 0:
            at, base = postings.first[block] + slot, postings.base[block]
            for place in range(base + postings.offset[at], base + postings.offset[at + 1]):
                marks[U(postings.posting[U(place)] >> LOCAL_SHIFT)] = 0


@inlined
def _worth(size: Int, least: Int, best: Any, found: Any, count: Int) -> Int:
    """Write down the places of a block that meet a wish by `least` or more; how many are found then."""
    for word in range(0, size, WORD):
        bits = reaching(best, word, np.uint16(least)) & first_bits(size - word)
        count = set_bits(bits, word, found, count)
    return count


@inlined
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


@inlined
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


@inlined
def _worst(person: Int, rung: Int, lists: Lists) -> Int:
    """The score that a vacancy of a rung must be above to get into a full list; -1 where there is room."""
    if lists.held[U(person)] < lists.key.shape[1]:
        return -1
    key = lists.key[U(person), U(0)]
    if key >> SHIFT_LEVEL != rung:
        return FULL_SCORE
    return FULL_SCORE - ((key & LOW_KEY) + (1 << SHIFT_SCORE) - 1 >> SHIFT_SCORE)


@inlined
def _seen(person: Int, block: Int, rung: Int, people: People, tables: Tables, postings: Incidence) -> bool:
    """Whether a block has a place that a person may be sent to on this rung."""
    row = U(people.place[U(person)])
    for number in range(postings.place_at[U(block)], postings.place_at[U(block + 1)]):
        if tables.place[row, U(postings.places[U(number)])] <= rung:
            return True
    return False


@inlined
def _nearest(person: Int, block: Int, people: People, tables: Tables, postings: Incidence) -> Int:
    """How near to a person the nearest place of a block is."""
    row, nearest = U(people.place[U(person)]), np.int64(0)
    for number in range(postings.place_at[U(block)], postings.place_at[U(block + 1)]):
        nearest = max(nearest, np.int64(tables.distance[row, U(postings.places[U(number)])]))
    return nearest


@inlined
def _picked(worth: Int, bar: Int, fixed: Any, text: Any, occupation: Any, picked: Any) -> tuple[Int, Any]:
    """Write down what has a text score of `bar` or more. How many that are, and whether anything has less.

    Who has fixed the occupation is shown no other.
    """
    count, passed = np.int64(0), False
    for word in range(0, worth, WORD):
        may = first_bits(worth - word)
        if fixed:
            may &= ~reaching(occupation, word, np.int8(1))
        high = may & reaching(text, word, np.int32(bar))
        passed |= high != may
        count = set_bits(high, word, picked, count)
    return count, passed


@inlined
def _choose(
    person: Int, query: Int, nearest: Int, alone: Any, start: Int, rung: Int, worth: Int, found: Any, text: Any,
    occupation: Any, picked: Any, at_hand: Any, skilled: Any, columns: Columns, terms: Terms, wanted: Any,
    asked: Asked, people: People, tables: Tables, rules: Rules, lists: Lists,
) -> None:  # fmt: skip
    """Hold what a block has for a query against the limits of one person; keep the best.

    How far skills are met is read from `skilled` where it is at hand, else worked out for what may still be kept.
    """
    one, own = one_of(person, people), people.skills[U(person)]
    weights = rules.weights[0 if asked.readable[U(query)] else 1]
    rest = PART_SCALE * (weights[5] + weights[6])
    worst = _worst(person, rung, lists)
    most = weights[4] * nearest + weights[3] * (PART_SCALE if own != UNKNOWN else UNSAID) + rest
    bar = worst + 1 - most if worst >= 0 else 0
    count, cut = _picked(worth, bar, people.fixed_occupation[U(person)], text, occupation, picked)
    by_terms = count > 0 and own != UNKNOWN and not at_hand
    if by_terms:
        want(asked.skills, own, 1, wanted)
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
        if max(np.int64(occupation[number]), limit_level(one, at, tables, columns, rules)) != rung:
            continue
        score += weights[5] * pay_part(np.int64(columns.pay_min[at]), np.int64(columns.pay_max[at]), one.pay_floor)
        score += weights[6] * fit_part(one, at, columns)
        if score + weights[3] * met <= worst:
            cut = True
            continue
        if by_terms and columns.described[at]:
            met = met_by(terms.word_at[at], terms.word_end[at], terms, wanted)
        key = key_of(rung, score + weights[3] * met) | tie_of(person, at, people, columns, rules)
        if worst >= 0 and key >= lists.key[U(person), U(0)]:
            cut = True
            continue
        _keep(person, key, columns.first + np.int64(at), lists)
        worst = _worst(person, rung, lists)
    lists.cut[U(person)] |= cut
    if by_terms:
        want(asked.skills, own, -1, wanted)


@whole
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
                level = occupation_level(met, marks[place], columns.trade[U(at)] != UNKNOWN, query, asked, rules)
                if level <= rung and is_open(at, columns, rules):
                    found[U(kept)], occupation[U(kept)] = np.int32(place), level
                    text[U(kept)] = np.int32(
                        weights[0] * intention_part(met, marks[place])
                        + weights[1] * meaning_part(query, at, asked, columns)
                        + weights[2] * level_part(query, at, asked, columns)
                        + weights[7] * fresh_part(np.int64(columns.valid_from[U(at)]), rules)
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


@whole
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


@whole
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


@whole
def held_back(
    person: Int, columns: Columns, postings: Incidence, asked: Asked, people: People, tables: Tables, rules: Rules,
    scratch: Scratch, clusters: NDArray[np.int32], seen: NDArray[np.uint16], row: NDArray[np.int32],
    limit: NDArray[np.uint8],
) -> Int:  # fmt: skip
    """Write down the vacancies that a single limit holds back, and its place in `eligibility.LIMITS`; how many.

    Of each cluster of duplicates a limit holds back the first row: `seen` has its bit then, and all bits of a cluster
    that is not asked for.
    """
    query, fixed = np.int64(people.query[person]), people.fixed_occupation[person]
    best, marks, found = scratch.best, scratch.marks, scratch.found
    one = one_of(person, people)
    kinds, places = tables.kind_bars[one.kinds], tables.place_bars[one.place]
    count, blocks = np.int64(0), postings.start.shape[0] - 1
    for block in range(blocks):
        start, end = postings.start[block], postings.start[block + 1]
        scratch.holds[:] = -1
        _most_met(query, block, end - start, asked, postings, scratch)
        _marked(query, block, 0, 0, postings, asked, best, marks, found)
        for local in range(end - start):
            at, mark = U(start) + U(local), marks[U(local)]
            own: Int = occupation_level(
                np.int64(best[U(local)]), mark, columns.trade[at] != UNKNOWN, query, asked, rules
            )
            mask = np.int64(own >= NEVER or (own and fixed))
            mask |= np.int64(places[U(columns.place[at])]) << 1 | np.int64(kinds[U(columns.kind[at])]) << 4
            if mask & (mask - 1) == 0:  # where two are found no further one is looked for
                mask |= further_bars(one, at, tables, columns, rules)
                cluster = U(clusters[at])
                if mask != 0 and mask & (mask - 1) == 0 and not seen[cluster] & mask:
                    seen[cluster] |= np.uint16(mask)
                    row[U(count)], limit[U(count)] = np.int32(columns.first + np.int64(at)), lowest(np.uint64(mask))
                    count += 1
        marks[: end - start] = 0
    return count
