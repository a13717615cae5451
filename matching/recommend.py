"""The one road from people to their vacancies, for one request or a million: the ladder's lists, choice, reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np

from matching.certificate import Certificate, certify
from matching.config import PART_SCALE, POINT, Config
from matching.eligibility import Limits
from matching.index import Index
from matching.ladder import Ladder, Lists
from matching.marks import from_bits, mark_bits
from matching.ranking import MINIMUM, choose
from matching.seekers import Profile
from models.enums import Mark, Rung

FIRST_LOOK = 64  # of everyone's list; only a person with a very long run of one employer needs more
FURTHER = 16  # times as many, where the first look does not settle the choice


@dataclass(frozen=True, slots=True)
class Item:
    """One recommended vacancy: its index row, rung, score 0..1000, parts 0..100 in the order of PARTS."""

    row: int
    rung: Rung
    score: int
    parts: tuple[int, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one person gets: at least three items, or fewer with the certificate that says why."""

    items: tuple[Item, ...]
    certificate: Certificate | None


def recommend(
    people: Sequence[Profile], index: Index, config: Config, now: datetime, k: int = MINIMUM
) -> list[Outcome]:
    """An outcome for each person, in order. Every person's list depends on that person and the index alone."""
    ladder = Ladder(people, index, config, now)
    limits = Limits(ladder.profiles, index, config, now)
    chosen = _first_rows(ladder, k)
    outcomes = []
    for person, (rows, items) in enumerate(zip(chosen, _items(ladder, limits, chosen), strict=True)):
        short = len(rows) < MINIMUM
        certificate = certify(person, limits, ladder.held_back(person, rows), rows) if short else None
        outcomes.append(Outcome(items, certificate))
    return outcomes


def _first_rows(ladder: Ladder, k: int) -> list[list[int]]:
    """The index rows that each person gets, best first."""
    look = max(FIRST_LOOK, k)
    chosen = list(_chosen(ladder.climb(look), ladder.index, k))
    while waiting := [number for number, rows in enumerate(chosen) if rows is None]:
        look *= FURTHER
        lists = ladder.among(np.array(waiting)).climb(look)
        for number, rows in zip(waiting, _chosen(lists, ladder.index, k), strict=True):
            chosen[number] = rows
    return [rows for rows in chosen if rows is not None]


def _chosen(lists: Lists, index: Index, k: int) -> Iterator[list[int] | None]:
    """The choice of each person from a list; None where a longer one is needed."""
    for person, cut in enumerate(lists.cut.tolist()):
        own = lists.of(person)
        rows = lists.row[own].astype(np.int64)
        picked, settled = choose(rows, lists.level[own], index.facts, k)
        yield rows[picked].tolist() if settled or not cut else None


def _items(ladder: Ladder, limits: Limits, chosen: Sequence[Sequence[int]]) -> Iterator[tuple[Item, ...]]:
    """The items of each person's rows: all pairs are judged at once."""
    counts = [len(own) for own in chosen]
    people = np.repeat(np.arange(len(chosen)), counts)
    rows = np.fromiter((row for own in chosen for row in own), np.int64, len(people))
    judged = ladder.judge(people, rows)
    again = np.fromiter((one for own in chosen for one in _again(own, limits)), np.bool_, len(people))
    items = map(
        Item,
        rows.tolist(),
        [limits.config.ladder[level] for level in judged.level.tolist()],
        (judged.score // POINT).tolist(),
        map(tuple, (judged.parts * 100 // PART_SCALE).tolist()),
        map(from_bits, mark_bits(limits, people, rows, again).tolist()),
    )
    for count in counts:
        yield tuple(islice(items, count))


def _again(rows: Sequence[int], limits: Limits) -> Iterator[bool]:
    """Whether the employer of each row of a list has one before it."""
    seen: set[int] = set()
    for employer in limits.index.facts.employer[np.array(rows, np.int64)].tolist():
        yield employer in seen
        seen.add(employer)
