"""Which levels of education are there (GB/T 4658-2006), and what is each called?"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.text import normal_form

LEVELS = ("学历不限", "小学", "初中", "高中", "大专", "本科", "硕士", "博士")
NO_REQUIREMENT = "00"  # of 中国公共招聘网: 学历不限; every other code is the standard's


@dataclass(frozen=True, slots=True)
class EducationCode:
    """One code. Codes fall as education rises, so only levels are compared: 0 none, 1 小学 ... 5 本科, 7 博士.

    结业 and 肄业 have the level below that of 毕业, a group code (20 大学本科教育) that of its 毕业.
    """

    code: str
    level: int
    name: str
    aliases: tuple[str, ...]


@lru_cache(maxsize=1)
def education_codes() -> Mapping[str, EducationCode]:
    """All codes."""
    text = resources.files("models").joinpath("data/education.csv").read_text("utf-8")
    return {
        row["code"]: EducationCode(
            row["code"], int(row["level"]), row["name"], tuple(filter(None, row["aliases"].split("|")))
        )
        for row in csv.DictReader(text.splitlines())
    }


@lru_cache(maxsize=1)
def education_words() -> Mapping[str, EducationCode]:
    """Every name and alias, in normal form, with its code."""
    return {normal_form(word): known for known in education_codes().values() for word in (known.name, *known.aliases)}


def education_label(level: int) -> str:
    """What a match level is called for people."""
    return LEVELS[level]
