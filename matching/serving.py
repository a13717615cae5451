"""What everybody is served in one night: lists for all, a plan for each region, certificates for who is still short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.certificate import Certificate, certify
from matching.config import PART_SCALE
from matching.eligibility import Limits
from matching.index import Index
from matching.ladder import Ladder, Lists
from matching.marks import mark_bits
from matching.planner import (
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
from matching.seekers import Seekers
from models.districts import city_of
from models.enums import MARKS, Mark, ServingClass
from models.times import local_date

FURTHER = 16  # times as long a list, for who finds everything full in the first
CLASSES = tuple(ServingClass)

Ints = NDArray[np.int64]


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
class Served:
    """Who gets what: items, one an entry of each array, by person and rank; and the certificates of the others."""

    person: Ints
    rank: Ints
    row: Ints
    level: NDArray[np.int8]
    score: Ints  # 0..1000
    parts: NDArray[np.uint8]  # items x parts, 0..100
    marks: NDArray[np.int16]
    left: NDArray[np.int8]  # people x 3: why last night's item left, a place in LEFT_BECAUSE; -1: it did not
    certificates: dict[int, Certificate]
    report: Report


def serve(ladder: Ladder, lists: Lists, before: Before, k: int = MINIMUM, threads: int = 1) -> Served:
    """The night's lists, planned from the first of everyone (`lists`).

    The same facts, last night and day give the same, whatever the order of people or the number of threads.
    """
    index = ladder.index
    people, places = _people(ladder, before), _capacities(ladder, before)
    done = _planned(lists, people, places, ladder)
    done = _asked_again(done, lists, people, places, ladder, threads)
    rows = [_with_more(own[own >= 0], person, lists, index, k) for person, own in enumerate(done.items.row)]
    limits = Limits(Seekers.of(ladder.profiles), index, ladder.config, ladder.now)
    certificates = {}
    for person in np.flatnonzero((done.items.row < 0).any(axis=1)).tolist():
        certificates[person] = certify(person, limits, ladder.bars(person), rows[person].tolist())
        rows[person] = rows[person][:0]
    return _served(rows, done, ladder, limits, certificates, report(done, people, places))


def _people(ladder: Ladder, before: Before) -> People:
    """Whom the plan serves, in which order; what they had last night as it stands today."""
    profiles = ladder.profiles
    items = Items.none(len(profiles))
    had = before.row >= 0
    judged = ladder.judge(np.nonzero(had)[0], before.row[had].astype(np.int64))
    items.row[had], items.level[had], items.score[had] = before.row[had], judged.level, judged.score
    items.over[had] = before.over[had]
    ties = np.array([profile.tie for profile in profiles], np.uint64)
    serving = np.array([CLASSES.index(profile.serving) for profile in profiles], np.int8)
    return People(serving, rotation_keys(ties, local_date(ladder.now).toordinal()), items)


def _capacities(ladder: Ladder, before: Before) -> Capacities:
    facts = ladder.index.facts
    _, cluster = np.unique(facts.cluster, return_inverse=True)
    openings = np.bincount(cluster, facts.openings).astype(np.int64)[cluster]
    return Capacities(openings * ladder.config.plan.offers_per_opening, facts.cluster, facts.employer, before.recent)


def _planned(lists: Lists, people: People, places: Capacities, ladder: Ladder) -> Plan:
    """A plan of each region: the least sets of cities whose people's lists do not cross."""
    offers = _offers(lists)
    parts = []
    for members in _regions(offers, people, ladder.index):
        parts.append((members, plan(offers.of(members), people.of(members), places, ladder.config.plan)))
    return parts[0][1] if len(parts) == 1 else together(len(lists.held), parts)


def _offers(lists: Lists) -> Offers:
    held = np.arange(lists.row.shape[1]) < lists.held[:, None]
    start = np.append(0, np.cumsum(lists.held, dtype=np.int64))
    return Offers(start, lists.row[held], lists.level[held], lists.score[held], ~lists.cut)


