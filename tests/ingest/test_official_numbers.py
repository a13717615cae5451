import csv
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from ingest.official_numbers import USCC_LETTERS, is_id_number, is_mobile_number, read_id_number, read_uscc
from models.errors import FieldError

CASES = Path(__file__).parents[2] / "../shared/data/cases"


def cases(name):
    path = CASES / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def id_number(head, born, order):
    digits = f"{head}{born:%Y%m%d}{order:03}"
    return digits + ric.calc_check_digit(digits + "0")


@pytest.mark.parametrize("case", cases("id_number_cases.csv"), ids=lambda case: case["why"])
def test_the_shared_id_numbers(case):
    try:
        outcome = "legacy15" if read_id_number(case["number"]).legacy else "valid"
    except FieldError:
        outcome = "invalid"
    assert outcome == case["expected"]


@pytest.mark.parametrize("case", cases("uscc_cases.csv"), ids=lambda case: case["why"])
def test_the_shared_credit_codes(case):
    try:
        outcome = "valid" if read_uscc(case["code"]) else "invalid"
    except FieldError:
        outcome = "invalid"
    assert outcome == case["expected"]


RIGHT = id_number("500103", date(1990, 3, 7), 8)
ENDING_X = next(number for order in range(1000) if (number := id_number("500103", date(1990, 3, 7), order))[17] == "X")


@pytest.mark.parametrize(
    "text",
    [
        ENDING_X,
        ENDING_X.lower(),
        f" {ENDING_X[:6]} {ENDING_X[6:14]}-{ENDING_X[14:]}\u200b",
        ENDING_X.translate({ord(letter): ord(letter) + 0xFEE0 for letter in ENDING_X}),
    ],
    ids=["as printed", "lower case", "blanks", "full width"],
)
def test_spellings_are_put_right(text):
    assert read_id_number(text).number == ENDING_X


@given(
    st.sampled_from(["500157", "510212", "500105", "110101", "810000", "830000", "911124"]),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
)
def test_right_numbers_of_any_district_are_read(head, born, order):
    found = read_id_number(id_number(head, born, order))
    assert found.birth_date == born
    assert found.sex == ("M" if order % 2 else "F")


@given(st.dates(date(1950, 1, 1), date(2010, 12, 31)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born, order, place, shift):
    number = id_number("500103", born, order)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not is_id_number(wrong)


@given(st.dates(date(1930, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_the_old_form_is_converted(born, order):
    found = read_id_number(f"500103{born:%y%m%d}{order:03}")
    assert found.number == id_number("500103", born, order)
    assert found.legacy


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "id_length"),
        ("50010319900307000", "id_length"),
        ("5001031990030700O7", "id_characters"),
        ("000103199003070007", "id_province"),
        ("990103199003070007", "id_province"),
        ("500103199002300001", "id_birth_date"),
        ("500103189903070007", "id_birth_date"),
        ("500103199003070008", "id_check_digit"),
        ("5.00103E+17", "id_from_float"),
        ("5.00103199003E17", "id_from_float"),
        ("500103199003070000.0", "id_from_float"),
    ],
)
def test_what_is_wrong_is_named_without_repeating_it(text, rule):
    with pytest.raises(FieldError) as error:
        read_id_number(text)
    assert error.value.rule == rule
    assert not text or text not in error.value.message + error.value.fix


def test_a_number_shows_nothing_in_logs():
    assert "19900307" not in repr(read_id_number(RIGHT))


@given(st.text(alphabet=USCC_LETTERS, min_size=9, max_size=9), st.sampled_from(["91500103", "12500000", "N2500112"]))
def test_right_credit_codes_are_read(organisation, head):
    code = head + organisation
    code += uscc.calc_check_digit(code)
    assert read_uscc(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "uscc_length"),
        ("500103000012345", "uscc_length"),
        ("91500103MI0000001U", "uscc_characters"),
        ("000000000000000000", "uscc_characters"),
        ("91500103MA00000011", "uscc_check"),
    ],
)
def test_wrong_credit_codes_are_refused(text, rule):
    with pytest.raises(FieldError) as error:
        read_uscc(text)
    assert error.value.rule == rule


@pytest.mark.parametrize(
    ("text", "mobile"),
    [
        ("13800000000", True),
        ("+86 138-0000-0000", True),
        ("１３８００００００００", True),
        ("12800000000", False),
        ("1380000000", False),
        ("V13800000000", False),
        ("", False),
    ],
)
def test_mobile_numbers_are_known(text, mobile):
    assert is_mobile_number(text) is mobile


def test_an_identifier_of_15_digits_is_not_taken_for_an_id_number():
    assert not is_id_number("500103900307000")
    assert is_id_number(RIGHT)


@given(st.text(max_size=70) | st.text(alphabet="0123456789Xx. -E+", max_size=30))
def test_any_text_is_read_or_refused(text):
    for reader in (read_id_number, read_uscc):
        with suppress(FieldError):
            reader(text)
    assert is_id_number(text) in (True, False)
    assert is_mobile_number(text) in (True, False)


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    assert not is_id_number("5" * 200_000)
    assert not is_mobile_number("1" * 200_000)
    assert time.perf_counter() - start < 0.1
