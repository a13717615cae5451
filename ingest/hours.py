"""When does one work: form of employment, days a week, hours a day, shift, nights?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.clock import read_presence
from ingest.notation import notation
from ingest.numerals import NUMERAL, read_number
from models.enums import Shift

WEEK_LIMIT = 44.0  # 劳动法 36
DAY_LIMIT = 11.0  # 8 hours and 3 of overtime, 劳动法 41
PART_TIME_DAY, PART_TIME_WEEK = 4.0, 24.0  # 劳动合同法 68
USUAL_DAY = 8.0
DAYS_OF_MONTH, WEEKS_OF_MONTH = 30.4, 4.345
MOST_DAYS = 6.1  # four days off a month still count as one a week

USUAL_FORMS = (None, "full_time")
LONGEST_DAY = 16.0  # a longer one is said of the business, not of the person: 24小时营业

_FORMS = (
    (re.compile("见习"), "internship_subsidised", ()),
    (re.compile("实习(?!期)"), "internship", ("not_employment",)),
    (re.compile("[寒暑]假|假期工|暑期|学生工"), "temporary", ("check_age_16",)),
    (re.compile("季节|临时|短期工|[代顶]班"), "temporary", ()),
    (re.compile("兼职|小时工(?!作)|钟点工|非全日制"), "part_time", ()),
    (re.compile("零工|[日周现次]结|众包"), "gig", ()),
    (re.compile("派遣"), "dispatched", ()),
    (re.compile("外包"), "outsourced", ()),
    (re.compile("全职|全日制|正式工|长期工"), "full_time", ()),
)

_NO_NIGHT = re.compile("(?:不用|不需要?|无需|不安排|没有|无|不)(?:上|要|参与)?(?:[夜晚]班|倒班|轮班|值夜)")
_SHIFTS = (
    (re.compile("居家|远程|在家办公"), Shift.REMOTE, None, ()),
    (re.compile("不定时|综合(?:计算)?工时"), Shift.IRREGULAR, None, ("needs_approval",)),
    (re.compile("[两二2]班?(?:倒|运转)|[两二2]班[制轮]"), Shift.TWO_SHIFT, True, ()),
    (re.compile("[三3]班?(?:倒|运转)|[三3]班[制轮]"), Shift.THREE_SHIFT, True, ()),
    (
        re.compile("白夜|早晚班|黑白|[白早日中]班.{0,16}[夜晚]班|[夜晚]班.{0,16}[白早日]班"),
        Shift.ROTATING,
        True,
        (),
    ),
    (re.compile("轮班|倒班|轮休|排班|轮换|翻班"), Shift.ROTATING, None, ()),
    (re.compile("[夜晚]班"), Shift.NIGHT, True, ("no_minor", "no_pregnant_7m")),
    (re.compile("[白日早]班|正常班|行政班"), Shift.DAY, None, ()),
    (re.compile("弹性|时间自由|时间灵活"), Shift.IRREGULAR, None, ()),
)
_SHIFT_HOURS = {Shift.TWO_SHIFT: 12.0, Shift.THREE_SHIFT: 8.0}
_TEAMS = re.compile("([三四五3-5])班([两二三23])(?:班)?(?:倒|运转)")
_INITIALS = re.compile("(?<![0-9])9([965])([56])(?![0-9])")  # 996: nine to nine, six days; 12 h by custom
_ROSTER = re.compile(rf"[上做干]({NUMERAL})(?:天班?|个?小时)?,?休息?({NUMERAL})")

_REST_OF_MONTH = re.compile(rf"月休息?({NUMERAL})")
_REST_OF_WEEK = re.compile(rf"周休息?({NUMERAL})")
_DAYS_OF_WEEK = re.compile(
    rf"周(?:工作|上班|上|做|干|到岗)?({NUMERAL})天|({NUMERAL})天(?:[78七八]小时)?(?:工作)?(?:制|/周)"
)
_WEEKDAYS = re.compile("(?:周|星期)一(?:[-—~]+|至|到)(?:周|星期)?([二三四五六日天])")
_DAYS = (
    (re.compile("大小周|单双休|大小休"), 5.5),
    (re.compile("双休|周末休|周六日休|休周末"), 5.0),
    (re.compile("单休|周[日天]休"), 6.0),
    (re.compile("无休|不休|天天上班"), 7.0),
    (re.compile("[仅限]周末|周末兼职|周六日兼职"), 2.0),
)
_HOURS = re.compile(
    rf"(周|月|加班|休息?)?(?:不超过|工作|上班|约|为|共)*({NUMERAL})(?:(?:[-—~]+|至|到)({NUMERAL}))?个?小时(?!午?休|加班)"
)


@dataclass(frozen=True, slots=True)
class WorkTime:
    """What a note on working time says; None where it does not. Flags ask for a look, they bar nothing.

    `days_per_week` is an average, `hours_per_day` work without the break. Forms: full_time, part_time, gig,
    temporary, internship, internship_subsidised (就业见习), dispatched, outsourced.
    """

    form: str | None = None
    days_per_week: float | None = None
    hours_per_day: float | None = None
    shift: Shift | None = None
    night: bool | None = None
    flags: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)
def read_hours(text: str) -> WorkTime:
    """The working time that a text says: 周末双休,朝九晚五; 12小时两班倒; 上一休一; 每天6小时兼职.

    FieldError too_long over 200 characters.
    """
    normal = notation(text).replace(" ", "")
    week_hours, day_hours = _hours_said(normal)
    parts = (
        WorkTime(hours_per_day=day_hours),
        _initials(normal),
        _teams(normal),
        _roster(normal),
        WorkTime(days_per_week=_days(normal)),
        _shift(normal),
        _presence(normal),
        _form(normal),
    )
    time = _merged(parts)
    if time.hours_per_day is None and _has_usual_day(time):
        time = replace(time, hours_per_day=USUAL_DAY)
    return replace(time, flags=(*time.flags, *_flags(time, week_hours)))


def _merged(parts: Sequence[WorkTime]) -> WorkTime:
    """Of each field what the first part says that says anything; all flags."""
    values = {
        name: next((value for part in parts if (value := getattr(part, name)) is not None), None)
        for name in ("form", "days_per_week", "hours_per_day", "shift", "night")
    }
    return WorkTime(**values, flags=tuple(flag for part in parts for flag in part.flags))


def _has_usual_day(time: WorkTime) -> bool:
    """Whether 8 hours go without saying: rest days are said, of a plain full-time week."""
    plain = time.form in USUAL_FORMS and time.shift not in (Shift.IRREGULAR, Shift.ROTATING)
    return plain and time.days_per_week is not None and time.days_per_week < 7


def _flags(time: WorkTime, week_hours: float | None) -> Iterator[str]:
    days, hours = time.days_per_week, time.hours_per_day
    on_duty = hours is not None and hours > LONGEST_DAY  # 上一休一: hours of work within the duty are to be asked
    if week_hours is None and days is not None and hours is not None and not on_duty:
        week_hours = days * hours
    if days is not None and days > MOST_DAYS:
        yield "weekly_rest_missing"
    if time.form == "part_time":
        if hours is not None and hours > PART_TIME_DAY:
            yield "part_time_over_4h"
        if week_hours is not None and week_hours > PART_TIME_WEEK:
            yield "part_time_over_24h"
    elif week_hours is not None and week_hours > WEEK_LIMIT:
        yield "week_hours_over_44"
    elif week_hours is None and hours is not None and hours > DAY_LIMIT and not on_duty:
        yield "hours_over_11"


def _form(text: str) -> WorkTime:
    for pattern, form, flags in _FORMS:
        if pattern.search(text):
            return WorkTime(form=form, flags=flags)
    return WorkTime()


def _shift(text: str) -> WorkTime:
    kept = _NO_NIGHT.sub("", text)
    night = False if kept != text else None
    for pattern, shift, at_night, flags in _SHIFTS:
        if pattern.search(kept):
            return WorkTime(hours_per_day=_SHIFT_HOURS.get(shift), shift=shift, night=at_night or night, flags=flags)
    return WorkTime(night=night)


def _presence(text: str) -> WorkTime:
    presence = read_presence(text)
    if presence is None:
        return WorkTime()
    return WorkTime(hours_per_day=round(presence.hours, 2), shift=presence.shift, night=presence.night or None)


def _initials(text: str) -> WorkTime:
    """996 and 995 are twelve hours, 965 and 955 eight."""
    found = _INITIALS.search(text)
    if found is None:
        return WorkTime()
    return WorkTime(days_per_week=float(found[2]), hours_per_day=12.0 if found[1] == "9" else 8.0, shift=Shift.DAY)


def _teams(text: str) -> WorkTime:
    """四班三倒: four teams share three shifts a day, each works three days of four."""
    found = _TEAMS.search(text)
    if found is None:
        return WorkTime()
    teams, shifts = int(read_number(found[1]) or 0), int(read_number(found[2]) or 0)
    return WorkTime(
        days_per_week=round(7 * shifts / teams, 2) if shifts < teams else None,
        hours_per_day=24.0 / shifts,
        shift=Shift.TWO_SHIFT if shifts == 2 else Shift.THREE_SHIFT,
        night=True,
    )


def _roster(text: str) -> WorkTime:
    """做五休二 is a week; 上一休一 a day and a night on duty; 上24休48 is in hours."""
    found = _ROSTER.search(text)
    on, off = (read_number(found[1]), read_number(found[2])) if found else (None, None)
    if not on or not off or on + off > 7 * 24:
        return WorkTime()
    if on + off == 7:
        return WorkTime(days_per_week=on)
    in_hours = on >= 8
    return WorkTime(
        days_per_week=round((168 if in_hours else 7 * on) / (on + off), 2),
        hours_per_day=on if in_hours else 24.0 if on == 1 else None,
        shift=Shift.ROTATING,
        night=True if in_hours or on == 1 else None,
    )


def _days(text: str) -> float | None:
    """Days a week, an average where the text says the rest days of a month."""
    month = _number(_REST_OF_MONTH.search(text))
    if month is not None and month < DAYS_OF_MONTH:
        return round((DAYS_OF_MONTH - month) / WEEKS_OF_MONTH, 2)
    weekdays = _WEEKDAYS.search(text)
    if weekdays:
        return float(min("一二三四五六日天".index(weekdays[1]) + 1, 7))
    for pattern, days in _DAYS:
        if pattern.search(text):
            return days
    rest, work = _number(_REST_OF_WEEK.search(text)), _number(_DAYS_OF_WEEK.search(text))
    said = 7 - rest if rest is not None else work
    return said if said is not None and 0 < said <= 7 else None


def _hours_said(text: str) -> tuple[float | None, float | None]:
    """Hours a week and hours a day in so many words; of 8-10小时 the longer one."""
    week = day = None
    for found in _HOURS.finditer(text):
        hours = read_number(found[3] or found[2])
        if hours is None:
            continue
        if found[1] == "周" and week is None and hours <= 168:
            week = hours
        elif found[1] is None and day is None and hours <= LONGEST_DAY:
            day = hours
    return week, day


def _number(match: re.Match[str] | None) -> float | None:
    return next((read_number(number) for number in match.groups() if number), None) if match else None
