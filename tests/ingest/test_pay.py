import csv
import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pay import DAYS_A_MONTH, MOST, Pay, pay_from_range, read_pay
from models.enums import PayUnit
from models.errors import FieldError

SHARED = Path(__file__).parents[2] / "../shared/data"
CASES = SHARED / "cases/wage_cases.csv"
REAL = (
    ("vacancies/zhilian_2026.csv", "salary"),
    ("vacancies/job51_2024.csv", "salary"),
    ("vacancies/job51_2026.csv", "salary"),
    ("judged/it/vacancies.csv", "wage"),
    ("judged/mixed/vacancies.csv", "wage"),
)


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def figures(text):
    pay = read_pay(text)
    return pay.minimum, pay.maximum


@pytest.mark.parametrize("case", rows(CASES) if CASES.exists() else [], ids=lambda case: case["text"])
def test_the_shared_cases(case):
    pay = read_pay(case["text"])
    written = [pay.minimum, pay.maximum, pay.unit and pay.unit.value, pay.months, pay.base, pay.probation]
    assert ["" if value is None else str(value) for value in written] == [
        case[name]
        for name in (
            "expected_min_month",
            "expected_max_month",
            "unit",
            "months_per_year",
            "guaranteed_base",
            "probation_month",
        )
    ]
    assert set(pay.flags) == set(filter(None, case["flags"].split(";")))


@pytest.mark.skipif(not SHARED.exists(), reason="real postings are not here")
@pytest.mark.parametrize(("path", "column"), REAL)
def test_of_real_notations_with_a_figure_99_percent_are_read(path, column):
    texts = [row[column] for row in rows(SHARED / path) if any(letter in "0123456789" for letter in row[column])]
    assert sum(read_pay(text).stated for text in texts) >= 0.99 * len(texts)


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("6000-9000元/月", 6000, 9000),
        ("￥6,500.00", 6500, 6500),
        ("RMB 8000/月", 8000, 8000),
        ("7K~9K", 7000, 9000),
        ("0.8-1万", 8000, 10_000),
        ("5000-1万", 5000, 10_000),
        ("１Ｗ－２Ｗ", 10_000, 20_000),
        ("7千-1万元", 7000, 10_000),
        ("4千5到6千", 4500, 6000),
        ("5000元 - 8000元/月", 5000, 8000),
        ("4500 - 6000 元 / 月", 4500, 6000),
        ("月薪3000到5000，包吃住", 3000, 5000),
        ("五险一金，双休，4500-6000", 4500, 6000),
        ("每天8小时，做六休一，5000元", 5000, 5000),
        ("招聘10人，18-45岁，工资5000", 5000, 5000),
        ("一个月6000", 6000, 6000),
        ("叁仟伍佰元", 3500, 3500),
        ("一万二到一万五", 12_000, 15_000),
        ("最低4000元，最高8000元", 4000, 8000),
        ("白班5000 夜班6000", 5000, 5000),
        ("普工5000-6000，技工7000-8000", 5000, 6000),
        ("3500.5元", 3501, 3501),
    ],
)
def test_months_are_read_as_written(text, minimum, maximum):
    assert figures(text) == (minimum, maximum)
    assert read_pay(text).unit is PayUnit.MONTH


@pytest.mark.parametrize(
    ("text", "unit", "minimum", "maximum"),
    [
        ("日薪300元", PayUnit.DAY, 6525, 6525),
        ("180-220/天", PayUnit.DAY, 3915, 4785),
        ("260块一天", PayUnit.DAY, 5655, 5655),
        ("300天", PayUnit.DAY, 6525, 6525),
        ("260元/12小时", PayUnit.DAY, 5655, 5655),
        ("200元/人/天", PayUnit.DAY, 4350, 4350),
        ("工资日结，200-300元", PayUnit.DAY, 4350, 6525),
        ("200元/天，每月工作26天", PayUnit.DAY, 5200, 5200),
        ("时薪25-30元", PayUnit.HOUR, 4350, 5220),
        ("一小时25", PayUnit.HOUR, 4350, 4350),
        ("25元/小时，每天工作4小时", PayUnit.HOUR, 2175, 2175),
        ("1500元/周", PayUnit.WEEK, 6500, 6500),
        ("周薪1500元", PayUnit.WEEK, 6500, 6500),
        ("半月2500元", PayUnit.HALF_MONTH, 5000, 5000),
        ("20-30万/年", PayUnit.YEAR, 16_667, 25_000),
        ("10万年薪", PayUnit.YEAR, 8333, 8333),
        ("3万及以下/年", PayUnit.YEAR, None, 2500),
        ("5000元/月/人", PayUnit.MONTH, 5000, 5000),
    ],
)
def test_other_units_come_to_a_month(text, unit, minimum, maximum):
    pay = read_pay(text)
    assert (pay.unit, pay.minimum, pay.maximum) == (unit, minimum, maximum)
    assert ("estimated" in pay.flags) is (unit in (PayUnit.HOUR, PayUnit.DAY, PayUnit.WEEK))


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("5000+", 5000, None),
        ("≥5000", 5000, None),
        ("至少4000", 4000, None),
        ("5千起/月", 5000, None),
        ("5000多元", 5000, None),
        ("5000元以上/月", 5000, None),
        ("5000元+绩效", 5000, None),
        ("5000元+全勤奖", 5000, 5000),
        ("5000-8000以上", 5000, None),
        ("8千以下", None, 8000),
        ("不超过8000", None, 8000),
        ("最高8000", None, 8000),
        ("0-5000元", None, 5000),
        ("8000元，上不封顶", 8000, None),
    ],
)
def test_open_sides_stay_open(text, minimum, maximum):
    assert figures(text) == (minimum, maximum)


