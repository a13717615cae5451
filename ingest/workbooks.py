"""What are the rows of the sheets of a workbook (xlsx, or the older xls)?"""

from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest.archives import check_archive
from ingest.tables import Numbered
from models.errors import FieldError

ZIP_MARK = b"PK\x03\x04"


def open_workbook(path: Path) -> CalamineWorkbook:
    """The workbook of a file.

    FieldError file_type, file_damaged, file_too_large (`ingest/archives.py`) or file_password.
    """
    content = path.read_bytes()
    if content.startswith(ZIP_MARK):
        check_archive(BytesIO(content))
    try:
        return CalamineWorkbook.from_filelike(BytesIO(content))
    except PasswordError:
        raise FieldError("file_password", "文件设有密码，无法打开", "请取消密码后重新保存") from None
    except CalamineError:
        if content.startswith(ZIP_MARK):
            raise _damaged() from None
        raise FieldError("file_type", "不是可以读取的表格文件", "请另存为 xlsx 或 CSV") from None


def visible_sheets(workbook: CalamineWorkbook) -> Iterator[CalamineSheet]:
    """The sheets that a person sees, in order. FieldError file_damaged."""
    for number, sheet in enumerate(workbook.sheets_metadata):
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            yield _sheet(workbook, number)


def read_sheet(sheet: CalamineSheet, filled_down: Collection[int] = ()) -> Iterator[Numbered]:
    """The rows with their numbers as the sheet shows them; blank ones have no cells.

    A cell merged over several rows counts for all of them in the columns `filled_down`.
    """
    offset = [""] * (sheet.start or (0, 0))[1]
    merged = _merged_downwards(sheet, filled_down)
    open_cells: dict[int, tuple[int, object]] = {}  # by column: the last row of the merged cell, and its value
    for number, cells in enumerate(sheet.iter_rows()):
        row: list[object] = [*offset, *cells]
        if all(cell == "" for cell in row):
            yield number + 1, ()
            continue
        for column, (last, value) in open_cells.items():
            if number <= last and column < len(row) and row[column] == "":
                row[column] = value
        for column, last in merged.get(number, ()):
            if column < len(row):
                open_cells[column] = last, row[column]
        yield number + 1, row


def _sheet(workbook: CalamineWorkbook, number: int) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_index(number)
    except BaseException as error:
        # A panic of the reader's own language comes as an exception of no importable class.
        if isinstance(error, CalamineError) or type(error).__name__ == "PanicException":
            raise _damaged() from None
        raise


def _damaged() -> FieldError:
    return FieldError("file_damaged", "文件已损坏，无法读取", "请重新另存为 xlsx 后再导入")


def _merged_downwards(sheet: CalamineSheet, columns: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """By its first row, from 0: the column and the last row of every cell merged over several rows."""
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top and left in columns:
            merged.setdefault(top, []).append((left, bottom))
    return merged
