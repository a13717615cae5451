"""Who holds what of the open places? The planner's inner loops: cities of lists, keeping, bidding, moving, filling up.

A person has up to three slots. The first ones belong to rungs so thin that all they hold is taken; the others are
filled from one rung of choice. What fills a slot is a duplicate cluster: its rows share one capacity. Clusters may be
held together when they differ, and differ in employer as far as the rung allows: a matroid, so that filling slots one
by one, the best first, is filling them best.

The auction is that of Bertsekas and Castanon (1989) for similar objects, with several slots a person. A bid raises
what it takes by how much more that is worth than the second choice, and a step. Whoever is outbid bids again. In the
end nobody prefers another purchase at the final prices by more than a step a slot, so the sum is within that of the
best there is.

Whole numbers, in a stated order: it does not matter how people lie in the arrays. One file, since compiled code that
was kept is made anew when its own file changes, not when another does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matching.compiled import compiled
from matching.ranking import MINIMUM

EMPTY, SETTLED, BIDDING, OVER = 0, 1, 2, 3  # what a slot has: nothing, a place, a bid, an item beyond capacity
BEYOND = 1 << 30  # above any score with its bonus
LOW = (1 << 32) - 1  # of a bid's key: the bidder, so that of equal bids the one served first stands

Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Levels = NDArray[np.int8]
Flags = NDArray[np.bool_]

P = ParamSpec("P")
R = TypeVar("R")


class Compiler(Protocol):
    """A decorator that compiles a function."""

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]:
        """The compiled function."""


_INNER: dict[str, Any] = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}  # no entries that nobody uses
entry: Compiler = compiled()  # called from Python
maker: Compiler = njit(**_INNER)  # called from compiled code
helper: Compiler = njit(**{**_INNER, "_nrt": False})  # and makes no array: counting references would cost most of all


class Offered(NamedTuple):
    """What each person may have, best first, and what the rows are. Read only."""

    begin: Ints  # of each person, in row, level and score
    end: Ints
    row: Rows
    level: Levels
    score: Rows
    cluster: Rows  # of each row
    employer: Ints  # of each cluster


class Claims(NamedTuple):
    """What each person had last night, as it is today; -1 where there is nothing to claim."""

    row: Rows  # people x 3
    level: Levels
    score: Rows
    over: NDArray[np.bool_]


class Slots(NamedTuple):
    """What each person holds, and may hold."""

    first: Ints  # where in the list the rung of choice begins, and ends
    last: Ints
    forced: Levels  # how many slots earlier rungs fill; their rows are set from the start
    size: Levels  # how many slots there are: three, or as many clusters as are admitted
    spare: Levels  # how many slots of choice may repeat an employer: as few as the rung allows
    row: Rows  # people x 3
    level: Levels
    score: Rows
    state: Levels


class Places(NamedTuple):
    """What each cluster has to give."""

    capacity: Ints
    open: Ints
    load: Ints
    memory: Ints  # what recent nights take off its worth to a newcomer
    price: Ints


class Turn(NamedTuple):
    """The serving order of everyone, and whose turn it is."""

    order: Ints
    rank: Ints  # of each person: the place in the order
    begin: int
    end: int


class Terms(NamedTuple):
    """What is bid, a millionth of a score each."""

    bonus: int  # what a place is worth beyond its score
    step: int  # the least raise


class Bids(NamedTuple):
    """The bids that stand, a heap a cluster, the lowest first; and who is still to bid."""

    key: Ints
    start: Ints
    filled: Ints
    queue: Ints  # a ring
    ends: Ints  # where it begins, how many wait
    waits: NDArray[np.bool_]
    turn: Turn
    terms: Terms


@helper
def _swap(array: Any, p: int, at: int) -> None:
    array[p, at], array[p, at - 1] = array[p, at - 1], array[p, at]


@helper
def _put(slots: Slots, p: int, slot: int, row: int, score: int, state: int) -> None:
    """Fill a slot."""
    slots.row[p, slot], slots.score[p, slot], slots.state[p, slot] = row, score, state


@helper
def _slot_of(offered: Offered, slots: Slots, p: int, cluster: int) -> int:
    """The slot that holds a row of this cluster, or -1."""
    for slot in range(MINIMUM):
        row = slots.row[p, slot]
        if row >= 0 and offered.cluster[row] == cluster:
            return slot
    return -1


@helper
def _has_employer(offered: Offered, slots: Slots, p: int, before: int, employer: int) -> bool:
    """Whether one of the slots before this one holds a row of the employer."""
    for slot in range(before):
        row = slots.row[p, slot]
        if row >= 0 and offered.employer[offered.cluster[row]] == employer:
            return True
    return False


@helper
def _fits(offered: Offered, slots: Slots, p: int, cluster: int) -> bool:
    """Whether a cluster may join what a person holds: another one, and another employer while the rung has choice."""
    rows, clusters, employers = slots.row, offered.cluster, offered.employer
    employer, new = employers[cluster], True
    for slot in range(MINIMUM):
        row = rows[p, slot]
        if row >= 0:
            if clusters[row] == cluster:
                return False
            new = new and employers[clusters[row]] != employer
    return new or (slots.spare[p] > 0 and _repeats(offered, slots, p) < slots.spare[p])


@helper
def _repeats(offered: Offered, slots: Slots, p: int) -> int:
    """How many slots of choice repeat an employer."""
    count = 0
    for slot in range(slots.forced[p], slots.size[p]):
        row = slots.row[p, slot]
        if row >= 0 and _has_employer(offered, slots, p, slot, offered.employer[offered.cluster[row]]):
            count += 1
    return count


@helper
def _free_slot(slots: Slots, p: int) -> int:
    """The first slot of choice that holds nothing, or -1."""
    for slot in range(slots.forced[p], slots.size[p]):
        if slots.row[p, slot] < 0:
            return slot
    return -1


# Where lists lie.


@entry
def reach(begin: Ints, end: Ints, row: Rows, city: Rows, least: Ints, joined: Flags) -> None:
    """Lower each person's `least` city to that of the list, and mark the cities that it joins to the least one."""
    for p in range(len(begin)):
        for k in range(begin[p], end[p]):
            least[p] = min(least[p], city[row[k]])
        for k in range(begin[p], end[p]):
            joined[least[p], city[row[k]]] = True


