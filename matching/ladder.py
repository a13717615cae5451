"""Which vacancies suit each person best, rung by rung: the lists, the judgement of pairs, what is held back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matching import kernel, pair, records
from matching.blocks import Columns
from matching.config import PARTS, Config
from matching.crowd import Crowd
from matching.index import Index
from matching.ranking import MINIMUM
from matching.seekers import Profile, Seekers
from models.enums import Rung
from models.times import local_date

BATCH = 16_384  # people whose lists grow side by side

Ints = NDArray[np.int64]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Lists:
    """The first of each person, in order: index rows, levels on the ladder, scores 0..1,000,000.

    `cut` is set for who was admitted to more than these, or may have been.
    """

    start: Ints  # people + 1, into the others
    row: NDArray[np.int32]
    level: NDArray[np.int8]
    score: NDArray[np.int32]
    cut: NDArray[np.bool_]  # people

    def of(self, person: int) -> slice:
        """Where one person's list lies."""
        return slice(int(self.start[person]), int(self.start[person + 1]))


@dataclass(frozen=True, slots=True)
class Judged:
    """What the engine says of single pairs: levels on the ladder, scores, and the parts 0..10000, pairs x parts."""

    level: NDArray[np.int8]
    score: Ints
    parts: Ints


class Ladder:
    """Some people before an index at one moment. Numbers of people are places in `profiles`."""

    def __init__(self, profiles: Sequence[Profile], index: Index, config: Config, now: datetime) -> None:
        self.profiles, self.index, self.config, self.now = Seekers.of(profiles), index, config, now
        self._crowd = Crowd.of(self.profiles, index, config)
        self._place = np.empty(len(profiles), np.int64)
        self._place[self._crowd.order] = np.arange(len(profiles))
        self._rules = _rules(config, now)

    def among(self, people: Ints) -> Ladder:
        """Some of the people by themselves."""
        return Ladder(self.profiles.take(people), self.index, self.config, self.now)

    def climb(
        self, k: int, threads: int = 1, open_rows: NDArray[np.bool_] | None = None, progress: Progress | None = None
    ) -> Lists:  # fmt: skip
        """The first `k` of everyone; a rung opens only for who has fewer than three on those before it.

        `open_rows` leaves out the other rows of the index. `progress` is told how many people have been looked at.
        """
        crowd, people = self._crowd, len(self._crowd)
        found = records.Lists(
            np.empty((people, k), np.int64), np.empty((people, k), np.int32), np.zeros(people, np.int32),
            np.zeros(people, bool),
        )  # fmt: skip
        columns = self._columns(open_rows)
        rows = len(crowd.asked.level) + len(crowd.asked.skills.at) - 1
        short = np.ones(people, bool)

        def work(rung: int, first: int, last: int) -> None:
            most = int(crowd.people.query_at[last] - crowd.people.query_at[first])
            scratch = records.Scratch.of(most, rows, self.index.width)
            for part, own in zip(self.index.parts, columns, strict=True):
                kernel.scan(first, last, rung, short, own, part.postings, *self._given, part.terms, scratch, found)

        for rung in range(self._rules.last + 1):
            for last in _each(partial(work, rung), list(_batches(crowd.people.query_at, short)), threads):
                if progress and rung == 0:
                    progress(int(crowd.people.query_at[last]))
            if not kernel.still_short(self.index.facts.cluster, found, short, np.empty(MINIMUM, np.int64)):
                break
        return self._laid_out(found, threads)

    def _laid_out(self, found: records.Lists, threads: int) -> Lists:
        """The lists of everyone in the order of `profiles`."""
        people = len(self._place)
        start = np.append(0, np.cumsum(found.held[self._place], dtype=np.int64))
        size, at = int(start[-1]), np.empty(people, np.int64)
        at[self._place] = start[:-1]
        lists = Lists(
            start, np.empty(size, np.int32), np.empty(size, np.int8), np.empty(size, np.int32), found.cut[self._place]
        )

        def work(first: int, last: int) -> None:
            kernel.lay_out(first, last, found, at, lists.row, lists.level, lists.score)

        spans = [(first, min(first + BATCH, people)) for first in range(0, people, BATCH)]
        for _ in _each(work, spans, threads):
            pass
        return lists

    def judge(self, people: Ints, rows: Ints) -> Judged:
        """What the engine says of some people (numbers) and index rows, pair by pair."""
        level, parts = np.empty(len(people), np.int8), np.empty((len(people), len(PARTS)), np.int64)
        persons, wanted = self._place[people], np.zeros(self.index.width, np.int32)
        for part, columns in zip(self.index.parts, self.index.columns, strict=True):
            inside = np.flatnonzero((rows >= part.rows.start) & (rows < part.rows.stop))
            levels, own = level[inside], parts[inside]
            pair.judge(
                persons[inside], rows[inside] - part.first, columns, *self._given, part.terms,
                self.index.kin_columns, wanted, levels, own,
            )  # fmt: skip
            level[inside], parts[inside] = levels, own
        readable = self._crowd.asked.readable[self._crowd.people.query[persons]]
        weights = self._rules.weights[np.where(readable, 0, 1)]
        return Judged(level, (weights * parts).sum(axis=1), parts)

    def held_back(self, person: int, found: Sequence[int] = ()) -> tuple[Ints, NDArray[np.uint8]]:
        """The index rows that a single limit holds back from a person, in order; its place in `eligibility.LIMITS`.

        Of duplicates the first row for each limit; none of what was `found`.
        """
        scratch = records.Scratch.of(0, 1, self.index.width)  # each wish is looked at once
        place, count, clusters = int(self._place[person]), 0, self.index.clusters
        row, limit = np.empty(len(self.index), np.int32), np.empty(len(self.index), np.uint8)
        seen = np.zeros(len(self.index), np.uint16)
        seen[clusters[np.array(found, np.int64)]] = kernel.ALL_SEEN
        for part, columns in zip(self.index.parts, self.index.columns, strict=True):
            count += kernel.held_back(
                place, columns, part.postings, *self._given, scratch, clusters[part.rows], seen, row[count:],
                limit[count:],
            )  # fmt: skip
        return row[:count].astype(np.int64), limit[:count]

    def _columns(self, open_rows: NDArray[np.bool_] | None) -> Sequence[Columns]:
        index = self.index
        if open_rows is None:
            return index.columns
        return [part.columns(index.facts, index.vectors, open_rows) for part in index.parts]

    @property
    def _given(self) -> tuple[records.Asked, records.People, records.Tables, records.Rules]:
        return self._crowd.asked, self._crowd.people, self._crowd.tables, self._rules


