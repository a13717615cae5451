"""What is a made-up record? The wire form, and beside it what it was made from."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from api.market.draws import Dice
from api.market.settings import Place, Trade

WORKING_DAYS = (("08:00", "17:00"), ("08:30", "17:30"), ("09:00", "18:00"), ("13:00", "21:00"))


class Sample(NamedTuple):
    """A record with the key of its trade ("" where nobody could tell) and its case ("ordinary" mostly)."""

    trade: str
    case: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """What is decided first about a person; everything else follows from it. Age in full years."""

    number: int
    case: str
    trade: Trade
    home: Place
    birth: date
    age: int

    @property
    def minor(self) -> bool:
        """Whether the person is under 18."""
        return self.age < 18


def said(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what was left unsaid: no key for an empty text or None."""
    return {key: value for key, value in record.items() if value is not None and value != ""}


def place_words(dice: Dice, place: Place, wording: str) -> str:
    """A district as one of the ways in which people write it."""
    if wording == "code":
        return place.code
    if wording == "former" and place.former:
        return dice.pick(place.former)
    name = place.short if wording in ("short", "city_short") else place.name
    return f"重庆市{name}" if wording == "city_name" else f"重庆{name}" if wording == "city_short" else name


class Days(dict[int, str]):
    """Dates as ISO text, by how many days ahead of today they lie (-1 is yesterday)."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def __missing__(self, ahead: int) -> str:
        self[ahead] = (self.today + timedelta(days=ahead)).isoformat()
        return self[ahead]


def slots(dice: Dice, days: Days, count: int) -> list[dict[str, str]]:
    """`count` working days in the two weeks after today, each with its hours."""
    start, end = dice.pick(WORKING_DAYS)
    return [{"date": days[ahead], "start": start, "end": end} for ahead in sorted(dice.some(range(1, 15), count))]