# What a person may hold.


@entry
def lay_out(offered: Offered, claims: Claims, slots: Slots, margin: int) -> None:
    """Work out everyone's slots, and what of last night may be claimed still."""
    for p in range(len(slots.size)):
        _divide(offered, slots, p)
        if slots.first[p] < slots.last[p]:
            for number in range(MINIMUM):
                _read_claim(offered, claims, slots, p, number, margin)
            _order_claims(claims, p)
            _count_employers(offered, claims, slots, p)


@helper
def _divide(offered: Offered, slots: Slots, p: int) -> None:
    """Take all of each rung, until one holds enough clusters: that is the rung of choice."""
    at, end, taken = offered.begin[p], offered.end[p], 0
    slots.first[p] = slots.last[p] = end
    while at < end and taken < MINIMUM:
        stop = at
        while stop < end and offered.level[stop] == offered.level[at]:
            stop += 1
        slots.first[p], slots.last[p], slots.forced[p] = at, stop, taken
        for k in range(at, stop):
            if taken < MINIMUM and _slot_of(offered, slots, p, offered.cluster[offered.row[k]]) < 0:
                _put(slots, p, taken, offered.row[k], offered.score[k], EMPTY)
                slots.level[p, taken] = offered.level[k]
                taken += 1
        at = stop
    slots.size[p] = taken
    slots.row[p, slots.forced[p] :] = -1
    if taken > 0:
        slots.level[p, slots.forced[p] :] = offered.level[slots.first[p]]


