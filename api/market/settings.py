"""What is the sample market made of? Trades, places, shares and texts, from the data files of `api`."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

SCHOOLING = ("不限", "小学", "初中", "高中", "中专", "大专", "本科", "硕士研究生")  # rising
DAY_SHIFTS = ("白班", "长白班", "弹性工作制")

Range = Sequence[int]  # low, high


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as employers and people speak of it. Pay is yuan a month; daily and hourly are for gigs."""

    key: str
    group: str
    demand: int
    supply: int
    titles: Sequence[str]
    wishes: Sequence[str]
    skills: Sequence[str]
    duties: Sequence[str]
    pay: Range
    shifts: Sequence[str]
    occupation: str = ""
    slang: Sequence[str] = ()
    employers: Sequence[str] = ()
    where: Sequence[str] = ()
    daily: Range = ()
    hourly: Range = ()
    education: str = "不限"
    experience: int = 0
    licence: Sequence[str] = ()
    papers: Sequence[str] = ()
    style: str = ""
    kind: str = "REGULAR"
    barred: bool = False
    remote: bool = False
    intern: bool = False

    @property
    def has_gigs(self) -> bool:
        """Whether the trade is paid by the day or hour too."""
        return bool(self.daily or self.hourly)

    @property
    def common(self) -> bool:
        """Whether even a small market holds a good number of its vacancies."""
        return self.demand >= 10

    @property
    def by_day(self) -> bool:
        """Whether at least half of its vacancies are day work."""
        return 2 * sum(shift in DAY_SHIFTS for shift in self.shifts) >= len(self.shifts)


@dataclass(frozen=True, slots=True)
class Place:
    """A county-level division, with its weight among the people and among the vacancies.

    `former` are divisions merged into it (2025-11), whose names are still written.
    """

    code: str
    name: str
    short: str
    former: Sequence[str]
    people: int
    vacancies: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the market is made of. `texts`, `groups` and `wordings` keep the layout of market.toml."""

    trades: Mapping[str, Trade]
    places: Mapping[str, Place]
    shares: Mapping[str, Mapping[str, Mapping[str, int]]]
    groups: Mapping[str, Mapping[str, Any]]
    wordings: Mapping[str, Any]
    texts: Mapping[str, Any]
    hard: Mapping[str, Any]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The market that ships."""
    market = tomllib.loads(_text("market.toml"))
    trades = [Trade(**table) for table in tomllib.loads(_text("trades.toml"))["trade"]]
    places = [
        Place(
            row["code"],
            row["name"],
            row["short"],
            tuple(filter(None, row["former"].split("|"))),
            int(row["people"]),
            int(row["vacancies"]),
        )
        for row in csv.DictReader(_text("market_places.csv").splitlines())
    ]
    return Settings(
        trades={trade.key: trade for trade in trades},
        places={place.code: place for place in places},
        shares=market["shares"],
        groups=market["groups"],
        wordings=market["wordings"],
        texts=market["texts"],
        hard=market["hard"],
    )


def _text(name: str) -> str:
    return resources.files("api").joinpath("data", name).read_text("utf-8")
