"""Which label of the employment service (H.. hardship, L.. others) does a word on a form name?"""

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from models.text import normal_form

CODE = re.compile("[HL][0-9]{2}")


def label_code(word: str) -> str | None:
    """The code of a label that is written as its code, its name or another name of it; None for other words."""
    code = word.strip().upper()
    return code if CODE.fullmatch(code) else _codes().get(normal_form(word))


def label_names() -> tuple[str, ...]:
    """The names of all labels, in order of code."""
    return tuple(row["name"] for row in _rows())


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    return {
        normal_form(word): row["code"] for row in _rows() for word in (row["name"], *row["aliases"].split("|")) if word
    }


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files("ingest").joinpath("data/labels.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
