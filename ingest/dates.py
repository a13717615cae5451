"""Which day, or which instant, does a date notation mean? Nothing is guessed where it is ambiguous."""

import math
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

from ingest.notation import notation
from models.errors import FieldError
from models.times import SHANGHAI, local_date

LONGEST = 64  # code points of a date
FIRST_YEAR = 1900
EXCEL_ZERO = date(1899, 12, 30)  # the 1900 date system of spreadsheets counts days from here
EXCEL_FIRST, EXCEL_LAST = 20_000, 80_000  # 1954 to 2119; other numbers are no dates
COMPACT_FIRST, COMPACT_LAST = 19_000_101, 99_991_231  # 20260111

_TIME = r"([0-9]{1,2})[:点时](?:([0-9]{1,2})分?(?::?([0-9]{1,2})(?:[.,]([0-9]{1,9}))?秒?)?)?"
_WEEKDAY = r"(?: ?\(?(?:星期|周)[一二三四五六日天]\)?)?"
_ZONE = r" ?(z|utc|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_FORMS = (
    re.compile(rf"([0-9]{{4}})(?P<mark>[-/.])([0-9]{{1,2}})(?P=mark)([0-9]{{1,2}})(?:[t ]{_TIME}{_ZONE})?"),
    re.compile(rf"([0-9]{{4}})(年)([0-9]{{1,2}})月([0-9]{{1,2}})[日号]{_WEEKDAY}(?: ?{_TIME}{_ZONE})?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})(?:t?([0-9]{2})([0-9]{2})([0-9]{2})?()(z?))?"),
)
_AMBIGUOUS = re.compile(
    r"[0-9]{1,2}([-/.])[0-9]{1,2}(?:\1(?:[0-9]{4}|[0-9]{1,2}))?(?:[t ].*)?|(?:[0-9]{2}年)?[0-9]{1,2}月[0-9]{1,2}[日号]?"
)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]{1,15})?")
# What programs write, which the library reads in one step: 2026-01-06, 2026-01-06t10:23:00+08:00.
_ISO = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[t ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[+-]0[0-9]:[0-5][0-9])?)?"
)


class _Reading(NamedTuple):
    """A day as written, how far into it, and the offset that was written with it."""

    day: date
    into: timedelta = timedelta()
    zone: tzinfo | None = None

    def moment(self) -> datetime:
        """The instant, UTC; Chongqing's clock where no offset was written."""
        start = datetime(self.day.year, self.day.month, self.day.day, tzinfo=self.zone or SHANGHAI)
        try:
            return (start + self.into).astimezone(UTC)
        except OverflowError:
            raise _impossible() from None


def read_date(value: str | int | float | date | datetime) -> date:
    """The day that a value means, in Chongqing where it carries an offset.

    Read are ISO 8601, 2026/1/6, 2026.1.6, 2026年1月6日, 20260106, spreadsheet serial numbers, with or without a time.
    FieldError date_ambiguous (01/02/2026, 6/1/26), date_impossible (30 February), date_unreadable, too_long.
    """
    reading = _read(value)
    return local_date(reading.moment()) if reading.zone else reading.day


def read_moment(value: str | int | float | date | datetime) -> datetime:
    """The instant that a value means, aware, UTC: without an offset +08:00, without a time the start of the day.

    Notations and errors are those of `read_date`; 24:00 is the start of the next day.
    """
    return _read(value).moment()


def _read(value: str | int | float | date | datetime) -> _Reading:
    if isinstance(value, str):
        return _read_written(value)
    if isinstance(value, datetime):
        return _read_datetime(value)
    if isinstance(value, date):
        return _Reading(_checked(value))
    if isinstance(value, bool) or not EXCEL_FIRST <= value <= COMPACT_LAST:  # NaN too
        raise _unreadable()
    return _read_number(value)


def _read_datetime(value: datetime) -> _Reading:
    into = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return _Reading(_checked(value.date()), into, value.tzinfo)


def _read_number(value: float) -> _Reading:
    """A spreadsheet's serial number, or a day written together."""
    days = math.floor(value)
    if days >= COMPACT_FIRST and days == value:
        return _read_text(str(days))
    if not EXCEL_FIRST <= days <= EXCEL_LAST:
        raise _unreadable()
    return _Reading(EXCEL_ZERO + timedelta(days), timedelta(seconds=round((value - days) * 86_400)))


@lru_cache(maxsize=4_096)
def _read_written(text: str) -> _Reading:
    return _read_text(notation(text, LONGEST))


def _read_text(text: str) -> _Reading:
    if _ISO.fullmatch(text):
        with suppress(ValueError):  # no such day or hour: what is wrong is found below
            return _read_datetime(datetime.fromisoformat(text))
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            year, _, month, day, hour, minute, second, fraction, zone = found.groups()
            return _Reading(_day(year, month, day), _into(hour, minute, second, fraction), _zone(zone))
    if _SERIAL.fullmatch(text):
        return _read_number(float(text))
    if _AMBIGUOUS.fullmatch(text):
        raise FieldError("date_ambiguous", "日期的年、月、日次序不明确", "请按 2026-01-06 的格式填写")
    raise _unreadable()


def _day(year: str, month: str, day: str) -> date:
    try:
        return _checked(date(int(year), int(month), int(day)))
    except ValueError:
        raise _impossible() from None


def _into(hour: str | None, minute: str | None, second: str | None, fraction: str | None) -> timedelta:
    """The time of day; 24:00 is the end of the day (民法典 203)."""
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    into = timedelta(
        hours=hours, minutes=minutes, seconds=seconds, microseconds=int((fraction or "").ljust(6, "0")[:6])
    )
    if minutes > 59 or seconds > 59 or into > timedelta(days=1):
        raise _impossible()
    return into


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in ("z", "utc"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise _impossible()
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _checked(day: date) -> date:
    if day.year < FIRST_YEAR:
        raise _impossible()
    return day


def _impossible() -> FieldError:
    return FieldError("date_impossible", "没有这一天或这一时刻", "请核对年、月、日和时间")


def _unreadable() -> FieldError:
    return FieldError("date_unreadable", "日期不能识别", "请按 2026-01-06 的格式填写")
