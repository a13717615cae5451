"""What everybody is served in one night: lists for all, a plan for each region, certificates for who is still short.

The road is one. Who does the work on people is the crew: this process, or the tasks of a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.auction import reach
from matching.certificate import Certificate, certify
from matching.config import PART_SCALE, PARTS, Config, PlanConfig
from matching.eligibility import Limits
from matching.index import Index
from matching.ladder import Ladder, Lists, Progress
from matching.marks import mark_bits
from matching.planner import (
    STAYS,
    Capacities,
    Items,
    Offers,
    People,
    Plan,
    Report,
    plan,
    replan,
    report,
    rotation_keys,
    together,
)
from matching.ranking import MINIMUM, choose
from models.districts import city_of
from models.enums import MARKS, Mark, ServingClass
from models.times import local_date

FURTHER = 16  # times as long a list, for who finds everything full in the first
STRETCH = 65_536  # pairs judged at once
CLASSES = tuple(ServingClass)

Ints = NDArray[np.int64]
UNCOUNTED: Ints = np.zeros(0, np.int64)  # the loads of a plan that is a part: who joins the parts counts them


@dataclass(frozen=True, slots=True)
class Before:
    """Last night: up to three index rows of each person, -1 for none or no longer open; and the load remembered."""

    row: NDArray[np.int32]  # people x 3
    over: NDArray[np.bool_]  # people x 3: was beyond capacity
    recent: Ints  # index rows

    @classmethod
    def nothing(cls, people: int, index: Index) -> Before:
        """The first night."""
        shape = (people, MINIMUM)
        return cls(np.full(shape, -1, np.int32), np.zeros(shape, bool), np.zeros(len(index), np.int64))


@dataclass(frozen=True, slots=True)
class Listed:
    """Some people with their lists: all that a plan reads of them."""

    people: People
    offers: Offers

    def of(self, people: Ints) -> Listed:
        """Some of them."""
        return Listed(self.people.of(people), self.offers.of(people))


@dataclass(frozen=True, slots=True)
class Reach:
    """The cities of people's lists and of what they had last night, as numbers.

    `least` has one of each person: the least, or a number above all where there is none. `joined` are pairs of cities
    that one person brings together.
    """

    least: Ints
    joined: Ints  # pairs x 2


@dataclass(frozen=True, slots=True)
class Served:
    """Who gets what: items, one an entry of each array, by person and rank."""

    person: Ints
    rank: Ints
    row: Ints
    level: NDArray[np.int8]
    score: Ints  # 0..1000
    parts: NDArray[np.uint8]  # items x parts, 0..100
    marks: NDArray[np.int16]

    def between(self, first: int, end: int) -> Served:
        """What the people from `first` to before `end` get, numbered from 0."""
        own = slice(*np.searchsorted(self.person, (first, end)))
        return Served(
            self.person[own] - first, self.rank[own], self.row[own], self.level[own], self.score[own],
            self.parts[own], self.marks[own],
        )  # fmt: skip


class Crew(Protocol):
    """Who does the work on people and keeps their lists. People are numbers: their places in the night."""

    def look(self, k: int) -> None:
        """Make everyone's list of `k`."""

    def ask(self, people: Ints, k: int, open_rows: NDArray[np.bool_] | None) -> None:
        """Look further for some people: behind what they have, over some index rows; or over all, for longer lists."""

    def reach(self) -> Reach:
        """Where everyone's list lies now."""

    def plans(self, region: Ints, held: Items | None) -> Iterator[tuple[Ints, Plan]]:
        """The people of each region and their plan; `region` has one number a person, -1 for who stays as planned.

        `held` is what everybody was given by the plan before, None at first.
        """

    def serving(self) -> NDArray[np.int8]:
        """Everyone's serving class, as its place among CLASSES."""

    def write(self, run_id: int, done: Plan) -> None:
        """Store everyone's outcome, and what of last night left them."""


def looked(ladder: Ladder, before: Before, k: int, threads: int, progress: Progress | None = None) -> Listed:
    """The lists of a ladder's people, and what they had last night as it stands today."""
    lists = ladder.climb(k, threads, progress=progress)
    return Listed(_people(ladder, before, threads), _offers(lists))


def looked_further(ladder: Ladder, own: Offers, k: int, threads: int, open_rows: NDArray[np.bool_] | None) -> Offers:
    """The lists of a ladder's people once more, whose first ones are `own`: see `Crew.ask`."""
    found = _offers(ladder.climb(k, threads, open_rows))
    return found if open_rows is None else own.extended(found)


