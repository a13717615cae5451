"""The one road from people to their vacancies, for one request or a million: evidence, limits, score, ladder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.certificate import Certificate, certify
from matching.config import PART_SCALE, Config
from matching.eligibility import Limits, admission
from matching.index import Index, Market
from matching.marks import marks
from matching.ranking import MINIMUM, choose, order_keys, tie_keys
from matching.scoring import Scoring, text_evidence
from matching.seekers import Profile, Seekers
from models.enums import Mark, Rung

CELLS = 1 << 21  # people x vacancies worked on at once: some 300 MB of arrays


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
    """An outcome for each person, in order. Every person's list depends on that person and the index alone.

    People are first matched within the cities they want. Who is still short is matched against the whole
    index: the rung of other cities may admit more, and a certificate counts over every vacancy.
    """
    outcomes: dict[int, Outcome] = {}
    for cities, members in by_cities(people).items():
        outcomes.update(_outcomes(_blocks(people, members, index, cities, config, now), k, whole=False))
    short = [number for number in range(len(people)) if len(outcomes[number].items) < MINIMUM]
    outcomes.update(_outcomes(_blocks(people, short, index, None, config, now), k, whole=True))
    return [outcomes[number] for number in range(len(people))]


def _outcomes(blocks: Iterator[tuple[Sequence[int], Block]], k: int, whole: bool) -> Iterator[tuple[int, Outcome]]:
    for numbers, block in blocks:
        for person, number in enumerate(numbers):
            yield number, block.outcome(person, k, whole)


class Block:
    """Some people against all rows of a market, everything worked out: arrays of people x rows."""

    def __init__(self, limits: Limits, market: Market) -> None:
        self.limits, self.rows = limits, market.rows
        people, rows = np.arange(len(limits.seekers))[:, None], market.rows[None, :]
        self.evidence = text_evidence(limits, market)
        self.levels = limits.levels(people, rows, self.evidence.intention)
        self.level = admission(self.levels)
        scoring = Scoring(limits)
        self.parts = scoring.parts(people, rows, self.evidence)
        self.score = scoring.score(people, self.parts)

    def keys(self, person: int) -> NDArray[np.int64]:
        """The sort keys of all rows for one person; ascending is the order of the list."""
        limits = self.limits
        tie = tie_keys(limits.seekers.tie[person], limits.index.facts.tie[self.rows], limits.config.seed)
        return order_keys(self.level[person], self.score[person], tie)

    def outcome(self, person: int, k: int, whole: bool) -> Outcome:
        """The list of one person; with the certificate when it is short and this market is the whole index."""
        chosen = choose(self.keys(person), self.level[person], self.limits.index.facts, self.rows, k)
        items = tuple(self._items(person, chosen))
        if not whole or len(items) >= MINIMUM:
            return Outcome(items, None)
        levels = {constraint: self._of(person, level) for constraint, level in self.levels.items()}
        found = [item.row for item in items]
        return Outcome(items, certify(person, self.limits, self.rows, levels, found))

    def item(self, person: int, column: int, same_employer: bool) -> Item:
        """One pair as an item, whether it was chosen or not; a barred one counts as the last rung."""
        ladder, row = self.limits.config.ladder, int(self.rows[column])
        return Item(
            row=row,
            rung=ladder[min(int(self.level[person, column]), len(ladder) - 1)],
            score=int(self.score[person, column]) // 1000,
            parts=tuple(int(self._of(person, part)[column]) * 100 // PART_SCALE for part in self.parts),
            marks=marks(self.limits, person, row, same_employer),
        )

    def _items(self, person: int, columns: Sequence[int]) -> Iterator[Item]:
        seen: set[int] = set()
        for column in columns:
            employer = int(self.limits.index.facts.employer[self.rows[column]])
            yield self.item(person, column, employer in seen)
            seen.add(employer)

    def _of(self, person: int, values: NDArray[Any]) -> NDArray[Any]:
        """One person's row of an array that may be the same for everybody."""
        row: NDArray[Any] = np.broadcast_to(values, self.level.shape)[person]
        return row


@dataclass(frozen=True, slots=True)
class Ranked:
    """A vacancy ranked by score alone: its index row and the score, 0..1000."""

    row: int
    score: int


def by_score(people: Sequence[Profile], index: Index, config: Config, now: datetime, k: int) -> list[list[Ranked]]:
    """The `k` best-scored vacancies in the cities that each person wants: no ladder, no limit but the city.

    Judged sets are measured this way: what is graded is the ranking alone.
    """
    lists: dict[int, list[Ranked]] = {}
    for cities, members in by_cities(people).items():
        for numbers, block in _blocks(people, members, index, cities, config, now):
            block.level = np.zeros_like(block.level)
            for person, number in enumerate(numbers):
                best = np.argsort(block.keys(person))[:k]
                lists[number] = [Ranked(int(block.rows[c]), int(block.score[person, c]) // 1000) for c in best]
    return [lists[number] for number in range(len(people))]


def by_cities(people: Sequence[Profile]) -> Mapping[frozenset[str], list[int]]:
    """The numbers of people by the cities that they want to work in."""
    groups: dict[frozenset[str], list[int]] = defaultdict(list)
    for number, profile in enumerate(people):
        groups[profile.place.cities].append(number)
    return groups


def _blocks(
    people: Sequence[Profile], members: Sequence[int], index: Index, cities: frozenset[str] | None,
    config: Config, now: datetime,
) -> Iterator[tuple[Sequence[int], Block]]:  # fmt: skip
    """Some people against one market, a chunk of bounded size at a time."""
    if not members:
        return
    market = index.market(cities)
    size = max(1, CELLS // max(1, len(market.rows)))
    for start in range(0, len(members), size):
        chunk = members[start : start + size]
        yield chunk, Block(Limits(Seekers.of([people[number] for number in chunk]), index, config, now), market)
