"""What are the rows of an xlsx workbook?

It is read piece by piece, so that neither a cell in the far corner nor a flood of blank rows costs memory.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ingest.archives import Archive, damaged, open_archive, too_large
from ingest.cells import LONGEST_CELL, SpoiltCell, error_cell
from ingest.plain_xml import FILLED, ROW, ROWS, SHARED, TEXTS, Stretches
from ingest.sheets import HEAD_ROWS, Merged, Numbered, Sheet
from models.errors import FieldError

MOST_ROWS, MOST_COLUMNS = 1_048_576, 1_000  # the format's own; no table is wider, what lies beyond is not read
MOST_SHEETS = 50  # that are looked at
MOST_MERGED = 100_000
MOST_OF_A_TEXT = LONGEST_CELL + 1  # code points kept of one text; longer cells are refused by name
MOST_OF_TEXTS = 120_000_000  # bytes that all shared texts may come to in memory
OF_A_TEXT = 80  # bytes, beside its letters
MOST_OF_A_TOKEN = 1 << 22  # bytes of one tag
MOST_TAGS = 10_000_000  # of a part, ends counted too: some 2,500,000 cells
HEAD_WITHIN = 1_000  # rows

MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
# What formatting alone leaves behind: cells without content, as Excel writes them.
EMPTY_CELLS = re.compile(rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d{1,5}")?(?:/>|></c>)')
DIGITS = "0123456789"
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
DAY_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})  # ECMA-376 18.8.30
SPOKEN_PARTS = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
DAY_LETTERS = re.compile(r"[ymdhs年月日时分秒]", re.IGNORECASE)
EPOCH, EPOCH_OF_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - of a wall clock
LAST_DAY = 2_957_003  # 9999-12-31, from 1904 on


def read_xlsx(path: Path) -> list[Sheet]:
    """The sheets that a person sees, in order. FieldError file_type, file_damaged or file_too_large."""
    archive = open_archive(path)
    book = _relations(archive, "_rels/.rels").get("officeDocument", "xl/workbook.xml")
    if book not in archive or not book.lower().endswith(".xml"):
        raise FieldError("file_type", "不是可以读取的表格文件", "请另存为 xlsx 或 CSV")
    contents = _Contents()
    _parse(archive, book, contents.start)
    folder, name = posixpath.split(book)
    parts = _relations_by_id(archive, f"{folder}/_rels/{name}.rels", folder)
    styles, texts = f"{folder}/styles.xml", f"{folder}/sharedStrings.xml"
    facts = _Facts(_texts(archive, texts), _day_styles(archive, styles), contents.epoch)
    found = ((title, parts.get(number, "")) for title, number in contents.sheets[:MOST_SHEETS])
    return [_sheet(title, archive, part, facts) for title, part in found if part in archive]


@dataclass(slots=True)
class _Contents:
    """What the workbook part says: its visible sheets, and where its days begin."""

    sheets: list[tuple[str, str]] = field(default_factory=list)  # title, relation
    epoch: datetime = EPOCH

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), relation))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = EPOCH_OF_1904
        elif name == "document":  # of a text document
            raise FieldError("file_type", "不是可以读取的表格文件", "请另存为 xlsx 或 CSV")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What cells refer to: shared texts, the styles that show a number as a day, and where days begin."""

    texts: list[str]
    day_styles: frozenset[str]
    epoch: datetime


def _relations(archive: Archive, part: str) -> dict[str, str]:
    """Targets by the last word of their type."""
    return {kind: target for _, kind, target in _targets(archive, part, "")}


def _relations_by_id(archive: Archive, part: str, folder: str) -> dict[str, str]:
    """The worksheets by relation id."""
    return {number: target for number, kind, target in _targets(archive, part, folder) if kind == "worksheet"}


