"""Is one person's list of a past night what the engine makes of the same facts, and why are others not on it?

Everything is worked out again from what was kept: the person's own list, every recorded item, the certificate. What
the plan of that night added is explained by how full each vacancy became and what the person had the night before:
what stands before an item in the own list and was not given repeats one, is full, or is not better by enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.archive import Kept
from matching.config import PART_SCALE, POINT
from matching.eligibility import Limits
from matching.index import Index
from matching.ladder import Ladder
from matching.marks import from_bits, mark_bits
from matching.nightly import certificate_document
from matching.ranking import MINIMUM
from matching.recommend import FURTHER, Item, recommend
from matching.seekers import Profile, Seekers
from models.bulk import Arrays
from models.enums import MARKS, RUNGS, Mark, PassedOver
from models.recommendation import Recommendation

OVER = 1 << MARKS.index(Mark.OVER_CAPACITY)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a night beside what it kept: its instant, how many people its plan gave each vacancy to, and
    the vacancies that the person had the night before, None where that is not known (any more)."""

    now: datetime
    loads: Arrays
    before: Collection[int] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A vacancy as it stood for the person that night. `place` is that in the person's own list, from 1."""

    row: int
    item: Item | None  # None for what the person may not be shown
    place: int | None
    load: int  # people whom the plan gave it or a duplicate of it
    capacity: int


@dataclass(frozen=True, slots=True)
class Again:
    """A recorded item made again. `differs` names what is not as it was recorded."""

    recorded: Recommendation
    stands: Standing | None  # None when its vacancy was not in the index of that night
    kept: bool | None  # had the night before; None when that is not known
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A vacancy that stands before an item in the person's own list and was not given."""

    stands: Standing
    why: PassedOver


@dataclass(frozen=True, slots=True)
class Replayed:
    """A list made again; and the certificate that the same facts give, None for three or more."""

    items: tuple[Again, ...]
    passed: tuple[Passed, ...]
    certificate: Mapping[str, Any] | None


def replay(kept: Kept, profile: Profile, past: Past, recorded: Sequence[Recommendation]) -> Replayed:
    """One person's list of a night, made again and held against what is stored (rows by rank; none: a certificate)."""
    night = _Night(kept, profile, past)
    rows = [kept.index.row_of(one.vacancy_id) for one in recorded]
    night.look_for({row for row in rows if row is not None})
    outcome = recommend([profile], kept.index, kept.basis.config, past.now)[0]
    return Replayed(
        items=tuple(night.again(recorded, rows)),
        passed=tuple(night.passed([row for row in rows[:MINIMUM] if row is not None])),
        certificate=certificate_document(outcome.certificate, kept.index) if outcome.certificate else None,
    )


