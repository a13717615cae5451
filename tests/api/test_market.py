import csv
import itertools
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from api.market import sample_seekers, sample_vacancies, seekers, vacancies
from api.market.draws import Dice, deck
from api.market.settings import settings
from models.certificates import certificate_name, certificates
from models.enums import EmploymentKind, FixedWish, Mobility, Program, SeekerState, Shift, Wish

TODAY = date(2026, 11, 24)
SHARED = Path(__file__).parents[2] / "../shared/data"
VACANCY_FIELDS = {
    "external_id", "title", "employer", "kind", "program", "occupation", "openings", "openings_filled", "pay",
    "district", "remote", "address", "education", "experience", "certificates", "skills", "shift", "hours",
    "slots", "description", "preferences", "valid_from", "valid_to", "updated_at", "contact",
}  # fmt: skip
SEEKER_FIELDS = {
    "external_id", "name", "id_number", "phone", "sex", "birth_date", "registration", "wish", "kinds",
    "intentions", "skills", "certificates", "education", "graduated_at", "experience", "districts", "mobility",
    "pay_floor", "shift_limits", "availability", "fixed", "labels", "consents", "original_kind",
    "pension_drawn", "broker",
}  # fmt: skip
REGISTRATION_FIELDS = {"kind", "channel", "applied_at", "district", "state", "unemployed_since", "reason"}
# What no lawful posting says; the words that screening must let pass (月嫂, 退役军人优先) are not among them.
UNLAWFUL = re.compile(r"男|女|婚|孕|岁|年龄|户口|户籍|民族|汉族|乙肝|身高|五官|形象|押金|保证金|担保|童工|身份证")


@pytest.fixture(scope="module")
def demand():
    return list(sample_vacancies(1500, 7, TODAY))


@pytest.fixture(scope="module")
def people():
    return list(sample_seekers(2000, 7, TODAY))


def column(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data are not here: {name}")
    with path.open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("made", [vacancies, seekers])
@given(seed=st.integers(0, 2**32), count=st.integers(0, 40))
def test_a_longer_run_begins_with_the_shorter_one(made, seed, count):
    assert list(made(count, seed, TODAY)) == list(itertools.islice(made(count + 50, seed, TODAY), count))


@pytest.mark.parametrize("made", [vacancies, seekers])
def test_another_seed_makes_another_market(made):
    assert list(made(20, 1, TODAY)) != list(made(20, 2, TODAY))


@pytest.mark.parametrize("made", [vacancies, seekers])
def test_records_share_nothing(made):
    spoilt = made(300, 7, TODAY)
    for record in spoilt:
        for value in record.values():
            if isinstance(value, list | dict):
                value.clear()
    assert all(record.get("employer", True) for record in made(300, 7, TODAY))
    assert list(made(300, 7, TODAY)) == list(made(300, 7, TODAY))


def test_dates_move_with_the_day():
    first = next(vacancies(1, 7, TODAY))
    later = next(vacancies(1, 7, date(2027, 3, 1)))
    assert first["title"] == later["title"]
    assert first["valid_from"] < later["valid_from"]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 2**32))
def test_a_deck_deals_its_shares_in_every_round(shares, seed):
    cards = deck(Dice(seed), shares)
    for _ in range(3):
        assert Counter(itertools.islice(cards, sum(shares.values()))) == Counter(shares)


def test_only_wire_fields_are_written(demand, people):
    for sample in demand:
        assert sample.record.keys() <= VACANCY_FIELDS
        assert sample.record["employer"].keys() <= {"name", "uscc"}
    for sample in people:
        assert sample.record.keys() <= SEEKER_FIELDS
        assert sample.record["registration"].keys() <= REGISTRATION_FIELDS
        assert sample.record["consents"].keys() == {"other_city", "personalised"}
        assert all(skill.keys() <= {"name", "level"} for skill in sample.record["skills"])
        assert all(slot.keys() == {"date", "start", "end"} for slot in sample.record.get("availability", ()))


def test_coded_values_are_of_their_lists(demand, people):
    kinds = {kind.value for kind in EmploymentKind}
    shifts = {shift.value for shift in Shift}
    for sample in demand:
        assert sample.record["kind"] in kinds
        assert sample.record.get("program", "KEY_ENTERPRISE") in {program.value for program in Program}
    for record in (sample.record for sample in people):
        assert set(record["kinds"]) <= kinds
        assert record["wish"] in {wish.value for wish in Wish}
        assert record["mobility"] in {mobility.value for mobility in Mobility}
        assert set(record["shift_limits"]) <= shifts
        assert set(record["fixed"]) <= {fixed.value for fixed in FixedWish}
        assert record["registration"]["state"] in {state.value for state in SeekerState}


def test_codes_of_the_field_exist(people):
    occupations = column("taxonomy/occupations_2022.csv")
    assert {trade.occupation for trade in settings().trades.values() if trade.occupation} <= occupations
    assert set(settings().places) == column("codes/districts.csv")
    labels = {label["code"] for sample in people for label in sample.record["labels"]}
    assert {"H06", "H08", "L01"} <= labels <= column("codes/hardship_categories.csv")