def _rules(config: Config, now: datetime) -> records.Rules:
    return records.Rules(
        floor=config.floor,
        related=config.level(Rung.RELATED_OCCUPATION),
        pay_percent=config.pay_percent,
        pay_level=config.level(Rung.PAY_MINUS_10),
        day=local_date(now).toordinal(),
        now=int(now.timestamp()),
        seed=config.seed,
        weights=np.array([config.weights, config.neutral_weights], np.int64),
        last=len(config.ladder) - 1,
    )


def _batches(query_at: Ints, short: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of whole queries with about BATCH people each who are still short."""
    if len(short) <= BATCH:  # a request: one run, whoever is short
        yield 0, len(query_at) - 1
        return
    waiting = np.append(0, np.cumsum(np.add.reduceat(short, query_at[:-1], dtype=np.int64)))
    first, queries = 0, len(query_at) - 1
    while first < queries and waiting[first] < waiting[-1]:
        first = int(np.searchsorted(waiting, waiting[first], side="right")) - 1
        last = int(np.searchsorted(waiting, waiting[first] + BATCH, side="right")) - 1
        last = min(max(last, first + 1), queries)
        yield first, last
        first = last


def _each(work: Callable[[int, int], None], batches: Sequence[tuple[int, int]], threads: int) -> Iterator[int]:
    """Do the work on all batches; the end of each that is done, in order."""
    if threads == 1 or len(batches) == 1:
        for first, last in batches:
            work(first, last)
            yield last
        return
    with ThreadPoolExecutor(threads) as pool:
        for (_, last), _ in zip(batches, pool.map(work, *zip(*batches, strict=True)), strict=True):
            yield last
