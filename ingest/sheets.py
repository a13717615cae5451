"""What does a reader of workbooks give of each sheet, whatever the format?"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models.errors import FieldError

HEAD_ROWS = 10  # titles and remarks may stand above the header

# A row as a file gives it: its number from 1, and its cells, or why they cannot be read.
Numbered = tuple[int, Sequence[object] | FieldError]


class Merged(NamedTuple):
    """A cell merged over several rows: its column from 0, its first and last row from 1."""

    column: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that a person sees. `head` has its first rows that hold something, `rows` reads all of those."""

    name: str
    merged: Sequence[Merged]
    head: Sequence[Numbered]
    rows: Callable[[], Iterator[Numbered]]


def filled_down(rows: Iterable[Numbered], merged: Iterable[Merged], columns: Collection[int]) -> Iterator[Numbered]:
    """The rows, with the value of a merged cell counting for all its rows in these columns."""
    starts: dict[int, list[Merged]] = {}
    for found in merged:
        if found.column in columns:
            starts.setdefault(found.top, []).append(found)
    open_cells: dict[int, tuple[int, object]] = {}  # by column: the last row of the merged cell, and its value
    for number, cells in rows:
        if isinstance(cells, FieldError):
            yield number, cells
            continue
        row = _filled(number, cells, open_cells) if open_cells else cells
        for found in starts.get(number, ()):
            if found.column < len(row):
                open_cells[found.column] = found.bottom, row[found.column]
        yield number, row


def _filled(number: int, cells: Sequence[object], open_cells: Mapping[int, tuple[int, object]]) -> Sequence[object]:
    row = list(cells)
    for column, (last, value) in open_cells.items():
        if number <= last:
            row += [""] * (column + 1 - len(row))
            row[column] = value if row[column] == "" else row[column]
    return row