@helper
def _read_claim(offered: Offered, claims: Claims, slots: Slots, p: int, number: int, margin: int) -> None:
    """A claim stands in the rung that serves the person today; a much better row of the same cluster replaces it."""
    row, score = claims.row[p, number], claims.score[p, number]
    claims.row[p, number] = -1
    if row < 0 or _claims_cluster(offered, claims, p, offered.cluster[row]):
        return
    slot = _slot_of(offered, slots, p, offered.cluster[row])
    if slot >= 0:
        if claims.level[p, number] == slots.level[p, slot] and slots.score[p, slot] <= score + margin:
            _put(slots, p, slot, row, score, EMPTY)
        row, score = slots.row[p, slot], slots.score[p, slot]
    elif claims.level[p, number] == offered.level[slots.first[p]]:
        k = _position(offered, slots, p, offered.cluster[row])
        if k < 0:  # admitted, though not among the best that the list holds
            slots.size[p] = min(MINIMUM, slots.size[p] + 1)
        elif offered.score[k] > score + margin:
            row, score = offered.row[k], offered.score[k]
    else:
        return
    claims.row[p, number], claims.score[p, number] = row, score


@helper
def _claims_cluster(offered: Offered, claims: Claims, p: int, cluster: int) -> bool:
    """Whether a claim that was read before is of this cluster."""
    for number in range(MINIMUM):
        row = claims.row[p, number]
        if row >= 0 and offered.cluster[row] == cluster:
            return True
    return False


@helper
def _position(offered: Offered, slots: Slots, p: int, cluster: int) -> int:
    """Where in the rung of choice a cluster first is, or -1."""
    for k in range(slots.first[p], slots.last[p]):
        if offered.cluster[offered.row[k]] == cluster:
            return k
    return -1


@helper
def _order_claims(claims: Claims, p: int) -> None:
    """Today's best first; of equals the one that stood first last night."""
    for end in range(1, MINIMUM):
        at = end
        while at > 0 and claims.score[p, at] > claims.score[p, at - 1]:
            _swap(claims.row, p, at)
            _swap(claims.score, p, at)
            _swap(claims.over, p, at)
            at -= 1


@helper
def _count_employers(offered: Offered, claims: Claims, slots: Slots, p: int) -> None:
    """How many slots of choice cannot have an employer of their own. The free slots serve as a note pad."""
    found, count = 0 + slots.forced[p], slots.size[p]
    for k in range(slots.first[p], slots.last[p]):
        if found == count:
            break
        if not _has_employer(offered, slots, p, found, offered.employer[offered.cluster[offered.row[k]]]):
            slots.row[p, found] = offered.row[k]
            found += 1
    for number in range(MINIMUM):
        row = claims.row[p, number]
        if row < 0 or found == count:
            continue
        if not _has_employer(offered, slots, p, found, offered.employer[offered.cluster[row]]):
            slots.row[p, found] = row
            found += 1
    slots.spare[p] = count - found
    slots.row[p, slots.forced[p] :] = -1


# Who keeps a place.


@entry
def keep(offered: Offered, claims: Claims, slots: Slots, places: Places, order: Ints, over: bool) -> None:
    """Give people, in this order, the places that they had: those within capacity last night, or those beyond."""
    for p in order:
        for number in range(MINIMUM):
            row = claims.row[p, number]
            if row >= 0 and claims.over[p, number] == over and places.open[offered.cluster[row]] > 0:
                _settle_claim(offered, slots, places, p, row, claims.score[p, number])


@helper
def _settle_claim(offered: Offered, slots: Slots, places: Places, p: int, row: int, score: int) -> None:
    cluster = offered.cluster[row]
    slot = _slot_of(offered, slots, p, cluster)
    if slot < 0 and _fits(offered, slots, p, cluster):
        slot = _free_slot(slots, p)
    if slot >= 0 and slots.state[p, slot] == EMPTY:
        _put(slots, p, slot, row, score, SETTLED)
        places.open[cluster] -= 1
        places.load[cluster] += 1


# Who wins a place.


@entry
def sell(offered: Offered, slots: Slots, places: Places, turn: Turn, terms: Terms) -> tuple[int, int]:
    """Sell the open places to the empty slots of those whose turn it is: what that is worth, and its dual bound."""
    bidders = _who_lacks(slots, turn)
    if len(bidders) == 0:
        return 0, 0
    bids = _open_bids(offered, slots, places, turn, bidders, terms)
    _bid_on(offered, slots, places, bids)
    bound = _bound(offered, slots, places, bidders, terms.bonus)
    return _settle(offered, slots, places, bidders, terms.bonus), bound


