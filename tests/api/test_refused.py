"""The refused rows as a workbook, and the form: on the command line."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
from hostile_files import HEAD, PEOPLE_HEAD, people, person, row, table
from old_workbook import xls
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from api.cli import app
from api.refused import REASONS
from models.errors import Refused
from models.identity import Keyring

runner = CliRunner()


@pytest.fixture
def run(sqlite_url, monkeypatch, tmp_path):
    """Run a command on an empty database; its JSON."""
    monkeypatch.setenv("ZHIPEI_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ZHIPEI_SECRET_KEYS", Keyring.new_key())
    monkeypatch.chdir(tmp_path)

    def command(*words):
        answer = runner.invoke(app, [*words, "--json"] if words[0] == "ingest" else words, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout) if words[0] == "ingest" else answer.stdout

    return command


def sheets(path):
    book = CalamineWorkbook.from_path(str(path))
    return [book.get_sheet_by_name(name).to_python() for name in ("退回", "汇总")]


def test_refused_rows_come_back_with_their_cells_and_reasons(run, tmp_path):
    path = tmp_path / "demand.xlsx"
    path.write_bytes(
        table(
            row(1),
            row(2, "", openings=-3, id="=1+1"),
            row(3, openings="#REF!"),
            row(4, id=5.00101e17),
            strings_to_formulas=False,
        )
    )
    counts = run("ingest", "vacancies", str(path), "--refused", "refused.xlsx", "--verdicts", "verdicts.csv")
    assert counts["verdicts"] == {"invalid": 3, "ok": 1}
    assert counts["file"] == {"sheet": "岗位", "unread_sheets": [], "unknown_columns": [], "dropped_columns": []}
    (head, *rows), summary = sheets("refused.xlsx")
    assert head == [*REASONS, *HEAD]
    assert [line[0] for line in rows] == ["3", "4", "5"]
    assert rows[0][5:9] == ["=1+1", "", "重庆江北嘴物流有限公司", "-3"]
    assert (rows[1][1], rows[1][2], rows[1][8]) == ("招聘人数", "cell_error", "#REF!")
    assert rows[2][1:3] == ["岗位编号", "number_damaged"]
    assert "文本格式" in rows[2][4]
    assert summary[:2] == [["总行数", 4.0], ["退回行数", 3.0]]
    verdicts = list(csv.DictReader(Path("verdicts.csv").read_text("utf-8-sig").splitlines()))
    assert [line["row"] for line in verdicts if line["verdict"] == "invalid"] == [line[0] for line in rows]


def test_what_is_corrected_there_is_taken_from_there(run, tmp_path):
    path = tmp_path / "demand.xlsx"
    path.write_bytes(table(row(1, openings="many", id="编号"), row(2)))
    run("ingest", "vacancies", str(path), "--source", "firm", "--refused", "refused.xlsx")
    (head, line), _ = sheets("refused.xlsx")
    line[5], line[8] = "V7", "3"
    path.write_bytes(table(line, head=head))
    again = run("ingest", "vacancies", str(path), "--source", "firm")
    assert (again["rows"], again["effects"]) == (1, {"created": 1})
    assert again["file"]["unknown_columns"] == list(REASONS)


def test_no_cell_of_it_is_a_formula(run, tmp_path):
    path = tmp_path / "demand.csv"
    wild = ["=1+1", "+1", "-1", "@x", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "http://example.org"]
    lines = [",".join(HEAD), *(f'"{cell.replace(chr(34), chr(34) * 2)}",{cell[:1]}x,,,,,' for cell in wild)]
    path.write_text("\n".join(lines), "utf-8")
    counts = run("ingest", "vacancies", str(path), "--refused", "refused.xlsx")
    assert counts["verdicts"] == {"invalid": len(wild)}
    with zipfile.ZipFile("refused.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
    assert [line[5] for line in sheets("refused.xlsx")[0][1:]] == wild


def test_a_row_that_is_no_record_comes_back_as_it_stood(run, tmp_path):
    path = tmp_path / "demand.ndjson"
    path.write_text('{"external_id": "V1", "title": ""}\n{oops\n[1]\n', "utf-8")
    run("ingest", "vacancies", str(path), "--refused", "refused.xlsx")
    (head, *rows), _ = sheets("refused.xlsx")
    assert head == [*REASONS, "原文"]
    assert [line[-1] for line in rows] == ['{"external_id":"V1","title":""}', "{oops", "[1]"]
    assert [line[1] for line in rows] == ["岗位名称；用人单位", "整行", "整行"]


def test_people_come_back_with_what_was_sent_of_them(run, tmp_path):
    path = tmp_path / "people.xlsx"
    path.write_bytes(people(person(1), person(2, id_number="500103199003071234")))
    counts = run("ingest", "seekers", str(path), "--refused", "refused.xlsx")
    assert counts["verdicts"] == {"ok": 1, "invalid": 1}
    (head, line), _ = sheets("refused.xlsx")
    assert head == [*REASONS, *PEOPLE_HEAD]
    assert (line[1], line[7]) == ("身份证号", "500103199003071234")
    assert "500103199003071234" not in "".join(line[:5])


def test_sheets_and_columns_that_were_not_read_are_told(run, tmp_path):
    path = tmp_path / "demand.xls"
    path.write_bytes(xls({"十月": [[*HEAD, "性别要求", "司龄"], row(1)], "十一月": [HEAD, row(2)]}))
    facts = run("ingest", "vacancies", str(path), "--dry-run")["file"]
    assert facts == {
        "sheet": "十月", "unread_sheets": ["十一月"], "unknown_columns": ["司龄"], "dropped_columns": ["性别要求"],
    }  # fmt: skip
    printed = runner.invoke(app, ["ingest", "vacancies", str(path), "--dry-run"]).stdout
    for words in ("读取工作表“十月”，未读取：十一月", "未识别的列：司龄", "依法不读取的列：性别要求"):
        assert words in printed


@pytest.mark.parametrize("noun", ["vacancies", "seekers"])
def test_the_form_is_written(run, noun):
    run("template", noun, "form.xlsx")
    assert run("ingest", noun, "form.xlsx")["rows"] == 0


@pytest.mark.parametrize(
    "words", [["template", "vacancies", "x.csv"], ["ingest", "vacancies", "x.ndjson", "--refused", "x.csv"]]
)
def test_other_names_are_refused(run, words, tmp_path):
    (tmp_path / "x.ndjson").write_text('{"external_id": "V1"}', "utf-8")
    with pytest.raises(Refused, match="xlsx"):
        run(*words)
