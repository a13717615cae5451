"""What are the rows of an older workbook (xls)? Read by a child process that may use so much memory and time only."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.archives import damaged, too_large
from ingest.cells import error_cell
from ingest.sheets import Merged, Numbered, Sheet
from models.errors import FieldError

CHILD = Path(__file__).with_name("xls_child.py")
MOST_BYTES = 50_000_000  # the child holds the file twice; the format has no compression


def read_xls(path: Path) -> list[Sheet]:
    """The sheets that a person sees, in order. FieldError file_type, file_damaged, file_password, file_too_large."""
    if path.stat().st_size > MOST_BYTES:
        raise too_large()
    return [_sheet(path, line) for line in _lines(path, "sheets")]


def _sheet(path: Path, line: Any) -> Sheet:
    merged = [Merged(column, top, bottom) for column, top, bottom in line["merged"] if bottom > top]
    head = [_row(row) for row in line["head"]]
    return Sheet(line["name"], merged, head, lambda: _rows(path, str(line["place"])))


def _rows(path: Path, place: str) -> Iterator[Numbered]:
    """The rows; where the child ended before them, the rest is one FieldError in the place of a row."""
    number = 0
    try:
        for row in _lines(path, place):
            number = row[0]
            yield _row(row)
    except FieldError as error:
        yield number + 1, FieldError(error.rule, f"{error.message}：从这一行起未读取", error.fix)


def _row(row: Any) -> Numbered:
    number, cells = row
    return number, [error_cell(cell["error"]) if isinstance(cell, dict) else cell for cell in cells]


def _lines(path: Path, wanted: str) -> Iterator[Any]:
    """What the child tells, line by line; FieldError where it tells of a fault, or ends before its end."""
    with path.open("rb") as file:
        command = [sys.executable, "-I", str(CHILD), wanted]
        child = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    assert child.stdout is not None
    try:
        for line in child.stdout:
            found = json.loads(line)
            if found is True:
                return
            if isinstance(found, dict) and "fault" in found:
                raise _fault(found["fault"])
            yield found
        raise damaged() if child.wait() == 1 else too_large()  # a panic, or the limits of the process
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def _fault(rule: str) -> FieldError:
    if rule == "file_password":
        return FieldError(rule, "文件设有密码，无法打开", "请取消密码后重新保存")
    if rule == "file_type":
        return FieldError(rule, "不是可以读取的表格文件", "请另存为 xlsx 或 CSV")
    if rule == "file_too_large":
        return too_large()
    return damaged()
