"""Which rows of a table are records, and what does each say?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.cells import LONGEST_CELL, error_cell, is_damaged_number
from ingest.headers import Columns, Noun, field_of, join_levels, recognise
from ingest.sheets import Numbered
from ingest.templates import is_example
from ingest.wire import IDENTIFIERS, Cells, seeker_document, vacancy_document
from models.errors import FieldError, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: its wire document, or the problem in the place of it.

    `number` counts from 1 what the sender sees: rows of a sheet, lines, entries of an array. `cells` is what stood
    there, for giving it back.
    """

    number: int
    document: dict[str, Any] | None
    problem: Problem | None = None
    cells: Sequence[object] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a table hold and are called, and the number of the last row that says so."""

    number: int
    columns: Columns
    names: Sequence[str]


def find_header(rows: Sequence[Numbered], noun: Noun) -> Header:
    """The header among the first rows of a table, of one row or two. FieldError headers_missing where none is."""
    failures = []
    above: list[str] = []
    for place, (number, cells) in enumerate(rows):
        names = _names(cells)
        try:
            header = _header(number, above, names, noun)
        except FieldError as error:
            failures.append(error)
            above = names
            continue
        return _with_second_row(header, names, rows[place + 1 : place + 2], noun)
    for _, cells in rows:
        if isinstance(cells, FieldError) and cells.rule.startswith("file_"):
            raise cells
    raise most_telling(failures)


def most_telling(failures: Sequence[FieldError]) -> FieldError:
    """Of what was wrong with several rows, delimiters or sheets: what lacks least was meant to be the header."""
    nothing = FieldError("file_empty", "文件中没有内容", "请核对文件")
    return min(failures, key=lambda error: (error.rule == nothing.rule, len(error.message)), default=nothing)


def records(rows: Iterable[Numbered], header: Header, noun: Noun) -> Iterator[Row]:
    """The records below a header.

    None are: rows without anything in a known column, the header over again (on every printed page, or as codes in
    the row below), and the example that a template came with.
    """
    document = vacancy_document if noun == "vacancies" else seeker_document
    for number, cells in rows:
        if number <= header.number:
            continue
        found = _by_field(cells, header.columns)
        if isinstance(found, Problem):
            yield Row(number, None, found, () if isinstance(cells, FieldError) else cells)
        elif found and not _is_of_the_form(number, found, cells, header, noun):
            yield Row(number, document({**header.columns.units, **found}), None, cells)  # type: ignore[arg-type]


def _header(number: int, above: list[str], names: list[str], noun: Noun) -> Header:
    """The header that a row is, by itself or below another, whichever names more."""
    found: list[Header] = []
    failures = []
    for tried in (names, join_levels(above, names, noun)) if above else (names,):
        try:
            found.append(Header(number, recognise(tried, noun), tried))
        except FieldError as error:
            failures.append(error)
    if not found:
        raise failures[0]
    return max(found, key=_fields_named)


def _fields_named(header: Header) -> int:
    return len(set(header.columns.fields.values()))


def _names(cells: Sequence[object] | FieldError) -> list[str]:
    return [] if isinstance(cells, FieldError) else [cell if isinstance(cell, str) else "" for cell in cells]


def _with_second_row(header: Header, upper: list[str], below: Sequence[Numbered], noun: Noun) -> Header:
    """The header with the row below it, where that names columns more exactly and no record stands in it."""
    for number, cells in below:
        named = next(at for at, field in header.columns.fields.items() if field == "external_id")
        if isinstance(cells, FieldError) or (named < len(cells) and cells[named] not in ("", None)):
            continue
        names = join_levels(upper, _names(cells), noun)
        try:
            lower = Header(number, recognise(names, noun), names)
        except FieldError:
            continue
        if _fields_named(lower) > _fields_named(header):
            return lower
    return header


def _is_of_the_form(number: int, found: Cells, cells: Any, header: Header, noun: Noun) -> bool:
    """Whether a row is part of the form and no record."""
    name = found.get("external_id")
    if not isinstance(name, str):
        return False
    if number == header.number + 1 and field_of(name, noun) == "external_id":
        same = sum(field_of(str(cell), noun) == field for field, cell in found.items())
        return same > 1 and same * 2 >= len(found)
    named = next(at for at, field in header.columns.fields.items() if field == "external_id")
    again = name == header.names[named] and all(
        cell in ("", None, called) for cell, called in zip(cells, header.names, strict=False)
    )
    return again or is_example(found, noun)


def _by_field(cells: Sequence[object] | FieldError, columns: Columns) -> Cells | Problem:
    """The cells of a row by field, a list where several columns hold one; or the problem with the row."""
    if isinstance(cells, FieldError):
        return cells.at("record")
    found: dict[str, Any] = {}
    width = len(cells)
    for number, field in columns.fields.items():
        cell = cells[number] if number < width else None
        if isinstance(cell, str):
            if not cell or cell.isspace():
                continue
            is_plain = cell[0] != "#" and len(cell) <= LONGEST_CELL and field not in IDENTIFIERS
        elif cell is None:
            continue
        else:
            is_plain = False
        if not is_plain and (spoilt := _spoilt(cell, field)):
            return spoilt.at(field)
        if field in found:
            known = found[field]
            found[field] = [*(known if isinstance(known, list) else [known]), cell]
        else:
            found[field] = cell
    return found


def _spoilt(cell: object, field: str) -> FieldError | None:
    """Why a cell cannot say anything; None where it can."""
    if isinstance(cell, FieldError):
        return cell
    if isinstance(cell, str) and len(cell) > LONGEST_CELL:
        return FieldError("cell_too_long", f"单元格超过 {LONGEST_CELL} 个字", "请核对这一行的引号和换行")
    if isinstance(cell, str) and cell.startswith("#") and (error := error_cell(cell)):
        return error if isinstance(error, FieldError) else None
    if field in IDENTIFIERS and is_damaged_number(cell):
        message, fix = "号码被表格软件转成了数值，末几位已丢失", "请把这一列设为文本格式，重新填写完整号码"
        return FieldError("number_damaged", message, fix)
    return None