def cities_of(index: Index) -> NDArray[np.int32]:
    """The number of the city of each index row; remote work is a city of its own."""
    cities = sorted({city_of(place) or "" for place in index.places})
    return np.array([cities.index(city_of(place) or "") for place in index.places], np.int32)[index.facts.place]


def reach_of(listed: Listed, city: NDArray[np.int32]) -> Reach:
    """The cities of some people, by that of each index row."""
    offers, row = listed.offers, listed.people.before.row
    nowhere = int(city.max(initial=-1)) + 1
    had = np.append(city, nowhere)[row].astype(np.int64)  # the row of nothing is the last
    least, joined = had.min(axis=1, initial=nowhere), np.zeros((nowhere + 1, nowhere + 1), bool)
    reach(offers.begin, offers.end, offers.row, city, least, joined)
    joined[least[:, None], had] = True
    return Reach(least, np.argwhere(joined[:nowhere, :nowhere]))


def capacities(index: Index, before: Before, config: Config) -> Capacities:
    """What each index row has to give."""
    facts, cluster = index.facts, index.clusters
    openings = np.bincount(cluster, facts.openings).astype(np.int64)[cluster]
    return Capacities(openings * config.plan.offers_per_opening, facts.cluster, facts.employer, before.recent)


def plan_region(listed: Listed, held: Items | None, places: Capacities, config: PlanConfig) -> Plan:
    """The plan of one region's people; `held` is what the plan before gave them, where some have looked further since.

    Loads are left uncounted; worth and bound are those of this plan alone.
    """
    if held is None:
        found = plan(listed.offers, listed.people, places, config)
    else:
        done, everyone = replace(_nothing(held), load=_load(held, places)), np.arange(len(held.row))
        found = replan(done, everyone, listed.offers, listed.people, places, config)
    return replace(found, load=UNCOUNTED)


def planned(crew: Crew, people: int, index: Index, places: Capacities, k: int) -> Plan:
    """Everyone's plan, from lists of `k`. Who finds too little open has looked further, as far as there is anything.

    The same facts, last night and day give the same, whatever the order of people, the crew and its size.
    """
    done = _planned(crew, _nothing(Items.none(people)), None, index, places)
    if len(done.reask):  # over what has places left ...
        crew.ask(done.reask, k, done.open(places) > 0)
        done = _planned(crew, done, done.items, index, places)
    while len(done.reask) and k < len(index):  # ... then over all, ever further
        k *= FURTHER
        crew.ask(done.reask, k, None)
        done = _planned(crew, done, done.items, index, places)
    return done


def _planned(crew: Crew, done: Plan, held: Items | None, index: Index, places: Capacities) -> Plan:
    """A plan of each region; after a first one, of the regions whose people have looked further."""
    region = _regions(crew.reach(), cities_of(index), places.cluster)
    if held is not None:
        region = np.where(np.isin(region, region[done.reask]), region, -1)
    whole = (np.arange(len(region)), replace(done, load=UNCOUNTED))
    found = together(len(region), [whole, *crew.plans(region, held)])
    return replace(found, load=_load(found.items, places))


def _regions(reach: Reach, city: NDArray[np.int32], cluster: Ints) -> Ints:
    """The region of each person: the least sets of cities whose people's lists do not cross.

    Two cities are one region too where a vacancy and its duplicate, which share their places, lie in both.
    """
    order = np.argsort(cluster, kind="stable")
    twins = np.flatnonzero(np.diff(cluster[order]) == 0)
    left, right = np.concatenate([reach.joined, np.stack([city[order[twins]], city[order[twins + 1]]], axis=1)]).T
    size = int(city.max(initial=-1)) + 2  # who is in no city is in one region with the others who are not
    graph = sp.coo_array((np.ones(len(left), bool), (left, right)), shape=(size, size))
    _, found = sp.csgraph.connected_components(graph.tocsr(), directed=False)
    return np.asarray(found, np.int64)[reach.least]


def _nothing(items: Items) -> Plan:
    """A plan that gave these, and did nothing else."""
    shape = items.row.shape
    return Plan(items, np.zeros(shape, bool), np.full(shape, STAYS, np.int8), UNCOUNTED, np.zeros(0, np.int64), 0, 0)


def _load(items: Items, places: Capacities) -> Ints:
    """How often the cluster of each index row is given."""
    _, cluster = np.unique(places.cluster, return_inverse=True)
    given = np.bincount(cluster[items.row[items.row >= 0]], minlength=cluster.max(initial=-1) + 1)
    return given.astype(np.int64)[cluster]


def report_of(crew: Crew, done: Plan, places: Capacities) -> Report:
    """The figures of the whole plan."""
    classes = crew.serving()
    return report(done, People(classes, np.zeros(len(classes), np.uint64), done.items), places)


