"""People in columns: what each one is, whoever else is read, from records or from columns of text."""

import json
from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest
from factories import HOME, TODAY, seeker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import people

from matching.catalogue import catalogue
from matching.facts import UNKNOWN, tie_key
from matching.seekers import PlaceWish, Profile, Seekers, profiles, seekers_of
from matching.wording import asked
from models.certificates import held_by
from models.districts import city_of, current
from models.enums import MARKET_KINDS, EmploymentKind, FixedWish, Mobility, Shift
from models.queries.seekers import ENGINE_COLUMNS, served_columns
from models.seeker import in_hardship, serving_class

often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def plainly(row):
    """One person by the book, field by field."""
    intentions = row.intentions or [] if row.consent_personalised else []
    said = [wish for wish in (asked(one["text"]) for one in intentions) if wish]
    wishes = [*said, *(name for wish in said for name in catalogue().called(wish))]
    occupations = [one["occupation"] for one in intentions if one["occupation"]]
    skills = [one["name"] for one in row.skills or [] if one["name"]] if row.consent_personalised else []
    readable = bool(wishes or skills or occupations)
    if row.consent_personalised and not readable:
        skills = row.certificates or []
    fixed = frozenset(map(FixedWish, row.fixed or []))
    return Profile(
        id=row.id, revision=row.revision, tie=tie_key(row.source, row.external_id), wishes=tuple(dict.fromkeys(wishes)),
        skills=tuple(skills), occupations=tuple(occupations), place=place(row, FixedWish.PLACE in fixed),
        kinds=frozenset(map(EmploymentKind, row.kinds or MARKET_KINDS)), pay_floor=row.pay_floor or 0,
        shift_limits=frozenset(map(Shift, row.shift_limits or [])), certificates=held_by(row.certificates or []),
        education=UNKNOWN if row.education is None else row.education,
        experience=UNKNOWN if row.experience is None else round(row.experience * 10),
        minor=row.adult_on is not None and row.adult_on > TODAY, registered=row.state == "REGISTERED",
        serving=serving_class(in_hardship(row.labels or [], TODAY), row.unemployed_since, TODAY),
        fixed=fixed, readable=readable,
    )  # fmt: skip


def place(row, fixed):
    wanted = {current(code) for code in row.districts or []}
    lives = row.district and current(row.district)
    wanted = wanted or {(lives and city_of(lives)) or HOME}
    counties = [code for code in sorted(wanted) if city_of(code) not in (code, None)]
    origin = lives or next(iter(counties), None)
    return PlaceWish(frozenset(wanted), origin, Mobility(row.mobility), row.consent_other_city, fixed)


def as_text(rows):
    """The columns of records, as a database gives them."""
    told = {column.key: [getattr(row, column.key) for row in rows] for column in ENGINE_COLUMNS}
    return {
        name: [json.dumps(value, ensure_ascii=False) for value in told[name]]
        if isinstance(getattr(seeker(), name), list)
        else told[name]
        for name in told
    }


@st.composite
def odd_people(draw):
    """As in random markets; and what is seldom: null lists, texts that say nothing, old districts, labels of all times."""
    rows = draw(people())
    pick = lambda *options: draw(st.sampled_from(options))  # noqa: E731
    for row in rows:
        row.revision, row.source = pick(1, 7), pick("a", "b")
        row.unemployed_since = pick(None, TODAY, TODAY - timedelta(days=364), TODAY - timedelta(days=365))
        row.adult_on = pick(None, TODAY, TODAY + timedelta(days=1), date(2020, 2, 29))
        row.state = pick("REGISTERED", "SEEKER_ONLY")
        row.experience = pick(None, 0.0, 0.05, 2.25, 12.5)
        ends = pick(None, "2026-11-23", "2026-11-24")
        row.labels = pick(row.labels, [{"code": "H01", "valid_from": pick(None, "2026-11-25"), "valid_to": ends}])
        row.intentions = [*row.intentions, *pick([], [{"text": "开叉车的", "occupation": None}])]
        row.districts = pick(row.districts, ["320500", "320503"], ["999999"])
        row.district = pick(row.district, "999999", "320503")
        for name in ("kinds", "intentions", "skills", "certificates", "shift_limits", "fixed", "labels", "districts"):
            if pick(*[False] * 9, True):
                setattr(row, name, None)
    return rows


@often
@given(odd_people())
def test_everyone_is_read_field_by_field(rows):
    expected = [plainly(row) for row in rows]
    read = profiles(rows, TODAY, HOME)
    assert list(read) == expected
    assert list(seekers_of(as_text(rows), TODAY, HOME)) == expected
    assert [profiles([row], TODAY, HOME)[0] for row in rows] == expected
    for found, wanted in zip(read, expected, strict=True):
        for field in fields(Profile):
            assert type(getattr(found, field.name)) is type(getattr(wanted, field.name)), field.name


@often
@given(odd_people(), st.data())
def test_some_of_the_people_are_as_they_were(rows, data):
    everyone = profiles(rows, TODAY, HOME)
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1)))
    some = everyone.take(np.array(chosen, np.int64))
    assert list(some) == [everyone[number] for number in chosen]
    assert len(some.wishes.values) <= len(some)
    assert list(everyone[1:]) == list(everyone)[1:]
    assert list(Seekers.of(list(everyone))) == list(everyone)
    assert Seekers.of(everyone) is everyone


def test_columns_are_those_of_a_profile():
    assert [field.name for field in fields(Seekers)] == [field.name for field in fields(Profile)]


def test_nobody():
    nobody = profiles([], TODAY, HOME)
    assert len(nobody) == 0
    assert list(nobody) == list(Seekers.of([])) == list(nobody.take(np.zeros(0, np.int64))) == []
    with pytest.raises(IndexError):
        nobody[0]


def test_who_is_not_stored_yet_is_read_all_the_same():
    person = seeker("叉车司机")
    person.id = person.revision = None
    assert profiles([person], TODAY, HOME)[0].wishes == ("叉车司机",)


def test_the_stored_people_are_read_as_their_records(database):
    rows = [
        seeker("叉车司机", id=1, kinds=["GIG"], fixed=["place"], experience=1.5, consent_other_city=True),
        seeker("叉车司机", id=2, district="500103", districts=[], labels=[{"code": "H01"}]),
        seeker("客服", id=3, certificates=["叉车证"], consent_personalised=False, unemployed_since=date(2025, 1, 1)),
        seeker(id=4, certificates=["叉车证"], state="SEEKER_ONLY", adult_on=TODAY + timedelta(days=1)),
        seeker("保洁", id=5, state="APPLIED"),
    ]
    expected = [plainly(row) for row in rows[:4]]
    with database.write() as session:
        session.add_all(rows)
    with database.read() as session:
        assert list(seekers_of(served_columns(session), TODAY, HOME)) == expected