def test_certificates_are_known_ones(demand, people):
    named = {name for sample in (*demand, *people) for name in sample.record["certificates"]}
    assert {name for name in named if certificate_name(name) not in certificates()} == set()


def test_every_trade_and_division_has_vacancies(demand):
    assert {sample.trade for sample in demand} == set(settings().trades)
    assert len(settings().trades) >= 80
    written = " ".join(sample.record.get("district", "") for sample in demand)
    assert all(place.code in written or place.short in written for place in settings().places.values())


def test_numbers_and_codes_have_right_check_digits(demand, people):
    codes = {sample.record["employer"].get("uscc") for sample in demand} - {None}
    assert len(codes) > 500
    assert all(uscc.is_valid(code) for code in codes)
    for record in (sample.record for sample in people if "id_number" in sample.record):
        number = record["id_number"]
        assert number[-1] == ric.calc_check_digit(number)
        assert number[6:14] == record["birth_date"].replace("-", "")
        assert (int(number[16]) % 2 == 1) == (record["sex"] == "男")


def test_nobody_is_there_twice():
    records = list(seekers(20_000, 3, TODAY))
    for field in ("external_id", "id_number", "phone"):
        values = [record[field] for record in records if field in record]
        assert len(values) == len(set(values))
    employers = [record["employer"] for record in vacancies(5_000, 3, TODAY)]
    assert len({e["name"] for e in employers}) == len({(e["name"], e.get("uscc")) for e in employers})
    coded = {(e["name"], e["uscc"]) for e in employers if "uscc" in e}
    assert len(coded) == len({code for _, code in coded})


def test_no_posting_says_what_is_unlawful(demand):
    for record in (sample.record for sample in demand):
        texts = (record["title"], record["description"], record.get("hours", ""), *record.get("preferences", ()))
        assert not UNLAWFUL.search("\n".join(texts)), texts


def test_everyone_is_of_working_age_and_minors_want_open_trades(people):
    trades = settings().trades
    minors = 0
    for sample in people:
        born = date.fromisoformat(sample.record.get("birth_date", "1990-01-01"))
        age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
        since = date.fromisoformat(sample.record["registration"].get("unemployed_since", TODAY.isoformat()))
        assert 16 <= age <= 63
        assert since >= date(born.year + 16, born.month, min(born.day, 28)), "registered before working age"
        if age < 18:
            minors += 1
            assert not trades[sample.trade].barred
            assert not trades[sample.trade].licence
    assert minors


def test_the_market_is_as_mixed_as_life(demand):
    kinds = Counter(sample.record["kind"] for sample in demand)
    assert set(kinds) == {kind.value for kind in EmploymentKind}
    assert all(sample.record["slots"] for sample in demand if sample.record["kind"] == "GIG")
    assert {sample.record.get("program") for sample in demand} == {None, "KEY_ENTERPRISE", "MAJOR_PROJECT"}
    assert any(sample.record.get("remote") for sample in demand)
    assert any(sample.record.get("valid_to", "9999") < TODAY.isoformat() for sample in demand)
    assert any(sample.record["valid_from"] > TODAY.isoformat() for sample in demand)
    assert any("openings" not in sample.record for sample in demand)
    assert {"negotiable", "no_place", "no_pay", "repost"} <= {sample.case for sample in demand}
    open_now = [s for s in demand if s.record["valid_from"] <= TODAY.isoformat() <= s.record.get("valid_to", "9999")]
    assert len(open_now) > 0.9 * len(demand)


def test_a_repost_differs_in_its_number_only(demand):
    first = {}
    for sample in demand:
        content = str({**sample.record, "external_id": ""})
        assert (content in first) == (sample.case == "repost")
        first.setdefault(content, sample)


def test_an_intention_is_worded_as_its_trade_is_spoken_of(people):
    def spoken(sample):
        trade = settings().trades[sample.trade]
        return {*trade.wishes, *trade.slang, *trade.titles}

    known = [sample for sample in people if sample.trade]
    told = [sample for sample in known if sample.record["intentions"][0] in spoken(sample)]
    assert 0.9 * len(known) < len(told) < len(known), "some wishes are wrapped in words or misspelt"
    assert len({sample.record["intentions"][0] for sample in known}) > 3 * len(settings().trades)


def test_hard_cases_are_few_and_fixed(people):
    cases = Counter(sample.case for sample in people)
    hard = sum(cases.values()) - cases["ordinary"] - cases["no_wish"]
    assert 0.005 <= hard / len(people) <= 0.02
    for sample in people:
        if sample.case not in ("ordinary", "no_wish"):
            assert sample.record["fixed"]
        if sample.case == "no_wish":
            assert sample.trade == ""
            assert not sample.record["intentions"]
            assert not sample.record["skills"]
