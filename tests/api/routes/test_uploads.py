"""Tables over HTTP: every row's verdict, or the refused rows as a workbook; nothing of a file stays behind."""

import io
import threading

import anyio
import pytest
from hostile_files import HEAD, PEOPLE_HEAD, csv_of, people, person, row, table
from old_workbook import xls
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from starlette.requests import Request

from api.problems import TooLarge
from api.refused import REASONS
from api.shapes import UploadAnswer
from api.uploads import MOST_AT_ONCE, XLSX, uploaded
from models.account import AuditEvent
from models.enums import Role
from models.seeker import JobSeeker
from models.vacancy import Vacancy

VACANCIES, SEEKERS = "/v1/vacancies:upload", "/v1/seekers:upload"


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="firm")


@pytest.fixture
def office(client):
    return client(Role.OFFICE)


def sent(content, name="rows.xlsx"):
    return {"files": {"file": (name, content)}}


def rows_of(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return book.get_sheet_by_index(0).to_python()


def test_every_row_is_told_by_its_number_in_the_sheet(system, shaped, database):
    content = table(row(1), [], row(2, openings="#REF!"), row(3, pay="面议"), change=None)
    answer = shaped(system.post(VACANCIES, **sent(content)), UploadAnswer)
    assert [(line["row"], line["verdict"], line["effect"]) for line in answer["results"]] == [
        (2, "ok", "created"), (4, "invalid", "none"), (5, "needs_completion", "created"),
    ]  # fmt: skip
    assert answer["results"][1]["problems"][0] == {
        "row": 4, "field": "openings", "rule": "cell_error", "span": None,
        "message": "单元格是错误值 #REF!", "fix": "请改正公式，或直接填写内容",
    }  # fmt: skip
    assert answer["counts"]["verdicts"] == {"ok": 1, "invalid": 1, "needs_completion": 1}
    assert answer["file"]["sheet"] == "岗位"
    again = shaped(system.post(VACANCIES, **sent(content)), UploadAnswer)
    assert again["counts"]["effects"] == {"unchanged": 2, "none": 1}
    with database.read() as session:
        assert set(session.scalars(select(Vacancy.source))) == {"firm"}
        events = session.scalars(select(AuditEvent.subject)).all()
    assert sorted(events) == ["firm:V1", "firm:V3"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", csv_of(row(1)).decode().encode("gb18030")),
        ("rows.xls", xls({"表": [HEAD, row(1)]})),
        ("rows.txt", csv_of(row(1))),
    ],
)
def test_any_table_is_taken(system, shaped, name, content):
    answer = shaped(system.post(VACANCIES, **sent(content, name)), UploadAnswer)
    assert answer["counts"]["effects"] == {"created": 1}


def test_lines_of_json_are_known_by_the_name_of_the_file(system, shaped):
    content = b'oops\n{"external_id": "V1", "title": "\xe7\x94\xb5\xe5\xb7\xa5", "employer": {"name": "x"}}\n'
    answer = shaped(system.post(VACANCIES, **sent(content, "rows.ndjson")), UploadAnswer)
    assert [line["verdict"] for line in answer["results"]] == ["invalid", "needs_completion"]


def test_a_dry_run_stores_nothing(system, shaped, database):
    answer = shaped(system.post(VACANCIES + "?dry_run=true", **sent(table(row(1)))), UploadAnswer)
    assert answer["counts"]["effects"] == {"created": 1}
    with database.read() as session:
        assert not session.scalars(select(Vacancy.id)).all()
        assert not session.scalars(select(AuditEvent.id)).all()


def test_the_refused_rows_come_back_as_a_workbook(system):
    content = table(row(1), row(2, "", id="@x"), strings_to_formulas=False)
    answer = system.post(VACANCIES, headers={"Accept": XLSX}, **sent(content))
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"] == 'attachment; filename="refused.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    head, line = rows_of(answer)
    assert head == [*REASONS, *HEAD]
    assert (line[0], line[1], line[5]) == ("3", "岗位编号；岗位名称", "@x")


def test_people_come_in_and_the_refused_ones_go_back(office, database, capsys):
    content = people(person(1), person(2, id_number=5.00103e17))
    answer = office.post(SEEKERS + "?source=street", headers={"Accept": XLSX}, **sent(content))
    head, line = rows_of(answer)
    assert head == [*REASONS, *PEOPLE_HEAD]
    assert (line[1], line[6]) == ("身份证号", "张三丰")
    with database.read() as session:
        assert session.scalars(select(JobSeeker.external_id)).all() == ["P1"]
    assert "张三丰" not in "".join(capsys.readouterr())


