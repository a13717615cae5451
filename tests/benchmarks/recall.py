"""How often does a scan by words and trades hold the ten that the full ranking chooses? Prints a section of markdown.

The kernel of the engine finds candidates by one sparse product: the row of a wish (at most 32 terms and trades)
with the terms of the index. The fuller parts rank those. What the product leaves out is lost whatever its score.

True ten: the first ten by rung, then score, then tie key, of the rungs that open for this person (a later one opens
only while fewer than three clusters are admitted), among the vacancies of the cities wanted, and of the whole index
for who is short there: the order of `recommend` before variety of employers. Candidates: of every open rung the
first K that are admitted by it, by evidence, then tie key. Evidence is that of the best wish, or of the skills of
who names no wish. A tie at the K-th place that the key decides against an item counts as missed. An item without
evidence may be admitted all the same, by its trade or its code: it comes after those that have some. A scan that
adds up postings never meets it, so people for whom all ten have evidence and are candidates are told apart.
Left out, and counted: people without a readable wish or skill, whose list is by nearness and freshness, and people
whom nothing is admitted for. In judged sets the city is the only limit, as they are measured.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from material import DATA, Material, real, sample
from numpy.typing import NDArray

from api.judged import JudgedSet, judged_index
from api.settings import Settings
from matching.config import NEVER, Config
from matching.eligibility import Limits
from matching.index import Index, Market
from matching.ranking import MINIMUM, choose, order_keys, tie_keys
from matching.recommend import CELLS, Block
from matching.seekers import Profile, Seekers
from matching.vocabulary import rows_matrix
from matching.wishes import read_wishes
from models.times import now

TOP = 10
KS = (50, 100, 200)
GOAL_K, GOAL = 100, 0.98
SETS = ("mixed", "titles", "it")


@dataclass(frozen=True, slots=True)
class Found:
    """What of one person's true ten is among the candidates, at each K of KS."""

    inside: tuple[tuple[bool, ...], ...]  # item by item
    met: bool  # all have evidence
    same: tuple[bool, ...]  # whether the ten that `recommend` lists are the same, chosen from the candidates alone


@dataclass(frozen=True, slots=True)
class Recall:
    """Everyone's."""

    found: Sequence[Found]
    silent: int  # people without a readable wish or skill
    empty: int  # people whom nothing is admitted for

    def people(self, k: int, first: int = TOP, met: bool = False) -> float:
        """The share of people whose first items are all candidates; with `met` all must have evidence too."""
        whole = [all(each.inside[KS.index(k)][:first]) and (each.met or not met) for each in self.found]
        return float(np.mean(whole))

    def items(self, k: int) -> float:
        """The share of candidates in the items of all true tens."""
        return float(np.mean([inside for each in self.found for inside in each.inside[KS.index(k)]]))

    def lists(self, k: int) -> float:
        """The share of people whose list of ten is the same when it is chosen from the candidates."""
        return float(np.mean([each.same[KS.index(k)] for each in self.found]))


def recall(people: Sequence[Profile], index: Index, config: Config, moment: datetime, limits: bool = True) -> Recall:
    """The recall of candidates for these people; without `limits` the city alone is one."""
    speaking = [profile for profile in people if profile.readable]
    found: dict[int, Found | None] = {}
    short = list[Profile]()
    for scan in _scans(speaking, index, config, moment, whole=False):
        for person, profile in enumerate(scan.people):
            if limits and scan.is_short(person):
                short.append(profile)
            else:
                found[profile.id] = scan.found(person, limits)
    for scan in _scans(short, index, config, moment, whole=True):
        for person, profile in enumerate(scan.people):
            found[profile.id] = scan.found(person, limits)
    listed = [each for each in found.values() if each]
    return Recall(listed, len(people) - len(speaking), len(found) - len(listed))