@maker
def _who_lacks(slots: Slots, turn: Turn) -> Ints:
    """Those who have an empty slot, in serving order."""
    found = np.empty(turn.end - turn.begin, np.int64)
    count = 0
    for position in range(turn.begin, turn.end):
        p = turn.order[position]
        for slot in range(slots.size[p]):
            if slots.state[p, slot] == EMPTY:
                found[count] = p
                count += 1
                break
    return found[:count]


@maker
def _open_bids(offered: Offered, slots: Slots, places: Places, turn: Turn, bidders: Ints, terms: Terms) -> Bids:
    """Prices at their start, room for as many bids as there are places or takers, everyone in the queue."""
    wanted = np.zeros(len(places.open), np.int64)
    for p in bidders:
        for slot in range(slots.forced[p]):
            wanted[offered.cluster[slots.row[p, slot]]] += 1
        for k in range(slots.first[p], slots.last[p]):
            wanted[offered.cluster[offered.row[k]]] += 1
    start = np.zeros(len(wanted) + 1, np.int64)
    for cluster in range(len(wanted)):
        start[cluster + 1] = start[cluster] + max(min(wanted[cluster], places.open[cluster]), 0)
        places.price[cluster] = places.memory[cluster] if places.open[cluster] > 0 else BEYOND
    waits = np.zeros(len(slots.size), np.bool_)
    waits[bidders] = True
    key, filled, ends = np.empty(start[-1], np.int64), np.zeros(len(wanted), np.int64), np.array([0, len(bidders)])
    return Bids(key, start, filled, bidders.copy(), ends, waits, turn, terms)


@helper
def _bid_on(offered: Offered, slots: Slots, places: Places, bids: Bids) -> None:
    """Let people bid in turn until nobody waits."""
    while bids.ends[1] > 0:
        p = bids.queue[bids.ends[0]]
        bids.ends[0] = (bids.ends[0] + 1) % len(bids.queue)
        bids.ends[1] -= 1
        bids.waits[p] = False
        _bid(offered, slots, places, bids, p)


@helper
def _bid(offered: Offered, slots: Slots, places: Places, bids: Bids, p: int) -> None:
    """Bid for each empty slot, as long as anything is worth its price. A forced slot has no second choice."""
    for slot in range(slots.forced[p]):
        if slots.state[p, slot] == EMPTY:
            worth = slots.score[p, slot] + bids.terms.bonus
            if worth > places.price[offered.cluster[slots.row[p, slot]]]:
                slots.state[p, slot] = BIDDING
                _enter(offered, slots, places, bids, p, slot, worth + bids.terms.step)
    while True:
        slot = _free_slot(slots, p)
        if slot < 0:
            return
        k, second = _best(offered, slots, places, p, bids.terms.bonus)
        if k < 0:
            return
        bid = offered.score[k] + bids.terms.bonus - second + bids.terms.step
        _put(slots, p, slot, offered.row[k], offered.score[k], BIDDING)
        _enter(offered, slots, places, bids, p, slot, bid)


@helper
def _best(offered: Offered, slots: Slots, places: Places, p: int, bonus: int) -> tuple[int, int]:
    """Where in the list the most worth above its price lies, -1 for nowhere; and what the next best is worth."""
    rows, scores, clusters, prices = offered.row, offered.score, offered.cluster, places.price
    best, taken, top, second = -1, -1, 0, 0
    for k in range(slots.first[p], slots.last[p]):
        worth = scores[k] + bonus
        if worth <= second:  # nor is any later one worth more
            break
        cluster = clusters[rows[k]]
        net = worth - prices[cluster]
        if net > second and cluster != taken and _fits(offered, slots, p, cluster):
            if net > top:
                best, taken, top, second = k, cluster, net, top
            else:
                second = net
    return best, second


