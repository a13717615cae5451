"""The list of one person: rungs in order, varied employers, one of a cluster, ties keyed by person."""

import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy

from matching.config import engine_config
from matching.index import build_index
from matching.recommend import recommend
from matching.seekers import profiles
from models.configuration import read_configuration
from models.enums import Constraint, Mark, Rung

CONFIG = engine_config(read_configuration())


def outcome(market, person, k=3):
    index = build_index(market, 0, CONFIG)
    found = recommend(profiles([person], TODAY, HOME), index, CONFIG, NOW, k)[0]
    return found, [int(index.facts.id[item.row]) for item in found.items]


def others(count=20, start=900):
    """Vacancies of another trade elsewhere, so that words have statistics."""
    return [vacancy("美发师", id=start + n, district="500101", employer_id=start + n) for n in range(count)]


def test_the_first_three_are_exact_when_three_are():
    market = [vacancy(id=n) for n in range(1, 5)] + [vacancy("叉车工", id=9, district="500106")] + others()
    found, ids = outcome(market, seeker("叉车司机"))
    assert set(ids) <= {1, 2, 3, 4}
    assert [item.rung for item in found.items] == [Rung.EXACT] * 3


def test_a_later_rung_opens_only_for_who_is_short():
    market = [
        vacancy(id=1),
        vacancy(id=2, district="500106"),
        vacancy(id=3, district="500116"),
        vacancy(id=4, district="500102"),
    ]
    found, ids = outcome(market + others(), seeker("叉车司机"))
    assert ids[0] == 1
    assert [item.rung for item in found.items] == [Rung.EXACT, Rung.ADJACENT_DISTRICT, Rung.WHOLE_CITY]


def test_employers_vary_while_the_rung_offers_choice():
    market = [vacancy(id=n, employer_id=7, cluster=n) for n in range(1, 6)] + [vacancy("叉车工", id=8, employer_id=8)]
    found, ids = outcome(market + others(), seeker("叉车司机"))
    assert 8 in ids
    assert sum(Mark.SAME_EMPLOYER in item.marks for item in found.items) == 1


def test_variety_never_opens_a_rung():
    market = [vacancy(id=n, employer_id=7) for n in range(1, 4)] + [vacancy(id=9, district="500106")]
    _, ids = outcome(market + others(), seeker("叉车司机"))
    assert set(ids) == {1, 2, 3}


def test_a_long_run_of_one_employer_does_not_hide_the_next():
    market = [vacancy(id=n, employer_id=7) for n in range(1, 200)] + [
        vacancy("叉车司机（夜班）", id=500, employer_id=8)
    ]
    _, ids = outcome(market + others(), seeker("叉车司机"))
    assert 500 in ids


def test_one_of_a_cluster():
    market = [vacancy(id=n, cluster=1) for n in range(1, 5)] + [vacancy(id=9), vacancy(id=10)]
    _, ids = outcome(market + others(), seeker("叉车司机"))
    assert len([n for n in ids if n < 5]) == 1


def test_equal_vacancies_are_ordered_differently_for_different_people():
    market = [vacancy(id=n) for n in range(1, 13)]
    lists = {tuple(outcome(market + others(), seeker("叉车司机", external_id=f"P{n}"))[1]) for n in range(12)}
    assert len(lists) > 6


def test_the_order_of_loading_changes_nothing():
    market = [vacancy(id=n) for n in range(1, 13)] + others()
    person = seeker("叉车司机")
    assert outcome(market, person)[1] == outcome(market[::-1], person)[1]