def _people(ladder: Ladder, before: Before, threads: int) -> People:
    """Whom the plan serves, in which order; what they had last night as it stands today."""
    seekers, items = ladder.profiles, Items.none(len(ladder.profiles))
    had = before.row >= 0
    level, score, _ = _judged(ladder, np.nonzero(had)[0], before.row[had].astype(np.int64), threads)
    items.row[had], items.level[had], items.score[had] = before.row[had], level, score
    items.over[had] = before.over[had]
    serving = seekers.serving.each(CLASSES.index, np.int8)
    return People(serving, rotation_keys(seekers.tie, local_date(ladder.now).toordinal()), items)


def _offers(lists: Lists) -> Offers:
    return Offers.laid_out(lists.start, lists.row, lists.level, lists.score, ~lists.cut)


def serve(ladder: Ladder, items: Items, offers: Offers, k: int, threads: int = 1) -> Served:
    """What a ladder's people get of their part of a plan (`items`): three and, where more are wanted, the next best."""
    limits = Limits(ladder.profiles, ladder.index, ladder.config, ladder.now)
    person, place, row = _placed(items, offers, ladder.index, k)
    level, score, parts = _judged(ladder, person, row, threads)
    marks = mark_bits(limits, person, row, _same_employer(person, ladder.index.facts.employer[row], k))
    over = np.zeros(len(row), bool)
    over[place < MINIMUM] = items.over[person[place < MINIMUM], place[place < MINIMUM]]
    marks |= np.where(over, 1 << MARKS.index(Mark.OVER_CAPACITY), 0).astype(np.int16)
    return Served(person, place + 1, row, level, score // 1000, parts, marks)


def certificates(ladder: Ladder, items: Items, threads: int = 1) -> dict[int, Certificate]:
    """Why those of a ladder's people who have fewer than three of a plan have no more."""
    limits = Limits(ladder.profiles, ladder.index, ladder.config, ladder.now)

    def certified(person: int) -> Certificate:
        own = items.row[person]
        found = own[own >= 0].tolist()
        return certify(person, limits, ladder.held_back(person, found), found)

    short = np.flatnonzero((items.row < 0).any(axis=1)).tolist()
    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(short, pool.map(certified, short), strict=True))


def _judged(
    ladder: Ladder, person: Ints, row: Ints, threads: int
) -> tuple[NDArray[np.int8], Ints, NDArray[np.uint8]]:  # fmt: skip
    """Level, score and parts (0..100) of pairs: a stretch at a time, since its parts are first whole numbers."""
    level, score = np.empty(len(row), np.int8), np.empty(len(row), np.int64)
    parts = np.empty((len(row), len(PARTS)), np.uint8)

    def judge(first: int) -> None:
        own = slice(first, first + STRETCH)
        judged = ladder.judge(person[own], row[own])
        level[own], score[own], parts[own] = judged.level, judged.score, judged.parts * 100 // PART_SCALE

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(judge, range(0, len(row), STRETCH)))
    return level, score, parts


def _placed(items: Items, offers: Offers, index: Index, k: int) -> tuple[Ints, Ints, Ints]:
    """Person, place in the list and index row of each item; whoever has fewer than three has none."""
    whole = np.flatnonzero((items.row >= 0).all(axis=1))
    planned = items.row[whole].astype(np.int64)
    if k == MINIMUM:
        return np.repeat(whole, MINIMUM), np.tile(np.arange(MINIMUM), len(whole)), planned.ravel()
    rows = [_with_more(own, person, offers, index, k) for own, person in zip(planned, whole.tolist(), strict=True)]
    sizes = np.array([len(own) for own in rows], np.int64)
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(whole, sizes), place, np.concatenate([*rows, np.zeros(0, np.int64)])


def _with_more(rows: Ints, person: int, offers: Offers, index: Index, k: int) -> Ints:
    """The planned items, and behind them the next best of the person's list."""
    own = slice(offers.begin[person], offers.end[person])
    listed = offers.row[own].astype(np.int64)
    picked, _ = choose(listed, offers.level[own], index.facts, k + MINIMUM)
    taken = index.facts.cluster[rows]
    further = [row for row in listed[picked].tolist() if index.facts.cluster[row] not in taken]
    return np.append(rows, further[: k - len(rows)]).astype(np.int64)


def _same_employer(person: Ints, employer: Ints, most: int) -> NDArray[np.bool_]:
    """Whether an item's employer is that of an item before it of the same person: up to `most` follow each other."""
    again = np.zeros(len(person), bool)
    for step in range(1, most):
        again[step:] |= (person[step:] == person[:-step]) & (employer[step:] == employer[:-step])
    return again
