"""Which work is barred to people of 16 and 17 (未成年工特殊保护规定 3; 未成年人保护法 61)."""

import csv
from functools import lru_cache
from importlib import resources

from models.text import normal_form


def is_barred_to_minors(title: str, certificates: list[str]) -> bool:
    """Whether a title names barred work, or a certificate is asked that only adults can hold."""
    return _is_barred(title) or any("特种作业" in name for name in certificates)


@lru_cache(maxsize=65_536)
def _is_barred(title: str) -> bool:
    normal = normal_form(title)
    return any(term in normal for term in _terms())


@lru_cache(maxsize=1)
def _terms() -> tuple[str, ...]:
    text = resources.files("models").joinpath("data/minor_barred.csv").read_text("utf-8")
    return tuple(normal_form(row["term"]) for row in csv.DictReader(text.splitlines()))
