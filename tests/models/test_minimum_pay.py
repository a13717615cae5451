from datetime import date

import pytest

from models.minimum_pay import highest_minimum_pay, minimum_pay


@pytest.mark.parametrize(
    ("tier", "on", "month", "hour"),
    [
        (1, date(2019, 1, 1), 1800, 18),
        (2, date(2022, 3, 31), 1700, 17),
        (1, date(2022, 4, 1), 2100, 21),
        (2, date(2024, 12, 31), 2000, 20),
        (1, date(2025, 1, 1), 2330, 23),
        (2, date(2026, 11, 24), 2200, 22),
    ],
)
def test_the_figure_of_a_day(tier, on, month, hour):
    known = minimum_pay(tier, on)
    assert known is not None
    assert (known.month, known.hour) == (month, hour)


def test_before_the_first_notice_nothing_is_known():
    assert minimum_pay(1, date(2018, 12, 31)) is None


def test_the_highest_is_the_newest_of_tier_1():
    assert (highest_minimum_pay().tier, highest_minimum_pay().month) == (1, 2330)
