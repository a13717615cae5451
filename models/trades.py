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
    `source` says where name and aliases come from: 大典, an official name of the classification (职业分类大典 2022);
    工种, a kind of work that it lists; 自编, written for this project from what is known of the labour
    market, as all spoken forms, skills and neighbours are.
    """

    name: str
    aliases: tuple[str, ...]
    spoken: tuple[str, ...]
    skills: tuple[str, ...]
    near: tuple[str, ...]
    code: str
    source: tuple[str, ...]


@lru_cache(maxsize=1)
def trades() -> Mapping[str, Trade]:
    """All trades by name, in the order of the file."""
    text = resources.files("models").joinpath("data/trades.csv").read_text("utf-8")
    return {row["name"]: _trade(row) for row in csv.DictReader(text.splitlines())}


def _trade(row: Mapping[str, str]) -> Trade:
    aliases, spoken, skills, near, source = (
        tuple(filter(None, row[column].split("|"))) for column in ("aliases", "spoken", "skills", "near", "source")
    )
    return Trade(row["name"], aliases, spoken, skills, near, row["code"], source)
