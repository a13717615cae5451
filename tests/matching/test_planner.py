"""The plan of a night against its rules, written out once more and looked up pair by pair: small markets, all of it."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from matching.config import BID_STEP, NEVER, PlanConfig, engine_config
from matching.planner import (
    Capacities,
    Items,
    Offers,
    People,
    Plan,
    plan,
    remembered,
    replan,
    report,
    rotation_keys,
    together,
)
from models.configuration import Configuration, read_configuration
from models.enums import LEFT_BECAUSE, LeftBecause
from models.errors import ZhipeiError

CONFIG = PlanConfig(offers_per_opening=10, margin=50_000, bonus=300_000)
SCORES = [0, 1, 400_000, 440_000, 450_000, 450_001, 500_000, 500_001, 900_000, 1_000_000]
BITS = (1 << 64) - 1

thorough = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Pair:
    """What a vacancy is to a person."""

    level: int
    score: int
    tie: int

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.level, -self.score, self.tie)


@dataclass(frozen=True)
class Town:
    """A market: what each person may have, in which order they are served, what there is to give."""

    pairs: list[dict[int, Pair]]  # a person: by row
    serving: list[int]
    capacity: list[int]  # a cluster
    cluster: list[int]  # a row
    employer: list[int]  # a cluster

    def offers(self, longest: int = 1_000) -> Offers:
        lists = [sorted(pairs, key=lambda row, own=pairs: own[row].key)[:longest] for pairs in self.pairs]
        found = [self.pairs[p][row] for p, rows in enumerate(lists) for row in rows]
        return Offers.laid_out(
            np.cumsum([0, *map(len, lists)]),
            np.array([row for rows in lists for row in rows], np.int32),
            np.array([pair.level for pair in found], np.int8),
            np.array([pair.score for pair in found], np.int32),
            np.array([len(rows) == len(own) for rows, own in zip(lists, self.pairs, strict=True)], bool),
        )

    def items(self, before: Items) -> Items:
        """Last night's items as they are today."""
        now = before.of(np.arange(len(self.pairs)))
        for p, number in np.ndindex(now.row.shape):
            pair = self.pairs[p].get(int(now.row[p, number]))
            now.level[p, number], now.score[p, number] = (pair.level, pair.score) if pair else (NEVER, 0)
        return now

    def people(self, before: Items | None = None, night: int = 1) -> People:
        hashes = np.array([(n + 1) * 0x9E3779B97F4A7C15 & BITS for n in range(len(self.pairs))], np.uint64)
        held = self.items(before) if before else Items.none(len(self.pairs))
        return People(np.array(self.serving, np.int8), rotation_keys(hashes, night), held)

    def places(self, recent: list[int] | None = None) -> Capacities:
        cluster = np.array(self.cluster, np.int64)
        return Capacities(
            np.array(self.capacity, np.int64)[cluster],
            cluster * 7 + 3,
            np.array(self.employer, np.int64)[cluster],
            np.array(recent or [0] * len(self.capacity), np.int64)[cluster],
        )

    def plan(self, before: Items | None = None, night: int = 1, recent: list[int] | None = None) -> Plan:
        return plan(self.offers(), self.people(before, night), self.places(recent), CONFIG)


