"""Which rows of a table are records, and what does each say?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.headers import Columns, Noun, join_levels, recognise
from ingest.wire import Cells, seeker_document, vacancy_document
from models.errors import FieldError, Problem

HEADER_WITHIN = 10  # rows: titles and remarks may stand above the header
MOST_OF_A_CELL = 100_000  # code points

# A row as a file gives it: its number from 1, and its cells, or why they cannot be read.
Numbered = tuple[int, Sequence[object] | FieldError]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: its wire document, or the problem in the place of it.

    `number` counts from 1 what the sender sees: rows of a sheet, lines, entries of an array.
    """

    number: int
    document: dict[str, Any] | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a table hold, and the number of the last row that says so."""

    number: int
    columns: Columns


def find_header(rows: Sequence[Numbered], noun: Noun) -> Header:
    """The header among the first rows of a table, of one row or two. FieldError headers_missing where none is."""
    failures = []
    for place, (number, cells) in enumerate(rows):
        names = _names(cells)
        try:
            header = Header(number, recognise(names, noun))
        except FieldError as error:
            failures.append(error)
            continue
        return _with_second_row(header, names, rows[place + 1 : place + 2], noun)
    raise most_telling(failures)


def most_telling(failures: Sequence[FieldError]) -> FieldError:
    """Of what was wrong with several rows, delimiters or sheets: what lacks least was meant to be the header."""
    nothing = FieldError("file_empty", "文件中没有内容", "请核对文件")
    return min(failures, key=lambda error: (error.rule == nothing.rule, len(error.message)), default=nothing)


def records(rows: Iterable[Numbered], header: Header, noun: Noun) -> Iterator[Row]:
    """The records below a header; rows without anything in a known column are none."""
    document = vacancy_document if noun == "vacancies" else seeker_document
    for number, cells in rows:
        if number <= header.number:
            continue
        found = _by_field(cells, header.columns)
        if isinstance(found, Problem):
            yield Row(number, None, found)
        elif found:
            yield Row(number, document({**header.columns.units, **found}))


def _names(cells: Sequence[object] | FieldError) -> list[str]:
    return [] if isinstance(cells, FieldError) else [cell if isinstance(cell, str) else "" for cell in cells]


def _with_second_row(header: Header, upper: list[str], below: Sequence[Numbered], noun: Noun) -> Header:
    """The header with the row below it, where that names columns more exactly and no record stands in it."""
    for number, cells in below:
        lower = _names(cells)
        named = next(at for at, field in header.columns.fields.items() if field == "external_id")
        if isinstance(cells, FieldError) or (named < len(cells) and cells[named] not in ("", None)):
            continue
        columns = recognise(join_levels(upper, lower), noun)
        if len(set(columns.fields.values())) > len(set(header.columns.fields.values())):
            return Header(number, columns)
    return header


def _by_field(cells: Sequence[object] | FieldError, columns: Columns) -> Cells | Problem:
    """The cells of a row by field, a list where several columns hold one; or the problem with the row."""
    if isinstance(cells, FieldError):
        return cells.at("record")
    found: dict[str, Any] = {}
    for number, field in columns.fields.items():
        cell = cells[number] if number < len(cells) else None
        if cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()):
            continue
        if isinstance(cell, str) and len(cell) > MOST_OF_A_CELL:
            return Problem(field, "cell_too_long", f"单元格超过 {MOST_OF_A_CELL} 个字", "请核对这一行的引号和换行")
        known = found.get(field)
        found[field] = cell if known is None else [*(known if isinstance(known, list) else [known]), cell]
    return found
