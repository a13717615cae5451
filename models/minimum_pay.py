"""What is the least lawful pay in Chongqing, by tier of the district and by day (最低工资标准)?"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class MinimumPay:
    """One published figure: yuan a month for full time, yuan an hour for 非全日制, valid from a day on."""

    tier: int
    valid_from: date
    month: int
    hour: int
    document: str


def minimum_pay(tier: int, on: date) -> MinimumPay | None:
    """What holds in districts of a tier (1 or 2) on a day; None before the first figure that is known."""
    return next((known for known in _table() if known.tier == tier and known.valid_from <= on), None)


def highest_minimum_pay() -> MinimumPay:
    """The figure of tier 1 that was published last: pay at or above it is lawful in every district."""
    return _table()[0]


@lru_cache(maxsize=1)
def _table() -> tuple[MinimumPay, ...]:
    """The newest first, and of one day the higher tier first."""
    text = resources.files("models").joinpath("data/minimum_pay.csv").read_text("utf-8")
    rows = [
        MinimumPay(
            int(row["tier"]),
            date.fromisoformat(row["valid_from"]),
            int(row["month"]),
            int(row["hour"]),
            row["document"],
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(rows, key=lambda known: (-known.valid_from.toordinal(), known.tier)))
