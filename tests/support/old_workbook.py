"""The older workbook format (BIFF8 within OLE2), written by hand: no program here writes it any more."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
ERRORS = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#N/A": 0x2A}
PLAIN, DAY = 0, 1  # cell formats


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _cell(row: int, column: int, value: Any) -> bytes:
    place = struct.pack("<HHH", row, column, PLAIN)
    if isinstance(value, date):
        days = float((value - date(1899, 12, 30)).days)
        return record(0x0203, struct.pack("<HHHd", row, column, DAY, days))
    if isinstance(value, bool):
        return record(0x0205, place + struct.pack("<BB", value, 0))
    if isinstance(value, int | float):
        return record(0x0203, place + struct.pack("<d", value))
    if value in ERRORS:
        return record(0x0205, place + struct.pack("<BB", ERRORS[value], 1))
    return label_cell(row, column, value)


def label_cell(row: int, column: int, text: str) -> bytes:
    return record(0x0204, struct.pack("<HHH", row, column, PLAIN) + _text(text))


def formula_cell(row: int, column: int, result: bytes) -> bytes:
    """A formula (=1) with the 8 bytes of its kept result."""
    token = struct.pack("<BH", 0x1E, 1)
    return record(0x0006, struct.pack("<HHH", row, column, PLAIN) + result + struct.pack("<HIH", 0, 0, 3) + token)


ERROR_RESULT = struct.pack("<BBBBBBH", 2, 0, 0x17, 0, 0, 0, 0xFFFF)


def workbook_stream(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    hidden: Iterable[str] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    more: bytes = b"",
    before: bytes = b"",
) -> bytes:
    """The records of a workbook. `merged` (first row, last row, first column, last column) and the cell records
    `more` are the first sheet's; `before` stands at the head of the globals."""
    formats = b"".join(record(0x00E0, struct.pack("<HHHHHHII", 0, number, 0, 0, 0, 0, 0, 0)) for number in (0, 14))
    head = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)) + before
    head += record(0x0042, struct.pack("<H", 1200)) + formats
    bodies = []
    for place, rows in enumerate(sheets.values()):
        body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
        for number, row in enumerate(rows):
            body += b"".join(_cell(number, column, value) for column, value in enumerate(row) if value != "")
        if place == 0:
            body += more
            ranges = b"".join(struct.pack("<HHHH", *found) for found in merged)
            body += record(0x00E5, struct.pack("<H", len(merged)) + ranges) if merged else b""
        bodies.append(body + record(0x000A))
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    offset = len(head) + sum(len(record(0x0085, bytes(6) + name)) for name in names) + 4
    for name, title, body in zip(names, sheets, bodies, strict=True):
        head += record(0x0085, struct.pack("<IBB", offset, title in hidden, 0) + name)
        offset += len(body)
    return head + record(0x000A) + b"".join(bodies)


def ole(streams: Mapping[str, bytes], fat_loop: bool = False) -> bytes:
    """An OLE2 file with these streams. `fat_loop`: the chain of the first stream comes back to its start."""
    padded = [content.ljust(max(len(content), 4096), b"\x00") for content in streams.values()]
    chains, place = [], 1  # sector 0 holds the directory, the table comes last
    for content in padded:
        count = -(-len(content) // SECTOR)
        chains.append((place, count))
        place += count
    sectors = place
    tables = 1
    while tables * 128 < sectors + tables:
        tables += 1
    fat = [END]
    for start, count in chains:
        fat += [*range(start + 1, start + count), END]
    if fat_loop:
        fat[chains[0][0] + chains[0][1] - 1] = chains[0][0]
    fat += [FAT] * tables
    fat += [FREE] * (tables * 128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, 0, 0, 4096, END, 0, END, 0)
    header += struct.pack(f"<{tables}I", *range(sectors, sectors + tables)) + struct.pack("<I", FREE) * (109 - tables)
    entries = [_entry("Root Entry", 5, END, 0, 1)]
    for number, (name, content, (start, _)) in enumerate(zip(streams, padded, chains, strict=True), 1):
        entries.append(_entry(name, 2, start, len(content), number + 1 if number < len(streams) else FREE))
    directory = b"".join(entries).ljust(SECTOR, b"\x00")
    body = b"".join(content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\x00") for content in padded)
    return header + directory + body + struct.pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, start: int, size: int, following: int) -> bytes:
    """A directory entry; of the root `following` is its first child, of a stream its neighbour to the right."""
    encoded = (name + "\x00").encode("utf-16-le")
    left, right, child = (FREE, FREE, following) if kind == 5 else (FREE, following, FREE)
    tree = struct.pack("<BBIII", kind, 1, left, right, child)
    return (
        encoded.ljust(64, b"\x00")
        + struct.pack("<H", len(encoded))
        + tree
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def xls(sheets: Mapping[str, Sequence[Sequence[Any]]], **options: Any) -> bytes:
    """A workbook as Excel 97 to 2003 saved it."""
    return ole({"Workbook": workbook_stream(sheets, **options)})
