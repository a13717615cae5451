"""The engine said plainly: arrays of people x vacancies, every pair worked out. One pair is traced, and the kernel
is tested, against this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import PART_SCALE, Config
from matching.eligibility import Limits, admission
from matching.index import Index, Market
from matching.marks import marks
from matching.ranking import order_keys, tie_keys
from matching.recommend import Item
from matching.scoring import Scoring, text_evidence
from matching.seekers import Profile, Seekers

CELLS = 1 << 21  # people x vacancies worked on at once: some 300 MB of arrays


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

    def item(self, person: int, column: int) -> Item:
        """One pair as an item, whether it would be chosen or not; a barred one counts as the last rung."""
        ladder, row = self.limits.config.ladder, int(self.rows[column])
        return Item(
            row=row,
            rung=ladder[min(int(self.level[person, column]), len(ladder) - 1)],
            score=int(self.score[person, column]) // 1000,
            parts=tuple(int(self.of(person, part)[column]) * 100 // PART_SCALE for part in self.parts),
            marks=marks(self.limits, person, row, same_employer=False),
        )

    def of(self, person: int, values: NDArray[Any]) -> NDArray[Any]:
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
    market = index.market(cities)
    size = max(1, CELLS // max(1, len(market.rows)))
    for start in range(0, len(members), size):
        chunk = members[start : start + size]
        yield chunk, Block(Limits(Seekers.of([people[number] for number in chunk]), index, config, now), market)
