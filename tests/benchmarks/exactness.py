"""Are the lists of the compiled engine those of the plain reference, item by item, score by score?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from matching.config import NEVER, Config
from matching.eligibility import Limits
from matching.index import Index
from matching.ladder import Ladder
from matching.plain import Block
from matching.ranking import MINIMUM
from matching.seekers import Profile, Seekers

TOP = 10
CELLS = 1 << 21  # people x vacancies worked on at once


@dataclass(frozen=True)
class Exact:
    """How many people were looked at, for how many the list was equal, and how many items broke a limit."""

    people: int
    equal: int
    items: int
    violations: int
    threads: bool  # whether two threads gave the same as one


def compare(people: Sequence[Profile], index: Index, config: Config, now: datetime) -> Exact:
    """Hold the lists of some people against every pair worked out by plain arrays."""
    ladder = Ladder(people, index, config, now)
    lists, both = ladder.climb(TOP), ladder.climb(TOP, threads=2)
    equal = items = violations = 0
    size = max(1, CELLS // max(1, len(index)))
    for first in range(0, len(people), size):
        some = people[first : first + size]
        block = Block(Limits(Seekers.of(some), index, config, now), index.market(None))
        for person in range(len(some)):
            own = lists.of(first + person)
            rows, expected = lists.row[own], _first(block, person)
            equal += bool(
                np.array_equal(rows, expected) and np.array_equal(lists.score[own], block.score[person, rows])
            )
            items += len(rows)
            violations += int((block.level[person, rows] >= NEVER).sum())
    same = np.array_equal(lists.start, both.start) and np.array_equal(lists.row, both.row)
    return Exact(len(people), equal, items, violations, same)


def _first(block: Block, person: int) -> NDArray[np.int64]:
    """The first of one person: all rungs up to the first that gives three clusters."""
    keys, level = block.keys(person), block.level[person]
    rows = np.flatnonzero(level < NEVER)
    clusters = block.limits.index.facts.cluster
    for rung in range(len(block.limits.config.ladder)):
        within = rows[level[rows] <= rung]
        if len(within) >= MINIMUM and len(np.unique(clusters[within])) >= MINIMUM:
            rows = within
            break
    return rows[np.argsort(keys[rows])][:TOP]
