"""Random small markets for property tests: few words, few places, many collisions and missing fields."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from factories import NOW, TODAY, seeker, vacancy
from hypothesis import strategies as st

WORDS = [
    "叉车司机",
    "叉车工",
    "保洁员",
    "保洁",
    "厨师",
    "中餐厨师长",
    "客服专员",
    "电话客服",
    "焊工",
    "Java开发工程师",
    "",
    "司机（夜班）",
]
PLACES = ["500103", "500106", "500157", "500229", "500000", "510100", "510104", "320583"]
CODES = [None, "6-30-05-01", "6-30-05-02", "4-09-08-01", "4-03-02-01"]
KINDS = ["REGULAR", "GIG", "INTERNSHIP", "PUBLIC_WELFARE"]
SHIFTS = [None, "day", "night", "two_shift", "rotating"]
PAY = [(None, None), (3000, 4000), (4000, 5000), (5000, 8000), (4500, None), (None, 4600)]
FIELDS = 40  # picks that a record takes at most


@st.composite
def vacancies(draw: Any) -> Any:
    """Up to 40 vacancies with ids 1, 2, ..."""
    return [_vacancy(draw, number) for number in range(1, draw(st.integers(0, 40)) + 1)]


def _vacancy(draw: Any, number: int) -> Any:
    pick = _picks(draw)
    low, high = pick(PAY)
    return vacancy(
        pick([word for word in WORDS if word]), id=number, employer_id=pick([None, 1, 2, 3, 4]),
        cluster=pick([number, number, number, 1, 2]), occupation=pick(CODES), kind=pick(KINDS),
        district=pick(PLACES), remote=pick([False] * 9 + [True]), pay_min=low, pay_max=high,
        education=pick([None, 0, 2, 5]), experience=pick([None, 0.0, 3.0]), shift=pick(SHIFTS),
        night=pick([None, True, False]),
        certificates=pick([[], [], [], ["叉车证"], ["健康证"], ["驾驶证C1"]]),
        skills=pick([[], ["叉车"], ["做菜", "刀工"]]),
        minor_barred=pick([False, True]), valid_from=TODAY - timedelta(days=pick([0, 5, 90, -1])),
        valid_to=TODAY + timedelta(days=pick([0, 30, 30, -1])), release_at=NOW + timedelta(days=pick([-1, 1])),
    )  # fmt: skip


@st.composite
def people(draw: Any) -> Any:
    """One to four people with ids 1, 2, ..."""
    return [_person(draw, number) for number in range(1, draw(st.integers(1, 4)) + 1)]


def _person(draw: Any, number: int) -> Any:
    pick = _picks(draw)
    some = lambda options, most: [*dict.fromkeys(pick(options) for _ in range(pick(range(most + 1))))]  # noqa: E731
    wishes = [{"text": word, "occupation": pick(CODES)} for word in some(WORDS, 3)]
    return seeker(
        id=number, intentions=wishes, state=pick(["REGISTERED", "REGISTERED", "SEEKER_ONLY"]),
        skills=[{"name": name, "level": ""} for name in some(["叉车", "做菜", "打字"], 2)],
        districts=some([*PLACES, "510000"], 2), district=pick([None, "500103", "510104"]),
        mobility=pick(["OWN_DISTRICT", "ADJACENT", "WHOLE_CITY", "OTHER_CITIES"]), kinds=some(KINDS, 2),
        pay_floor=pick([None, 3500, 4900, 5100, 20000]), shift_limits=some(["night", "two_shift", "rotating"], 2),
        certificates=pick([[], ["叉车证"], ["驾驶证B2"]]), education=pick([None, 1, 3, 6]),
        experience=pick([None, 0.0, 5.0]),
        adult_on=pick([None, None, date(2027, 1, 1)]), fixed=some(["occupation", "place", "pay", "kind"], 2),
        labels=pick([[], [{"code": "H06", "valid_from": None, "valid_to": None}], [{"code": "L01"}]]),
        consent_other_city=pick([False, True]), consent_personalised=pick([True, True, True, False]),
    )  # fmt: skip


def _picks(draw: Any) -> Callable[[Sequence[Any]], Any]:
    """Picks one of some options, time and again. A record is one draw of bytes: field by field is ten times as slow."""
    drawn = iter(draw(st.binary(min_size=FIELDS, max_size=FIELDS)))
    return lambda options: options[next(drawn) % len(options)]
