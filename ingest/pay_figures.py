"""Which figures of money does a pay notation hold: how much, per what, and as which part of the pay?"""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from ingest import pay_words as words
from ingest.numerals import is_chinese, read_span
from ingest.pay_words import UNIT_WORDS, Role
from models.enums import PayUnit

_SCALE = re.compile("[百佰千仟k万w]")
_SCALES = {"百": 100, "佰": 100, "万": 10_000, "w": 10_000}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, yuan per `unit` (None: the text does not say). An open side is None."""

    low: float | None
    high: float | None
    unit: PayUnit | None
    role: Role
    flags: tuple[str, ...] = ()


class _Found(NamedTuple):
    """Two numbers, or one, and the words around them that may belong to them."""

    first: str
    second: str | None
    tails: str  # 元/月, 以上, 左右: what stands right after either number
    lead: str  # the words since the figure before
    clause: str  # those of its own clause
    rest: str  # the text after it


def read_figures(text: str) -> list[Figure]:
    """The figures of money in a tidied text, in order; numbers that count people or hours are left out."""
    figures: list[Figure] = []
    end = 0
    for match in words.FIGURE.finditer(text):
        tails = f"{match['middle']}{match['tail'] or ''}"
        lead = text[end : match.start()]
        clause = words.CLAUSE.split(lead)[-1]
        found = _Found(match["first"], match["second"], tails, lead, clause, text[match.end() :])
        if _is_money(found):
            figures.append(_figure(found))
            label = words.ROLE_AFTER.match(found.rest)
            end = match.end() + (label.end() if label else 0)
    return figures


def _is_money(found: _Found) -> bool:
    largest = read_span(found.second or found.first)
    if largest is None or read_span(found.first) is None:
        return False
    if "元" in found.tails or words.PER.search(found.tails):
        return True
    if words.COUNTED.match(found.rest):
        return False
    if largest[1] < 100 and words.COUNTED_IF_SMALL.match(found.rest):
        return False
    return largest[1] >= 100 or not is_chinese(found.first)  # 五险, 两班: no sum of money without 元


def _figure(found: _Found) -> Figure:
    unit = _unit(found)
    low, high, flags = _amounts(found, unit)
    if is_chinese(found.first + (found.second or "")):
        flags += ("chinese_numeral",)
    if words.ABOUT.search(found.tails) or words.ABOUT_BEFORE.search(found.clause):
        flags += ("approx",)
    return _opened(Figure(low or None, high, unit, _role(found), flags), found)


def _opened(figure: Figure, found: _Found) -> Figure:
    """The figure without the side that its words leave open."""
    if words.OPEN.search(found.tails):
        return replace(figure, high=None)
    if found.second or figure.low != figure.high:
        return figure
    if words.CLOSED.search(found.tails) or words.CLOSED_BEFORE.search(found.clause):
        return replace(figure, low=None)
    if words.OPEN_BEFORE.search(found.clause) or words.MORE_AFTER.match(found.rest):
        return replace(figure, high=None)
    return figure


def _unit(found: _Found) -> PayUnit | None:
    """The unit said after the figure, else just before it, else earlier: 日结, 200-300元."""
    said = words.PER.findall(found.tails)
    if said:
        parts = [part for part in re.split("[/每]", said[-1].removesuffix("薪")) if part]
        return UNIT_WORDS[next((part for part in reversed(parts) if part != "人"), "人")]
    after = None if "元" in found.tails else words.TIME_AFTER.match(found.rest)
    if after:
        return UNIT_WORDS[after[0]]
    just_before = words.UNIT_JUST_BEFORE.search(found.clause)
    if just_before:
        return UNIT_WORDS[just_before[1]]
    before = list(words.UNIT_BEFORE.finditer(found.lead))
    return PayUnit[before[-1].lastgroup or ""] if before else None


def _amounts(found: _Found, unit: PayUnit | None) -> tuple[float, float, tuple[str, ...]]:
    """Low and high in yuan, in order, and how they were guessed."""
    low, high = read_span(found.first) or (0.0, 0.0)
    if found.second is None:
        return low, high, ()
    high = (read_span(found.second) or (0.0, 0.0))[1]
    scale, other = _scale(found.first), _scale(found.second)
    if scale == other == 1 and "元" not in found.tails and low < high < 100:
        unsaid = _unsaid_scale(low, unit)
        return low * unsaid, high * unsaid, ("guessed_unit",) if unsaid > 1 else ()
    if scale == 1 < other:
        return _with_scale(low, high, other)
    if other == 1 < scale and high < low:  # 5千-8
        return low, high * scale, ("guessed_unit",)
    return (low, high, ()) if low <= high else (high, low, ("swapped",))


def _with_scale(low: float, high: float, scale: int) -> tuple[float, float, tuple[str, ...]]:
    """The low side takes the scale of the high one, else 千, while that keeps the order."""
    if low * scale <= high:  # 4-6千
        return low * scale, high, ()
    if low * 1000 <= high:  # 8-1万
        return low * 1000, high, ("guessed_unit",)
    return (low, high, ()) if low <= high else (high, low, ("swapped",))  # 5000-1万


def _unsaid_scale(low: float, unit: PayUnit | None) -> int:
    """What a range of bare small numbers is in: 5-8 a month in 千, 10-15 a year in 万."""
    if unit is PayUnit.YEAR:
        return 10_000
    return 1000 if unit in (None, PayUnit.MONTH) and low < 10 else 1


def _scale(text: str) -> int:
    """The first unit of a number from 百 up; 1 when it has none."""
    found = _SCALE.search(text)
    return _SCALES.get(found[0], 1000) if found else 1


def _role(found: _Found) -> Role:
    """What the words right after it say it is, else the last before it in its clause."""
    after = words.ROLE_AFTER.match(found.rest)
    if after:
        return Role[after.lastgroup or ""]
    said = [match.lastgroup for match in words.ROLES.finditer(found.clause)]
    role = Role[said[-1] or ""] if said else Role.PAY
    if role is Role.PAY and words.REGULAR.search(found.rest) and not words.REGULAR.search(found.lead):
        earlier = {match.lastgroup for match in words.ROLES.finditer(found.lead)}
        return Role.PROBATION if "PROBATION" in earlier else role  # 试用期3个月,工资3500元,转正4500元
    return role