@helper
def _enter(offered: Offered, slots: Slots, places: Places, bids: Bids, p: int, slot: int, bid: int) -> None:
    """Let a bid stand; where no place is left it drives out the lowest one, whose bidder queues again."""
    cluster = offered.cluster[slots.row[p, slot]]
    key = (bid << 32) | (LOW - bids.turn.rank[p])
    heap = bids.key[bids.start[cluster] : bids.start[cluster + 1]]
    count = bids.filled[cluster]
    if count < len(heap):
        _rise(heap, count, key)
        bids.filled[cluster] = count + 1
    else:
        _leave(offered, slots, bids, bids.turn.order[LOW - (heap[0] & LOW)], cluster)
        _sink(heap, key)
    if bids.filled[cluster] == places.open[cluster]:
        places.price[cluster] = heap[0] >> 32


@helper
def _leave(offered: Offered, slots: Slots, bids: Bids, p: int, cluster: int) -> None:
    """Take a person's bid off a cluster."""
    slot = _slot_of(offered, slots, p, cluster)
    slots.state[p, slot] = EMPTY
    if slot >= slots.forced[p]:
        slots.row[p, slot] = -1
    if not bids.waits[p]:
        bids.waits[p] = True
        bids.queue[(bids.ends[0] + bids.ends[1]) % len(bids.queue)] = p
        bids.ends[1] += 1


