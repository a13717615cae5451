"""Which occupations there are (职业分类大典 2022): codes, names, and the other names they go by."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

GROUP_LENGTH = len("0-00-00")  # a 小类 is the first three parts of a code


@dataclass(frozen=True, slots=True)
class Occupation:
    """A 细类 (or a 小类, code ending -00): its code d-dd-dd-dd, name, and aliases and 工种."""

    code: str
    name: str
    aliases: tuple[str, ...]


@lru_cache(maxsize=1)
def occupations() -> Mapping[str, Occupation]:
    """All occupations by code."""
    text = resources.files("models").joinpath("data/occupations.csv").read_text("utf-8")
    return {
        row["code"]: Occupation(row["code"], row["name"], tuple(filter(None, row["aliases"].split("|"))))
        for row in csv.DictReader(text.splitlines())
    }


def occupation_label(code: str) -> str:
    """The name of an occupation code or 小类 prefix; the code itself when it is not known."""
    known = occupations().get(code) or occupations().get(f"{code[:GROUP_LENGTH]}-00")
    return known.name if known else code


def group(code: str) -> str:
    """The 小类 of a code: occupations that share it are siblings."""
    return code[:GROUP_LENGTH]