def test_k_above_three_shows_more_of_the_open_rungs_only():
    market = [vacancy(id=n) for n in range(1, 6)] + [vacancy(id=9, district="500106")]
    _, ids = outcome(market + others(), seeker("叉车司机"), k=10)
    assert set(ids) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("given", "constraint", "value"),
    [
        ({"pay_floor": 9000}, Constraint.PAY, str(7000 * 100 // 90)),
        ({"pay_floor": 9000, "fixed": ["pay"]}, Constraint.PAY, "7000"),
        ({"districts": ["500229"], "fixed": ["place"]}, Constraint.PLACE, "500103"),
        ({"districts": ["510104"]}, Constraint.CONSENT, "other_city"),
        ({"kinds": ["INTERNSHIP"]}, Constraint.KIND, "REGULAR"),
        ({"education": 0}, Constraint.EDUCATION, "3"),
        ({"shift_limits": ["night"]}, Constraint.SHIFT, "night"),
        ({"certificates": []}, Constraint.CERTIFICATE, "叉车证"),
    ],
)
def test_the_certificate_names_the_smallest_change(given, constraint, value):
    demands = {
        Constraint.EDUCATION: {"education": 3},
        Constraint.SHIFT: {"shift": "night", "night": True},
        Constraint.CERTIFICATE: {"certificates": ["叉车证"]},
    }
    market = [vacancy(id=n, **demands.get(constraint, {})) for n in range(1, 5)] + others()
    found, _ = outcome(market, seeker("叉车司机", **given))
    assert found.certificate is not None
    assert found.certificate.held_back[constraint] == 4
    assert (found.certificate.change.constraint, found.certificate.change.value) == (constraint, value)
    assert found.certificate.change.opens == 4


@pytest.mark.parametrize(
    ("demands", "wants", "change"),
    [
        (["night"] * 3 + ["two_shift"] * 4, {"shift_limits": ["night", "two_shift"]}, ("two_shift", 4)),
        (["night"] * 3 + ["two_shift, night"] * 4, {"shift_limits": ["night", "two_shift"]}, ("night", 3)),
        (["two_shift, night"] * 4, {"shift_limits": ["night", "two_shift"]}, None),
        ([["叉车证"]] * 3 + [["电工证", "健康证"]] * 4, {}, ("电工证", 4)),  # 健康证 is to be had within days
        ([["叉车证"]] * 3 + [["电工证", "叉车证"]] * 4, {}, ("叉车证", 3)),
        ([["叉车证"]] * 2 + [["电工证", "叉车证"]] * 4, {"certificates": ["叉车证"]}, ("电工证", 4)),
        ([["电工证", "叉车证"]] * 4, {}, None),
    ],
)
def test_a_vacancy_that_needs_two_changes_counts_for_neither(demands, wants, change):
    def asked(demand):
        if isinstance(demand, list):
            return {"certificates": demand}
        return {"shift": demand.split(",")[0], "night": "night" in demand}

    market = [vacancy(id=n, **asked(demand)) for n, demand in enumerate(demands, 1)]
    found, _ = outcome(market, seeker("叉车司机", **wants))
    told = found.certificate and found.certificate.change
    assert (told and (told.value, told.opens)) == change


def test_the_change_of_a_certificate_really_gives_three():
    market = [vacancy(id=n, pay_max=4000 + 100 * n, pay_min=4000) for n in range(1, 5)] + others()
    person = seeker("叉车司机", pay_floor=9000)
    found, _ = outcome(market, person)
    eased = seeker(
        "叉车司机", pay_floor=int(found.certificate.change.value), id=person.id, external_id=person.external_id
    )
    assert len(outcome(market, eased)[1]) == 3


def test_public_welfare_is_the_last_rung_of_hardship_alone():
    market = [vacancy("社区协管员", id=n, kind="PUBLIC_WELFARE") for n in range(1, 4)] + others()
    hardship = seeker("社区协管员", labels=[{"code": "H06", "valid_from": "2026-01-01", "valid_to": None}])
    found, _ = outcome(market, hardship)
    assert [item.rung for item in found.items] == [Rung.PUBLIC_WELFARE] * 3
    assert outcome(market, seeker("社区协管员"))[0].certificate is not None
    ended = seeker("社区协管员", labels=[{"code": "H06", "valid_from": None, "valid_to": "2026-11-23"}])
    assert outcome(market, ended)[0].certificate is not None


def test_who_says_nothing_gets_nearest_and_newest_marked_so():
    from datetime import timedelta

    market = [vacancy("保洁员", id=n, valid_from=TODAY - timedelta(days=n)) for n in range(1, 9)] + others()
    found, ids = outcome(market, seeker())
    assert ids == [1, 2, 3]
    assert all(Mark.GUIDANCE in item.marks for item in found.items)


def test_an_empty_market_gives_a_certificate():
    found, ids = outcome([], seeker("叉车司机"))
    assert ids == []
    assert found.certificate.change is None


def test_a_wish_of_unknown_words_meets_nothing_and_never_fails():
    found, _ = outcome([vacancy(id=1), *others()], seeker("龘龘龘", "🙂"))
    assert found.items == ()
    assert found.certificate is not None
