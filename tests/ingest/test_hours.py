import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.hours import WorkTime, read_hours
from models.enums import Shift
from models.errors import FieldError

CASES = Path(__file__).parents[2] / "../shared/data/cases/work_time_cases.csv"


def cases():
    if not CASES.exists():
        return []
    with CASES.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"])
def test_the_shared_cases(case):
    found = read_hours(case["text"])
    assert (found.form or "") == case["employment_form"]
    assert found.days_per_week == (float(case["days_per_week"]) if case["days_per_week"] else None)
    assert found.hours_per_day == (float(case["hours_per_day"]) if case["hours_per_day"] else None)
    assert (found.shift or "") == case["shift"]
    assert {True: "yes", False: "no", None: ""}[found.night] == case["night"]
    assert set(found.flags) == set(filter(None, case["flags"].split(";")))


@pytest.mark.parametrize(
    ("text", "form", "flags"),
    [
        ("长期工，全日制", "full_time", ()),
        ("非全日制用工", "part_time", ()),
        ("兼职，每天4小时", "part_time", ()),
        ("兼职，每天4小时，每周7天", "part_time", ("weekly_rest_missing", "part_time_over_24h")),
        ("零工，日结", "gig", ()),
        ("暑假工", "temporary", ("check_age_16",)),
        ("顶岗实习", "internship", ("not_employment",)),
        ("劳务派遣", "dispatched", ()),
        ("8小时工作制", None, ()),
        ("实习期三个月", None, ()),
    ],
)
def test_forms_of_employment(text, form, flags):
    found = read_hours(text)
    assert (found.form, found.flags) == (form, flags)


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("双休", 5, 8),
        ("大小周", 5.5, 8),
        ("月休四天", 6.08, 8),
        ("月休8天", 5.16, 8),
        ("周一到周六 9:00-17:30", 6, 8.5),
        ("周一至周五", 5, 8),
        ("周休二日", 5, 8),
        ("每天工作8小时，每周工作6天", 6, 8),
        ("五天八小时工作制", 5, 8),
        ("每天8-10小时", None, 10),
        ("午休1小时，每天9小时", None, 9),
        ("24小时营业，轮班", None, None),
        ("实习，每周4天", 4, None),
        ("上24休48", 2.33, 24),
        ("上12小时休24小时", 4.67, 12),
        ("四班三倒", 5.25, 8),
        ("三班两运转", 4.67, 12),
        ("995", 5, 12),
        ("965", 5, 8),
    ],
)
def test_days_and_hours(text, days, hours):
    found = read_hours(text)
    assert (found.days_per_week, found.hours_per_day) == (days, hours)


@pytest.mark.parametrize(
    ("text", "shift", "night"),
    [
        ("长白班，不倒班", Shift.DAY, False),
        ("不上夜班", None, False),
        ("晚班", Shift.NIGHT, True),
        ("早班8:00-16:00，晚班16:00-24:00", Shift.ROTATING, True),
        ("白班夜班轮换", Shift.ROTATING, True),
        ("两班倒，8小时", Shift.TWO_SHIFT, True),
        ("四班三倒", Shift.THREE_SHIFT, True),
        ("22:00-06:00", Shift.NIGHT, True),
        ("综合计算工时制", Shift.IRREGULAR, None),
        ("远程办公", Shift.REMOTE, None),
        ("做四休二", Shift.ROTATING, None),
    ],
)
def test_shifts_and_nights(text, shift, night):
    found = read_hours(text)
    assert (found.shift, found.night) == (shift, night)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("月休6天", ("week_hours_over_44",)),
        ("月休2天", ("weekly_rest_missing", "week_hours_over_44")),
        ("每周50小时", ("week_hours_over_44",)),
        ("每天12小时", ("hours_over_11",)),
        ("上一休一", ()),
        ("夜班 22:00-06:00", ("no_minor", "no_pregnant_7m")),
        ("周末双休，9:00-18:00", ()),
    ],
)
def test_what_needs_a_look_is_flagged(text, flags):
    assert read_hours(text).flags == flags


@pytest.mark.parametrize("text", ["", "面议", "五险一金", "学徒", "24/7"])
def test_text_without_working_time_says_nothing(text):
    assert read_hours(text) == WorkTime()


WORDS = st.sampled_from(
    (
        *"0123456789.:-至一二三四五六日天半休上做周月点早晚朝班倒",
        *("小时", "双休", "两班", "夜班", "兼职", "实习", "轮班", "每天", "996", "上午", "下午"),
    )
)


@given(st.text(max_size=220) | st.lists(WORDS, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        found = read_hours(text)
    except FieldError:
        return
    assert found.days_per_week is None or 0 < found.days_per_week <= 7
    assert found.hours_per_day is None or 0 < found.hours_per_day <= 7 * 24


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_hours("休" * 200_000)
    assert time.perf_counter() - start < 0.1
