"""How does a file become records in wire form, whatever program and office it comes from?"""

import codecs
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.delimited import DELIMITERS, encoding_of, read_delimited
from ingest.headers import Columns, Noun
from ingest.strict_json import parse, parse_records
from ingest.tables import HEADER_WITHIN, Header, Row, find_header, most_telling, records
from ingest.workbooks import open_workbook, read_sheet, visible_sheets
from models.errors import FieldError, Problem

__all__ = ["Row", "RowFile", "read_file"]

MOST_ROWS = 1_000_000
HEAD = 65_536  # bytes that tell what a file is
MOST_JSON, MOST_JSON_LINE = 50_000_000, 1_000_000  # bytes; an array has to be read whole, lines do not
LINES, ARRAY = (".ndjson", ".jsonl"), ".json"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip (xlsx) and OLE (xls)
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NOT_TABLES = (b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head", b"<style", b"mime-version")
# Each of these is one record and stays whole where it is merged over several rows.
NEVER_FILLED_DOWN = frozenset({"external_id", "name", "id_number", "phone"})


@dataclass(slots=True)
class RowFile(Iterator[Row]):
    """The records of a file, in order, read as they are asked for.

    `columns` tells which headers were ignored (`unknown`) and which must not be read (`dropped`); None for JSON.
    """

    rows: Iterator[Row]
    columns: Columns | None = None

    def __next__(self) -> Row:
        return next(self.rows)


def read_file(path: Path, noun: Noun) -> RowFile:
    """The records of a csv, xlsx, xls, ndjson or json file; what it is its content says, then its name.

    FieldError file_type, file_empty, file_damaged, file_password, file_too_large or headers_missing where the
    file as a whole cannot be read. Once rows come, nothing is raised: what is wrong is the problem of its row.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(WORKBOOKS):
        return _read_workbook(path, noun)
    _check_text(head)
    kind = _json_kind(head, path.suffix.lower())
    if not kind:
        return _read_delimited(path, noun)
    return RowFile(_limited(_array_rows(path) if kind == ARRAY else _line_rows(path)))


def _check_text(head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:20]
    if not start:
        raise FieldError("file_empty", "文件中没有内容", "请核对文件")
    if start.lower().startswith(MARKUP):
        raise FieldError("file_type", "这是网页格式的表格", "请用 Excel 或 WPS 打开，另存为 xlsx 后再导入")
    # A stray NUL is the fault of its row; many of them are another kind of file.
    binary = head.count(b"\x00") * 10 > len(head) and not head.startswith(UTF16)
    if binary or start.startswith(NOT_TABLES):
        raise FieldError("file_type", "不是可以读取的文件类型", "请使用 xlsx、xls、csv、json 或 ndjson 文件")


def _json_kind(head: bytes, suffix: str) -> str:
    """ARRAY for one JSON text, a suffix of LINES for one a line; empty where the file is neither."""
    start, _, rest = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")
    by_name = suffix if suffix in (ARRAY, *LINES) else ""
    if not start.startswith((b"{", b"[")):
        return by_name
    is_line = bool(rest.strip()) and not isinstance(_entry(start), FieldError)
    if start.startswith(b"["):
        return LINES[0] if is_line and by_name in LINES else ARRAY
    return LINES[0] if is_line or by_name in LINES else ARRAY


def _read_delimited(path: Path, noun: Noun) -> RowFile:
    """Of the delimiters, the one is meant that makes a header of most known columns."""
    encoding = encoding_of(path)
    found: dict[str, Header] = {}
    failures = []
    for delimiter in DELIMITERS:
        with closing(read_delimited(path, encoding, delimiter)) as rows:
            try:
                found[delimiter] = find_header(list(islice(rows, HEADER_WITHIN)), noun)
            except FieldError as error:
                failures.append(error)
    if not found:
        raise most_telling(failures)
    delimiter = max(found, key=lambda mark: len(found[mark].columns.fields))
    header = found[delimiter]
    return RowFile(_limited(records(read_delimited(path, encoding, delimiter), header, noun)), header.columns)


def _read_workbook(path: Path, noun: Noun) -> RowFile:
    """The first sheet with a header, of those that a person sees."""
    failures = []
    for sheet in visible_sheets(open_workbook(path)):
        try:
            header = find_header(list(islice(read_sheet(sheet), HEADER_WITHIN)), noun)
        except FieldError as error:
            failures.append(error)
            continue
        fields = header.columns.fields
        filled = [number for number, field in fields.items() if field not in NEVER_FILLED_DOWN]
        return RowFile(_limited(records(read_sheet(sheet, filled), header, noun)), header.columns)
    raise most_telling(failures)


def _array_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        data = file.read(MOST_JSON + 1)
    try:
        entries = parse_records(data, MOST_JSON)
    except FieldError as error:
        yield Row(1, None, error.at("record"))
        return
    for number, entry in enumerate(entries, 1):
        yield _json_row(number, entry)


def _line_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_JSON_LINE + 1):
            number += 1
            end = line
            while not end.endswith(b"\n") and (rest := file.readline(MOST_JSON_LINE)):
                end = rest
            if line.strip(b" \t\r\n\xef\xbb\xbf"):
                yield _json_row(number, _entry(line))


def _entry(line: bytes) -> Any:
    try:
        return parse(line, MOST_JSON_LINE)
    except FieldError as error:
        return error


def _json_row(number: int, entry: object) -> Row:
    if isinstance(entry, dict):
        return Row(number, entry)
    if isinstance(entry, FieldError):
        return Row(number, None, entry.at("record"))
    return Row(number, None, Problem("record", "wrong_type", "应为对象", "请按接口文档的结构填写"))


def _limited(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, up to as many as one file may have."""
    yield from islice(rows, MOST_ROWS)
    for row in islice(rows, 1):
        message = f"超过 {MOST_ROWS} 行，从这一行起未读取"
        yield Row(row.number, None, Problem("record", "too_many_rows", message, "请分成几个文件"))
