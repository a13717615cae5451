import pytest

from ingest.notation import LONGEST, notation
from models.errors import FieldError


def test_full_width_traditional_and_blanks_become_one_form():
    assert notation("　月薪　８Ｋ—１萬 ") == "月薪 8k—1万"


def test_the_cap_counts_code_points_and_is_inclusive():
    assert notation("元" * LONGEST) == "元" * LONGEST
    with pytest.raises(FieldError) as error:
        notation("元" * (LONGEST + 1))
    assert error.value.rule == "too_long"


def test_a_lone_surrogate_is_refused_not_passed_on():
    with pytest.raises(FieldError) as error:
        notation("5000\ud800元")
    assert error.value.rule == "surrogate"
