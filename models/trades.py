"""What the labour market calls occupations: trades, the names each goes by, and what it takes."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Trade:
    """An occupation as the labour market calls it (行当).

    `aliases` are other names of the same trade, `spoken` how people say it, `skills` its usual skill words,
    `near` the names of trades that its people could do as well, `code` its code of the 2022 classification or "".
    """

    name: str
    aliases: tuple[str, ...]
    spoken: tuple[str, ...]
    skills: tuple[str, ...]
    near: tuple[str, ...]
    code: str


@lru_cache(maxsize=1)
def trades() -> Mapping[str, Trade]:
    """All trades by name, in the order of the file."""
    text = resources.files("models").joinpath("data/trades.csv").read_text("utf-8")
    return {row["name"]: _trade(row) for row in csv.DictReader(text.splitlines())}


def _trade(row: Mapping[str, str]) -> Trade:
    aliases, spoken, skills, near = (
        tuple(filter(None, row[column].split("|"))) for column in ("aliases", "spoken", "skills", "near")
    )
    return Trade(row["name"], aliases, spoken, skills, near, row["code"])