@dataclass(frozen=True)
class Scan:
    """Some people of the same cities against their market, everything worked out. Columns are rows of the market."""

    people: Sequence[Profile]
    market: Market
    block: Block

    def is_short(self, person: int) -> bool:
        """Whether these cities do not admit three."""
        return self._open(person)[1] < MINIMUM

    def found(self, person: int, limits: bool) -> Found | None:
        """How the candidates of one person do; None for who has nothing to be found."""
        level = self.block.level[person] if limits else np.zeros_like(self.block.level[person])
        last = self._open(person)[0] if limits else 0
        facts, rows = self.block.limits.index.facts, self.block.rows
        tie = tie_keys(self.block.limits.seekers.tie[person], facts.tie[rows], self.block.limits.config.seed)
        keys, evidence = order_keys(level, self.block.score[person], tie), self._evidence(person)
        admitted = np.flatnonzero(level <= last)
        if not len(admitted):
            return None
        top = admitted[np.argsort(keys[admitted])[:TOP]]
        listed = choose(keys, level, facts, rows, TOP)
        order = admitted[np.lexsort((tie[admitted], -evidence[admitted]))]
        inside, same = [], []
        for k in KS:
            scanned = np.zeros(len(rows), bool)
            for rung in range(last + 1):
                scanned[order[level[order] <= rung][:k]] = True
            inside.append(tuple(scanned[top].tolist()))
            same.append(choose(keys, np.where(scanned, level, NEVER).astype(np.int8), facts, rows, TOP) == listed)
        return Found(tuple(inside), bool((evidence[top] > 0).all()), tuple(same))

    def _open(self, person: int) -> tuple[int, int]:
        """The last rung that opens for a person, and how many clusters are admitted up to it."""
        level, cluster = self.block.level[person], self.block.limits.index.facts.cluster[self.block.rows]
        count = rung = 0
        for rung in range(len(self.block.limits.config.ladder)):
            count = len(np.unique(cluster[level <= rung]))
            if count >= MINIMUM:
                break
        return rung, count

    def _evidence(self, person: int) -> NDArray[np.int64]:
        """What the kernel sums up: the product of every column with the best wish, or with the skills."""
        profile, index = self.people[person], self.block.limits.index
        wishes = read_wishes(index, profile.wishes or (profile.skills,), self.block.limits.config)
        products = rows_matrix([wish.row for wish in wishes], self.market.postings.shape[0]) @ self.market.postings
        return np.asarray(products.toarray().max(axis=0), np.int64)


def _scans(people: Sequence[Profile], index: Index, config: Config, moment: datetime, whole: bool) -> Iterator[Scan]:
    """People by the cities that they want, a chunk of bounded size at a time; or all against the whole index."""
    groups: dict[frozenset[str] | None, list[Profile]] = defaultdict(list)
    for profile in people:
        groups[None if whole else profile.place.cities].append(profile)
    for cities, members in groups.items():
        market = index.market(cities)
        size = max(1, CELLS // max(1, len(market.rows)))
        for start in range(0, len(members), size):
            chunk = members[start : start + size]
            yield Scan(chunk, market, Block(Limits(Seekers.of(chunk), index, config, moment), market))


def section(markets: Sequence[Material]) -> str:
    """The section of docs/benchmarks.md."""
    lines = [
        _line(each.name, len(each.index), recall(each.people, each.index, each.config, each.moment)) for each in markets
    ]
    if DATA.is_dir():
        lines += [_judged_line(name) for name in SETS]
    columns = (
        "people and vacancies", "people", "no wish", "nothing admitted", *(f"ten in {k}" for k in KS),
        f"items in {GOAL_K}", f"first three in {GOAL_K}", f"same list from {GOAL_K}", f"ten in {GOAL_K}, all with evidence",
    )  # fmt: skip
    return f"""## Candidate recall

Share of people whose true ten are all among the first K candidates of a scan by words and trades under the same
limits; at K = {GOAL_K} the share of all their items, of people whose first three are there, and of people whose list,
with variety of employers, is the same; the last column demands evidence of every item. Goal: {GOAL:.0%} at K = {GOAL_K}.

| {" | ".join(columns)} |
{"|---" * len(columns)}|
{chr(10).join(lines)}
"""


def _judged_line(name: str) -> str:
    settings = Settings(_env_file=None, config=None)
    judged = JudgedSet.read(settings, DATA / "judged" / name)
    index = judged_index(settings, judged.vacancies)
    return _line(f"judged: {name}", len(index), recall(judged.people, index, settings.engine, now(), limits=False))


def _line(name: str, vacancies: int, found: Recall) -> str:
    shares = (
        *(found.people(k) for k in KS), found.items(GOAL_K), found.people(GOAL_K, MINIMUM), found.lists(GOAL_K),
        found.people(GOAL_K, met=True),
    )  # fmt: skip
    counts = (len(found.found), found.silent, found.empty)
    return f"| {name}, {vacancies:,} vacancies | {' | '.join([*map('{:,}'.format, counts), *map('{:.1%}'.format, shares)])} |"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        markets = [sample(Path(folder), 5_000, 2_000), real(Path(folder), 500)]
        sys.stdout.write(section([market for market in markets if market]))


if __name__ == "__main__":
    main()
