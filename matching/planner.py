"""Who is recommended what tonight, so that nobody is sent where everybody is sent? One pure function a region.

Everyone keeps what the ladder and the score gave last night, as long as it stands. What is open goes class by class,
by an auction to those who lack an item, then to those who would do better by more than a margin; what they leave
behind goes to the first class again. In the end nobody lacks a place that is open to them, and nothing open beats
what anybody holds by more than the margin. Whoever finds everything full still gets three, least loaded first.

Arrays in, arrays out, whole numbers. Rows are index rows, -1 for none. docs/decisions/0013 gives the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching import auction
from matching.auction import OVER, Claims, Flags, Ints, Levels, Offered, Places, Rows, Slots, Terms, Turn
from matching.config import BID_STEP, NEVER, PlanConfig
from matching.evaluation import gini
from matching.ranking import MINIMUM
from models.enums import LEFT_BECAUSE, LeftBecause, ServingClass

Number = TypeVar("Number", bound=np.generic)
CLASSES = tuple(ServingClass)
STAYS = -1  # of `Plan.left`: nothing left, or what left is not in the index: its reason is known elsewhere


@dataclass(frozen=True, slots=True)
class Offers:
    """What each person may have: sorted by level, then higher score, then the person's tie keys.

    A list is cut at its end only: nothing that is not in it goes before anything that is. `complete` says that
    nothing was cut, or only later rungs than the last in the list.
    """

    begin: Ints  # where in the arrays below each person's list begins; these may hold lists of others, too
    end: Ints
    row: Rows
    level: Levels  # place on the ladder
    score: Rows  # 0..1,000,000
    complete: Flags

    @classmethod
    def laid_out(cls, start: Ints, row: Rows, level: Levels, score: Rows, complete: Flags) -> Offers:
        """Lists that lie one behind the other: `start` has people + 1 places."""
        return cls(start[:-1].copy(), start[1:].copy(), row, level, score, complete)

    def of(self, people: Ints) -> Offers:
        """The lists of some people: nothing is copied."""
        return replace(self, begin=self.begin[people], end=self.end[people], complete=self.complete[people])

    def packed(self) -> tuple[Ints, Offers]:
        """These lists and no others one behind the other, and where each starts: people + 1 places."""
        sizes = self.end - self.begin
        start = np.append(0, np.cumsum(sizes))
        at = np.arange(start[-1]) + np.repeat(self.begin - start[:-1], sizes)
        return start, Offers.laid_out(start, self.row[at], self.level[at], self.score[at], self.complete)

    def extended(self, further: Offers) -> Offers:
        """Everyone's list with what a further scan found behind it: what was cut off goes after what was not."""
        (mine, own), (theirs, more) = self._owned(), further._owned()
        width = max(own.row.max(initial=0), more.row.max(initial=0)) + 1
        new = ~np.isin(theirs * width + more.row, mine * width + own.row)
        owner = np.append(mine, theirs[new])
        order = np.argsort(owner, kind="stable")
        start = np.append(0, np.cumsum(np.bincount(owner, minlength=len(self.complete))))
        row = np.append(own.row, more.row[new])[order]
        level = np.append(own.level, more.level[new])[order]
        score = np.append(own.score, more.score[new])[order]
        return Offers.laid_out(start, row, level, score, further.complete)

    def replaced(self, people: Ints, lists: Offers) -> Offers:
        """Everyone's lists, with others in place of those of some people."""
        begin, end, complete, behind = self.begin.copy(), self.end.copy(), self.complete.copy(), len(self.row)
        begin[people], end[people], complete[people] = lists.begin + behind, lists.end + behind, lists.complete
        row, level, score = (np.append(getattr(self, name), getattr(lists, name)) for name in ("row", "level", "score"))
        return Offers(begin, end, row, level, score, complete)

    def _owned(self) -> tuple[Ints, Offers]:
        """Whose each item is, of the lists packed."""
        start, lists = self.packed()
        return np.repeat(np.arange(len(self.complete)), np.diff(start)), lists


