import io
import zipfile

import pytest
import xlsxwriter

from ingest.archives import check_archive
from models.errors import FieldError

SHEET = b"<worksheet><sheetData>%s</sheetData></worksheet>"
FAR = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">%s</row>'


def workbook(sheet: bytes = b"", texts: bytes = b"", **more: bytes) -> io.BytesIO:
    """A minimal archive with one sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", SHEET % sheet)
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + texts + b"</sst>")
        for name, content in more.items():
            archive.writestr(name, content)
    return file


def rule_of(file: io.BytesIO) -> str:
    with pytest.raises(FieldError) as caught:
        check_archive(file)
    return caught.value.rule


def test_what_excel_writes_is_safe():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row in range(200):
            sheet.write_row(row, 0, [row, "叉车工", "描述" * 500])
        sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))
    check_archive(file)


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="XFD1048576"><v>1</v></c>',
        b'<x:c  r = "XFD1048576" ><v>1</v></x:c>',
        b"<c s='1' r='XFD1048576'><v>1</v></c>",
        b'<c x=\' r="A1"\' r="XFD1048576"><v>1</v></c>',
        b'<c x=">" r="XFD1048576"><is><t>1</t></is></c>',
        b'<c r="A9999999999"><v>1</v></c>',
        b'<c r="ZZZZZ1"><v>1</v></c>',
    ],
)
def test_cells_far_from_each_other_are_refused(cell):
    assert rule_of(workbook(FAR % cell)) == "file_too_large"


def test_cells_without_a_place_are_counted():
    check_archive(workbook(b"<row><c><v>1</v></c><c><v>2</v></c></row>" * 100))
    wide = b"<row>" + b"<c/>" * 10_000 + b"<c><v>1</v></c></row>"
    assert rule_of(workbook(b"<row><c><v>1</v></c></row>" + b"<row/>" * 1000 + wide)) == "file_too_large"


def test_formatted_but_empty_cells_take_no_room():
    check_archive(workbook(FAR % b'<c r="XFD1048576" s="1"/><c r="XFD1048576" s="1"></c>'))


def test_a_long_text_shown_by_many_cells_is_refused():
    texts = b"<si/><si><t>a</t></si><si><t>" + b"x" * 100_000 + b"</t></si>"
    row = b'<row r="1">' + b'<c r="A1" t="s"><v>%d</v></c>' * 5000 + b"</row>"
    check_archive(workbook(row % ((1,) * 5000), texts))
    assert rule_of(workbook(row % ((2,) * 5000), texts)) == "file_too_large"
    hidden = b"<row>" + b'<c t="s"><f/><v>2</v></c>' * 5000 + b"</row>"
    assert rule_of(workbook(hidden, texts)) == "file_too_large"


def test_packed_bombs_are_refused_whatever_their_headers_claim():
    file = workbook(b" " * 20_000_000)
    assert rule_of(file) == "file_too_large"
    honest = (20_000_000 + len(SHEET) - 2).to_bytes(4, "little")
    lying = io.BytesIO(file.getvalue().replace(honest, (100).to_bytes(4, "little")))
    assert lying.getvalue() != file.getvalue()
    assert rule_of(lying) == "file_too_large"


def test_what_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", b"<document/>")
    assert rule_of(file) == "file_type"
    assert rule_of(io.BytesIO(b"PK\x03\x04 but no more")) == "file_damaged"


def test_two_entries_of_one_name_are_refused():
    assert rule_of(workbook(**{"XL/Workbook.xml": b"<workbook/>"})) == "file_damaged"


def test_damage_anywhere_gives_a_field_error_or_nothing():
    whole = workbook(b'<row r="1"><c r="A1"><v>1</v></c></row>').getvalue()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            check_archive(io.BytesIO(bytes(damaged)))
        except FieldError as error:
            assert error.rule in ("file_damaged", "file_type", "file_too_large")  # noqa: PT017
