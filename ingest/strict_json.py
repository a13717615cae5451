"""Is this JSON and nothing but JSON? One strict reading for every door, and a rendering that cannot fail."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, time
from itertools import accumulate
from typing import Any

from models.errors import FieldError

MOST_BYTES = 10_000_000
DEEPEST = 32
MOST_DIGITS = 18  # what every reader on the way holds in 64 bits
MOST_LITERAL = 100  # characters of a number with decimals

# A string that was never closed runs to the end: the pattern always matches at a quote, so it stays linear.
STRING = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
BRACKETS = b"[]{}"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
STEPS = bytes.maketrans(BRACKETS, b"\x01\x00\x01\x00")  # places in (-1, 1)
SURROGATE = re.compile(r"[\ud800-\udfff]")
NUL = "\x00"
ESCAPE = "\\u"  # only written so can a broken character or NUL come out of a checked text

_TOLD: Mapping[str, tuple[str, str]] = {
    "json_size": ("JSON 内容过大", "请分批发送"),
    "json_encoding": ("JSON 不是 UTF-8 编码", "请用 UTF-8 编码发送"),
    "json_surrogate": ("JSON 中含有残缺的字符", "请用 UTF-8 重新导出"),
    "json_nul": ("JSON 中含有空字符（NUL）", "请删除空字符"),
    "json_depth": (f"JSON 嵌套超过 {DEEPEST} 层", "请按接口文档的结构填写"),
    "json_number": (f"JSON 中的数字超过 {MOST_DIGITS} 位", "请核对数字，编号请写成文字"),
    "json_not_finite": ("JSON 中含有 NaN、无穷或过大的数", "请填写有效数字，未知时填 null"),
    "json_duplicate_key": ("JSON 的同一对象中有重复的字段", "请只保留其中一个字段"),
}


def parse(data: bytes | str, most: int = MOST_BYTES) -> Any:
    """The value of a JSON text (RFC 8259) of at most `most` bytes.

    FieldError with a rule `json_...` for whatever parsers disagree on: other encodings than UTF-8, duplicate
    keys, NaN and infinities, long integers, broken characters, NUL, deep nesting. Never another exception.
    """
    text = _checked(data, most)
    value = _decode(text, _RAISING)
    if ESCAPE in text and (fault := _fault_in(value)):
        raise fault
    return value


def parse_records(data: bytes | str, most: int = MOST_BYTES) -> list[Any | FieldError]:
    """The records of an array, or the one that stands alone; a FieldError in the place of a bad one.

    What spoils the text as a whole (syntax, encoding, depth, size) raises that FieldError.
    """
    text = _checked(data, most)
    with suppress(FieldError):  # the road of a batch without a fault
        if ESCAPE not in text:
            value = _decode(text, _RAISING)
            return value if isinstance(value, list) else [value]
    value = _decode(text, _MARKING)
    return [_fault_in(record) or record for record in (value if isinstance(value, list) else [value])]


def dump(value: Any) -> bytes:
    """The value as UTF-8 JSON. NaN and infinities become null, broken characters U+FFFD, dates ISO texts."""
    try:
        text = _WRITER.encode(value)
    except (ValueError, TypeError, RecursionError):
        text = _WRITER.encode(_harmless(value))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return SURROGATE.sub("\ufffd", text).encode()


def _fault(rule: str, span: tuple[int, int] | None = None) -> FieldError:
    return FieldError(rule, *_TOLD[rule], span)


def _checked(data: bytes | str, most: int) -> str:
    """The text of what may be decoded."""
    if len(data) > most:
        raise _fault("json_size")
    text = _text(data)
    if _is_deeper(text, DEEPEST):
        raise _fault("json_depth")
    return text


def _decode(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列附近"
        span = (error.pos, error.pos + 1)
        raise FieldError("json_syntax", f"JSON 格式有误：{where}", "请检查引号、逗号和括号", span) from None


def _text(data: bytes | str) -> str:
    """The text, UTF-8 throughout; a byte order mark is passed over."""
    if isinstance(data, str):
        text = data
    elif NUL.encode() in data[:2]:  # how UTF-16 and UTF-32 without a mark begin
        raise _fault("json_encoding")
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            # ED A0..BF is how a surrogate would look in UTF-8.
            broken = data[error.start] == 0xED and data[error.start + 1 : error.start + 2] >= b"\xa0"
            raise _fault("json_surrogate" if broken else "json_encoding") from None
    if NUL in text:
        raise _fault("json_nul")
    if isinstance(data, str) and SURROGATE.search(text):  # UTF-8 has none
        raise _fault("json_surrogate")
    return text.removeprefix("\ufeff")


def _is_deeper(text: str, deepest: int) -> bool:
    """Whether brackets outside strings nest deeper; asked before any parser that recurses sees the text."""
    if text.count("[") + text.count("{") <= deepest:
        return False
    steps = STRING.sub("", text).encode().translate(STEPS, NO_BRACKETS)
    return max(accumulate(map((-1, 1).__getitem__, steps)), default=0) > deepest


def _decoder(fault: Callable[[str], Any]) -> json.JSONDecoder:
    """A decoder that calls `fault` with the rule wherever something stands that cannot be."""

    def an_object(pairs: list[tuple[str, Any]]) -> Any:
        value = dict(pairs)
        return value if len(value) == len(pairs) else fault("json_duplicate_key")

    def integer(literal: str) -> Any:
        return int(literal) if len(literal.lstrip("-")) <= MOST_DIGITS else fault("json_number")

    def decimal(literal: str) -> Any:
        if len(literal) > MOST_LITERAL:
            return fault("json_number")
        value = float(literal)
        return value if math.isfinite(value) else fault("json_not_finite")

    return json.JSONDecoder(
        object_pairs_hook=an_object,
        parse_int=integer,
        parse_float=decimal,
        parse_constant=lambda literal: fault("json_not_finite"),
    )


def _raise(rule: str) -> Any:
    raise _fault(rule)


_RAISING = _decoder(_raise)  # the first fault ends it
_MARKING = _decoder(_fault)  # a FieldError stands in the place of each


def _fault_in(value: Any) -> FieldError | None:
    """What is wrong anywhere in a decoded value; None where nothing is."""
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            if NUL in entry:
                return _fault("json_nul")
            if not entry.isascii() and SURROGATE.search(entry):
                return _fault("json_surrogate")
        elif isinstance(entry, dict):
            waiting.extend(entry)
            waiting.extend(entry.values())
        elif isinstance(entry, list):
            waiting.extend(entry)
        elif isinstance(entry, FieldError):
            return entry
    return None


def _harmless(value: Any, depth: int = 0) -> Any:
    """A copy that renders: what JSON has no form for becomes its text, or null."""
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(key): _harmless(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [_harmless(entry, depth + 1) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if value.bit_length() < 1024 else None
    return value if value is None or isinstance(value, str) else _words(value)


def _words(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


_WRITER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_words)
