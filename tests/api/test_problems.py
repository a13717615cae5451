"""Whatever is sent, and whatever breaks: a clear problem document, never a 500, nothing repeated."""

import json

import postgres
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from wire import seeker, vacancy

from api.problems import problem
from models.enums import Role

PATH = "/v1/vacancies/caiji/V1"
GOOD = json.dumps(vacancy("V1"), ensure_ascii=False)
JSON = {"Content-Type": "application/json"}


def with_field(name, literal):
    """The good vacancy with one field as it stands in JSON."""
    record = vacancy("V1")
    record.pop(name, None)
    return json.dumps(record)[:-1].encode() + b', "%s": %s}' % (name.encode(), literal)


# Bodies that parsers disagree on (RFC 8259 leaves them open, or forbids them).
UNREADABLE = {
    "empty": b"", "blank": b"  ", "not json": b"title=1", "cut off": GOOD.encode()[:-3], "trailing": GOOD.encode() + b"}",
    "NaN": with_field("openings", b"NaN"), "Infinity": with_field("openings", b"-Infinity"),
    "1e999": with_field("openings", b"1e999"), "1e400": with_field("pay", b'{"min": 1e400}'),
    "duplicate key": b'{"title": "a", ' + GOOD.encode()[1:], "duplicate inside": with_field("employer", b'{"name":"a","name":"b"}'),
    "lone surrogate": with_field("title", b'"\\ud800"'), "surrogate key": with_field("\\ud800", b"1"),
    "surrogate bytes": with_field("title", b'"\xed\xa0\x80"'), "invalid utf-8": with_field("title", b'"\xff"'),
    "NUL": with_field("title", b'"a\\u0000b"'), "raw NUL": with_field("title", b'"a\x00b"'),
    "UTF-16": GOOD.encode("utf-16"), "UTF-16-LE": GOOD.encode("utf-16-le"), "UTF-32": GOOD.encode("utf-32"),
    "GBK": GOOD.encode("gbk"), "deep": b"[" * 100_000, "deep and closed": with_field("title", b"[" * 500 + b"]" * 500),
    "long number": with_field("openings", b"9" * 5_000), "comment": b"/* */" + GOOD.encode(), "single quotes": b"{'title': 1}",
}  # fmt: skip
# Strict JSON that cannot be a vacancy, with the field that says so.
IMPOSSIBLE = {
    "no object": (b"[]", "record"), "a number": (b"1", "record"), "null": (b"null", "record"),
    "true as a number": (with_field("openings", b"true"), "openings"),
    "text as a flag": (with_field("remote", b'"true"'), "remote"), "one as a flag": (with_field("remote", b"1"), "remote"),
    "a list for a text": (with_field("title", b'["a"]'), "title"), "an object for a text": (with_field("title", b"{}"), "title"),
    "a text for a list": (with_field("skills", b'"a"'), "skills"), "a number in a list": (with_field("skills", b"[1]"), "skills.0"),
    "control character": (with_field("title", b'"a\\u0007"'), "title"), "only blanks": (with_field("title", b'"\\u3000\\u200b"'), "title"),
    "too long": (with_field("title", b'"%s"' % (b"a" * 101)), "title"), "too many": (with_field("skills", json.dumps(["a"] * 51).encode()), "skills"),
    "no employer": (with_field("employer", b"null"), "employer.name"), "wrong uscc": (with_field("employer", b'{"name":"a","uscc":"1"}'), "employer.uscc"),
    "no such day": (with_field("valid_to", b'"2026-02-30"'), "valid_to"), "negative": (with_field("openings", b"-1"), "openings"),
}  # fmt: skip


def test_a_body_that_is_not_strict_json_is_refused(client, refused, subtests):
    office = client(Role.OFFICE)
    for name, body in UNREADABLE.items():
        with subtests.test(name):
            found = refused(office.put(PATH, content=body, headers=JSON), 400)
            assert [error["field"] for error in found["errors"]] == ["body"]


def test_a_record_that_cannot_be_is_refused_by_field(client, refused, subtests):
    office = client(Role.OFFICE)
    for name, (body, field) in IMPOSSIBLE.items():
        with subtests.test(name):
            found = refused(office.put(PATH, content=body, headers=JSON), 422)
            assert field in [error["field"] for error in found["errors"]]
            assert all(error["message"] for error in found["errors"])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@tries(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noun=st.sampled_from(["vacancies", "seekers"]), data=st.data())
