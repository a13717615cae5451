"""The table of divisions holds together, and places lie to one another as the map says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.districts import (
    CITY_PROVINCES,
    Level,
    aliases,
    city_of,
    counties_of,
    covers,
    current,
    distance_m,
    districts,
    label,
    level_of,
    neighbours,
)

CODES = st.sampled_from(sorted(districts()))
CHONGQING = "500000"


def standing():
    return [district for district in districts().values() if district.successor is None]


def test_every_city_and_province_of_today_is_in_the_table():
    for district in standing():
        assert district.province in districts()
        assert district.city == "" or current(district.city) == district.city, district


def test_only_provinces_lack_a_city():
    lacking = {district.code for district in districts().values() if not district.city}
    assert lacking == {
        d.code for d in districts().values() if d.level is Level.PROVINCE and d.code not in CITY_PROVINCES
    }


def test_a_division_stands_or_has_a_successor_that_stands():
    for district in districts().values():
        assert (district.valid_to is None) == (district.successor is None), district
        if district.successor:
            assert districts()[current(district.code)].successor is None


def test_codes_are_six_digits_and_names_are_not_empty():
    for code, district in districts().items():
        assert code == district.code
        assert len(code) == 6
        assert code.isdecimal()
        assert len(district.short_name) >= 2
        assert district.name.startswith(district.short_name)
        assert district.level is level_of(code)


def test_the_country_has_as_many_divisions_as_the_ministry_counts():
    levels = [district.level for district in standing()]
    assert levels.count(Level.PROVINCE) == 34
    assert levels.count(Level.CITY) == 333
    assert levels.count(Level.COUNTY) == 2845  # 2,846 at the end of 2024, then 江北 and 渝北 became 两江新区


def test_neighbours_are_symmetric_and_stand():
    for district in standing():
        for other in district.neighbours:
            assert district.code in neighbours(other)
            assert current(other) == other
            assert other != district.code


def test_chongqing_has_37_counties_with_all_that_the_ladder_needs():
    counties = counties_of(CHONGQING)
    assert len(counties) == 37
    for code in counties:
        assert neighbours(code)
        assert distance_m(code, "500103") is not None
        assert districts()[code].minimum_pay_tier in (1, 2)
    assert sum(districts()[code].minimum_pay_tier == 2 for code in counties) == 12


@pytest.mark.parametrize("former", ["500105", "500112"])
def test_the_two_districts_abolished_in_2025_live_on_in_liangjiang(former):
    assert districts()[former].valid_to == date(2025, 11, 5)
    assert districts()["500157"].valid_from == date(2025, 11, 6)
    assert current(former) == "500157"
    assert city_of(former) == CHONGQING
    assert neighbours(former) == neighbours("500157")
    assert former not in counties_of(CHONGQING)


@pytest.mark.parametrize(
    ("code", "city"),
    [
        ("500103", "500000"),  # a municipality is the city
        ("500000", "500000"),
        ("810000", "810000"),
        ("320583", "320500"),
        ("429004", "429004"),  # 仙桃, administered by its province
        ("659001", "659001"),
        ("532901", "532900"),  # an autonomous prefecture is a city
        ("440000", None),
        ("510202", "500000"),  # Chongqing when it lay in Sichuan
        ("000000", None),
        ("", None),
    ],
)
def test_city_of(code, city):
    assert city_of(code) == city


def test_counties_of_a_city():
    assert counties_of("441900") == ()  # 东莞 has none
    assert counties_of("429004") == ("429004",)
    assert "330114" in counties_of("330100")
    assert counties_of("unknown") == ()


@pytest.mark.parametrize(
    ("wanted", "place", "expected"),
    [
        ("500000", "500103", True),
        ("510000", "510104", True),
        ("510000", "510100", True),
        ("500157", "500112", True),
        ("500112", "500157", True),
        ("500103", "500000", False),
        ("510000", "500103", False),
        ("500103", "500104", False),
    ],
)
def test_covers(wanted, place, expected):
    assert covers(wanted, place) is expected


def test_distance_is_in_metres():
    assert 20_000 < distance_m("500103", "500109") < 50_000
    assert 200_000 < distance_m("500103", "500238") < 400_000
    assert distance_m("500103", "500103") == 0
    assert distance_m("500103", "320583") is None
    assert distance_m("500103", "nowhere") is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("500103", "重庆市渝中区"),
        ("500000", "重庆市"),
        ("500105", "重庆市江北区"),
        ("320583", "江苏省苏州市昆山市"),
        ("429004", "湖北省仙桃市"),
        ("440000", "广东省"),
        ("", ""),
        ("123456", "123456"),
    ],
)
def test_label(code, expected):
    assert label(code) == expected


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        districts()["500103"] = districts()["500104"]


def test_aliases_mean_divisions_that_stand():
    for alias in aliases():
        assert alias.codes
        assert all(current(code) == code for code in alias.codes)
        assert all(code in districts() for code in alias.codes)
        assert alias.within == "" or alias.within in districts()
    assert len({(alias.name, alias.codes, alias.within) for alias in aliases()}) == len(aliases())


@given(CODES, CODES)
def test_relations_agree(a, b):
    assert current(current(a)) == current(a)
    assert distance_m(a, b) == distance_m(b, a)
    assert (b in neighbours(a)) == (current(b) in neighbours(a) and current(b) == b)
    city = city_of(a)
    assert city is None or (covers(city, a) and city_of(city) == city)
    assert covers(a, a)


@given(st.text(max_size=20))
def test_any_text_may_be_asked_for(code):
    current(code), city_of(code), counties_of(code), neighbours(code), label(code)
    assert distance_m(code, code) is None or code in districts()
    assert covers(code, code)
