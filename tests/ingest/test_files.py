import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.files import Row, read_file
from models.errors import FieldError

HEADER = ["岗位编号", "岗位名称", "单位名称", "岗位描述"]


def rows_of(path: Path, noun: Any = "vacancies") -> list[Row]:
    return list(read_file(path, noun))


def written(tmp_path: Path, content: str | bytes, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def sheet_of(tmp_path: Path, rows: Sequence[Sequence[Any]], name: str = "rows.xlsx") -> Path:
    with xlsxwriter.Workbook(tmp_path / name, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return tmp_path / name


def titles(rows: Sequence[Row]) -> list[tuple[int, str]]:
    """Row numbers with what stands there: a title, or the rule of the problem."""
    return [(row.number, row.problem.rule if row.problem else (row.document or {}).get("title", "")) for row in rows]


def rule_of(path: Path, noun: Any = "vacancies") -> str:
    with pytest.raises(FieldError) as caught:
        read_file(path, noun)
    return caught.value.rule


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_however_it_was_saved(tmp_path, encoding, delimiter, end):
    lines = [HEADER, ["V1", "叉车工", "山城物流", '"装卸,搬运;\n盘点"'], ["V2", "电工", "渝州机电", "𠮷"]]
    text = end.join(delimiter.join(line) for line in lines) + end
    rows = rows_of(written(tmp_path, text, encoding=encoding))
    assert titles(rows) == [(2, "叉车工"), (3, "电工")]
    assert rows[0].document == {
        "external_id": "V1",
        "title": "叉车工",
        "employer": {"name": "山城物流"},
        "description": "装卸,搬运;\n盘点",
    }


def test_a_mostly_ascii_file_is_read_in_its_own_encoding(tmp_path):
    rows = rows_of(written(tmp_path, "id,title\n" + "V1,welder\n" * 50 + "V2,焊\n", encoding="gb18030"))
    assert titles(rows)[-1] == (52, "焊")


def test_titles_above_the_header_and_blank_rows_count_but_are_no_records(tmp_path):
    text = "某区岗位汇总表,,,\n\n岗位编号,岗位名称\nV1,叉车工\n,\n\nV2,电工\n,,\n"
    assert titles(rows_of(written(tmp_path, text))) == [(4, "叉车工"), (7, "电工")]


def test_rows_may_be_longer_or_shorter_than_the_header(tmp_path):
    rows = rows_of(written(tmp_path, "岗位编号,岗位名称,单位\nV1,叉车工\nV2,电工,某公司,多余,的\n,焊工\n"))
    assert titles(rows) == [(2, "叉车工"), (3, "电工"), (4, "焊工")]
    assert rows[2].document == {"title": "焊工"}


def test_a_template_with_numbered_blank_rows_has_no_records(tmp_path):
    assert rows_of(written(tmp_path, "序号,岗位编号,岗位名称\n1,,\n2,V1,电工\n3,,\n"))[0].number == 3


@pytest.mark.parametrize("stray", ['V2,"电工,某公司,x', 'V2,电工,"某公司,x', 'V2,电工,某公司,"x'])
def test_a_stray_quote_spoils_its_row_alone(tmp_path, stray):
    lines = [",".join(HEADER), "V1,叉车工,甲,x", stray, 'V3,焊工,乙,"x"', 'V4,"钳工",丙,"y\nz"', "V5,车工,丁,"]
    rows = rows_of(written(tmp_path, "\n".join(lines) + "\n"))
    assert titles(rows) == [(2, "叉车工"), (3, "quote_not_closed"), (4, "焊工"), (5, "钳工"), (6, "车工")]


def test_an_inch_mark_is_no_quote(tmp_path):
    rows = rows_of(written(tmp_path, 'id,title,描述\nV1,3" 管工,"多行\n描述"\nV2,电工,\n'))
    assert titles(rows) == [(2, '3" 管工'), (3, "电工")]


def test_bytes_that_are_no_text_spoil_their_row_alone(tmp_path):
    good = "岗位编号,岗位名称\nV1,叉车工\n".encode()
    rows = rows_of(written(tmp_path, good + b"V2,\xff\xfe\xc4\n" + "V3,焊工\n".encode()))
    assert titles(rows) == [(2, "叉车工"), (3, "encoding"), (4, "焊工")]


def test_cells_and_lines_without_end_spoil_their_row_alone(tmp_path):
    lines = ["id,title,描述", "V1,叉车工,", "V2,电工," + "x" * 100_001, "V3,焊工,", "V4,钳工," + "x" * 200_000]
    lines += ["V5,车工,", "V6," + "," * 2_000_000, "V7,铣工,", 'V8,刨工,"' + "y\n" * 100_000 + '"', "V9,磨工,"]
    rows = rows_of(written(tmp_path, "\n".join(lines)))
    by_rule = dict(reversed(pair) for pair in titles(rows))
    assert by_rule["叉车工"] == 2
    assert titles(rows)[1:7] == [
        (3, "cell_too_long"),
        (4, "焊工"),
        (5, "cell_too_long"),
        (6, "车工"),
        (7, "row_too_long"),
        (8, "铣工"),
    ]
    assert rows[-1].document == {"external_id": "V9", "title": "磨工"}


def test_two_columns_of_one_field_and_lists(tmp_path):
    text = "编号,岗位名称,职位名称,技能,技能标签,岗位职责,任职要求\nV1,无,电工,焊接,电路、焊接,甲,乙\n"
    assert rows_of(written(tmp_path, text))[0].document == {
        "external_id": "V1",
        "title": "电工",
        "skills": ["焊接", "电路"],
        "description": "甲\n乙",
    }


def test_what_was_ignored_and_dropped_can_be_told(tmp_path):
    columns = read_file(written(tmp_path, "编号,岗位,性别要求,司龄\nV1,电工,男,3\n"), "vacancies").columns
    assert columns is not None
    assert (columns.dropped, columns.unknown) == (("性别要求",), ("司龄",))


def test_a_sheet_is_read_with_its_numbers_and_dates(tmp_path):
    header = ["岗位编号", "岗位名称", "招聘人数", "截止日期", "薪资（元/天）", "发布时间", "区划代码"]
    facts = [1001, "叉车工", 3, date(2026, 12, 31), 200, datetime(2026, 12, 1, 8, 30), 500112]  # noqa: DTZ001
    path = sheet_of(tmp_path, [["岗位汇总表"], [], header, facts, [], [500101199001011234, "电工"], [1002, "焊工"]])
    rows = rows_of(path)
    assert titles(rows) == [(4, "叉车工"), (6, "number_damaged"), (7, "焊工")]
    assert rows[0].document == {
        "external_id": "1001",
        "title": "叉车工",
        "openings": "3",
        "valid_to": "2026-12-31",
        "pay": "200元/天",
        "valid_from": "2026-12-01 08:30:00",
    }


def test_the_first_visible_sheet_with_a_header_is_read(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("说明").write_row(0, 0, ["填表说明"])
        hidden = book.add_worksheet("码表")
        hidden.write_row(0, 0, ["编号", "岗位名称"])
        hidden.hide()
        book.add_chartsheet("图")
        sheet = book.add_worksheet("岗位")
        sheet.write_row("C5", ["编号", "岗位名称"])
        sheet.write_row("C6", ["V1", "电工"])
    assert titles(rows_of(tmp_path / "a.xlsx")) == [(6, "电工")]


def test_merged_cells_count_for_all_their_rows_but_name_one_record(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "岗位汇总表")
        sheet.write_row("A2", ["单位名称", "编号", "岗位名称", "工资"])
        sheet.merge_range("A3:A5", "山城物流")
        sheet.merge_range("B3:B4", "V1")
        sheet.write_row("C3", ["叉车工", 5000])
        sheet.write_row("C4", ["装卸工", 4500])
        sheet.write_row("B5", ["V3", "电工", 6000])
        sheet.write_row("A6", ["", "V4", "保安", 3000])
    documents = [row.document for row in rows_of(tmp_path / "a.xlsx")]
    assert [(found or {}).get("employer") for found in documents] == [{"name": "山城物流"}] * 3 + [None]
    assert [(found or {}).get("external_id") for found in documents] == ["V1", None, "V3", "V4"]


def test_a_header_of_two_rows_is_read(tmp_path):
    rows = [["编号", "岗位名称", "薪资待遇", "", "人数"], ["", "", "最低", "最高", ""], ["V1", "电工", 5000, 7000, 2]]
    (row,) = rows_of(sheet_of(tmp_path, rows))
    assert row.number == 3
    assert row.document == {
        "external_id": "V1",
        "title": "电工",
        "pay": {"min": 5000, "max": 7000},
        "openings": "2",
    }


def test_content_decides_before_the_name(tmp_path):
    sheet = sheet_of(tmp_path, [["编号", "岗位名称"], ["V1", "电工"]], "really.csv.xlsx")
    assert titles(rows_of(sheet.rename(tmp_path / "really.csv"))) == [(2, "电工")]
    assert titles(rows_of(written(tmp_path, "编号,岗位名称\nV1,电工\n", "named.xls"))) == [(2, "电工")]
    assert titles(rows_of(written(tmp_path, '[{"title": "电工"}]', "array.csv"))) == [(1, "电工")]
    assert titles(rows_of(written(tmp_path, '{"title": "电工"}\n{"title": "焊工"}', "lines.json")))[1] == (2, "焊工")
    assert titles(rows_of(written(tmp_path, '[\n{"title": "电工"}\n]', "array.ndjson"))) == [(1, "电工")]
    assert titles(rows_of(written(tmp_path, '{\n"title": "电工"\n}', "one.json"))) == [(1, "电工")]


def test_a_bad_line_leaves_the_others(tmp_path):
    lines = [
        b'\xef\xbb\xbf{"title": "a"}',
        b"{oops}",
        b"",
        b'{"title": "b", "title": "c"}',
        b"[1]",
        b'{"title": "\xff"}',
    ]
    lines += [b'{"title": "' + b"x" * 2_000_000 + b'"}', b'{"title": "z"}']
    assert titles(rows_of(written(tmp_path, b"\r\n".join(lines), "v.ndjson"))) == [
        (1, "a"),
        (2, "json_syntax"),
        (4, "json_duplicate_key"),
        (5, "wrong_type"),
        (6, "json_encoding"),
        (7, "json_size"),
        (8, "z"),
    ]


def test_lines_may_begin_with_a_bad_one(tmp_path):
    assert titles(rows_of(written(tmp_path, 'oops\n{"title": "a"}', "v.jsonl"))) == [(1, "json_syntax"), (2, "a")]
    assert titles(rows_of(written(tmp_path, '[1]\n{"title": "a"}', "v.jsonl"))) == [(1, "wrong_type"), (2, "a")]


def test_a_bad_entry_of_an_array_leaves_the_others(tmp_path):
    path = written(tmp_path, '[{"title": "a"}, {"pay": 1e999}, 3, {"title": "\\ud800"}, {"title": "b"}]', "v.json")
    assert titles(rows_of(path)) == [
        (1, "a"),
        (2, "json_not_finite"),
        (3, "wrong_type"),
        (4, "json_surrogate"),
        (5, "b"),
    ]


def test_an_array_that_is_no_json_is_one_problem(tmp_path):
    assert titles(rows_of(written(tmp_path, '[{"title": "a"}, {', "v.json"))) == [(1, "json_syntax")]
    assert titles(rows_of(written(tmp_path, '{"title": "a"}'.encode("utf-16"), "v.json"))) == [(1, "json_encoding")]


def test_json_takes_nothing_but_the_wire_as_it_is(tmp_path):
    document = {"external_id": "V1", "title": "<b>电工</b>", "pay": {"min": 1}, "score": 5}
    path = written(tmp_path, json.dumps([document]), "v.json")
    assert rows_of(path)[0].document == document


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file_empty"),
        (b" \r\n\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_type"),
        (b"\x1f\x8b\x08rest", "file_type"),
        (b"<html><table><tr><td>", "file_type"),
        (b'<?xml version="1.0"?><Workbook>', "file_type"),
        (bytes(range(256)) * 4 + bytes(300), "file_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_type"),
        (b"PK\x03\x04 broken", "file_damaged"),
        (b"just some words\nand more\n", "headers_missing"),
        ("岗位名称,单位\n电工,某公司\n".encode(), "headers_missing"),
    ],
)
def test_files_that_cannot_be_read_as_a_whole_are_refused(tmp_path, content, rule):
    assert rule_of(written(tmp_path, content)) == rule


def test_the_header_that_lacks_least_is_told(tmp_path):
    path = written(tmp_path, "岗位汇总表\n岗位名称,单位\n电工,某公司\n")
    with pytest.raises(FieldError, match="headers_missing") as caught:
        read_file(path, "vacancies")
    assert "岗位编号" in caught.value.message
    assert "岗位名称" not in caught.value.message


def test_people_need_only_an_identifier(tmp_path):
    (row,) = rows_of(written(tmp_path, "求职者编号,期望城市,期望区县\nS1,重庆,渝北区\n"), "seekers")
    assert row.document == {"external_id": "S1", "districts": ["重庆 渝北区"]}


def test_a_file_has_a_most_of_rows(tmp_path):
    path = written(tmp_path, "编号,岗位名称\n" + "".join(f"V{n},电工\n" for n in range(10)))
    assert titles(list(read_file(path, "vacancies", most=3)))[-2:] == [(4, "电工"), (5, "too_many_rows")]


def test_many_stray_quotes_do_not_take_forever(tmp_path):
    text = "编号,岗位名称\n" + '"a,"b\n' * 20_000 + ('V,"x\n' + "y\n" * 50) * 2000
    rows = rows_of(written(tmp_path, text))
    assert rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(st.sampled_from('",;\n\r\t工V1\x00\ud800'), max_size=60), st.sampled_from(["utf-8", "gb18030", "utf-16"])
)
def test_any_table_of_text_gives_rows_or_problems(tmp_path, body, encoding):
    content = ("编号,岗位名称\n" + body).encode(encoding, "ignore")
    try:
        file = read_file(written(tmp_path, content), "vacancies")
    except FieldError:
        return
    for row in file:
        assert (row.document is None) != (row.problem is None)