@dataclass(frozen=True, slots=True)
class Items:
    """Up to three items of each person: arrays of people x 3. Level NEVER: not admitted (any more)."""

    row: Rows
    level: Levels
    score: Rows
    over: Flags  # beyond capacity

    @classmethod
    def none(cls, people: int) -> Items:
        """Nobody has anything: the first night."""
        shape = (people, MINIMUM)
        return cls(
            np.full(shape, -1, np.int32),
            np.full(shape, NEVER, np.int8),
            np.zeros(shape, np.int32),
            np.zeros(shape, bool),
        )

    def of(self, people: Ints) -> Items:
        """Those of some people."""
        return Items(self.row[people], self.level[people], self.score[people], self.over[people])


@dataclass(frozen=True, slots=True)
class People:
    """Whom a region serves. `before` is last night's list with the levels and scores of today."""

    serving: Levels  # place in ServingClass: the lesser is served first
    rotation: NDArray[np.uint64]  # order within a class, no two equal: see `rotation_keys`
    before: Items

    def of(self, people: Ints) -> People:
        """Some of them."""
        return People(self.serving[people], self.rotation[people], self.before.of(people))


@dataclass(frozen=True, slots=True)
class Capacities:
    """What each index row has to give; rows of a duplicate cluster share and repeat capacity and recent load."""

    capacity: Ints  # openings left of the cluster x offers an opening
    cluster: Ints
    employer: Ints
    recent: Ints  # `remembered` of the nights before; zeros at first


@dataclass(frozen=True, slots=True)
class Plan:
    """What everyone gets. `reask`: people whose list was cut and held too little that is open: see `replan`."""

    items: Items
    kept: Flags  # people x 3: had last night
    left: Levels  # people x 3, why last night's item left: place in LEFT_BECAUSE, or STAYS
    load: Ints  # of each row's cluster: how often it is recommended
    reask: Ints
    worth: int  # what the auctions placed: scores and bonuses ...
    bound: int  # ... of at most so much (Lagrangian dual)

    def open(self, places: Capacities) -> Ints:
        """The places left of each row's cluster."""
        left: Ints = np.maximum(places.capacity - self.load, 0)
        return left


def plan(offers: Offers, people: People, places: Capacities, config: PlanConfig) -> Plan:
    """The lists of one region's people: each as long as the offers allow, three at most."""
    stock = _Stock.of(places, config)
    return _planned(offers, people, people.before, stock, config)


def replan(done: Plan, chosen: Ints, offers: Offers, people: People, places: Capacities, config: PlanConfig) -> Plan:
    """The same plan with the chosen people planned again from other lists: `offers` has one for each of them.

    `people` and `places` are those of the plan. The chosen keep what they have, unless something open fills what they
    lack or beats what they hold by more than the margin. The others keep all they have, even where the chosen leave
    behind what would suit them better: choose everyone where that must not be, and the few for whom a later rung is
    opened on what is left (nobody leaves anything then: all that earlier rungs hold is theirs).
    """
    own = done.items.of(chosen)
    again = _planned(offers, people.of(chosen), own, _Stock.of(places, config).given(done.load, own), config)
    everyone = len(people.serving)
    return _joined(everyone, [(np.arange(everyone), done), (chosen, again)], again.load)


def together(people: int, parts: Sequence[tuple[Ints, Plan]]) -> Plan:
    """One plan of the plans of regions whose lists do not cross, each with the numbers of its people."""
    return _joined(people, parts, np.sum([part.load for _, part in parts], axis=0))


