import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.numerals import NUMERAL, is_chinese, read_number, read_span, without_thousands

DIGITS = "零一二三四五六七八九"


def in_chinese(number: int) -> str:
    """The usual wording of 1 to 99,999,999, written independently of the reader."""
    if number >= 10_000:
        rest = number % 10_000
        tail = ("零" if rest < 1000 else "") + in_chinese(rest) if rest else ""
        return in_chinese(number // 10_000) + "万" + tail
    words, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if zero and words else "") + DIGITS[digit] + name
            zero = False
        else:
            zero = True
    return words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5000", 5000),
        ("1.5万", 15_000),
        ("1万2", 12_000),
        ("1万2千", 12_000),
        ("6千5", 6500),
        ("12k", 12_000),
        ("1w", 10_000),
        ("两千五百", 2500),
        ("三千五", 3500),
        ("一百五", 150),
        ("一百零五", 105),
        ("一万零五", 10_005),
        ("十五", 15),
        ("二十", 20),
        ("一点五万", 15_000),
        ("壹万贰仟", 12_000),
        ("零", 0),
        ("五千万", 50_000_000),
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "元", "五六", "1.2.3", "5元", "五百千", "9" * 400, "两班"])
def test_what_is_not_one_number_is_none(text):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("五六千", (5000, 6000)),
        ("二三十", (20, 30)),
        ("十七八", (17, 18)),
        ("一万二三", (12_000, 13_000)),
        ("八千", (8000, 8000)),
        ("六五千", None),
    ],
)
def test_neighbouring_digits_are_from_to(text, span):
    assert read_span(text) == span


def test_only_real_thousands_lose_their_comma():
    assert without_thousands("5,000-1,200,000元,300,50") == "5000-1200000元,300,50"


@pytest.mark.parametrize(("text", "chinese"), [("五千", True), ("十", True), ("5千", False), ("1.5万", False)])
def test_chinese_digits_are_told_from_units(text, chinese):
    assert is_chinese(text) is chinese


def test_a_lone_digit_does_not_swallow_the_next_number():
    assert re.findall(NUMERAL, "6千8小时") == ["6千", "8"]
    assert re.findall(NUMERAL, "1万2-1万5") == ["1万2", "1万5"]


@given(st.integers(1, 99_999_999))
def test_every_whole_number_reads_back_from_its_wording(number):
    assert read_number(in_chinese(number)) == number
    assert read_number(str(number)) == number


@given(st.text(alphabet="0123456789.零一两九十百千万kw点", max_size=60))
def test_any_text_gives_a_finite_number_or_none(text):
    number = read_number(text)
    assert number is None or 0 <= number < float("inf")
