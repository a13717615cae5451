"""Weights on trial rank as the product would; a fit moves only where it pays, within its caps, and unseen by its test."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from documents import said
from factories import HOME, NOW, TODAY, seeker, vacancy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import people, vacancies

from matching.config import engine_config
from matching.evaluation import FIGURES, Judgement
from matching.fitting import CAP, FOLDS, LEAST_GAIN, Bench, Weights, fit, folds, holds, search
from matching.index import build_index
from matching.meaning import Meaning
from matching.plain import by_score
from matching.seekers import profiles
from models.configuration import Configuration, read_configuration
from models.errors import ZhipeiError
from models.trades import trades

SHIPPED = read_configuration()
CONFIG = engine_config(SHIPPED)
PRESENT = Weights((10, 5, 6), (42, 24, 4))
OTHERS = [Weights.of(SHIPPED), Weights((6, 3, 12), (21, 41, 8)), Weights((13, 3, 5), (58, 12, 0))]


# ---------------------------------------------------------------- trials
def product_lists(batch, index, weights, k):
    """What the product lists under a configuration with these weights."""
    found = by_score(batch, index, engine_config(weights.within(SHIPPED)), NOW, k)
    return [[item.row for item in ranked] for ranked in found]


def same_lists(market, persons, meaning=None):
    index, batch = build_index(market, 0, CONFIG, meaning), profiles(persons, TODAY, HOME)
    bench = Bench(batch, index, SHIPPED, NOW, lambda rows: None)
    for weights in OTHERS:
        assert bench.lists(weights, 5) == product_lists(batch, index, weights, 5)
    return bench


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(vacancies(), people())
def test_a_trial_lists_what_the_product_lists_whoever_asks(market, persons):
    same_lists(market, persons)


def test_a_trial_lists_what_the_product_lists_with_meanings_and_trades():
    known = list(trades().values())[::3]
    places = ("500103", "500106", "510100")
    market = [
        vacancy(f"{trade.name}{mark}", skills=list(trade.skills), district=places[number % 3], description=trade.name)
        for number, (trade, mark) in enumerate(product(known, ("", "（夜班）")))
    ]
    meaning = Meaning.fit([said(each) for each in market], CONFIG.seed)
    assert meaning.identity
    persons = [seeker(*known[n].aliases[:2], known[n].name, districts=[places[n % 2]]) for n in range(0, len(known), 5)]
    bench = same_lists(market, persons, meaning)
    lists = [bench.lists(weights) for weights in OTHERS]
    assert all(a != b for a, b in pairwise(lists))  # the weights matter here


# ---------------------------------------------------------------- weights
def test_weights_are_read_and_written_as_the_configuration_names_them():
    weights = Weights.of(SHIPPED)
    again = engine_config(weights.within(SHIPPED))
    assert replace(again, identity=CONFIG.identity) == CONFIG
    tables = Weights((1, 2, 3), (40, 25, 5)).within(SHIPPED).tables
    assert {name: tables["evidence"][name] for name in ("characters", "words", "trades")} == {
        "characters": 1, "words": 2, "trades": 3,
    }  # fmt: skip
    assert tables["evidence"]["floor"] == SHIPPED.tables["evidence"]["floor"]
    assert {**tables["weights"], "intention": 0, "meaning": 0, "level": 0} == {
        **SHIPPED.tables["weights"], "intention": 0, "meaning": 0, "level": 0,
    }  # fmt: skip


def test_fractions_have_no_points_to_move():
    evidence = {**SHIPPED.tables["evidence"], "words": 0.25}
    with pytest.raises(ZhipeiError) as refused:
        Weights.of(Configuration("x", {**SHIPPED.tables, "evidence": evidence}))
    assert "整数" in refused.value.detail


few = st.integers(0, 40)


@given(st.builds(Weights, st.tuples(few, few, few), st.tuples(few, few, few)), st.data())
def test_moves_keep_the_sums_and_the_caps(present, data):
    here = present
    for _ in range(3):
        moves = list(here.moves(present))
        assert here not in moves
        for each in moves:
            for new, old in zip((*each.evidence, *each.score), (*present.evidence, *present.score), strict=True):
                assert old / CAP <= new <= old * CAP
            assert (sum(each.evidence), sum(each.score)) == (sum(present.evidence), sum(present.score))
            assert each.evidence == here.evidence or each.score == here.score
        if not moves:
            break
        here = data.draw(st.sampled_from(moves))


# ---------------------------------------------------------------- search
class Landscape:
    """A set whose nDCG is written down: a function of the weights for each person."""

    def __init__(self, *heights):
        self.heights = heights

    def __len__(self):
        return len(self.heights)

    def judgement(self, weights):
        figures = [[height(weights), 0, 0] for height in self.heights]
        return Judgement(np.array(figures, float), np.full(len(figures), 10))


def flat(weights):
    return 0.5


def step(gain):
    """Better by a share once any point moves from words to characters."""
    return lambda weights: 0.5 * (1 + gain * (weights.evidence[0] > PRESENT.evidence[0]))


def slope(weights):
    """The more characters the better."""
    return 0.5 + weights.evidence[0] / 100


def test_what_gains_nothing_or_too_little_stays():
    assert search({"a": Landscape(flat, flat)}, PRESENT) == PRESENT
    assert search({"a": Landscape(step(LEAST_GAIN * 0.9))}, PRESENT) == PRESENT
    assert search({"a": Landscape(step(-0.1))}, PRESENT) == PRESENT


def test_what_pays_is_taken_by_the_least_move():
    found = search({"a": Landscape(step(LEAST_GAIN * 1.1))}, PRESENT)
    assert (found.score, sum(found.evidence)) == (PRESENT.score, sum(PRESENT.evidence))
    assert found.evidence[0] == PRESENT.evidence[0] + 1


def test_the_climb_ends_at_the_cap():
    found = search({"a": Landscape(slope)}, PRESENT)
    assert found.evidence == (15, 3, 3)  # words and trades give half and no more
    assert found.score == PRESENT.score


def test_sets_count_alike_whatever_their_size_and_their_level():
    large, small = Landscape(*[step(-0.01)] * 100), Landscape(lambda weights: step(0.03)(weights) / 10)
    assert search({"large": large}, PRESENT) == search({"large": large, "flat": Landscape(flat)}, PRESENT) == PRESENT
    assert search({"large": large, "small": small}, PRESENT) != PRESENT


def test_who_is_left_out_has_no_say():
    benches = {"a": Landscape(step(0.5), flat, flat), "b": Landscape(flat)}
    assert search(benches, PRESENT) != PRESENT
    assert search(benches, PRESENT, {("a", 0)}) == PRESENT
    assert search(benches, PRESENT, {("b", 0)}) != PRESENT
    assert search(benches, PRESENT, {("a", 0), ("a", 1), ("a", 2)}) == PRESENT


# ---------------------------------------------------------------- cross-validation
@given(st.lists(st.integers(1, 9), max_size=30))
def test_a_fold_holds_whole_groups_and_folds_are_about_alike(sizes):
    people = [("a", number) for number in range(sum(sizes))]
    ends = np.cumsum([0, *sizes])
    groups = [people[start:end] for start, end in pairwise(ends)]
    found = folds(groups)
    assert len(found) == FOLDS
    assert Counter(person for part in found for person in part) == Counter(people)
    assert all(sum(set(group) <= part for part in found) == 1 for group in groups)
    assert max(map(len, found)) - min(map(len, found)) <= max(sizes, default=0)
    assert found == folds(groups)


def crossed(*heights):
    """A fit on a set where everybody is a group of one, and five of them: a fold each."""
    heard = []
    benches = {"a": Landscape(*heights), "b": Landscape(flat)}
    groups = [[("a", number)] for number in range(len(heights))] + [[("b", 0)]]
    found = fit(benches, PRESENT, groups, lambda: heard.append(1))
    assert len(heard) == FOLDS + 1 + len(benches)
    return benches, found


def test_everybody_is_judged_by_weights_that_never_saw_the_group():
    benches, found = crossed(step(0.5), *[step(-0.02)] * 3)
    assert found.whole.evidence[0] > PRESENT.evidence[0]  # one person's great gain carries the fit ...
    figures = found.crossed["a"].figures[:, FIGURES.index("ndcg10")]
    assert figures.tolist() == pytest.approx([0.5, 0.49, 0.49, 0.49])  # ... but never that person's own figure
    assert found.folds.count(PRESENT) == 1
    assert not holds(benches, found)
    assert found.alone["b"] == PRESENT
    assert benches["a"].judgement(found.alone["a"]).figures[0, 0] == pytest.approx(0.75)


def test_what_serves_every_group_holds():
    benches, found = crossed(*[step(0.1)] * 4)
    assert found.crossed["a"].figures[:, 0].tolist() == pytest.approx([0.55] * 4)
    assert found.crossed["a"].shown.tolist() == [10] * 4
    assert holds(benches, found)


def test_a_gain_that_costs_another_set_does_not_hold():
    benches = {"a": Landscape(*[step(0.2)] * 4), "b": Landscape(*[step(-0.05)] * 4)}
    found = fit(benches, PRESENT, [[(name, n)] for n in range(4) for name in "ab"], lambda: None)
    assert found.whole != PRESENT
    assert not holds(benches, found)


def test_no_change_is_nothing_that_holds():
    benches, found = crossed(*[flat] * 4)
    assert found.whole == PRESENT
    assert not holds(benches, found)