@pytest.mark.parametrize(
    ("text", "minimum", "maximum", "base"),
    [
        ("底薪3000+提成", 3000, None, 3000),
        ("3000底薪+提成，综合6-8K", 6000, 8000, 3000),
        ("底薪2800-3500元+提成+奖金，月均6000元以上", 6000, None, 2800),
        ("无责任底薪4000+高额提成", 4000, None, 4000),
        ("保底4500，综合6000-9000", 6000, 9000, 4500),
        ("5000元/月（底薪3000+绩效2000）", 5000, 5000, 3000),
        ("底薪3000，综合可达8000", 3000, 8000, 3000),
        ("底薪+提成5000-8000", 5000, 8000, None),
        ("底薪3000+绩效工资1000-2000", 3000, None, 3000),
        ("底薪2500+5元/单", 2500, None, 2500),
    ],
)
def test_the_guaranteed_part_is_kept_apart(text, minimum, maximum, base):
    pay = read_pay(text)
    assert (pay.minimum, pay.maximum, pay.base) == (minimum, maximum, base)


@pytest.mark.parametrize(
    "text",
    [
        "5000元/月+餐补500",
        "餐补300，5000元",
        "5000+300餐补+200全勤",
        "5000元/月(含200元全勤)",
        "含加班费5000元",
        "5000元，加班15元/小时",
        "返费3000，综合5000元",
        "5000元/月，满3个月奖500元",
    ],
)
def test_allowances_are_not_the_pay(text):
    assert figures(text) == (5000, 5000)


@pytest.mark.parametrize(
    ("text", "minimum", "probation"),
    [
        ("试用期3个月，3500元/月，转正后4000元/月", 4000, 3500),
        ("试用期三个月，工资3500元，转正后4000元", 4000, 3500),
        ("3500(试用期)，4000(转正)", 4000, 3500),
        ("工资4000元/月，试用期一个月3500元/月", 4000, 3500),
        ("4000元，试用期80%", 4000, 3200),
        ("试用期一个月，4000-5000元", 4000, None),
        ("过试用期后4000元", 4000, None),
        ("4000元，无试用期", 4000, None),
    ],
)
def test_probation_is_kept_apart(text, minimum, probation):
    pay = read_pay(text)
    assert (pay.minimum, pay.probation) == (minimum, probation)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("6K-8K·14薪", 14),
        ("8000-12000元·13-15薪", 13),
        ("十三薪 5000", 13),
        ("15k*14", 14),
        ("5000元，年底双薪", 13),
        ("5000元", None),
    ],
)
def test_months_paid_a_year_do_not_change_the_month(text, months):
    assert read_pay(text).months == months
    assert read_pay(text).minimum == read_pay(text.partition("·")[0]).minimum


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("8-12", "guessed_unit"),
        ("年薪10-15", "guessed_unit"),
        ("9000-6000元", "swapped"),
        ("工资3500左右", "approx"),
        ("五千元", "chinese_numeral"),
        ("轻松月入过万", "hype"),
        ("5000元，具体面议", "negotiable"),
        ("按件计酬，月入5000元", "piece_rate"),
        ("日结200元", "gig"),
        ("1800元/月", "below_minimum_wage"),
        ("底薪1800，综合5000-8000", "below_minimum_wage"),
        ("时薪18元", "below_minimum_wage_part_time"),
        ("试用期3000，转正4000", "probation_below_80pct"),
        ("试用期2000，转正2400", "probation_below_minimum_wage"),
    ],
)
def test_what_needs_a_look_is_flagged(text, flag):
    pay = read_pay(text)
    assert flag in pay.flags
    assert pay.stated


@pytest.mark.parametrize("text", ["面议", "薪资按公司规定", "待遇从优", "根据能力定薪"])
def test_negotiable_is_incomplete(text):
    assert read_pay(text) == Pay(flags=("negotiable", "incomplete"))


@pytest.mark.parametrize(
    "text", ["", "无", "abc", "NaN", "1e400", "inf", "-5000", "$5000", "几千元", "全勤奖200元", "13薪"]
)
def test_text_without_pay_is_incomplete(text):
    pay = read_pay(text)
    assert "incomplete" in pay.flags
    assert not pay.stated