def rotation_keys(people: NDArray[np.uint64], night: int) -> NDArray[np.uint64]:
    """The order within a serving class on a night, from hashes of people: another one each night.

    Multiplicative hashing: an odd factor a night, so that different hashes have different keys.
    """
    keys: NDArray[np.uint64] = people * np.uint64((2 * night + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    return keys


def remembered(recent: Ints, load: Ints) -> Ints:
    """The recent load that the next night is told: half of tonight's and of what was remembered before."""
    return (recent + load) // 2


@dataclass(frozen=True, slots=True)
class _Stock:
    """What the clusters have to give, before anybody is given anything; and which one each index row is of."""

    cluster: Rows
    row: Ints  # one row of each cluster
    employer: Ints
    supply: Places

    @classmethod
    def of(cls, places: Capacities, config: PlanConfig) -> _Stock:
        """All of it. A cluster is one vacancy posted again, so it has one employer: the least number."""
        _, row, cluster = np.unique(places.cluster, return_index=True, return_inverse=True)
        employer = np.full(len(row), np.iinfo(np.int64).max)
        np.minimum.at(employer, cluster, places.employer)
        capacity, recent = places.capacity[row], places.recent[row]
        memory = config.margin // 2 * recent // np.maximum(recent + capacity, 1)
        supply = Places(capacity, capacity.copy(), np.zeros_like(capacity), memory, np.zeros_like(capacity))
        return cls(cluster.astype(np.int32), row, employer, supply)

    def given(self, load: Ints, own: Items) -> _Stock:
        """What is left when all that a plan loaded is given, except for what these people have of it."""
        capacity, loads = self.supply.capacity, load[self.row]
        within, all_own = (
            np.bincount(self.cluster[own.row[chosen]], minlength=len(self.row))
            for chosen in ((own.row >= 0) & ~own.over, own.row >= 0)
        )
        opened = capacity - np.minimum(loads, capacity) + within
        return replace(self, supply=self.supply._replace(open=opened, load=loads - all_own))


def _planned(offers: Offers, people: People, had: Items, stock: _Stock, config: PlanConfig) -> Plan:
    """The plan of people who hold `had` at present, which may be more than they had last night."""
    offered = Offered(
        _exactly(offers.begin, np.int64), _exactly(offers.end, np.int64), _exactly(offers.row, np.int32),
        _exactly(offers.level, np.int8), _exactly(offers.score, np.int32), stock.cluster, stock.employer,
    )  # fmt: skip
    claims = Claims(
        _exactly(had.row.copy(), np.int32), _exactly(had.level, np.int8),
        _exactly(had.score.copy(), np.int32), _exactly(had.over.copy(), np.bool_),
    )  # fmt: skip
    slots = _empty_slots(len(people.serving))
    auction.lay_out(offered, claims, slots, config.margin)
    order = np.lexsort((people.rotation, people.serving))
    worth, bound = _serve(offered, claims, slots, stock.supply, _turns(order, people.serving), config)
    auction.overflow(offered, claims, slots, stock.supply, order)
    auction.arrange(offered, slots)
    over = slots.state == OVER
    items = Items(slots.row, np.where(slots.row < 0, np.int8(NEVER), slots.level), slots.score, over)
    return Plan(
        items=items,
        kept=(items.row >= 0) & _among(items.row, people.before.row),
        left=_left(people.before, items, stock, config),
        load=stock.supply.load[stock.cluster],
        reask=np.flatnonzero(~offers.complete & _wants_more(slots, offers)),
        worth=worth,
        bound=bound,
    )


def _exactly(array: NDArray[Any], kind: type[Number]) -> NDArray[Number]:
    """An array as the compiled code knows it: any other kind would be compiled for anew."""
    return np.ascontiguousarray(array, kind)


def _empty_slots(people: int) -> Slots:
    first, last = np.zeros(people, np.int64), np.zeros(people, np.int64)
    forced, size, spare = (np.zeros(people, np.int8) for _ in range(3))
    row, score = (np.full((people, MINIMUM), fill, np.int32) for fill in (-1, 0))
    level, state = (np.zeros((people, MINIMUM), np.int8) for _ in range(2))
    return Slots(first, last, forced, size, spare, row, level, score, state)


def _turns(order: Ints, serving: Levels) -> list[Turn]:
    """The classes in serving order."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    bounds = np.searchsorted(serving[order], np.arange(len(CLASSES) + 1))
    return [Turn(order, rank, int(begin), int(end)) for begin, end in pairwise(bounds)]


def _serve(
    offered: Offered, claims: Claims, slots: Slots, supply: Places, turns: Sequence[Turn], config: PlanConfig
) -> tuple[int, int]:
    """Serve class by class; whenever somebody has moved, begin again, since a place has come open.

    It ends: a beginning again is a gain of more than the margin to one person and a loss to nobody.
    """
    terms = Terms(config.bonus, BID_STEP)
    worth = bound = number = 0
    while number < len(turns):
        if number == 0:
            for over in (False, True):  # who was within capacity stays so
                auction.keep(offered, claims, slots, supply, turns[0].order, over)
        placed, at_most = auction.sell(offered, slots, supply, turns[number], terms)
        worth, bound = worth + placed, bound + at_most
        moves = auction.improve(offered, slots, supply, turns[number], config.margin)
        number = 0 if moves else number + 1
    return worth, bound


def _wants_more(slots: Slots, offers: Offers) -> Flags:
    """Who is short, or has an item of choice beyond capacity in a rung at which the list may have been cut."""
    choice = np.arange(MINIMUM) >= slots.forced[:, None]
    over = ((slots.state == OVER) & choice).any(axis=1) & (slots.last == offers.end)
    wants: Flags = over | (slots.size < MINIMUM)
    return wants


def _among(rows: Rows, others: Rows) -> Flags:
    """Which of each person's rows are among that person's others."""
    return np.asarray((rows[:, :, None] == others[:, None, :]).any(axis=2))


def _left(before: Items, items: Items, stock: _Stock, config: PlanConfig) -> Levels:
    """Why each item of last night left."""
    gone = (before.row >= 0) & ~_among(before.row, items.row)
    if not gone.any():
        return np.full(gone.shape, STAYS, np.int8)
    new = (items.row >= 0) & ~_among(items.row, before.row)
    then, now = np.index_exp[:, :, None], np.index_exp[:, None, :]
    earlier = items.level[now] < before.level[then]
    higher = (items.level[now] == before.level[then]) & (items.score[now] > before.score[then] + config.margin)
    cluster, mine = stock.cluster[before.row], stock.cluster[items.row]
    same = (stock.employer[cluster][then] == stock.employer[mine][now]) & (items.row >= 0)[now]
    opened = (stock.supply.load < stock.supply.capacity)[cluster]
    reasons = [
        (~gone, STAYS),
        (before.level == NEVER, LEFT_BECAUSE.index(LeftBecause.NOT_ADMITTED)),
        (((earlier | higher) & new[now]).any(axis=2), LEFT_BECAUSE.index(LeftBecause.BETTER)),
        (opened & same.any(axis=2), LEFT_BECAUSE.index(LeftBecause.ANOTHER_EMPLOYER)),
    ]
    default = LEFT_BECAUSE.index(LeftBecause.OVER_SUBSCRIBED)
    return np.select([which for which, _ in reasons], [why for _, why in reasons], default).astype(np.int8)


def _joined(people: int, parts: Sequence[tuple[Ints, Plan]], load: Ints) -> Plan:
    """The parts as one plan; where two speak of one person, the later stands."""
    items, reask = Items.none(people), np.zeros(people, bool)
    kept, left = np.zeros((people, MINIMUM), bool), np.full((people, MINIMUM), STAYS, np.int8)
    for numbers, part in parts:
        for name in ("row", "level", "score", "over"):
            getattr(items, name)[numbers] = getattr(part.items, name)
        kept[numbers], left[numbers], reask[numbers] = part.kept, part.left, False
        reask[numbers[part.reask]] = True
    worth, bound = (sum(getattr(part, name) for _, part in parts) for name in ("worth", "bound"))
    return Plan(items, kept, left, load, np.flatnonzero(reask), worth, bound)


@dataclass(frozen=True, slots=True)
class Report:
    """What a plan came to. By class: in the order of ServingClass."""

    people: tuple[int, ...]
    short: tuple[int, ...]  # fewer than three
    over: tuple[int, ...]  # items beyond capacity
    kept: int  # items had last night
    left: Mapping[LeftBecause, int]
    worth: int  # of `bound` at most: the auctions' sum of scores and bonuses, a millionth each
    bound: int
    gini: float  # of loads, over clusters with places
    coverage: float  # share of those that are recommended to somebody
    fullest: float  # the highest load as a multiple of capacity


def report(done: Plan, people: People, places: Capacities) -> Report:
    """The figures of a plan."""
    _, row = np.unique(places.cluster, return_index=True)
    row = row[places.capacity[row] > 0]
    load, capacity = done.load[row], places.capacity[row]
    count = partial(np.bincount, people.serving, minlength=len(CLASSES))
    return Report(
        people=tuple(count().tolist()),
        short=tuple(count((done.items.row < 0).any(axis=1)).astype(int).tolist()),
        over=tuple(count(done.items.over.sum(axis=1)).astype(int).tolist()),
        kept=int(done.kept.sum()),
        left={why: int((done.left == number).sum()) for number, why in enumerate(LEFT_BECAUSE)},
        worth=done.worth,
        bound=done.bound,
        gini=gini(load),
        coverage=float((load > 0).mean()) if len(load) else 0.0,
        fullest=float((load / capacity).max(initial=0.0)),
    )
