"""Which rows of a file were refused, and why? As a workbook that can be corrected and sent again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from api.imports import Counts, Noun
from ingest.cells import LONGEST_CELL, SpoiltCell, said
from ingest.files import Row, RowFile
from ingest.strict_json import dump
from ingest.templates import column_name
from ingest.verdicts import Verdict
from models.errors import Problem, Refused

REASONS = ("原行号", "字段", "规则", "原因", "修改建议")
WHOLE = "原文"  # the one column of a file that has none
WHOLE_ROW = "整行"


class RefusedRows:
    """The workbook while it is written: a line a refused row, in order, with the cells that were sent."""

    def __init__(self, book: Any, noun: Noun, found: RowFile) -> None:
        self._noun, self._found, self._counts = noun, found, Counts()
        self._names = [name or f"第 {place} 列" for place, name in enumerate(found.names, 1)] or [WHOLE]
        self._headers = _headers(found)
        self._lines = 0
        self._sheet, self._summary = book.add_worksheet("退回"), book.add_worksheet("汇总")
        # Text stays text, also when somebody edits the cell: no formula, no digits lost.
        self._text = book.add_format({"num_format": "@", "quote_prefix": True})
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(1, len(REASONS) - 1, 20)
        self._write(0, (*REASONS, *self._names))

    def noting(self, told: Iterable[tuple[Row, Verdict]]) -> Iterator[Verdict]:
        """The same verdicts, each refused row written down on its way."""
        for row, verdict in told:
            self._counts.add(verdict)
            if not verdict.accepted:
                self._lines += 1
                self._write(self._lines, self._line(row, verdict))
            yield verdict

    def finish(self) -> None:
        """Say in the second sheet what came of all rows."""
        read = [f"读取的工作表：{self._found.sheet}"] if self._found.sheet else []
        rules = sorted(self._counts.rules.items(), key=lambda rule: (-rule[1], rule[0]))
        lines: list[tuple[str, int | None]] = [("总行数", self._counts.rows), ("退回行数", self._lines)]
        lines += [(text, None) for text in (*read, *(f"另有工作表未读取：{name}" for name in self._found.unread))]
        lines += [(f"规则 {rule}", count) for rule, count in rules]
        for place, (text, count) in enumerate(lines):
            self._summary.write_string(place, 0, text[:LONGEST_CELL])
            if count is not None:
                self._summary.write_number(place, 1, count)
        self._summary.set_column(0, 0, 50)

    def _line(self, row: Row, verdict: Verdict) -> Sequence[str]:
        problems = verdict.problems
        told = (
            str(verdict.row),
            "；".join(dict.fromkeys(map(self._called, problems))),
            "；".join(dict.fromkeys(problem.rule for problem in problems)),
            "；".join(f"{self._called(problem)}：{problem.message}" for problem in problems),
            "；".join(dict.fromkeys(problem.fix for problem in problems if problem.fix)),
        )
        cells = row.cells if self._found.names or row.document is None else [dump(row.document).decode()]
        return (*told, *map(_shown, cells))

    def _called(self, problem: Problem) -> str:
        """What the sender calls the field of a problem: by the header of the file, else as our form does."""
        if problem.field == "record":
            return WHOLE_ROW
        return self._headers.get(problem.field) or column_name(self._noun, problem.field)

    def _write(self, place: int, line: Iterable[str]) -> None:
        for column, text in enumerate(line):
            if text:
                self._sheet.write_string(place, column, text[:LONGEST_CELL], self._text)


@contextmanager
def refused_rows(file: Path | BinaryIO, noun: Noun, found: RowFile) -> Iterator[RefusedRows]:
    """The workbook of the refused rows, complete at the end. Refused where the name is not one of a workbook."""
    from xlsxwriter import Workbook

    if isinstance(file, Path) and file.suffix.lower() != ".xlsx":
        raise Refused("退回文件名须以 .xlsx 结尾")
    with Workbook(str(file) if isinstance(file, Path) else file, {"constant_memory": True}) as book:
        rows = RefusedRows(book, noun, found)
        yield rows
        rows.finish()


def _headers(found: RowFile) -> Mapping[str, str]:
    """What the file calls each field; of several columns the first one names it."""
    headers: dict[str, str] = {}
    for place, field in found.columns.fields.items() if found.columns else ():
        headers.setdefault(field, found.names[place])
    return headers


def _shown(cell: object) -> str:
    return cell.shown if isinstance(cell, SpoiltCell) else cell if isinstance(cell, str) else said(cell)
