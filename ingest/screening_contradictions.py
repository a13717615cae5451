"""Does a vacancy contradict itself: its text its own fields of pay, education and experience?

A person is matched by the fields and reads the text: where the text asks for more, the promise of the list is broken.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ingest.education import read_education
from ingest.experience import read_experience
from ingest.pay import Pay, read_pay
from models.errors import FieldError

FAR_APART = 1.5  # a text whose pay begins above the field's by this factor, or ends below it, contradicts it
YEARS_APART = 2.0  # more that the text asks for than the field
AND_MORE = "以上"  # is part of all that is asked for here

_NUMBER = r"[0-9]{1,5}(?:\.[0-9])?[kKwW千万]?"
_MONTHLY = re.compile(
    rf"(?:月薪|综合薪资|综合工资|综合月薪|月工资)[:：为在约可达]*({_NUMBER}[-~—至到]{_NUMBER})(?![0-9A-Za-z])(?!元?[/每一]?[天日时年小周])"
)
# A pay that is said of others than the one who begins: of trainees, of the best, of a part of it.
_OF_SOME = re.compile("试用|前[一二三两1-3]|转正|优秀|基本|底薪|基础|[+加]|提成|努力|平均|同事|以后|后期")
_SCHOOLING = re.compile(f"(?:初中|高中|中专|中技|大专|专科|本科|硕士|博士)(?:研究生)?(?:学历)?[及或]?{AND_MORE}")
_YEARS = re.compile(rf"([0-9]{{1,2}})年[及或]?{AND_MORE}[^,，。;；\n]{{0,12}}经[验历]")
_EASED = re.compile("优先|放宽|亦可|也可|不限|加分|更佳|为佳|或")

Contradiction = tuple[str, str, tuple[int, int]]  # the rule, the field of the text, the span in it


def contradictions(
    title: str, description: str, pay: Pay | None, education: str, experience: str
) -> Iterator[Contradiction]:
    """What title and description say against the fields."""
    for name, text in (("title", title), ("description", description)):
        yield from (("pay_contradicts", name, span) for span in _pay(text, pay))
    if AND_MORE not in description:
        return
    for rule, spans in (
        ("education_contradicts", _education(description, education)),
        ("experience_contradicts", _experience(description, experience)),
    ):
        yield from ((rule, "description", span) for span in spans)


def _pay(text: str, pay: Pay | None) -> Iterator[tuple[int, int]]:
    """A monthly pay in words that has nothing in common with the one in the field."""
    if pay is None or pay.minimum is None or pay.maximum is None:
        return
    for found in _MONTHLY.finditer(text):
        said = _read(read_pay, found[1])
        if said is None or said.minimum is None or said.maximum is None or _OF_SOME.search(_clause(text, found)):
            continue
        if said.minimum > FAR_APART * pay.maximum or FAR_APART * said.maximum < pay.minimum:
            yield found.span()


def _education(text: str, field: str) -> Iterator[tuple[int, int]]:
    asked = _read(read_education, field) if field else None
    if asked is None or asked.level is None:
        return
    said = [(level, found) for found in _SCHOOLING.finditer(text) if (level := _level(found[0])) is not None]
    if said and min(level for level, _ in said) > asked.level and not _EASED.search(_clause(text, said[0][1])):
        yield said[0][1].span()


def _level(text: str) -> int | None:
    known = _read(read_education, text)
    return known.level if known else None


def _experience(text: str, field: str) -> Iterator[tuple[int, int]]:
    asked = _read(read_experience, field) if field else None
    if asked is None or asked.minimum is None:
        return
    said = [found for found in _YEARS.finditer(text) if not _EASED.search(_clause(text, found))]
    if said and min(int(found[1]) for found in said) >= max(asked.minimum, asked.maximum or 0.0) + YEARS_APART:
        yield said[0].span()


def _clause(text: str, found: re.Match[str]) -> str:
    """The clause around a match; a blank does not divide."""
    before = re.split(r"[,，。;；!！?？\n]", text[max(0, found.start() - 30) : found.start()])[-1]
    after = re.split(r"[,，。;；!！?？\n]", text[found.end() : found.end() + 30])[0]
    return before + found[0] + after


def _read(reader: Callable[[str], Any], text: str) -> Any:
    """What a reader makes of a text, or None where it refuses it."""
    try:
        return reader(text)
    except FieldError:
        return None
