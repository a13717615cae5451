"""What are the rows of a text file with delimiters, whatever the program that saved it?"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TextIO

from ingest.sheets import Numbered
from models.errors import FieldError

MOST_OF_A_RECORD = 1_000_000  # code points; the line limit too
MOST_REPAIRS = 100  # each may read up to a record again
CHUNK = 1 << 20
SAMPLE = 1 << 16
ODD_IN_CHINESE = re.compile("[\u0370-\u04ff\u3040-\u30ff\u3105-\u312f\ue000-\uf8ff]")
DELIMITERS = ",;\t|"

LOST = "\udcff"  # what stands for bytes that are no text in the file's encoding; no decoder gives it by itself
codecs.register_error("ingest.lost", lambda error: (LOST, getattr(error, "end")))  # noqa: B009


def encodings_of(path: Path) -> tuple[str, ...]:
    """The encodings that a text file may be in, the likeliest first; one where a mark or its zeros tell it.

    Without a mark: UTF-8 if most of its letters are that, else GB18030 or Big5, by the letters they would give.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if head.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if wide := _wide_encoding(head):
        return (wide,)
    if not _is_mostly_utf8(path):
        chinese = ("big5hkscs", "gb18030") if _looks_like_big5(head) else ("gb18030", "big5hkscs")
        return (*chinese, "utf-8")
    return ("utf-8", "gb18030")


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 without a mark: commas and line ends have a zero byte, always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if (even + odd) * 50 < len(head):
        return None
    return "utf-16-le" if even * 20 <= odd else "utf-16-be" if odd * 20 <= even else None


def _is_mostly_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    letters, broken = 0, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if not chunk.isascii():
                text = decoder.decode(chunk)
                letters += len(text) - len(text.encode("ascii", "ignore"))
                broken += text.count("\ufffd")
    return broken * 4 <= letters


def _looks_like_big5(head: bytes) -> bool:
    """Whether GB18030 would make kana, Greek and Cyrillic of what Big5 has its commonest letters for."""
    text = head.decode("gb18030", "replace")
    return len(ODD_IN_CHINESE.findall(text)) * 20 > len(text) - len(text.encode("ascii", "ignore"))


def read_delimited(path: Path, encoding: str, delimiter: str) -> Generator[Numbered, None, None]:
    """The records of a file with their number, from 1 as a spreadsheet would count them, blank ones too.

    A FieldError stands in the place of a record that cannot be read; those after it go on.
    """
    with path.open(encoding=encoding, errors="ingest.lost", newline="") as file:
        lines = _Lines(file, delimiter)
        records = csv.reader(lines, delimiter=delimiter)
        number = 0
        while True:
            number += 1
            lines.begin_record()
            try:
                cells = next(records)
            except StopIteration:
                return
            except FieldError as error:
                yield number, error
            except csv.Error:
                lines.go_back()
                yield number, FieldError("cell_too_long", "有单元格过长，或引号没有成对", "请核对这一行的引号")
            else:
                yield number, _checked(cells, lines)


def _checked(cells: list[str], lines: "_Lines") -> list[str] | FieldError:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return FieldError("encoding", "这一行有无法识别的字符", "请用 UTF-8 或 GB18030 编码另存后重新导入")
    if not lines.are_sound() and lines.go_back():
        return FieldError("quote_not_closed", "这一行的引号没有成对", "请补上引号，或删除多余的引号")
    return cells


class _Lines:
    """The lines of a file, of bounded length, with those of the record at hand kept for a second reading."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self.file, self.delimiter = file, delimiter
        self.record: list[str] = []
        self.again: deque[str] = deque()
        self.size = 0
        self.repairs = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self.file.readline(MOST_OF_A_RECORD)
        if not line:
            raise StopIteration
        self.size += len(line)
        if self.size >= MOST_OF_A_RECORD:
            while not line.endswith("\n") and (line := self.file.readline(MOST_OF_A_RECORD)):
                pass
            self.go_back()
            raise FieldError("row_too_long", f"这一行超过 {MOST_OF_A_RECORD} 个字", "请核对这一行的引号和换行")
        self.record.append(line)
        return line

    def begin_record(self) -> None:
        self.record, self.size = [], 0

    def are_sound(self) -> bool:
        """Whether a record of several lines is well quoted: a stray quote swallows lines that are others' own."""
        if len(self.record) < 2:
            return True
        try:
            return len(list(csv.reader(self.record, delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def go_back(self) -> bool:
        """Take all lines of the record but its first for others; False when that was done too often."""
        self.repairs += 1
        if self.repairs > MOST_REPAIRS or len(self.record) < 2:
            return False
        self.again.extendleft(reversed(self.record[1:]))
        return True