def _targets(archive: Archive, part: str, folder: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", ""))).lstrip("/")
            found.append((attributes.get("Id", ""), kind, target))

    if part in archive:
        _parse(archive, part, start)
    return found


@dataclass(slots=True)
class _SharedTexts:
    """The shared texts as their tags come by; readings of Japanese names (rPh) are none of the text."""

    texts: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    weight: int = 0  # bytes of all texts
    size: int = 0  # letters of the text at hand
    skipped: int = 0
    taking: bool = False

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        self.skipped += name == "rPh"
        self.taking = name == "t" and not self.skipped

    def data(self, text: str) -> None:
        if self.taking and self.size < MOST_OF_A_TEXT:
            self.pieces.append(text)
            self.size += len(text)

    def end(self, name: str) -> None:
        self.skipped -= name == "rPh"
        self.taking = False
        if name == "si":
            self._keep("".join(self.pieces))
            self.pieces.clear()
            self.size = 0

    def plain(self, stretch: str) -> None:
        for said in SHARED.findall(stretch):
            self._keep(said)

    def _keep(self, said: str) -> None:
        text = _text(said)
        self.weight += OF_A_TEXT + len(text) * (1 if text.isascii() else 4)
        if self.weight > MOST_OF_TEXTS:
            raise too_large()
        self.texts.append(text)


def _texts(archive: Archive, part: str) -> list[str]:
    shared, stretches = _SharedTexts(), Stretches(TEXTS, b"</si>")
    if part in archive:
        marked = stretches.marked(archive.chunks(part))
        for _ in _fed(marked, shared.start, shared.end, shared.data, lambda mark: shared.plain(stretches.taken(mark))):
            pass
    return shared.texts


def _text(said: str) -> str:
    text = said[:MOST_OF_A_TEXT]
    return ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0] if "\ud800" <= letter <= "\udfff" else letter


def _day_styles(archive: Archive, part: str) -> frozenset[str]:
    """The cell styles that show a number as a day or a time."""
    days = {str(number) for number in DAY_FORMATS}
    formats: list[str] = []
    within = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal within
        if name in ("cellXfs", "cellStyleXfs"):
            within = name
        elif name == "numFmt":
            code = SPOKEN_PARTS.sub("", attributes.get("formatCode", "")).partition(";")[0]
            if DAY_LETTERS.search(code) and code.lower() != "general":
                days.add(attributes.get("numFmtId", ""))
        elif name == "xf" and within == "cellXfs":
            formats.append(attributes.get("numFmtId", "0"))

    if part in archive:
        _parse(archive, part, start)
    return frozenset(str(place) for place, number in enumerate(formats) if number in days)


def _sheet(title: str, archive: Archive, part: str, facts: _Facts) -> Sheet:
    merged = _merged(archive, part)
    head = tuple(islice(_rows(archive, part, facts, HEAD_WITHIN), HEAD_ROWS))
    return Sheet(title, merged, head, lambda: _rows(archive, part, facts))


def _merged(archive: Archive, part: str) -> list[Merged]:
    """Cells merged over several rows, which stand behind the rows in a part.

    So the whole part is seen before any row of it: FieldError file_damaged for a wrong checksum, file_too_large.
    """
    found: list[Merged] = []
    rest, tags = b"", 0
    for chunk in _without_blanks(archive.chunks(part)):
        block = rest + chunk
        tags += chunk.count(b"<")
        for left, top, _, bottom in MERGED.findall(block) if b"mergeCell" in block else ():
            if int(bottom) > int(top):
                found.append(Merged(_column(left.decode()), int(top), int(bottom)))
        if len(found) > MOST_MERGED or tags > MOST_TAGS:
            raise too_large()
        rest = block[block.rfind(b"<") :][:MOST_OF_A_TOKEN] if b"<" in block else b""
    return found


def _rows(archive: Archive, part: str, facts: _Facts, until: int = MOST_ROWS) -> Iterator[Numbered]:
    """The rows that hold something, the first `until` rows looked at.

    Where the part breaks off the rest is one FieldError in the place of a row.
    """
    sheet, stretches = _SheetRows(facts), Stretches(ROWS, b"</row>")
    marked = _without_blanks(stretches.marked(archive.chunks(part)))
    try:
        for _ in _fed(marked, sheet.start, sheet.end, sheet.data, lambda mark: sheet.plain(stretches.taken(mark))):
            yield from sheet.taken()
            if sheet.row > until:
                return
    except FieldError as error:
        yield from sheet.taken()
        yield sheet.row + 1, FieldError(error.rule, f"{error.message}：从这一行起未读取", error.fix)
        return
    yield from sheet.taken()


def _without_blanks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield EMPTY_CELLS.sub(b"", chunk) if b'"/>' in chunk or b"></c>" in chunk else chunk


