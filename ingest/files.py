"""How does a file become records in wire form, whatever program and office it comes from?"""

import codecs
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.delimited import DELIMITERS, encodings_of, read_delimited
from ingest.headers import Columns, Noun
from ingest.sheets import HEAD_ROWS, Sheet, filled_down
from ingest.strict_json import parse, parse_records
from ingest.tables import Header, Row, find_header, most_telling, records
from ingest.workbooks import WORKBOOK_MARKS, read_workbook
from models.errors import FieldError, Problem

__all__ = ["Row", "RowFile", "read_file"]

MOST_ROWS = 1_000_000
HEAD = 65_536  # bytes that tell what a file is
MOST_JSON, MOST_JSON_LINE = 50_000_000, 1_000_000  # bytes; an array has to be read whole, lines do not
LINES, ARRAY = (".ndjson", ".jsonl"), ".json"
MOST_GIVEN_BACK = 10_000  # bytes of a line that is no JSON
NOT_TABLES = (b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head", b"<style", b"mime-version")
# Each of these is one record and stays whole where it is merged over several rows.
NEVER_FILLED_DOWN = frozenset({"external_id", "name", "id_number", "phone"})


@dataclass(slots=True)
class RowFile(Iterator[Row]):
    """The records of a file, in order, read as they are asked for.

    `columns` tells which headers were ignored (`unknown`) and which must not be read (`dropped`), `names` what the
    columns are called; None and empty for JSON. Of a workbook `sheet` was read; `unread` are further sheets with a
    table.
    """

    rows: Iterator[Row]
    columns: Columns | None = None
    names: Sequence[str] = ()
    sheet: str = ""
    unread: Sequence[str] = ()

    def __next__(self) -> Row:
        return next(self.rows)


def read_file(path: Path, noun: Noun, name: str = "", most: int = MOST_ROWS) -> RowFile:
    """The records of a csv, xlsx, xls, ndjson or json file; what it is its content says, then its name.

    `name` is what the file was called where its path does not tell, `most` how many rows are read.
    FieldError file_type, file_empty, file_damaged, file_password, file_too_large or headers_missing where the
    file as a whole cannot be read. Once rows come, nothing is raised: what is wrong is the problem of its row.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(WORKBOOK_MARKS):
        found = _read_sheets(read_workbook(path), noun)
    else:
        _check_text(head)
        kind = _json_kind(head, Path(name or path.name).suffix.lower())
        found = _read_json(path, kind) if kind else _read_delimited(path, noun)
    found.rows = _limited(found.rows, most)
    return found


def _check_text(head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:20]
    if not start:
        raise FieldError("file_empty", "文件中没有内容", "请核对文件")
    letters = start.replace(b"\x00", b"").removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
    if letters.lower().startswith(MARKUP):
        raise FieldError("file_type", "这是网页格式的表格", "请用 Excel 或 WPS 打开，另存为 xlsx 后再导入")
    if start.startswith(NOT_TABLES):
        raise _not_a_table()


def _not_a_table() -> FieldError:
    return FieldError("file_type", "不是可以读取的文件类型", "请使用 xlsx、xls、csv、json 或 ndjson 文件")


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
    """Of the encodings and delimiters, those are meant that make a header of most known columns."""
    found: list[tuple[Header, str, str]] = []
    failures = []
    for encoding in encodings_of(path):
        for delimiter in DELIMITERS:
            with closing(read_delimited(path, encoding, delimiter)) as rows:
                try:
                    found.append((find_header(list(islice(rows, HEAD_ROWS)), noun), encoding, delimiter))
                except FieldError as error:
                    failures.append(error)
        if found:
            break
    if not found:
        raise _not_a_table() if _is_binary(path) else most_telling(failures)
    header, encoding, delimiter = max(found, key=lambda each: len(each[0].columns.fields))
    found_rows = records(read_delimited(path, encoding, delimiter), header, noun)
    return RowFile(found_rows, header.columns, header.names)


def _is_binary(path: Path) -> bool:
    """A stray NUL is the fault of its row; many of them are another kind of file."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return head.count(b"\x00") * 10 > len(head)


def _read_sheets(sheets: Sequence[Sheet], noun: Noun) -> RowFile:
    """The first sheet that has records below a header, else the first with a header."""
    found: list[tuple[Sheet, Header]] = []
    failures = []
    for sheet in sheets:
        try:
            found.append((sheet, find_header(sheet.head, noun)))
        except FieldError as error:
            failures.append(error)
    if not found:
        raise most_telling(failures)
    chosen, header = next((each for each in found if any(_sheet_rows(*each, noun))), found[0])
    unread = [sheet.name for sheet, _ in found if sheet is not chosen]
    return RowFile(_sheet_rows(chosen, header, noun), header.columns, header.names, chosen.name, unread)


def _sheet_rows(sheet: Sheet, header: Header, noun: Noun) -> Iterator[Row]:
    fields = header.columns.fields
    filled = [number for number, field in fields.items() if field not in NEVER_FILLED_DOWN]
    return records(filled_down(sheet.rows(), sheet.merged, filled), header, noun)


def _read_json(path: Path, kind: str) -> RowFile:
    return RowFile(_array_rows(path) if kind == ARRAY else _line_rows(path))


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
                yield _json_row(number, _entry(line), line)


def _entry(line: bytes) -> Any:
    try:
        return parse(line, MOST_JSON_LINE)
    except FieldError as error:
        return error


def _json_row(number: int, entry: object, line: bytes = b"") -> Row:
    if isinstance(entry, dict):
        return Row(number, entry)
    cells = (line[:MOST_GIVEN_BACK].decode("utf-8", "replace").strip(),) if line else ()
    if isinstance(entry, FieldError):
        return Row(number, None, entry.at("record"), cells)
    return Row(number, None, Problem("record", "wrong_type", "应为对象", "请按接口文档的结构填写"), cells)


def _limited(rows: Iterator[Row], most: int) -> Iterator[Row]:
    """The rows, up to as many as one file may have."""
    yield from islice(rows, most)
    for row in islice(rows, 1):
        message = f"超过 {most} 行，从这一行起未读取"
        yield Row(row.number, None, Problem("record", "too_many_rows", message, "请分成几个文件"))