def _regions(offers: Offers, people: People, index: Index) -> Iterator[Ints]:
    """The people of each region, in order of their least city; those without any offer are one of their own."""
    cities = sorted({city_of(place) or "" for place in index.places})
    city = np.array([cities.index(city_of(place) or "") for place in index.places], np.int64)[index.facts.place]
    count, owners = len(offers.complete), np.repeat(np.arange(len(offers.complete)), np.diff(offers.start))
    had, column = np.nonzero(people.before.row >= 0)
    who = np.append(owners, had)
    where = city[np.append(offers.row, people.before.row[had, column])]
    graph = sp.coo_array((np.ones(len(who), bool), (who, count + where)), shape=(count + len(cities),) * 2)
    _, region = sp.csgraph.connected_components(graph.tocsr(), directed=False)
    named = np.full(count, len(cities))
    np.minimum.at(named, who, where)
    least = np.full(region.max(initial=0) + 1, len(cities))
    np.minimum.at(least, region[:count], named)
    of_person = least[region[:count]]
    for first in np.unique(of_person) if count else (0,):  # where nobody is, one region of nobody
        yield np.flatnonzero(of_person == first)


def _asked_again(
    done: Plan, lists: Lists, people: People, places: Capacities, ladder: Ladder, threads: int
) -> Plan:  # fmt: skip
    """Ask the kernel again for who finds too little open: over what has places left, then over all, ever further."""
    look, everyone, offers = lists.row.shape[1], np.arange(len(lists.held)), _offers(lists)
    if len(done.reask):
        found = ladder.among(done.reask).climb(look, threads, done.open(places) > 0)
        offers = offers.replaced(done.reask, offers.of(done.reask).extended(_offers(found)))
        done = replan(done, everyone, offers, people, places, ladder.config.plan)
    while len(done.reask) and look < len(ladder.index):
        look *= FURTHER
        offers = offers.replaced(done.reask, _offers(ladder.among(done.reask).climb(look, threads)))
        done = replan(done, everyone, offers, people, places, ladder.config.plan)
    return done


def _with_more(own: NDArray[np.int32], person: int, lists: Lists, index: Index, k: int) -> Ints:
    """The planned items, and behind them, where more than three are wanted, the next best of the person's list."""
    rows = own.astype(np.int64)
    if k <= MINIMUM or len(rows) < MINIMUM:
        return rows
    end = lists.held[person]
    listed = lists.row[person, :end].astype(np.int64)
    picked, _ = choose(listed, lists.level[person, :end], index.facts, k + MINIMUM)
    taken = index.facts.cluster[rows]
    further = [row for row in listed[picked].tolist() if index.facts.cluster[row] not in taken]
    return np.append(rows, further[: k - len(rows)]).astype(np.int64)


def _served(
    rows: Sequence[Ints], done: Plan, ladder: Ladder, limits: Limits, certificates: dict[int, Certificate],
    figures: Report,
) -> Served:  # fmt: skip
    index, sizes = ladder.index, np.array([len(own) for own in rows], np.int64)
    person = np.repeat(np.arange(len(rows)), sizes)
    rank = np.arange(len(person)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    row = np.concatenate([*rows, np.zeros(0, np.int64)])
    judged = ladder.judge(person, row)
    marks = mark_bits(limits, person, row, _same_employer(person, index.facts.employer[row]))
    planned = rank < MINIMUM
    over = np.zeros(len(row), bool)
    over[planned] = done.items.over[person[planned], rank[planned]]
    marks |= np.where(over, 1 << MARKS.index(Mark.OVER_CAPACITY), 0).astype(np.int16)
    return Served(
        person, rank + 1, row, judged.level, judged.score // 1000,
        (judged.parts * 100 // PART_SCALE).astype(np.uint8), marks, done.left, certificates, figures,
    )  # fmt: skip


def _same_employer(person: Ints, employer: Ints) -> NDArray[np.bool_]:
    """Whether an item's employer is that of an item before it of the same person."""
    order = np.lexsort((np.arange(len(person)), employer, person))
    again = np.zeros(len(person), bool)
    same = (person[order][1:] == person[order][:-1]) & (employer[order][1:] == employer[order][:-1])
    again[order[1:]] = same
    return again