def any_pair(levels: int) -> st.SearchStrategy[Pair]:
    """Any pair, drawn as one number: as three it takes twice as long."""
    return st.integers(0, 1 << 40).map(lambda n: Pair(n % levels, SCORES[n // levels % len(SCORES)], n))


@st.composite
def towns(draw: Any, classes: int = 3) -> Town:
    clusters = draw(st.integers(1, 8))
    cluster = [*range(clusters), *draw(st.lists(st.integers(0, clusters - 1), max_size=4))]
    pair = any_pair(draw(st.sampled_from([1, 4])))
    people = draw(st.integers(1, 7))
    pairs = [draw(st.dictionaries(st.integers(0, len(cluster) - 1), pair, max_size=9)) for _ in range(people)]
    return Town(
        pairs,
        draw(st.lists(st.integers(0, classes - 1), min_size=people, max_size=people)),
        draw(st.lists(st.integers(0, 3), min_size=clusters, max_size=clusters)),
        cluster,
        draw(st.lists(st.integers(0, draw(st.sampled_from([2, 8]))), min_size=clusters, max_size=clusters)),
    )


@st.composite
def next_days(draw: Any, town: Town) -> Town:
    """The town a day later: some pairs, some capacities have changed."""
    rows = st.integers(0, len(town.cluster) - 1)
    pairs = [
        {
            row: value
            for row, value in {**own, **draw(st.dictionaries(rows, any_pair(3), max_size=2))}.items()
            if row not in gone
        }
        for own in town.pairs
        for gone in [draw(st.sets(rows, max_size=2))]
    ]
    capacity = [max(0, size + draw(st.sampled_from([0, 0, 0, -1, 1]))) for size in town.capacity]
    return replace(town, pairs=pairs, capacity=capacity)


class Rules:
    """What must hold of a plan, by looking at everything one by one."""

    def __init__(self, town: Town, done: Plan) -> None:
        self.town, self.done = town, done
        self.people = range(len(town.pairs))
        self.held = [
            {self.cluster(row): (row, bool(over)) for row, over in zip(*pair, strict=True) if row >= 0}
            for pair in zip(done.items.row.tolist(), done.items.over.tolist(), strict=True)
        ]
        self.within = [sum(1 for held in self.held if c in held and not held[c][1]) for c in range(len(town.capacity))]

    def cluster(self, row: int) -> int:
        return self.town.cluster[row]

    def best(self, p: int) -> dict[int, Pair]:
        """A person's best row of each cluster."""
        found: dict[int, Pair] = {}
        for row, pair in self.town.pairs[p].items():
            known = found.get(self.cluster(row))
            if known is None or pair.key < known.key:
                found[self.cluster(row)] = pair
        return found

    def rungs(self, p: int) -> tuple[set[int], set[int]]:
        """The clusters of earlier rungs, which are all taken, and those of the rung of choice."""
        taken: set[int] = set()
        best = self.best(p)
        for level in range(4):
            rung = {c for c, pair in best.items() if pair.level == level}
            if len(taken) + len(rung) >= 3:
                return taken, rung
            taken |= rung
        return taken, set()

    def variety(self, clusters: Any) -> int:
        return len({self.town.employer[c] for c in clusters})

    def lawful(self, p: int) -> list[set[int]]:
        """All that a person may hold: enough, and of as many employers as the rung allows."""
        taken, rung = self.rungs(p)
        every = [taken | set(more) for more in combinations(sorted(rung), max(0, min(3 - len(taken), len(rung))))]
        most = max(map(self.variety, every))
        return [held for held in every if self.variety(held) == most]

    def swaps(self, p: int, cluster: int) -> list[int]:
        """What could be held instead of one cluster."""
        own = set(self.held[p])
        lawful = self.lawful(p)
        return [c for c in self.rungs(p)[1] - own if (own - {cluster}) | {c} in lawful]

    def open(self, cluster: int) -> bool:
        return self.within[cluster] < self.town.capacity[cluster]

    def check(self) -> None:
        self.check_lists()
        self.check_capacity()
        self.check_margin()

    def check_lists(self) -> None:
        for p in self.people:
            rows = [row for row in self.done.items.row[p].tolist() if row >= 0]
            assert len(rows) == len(self.held[p]), "one a cluster"
            assert set(self.held[p]) in self.lawful(p)
            pairs = [self.town.pairs[p][row] for row in rows]
            assert [pair.level for pair in pairs] == [self.best(p)[self.cluster(row)].level for row in rows]
            assert [(pair.level, -pair.score) for pair in pairs] == sorted((pair.level, -pair.score) for pair in pairs)
            shown = zip(self.done.items.level[p].tolist(), self.done.items.score[p].tolist(), strict=True)
            assert list(shown)[: len(pairs)] == [(pair.level, pair.score) for pair in pairs]

    def check_capacity(self) -> None:
        assert all(n <= capacity for n, capacity in zip(self.within, self.town.capacity, strict=True))
        loads = [sum(1 for held in self.held if c in held) for c in range(len(self.within))]
        assert self.done.load.tolist() == [loads[c] for c in self.town.cluster]
        for p in self.people:
            for cluster, (_, over) in self.held[p].items():
                if over:
                    assert not self.open(cluster)
                    assert not any(map(self.open, self.swaps(p, cluster))), "beyond capacity, though a place is open"

    def check_margin(self) -> None:
        for p in self.people:
            for cluster, (row, over) in self.held[p].items():
                for other in self.swaps(p, cluster):
                    if not over and self.open(other):
                        assert self.best(p)[other].score <= self.town.pairs[p][row].score + CONFIG.margin

    def check_order(self) -> None:
        """Nobody who came new holds a place that someone of an earlier class lacks, or would much rather have."""
        for p in self.people:
            for cluster, (row, over) in self.held[p].items():
                for other in [cluster, *self.swaps(p, cluster)]:
                    better = self.best(p)[other].score > self.town.pairs[p][row].score + CONFIG.margin
                    if over or (other != cluster and better):
                        holders = [q for q in self.people if other in self.held[q] and not self.held[q][other][1]]
                        assert all(self.town.serving[q] <= self.town.serving[p] for q in holders)

    def check_departures(self, before: Items) -> None:
        """Whoever lost an item had to, and is told why."""
        claims = [self.claims(p, before) for p in self.people]
        for p in self.people:
            for number, row in enumerate(before.row[p].tolist()):
                why = int(self.done.left[p, number])
                if row < 0 or row in self.done.items.row[p]:
                    assert why == -1
                    assert not row >= 0 or self.done.kept[p][self.done.items.row[p].tolist().index(row)]
                    continue
                assert why >= 0
                holders = sum(1 for c in claims if self.cluster(row) in c)
                reasons = {
                    LeftBecause.NOT_ADMITTED: row not in self.town.pairs[p],
                    LeftBecause.BETTER: row in self.town.pairs[p] and self.beaten(p, row, before.row[p].tolist()),
                    LeftBecause.OVER_SUBSCRIBED: before.over[p, number]
                    or holders > self.town.capacity[self.cluster(row)],
                    LeftBecause.ANOTHER_EMPLOYER: not any(claims[p] <= held for held in self.lawful(p)),
                }
                assert any(reasons.values()), "it need not have left"
                assert reasons[LEFT_BECAUSE[why]] or LEFT_BECAUSE[why] is LeftBecause.OVER_SUBSCRIBED

    def claims(self, p: int, before: Items) -> set[int]:
        """Clusters of last night's items that are of the rungs that serve a person today."""
        taken, rung = self.rungs(p)
        own = {row for row in before.row[p].tolist() if row in self.town.pairs[p]}
        best = self.best(p)
        return {self.cluster(row) for row in own if self.town.pairs[p][row].level == best[self.cluster(row)].level} & (
            taken | rung
        )

    def beaten(self, p: int, row: int, before: list[int]) -> bool:
        old = self.town.pairs[p][row]
        new = [
            self.town.pairs[p][other] for other in self.done.items.row[p].tolist() if other >= 0 and other not in before
        ]
        return any(n.level < old.level or (n.level == old.level and n.score > old.score + CONFIG.margin) for n in new)


@thorough
@given(towns())
def test_a_first_night_keeps_every_rule(town):
    rules = Rules(town, town.plan())
    rules.check()
    rules.check_order()


@thorough
@given(st.data())
def test_a_later_night_keeps_every_rule_and_says_why(data):
    town = data.draw(towns())
    first = town.plan()
    tomorrow = data.draw(next_days(town))
    recent = data.draw(st.lists(st.integers(0, 50), min_size=len(town.capacity), max_size=len(town.capacity)))
    second = tomorrow.plan(first.items, 2, recent)
    rules = Rules(tomorrow, second)
    rules.check()
    rules.check_departures(first.items)


def test_a_duplicate_that_stays_stands_where_its_own_score_puts_it():
    """On an earlier rung too: today its cluster has a better row, but the person keeps what he was told of."""
    had = {10: Pair(0, 440_000, 0), 0: Pair(0, 450_000, 0)}
    town = Town([had], [0], [0] * 8, [*range(8), 0, 0, 3], [0] * 8)
    tomorrow = replace(town, pairs=[{**had, 3: Pair(0, 450_001, 0), 1: Pair(1, 0, 0)}])
    Rules(tomorrow, tomorrow.plan(town.plan().items, 2)).check()


@thorough
@given(st.data())
def test_unchanged_facts_change_nothing(data):
    town = data.draw(towns())
    tomorrow = data.draw(next_days(town))
    done = tomorrow.plan(town.plan().items, 2)
    recent = data.draw(st.lists(st.integers(0, 50), min_size=len(town.capacity), max_size=len(town.capacity)))
    again = tomorrow.plan(done.items, data.draw(st.integers(3, 9)), recent)
    for name in ("row", "level", "score", "over"):
        assert (getattr(again.items, name) == getattr(done.items, name)).all()
    assert (again.kept == (done.items.row >= 0)).all()
    assert (again.left == -1).all()


@thorough
@given(st.data())
def test_it_does_not_matter_how_people_and_vacancies_lie(data):
    town = data.draw(towns())
    before, today = town.plan().items, data.draw(next_days(town))
    people = np.array(data.draw(st.permutations(range(len(town.pairs)))))
    moved = np.array(data.draw(st.permutations(range(len(town.cluster)))))  # old row -> new row
    back = np.argsort(moved)
    turned = replace(
        today,
        pairs=[{int(moved[row]): pair for row, pair in today.pairs[p].items()} for p in people],
        serving=[today.serving[p] for p in people],
        cluster=[today.cluster[row] for row in back],
    )
    plain, same = today.people(before, 2), today.plan(before, 2)
    held = turned.items(replace(before.of(people), row=np.where(before.row < 0, -1, moved[before.row])[people]))
    other = plan(turned.offers(), People(plain.serving[people], plain.rotation[people], held), turned.places(), CONFIG)
    assert (np.where(other.items.row < 0, -1, back[other.items.row]) == same.items.row[people]).all()
    assert (other.items.over == same.items.over[people]).all()
    assert (other.load == same.load[back]).all()
    assert (other.worth, other.bound) == (same.worth, same.bound)


@thorough
@given(st.data())
def test_employers_and_clusters_are_told_apart_and_never_compared(data):
    """Their numbers come in the order of pushes: the same vacancies pushed otherwise are given to the same people."""
    town = data.draw(towns())
    before, today = town.plan().items, data.draw(next_days(town))
    same, places = today.plan(before, 2), today.places()
    employers, clusters = (
        np.array(data.draw(st.permutations(range(-size, size))))[:size] for size in (9, 9)
    )  # fmt: skip
    renumbered = replace(places, employer=employers[places.employer], cluster=clusters[(places.cluster - 3) // 7])
    other = plan(today.offers(), today.people(before, 2), renumbered, CONFIG)
    for name in ("row", "level", "score", "over"):
        assert (getattr(other.items, name) == getattr(same.items, name)).all()
    assert (other.worth, other.bound) == (same.worth, same.bound)


@thorough
@given(towns(), towns())
def test_regions_apart_are_planned_as_one(one, two):
    rows, clusters, employers = len(one.cluster), len(one.capacity), max(one.employer) + 1
    both = Town(
        one.pairs + [{row + rows: pair for row, pair in own.items()} for own in two.pairs],
        one.serving + two.serving,
        one.capacity + two.capacity,
        one.cluster + [c + clusters for c in two.cluster],
        one.employer + [e + employers for e in two.employer],
    )
    whole = both.plan()
    parts = []
    for numbers in (np.arange(len(one.pairs)), np.arange(len(one.pairs), len(both.pairs))):
        parts.append((numbers, plan(both.offers().of(numbers), both.people().of(numbers), both.places(), CONFIG)))
    joined = together(len(both.pairs), parts)
    assert (joined.items.row == whole.items.row).all()
    assert (joined.items.over == whole.items.over).all()
    assert (joined.load == whole.load).all()


@thorough
@given(towns(), st.integers(1, 4), st.integers(1, 3))
def test_who_was_cut_short_is_asked_again_until_nothing_is_missed(town, longest, further):
    """The road of a night: best lists, then those with places left, then all."""
    people, places = town.people(), town.places()
    offers = town.offers(longest)
    done = plan(offers, people, places, CONFIG)
    everyone = np.arange(len(town.pairs))
    cut = done.reask
    opened = done.open(places)
    left = replace(town, pairs=[{r: pair for r, pair in own.items() if opened[r] > 0} for own in town.pairs])
    more = offers.of(cut).extended(left.offers(further).of(cut))
    # what is found among open places never makes a list whole
    more = replace(more, complete=np.zeros(len(cut), bool))
    offers = offers.replaced(cut, more)
    done = replan(done, everyone, offers, people, places, CONFIG)
    while len(done.reask):
        offers = offers.replaced(done.reask, town.offers().of(done.reask))
        done = replan(done, everyone, offers, people, places, CONFIG)
    rules = Rules(town, done)
    rules.check_capacity()
    for p in everyone:
        assert len(rules.held[p]) == min(3, len(rules.best(p)))


@thorough
@given(st.data())
def test_a_later_rung_is_opened_on_what_is_left(data):
    """Regions first; then those who are short, with the rung of other cities added to their lists."""
    town = data.draw(towns())
    home = replace(town, pairs=[{row: p for row, p in own.items() if p.level < 2} for own in town.pairs])
    people, places = town.people(), town.places()
    done = plan(home.offers(), people, places, CONFIG)
    short = np.flatnonzero((done.items.row < 0).any(axis=1))
    more = replan(done, short, town.offers().of(short), people, places, CONFIG)
    others = np.setdiff1d(np.arange(len(town.pairs)), short)
    assert (more.items.row[others] == done.items.row[others]).all()
    assert (more.load >= done.load).all()
    rules = Rules(town, more)
    rules.check_lists()
    rules.check_capacity()


def test_what_a_later_class_leaves_goes_to_the_first():
    """Someone moves from the only place of vacancy 0 to a new and much better one; hardship waits beyond capacity."""
    waiting = {0: Pair(0, 600_000, 1)}
    holding = {0: Pair(0, 500_000, 1), 1: Pair(0, 580_000, 2), 2: Pair(0, 590_000, 3)}
    yesterday = Town([{}, holding], [0, 2], [1, 5, 5, 5], list(range(4)), list(range(4)))
    before = yesterday.plan().items
    crowded = replace(yesterday, pairs=[waiting, holding]).plan(before, 2)
    assert crowded.items.over[0, 0]
    assert not crowded.items.over[1].any()
    today = replace(yesterday, pairs=[waiting, {**holding, 3: Pair(0, 600_000, 4)}])
    for held in (before, crowded.items):
        done = today.plan(held, 3)
        assert done.items.row[1].tolist() == [3, 2, 1]
        assert not done.items.over.any()


def test_a_place_that_comes_open_goes_to_who_has_the_item_beyond_capacity():
    lists = [{0: Pair(0, 500_000, 1)}, {0: Pair(0, 400_000, 1)}, {0: Pair(0, 900_000, 1)}]
    yesterday = Town([*lists[:2], {}], [2, 2, 0], [1], [0], [0])
    before = yesterday.plan().items
    assert before.over[:, 0].tolist() == [False, True, False]
    today = replace(yesterday, pairs=lists, capacity=[2])
    assert today.plan(before, 2).items.over[:, 0].tolist() == [False, False, True]


def test_an_item_that_is_no_longer_among_the_best_on_the_list_stays():
    pairs = [{row: Pair(0, 500_000 - row, row) for row in range(6)}]
    town = Town(pairs, [2], [5] * 6, list(range(6)), list(range(6)))
    before = town.plan().items
    climbed = replace(town, pairs=[{row: Pair(0, 500_000 - (row < 3) * 30_000 - row, row) for row in range(6)}])
    done = plan(climbed.offers(3), climbed.people(before, 2), climbed.places(), CONFIG)
    assert sorted(done.items.row[0].tolist()) == [0, 1, 2]
    assert len(done.reask) == 0
    short = plan(climbed.offers(1), climbed.people(before, 2), climbed.places(), CONFIG)
    assert (short.items.row[0] >= 0).sum() == 3
    assert set(short.items.row[0].tolist()) == {0, 1, 2}


def worth(town: Town, done: Plan) -> int:
    """Scores and bonuses within capacity."""
    inside = (done.items.row >= 0) & ~done.items.over
    return int((done.items.score[inside] + CONFIG.bonus).sum())


def best_worth(town: Town) -> float:
    """The most there is, by linear programming: at most three a person, one a cluster, one an employer."""
    rules = Rules(town, town.plan())
    edges = [(p, c, pair.score) for p in rules.people for c, pair in rules.best(p).items()]
    bounds: dict[Any, list[int]] = {}
    for number, (p, c, _) in enumerate(edges):
        for key in (("person", p), ("cluster", c), ("employer", p, town.employer[c])):
            bounds.setdefault(key, []).append(number)
    limits = [{"person": 3, "employer": 1}.get(key[0]) or town.capacity[key[1]] for key in bounds]
    limits = [
        town.capacity[key[1]] if key[0] == "cluster" else limit for key, limit in zip(bounds, limits, strict=True)
    ]
    at = [(line, number) for line, numbers in enumerate(bounds.values()) for number in numbers]
    lines, columns = zip(*at, strict=True)
    matrix = coo_matrix((np.ones(len(at)), (lines, columns)), shape=(len(bounds), len(edges)))
    gain = [-(score + CONFIG.bonus) for *_, score in edges]
    return -float(linprog(gain, A_ub=matrix.tocsr(), b_ub=limits, bounds=(0, 1)).fun)


def crowd(people: int, vacancies: int, longest: int, classes: int = 1, seed: int = 7) -> Town:
    """A market of one rung and distinct employers where a few vacancies suit nearly everybody."""
    random = np.random.default_rng(seed)
    charm = random.normal(0, 120_000, vacancies)
    pairs = []
    for _ in range(people):
        rows = random.choice(vacancies, min(vacancies, 3 * longest), replace=False)
        scores = np.clip(500_000 + charm[rows] + random.normal(0, 80_000, len(rows)), 0, 1_000_000).astype(int)
        best = np.argsort(-scores)[:longest]
        pairs.append({int(rows[n]): Pair(0, int(scores[n]), int(n)) for n in best})
    capacity = random.integers(1, 2 + 3 * people // vacancies, vacancies).tolist()
    serving = random.integers(0, classes, people).tolist()
    return Town(pairs, serving, capacity, list(range(vacancies)), list(range(vacancies)))


def test_the_auction_is_near_the_best_there_is():
    town = crowd(400, 120, 20)
    done = town.plan()
    best = best_worth(town)
    assert done.worth == worth(town, done)
    assert done.worth <= best + 1 <= done.bound + 2
    assert done.worth >= 0.998 * best


@thorough
@given(towns(classes=1))
def test_the_bound_bounds_and_is_near(town):
    done = town.plan()
    assert done.worth <= done.bound <= done.worth + 3 * len(town.pairs) * BID_STEP


def test_a_hundredth_of_change_moves_only_what_must():
    town = crowd(2_000, 300, 30, classes=3)
    first = town.plan()
    random = np.random.default_rng(1)
    closed = set(random.choice(300, 3, replace=False).tolist())
    today = replace(town, pairs=[{row: p for row, p in own.items() if row not in closed} for own in town.pairs])
    second = today.plan(first.items, 2, remembered(np.zeros(300, np.int64), first.load).tolist())
    rules = Rules(today, second)
    rules.check_departures(first.items)
    gone = np.isin(first.items.row, list(closed))
    moved = (second.left >= 0) & ~gone
    better = second.left == LEFT_BECAUSE.index(LeftBecause.BETTER)
    assert gone.sum() > 0
    assert (moved <= (better | first.items.over)).all()
    assert moved.sum() < gone.sum()


def test_recent_load_sends_newcomers_elsewhere_where_it_costs_little():
    pairs = [{0: Pair(0, 500_000, 1), 1: Pair(0, 490_000, 2), 2: Pair(0, 800_000, 3), 3: Pair(0, 800_000, 4)}]
    town = Town(pairs, [2], [20] * 4, [0, 1, 2, 3], [0, 1, 2, 3])
    assert 0 in town.plan().items.row
    assert 1 in town.plan(recent=[40, 0, 0, 0]).items.row


def test_hardship_is_served_first_and_rotation_turns():
    pairs = [{0: Pair(0, 500_000, 1)} for _ in range(6)]
    town = Town(pairs, [2, 2, 2, 2, 0, 1], [2], [0], [0])
    assert (~town.plan().items.over[:, 0]).nonzero()[0].tolist() == [4, 5]
    evenly = replace(town, serving=[2] * 6)
    first = {tuple((~evenly.plan(night=n).items.over[:, 0]).nonzero()[0].tolist()) for n in range(30)}
    assert len(first) > 5


def test_who_is_beyond_capacity_gets_the_least_loaded():
    pairs = [{row: Pair(0, 900_000 - row, row) for row in range(5)} for _ in range(8)]
    done = Town(pairs, [2] * 8, [1, 4, 4, 2, 2], list(range(5)), list(range(5))).plan()
    assert (done.items.row >= 0).all()
    loads, capacity = done.load, np.array([1, 4, 4, 2, 2])
    assert loads.sum() == 24
    assert max(loads / capacity) <= 2


@pytest.mark.parametrize("people", [0, 2])
def test_a_town_without_vacancies(people):
    town = Town([{}] * people, [2] * people, [], [], [])
    done = town.plan()
    assert (done.items.row == -1).all()
    assert len(done.reask) == 0
    assert report(done, town.people(), town.places()).short == (0, 0, people)


def test_the_report():
    town = crowd(60, 20, 6, classes=3)
    done = town.plan()
    figures = report(done, town.people(), town.places())
    assert sum(figures.people) == 60
    assert sum(figures.over) == done.items.over.sum()
    assert sum(figures.short) == 0
    assert figures.fullest == pytest.approx(max(done.load / np.array(town.capacity)))
    assert 0 < figures.coverage <= 1
    assert 0 <= figures.gini < 1


@pytest.mark.parametrize("table", [{"margin": 19}, {"offers_per_opening": 0}, {"bonus": 0}])
def test_senseless_policy_is_refused(table):
    shipped = read_configuration()
    tables = {**shipped.tables, "plan": {**shipped.tables["plan"], **table}}
    with pytest.raises(ZhipeiError):
        engine_config(Configuration("x", tables))


def test_the_shipped_policy():
    assert engine_config(read_configuration()).plan == CONFIG