def test_a_file_that_cannot_be_read_is_refused_as_a_whole(system, refused):
    for name, content, rule in (
        ("rows.xlsx", b"PK\x03\x04 broken", "file_damaged"),
        ("rows.xls", b"<html><table>", "file_type"),
        ("rows.csv", b"", "file_empty"),
        ("rows.csv", b"a,b\n1,2\n", "headers_missing"),
    ):
        problem = refused(system.post(VACANCIES, **sent(content, name)), 422)
        assert [(error["field"], error["rule"]) for error in problem["errors"]] == [("file", rule)]


def test_what_is_no_form_with_a_file_is_refused(system, refused):
    refused(system.post(VACANCIES, content=csv_of(row(1)), headers={"Content-Type": "text/csv"}), 415)
    form = "multipart/form-data; boundary=x"
    for body in (
        b"",
        b"--x\r\n",
        b"--x--\r\n",
        b"no form at all",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--\r\n',
    ):
        refused(system.post(VACANCIES, content=body, headers={"Content-Type": form}), 400)
    refused(system.post(VACANCIES, content=b"x", headers={"Content-Type": "multipart/form-data"}), 400)
    refused(system.post(VACANCIES, files=[("file", ("a.csv", b"a")), ("other", ("b.csv", b"b"))]), 400)
    refused(system.post(VACANCIES, files={"other": ("b.csv", b"b")}), 400)


def test_a_file_over_the_limit_is_read_no_further(system, refused, monkeypatch):
    monkeypatch.setattr("api.uploads.LINES_BYTES", 100_000)
    refused(system.post(VACANCIES, **sent(b"x" * 200_000)), 413)
    head, asked = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n', []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": b"x" * 10_000 if len(asked) > 1 else head, "more_body": True}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]

    async def run():
        await anext(uploaded(Request({"type": "http", "headers": headers}, receive), None))

    with pytest.raises(TooLarge):
        anyio.run(run)
    assert len(asked) == 11


def test_rows_over_the_limit_are_told(system, shaped, monkeypatch):
    monkeypatch.setattr("api.uploads.LINES_ROWS", 2)
    answer = shaped(system.post(VACANCIES, **sent(table(row(1), row(2), row(3), row(4)))), UploadAnswer)
    assert [line["effect"] for line in answer["results"]] == ["created", "created", "none"]
    assert answer["results"][2]["problems"][0]["rule"] == "too_many_rows"


def test_too_many_files_at_once_are_asked_to_come_again(system, refused, shaped, monkeypatch):
    monkeypatch.setattr("api.uploads.PATIENCE", 0.05)
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr("api.uploads._turns", turns)
    turns.acquire()
    answer = system.post(VACANCIES, **sent(table(row(1))))
    refused(answer, 503)
    assert answer.headers["retry-after"] == "1"
    turns.release()
    shaped(system.post(VACANCIES, **sent(table(row(1)))), UploadAnswer)
    assert MOST_AT_ONCE >= 2


def test_a_full_disk_is_no_fault_of_the_sender(system, refused, monkeypatch):
    async def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.uploads.MultiPartParser.parse", full)
    refused(system.post(VACANCIES, **sent(table(row(1)))), 503)


def test_a_source_is_needed_and_must_be_ones_own(system, office, refused):
    refused(office.post(VACANCIES, **sent(table(row(1)))), 422)
    refused(office.post(SEEKERS, **sent(people(person(1)))), 422)
    refused(system.post(VACANCIES + "?source=other", **sent(table(row(1)))), 404)
    refused(system.post(SEEKERS + "?source=firm", **sent(people(person(1)))), 403)


@pytest.mark.parametrize("noun", ["vacancies", "seekers"])
def test_the_form_is_for_everybody_with_a_key(client, refused, noun):
    for role, limits in ((Role.SYSTEM, {"source": "firm"}), (Role.BROKER, {})):
        answer = client(role, **limits).get(f"/v1/templates/{noun}.xlsx")
        assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
        assert answer.headers["content-disposition"] == f'attachment; filename="{noun}.xlsx"'
        assert rows_of(answer)[1][0] == "示例"
    refused(client(None).get(f"/v1/templates/{noun}.xlsx"), 401)
    assert client(Role.OFFICE).get("/v1/templates/runs.xlsx").status_code == 404