def test_any_value_in_any_field_is_taken_or_refused(client, noun, data):
    record = vacancy("V1") if noun == "vacancies" else seeker("V1")
    field = data.draw(st.sampled_from(sorted(record)))
    body = json.dumps({**record, field: data.draw(values)})
    office = client(Role.OFFICE)
    for answer in (
        office.put(f"/v1/{noun}/caiji/V1", content=body, headers=JSON),
        office.post(f"/v1/{noun}:batch?source=caiji", content=f"[{body}]", headers=JSON),
    ):
        assert answer.status_code in (200, 201, 400, 422), answer.text
        assert json.loads(answer.content)


def test_another_kind_of_body_is_refused(client, refused):
    office = client(Role.OFFICE)
    for media in ("text/plain", "", "application/xml", "multipart/form-data", "application/x-ndjson"):
        refused(office.put(PATH, content=GOOD.encode(), headers={"Content-Type": media}), 415)


def test_a_compressed_body_is_refused(client, refused):
    headers = {**JSON, "Content-Encoding": "gzip"}
    refused(client(Role.OFFICE).put(PATH, content=b"\x1f\x8b", headers=headers), 415)


def test_a_body_beyond_the_limit_is_refused(client, refused):
    refused(client(Role.OFFICE).put(PATH, content=b" " * 1_000_001, headers=JSON), 413)


def test_what_is_not_there_is_told_alike(client, refused):
    office = client(Role.OFFICE)
    for path in ("/v1/nothing", "/", "/v1/vacancies/a/b/c", "/V1/runs", "/v1/runs/", "/v1/seekers/caiji/%2e%2e/x"):
        assert refused(office.get(path), 404)["type"] == "urn:zhipei:problem:not-found"


def test_a_method_that_a_route_has_not_is_told(client, refused):
    answer = client(Role.OFFICE).post("/v1/runs")
    refused(answer, 405)
    assert answer.headers["allow"] == "GET"


NO_NAMES = ("%00", "a%00b", "%ff", "%F0%9F%98%80", "-a", "a b", "a" * 65, "../x", "a;b", "a'b", "甲", "%25")


def test_a_name_that_cannot_be_is_refused_everywhere(client):
    office = client(Role.OFFICE)
    for name in NO_NAMES:
        for path in (f"/v1/vacancies/caiji/{name}", f"/v1/vacancies/{name}/V1", f"/v1/seekers/{name}/{name}"):
            for method in ("GET", "PUT", "DELETE"):
                assert office.request(method, path, json={}).status_code in (404, 405, 422), name
        assert office.post("/v1/vacancies:batch", params={"source": name}, json=[]).status_code == 422, name


@pytest.fixture
def broken(app, settings):
    """Makes every commit of the application fail, as a full disk or a lost connection would."""

    def fail(error):
        def on_commit(connection):
            raise error

        event.listen(settings.database.engine, "commit", on_commit)
        return lambda: event.remove(settings.database.engine, "commit", on_commit)

    return fail


FULL = OperationalError("INSERT 张三丰", {"phone": "13912345678"}, Exception("database or disk is full"))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/vacancies/caiji/NEW", vacancy("NEW")), ("DELETE", "/v1/vacancies/caiji/V00", None),
        ("POST", "/v1/vacancies:batch?source=caiji", [vacancy("NEW")]), ("PUT", "/v1/seekers/caiji/NEW", seeker("NEW")),
        ("POST", "/v1/seekers:batch?source=caiji", [seeker("NEW")]), ("GET", "/v1/seekers/caiji/P1", None),
        ("GET", "/v1/seekers/caiji/P1/recommendations", None),
    ],
)  # fmt: skip
def test_nothing_is_answered_before_it_is_committed(market, client, broken, refused, method, path, body):
    office = client(Role.OFFICE)
    mend = broken(FULL)
    answer = office.request(method, path, json=body)
    mend()
    refused(answer, 503)
    assert answer.headers["retry-after"]
    assert "张三丰" not in answer.text
    assert office.get("/v1/vacancies/caiji/NEW").status_code == 404
    assert office.get("/v1/seekers/caiji/NEW").status_code == 404
    assert office.get("/v1/vacancies/caiji/V00").json()["status"] == "OPEN"


