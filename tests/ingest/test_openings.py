import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.openings import MOST, Openings, read_openings
from models.errors import FieldError

CASES = Path(__file__).parents[2] / "../shared/data/cases/headcount_cases.csv"


def cases():
    if not CASES.exists():
        return []
    with CASES.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"])
def test_the_shared_cases(case):
    found = read_openings(case["text"])
    written = ["" if value is None else str(value) for value in (found.minimum, found.maximum, found.flag)]
    assert written == [case["min"], case["max"], case["flag"]]


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("6", 6, 6),
        ("5.0", 5, 5),
        ("1,000人", 1000, 1000),
        ("３ 人", 3, 3),
        ("一百二十人", 120, 120),
        ("二三十人", 20, 30),
        ("5名～8名", 5, 8),
        ("0-5人", None, 5),
        ("100+", 100, None),
        ("20多人", 20, None),
        ("十几人", 10, None),
        ("不少于5人", 5, None),
        ("超过10人", 10, None),
        ("5人以内", None, 5),
        ("不超过十人", None, 10),
        ("大量招聘100人", 100, 100),
        ("招聘3个岗位共10人", 10, 10),
        ("2026年招C1司机2名", 2, 2),
        ("数控车工5名", 5, 5),
        ("5人男女不限", 5, 5),
    ],
)
def test_counts_as_people_write_them(text, minimum, maximum):
    assert read_openings(text) == Openings(minimum, maximum)


@pytest.mark.parametrize("text", ["", "若干", "多名", "几十人", "一线操作工", "长期招聘"])
def test_no_number_is_missing_not_one(text):
    assert read_openings(text) == Openings(flag="headcount_missing")
    assert read_openings(text).count is None


@pytest.mark.parametrize("text", ["0", "0人", "零"])
def test_zero_is_said_not_missing(text):
    assert read_openings(text) == Openings(flag="headcount_zero")


@pytest.mark.parametrize(
    ("text", "total"),
    [("男1女1", 2), ("男2名，女3名", 5), ("3名(男2女1)", 3), ("2男3女", 5), ("男性2人 女性3人", 5), ("男女各5名", 10)],
)
def test_a_split_by_sex_counts_as_its_sum(text, total):
    assert read_openings(text) == Openings(total, total, "unlawful_sex_split")


@pytest.mark.parametrize(
    ("found", "count"),
    [(Openings(3, 5), 3), (Openings(3, None), 3), (Openings(None, 5), 5), (Openings(), None)],
)
def test_planning_takes_the_lower_figure_that_is_known(found, count):
    assert found.count == count


@pytest.mark.parametrize("text", ["-1", "1.5", "100001", "9" * 30, "1e5", "1_000", "0x10", "1/2"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(FieldError) as error:
        read_openings(text)
    assert error.value.rule == "openings_number"


def test_a_range_is_never_turned_round():
    with pytest.raises(FieldError) as error:
        read_openings("8-5人")
    assert error.value.rule == "openings_min_above_max"


@given(st.text(max_size=110) | st.text(alphabet="0123456789.-~至人名男女各约以上下十二两百万几+", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        found = read_openings(text)
    except FieldError:
        return
    assert all(1 <= side <= MOST for side in (found.minimum, found.maximum) if side is not None)
    assert found.count is not None or found.flag in ("headcount_missing", "headcount_zero")


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_openings("9" * 200_000)
    assert time.perf_counter() - start < 0.1
