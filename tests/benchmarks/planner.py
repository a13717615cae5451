"""What does the planner cost, how near is it to the best there is, whom does it move? Prints a section of markdown.

An invented municipality of the size and shape of `engine.md` 8: occupations of Zipf's law in a few families, vacancies that
charm more or less, districts and other limits that leave each person a few per cent of the market, the best hundred of
which are on the list. CPU seconds of one thread, medians; compiled code is loaded before. Beside it: everyone's first
three; a round robin in the order of names, one item a round while places last; and on a small market the optimum by
HiGHS. What these give beyond capacity counts nothing; the planner's auction and they are held against one bound.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from matching.config import POINT, PlanConfig, engine_config
from matching.evaluation import gini
from matching.planner import (
    Capacities,
    Items,
    Offers,
    People,
    Plan,
    plan,
    remembered,
    rotation_keys,
)
from matching.ranking import MINIMUM
from models.configuration import read_configuration

ROUNDS = 3
SEED = 20261124
LONGEST = 100
FAMILIES, OCCUPATIONS, DISTRICTS, EMPLOYERS, CHARM = 5, 400, 38, 0.4, 0.6
OPENINGS = 3.4  # a vacancy, on average
CLASSES = (0.08, 0.22, 0.70)  # hardship, waiting long, rotation
CONFIG = engine_config(read_configuration()).plan
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Market:
    """Lists of everyone, one behind the other, and openings and employers of every vacancy."""

    offers: Offers
    serving: NDArray[np.int8]
    hashes: NDArray[np.uint64]
    openings: NDArray[np.int64]
    employer: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How long everyone's list is."""
        return self.offers.end - self.offers.begin

    @property
    def owner(self) -> NDArray[np.int64]:
        """Whose each place of the lists is."""
        return np.repeat(np.arange(len(self.serving)), self.sizes)

    def people(self, before: Items | None = None, night: int = 1, classes: bool = True) -> People:
        """Everyone, by classes or all of one."""
        serving = self.serving if classes else np.full_like(self.serving, 2)
        return People(serving, rotation_keys(self.hashes, night), before or Items.none(len(serving)))

    def places(self, offers: int, recent: NDArray[np.int64] | None = None) -> Capacities:
        """So many offers an opening."""
        rows = np.arange(len(self.openings))
        return Capacities(
            self.openings * offers, rows, self.employer, np.zeros_like(rows) if recent is None else recent
        )


def market(people: int, vacancies: int, longest: int = LONGEST) -> Market:
    """An invented market."""
    random = np.random.default_rng(SEED)
    zipf = 1 / np.arange(1, OCCUPATIONS + 1) ** 0.8
    wanted, offered = (random.choice(OCCUPATIONS, size, p=zipf / zipf.sum()) for size in (people, vacancies))
    charm = random.gamma(CHARM, 0.03, vacancies)
    district = random.integers(0, DISTRICTS, vacancies)
    near = random.random((people, DISTRICTS)) < random.choice([0.07, 0.18, 1.0], people, p=[0.6, 0.25, 0.15])[:, None]
    families = [np.flatnonzero(offered % FAMILIES == family) for family in range(FAMILIES)]
    parts: list[tuple[NDArray[Any], Floats]] = []
    for person, occupation in enumerate(wanted):
        rows = families[occupation % FAMILIES]
        rows = rows[near[person, district[rows]]]
        same = offered[rows] == occupation
        admitted = random.random(len(rows)) < 0.24 + 0.3 * same
        rows, same = rows[admitted], same[admitted]
        score = (0.05 + 0.06 * same + charm[rows] + random.exponential(0.025, len(rows))).clip(max=1)
        best = np.argsort(-score)[:longest]
        parts.append((rows[best], score[best]))
    sizes = [len(part[0]) for part in parts]
    row = np.concatenate([part[0] for part in parts]).astype(np.int32)
    score = (np.concatenate([part[1] for part in parts]) * 1000 * POINT).astype(np.int32)
    lists = Offers.laid_out(np.cumsum([0, *sizes]), row, np.zeros(len(row), np.int8), score, np.ones(people, bool))
    openings = np.minimum(random.geometric(1 / OPENINGS, vacancies), 50)
    employer = random.integers(0, int(EMPLOYERS * vacancies), vacancies)
    serving = random.choice(len(CLASSES), people, p=CLASSES).astype(np.int8)
    return Market(lists, serving, random.integers(0, 1 << 63, people).astype(np.uint64), openings, employer)


def measured(work: Callable[[], Plan]) -> tuple[Plan, float]:
    """What it gives, and the median of its CPU seconds."""
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        done = work()
        spent.append(time.process_time() - start)
    return done, statistics.median(spent)


def first_three(town: Market) -> NDArray[np.int32]:
    """Everyone's first three."""
    at = town.offers.begin[:, None] + np.arange(MINIMUM)
    return np.where(np.arange(MINIMUM) < town.sizes[:, None], at.clip(max=len(town.offers.row) - 1), -1)


