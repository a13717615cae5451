"""How many people is a vacancy for?"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.notation import notation
from ingest.numerals import NUMERAL, read_number, read_span, without_thousands
from models.errors import FieldError

LONGEST = 100  # code points of an openings note
MOST = 100_000

_NUMBER = rf"(?<![a-z0-9._/])({NUMERAL})(?![a-z0-9._/])"
_PEOPLE = "(?:[人名位]|个(?!岗|工种|班))"
_EITHER_SEX = re.compile("男女(?:不限|均可|皆可|不拘)|不限男女")
_BOTH_SEXES = re.compile(rf"男女各{_NUMBER}")
_BY_SEX = re.compile(rf"[男女][性工生士]?:?{_NUMBER}|{_NUMBER}{_PEOPLE}?[男女]")
_RANGE = re.compile(rf"{_NUMBER}{_PEOPLE}?(?:[-—–―−‐~〜]+|至|到){_NUMBER}")
_COUNTED = re.compile(rf"{_NUMBER}(?=[余多来+]*{_PEOPLE})")
_ARABIC = re.compile(rf"(?=[0-9]){_NUMBER}")
_VAGUE = re.compile("[几数][十百千名人位个]")
_AT_MOST = re.compile(r"不[超高多][过于]|[至最]多|以[内下]|之内|(?<!不)[少低小]于|[≤<]")
_AT_LEAST = re.compile(r"以上|起|多|余|\+|不[少低]于|至少|最少|[超≥>]")
_ABOUT = re.compile("约|左右|上下|大概|近")


@dataclass(frozen=True, slots=True)
class Openings:
    """How many people are wanted; an open or unknown side is None.

    Flags: headcount_missing (若干, 不限, nothing), headcount_zero, approx, unlawful_sex_split (男1女1).
    """

    minimum: int | None = None
    maximum: int | None = None
    flag: str | None = None

    @property
    def count(self) -> int | None:
        """The number that the service plans with; None where the text gives none."""
        return self.minimum if self.minimum is not None else self.maximum


@lru_cache(maxsize=65_536)
def read_openings(text: str) -> Openings:
    """The openings that a text says: 3-5人, 二十名, 20人以上, 若干.

    A split by sex counts as its sum and is flagged (人力资源市场暂行条例 24). FieldError openings_number where a
    number is unreadable, not whole or not 1 to 100,000; openings_min_above_max; too_long over 100 characters.
    """
    normal = without_thousands(notation(text, LONGEST).replace(" ", ""))
    normal = _EITHER_SEX.sub("", re.sub("(?<=[十百])几", "余", normal))
    by_sex = _by_sex(normal)
    if by_sex:
        return Openings(by_sex, by_sex, "unlawful_sex_split")
    span = _span(normal)
    if span is None:
        if re.search("[0-9]", normal):
            raise _not_a_count()
        return Openings(flag="headcount_missing")
    low, high = _whole(span[0]), _whole(span[1])
    if low > high:
        raise FieldError("openings_min_above_max", "招聘人数下限高于上限", "请核对招聘人数")
    return _bounded(low, high, normal)


def _bounded(low: int, high: int, text: str) -> Openings:
    """The openings of two numbers, the side left open that the words around them leave open."""
    if high == 0:
        return Openings(flag="headcount_zero")
    if low < high:
        return Openings(low or None, high)
    if _AT_MOST.search(text):
        return Openings(None, high)
    if _AT_LEAST.search(text):
        return Openings(low, None)
    return Openings(low, high, "approx" if _ABOUT.search(text) else None)


def _by_sex(text: str) -> int:
    """The sum of the numbers said of men and women; 0 where there are none."""
    both = _BOTH_SEXES.search(text)
    said = [both[1], both[1]] if both else [found[1] or found[2] for found in _BY_SEX.finditer(text)]
    return _whole(sum(read_number(number) or 0.0 for number in said))


def _span(text: str) -> tuple[float, float] | None:
    """From-to as written: a range, else the number before 人 or 名, else any Arabic one, else all of the text."""
    between = _RANGE.search(text)
    if between:
        low, high = read_span(between[1]), read_span(between[2])
        return (low[0], high[1]) if low and high else None
    if _VAGUE.search(text):
        return None
    if re.match("-[0-9]", text):
        raise _not_a_count()
    found = _COUNTED.search(text) or _ARABIC.search(text)
    return read_span(found[1] if found else text.rpartition(":")[2])


def _whole(number: float) -> int:
    if number > MOST or number != int(number):
        raise _not_a_count()
    return int(number)


def _not_a_count() -> FieldError:
    return FieldError("openings_number", "招聘人数不是有效的整数", f"请填写 1 到 {MOST} 之间的整数")