class _Night:
    """One person before the index of a night."""

    def __init__(self, kept: Kept, profile: Profile, past: Past) -> None:
        self._kept, self._before, self._index, self._config = kept, past.before, kept.index, kept.basis.config
        self._ladder = Ladder([profile], self._index, self._config, past.now)
        self._limits = Limits(Seekers.of([profile]), self._index, self._config, past.now)
        self._load, self._capacity, self._employer = _fullness(
            self._index, past.loads, self._config.plan.offers_per_opening
        )
        self._places: dict[int, int] = {}

    def look_for(self, rows: Collection[int]) -> None:
        """Make the person's own list, as long as it takes to find these rows in it."""
        look, cut = self._kept.basis.candidates, True
        while cut and not (self._places and self._places.keys() >= set(rows)):
            own = self._ladder.climb(look)
            self._places = {row: place for place, row in enumerate(own.row.tolist(), 1)}
            look, cut = look * FURTHER, bool(own.cut[0]) and look < len(self._index)

    def stand(self, rows: Sequence[int], listed: bool) -> list[Standing]:
        """How rows stand; `listed` in one list, where a further vacancy of an employer is marked."""
        people, at = np.zeros(len(rows), np.int64), np.array(rows, np.int64)
        judged = self._ladder.judge(people, at)
        employers = self._index.facts.employer[at].tolist()
        again = np.array([listed and one in employers[:number] for number, one in enumerate(employers)], bool)
        marks = mark_bits(self._limits, people, at, again)
        items = (
            self._item(row, int(judged.level[n]), int(judged.score[n]), judged.parts[n], int(marks[n]))
            for n, row in enumerate(rows)
        )
        return [
            Standing(row, item, self._places.get(row), int(self._load[row]), int(self._capacity[row]))
            for row, item in zip(rows, items, strict=True)
        ]

    def _item(self, row: int, level: int, score: int, parts: Ints, marks: int) -> Item | None:
        if level >= len(self._config.ladder):
            return None
        shown = tuple((parts * 100 // PART_SCALE).tolist())
        return Item(row, self._config.ladder[level], score // POINT, shown, from_bits(marks))

    def again(self, recorded: Sequence[Recommendation], rows: Sequence[int | None]) -> Iterator[Again]:
        """Each recorded item, made again."""
        stand = iter(self.stand([row for row in rows if row is not None], listed=True))
        last = 0
        for one, row in zip(recorded, rows, strict=True):
            if row is None:
                yield Again(one, None, None, ("vacancy",))
                continue
            stands = next(stand)
            is_kept = None if self._before is None or one.rank > MINIMUM else one.vacancy_id in self._before
            last = 0 if one.rank == MINIMUM + 1 else last  # further ones follow each other in an order of their own
            differs = [*self._differences(one, stands), *(["rank"] if (stands.place or 0) < last else [])]
            yield Again(one, stands, is_kept, tuple(differs))
            last = stands.place or last

    def _differences(self, recorded: Recommendation, stands: Standing) -> Iterator[str]:
        if int(self._index.facts.revision[stands.row]) != recorded.vacancy_revision:
            yield "revision"
        if stands.place is None:
            yield "place"
        item = stands.item
        if item is None:
            yield "rung"
            return
        bits = sum(1 << MARKS.index(mark) for mark in item.marks)
        is_full = not recorded.marks & OVER or stands.load > stands.capacity
        same = {
            "rung": item.rung is RUNGS[recorded.rung],
            "score": item.score == recorded.score,
            "parts": bytes(item.parts) == recorded.parts,
            "marks": bits == recorded.marks & ~OVER and is_full,
        }
        yield from (name for name, equal in same.items() if not equal)

    def passed(self, chosen: Sequence[int]) -> Iterator[Passed]:
        """What stands before the last of the chosen rows in the own list, each with the reason why it was not given."""
        last = max((self._places.get(row, 0) for row in chosen), default=0)
        before = [row for row, place in self._places.items() if place < last and row not in chosen]
        levels_and_scores = self._judged([*before, *chosen])
        for stands in self.stand(before, listed=False):
            yield Passed(stands, self._why(stands.row, chosen, levels_and_scores))

    def _judged(self, rows: Sequence[int]) -> dict[int, tuple[int, int]]:
        judged = self._ladder.judge(np.zeros(len(rows), np.int64), np.array(rows, np.int64))
        return dict(zip(rows, zip(judged.level.tolist(), judged.score.tolist(), strict=True), strict=True))

    def _why(self, row: int, chosen: Sequence[int], judged: Mapping[int, tuple[int, int]]) -> PassedOver:
        clusters = self._index.facts.cluster
        if clusters[row] in clusters[list(chosen)]:
            return PassedOver.DUPLICATE
        level, score = judged[row]
        later = [one for one in chosen if judged[one][0] == level and self._places.get(one, 0) > self._places[row]]
        rivals = [one for one in later if self._may_replace(one, row, chosen)]
        if not rivals:  # an earlier rung than that of choice is given whole
            return PassedOver.SAME_EMPLOYER if later else PassedOver.UNEXPLAINED
        if self._load[row] >= self._capacity[row]:
            return PassedOver.FULL
        weakest = min(rivals, key=lambda one: judged[one][1])
        if score - judged[weakest][1] <= self._config.plan.margin:
            had = self._before is not None and int(self._index.facts.id[weakest]) in self._before
            return PassedOver.KEPT if had else PassedOver.CLOSE
        beyond = self._places[row] > self._kept.basis.candidates
        return PassedOver.NOT_LISTED if beyond else PassedOver.UNEXPLAINED

    def _may_replace(self, one: int, row: int, chosen: Sequence[int]) -> bool:
        """Whether a row may stand for a chosen one: as many employers as before."""
        employers = {int(self._employer[other]) for other in chosen}
        after = {int(self._employer[other]) for other in (*(other for other in chosen if other != one), row)}
        return len(after) >= len(employers)


def _fullness(index: Index, loads: Arrays, offers: int) -> tuple[Ints, Ints, Ints]:
    """How many people each row's cluster was given to, and was meant for; its employer. By row, as the planner says."""
    facts, cluster = index.facts, index.clusters
    order = np.argsort(facts.id)
    at = np.searchsorted(facts.id, loads["vacancy_id"], sorter=order)
    known = at < len(order)
    at = order[at[known]]
    here = facts.id[at] == loads["vacancy_id"][known]
    load = np.bincount(cluster[at[here]], loads["people"][known][here], len(facts.id)).astype(np.int64)
    openings = np.bincount(cluster, facts.openings, len(facts.id)).astype(np.int64)
    employer = np.full(len(facts.id), np.iinfo(np.int64).max)
    np.minimum.at(employer, cluster, facts.employer)
    return load[cluster], (openings * offers)[cluster], employer[cluster]
