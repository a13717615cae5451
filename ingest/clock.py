"""How long does a working day last by the clock times a text names, and does it reach into the night?"""

import re
from dataclasses import dataclass

from ingest.numerals import NUMERAL, read_number
from models.enums import Shift

BREAK_FROM = 9.0  # hours of presence that hold an hour's break
NIGHT_STARTS, NIGHT_ENDS = 22.0, 6.0  # 劳部发〔1994〕489号: night work is 22:00 to 6:00
EVENING = 17.0

_PART = "上午|早上?|清晨|中午|下午|傍晚|晚上?|夜里|凌晨|次日"
_TIME = rf"({_PART})?(?:({NUMERAL})(?::([0-5][0-9])|[点时]([半]|[0-5][0-9](?=分))?分?)?)"
_SPAN = re.compile(rf"(?<![0-9]){_TIME}(?:[-—–―−‐~〜]+|至|到){_TIME}(?![0-9个天人])")
_FROM_MORNING = re.compile(rf"[朝早]({NUMERAL})点?(半)?晚({NUMERAL})点?(半)?")


@dataclass(frozen=True, slots=True)
class Presence:
    """Hours of work a day (presence less the break), and how they lie. `shift` None: neither day nor night."""

    hours: float
    shift: Shift | None
    night: bool


def read_presence(text: str) -> Presence | None:
    """What clock times in a text in normal form say: 朝九晚五, 9:00-18:00, 上午9点-12点,下午2点-6点."""
    spans = _spans(text)
    if not spans:
        return None
    start, end = spans[0][0], spans[0][1]
    follow_on = [later for later in spans[1:] if later[0] >= end]
    if len(spans) > 1 and len(follow_on) == len(spans) - 1 and spans[-1][1] - start <= 14:
        hours, end = sum(to - since for since, to in spans), spans[-1][1]  # the break is between them
    else:
        hours = end - start - (1.0 if end - start >= BREAK_FROM else 0.0)
    night = start < NIGHT_ENDS or end > NIGHT_STARTS
    shift = (Shift.NIGHT if start >= EVENING or start < NIGHT_ENDS else None) if night else Shift.DAY
    return Presence(hours, shift, night)


def _spans(text: str) -> list[tuple[float, float]]:
    """From-to in hours of the day; the end is after the start, past 24 when it is on the next day."""
    classic = _FROM_MORNING.search(text)
    if classic:
        start, end = _hour("早", classic[1], None, classic[2]), _hour("晚", classic[3], None, classic[4])
        return [_ordered(start, end)] if start is not None and end is not None else []
    spans = []
    for match in _SPAN.finditer(text):
        marked = any(match[group] for group in (1, 3, 4, 5, 7, 8)) or re.search("[点时]", match[0])
        start, end = _hour(*match.group(1, 2, 3, 4)), _hour(*match.group(5, 6, 7, 8))
        if marked and start is not None and end is not None:
            spans.append(_ordered(start, end))
    return spans


def _hour(part: str | None, number: str, minutes: str | None, spoken: str | None) -> float | None:
    hour = read_number(number)
    if hour is None or hour > 24 or not hour.is_integer():
        return None
    late = part in ("下午", "傍晚", "晚", "晚上", "夜里") and hour < 12
    return hour + (12 if late else 0) + (0.5 if spoken == "半" else int(minutes or spoken or 0) / 60)


def _ordered(start: float, end: float) -> tuple[float, float]:
    """9-6 is until 18:00, 20-8 until the next morning."""
    while end <= start:
        end += 12
    return start, end
