"""Which number do numerals write: 1.5万, 1万2, 5k, 两千五百, 十五, 五六千?"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache

ZEROS = "零〇"
DIGITS: Mapping[str, int] = {
    **dict.fromkeys(ZEROS, 0),
    **{digit: value for value, digit in enumerate("一二三四五六七八九", 1)},
    **{digit: value for value, digit in enumerate("壹贰叁肆伍陆柒捌玖", 1)},
    "两": 2,
}
UNITS: Mapping[str, int] = {
    **dict.fromkeys("十拾", 10),
    **dict.fromkeys("百佰", 100),
    **dict.fromkeys("千仟k", 1000),
    **dict.fromkeys("万w", 10_000),
}
MYRIAD = 10_000
_DIGIT, _UNIT = "".join(DIGITS), "".join(UNITS)
_CHINESE = frozenset(DIGITS) | frozenset("十拾")
_COUNTING = "".join(digit for digit in DIGITS if digit not in ZEROS)

# One written part of a number: an Arabic figure, a Chinese digit (with 点 and decimals), or a unit.
_PART = re.compile(rf"([0-9]+(?:\.[0-9]+)?)|([{_DIGIT}])(点[{_DIGIT}]+)?|([{_UNIT}])")
_THOUSANDS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_ADJACENT = re.compile(rf"(.*?)([{_COUNTING}])([{_COUNTING}])(.*)")

# For scanning a text in normal form: 5000, 1.5万, 1万2, 5k, 一万二千, 十五. What it finds may still not be one.
# The lone digit of 1万2 must end there: 6千8小时 is 6千 and 8小时.
_LONE = r"[0-9](?=[千百元至到每/以起左右+,;)·~—-]|$)"
NUMERAL = (
    rf"(?:[0-9]+(?:\.[0-9]+)?(?:(?:[百佰千仟万]|[kw](?![a-z]))(?:{_LONE}[千百]?)?)?"
    rf"|[{_COUNTING}十拾](?:[{_DIGIT}十拾百佰千仟万]|点(?=[{_DIGIT}]))*)"
)


def read_number(text: str) -> float | None:
    """The number that a whole text in normal form writes; None where it is not one number."""
    reader = _Reader()
    position = 0
    for part in _PART.finditer(text):
        if part.start() != position or not reader.take(part):
            return None
        position = part.end()
    if position != len(text) or not text:
        return None
    value = reader.finish()
    return value if math.isfinite(value) else None


@lru_cache(maxsize=4096)
def read_span(text: str) -> tuple[float, float] | None:
    """The number as (n, n); two neighbouring digits as from-to: 五六千 is (5000, 6000), 二三十 (20, 30)."""
    number = read_number(text)
    if number is not None:
        return number, number
    pair = _ADJACENT.fullmatch(text)
    if pair is None:
        return None
    head, first, second, tail = pair.groups()
    low, high = read_number(head + first + tail), read_number(head + second + tail)
    return (low, high) if low is not None and high is not None and low < high else None


def without_thousands(text: str) -> str:
    """A text with the commas taken out of its numbers: 5,000-8,000元 is 5000-8000元."""
    return _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)


def is_chinese(text: str) -> bool:
    """Whether a number is written in Chinese digits; 5千 is not."""
    return not _CHINESE.isdisjoint(text)


class _Reader:
    """Adds up the parts of one number from left to right."""

    def __init__(self) -> None:
        self.myriads: float | None = None  # what stood before 万
        self.section = 0.0  # what the units below 万 gave since
        self.digit: float | None = None  # read, but its unit not yet seen
        self.unit = 0  # the last unit: a digit alone after 千 means hundreds, 三千五
        self.limit = MYRIAD  # units fall from left to right

    def take(self, part: re.Match[str]) -> bool:
        """Add a part; False where no number goes on like this."""
        arabic, digit, decimals, unit = part.groups()
        if unit:
            return self._multiply(UNITS[unit])
        if self.digit:
            return False
        if digit and digit in ZEROS:
            self.unit = 0  # 一万零五: the digit after it stands for itself
        self.digit = float(arabic) if arabic else _decimal(digit, decimals)
        return True

    def _multiply(self, unit: int) -> bool:
        amount = 1.0 if self.digit is None else self.digit
        if unit == MYRIAD and self.myriads is None:
            self.myriads = self.section + (self.digit or 0.0) if self.section else amount
            self.section, self.limit = 0.0, MYRIAD
        elif unit < self.limit:
            self.section, self.limit = self.section + amount * unit, unit
        else:
            return False
        self.digit, self.unit = None, unit
        return True

    def finish(self) -> float:
        """The whole number."""
        last = self.digit or 0.0
        lone = self.unit >= 100 and last < 10 and last.is_integer()
        return (self.myriads or 0.0) * MYRIAD + self.section + last * (self.unit // 10 if lone else 1)


def _decimal(digit: str, decimals: str | None) -> float:
    fraction = "".join(str(DIGITS[letter]) for letter in decimals[1:]) if decimals else "0"
    return float(f"{DIGITS[digit]}.{fraction}")
