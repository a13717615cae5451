"""Workbooks of both formats, whole and damaged."""

import random
from datetime import date

import pytest
from hostile_files import HEAD, RAW_ROWS, ROWS, raw, sheets_of, table, xml_rows
from old_workbook import label_cell, xls

from ingest.files import read_file
from ingest.sheets import Merged, filled_down
from ingest.workbooks import read_workbook
from models.errors import FieldError


def sheet_of(tmp_path, content):
    path = tmp_path / "rows"
    path.write_bytes(content)
    return read_workbook(path)


@pytest.mark.parametrize("make", [lambda: table(*ROWS), lambda: xls({"岗位": [HEAD, *ROWS]})], ids=["xlsx", "xls"])
def test_both_formats_say_the_same(tmp_path, make):
    (sheet,) = sheet_of(tmp_path, make())
    rows = list(sheet.rows())
    assert sheet.name == "岗位"
    assert rows == list(sheet.head) == [(number, row) for number, row in enumerate([HEAD, *ROWS], 1)]


@pytest.mark.parametrize("make", [lambda: table(*ROWS), lambda: raw(RAW_ROWS)], ids=["written", "raw"])
def test_a_damaged_workbook_gives_rows_or_a_reason(tmp_path, make):
    content = make()
    places = random.Random(7)
    path = tmp_path / "rows.xlsx"
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(places.randint(1, 3)):
            damaged[places.randrange(len(damaged))] ^= 1 << places.randrange(8)
        path.write_bytes(damaged)
        try:
            list(read_file(path, "vacancies"))
        except FieldError as error:
            assert error.rule.startswith(("file_", "headers_"))  # noqa: PT017
            refused += 1
    assert refused > 50


def test_a_sheet_with_any_bytes_in_it_gives_rows_or_a_reason(tmp_path):
    """The archive is sound, what it holds is not: nothing but the reader of XML stands between."""
    rows = RAW_ROWS.encode()
    places = random.Random(11)
    path = tmp_path / "rows.xlsx"
    for _ in range(300):
        damaged = bytearray(rows)
        for _ in range(places.randint(1, 4)):
            damaged[places.randrange(len(damaged))] = places.choice(b"<>\"'&/=0 \x00\xffrcvt")
        path.write_bytes(raw([bytes(damaged)]))
        try:
            found = list(read_file(path, "vacancies"))
        except FieldError as error:
            assert error.rule.startswith(("file_", "headers_"))  # noqa: PT017
        else:
            assert all((row.document is None) != (row.problem is None) for row in found)


def test_a_damaged_older_workbook_gives_rows_or_a_reason(tmp_path):
    content = xls({"岗位": [HEAD, *ROWS]})
    places = random.Random(13)
    path = tmp_path / "rows.xls"
    for _ in range(8):
        damaged = bytearray(content)
        for _ in range(3):
            damaged[places.randrange(2_000)] ^= 0xFF
        path.write_bytes(damaged)
        try:
            list(read_file(path, "vacancies"))
        except FieldError as error:
            assert error.rule.startswith(("file_", "headers_"))  # noqa: PT017


def test_an_older_workbook_counts_its_rows_as_it_shows_them(tmp_path):
    (sheet,) = sheet_of(tmp_path, xls({"岗位": [[], [], ["", "", "甲"]]}, more=label_cell(9, 3, "乙")))
    assert list(sheet.rows()) == [(3, ["", "", "甲", ""]), (10, ["", "", "", "乙"])]


def test_fifty_sheets_are_looked_at(tmp_path):
    many = {f"表{n}": [["x"]] for n in range(60)}
    assert len(sheet_of(tmp_path, sheets_of(many))) == len(sheet_of(tmp_path, xls(many))) == 50


def test_a_merged_cell_counts_for_its_rows_in_the_columns_asked_for():
    rows = [(1, ["a", "b"]), (2, ["c"]), (4, ["", "d"]), (5, ["e", ""])]
    merged = [Merged(1, 1, 2), Merged(0, 2, 4), Merged(1, 4, 5)]
    assert [row for _, row in filled_down(rows, merged, {1})] == [["a", "b"], ["c", "b"], ["", "d"], ["e", "d"]]
    assert [row for _, row in filled_down(rows, merged, {0})] == [["a", "b"], ["c"], ["c", "d"], ["e", ""]]


def test_days_and_texts_are_what_they_look_like(tmp_path):
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0&quot; d&quot;"/><numFmt numFmtId="165" '
        'formatCode="[$-804]yyyy\\-mm;@"/><numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="31"/><xf numFmtId="166"/></cellXfs></styleSheet>'
    )
    cells = "".join(f'<c r="{letter}1" s="{n}"><v>47848</v></c>' for n, letter in enumerate("ABCDE"))
    cells += (
        '<c r="F1" t="b"><v>1</v></c><c r="G1" t="d"><v>2030-12-31</v></c><c r="H1" t="str"><v>_x0041__xD800_</v></c>'
    )
    (sheet,) = sheet_of(tmp_path, raw(f'<row r="1">{cells}</row>', **{"xl/styles.xml": styles}))
    ((_, row),) = sheet.rows()
    assert row[:2] == [47848.0, 47848.0]
    assert [cell.date() for cell in row[2:5]] == [date(2030, 12, 31)] * 3
    assert row[5:] == [True, "2030-12-31", "A_xD800_"]


def test_a_far_row_is_no_part_of_the_head(tmp_path):
    content = raw(
        [
            xml_rows([HEAD]).encode(),
            *(b'<row r="%d"/>' % n for n in range(2, 60_000)),
            xml_rows([ROWS[0]], 60_000).encode(),
        ]
    )
    (sheet,) = sheet_of(tmp_path, content)
    assert [number for number, _ in sheet.rows()] == [1, 60_000]
