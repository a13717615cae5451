"""Which places there are (GB/T 2260, old codes included), how they lie to one another, what people call them."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

from models.enums import Labelled

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
# Municipalities and special administrative regions: the province-level unit is the city.
CITY_PROVINCES = frozenset({"110000", "120000", "310000", "500000", "810000", "820000"})


class Level(Labelled):
    """How finely a place is named."""

    PROVINCE = "PROVINCE", "省级"
    CITY = "CITY", "市级"
    COUNTY = "COUNTY", "县级"


@dataclass(frozen=True, slots=True)
class District:
    """One division of GB/T 2260, today's or a former one.

    `city` is the city it lies in: itself for a city, a municipality or a county that its province administers,
    '' for other provinces. `valid_to` is the last day on which it is known to have stood (before 2025 known to
    the year) and None while it stands; then `successor` has its ground, or most of it: the city where that was
    divided. `neighbours` share a border. `lon` and `lat` are a centroid in degrees, good to about a kilometre.
    `minimum_pay_tier` is the row of the minimum-wage notice. What is not known is None or empty.
    """

    code: str
    name: str
    short_name: str
    level: Level
    city: str
    province: str
    valid_from: date | None
    valid_to: date | None
    successor: str | None
    lon: float | None
    lat: float | None
    neighbours: tuple[str, ...]
    minimum_pay_tier: int | None


@dataclass(frozen=True, slots=True)
class Alias:
    """A name people use that is no division of today: what it means, and inside which division alone it does.

    `kind`: historic, functional_area, group (several counties), place, moved_town (its county has changed; also
    by its 9-digit code) or street. `within` is '' for a name that needs no company.
    """

    name: str
    codes: tuple[str, ...]
    kind: str
    within: str


@lru_cache(maxsize=1)
def districts() -> Mapping[str, District]:
    """All divisions by code, former ones included. Read-only."""
    rows = {row["code"]: row for row in _table("districts.csv")}
    return MappingProxyType({code: _district(row, rows) for code, row in rows.items()})


@lru_cache(maxsize=1)
def aliases() -> tuple[Alias, ...]:
    """Names beside those of the divisions themselves."""
    return tuple(
        Alias(row["alias"], tuple(row["codes"].split()), row["kind"], row["within"])
        for row in _table("district_aliases.csv")
    )


def current(code: str) -> str:
    """The division that stands today where `code` stood; a code that stands, or is not known, itself."""
    table = districts()
    while (known := table.get(code)) and known.successor:
        code = known.successor
    return code


def city_of(code: str) -> str | None:
    """The city of today that a place lies in; None for a province without its city and for an unknown code."""
    known = districts().get(current(code))
    return (known.city or None) if known else None


def counties_of(city: str) -> tuple[str, ...]:
    """The counties of a city that stand today, in order of code."""
    return _counties().get(city, ())


def covers(wanted: str, place: str) -> bool:
    """Whether a place lies in a wanted one: a city covers its counties, a province its cities."""
    wanted, place = current(wanted), current(place)
    known = districts().get(place)
    return wanted == place or (known is not None and wanted in (known.city, known.province))


def neighbours(code: str) -> tuple[str, ...]:
    """The counties that share a border with this one; empty where borders are not known."""
    known = districts().get(current(code))
    return known.neighbours if known else ()


def distance_m(a: str, b: str) -> int | None:
    """Great-circle metres between the centroids of two counties; None where one is not known."""
    first, second = districts().get(current(a)), districts().get(current(b))
    if first is None or second is None or first.lon is None or second.lon is None:
        return None
    return _great_circle(_radians(first), _radians(second))


def label(code: str) -> str:
    """What a place is called for people, in full: 重庆市渝中区, 江苏省苏州市昆山市. An unknown code is itself."""
    table = districts()
    if code not in table:
        return code
    known = table[code]
    path = dict.fromkeys((known.province, known.city, code))
    return "".join(table[part].name for part in path if part)


def _table(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("models").joinpath("data", name).read_text("utf-8")
    return csv.DictReader(text.splitlines())


def _district(row: Mapping[str, str], codes: Mapping[str, object]) -> District:
    code = row["code"]
    return District(
        code,
        row["name"],
        row["short_name"],
        level_of(code),
        _city(code, codes),
        code[:2] + "0000",
        _day(row["valid_from"]),
        _day(row["valid_to"]),
        row["successor"] or None,
        float(row["lon"]) if row["lon"] else None,
        float(row["lat"]) if row["lat"] else None,
        tuple(row["neighbours"].split()),
        int(row["minimum_pay_tier"]) if row["minimum_pay_tier"] else None,
    )


def level_of(code: str) -> Level:
    """The level that the digits of a code say: two for the province, two for the city, two for the county."""
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.COUNTY


def _city(code: str, codes: Mapping[str, object]) -> str:
    province, city = code[:2] + "0000", code[:4] + "00"
    if province in CITY_PROVINCES:
        return province
    if code == province:
        return ""
    return city if city in codes else code


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def _counties() -> Mapping[str, tuple[str, ...]]:
    found = defaultdict(list)
    for known in districts().values():
        if known.level is Level.COUNTY and known.successor is None:
            found[known.city].append(known.code)
    return {city: tuple(sorted(codes)) for city, codes in found.items()}


def _radians(known: District) -> tuple[float, float]:
    return radians(known.lon or 0.0), radians(known.lat or 0.0)


def _great_circle(a: tuple[float, float], b: tuple[float, float]) -> int:
    """Haversine: exact enough for near points, where the cosine rule is not."""
    half = sin((b[1] - a[1]) / 2) ** 2 + cos(a[1]) * cos(b[1]) * sin((b[0] - a[0]) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(sqrt(half)))
