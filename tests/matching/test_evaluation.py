"""Figures of a judged set worked out by hand; intervals; groups; confidence words; peers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.config import PARTS, engine_config
from matching.evaluation import (
    FIGURES,
    Judgement,
    Rate,
    ablations,
    calibration,
    gini,
    groups,
    judge,
    paired,
)
from matching.peers import PEERS, similarities
from models.configuration import read_configuration
from models.enums import Confidence

CONFIG = engine_config(read_configuration())

GRADES = {"p1": {"a": 3, "b": 1}, "p2": {"c": 3, "d": 3, "e": 1}, "p3": {}}


def judgement(*rows):
    return Judgement(np.array(rows, float), np.full(len(rows), 10))


def test_figures_by_hand():
    found = judge({"p1": ["b", "a", "x"], "p2": ["c", "d", "e"], "p3": ["a"]}, GRADES)
    # p1: gains 1, 7, 0 at places 1, 2, 3 against 7, 1; p2 is perfect; p3 can gain nothing.
    first = (1 + 7 / math.log2(3)) / (7 + 1 / math.log2(3))
    assert found.figures.tolist() == [pytest.approx([first, 1 / 3, 0]), pytest.approx([1, 2 / 3, 1]), [0, 0, 0]]
    whole = found.quality()
    assert (whole.n, whole.fewer_than_3) == (3, 1)
    assert (whole.ndcg10, whole.p3, whole.all3) == (round((first + 1) / 3, 4), 0.3333, 0.3333)
    assert found.take([1]).quality().as_dict() == {"n": 1, "ndcg10": 1, "p3": 0.6667, "all3": 1, "fewer_than_3": 0}


def test_places_after_the_tenth_gain_nothing():
    assert judge({"p1": [*"qrstuvwxyz", "a"]}, GRADES).quality().ndcg10 == 0


def test_a_short_list_is_never_all_three():
    assert judge({"p2": ["c", "d"]}, GRADES).quality().all3 == 0


def test_nobody_has_figures_of_zero():
    assert judge({}, {}).quality().as_dict() == {"n": 0, "ndcg10": 0, "p3": 0, "all3": 0, "fewer_than_3": 0}


def test_a_difference_and_its_interval():
    rng = np.random.default_rng(1)
    theirs = rng.random((400, len(FIGURES)))
    gain = rng.normal((0.05, 0.0, -0.05), 0.2, theirs.shape)
    found = paired(Judgement(theirs + gain, np.full(400, 10)), Judgement(theirs, np.full(400, 10)))
    for column, figure in enumerate(FIGURES):
        mean, error = gain[:, column].mean(), gain[:, column].std() / 20
        assert found[figure].mean == pytest.approx(mean, abs=1e-4)
        # where so many people are averaged the bootstrap agrees with the normal interval
        assert found[figure].low == pytest.approx(mean - 1.96 * error, abs=0.1 * error)
        assert found[figure].high == pytest.approx(mean + 1.96 * error, abs=0.1 * error)
    assert [found[figure].significant for figure in FIGURES] == [True, False, True]


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    held, zero = 0, judgement(*[[0, 0, 0]] * 60)
    for _ in range(20):
        found = paired(Judgement(rng.normal(0.1, 0.3, (60, 3)), np.full(60, 10)), zero)
        held += sum(each.low <= 0.1 <= each.high for each in found.values())
    assert 52 <= held <= 60  # of 60; 57 expected


def test_the_interval_is_the_same_every_time_and_turns_with_the_sides():
    ours, theirs = judgement([0.5, 1, 1], [0.2, 0, 0], [0.9, 1, 0]), judgement([0.4, 1, 0], [0.3, 0, 1], [0.1, 0, 0])
    found, turned = paired(ours, theirs), paired(theirs, ours)
    assert found == paired(ours, theirs)
    for figure in FIGURES:
        assert (-turned[figure].mean, -turned[figure].high) == pytest.approx((found[figure].mean, found[figure].low))


def test_no_difference_is_none():
    ours = judgement([0.5, 1, 1], [0.2, 0, 0])
    assert all((d.mean, d.low, d.high, d.significant) == (0, 0, 0, False) for d in paired(ours, ours).values())


def test_people_who_share_a_wish_or_a_vacancy_are_one_group():
    wishes = {"p1": "叉车司机", "p2": "叉车工", "p3": "叉车工", "p4": "保洁", "p5": "ＣＮＣ", "p6": "cnc"}
    grades = {
        "p1": {"a": 3, "b": 1},
        "p2": {"b": 1, "z": 0},
        "p3": {"c": 3},
        "p4": {"z": 3},  # z is nothing for p2: not shared
    }
    assert groups(wishes, grades) == {"叉车工": [0, 1, 2], "保洁": [3], "cnc": [4, 5]}


@given(
    st.dictionaries(
        st.sampled_from("pqrstu"),
        st.tuples(
            st.sampled_from(("电工", "焊工", "钳工")), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3))
        ),
        min_size=1,
    )
)
def test_everyone_is_in_one_group_and_groups_share_nothing(people):
    wishes, grades = {p: wish for p, (wish, _) in people.items()}, {p: graded for p, (_, graded) in people.items()}
    found = groups(wishes, grades)
    assert sorted(number for members in found.values() for number in members) == list(range(len(people)))
    names = list(wishes)
    owned = [
        {("wish", wishes[names[n]]) for n in members}
        | {("vacancy", v) for n in members for v, grade in grades[names[n]].items() if grade >= 1}
        for members in found.values()
    ]
    assert sum(map(len, owned)) == len(set().union(*owned))


def test_what_the_words_are_worth():
    high, medium = Confidence.HIGH, Confidence.MEDIUM
    found = {line.word: line for line in calibration([high, high, high, high, medium], [3, 3, 1, 0, 0])}
    assert [found[word].items for word in Confidence] == [4, 1, 0]
    assert (found[high].acceptable.share, found[high].good.share) == (0.75, 0.5)
    assert found[medium].acceptable.share == 0
    assert found[Confidence.LOW].good == Rate(None, 0, 1)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_intervals(hits, n, low, high):
    assert Rate.of(hits, n) == Rate(hits / n, low, high)


def test_each_text_part_is_left_out_once_and_nothing_else_changes():
    found = ablations(CONFIG)
    shares = [name for name in found if name.endswith("_share")]
    assert set(shares) >= {"characters_share", "words_share"}
    assert "intention" in found
    assert not set(found) & {"distance", "pay", "fit", "freshness"}
    for name in shares:
        left = {other: getattr(found[name], other) for other in shares}
        assert left.pop(name) == 0
        assert sum(left.values()) == pytest.approx(1)
        assert found[name].weights == CONFIG.weights
    for part in set(found) - set(shares):
        number = PARTS.index(part)
        assert found[part].weights[number] == 0
        assert [w for n, w in enumerate(found[part].weights) if n != number] == [
            w for n, w in enumerate(CONFIG.weights) if n != number
        ]
        assert all(getattr(found[part], share) == getattr(CONFIG, share) for share in shares)
    assert len({each.identity for each in found.values()} | {CONFIG.identity}) == len(found) + 1


TITLES = ["叉车司机", "叉车工（夜班）", "保洁员", "C++开发工程师", "仓库叉车 司机"]
TEXTS = ["叉车司机 叉车 搬运货物", "叉车工（夜班） 装卸", "保洁员 打扫卫生", "C++开发工程师 后台", "仓库叉车 司机 入库"]
WISHES = ["叉车司机", "c++ 程序员", "打扫卫生", "龘"]


def test_peers_find_what_shares_letters_or_words():
    found = dict(similarities(TITLES, TEXTS, WISHES))
    assert tuple(found) == PEERS
    for scores in found.values():
        assert scores.shape == (len(WISHES), len(TITLES))
        assert scores[0].argmax() == 0
        assert not scores[3].any()
    # the cleaner is found by the text: the titles share no letter with the wish
    assert found["bm25_words"][2].argmax() == found["tfidf_words"][2].argmax() == 2
    assert not found["bm25_characters"][2].any()


def test_bm25_by_hand():
    scores = dict(similarities(["甲乙", "甲甲丙丁"], ["", "x"], ["甲"]))["bm25_characters"]
    # 甲 is in both titles: idf = ln(1 + .5 / 2.5); 3 and 9 n-grams, 6 on average.
    idf, (short, long) = math.log(1.2), ((1 - 0.75 + 0.75 * n / 6) * 1.5 for n in (3, 9))
    assert scores[0].tolist() == pytest.approx([idf * 2.5 / (1 + short), idf * 2 * 2.5 / (2 + long)])


def test_the_load_of_vacancies():
    assert gini(np.array([5, 5, 5])) == 0
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(0.75)
    assert gini(np.array([], int)) == 0
