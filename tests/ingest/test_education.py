import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.education import Education, read_education
from models.errors import FieldError

CODES = Path(__file__).parents[2] / "../shared/data/codes"


def rows(name):
    path = CODES / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("education_gbt4658_2006.csv"), ids=lambda row: row["name"])
def test_codes_and_names_of_the_standard(row):
    expected = Education(int(row["match_level"]), row["code"])
    assert read_education(row["code"]) == expected
    assert read_education(row["name"]) == expected


@pytest.mark.parametrize("row", rows("education_aliases.csv"), ids=lambda row: row["alias"])
def test_the_shared_aliases(row):
    assert read_education(row["alias"]).code == row["code"]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("博士", 7),
        ("硕士研究生及以上", 6),
        ("ＭＢＡ", 6),
        ("碩士", 6),
        ("统招本科及以上学历", 5),
        ("要求：全日制 本科", 5),
        ("大专或以上", 4),
        ("大专-本科", 4),
        ("本科|硕士", 5),
        ("大专以上，硕士优先", 4),
        ("中专/中技", 3),
        ("中技/中专", 3),
        ("高中（含）以上", 3),
        ("初中及以上", 2),
        ("初高中均可", 2),
        ("小学", 1),
        ("文盲", 0),
        ("本科肄业", 4),
        ("博士在读", 6),
    ],
)
def test_levels_as_people_write_them(text, level):
    assert read_education(text).level == level


@pytest.mark.parametrize("text", ["不限", "学历不限", "无要求", "无", "0", "00", "学历不限，本科优先", "学历：不限"])
def test_no_requirement_is_level_0(text):
    assert read_education(text) == Education(0, "00")


def test_no_limit_on_something_else_is_not_no_requirement():
    assert read_education("本科，专业不限").level == 5


@pytest.mark.parametrize(
    ("text", "level"), [("高中及以下", 2), ("初中及以下", 2), ("小学以下", 1), ("大专（含）以下", 2)]
)
def test_and_below_asks_no_more_than_schooling_of_all(text, level):
    assert read_education(text).level == level


@pytest.mark.parametrize("text", ["", "招1人", "学历要求", "硕士优先", "3", "99", "abc"])
def test_unknown_text_has_no_level(text):
    assert read_education(text) == Education()


@given(st.text(max_size=110) | st.text(alphabet="本科大专硕博士高初中小学历不限及以上下优先/-0123", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        found = read_education(text)
    except FieldError:
        return
    assert found.level is None or 0 <= found.level <= 7


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_education("本科" * 100_000)
    assert time.perf_counter() - start < 0.1
