"""The engine against the rules written out once more: same admissions, same levels, no needless certificate."""

import numpy as np
import pytest
from brute_force import BruteForce, Found
from factories import HOME, NOW, TODAY
from hypothesis import HealthCheck, given, settings
from markets import people, vacancies

from matching.config import NEVER, engine_config
from matching.eligibility import Limits
from matching.index import build_index
from matching.meaning import Meaning
from matching.plain import Block
from matching.ranking import MINIMUM
from matching.recommend import recommend
from matching.seekers import Seekers, profiles
from models.configuration import read_configuration

CONFIG = engine_config(read_configuration())
# Fixed point rounds a share of the wish by up to 32 halves of 1/16384: near a threshold either side is right.
NEAR = 0.002
THRESHOLDS = tuple(CONFIG.floor / 10_000 * share for share in (0.5, 1, 1.5))  # half, whole, of another trade

thorough = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def sure(found: Found) -> bool:
    return all(abs(found.evidence - threshold) > NEAR for threshold in THRESHOLDS)


@thorough
@given(vacancies(), people())
def test_every_pair_is_admitted_on_the_same_rung(market, persons):
    index = build_index(market, 0, CONFIG)
    brute = BruteForce(market, CONFIG, NOW, HOME)
    batch = profiles(persons, TODAY, HOME)
    block = Block(Limits(Seekers.of(batch), index, CONFIG, NOW), index.market(None))
    for number, person in enumerate(persons):
        expected = {found.vacancy.id: found for found in brute.admitted(person)}
        evidence = brute._evidence(person)
        for row, vacancy in enumerate(market):
            if any(abs(evidence.get(row, 0.0) - t) <= NEAR for t in THRESHOLDS):
                continue
            level = int(block.level[number, index.row_of(vacancy.id)])
            want = expected[vacancy.id].level if vacancy.id in expected else NEVER
            assert min(level, NEVER) == want, (person.external_id, vacancy.external_id)


@thorough
@given(vacancies(), people())
def test_every_score_is_the_weighted_sum_of_its_parts(market, persons):
    index = build_index(market, 0, CONFIG)
    brute = BruteForce(market, CONFIG, NOW, HOME)
    block = Block(Limits(Seekers.of(profiles(persons, TODAY, HOME)), index, CONFIG, NOW), index.market(None))
    for number, person in enumerate(persons):
        evidence = brute._evidence(person)
        for row, vacancy in enumerate(market):
            expected = brute.score(person, vacancy, evidence.get(row, 0.0))
            assert int(block.score[number, index.row_of(vacancy.id)]) / 1_000_000 == pytest.approx(expected, abs=0.003)


@thorough
@given(vacancies(), people())
def test_everyone_with_three_admitted_gets_three_and_others_a_certificate(market, persons):
    index = build_index(market, 0, CONFIG)
    brute = BruteForce(market, CONFIG, NOW, HOME)
    outcomes = recommend(profiles(persons, TODAY, HOME), index, CONFIG, NOW)
    for person, outcome in zip(persons, outcomes, strict=True):
        admitted = brute.admitted(person)
        clusters = {found.vacancy.cluster for found in admitted if sure(found)}
        possible = {found.vacancy.cluster for found in admitted} | {
            v.cluster for row, v in enumerate(market) if row in brute._evidence(person)
        }
        assert (outcome.certificate is None) == (len(outcome.items) >= MINIMUM)
        if len(clusters) >= MINIMUM:
            assert outcome.certificate is None
        if len(possible) < MINIMUM:
            assert outcome.certificate is not None
        rows = [item.row for item in outcome.items]
        assert len({index.facts.cluster[row] for row in rows}) == len(rows)
        order = [(CONFIG.ladder.index(item.rung), -item.score) for item in outcome.items]
        assert order == sorted(order)


@thorough
@given(vacancies(), people())
def test_a_batch_gives_each_person_what_a_request_alone_gives(market, persons):
    index = build_index(market, 0, CONFIG)
    batch = profiles(persons, TODAY, HOME)
    together = recommend(batch, index, CONFIG, NOW)
    assert together == [recommend([profile], index, CONFIG, NOW)[0] for profile in batch]


@thorough
@given(vacancies(), vacancies(), people())
def test_an_updated_index_admits_what_a_new_one_admits(before, after, persons):
    """Statistics of terms stay as fitted, so scores may differ; facts and limits may not."""
    index = build_index(before, 1, CONFIG).updated(after, [v.id for v in before if v.id > len(after)], 2, CONFIG)
    fresh = build_index(after, 2, CONFIG)
    order, rows = (one.living[np.argsort(one.facts.id[one.living])] for one in (index, fresh))
    assert index.facts.id[order].tolist() == fresh.facts.id[rows].tolist()
    batch = Seekers.of(profiles(persons, TODAY, HOME))
    zero = np.zeros((len(persons), len(after)), np.int64)
    column = np.arange(len(persons))[:, None]
    one = Limits(batch, index, CONFIG, NOW).levels(column, order[None, :], zero)
    other = Limits(batch, fresh, CONFIG, NOW).levels(column, rows[None, :], zero)
    for constraint in one:
        left, right = (np.broadcast_to(levels[constraint], zero.shape) for levels in (one, other))
        np.testing.assert_array_equal(left, right, err_msg=constraint)


def test_a_snapshot_reads_back_as_it_was_written(tmp_path):
    from factories import vacancy

    from matching.index import Index

    index = build_index([vacancy("叉车司机", skills=["仓储"]), vacancy("保洁员", certificates=["健康证"])], 7, CONFIG)
    index.save(tmp_path / "index")
    again = Index.load(tmp_path / "index", Meaning.none())
    assert (again.watermark, again.places, again.licences) == (7, index.places, index.licences)
    assert (again.terms != index.terms).nnz == 0
    assert again.vocabulary.terms == index.vocabulary.terms
    for name in index.facts.__slots__:
        np.testing.assert_array_equal(getattr(again.facts, name), getattr(index.facts, name))


def test_a_broken_snapshot_is_refused_clearly(tmp_path):
    from matching.index import Index
    from models.errors import ZhipeiError

    (tmp_path / "index").write_bytes(b"not an index")
    with pytest.raises(ZhipeiError):
        Index.load(tmp_path / "index", Meaning.none())
