import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.experience import MOST, Experience, read_experience
from models.errors import FieldError


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("5-10年", 5, 10),
        ("三至五年", 3, 5),
        ("3-5年工作经验", 3, 5),
        ("1~3", 1, 3),
        ("一两年", 1, 2),
        ("3年以上5年以下", 3, 5),
        ("6个月-1年", 0.5, 1),
        ("3-6个月", 0.25, 0.5),
        ("3年及以上", 3, None),
        ("10年以上工作经验", 10, None),
        ("一年以上", 1, None),
        ("3年+", 3, None),
        ("10+", 10, None),
        ("不少于3年", 3, None),
        ("1年以下", 0, 1),
        ("2年内", 0, 2),
        ("1年", 1, 1),
        ("3.5", 3.5, 3.5),
        ("半年", 0.5, 0.5),
        ("6个月", 0.5, 0.5),
        ("一年半", 1.5, 1.5),
        ("十五年", 15, 15),
        ("C1驾照3年", 3, 3),
        ("0", 0, 0),
    ],
)
def test_years_as_people_write_them(text, minimum, maximum):
    assert read_experience(text) == Experience(minimum, maximum)


@pytest.mark.parametrize(
    "text", ["经验不限", "不限", "无需经验", "无经验", "应届生", "在校生", "无", "无需经验，1年以上优先"]
)
def test_none_needed_is_zero(text):
    assert read_experience(text) == Experience(0)


def test_graduates_or_some_years():
    assert read_experience("应届生或1-3年") == Experience(0, 3)


@pytest.mark.parametrize("text", ["", "有经验优先", "经验要求", "nan", "1e5", "2020年毕业"])
def test_unknown_text_says_nothing(text):
    assert read_experience(text) == Experience()


@pytest.mark.parametrize(
    ("text", "rule"),
    [("-1", "experience_years"), ("61", "experience_years"), ("9" * 50, "experience_years"),
     ("5-3年", "experience_min_above_max")],
)  # fmt: skip
def test_what_cannot_be_is_refused(text, rule):
    with pytest.raises(FieldError) as error:
        read_experience(text)
    assert error.value.rule == rule


@given(st.text(max_size=110) | st.text(alphabet="0123456789.-~至年个月半一两三十以上下应届不限经验+", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        found = read_experience(text)
    except FieldError:
        return
    sides = [side for side in (found.minimum, found.maximum) if side is not None]
    assert sides == sorted(sides)
    assert all(0 <= side <= MOST for side in sides)


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(FieldError):
        read_experience("9" * 200_000)
    assert time.perf_counter() - start < 0.1
