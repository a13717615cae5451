"""May this workbook be opened? Asked of the zip archive before any reader of spreadsheets sees it.

A reader lays a sheet out as a full table from its first to its last cell and copies a shared text into every
cell that shows it: 2 kB of file can come to gigabytes. So the archive is unpacked here once, piece by piece,
and measured.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import SEEK_CUR, SEEK_END
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from models.errors import FieldError

MOST_UNPACKED = 200_000_000  # bytes; and as much of shared texts, laid out
MOST_RATIO, RATIO_FROM = 100, 10_000_000  # of unpacked to packed; a small file may well be repetitive
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of the format itself
MOST_CELLS = 5_000_000  # from the first to the last cell of a sheet, with the blank ones between
MOST_ENTRIES = 10_000
CHUNK = 1 << 20
MOST_OF_A_ROW = 16 * CHUNK
LOCAL_HEADER = struct.Struct("<26xHH")  # the lengths of the name and of what follows it
SHARED_TEXTS = "xl/sharedstrings.xml"

# The opening tag of a row or cell: kind, column and row if they come first, attributes; whether it is closed at
# once; and its value if that is a number.
TAG = re.compile(
    rb"<(?:\w+:)?(row|c)(?:\sr=\"([A-Z]{0,3})(\d{1,7})\")?(?=[\s/>])"
    rb"([^>\"']*+(?:\"[^\"]*\"[^>\"']*+|'[^']*'[^>\"']*+)*+)>\s*(</)?(?:<(?:\w+:)?v[^>]{0,99}>(\d{1,9})<)?"
)
REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d+)[\"']")
IS_SHARED = re.compile(rb"\st\s*=\s*[\"']s[\"']")
END_OF_TEXT = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")


def check_archive(file: BinaryIO) -> None:
    """Nothing, where the workbook is safe to open.

    FieldError file_type (not a workbook), file_damaged, or file_too_large (packed bombs, cells far away from
    each other, long texts shown by many cells).
    """
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            _Measure(file, packed=file.seek(0, SEEK_END)).take(entries)
    except (BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, OSError) as error:
        if isinstance(error, FieldError):
            raise
        raise FieldError("file_damaged", "文件已损坏，无法打开", "请重新另存为 xlsx 后再导入") from None


def _too_large() -> FieldError:
    return FieldError("file_too_large", "表格展开后过大", "请删除多余的行列，分成几个文件，或另存为 CSV")


def _check_entries(entries: list[ZipInfo]) -> None:
    names = {entry.filename.lower() for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FieldError("file_type", "不是可以读取的表格文件", "请另存为 xlsx 或 CSV")
    # Of two entries of one name each reader takes another.
    if len(names) < len(entries) or len(entries) > MOST_ENTRIES:
        raise BadZipFile
    if any(entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise BadZipFile


@dataclass(slots=True)
class _Measure:
    """What an archive comes to when it is unpacked and its sheets are laid out."""

    file: BinaryIO
    packed: int  # bytes, as the rest
    unpacked: int = 0
    shown: int = 0  # shared texts, each once for every cell that shows it
    shared: list[int] = field(default_factory=list)
    longest: int = 0

    def take(self, entries: list[ZipInfo]) -> None:
        """Measure all entries, the shared texts first."""
        for entry in sorted(entries, key=lambda entry: entry.filename.lower() != SHARED_TEXTS):
            if entry.filename.lower() == SHARED_TEXTS:
                self._take_texts(_blocks(self._unpack(entry), b"si>"))
            else:
                self._take_sheet(_blocks(self._unpack(entry), b"row>"))

    def _unpack(self, entry: ZipInfo) -> Iterator[bytes]:
        """The bytes of an entry as they are, whatever size its header claims."""
        self.file.seek(entry.header_offset)
        name, extra = LOCAL_HEADER.unpack(self.file.read(LOCAL_HEADER.size))
        self.file.seek(name + extra, SEEK_CUR)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        left = entry.compress_size
        while left > 0 and not inflate.eof:
            packed = self.file.read(min(left, CHUNK))
            left = left - len(packed) if packed else 0
            while packed:
                stored = entry.compress_type == ZIP_STORED
                piece = packed if stored else inflate.decompress(packed, CHUNK)
                packed = b"" if stored else inflate.unconsumed_tail
                self.unpacked += len(piece)
                if self.unpacked > min(MOST_UNPACKED, max(RATIO_FROM, MOST_RATIO * self.packed)):
                    raise _too_large()
                yield piece

    def _take_texts(self, blocks: Iterable[bytes]) -> None:
        for block in blocks:
            start = 0
            for end in END_OF_TEXT.finditer(block):
                self.shared.append(end.end() - start)
                start = end.end()
        self.longest = max(self.shared, default=0)

    def _take_sheet(self, blocks: Iterable[bytes]) -> None:
        extent = _Extent()
        for block in blocks:
            for kind, letters, digits, attributes, closed, value in TAG.findall(block):
                extent.go_to(kind, letters, digits, attributes)
                if kind == b"row" or closed or attributes.endswith(b"/"):
                    continue  # a cell that is formatted, but empty, is none
                extent.fill()
                if b"s" in attributes and IS_SHARED.search(attributes):
                    known = value and int(value) < len(self.shared)
                    self.shown += self.shared[int(value)] if known else self.longest
                    if self.shown > MOST_UNPACKED:
                        raise _too_large()


@dataclass(slots=True)
class _Extent:
    """The rows and columns between the first and the last filled cell of a sheet."""

    row: int = 0
    column: int = 0
    top: int = MOST_ROWS
    bottom: int = 0
    left: int = MOST_COLUMNS
    right: int = 0

    def go_to(self, kind: bytes, letters: bytes, digits: bytes, attributes: bytes) -> None:
        """Go to the row or cell that is named, else to the next one; of several names the farthest."""
        if digits and b"r" not in attributes:
            self.row, self.column = int(digits), _column(letters)
            return
        names = REFERENCE.findall(attributes) + ([(letters, digits)] if digits else [])
        cell = kind == b"c"
        self.row = max([int(row[:8]) for _, row in names], default=self.row + (not cell))
        self.column = max([_column(column) for column, _ in names], default=self.column + 1 if cell else 0)

    def fill(self) -> None:
        """Note that the cell holds something."""
        if self.row > self.bottom or self.row < self.top:
            self.top, self.bottom = min(self.top, self.row), max(self.bottom, self.row)
        if self.column > self.right or self.column < self.left:
            self.left, self.right = min(self.left, self.column), max(self.right, self.column)
        cells = (self.bottom - self.top + 1) * (self.right - self.left + 1)
        if cells > MOST_CELLS or self.bottom > MOST_ROWS or self.right > MOST_COLUMNS:
            raise _too_large()


@lru_cache(maxsize=MOST_COLUMNS)
def _column(letters: bytes) -> int:
    """The number of a column from 1: A, B, ... Z, AA, ..."""
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + letter - 64
    return number


def _blocks(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """The pieces joined anew so that each ends with `end`; the last one as it comes."""
    rest = b""
    for piece in pieces:
        rest += piece
        cut = rest.rfind(end) + len(end)
        if cut >= len(end):
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > MOST_OF_A_ROW:
            raise _too_large()
    yield rest
