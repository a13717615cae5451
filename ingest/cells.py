"""What does one cell of a file say: a text, a list, a yes or no, a figure, or nothing?"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from models.errors import FieldError
from models.text import clean


def words(text: str) -> frozenset[str]:
    """The words of a closed list, written with blanks between them."""
    return frozenset(text.split())


# Whole cells that say nothing.
NOTHING = words("无 暂无 空 - -- --- — —— － / // \\ . n/a na #n/a null none nan nil (null) <na>")
# What a spreadsheet shows where a formula failed. #N/A is not one of them: it says that there is no value.
ERRORS = words("#value! #ref! #div/0! #name? #num! #null! #spill! #calc! #field! #connect! #blocked! #unknown!")
YES = words("是 可 可以 能 有 愿意 同意 接受 支持 已 √ ✓ ✔ ☑ 对 1 true yes y t 远程 远程办公 居家办公")
NO = words("否 不 不可 不可以 不能 没有 不愿意 不同意 不接受 不支持 未 × ✗ ☒ x 0 false no n f")

DAMAGED = re.compile(r"\d\.\d{1,16}[eE]\+?\d{1,3}|\d[eE]\+\d{1,3}|\d{16,30}\.0{1,2}")  # 5.00101E+17
LONGEST_CELL = 32_767  # characters that a cell of a spreadsheet may hold
EXACT_BELOW = 1e15  # a spreadsheet keeps fifteen digits of a number
WHOLE = re.compile(r"(\d{1,15})\.0{1,2}")
WHOLE_ENDS = (".0", ".00")
SHIELDED = re.compile(r'="([^"]{1,64})"|\'([\w.:-]{1,64})')
# Separators within brackets are the part's own. A bracket that is not closed is a letter like others.
SEPARATOR = re.compile(r"[、，,;；|｜\r\n]")
OPENING = re.compile(r"[(（\[【]")
PART = re.compile(r"(?:[(（\[【][^()（）\[\]【】]{0,60}[)）\]】]|[^、，,;；|｜\r\n])++")
SLASH = re.compile(r"[/／]")
CHINESE_WORD = re.compile(r"[\u3400-\u9fff]{2,}")
FIGURE = re.compile(r"\d{1,12}(?:\.\d{1,4})?")
# Only tags that lay out a text go; other markup may be what it is about (T7 of the input contract) and stays.
LAYOUT = re.compile(
    r"<(?:/?(?P<tag>p|br|div|li|ul|ol|tr|td|table|tbody|span|b|strong|i|em|u|font|h[1-6]|o:p)\b)[^<>]{0,500}>",
    re.I,
)
BREAKING = words("p br div li tr h1 h2 h3 h4 h5 h6")
ENTITIES: Mapping[str, str] = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
BLANK_LINES = re.compile(r"\s*\n\s*")


class SpoiltCell(FieldError):
    """A cell of a workbook that holds no value; what a person sees there is `shown`."""

    shown = ""


def error_cell(text: str) -> SpoiltCell | str:
    """What stands where a formula failed: #REF!. Empty for #N/A, and for what is no error."""
    if text.strip().lower() not in ERRORS:
        return ""
    cell = SpoiltCell("cell_error", f"单元格是错误值 {text.strip()}", "请改正公式，或直接填写内容")
    cell.shown = text.strip()
    return cell


def is_damaged_number(value: object) -> bool:
    """Whether a spreadsheet has turned an identifier into a number and lost its last digits."""
    if isinstance(value, int | float):
        return abs(value) >= EXACT_BELOW
    return isinstance(value, str) and len(value) <= 40 and DAMAGED.fullmatch(value.strip()) is not None


def said(value: Any) -> str:
    """The text of a cell; empty where it says nothing. 3.0 is 3; dates and times are ISO texts.

    A number of more than 15 digits has lost the last of them in a spreadsheet: it comes out like
    5.00101199001011e+17, which no reader of identifiers takes.
    """
    text = value.strip() if isinstance(value, str) else _written(value)
    size = len(text)
    if size > 18:
        return text
    if size <= 8 and text.lower() in NOTHING:
        return ""
    whole = WHOLE.fullmatch(text) if text.endswith(WHOLE_ENDS) else None
    return whole[1] if whole else text


def unshielded(text: str) -> str:
    """An identifier without what keeps a spreadsheet from taking it for a number: ="00123" or '00123."""
    shielded = SHIELDED.fullmatch(text)
    return (shielded[1] or shielded[2]) if shielded else text


class Slash(Enum):
    """When a slash divides the entries of a list."""

    ALWAYS = "always"  # closed words: 白班/夜班
    NEVER = "never"  # wishes are worded like titles: 会计主管/经理
    WORDS = "words"  # where it is all there is to divide, and between Chinese words: 电工/焊工, not C/C++, 上/下料


def entries(texts: Iterable[str], slash: Slash = Slash.WORDS) -> list[str]:
    """The entries of cells that hold lists, each once, in order. Nothing is divided within brackets."""
    parts = [part.strip() for text in texts for part in _parts(text, slash)]
    return list(dict.fromkeys([part for part in parts if part and part.lower() not in NOTHING]))


def flag(text: str) -> bool | str:
    """Yes or no; the text itself where it is neither, for the shape of the record to refuse by name."""
    word = text.lower()
    return True if word in YES else False if word in NO else text


def figure(text: str) -> int | float | None:
    """The number that a cell holds and nothing else: 5,000 or 5000元; None where there is more to it."""
    plain = text[:20].replace(",", "").removesuffix("元")
    if not FIGURE.fullmatch(plain):
        return None
    number = float(plain)
    return int(number) if number.is_integer() else number


def without_layout(text: str) -> str:
    """A text without the tags and entities that laid it out on a page; other markup stays as it is."""
    if "<" in text:
        text = LAYOUT.sub(lambda tag: "\n" if tag["tag"].lower() in BREAKING else "", text)
        text = BLANK_LINES.sub("\n", text).strip()
    if "&" in text:
        for entity, letter in ENTITIES.items():
            text = text.replace(entity, letter)
    return text


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT_BELOW else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time.min else value.date().isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else clean(str(value))


def _parts(text: str, slash: Slash) -> list[str]:
    parts = PART.findall(text) if OPENING.search(text) else SEPARATOR.split(text)
    if slash is Slash.ALWAYS:
        return [piece for part in parts for piece in SLASH.split(part)]
    if slash is Slash.WORDS and len(parts) == 1 and SLASH.search(text):
        pieces = SLASH.split(text)
        return pieces if all(map(_is_word, pieces)) else parts
    return parts


def _is_word(piece: str) -> bool:
    return CHINESE_WORD.fullmatch(piece.strip()) is not None