@pytest.mark.parametrize("text", ["5", "6元/月", "60000元/小时", "4500-8000元/时", "5000000", "9" * 200, "30-50万"])
def test_what_cannot_be_a_months_pay_is_flagged_not_guessed(text):
    pay = read_pay(text)
    assert "implausible" in pay.flags
    assert not pay.stated


def test_piece_rates_are_stated_without_a_month():
    pay = read_pay("每件0.8元")
    assert pay == Pay(PayUnit.PIECE, flags=("piece_rate",))
    assert pay.stated
    assert not read_pay("计件工资").stated
    assert read_pay("5元/单，月入8000-12000元").minimum == 8000


@pytest.mark.parametrize(
    ("minimum", "maximum", "unit", "expected"),
    [
        (5000, 8000, "month", (5000, 8000, PayUnit.MONTH)),
        (5000, None, "元/月", (5000, None, PayUnit.MONTH)),
        (0, 8000, "月薪", (None, 8000, PayUnit.MONTH)),
        (200, 300.5, "day", (4350, 6536, PayUnit.DAY)),
        (25, 25, "小时", (4350, 4350, PayUnit.HOUR)),
        (120_000, 180_000, "YEAR", (10_000, 15_000, PayUnit.YEAR)),
        (1500, 1500, "每周", (6500, 6500, PayUnit.WEEK)),
        (2000, 2000, "half_month", (4000, 4000, PayUnit.HALF_MONTH)),
        (0.5, 1, "计件", (None, None, PayUnit.PIECE)),
        (3, 5, "单", (None, None, PayUnit.PIECE)),
    ],
)
def test_the_wire_form(minimum, maximum, unit, expected):
    pay = pay_from_range(minimum, maximum, unit)
    assert (pay.minimum, pay.maximum, pay.unit) == expected
    assert pay.stated


def test_both_sides_unsaid_is_negotiable():
    assert pay_from_range(None, None, "month") == Pay(flags=("negotiable", "incomplete"))
    assert pay_from_range(0, 0, "month") == Pay(flags=("negotiable", "incomplete"))


@pytest.mark.parametrize(
    ("minimum", "maximum", "unit", "rule"),
    [
        (math.nan, None, "month", "pay_number"),
        (None, math.inf, "month", "pay_number"),
        (True, None, "month", "pay_number"),
        (-1, 5000, "month", "pay_number"),
        (5000, 1_000_001, "month", "pay_number"),
        (10**400, None, "month", "pay_number"),
        (8000, 5000, "month", "pay_min_above_max"),
        (5000, 8000, "fortnight", "pay_unit_unknown"),
        (5000, 8000, "", "pay_unit_unknown"),
        (6, 6, "month", "pay_unit_misfit"),
        (60_000, 60_000, "hour", "pay_unit_misfit"),
        (5000, 8000, "年", "pay_unit_misfit"),
    ],
)
def test_the_wire_form_refuses_what_cannot_be(minimum, maximum, unit, rule):
    with pytest.raises(FieldError) as error:
        pay_from_range(minimum, maximum, unit)
    assert error.value.rule == rule
    assert error.value.message
    assert error.value.fix


WORDS = st.sampled_from(
    (
        *"0123456789.,-~元万千百kw十一两五/月天年薪·+约每至到过上%",
        *(
            "小时",
            "试用期",
            "转正",
            "底薪",
            "提成",
            "综合",
            "以上",
            "以下",
            "左右",
            "面议",
            "计件",
            "补贴",
            "日结",
            "个月",
        ),
    )
)


@given(st.text(max_size=220) | st.lists(WORDS, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        pay = read_pay(text)
    except FieldError:
        return
    sides = [side for side in (pay.minimum, pay.maximum) if side is not None]
    assert sides == sorted(sides)
    assert all(0 < side <= MOST for side in sides)
    assert pay.stated or {"incomplete", "implausible"} & set(pay.flags)


@given(st.integers(500, 150_000), st.integers(0, 150_000), st.sampled_from(["-", "—", "~", "至", "到", " - "]))
def test_a_range_in_yuan_reads_back(low, more, dash):
    assert figures(f"{low}{dash}{low + more}元/月") == (low, low + more)


@given(st.integers(25, 10_000))
def test_a_days_pay_comes_to_the_paid_days_of_a_month(amount):
    assert figures(f"{amount}元/天")[0] == math.floor(amount * DAYS_A_MONTH + 0.5)


def test_a_long_text_is_refused_at_once_and_the_longest_is_quick():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_pay("9" * 200_000)
    for text in ("5000-" * 40, "9" * 199 + "x", "试用期1-" * 40, "ﷺ" * 200, "每月一" * 66, ",000" * 50):
        read_pay(text)
    assert time.perf_counter() - start < 1