def round_robin(town: Market, capacity: NDArray[np.int64]) -> NDArray[np.int64]:
    """In the order of names, the best that is left, three times round. Positions in the lists, -1 for none."""
    left, row = capacity.tolist(), town.offers.row.tolist()
    at, ends = town.offers.begin.tolist(), town.offers.end.tolist()
    taken = np.full((len(at), MINIMUM), -1)
    for turn in range(MINIMUM):
        for person, stop in enumerate(ends):
            k = at[person]
            while k < stop and left[row[k]] == 0:
                k += 1
            if k < stop:
                left[row[k]] -= 1
                taken[person, turn] = k
            at[person] = k + 1
    return taken


def first_come(town: Market, taken: NDArray[Any], capacity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which items are beyond capacity when places go in the order of names."""
    given = taken >= 0
    rows = town.offers.row[taken[given]]
    order = np.argsort(rows, kind="stable")
    late = np.empty(len(rows), bool)
    late[order] = np.arange(len(rows)) - np.searchsorted(rows[order], rows[order]) >= capacity[rows[order]]
    over = np.zeros_like(given)
    over[given] = late
    return over


def line(
    name: str, spent: float, town: Market, chosen: tuple[NDArray[Any], NDArray[np.bool_]],
    capacity: NDArray[np.int64], bound: int,
) -> str:  # fmt: skip
    """The figures of a way to choose: positions in the lists, and which of them are beyond capacity."""
    taken, over = chosen
    given = taken >= 0
    rows, score = town.offers.row[taken[given]], town.offers.score[taken[given]].astype(np.int64)
    load = np.bincount(rows, minlength=len(capacity))
    worth = int((score[~over[given]] + CONFIG.bonus).sum())
    return (
        f"| {name} | {spent:.2f} | {worth / bound:.4f} | {score.mean() / 1000 / POINT:.4f} "
        f"| {given.all(axis=1).mean():.2%} | {over[given].mean():.2%} | {(load / capacity).max():.1f} "
        f"| {gini(load):.3f} | {(load > 0).mean():.3f} |"
    )


def positions(town: Market, done: Plan) -> NDArray[np.int64]:
    """Where in the lists the items of a plan are."""
    width = len(town.openings)
    keys = town.owner * width + town.offers.row
    order = np.argsort(keys)
    wanted = np.arange(len(town.serving))[:, None] * width + done.items.row
    at = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
    return np.where(done.items.row < 0, -1, at)


def by_capacity(town: Market, offers: int) -> list[str]:
    """The lines of one capacity."""
    places = town.places(offers)
    ours, spent = measured(lambda: plan(town.offers, town.people(classes=False), places, CONFIG))
    served, spent_served = measured(lambda: plan(town.offers, town.people(), places, CONFIG))
    start = time.process_time()
    robin = round_robin(town, places.capacity)
    spent_robin = time.process_time() - start
    firsts = first_three(town)
    ways: list[tuple[str, float, tuple[NDArray[Any], NDArray[np.bool_]]]] = [
        ("first three", 0.0, (firsts, first_come(town, firsts, places.capacity))),
        ("round robin (Python)", spent_robin, (robin, np.zeros_like(robin, bool))),
        ("**planner**, one class", spent, (positions(town, ours), ours.items.over)),
        ("**planner**, three classes", spent_served, (positions(town, served), served.items.over)),
    ]
    return [line(f"{offers} | {name}", cost, town, chosen, places.capacity, ours.bound) for name, cost, chosen in ways]


def nights(town: Market, offers: int) -> list[str]:
    """The lines of the nights after."""
    first = plan(town.offers, town.people(), town.places(offers), CONFIG)
    recent = remembered(np.zeros_like(town.openings), first.load)
    again, spent_again = measured(
        lambda: plan(town.offers, town.people(first.items, 2), town.places(offers, recent), CONFIG)
    )
    random = np.random.default_rng(SEED)
    closed = random.random(len(town.openings)) < 0.01
    open_rows = ~closed[town.offers.row]
    start = np.append(0, np.cumsum(np.bincount(town.owner[open_rows], minlength=len(town.serving))))
    row, level, score = (column[open_rows] for column in (town.offers.row, town.offers.level, town.offers.score))
    lists = Offers.laid_out(start, row, level, score, town.offers.complete)
    gone = closed[first.items.row] & (first.items.row >= 0)
    before = replace(first.items, row=np.where(gone, np.int32(-1), first.items.row))
    changed, spent_changed = measured(lambda: plan(lists, town.people(before, 2), town.places(offers, recent), CONFIG))
    return [
        f"| nothing | {spent_again:.2f} | 0 | {(again.left >= 0).sum():,} |",
        f"| {closed.sum()} vacancies closed | {spent_changed:.2f} | {gone.sum():,} | {(changed.left >= 0).sum():,} |",
    ]


def optimum(town: Market, capacity: NDArray[np.int64]) -> tuple[float, float]:
    """The most there is by HiGHS, and its CPU seconds: three a person, one an employer where there are three."""
    owner, employer = town.owner, town.employer[town.offers.row]
    pairs, pair = np.unique(owner * (employer.max() + 1) + employer, return_inverse=True)
    groups = [(owner, np.full(len(town.serving), MINIMUM)), (town.offers.row, capacity), (pair, np.ones(len(pairs)))]
    lines, limits = [], []
    for group, limit in groups:
        lines.append(group + sum(map(len, limits)))
        limits.append(limit)
    columns = np.tile(np.arange(len(owner)), len(groups))
    matrix = coo_matrix((np.ones(len(columns)), (np.concatenate(lines), columns))).tocsr()
    start = time.process_time()
    found = linprog(-(town.offers.score + CONFIG.bonus), matrix, np.concatenate(limits), bounds=(0, 1), method="highs")
    return -float(found.fun), time.process_time() - start


def small(people: int, vacancies: int, offers: int) -> list[str]:
    """The lines of a market that HiGHS can solve."""
    town = market(people, vacancies, 40)
    enough = np.array([len(set(town.employer[town.offers.row[begin:end]])) >= MINIMUM
                       for begin, end in zip(town.offers.begin, town.offers.end, strict=True)])  # fmt: skip
    chosen = np.flatnonzero(enough)
    town = replace(
        town, offers=town.offers.of(chosen).packed()[1], serving=town.serving[chosen], hashes=town.hashes[chosen]
    )
    places = town.places(offers)
    best, spent_best = optimum(town, places.capacity)
    ours, spent = measured(lambda: plan(town.offers, town.people(classes=False), places, CONFIG))
    robin = round_robin(town, places.capacity)
    robins = int((town.offers.score[robin[robin >= 0]].astype(np.int64) + CONFIG.bonus).sum())
    return [
        f"| HiGHS | {spent_best:.2f} | {best / 1e6:.3f} | 1 |",
        f"| **planner** | {spent:.4f} | {ours.worth / 1e6:.3f} | {ours.worth / best:.5f} |",
        f"| round robin | | {robins / 1e6:.3f} | {robins / best:.5f} |",
    ]


def first_use() -> float:
    """CPU seconds until the compiled code is there, kept from before or not."""
    start = time.process_time()
    town = market(50, 30, 10)
    plan(town.offers, town.people(), town.places(1), PlanConfig(1, 50 * POINT, 300 * POINT))
    return time.process_time() - start


@dataclass(frozen=True)
class Outcome:
    """What the plan of a capacity takes and gives."""

    offers: int
    cpu: float  # seconds, people of one class
    cpu_classes: float  # of three classes
    bound: float  # worth of the plan of one class, of its dual bound
    three: float  # the share of people with three items
    can: float  # the share of people who have three of different clusters on their list
    beyond: float  # the share of items beyond capacity


def outcomes(people: int, vacancies: int, capacities: Sequence[int]) -> list[Outcome]:
    """The planner alone, for other pages than this one."""
    first_use()
    town = market(people, vacancies)
    can = float((town.sizes >= MINIMUM).mean())
    found = []
    for offers in capacities:
        places = town.places(offers)
        ours, spent = measured(lambda places=places: plan(town.offers, town.people(classes=False), places, CONFIG))
        _, classes = measured(lambda places=places: plan(town.offers, town.people(), places, CONFIG))
        given = ours.items.row >= 0
        found.append(Outcome(
            offers, spent, classes, ours.worth / ours.bound, float(given.all(axis=1).mean()), can,
            float(ours.items.over[given].mean()),
        ))  # fmt: skip
    return found


def section(people: int = 100_000, vacancies: int = 20_000, capacities: Sequence[int] = (10, 5, 3)) -> str:
    """The section of docs/benchmarks.md."""
    loading = first_use()
    town = market(people, vacancies)
    lines = "\n".join(found for offers in capacities for found in by_capacity(town, offers))
    later = "\n".join(nights(town, capacities[0]))
    tiny = "\n".join(small(1_500, 400, 1))
    return f"""## The planner

{people:,} people x {vacancies:,} vacancies, {len(town.offers.row) / people:.0f} on a list,
{town.openings.sum():,} openings. CPU seconds, medians of {ROUNDS}; compiled code came in {loading:.1f} s before.
`worth` is scores and bonuses within capacity, of the dual bound of one class; `three` the share of people with three
items; `beyond` the share of items beyond capacity, which count nothing for the worth. The planner gives everyone three
where three of different clusters are on the list.

| offers an opening | way | CPU s | worth | mean score | three | beyond | fullest | Gini | coverage |
|---|---|---|---|---|---|---|---|---|---|
{lines}

The night after, at {capacities[0]}:

| what changed | CPU s | items whose vacancy went | other items that left |
|---|---|---|---|
{later}

1,500 people x 400 vacancies, one offer an opening, people with three employers on their list:

| way | CPU s | worth | of the optimum |
|---|---|---|---|
{tiny}
"""


def main() -> None:
    """Measure and print."""
    sys.stdout.write(section())


if __name__ == "__main__":
    main()