@helper
def _rise(heap: Ints, at: int, key: int) -> None:
    """Add a key at the end of a heap."""
    while at > 0 and heap[(at - 1) // 2] > key:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = key


@helper
def _sink(heap: Ints, key: int) -> None:
    """Replace the lowest key of a heap."""
    at, child = 0, 1
    while child < len(heap):
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = key


@maker
def _bound(offered: Offered, slots: Slots, places: Places, bidders: Ints, bonus: int) -> int:
    """The Lagrangian bound at the final prices: all places at their price, everyone's best choice above it."""
    bound = 0
    for cluster in range(len(places.open)):
        if places.open[cluster] > 0:
            bound += places.open[cluster] * (places.price[cluster] - places.memory[cluster])
    trial = Slots(
        slots.first, slots.last, slots.forced, slots.size, slots.spare,
        slots.row.copy(), slots.level, slots.score, slots.state,
    )  # fmt: skip
    for p in bidders:
        bound += _surplus(offered, trial, places, p, bonus)
    return bound


@helper
def _surplus(offered: Offered, trial: Slots, places: Places, p: int, bonus: int) -> int:
    """The most that a person's purchases could be worth above the prices: one by one the best, since what may be held
    together is a matroid."""
    total = 0
    for slot in range(trial.size[p]):
        if trial.state[p, slot] != SETTLED:
            if slot < trial.forced[p]:
                price = places.price[offered.cluster[trial.row[p, slot]]]
                total += max(trial.score[p, slot] + bonus - price, 0)
            else:
                trial.row[p, slot] = -1
    slot = _free_slot(trial, p)
    while slot >= 0:
        k, _ = _best(offered, trial, places, p, bonus)
        if k < 0:
            break
        total += offered.score[k] + bonus - places.price[offered.cluster[offered.row[k]]]
        trial.row[p, slot] = offered.row[k]
        slot = _free_slot(trial, p)
    return total


@helper
def _settle(offered: Offered, slots: Slots, places: Places, bidders: Ints, bonus: int) -> int:
    """Make the bids that stand into places held; their worth."""
    total = 0
    for p in bidders:
        for slot in range(slots.size[p]):
            if slots.state[p, slot] == BIDDING:
                cluster = offered.cluster[slots.row[p, slot]]
                slots.state[p, slot] = SETTLED
                places.open[cluster] -= 1
                places.load[cluster] += 1
                total += slots.score[p, slot] + bonus - places.memory[cluster]
    return total


# Who moves to a better place.


@entry
def improve(offered: Offered, slots: Slots, places: Places, turn: Turn, margin: int) -> int:
    """Let people, in turn, move to open places that beat what they hold by more than the margin, until none does."""
    moves, before = 0, -1
    while moves > before:
        before = moves
        for position in range(turn.begin, turn.end):
            while _move(offered, slots, places, turn.order[position], margin):
                moves += 1
    return moves


@helper
def _move(offered: Offered, slots: Slots, places: Places, p: int, margin: int) -> bool:
    """Take the best open place that is better enough than something held that it may stand for."""
    lowest = BEYOND
    for slot in range(slots.forced[p], slots.size[p]):
        if slots.state[p, slot] == SETTLED:
            lowest = min(lowest, slots.score[p, slot])
    for k in range(slots.first[p], slots.last[p]):
        score, cluster = offered.score[k], offered.cluster[offered.row[k]]
        if score <= lowest + margin:
            return False
        if places.open[cluster] > 0 and _slot_of(offered, slots, p, cluster) < 0:
            slot = _weakest(offered, slots, p, cluster, score - margin)
            if slot >= 0:
                left = offered.cluster[slots.row[p, slot]]
                places.open[left] += 1
                places.load[left] -= 1
                places.open[cluster] -= 1
                places.load[cluster] += 1
                _put(slots, p, slot, offered.row[k], score, SETTLED)
                return True
    return False


@helper
def _weakest(offered: Offered, slots: Slots, p: int, cluster: int, below: int) -> int:
    """The slot of the lowest score below this one whose place the cluster may take, or -1."""
    found, lowest = -1, below
    for slot in range(slots.forced[p], slots.size[p]):
        if slots.state[p, slot] == SETTLED and slots.score[p, slot] < lowest:
            row = slots.row[p, slot]
            slots.row[p, slot] = -1
            if _fits(offered, slots, p, cluster):
                found, lowest = slot, slots.score[p, slot]
            slots.row[p, slot] = row
    return found


# Who gets three all the same.


@entry
def overflow(offered: Offered, claims: Claims, slots: Slots, places: Places, order: Ints) -> None:
    """Fill what is empty beyond capacity: with last night's item, else with what is least loaded."""
    for p in order:
        for slot in range(slots.forced[p]):
            if slots.state[p, slot] == EMPTY:
                slots.state[p, slot] = OVER
                places.load[offered.cluster[slots.row[p, slot]]] += 1
        for number in range(MINIMUM):
            row = claims.row[p, number]
            slot = _free_slot(slots, p)
            if row >= 0 and slot >= 0 and _fits(offered, slots, p, offered.cluster[row]):
                _put(slots, p, slot, row, claims.score[p, number], OVER)
                places.load[offered.cluster[row]] += 1
        slot = _free_slot(slots, p)
        while slot >= 0:
            k = _least_loaded(offered, slots, places, p)
            _put(slots, p, slot, offered.row[k], offered.score[k], OVER)
            places.load[offered.cluster[offered.row[k]]] += 1
            slot = _free_slot(slots, p)


@helper
def _least_loaded(offered: Offered, slots: Slots, places: Places, p: int) -> int:
    """Where in the list the smallest load to capacity lies, with this person added; of equals the best."""
    best, load, capacity = -1, 0, 0
    for k in range(slots.first[p], slots.last[p]):
        cluster = offered.cluster[offered.row[k]]
        mine, room = places.load[cluster] + 1, places.capacity[cluster]
        if (best < 0 or mine * capacity < load * room) and _fits(offered, slots, p, cluster):
            best, load, capacity = k, mine, room
    return best


@entry
def arrange(offered: Offered, slots: Slots) -> None:
    """Order what each person holds of a rung: the higher score, then the earlier in the list.

    What last night gave may be a duplicate that scores less than the best of its cluster, on any rung.
    """
    for p in range(len(slots.size)):
        for end in range(1, slots.size[p]):
            at = end
            while at > 0 and _goes_before(offered, slots, p, at, at - 1):
                _swap(slots.row, p, at)
                _swap(slots.score, p, at)
                _swap(slots.state, p, at)
                at -= 1


@helper
def _goes_before(offered: Offered, slots: Slots, p: int, slot: int, other: int) -> bool:
    if slots.level[p, slot] != slots.level[p, other]:
        return False  # rungs stand in order
    if slots.score[p, slot] != slots.score[p, other]:
        return bool(slots.score[p, slot] > slots.score[p, other])
    for k in range(offered.begin[p], slots.last[p]):
        if offered.row[k] == slots.row[p, other]:
            return False
        if offered.row[k] == slots.row[p, slot]:
            return True
    return False