@dataclass(slots=True)
class _SheetRows:
    """The rows of a sheet as its tags come by."""

    facts: _Facts
    row: int = 0  # from 1, as the sheet shows it
    column: int = -1  # from 0
    rows: list[Numbered] = field(default_factory=list)
    cells: dict[int, object] = field(default_factory=dict)
    kind: str = "n"
    style: str = "0"
    formula: bool = False
    taking: bool = False
    skipped: int = 0
    valued: bool = False
    pieces: list[str] = field(default_factory=list)
    size: int = 0

    def taken(self) -> list[Numbered]:
        rows, self.rows = self.rows, []
        return rows

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self.taking, self.valued = not self.skipped, True
        elif name == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) < 8 else self.row + 1
            self.column = -1
        elif name == "f":
            self.formula = True
        elif name == "rPh":
            self.skipped += 1

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("r")
        self.column = _column(place.rstrip(DIGITS)) if place else self.column + 1
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "0")
        self.formula = self.valued = False
        if self.size:
            self.pieces.clear()
            self.size = 0

    def plain(self, stretch: str) -> None:
        for row in stretch.split("</row>"):
            if number := ROW.match(row, max(row.rfind("<row"), 0)):
                self.row = int(number[1])
                for letters, style, kind, text in FILLED.findall(row):
                    column = _column(letters)
                    value = self._shared(text) if kind == "s" else self._read(kind or "n", style or "0", text)
                    if value != "" and column < MOST_COLUMNS:
                        self.cells[column] = value
                self._end_row()

    def data(self, text: str) -> None:
        if self.taking and self.size < MOST_OF_A_TEXT:
            self.pieces.append(text)
            self.size += len(text)

    def end(self, name: str) -> None:
        self.taking = False
        if name == "c" and self.column < MOST_COLUMNS:
            value = self._value()
            if value != "":
                self.cells[self.column] = value
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self.skipped -= 1

    def _end_row(self) -> None:
        if self.cells and self.row <= MOST_ROWS:
            row: list[object] = [""] * (max(self.cells) + 1)
            for column, value in self.cells.items():
                row[column] = value
            self.rows.append((self.row, row))
        self.cells.clear()

    def _value(self) -> object:
        """What the cell holds; empty where that is nothing."""
        if self.formula and not self.valued:
            return SpoiltCell(
                "formula_without_value", "公式没有保存计算结果", "请用 Excel 打开并重新保存，或粘贴为数值"
            )
        return self._read(self.kind, self.style, "".join(self.pieces))

    def _read(self, kind: str, style: str, text: str) -> object:
        if kind == "s":
            return self._shared(text)
        if kind == "n":
            return self._number(text, style)
        if kind == "e":
            return error_cell(text)
        return text.strip() in ("1", "true") if kind == "b" else _text(text)

    def _number(self, text: str, style: str) -> object:
        if not text:
            return ""
        try:
            number = float(text)
        except ValueError:
            return text
        if style in self.facts.day_styles and 0 <= number <= LAST_DAY:
            return _moment(number, self.facts.epoch)
        return number if isfinite(number) else SpoiltCell("cell_damaged", "单元格中的数过大", "请重新填写这一格")

    def _shared(self, text: str) -> object:
        place = int(text) if text.isdecimal() and len(text) < 10 else MOST_OF_TEXTS
        texts = self.facts.texts
        if place < len(texts):
            return texts[place]
        return SpoiltCell("cell_damaged", "单元格内容已丢失", "请重新填写这一格")


def _moment(number: float, epoch: datetime) -> datetime | time:
    moment = epoch + timedelta(seconds=round(number * 86_400))
    return moment.time() if number < 1 else moment


@lru_cache(maxsize=16_384)
def _column(letters: str) -> int:
    """The number of a column from 0: A, B, ... Z, AA, ... FieldError file_damaged."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        raise damaged()
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parse(archive: Archive, part: str, start: Callable[[str, Mapping[str, str]], None]) -> None:
    for _ in _fed(archive.chunks(part), start, lambda _name: None, lambda _text: None):
        pass


def _fed(
    chunks: Iterable[bytes],
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
    marked: Callable[[str], None] = lambda _mark: None,
) -> Iterator[None]:
    """Feed the chunks of an XML part to a parser, a step a chunk, names without prefix. FieldError file_damaged.

    `marked` is told of marks for plain stretches. A document type is damage: no program writes one, and entities are
    made by it.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        """The first tag says by which prefix, mostly none, the format's own names are known."""
        prefix = name.rpartition(":")[0]
        cut = len(prefix) + 1
        parser.StartElementHandler = (lambda tag, given: start(tag[cut:], given)) if prefix else start
        parser.EndElementHandler = (lambda tag: end(tag[cut:])) if prefix else end
        start(name.rpartition(":")[2], attributes)

    parser.StartElementHandler = begin
    parser.CharacterDataHandler = data
    parser.ProcessingInstructionHandler = lambda _target, mark: marked(mark)
    parser.StartDoctypeDeclHandler = _no_doctype
    fed = tags = 0
    try:
        for chunk in chunks:
            fed, tags = fed + len(chunk), tags + chunk.count(b"<")
            if tags > MOST_TAGS:
                raise too_large()
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > MOST_OF_A_TOKEN:
                raise too_large()
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        if isinstance(error, FieldError):
            raise
        raise damaged() from None


def _no_doctype(*_declared: Any) -> None:
    raise damaged()