def test_an_overrun_pool_is_told_like_a_busy_database(client, broken, refused):
    office = client(Role.OFFICE)
    mend = broken(PoolTimeout())
    refused(office.put(PATH, json=vacancy("V1")), 503)
    mend()


def test_an_error_of_our_own_hides_its_words_behind_a_number(client, broken, refused, capsys):
    office = client(Role.OFFICE)
    mend = broken(RuntimeError("张三丰 13912345678"))
    answer = office.put(PATH, json=vacancy("V1"))
    mend()
    found = refused(answer, 500)
    assert answer.headers["x-request-id"] in found["detail"]
    written = capsys.readouterr()
    for place in (answer.text, written.out, written.err):
        assert "张三丰" not in place
    assert "RuntimeError" in written.out + written.err


def test_a_locked_database_is_told_and_comes_back(client, settings, refused, monkeypatch):
    if not settings.database.is_sqlite:
        pytest.skip("PostgreSQL lets two writers in")
    office = client(Role.OFFICE)
    with settings.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
    event.listen(settings.database.engine, "checkout", lambda c, *_: c.execute("PRAGMA busy_timeout=10"))
    with settings.database.write() as session:
        session.connection()
        refused(office.put(PATH, json=vacancy("V1")), 503)
    assert office.put(PATH, json=vacancy("V1")).status_code == 201


@pytest.fixture
def told_nothing(refused, capsys):
    """Checks that a failing database is told as such, and that neither answer nor log says what was asked of it."""

    def check(answer):
        refused(answer, 503)
        assert answer.headers["retry-after"] == "1"
        written = capsys.readouterr()
        assert "database" in written.out + written.err
        for place in (answer.text, written.out, written.err):
            assert not any(word in place for word in ("SELECT", "INSERT", "Traceback", "P1", "张三", "叉车", "geheim"))

    return check


def test_a_table_that_is_gone_is_told_without_the_statement(market, client, settings, told_nothing):
    office, people = client(Role.OFFICE), "/v1/seekers/caiji/P1"
    cascade = "" if settings.database.is_sqlite else " CASCADE"
    for table, method, path, body in (
        ("showings", "GET", f"{people}/recommendations", None),
        ("recommendations", "GET", f"{people}/recommendations", None),
        ("vacancies", "PUT", PATH, vacancy("V1")),
        ("job_seekers", "POST", "/v1/seekers:batch?source=caiji", [seeker("P1", "叉车司机")]),
        ("audit_events", "GET", f"{people}/why/caiji/V00", None),
        ("api_clients", "GET", "/v1/runs", None),
    ):
        with settings.database.engine.begin() as connection:
            if settings.database.is_sqlite:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.exec_driver_sql(f"DROP TABLE {table}{cascade}")
        told_nothing(office.request(method, path, json=body))


def test_a_file_that_is_no_database_any_more_is_told(market, client, settings, told_nothing):
    path = settings.database.path
    if path is None:
        pytest.skip("PostgreSQL keeps no such file")
    office = client(Role.OFFICE)
    settings.database.close()
    path.write_bytes(b"geheim" * 2_000)
    told_nothing(office.get("/v1/seekers/caiji/P1/recommendations"))
    told_nothing(office.put(PATH, json=vacancy("V1")))


def test_a_server_that_takes_no_connections_is_told_and_comes_back(market, client, settings, told_nothing, request):
    if settings.database.is_sqlite:
        pytest.skip("SQLite has no server")
    office, name, server = (
        client(Role.OFFICE),
        settings.database.url.database,
        request.getfixturevalue("postgres_server"),
    )
    postgres.execute(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    postgres.execute(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    told_nothing(office.get("/v1/seekers/caiji/P1/recommendations"))
    postgres.execute(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert office.get("/v1/seekers/caiji/P1/recommendations").status_code == 200


def test_a_problem_renders_whatever_is_in_it():
    found = problem(422, "\ud800", [{"field": float("nan"), "message": b"\xff", "row": 10**400, "span": {1, 2}}])
    assert json.loads(found.body)["status"] == 422
