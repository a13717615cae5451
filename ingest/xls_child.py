"""What does an older workbook (xls) hold? Run as a process of its own: `xls_child.py sheets|PLACE < FILE`.

A broken or hostile file can make the reader ask for gigabytes or abort; here that ends this process alone.
It imports nothing of the project, so that it starts in a few hundredths of a second. Each line it writes is JSON;
the last one is `true` where all was read.
"""

import json
import resource
import struct
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from io import BytesIO
from itertools import islice
from typing import Any

import python_calamine as calamine

MEMORY = 160 << 20  # bytes
SECONDS = 8
MOST_SHEETS = 50  # that are looked at
HEAD_ROWS = 10
LINE = b"\n"
SECTORS = {9: 512, 12: 4096}  # bytes, by how the header says it
FREE = 0xFFFFFFFA  # from here on a sector number is a mark
BOF, BOUND_SHEET, FORMULA, BOOL_OR_ERROR = 0x0809, 0x0085, 0x0006, 0x0205
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!"}

LOCK = 0x002F  # the record that says how the rest is encrypted

Errors = Mapping[tuple[int, int, int], str]  # by sheet, row and column, from 0


class Locked(Exception):
    """The workbook has a password."""


def main(wanted: str) -> None:
    """Write what is wanted: the sheets with their heads, or the rows of one."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        errors = _errors(content)
        book = calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        _tell_rows(book, int(wanted), errors) if wanted.isdecimal() else _tell_sheets(book, errors)
    except MemoryError:
        return _tell({"fault": "file_too_large"})
    except (Locked, calamine.PasswordError):
        return _tell({"fault": "file_password"})
    except calamine.CalamineError:
        return _tell({"fault": "file_damaged" if _names(content, "Workbook", "Book") else "file_type"})
    _tell(True)


def _tell_sheets(book: calamine.CalamineWorkbook, errors: Errors) -> None:
    for place, facts in islice(enumerate(book.sheets_metadata), MOST_SHEETS):
        if facts.visible == calamine.SheetVisibleEnum.Visible and facts.typ == calamine.SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_index(place)
            merged = [(left, top + 1, bottom + 1) for (top, left), (bottom, _) in sheet.merged_cell_ranges or ()]
            head = list(islice(_rows(sheet, place, errors), HEAD_ROWS))
            _tell({"place": place, "name": facts.name, "merged": merged, "head": head})


def _tell_rows(book: calamine.CalamineWorkbook, place: int, errors: Errors) -> None:
    for row in _rows(book.get_sheet_by_index(place), place, errors):
        _tell(row)


def _rows(sheet: calamine.CalamineSheet, place: int, errors: Errors) -> Iterator[tuple[int, list[Any]]]:
    """The rows that hold something, with their numbers as the sheet shows them; an error as {"error": "#REF!"}."""
    offset: list[Any] = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(sheet.iter_rows()):
        row = [*offset, *map(_plain, cells)]
        for column, cell in enumerate(row):
            if cell == "" and (error := errors.get((place, number, column))):
                row[column] = {"error": error}
        if any(cell != "" for cell in row):
            yield number + 1, row


def _plain(cell: Any) -> Any:
    """A cell as JSON has it; days and times as ISO texts."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time.min else cell.date().isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, str | bool | int | float) else str(cell)


def _errors(content: bytes) -> Errors:
    """The error cells, which the reader gives as blanks; none where the file is not laid out as is usual. Locked."""
    if _names(content, "EncryptedPackage"):  # that is how an xlsx with a password looks
        raise Locked
    found: dict[tuple[int, int, int], str] = {}
    places: dict[int, int] = {}  # of sheets, by the offset of their first record
    try:
        stream, at, place = _workbook_stream(content), 0, 0
        while at + 4 <= len(stream):
            kind, size = struct.unpack_from("<HH", stream, at)
            if kind == BOUND_SHEET:
                places[struct.unpack_from("<I", stream, at + 4)[0]] = len(places)
            elif kind == BOF:
                place = places.get(at, -1)
            elif kind == LOCK:
                raise Locked
            elif kind in (FORMULA, BOOL_OR_ERROR) and (error := _error(kind, stream, at + 4)):
                row, column = struct.unpack_from("<HH", stream, at + 4)
                found[place, row, column] = error
            at += 4 + size
    except (struct.error, LookupError):
        return {}
    return found


def _names(content: bytes, *streams: str) -> bool:
    return any(f"{name}\x00".encode("utf-16-le") in content for name in streams)


def _error(kind: int, stream: bytes, at: int) -> str | None:
    """The error in a cell record; of a formula that which it came to."""
    if kind == BOOL_OR_ERROR:
        return ERRORS.get(stream[at + 6]) if stream[at + 7] else None
    is_error = stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2
    return ERRORS.get(stream[at + 8]) if is_error else None


def _workbook_stream(content: bytes) -> bytes:
    """The stream that holds the workbook, out of its sectors (MS-CFB)."""
    size = SECTORS[struct.unpack_from("<H", content, 30)[0]]
    directory, further = struct.unpack_from("<I", content, 48)[0], struct.unpack_from("<I", content, 68)[0]
    tables = list(struct.unpack_from("<109I", content, 76))
    while further < FREE and len(tables) * size < len(content) + 109 * size:
        *more, further = struct.unpack_from(f"<{size // 4}I", content, (further + 1) * size)
        tables += more
    fat = [
        number for table in tables if table < FREE
        for number in struct.unpack_from(f"<{size // 4}I", content, (table + 1) * size)
    ]  # fmt: skip
    entries = _chain(content, fat, directory, size)
    for at in range(0, len(entries), 128):
        name = entries[at : at + 64].decode("utf-16-le", "replace").rstrip("\x00")
        if name in ("Workbook", "Book"):
            return _chain(content, fat, struct.unpack_from("<I", entries, at + 116)[0], size)
    return b""


def _chain(content: bytes, fat: list[int], sector: int, size: int) -> bytes:
    """The sectors of a chain joined; a chain that runs in a circle ends with the length of the file."""
    found = bytearray()
    while sector < FREE and len(found) <= len(content):
        found += content[(sector + 1) * size : (sector + 2) * size]
        sector = fat[sector]
    return bytes(found)


def _tell(line: Any) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + LINE)


if __name__ == "__main__":
    main(sys.argv[1])
