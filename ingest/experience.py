"""How many years of experience does a text ask for or state?"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.notation import notation
from ingest.numerals import NUMERAL, read_span
from models.errors import FieldError

LONGEST = 100  # code points of an experience note
MOST = 60.0

_NUMBER = rf"(?<![a-z0-9._])({NUMERAL}|半)(?![a-z0-9._])"
_UNIT = r"\+?(年半|周?年|载|个半月|个?月)"
_RANGE = re.compile(rf"{_NUMBER}(?:{_UNIT})?(?:[-—–―−‐~〜/]+|至|到){_NUMBER}(?:{_UNIT}|$)")
_BETWEEN = re.compile(rf"{_NUMBER}{_UNIT}以上,?{_NUMBER}{_UNIT}以[下内]")
_SINGLE = re.compile(rf"{_NUMBER}{_UNIT}")
_BARE = re.compile(rf"{_NUMBER}\+?(?:以[上下])?")
_CALENDAR = re.compile("(?<![0-9])(?:19|20)[0-9]{2}年(?:[0-9]{1,2}月)?")  # 2020年毕业 is no length of time
_NOT_NEEDED = re.compile(r"(?:经验|年限)不限|不限(?:经验|年限)|[无不]需|[无不]要求|[无零](?:工作)?经验|应届|在校")
_NOT_NEEDED_ALONE = frozenset({"不限", "无", "无限制", "均可", "没有"})
_AT_MOST = re.compile("以[下内]|[之年]内|不超过|最多")
_AT_LEAST = re.compile(r"以上|\+|起|至少|不[少低]于|最[少低]|满")


@dataclass(frozen=True, slots=True)
class Experience:
    """Years, 0 to 60; an open or unknown side is None. No experience needed is minimum 0."""

    minimum: float | None = None
    maximum: float | None = None


@lru_cache(maxsize=65_536)
def read_experience(text: str) -> Experience:
    """The years that a text names: 5-10年, 3年及以上, 半年, 6个月, 经验不限, 应届生, a bare number.

    Unknown text is an Experience without figures, no error. FieldError experience_years where a number is negative
    or over 60 years, experience_min_above_max, too_long over 100 characters.
    """
    normal = _CALENDAR.sub("", notation(text, LONGEST).replace(" ", ""))
    if normal in _NOT_NEEDED_ALONE:
        return Experience(0.0)
    if re.match("-[0-9]", normal):
        raise _not_years()
    low, high = _years(normal)
    if (high is not None and high > MOST) or (low is not None and low > MOST):
        raise _not_years()
    if low is not None and high is not None and low > high:
        raise FieldError("experience_min_above_max", "工作年限下限高于上限", "请核对工作年限")
    if _NOT_NEEDED.search(normal) and "勿" not in normal:
        low = 0.0
    return Experience(low, high)


def _years(text: str) -> tuple[float | None, float | None]:
    """From-to in years as written."""
    for pattern in (_BETWEEN, _RANGE):
        found = pattern.search(text)
        if found:
            low, high = _in_years(found[1], found[2] or found[4]), _in_years(found[3], found[4])
            return (low[0], high[1]) if low and high else (None, None)
    single = _SINGLE.search(text)
    bare = None if single else _BARE.fullmatch(text)
    span = _in_years(single[1], single[2]) if single else _in_years(bare[1], None) if bare else None
    if span is None:
        return None, None
    if span[0] < span[1]:
        return span
    if _AT_MOST.search(text):
        return 0.0, span[1]
    return span[0], None if _AT_LEAST.search(text) else span[1]


def _in_years(number: str, unit: str | None) -> tuple[float, float] | None:
    """A number and its unit: 半年, 一年半, 18个月; without a unit years."""
    span = (0.5, 0.5) if number == "半" else read_span(number)
    if span is None:
        return None
    half = 0.5 if unit and "半" in unit else 0.0
    months = 12.0 if unit and "月" in unit else 1.0
    return (span[0] + half) / months, (span[1] + half) / months


def _not_years() -> FieldError:
    return FieldError("experience_years", "工作年限不是有效的年数", f"请填写 0 到 {MOST:.0f} 之间的年数")
