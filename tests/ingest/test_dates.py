import math
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import EXCEL_ZERO, read_date, read_moment
from models.errors import FieldError
from models.times import SHANGHAI

DAY = date(2026, 1, 6)
START = datetime(2026, 1, 5, 16, tzinfo=UTC)  # of that day in Chongqing
RULES = {"date_ambiguous", "date_impossible", "date_unreadable", "too_long", "surrogate"}


def refused(rule, *values):
    return [(value, rule) for value in values]


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-06",
        "2026-1-6",
        "2026/1/6",
        "2026.1.6",
        "2026年1月6日",
        "2026年01月06号 星期二",
        "20260106",
        "２０２６－０１－０６",
        " 2026-01-06 00:00 ",
        "46028",
        20260106,
        46028,
        46028.0,
        DAY,
        datetime(2026, 1, 6),  # noqa: DTZ001
    ],
)
def test_a_day_in_all_its_notations(value):
    assert read_date(value) == DAY
    assert read_moment(value) == START


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-06 11:43:46", datetime(2026, 1, 6, 3, 43, 46, tzinfo=UTC)),
        ("2026-01-06T20:00:00Z", datetime(2026, 1, 6, 20, tzinfo=UTC)),
        ("2026-01-06T20:00:00.1234567+08:00", datetime(2026, 1, 6, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-06T20:00-0500", datetime(2026, 1, 7, 1, tzinfo=UTC)),
        ("2026年1月6日9时30分", datetime(2026, 1, 6, 1, 30, tzinfo=UTC)),
        ("20260106083000", datetime(2026, 1, 6, 0, 30, tzinfo=UTC)),
        ("2026-01-06 24:00", datetime(2026, 1, 6, 16, tzinfo=UTC)),
        (46028.5, datetime(2026, 1, 6, 4, tzinfo=UTC)),
        ("46028.5", datetime(2026, 1, 6, 4, tzinfo=UTC)),
        (datetime(2026, 1, 6, 9), datetime(2026, 1, 6, 1, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 1, 6, 9, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC)),
    ],
)
def test_moments_are_utc_and_chongqing_without_an_offset(value, moment):
    read = read_moment(value)
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-01-06T20:00:00Z", date(2026, 1, 7)),
        ("2026-01-06T20:00:00+08:00", date(2026, 1, 6)),
        ("2026-01-06 24:00", date(2026, 1, 6)),
        (datetime(2026, 1, 6, 20, tzinfo=UTC), date(2026, 1, 7)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_the_day_of_a_moment_is_chongqings(value, day):
    assert read_date(value) == day


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        *refused("date_ambiguous", "01/02/2026", "6/1/26", "26-1-6", "1月6日", "26年1月6日", "1/6", "1/2/2026 9:00"),
        *refused("date_impossible", "2026-02-30", "2026-13-01", "20260230", "0001-01-01", date(1, 1, 1)),
        *refused("date_impossible", "2026-01-06 25:00", "2026-01-06 10:60", "2026-01-06T10:00+15:00"),
        *refused("date_impossible", "9999-12-31T23:59:59-05:00"),
        *refused("date_unreadable", "", "即日起", "2026-01", "2026年1月", "2026-01/06", "12345", "1700000000"),
        *refused("date_unreadable", True, math.nan, math.inf, -5, 0, 12_345, 1_700_000_000, 10**400),
        ("2026-01-06" + " " * 60, "too_long"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reader", [read_date, read_moment])
def test_nothing_is_guessed(value, rule, reader):
    with pytest.raises(FieldError) as error:
        reader(value)
    assert error.value.rule == rule


@given(st.dates(date(1900, 1, 1)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]))
def test_every_day_reads_back(day, form):
    assert read_date(day.strftime(form)) == day


@given(st.dates(date(1955, 1, 1), date(2118, 12, 31)))
def test_every_serial_number_reads_back(day):
    assert read_date((day - EXCEL_ZERO).days) == day


@given(
    st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_iso_moment_reads_back(moment, zone):
    aware = moment.replace(tzinfo=zone)
    assert read_moment(aware.isoformat()) == aware
    assert read_date(aware.isoformat()) == aware.astimezone(SHANGHAI).date()


@given(st.text(max_size=70) | st.text(alphabet="0123456789-/.年月日时: tz+", max_size=30) | st.integers() | st.floats())
def test_any_value_is_read_or_refused(value):
    for reader in (read_date, read_moment):
        rule = None
        try:
            reader(value)
        except FieldError as error:
            rule = error.rule
        assert rule is None or rule in RULES


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_date("2" * 200_000)
    assert time.perf_counter() - start < 0.1
