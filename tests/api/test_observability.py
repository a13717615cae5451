import json
import logging
import re

import anyio
import pytest
import structlog
from wire import id_number, seeker

from api.observability import configure_logs
from models.enums import Role


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # what is logged depends on no database


@pytest.fixture
def lines(capsys):
    """The log lines since the last call; whoever configures the logs leaves them as they were."""
    before = logging.root.handlers, logging.root.level
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = before
    logging.getLogger("uvicorn.access").disabled = False


@pytest.fixture
def requests(lines):
    return lambda: [line for line in lines() if line["event"] == "request"]


def test_a_request_is_one_line_with_its_route_and_not_its_path(lines, market, client, requests):
    configure_logs()
    answer = client(Role.BROKER, name="li").get("/v1/seekers/caiji/P1/recommendations?k=3")
    [line] = requests()
    assert line["route"] == "/v1/seekers/{source}/{external_id}/recommendations"
    assert (line["method"], line["status"], line["client"], line["level"]) == ("GET", 200, "li", "info")
    assert line["ms"] > 0
    assert line["request_id"] == answer.headers["x-request-id"]
    assert not {"path", "query"} & set(line)


def test_a_request_id_comes_back_unless_it_could_be_somebodys_number(client):
    door = client(None)
    ours = "01J9ZK3V5T8W2Y4N6Q7R0S1ABC"
    assert door.get("/health/live", headers={"X-Request-ID": ours}).headers["x-request-id"] == ours
    for other in (id_number("P1"), "13912345678", "x" * 65, "a b" * 10, ""):
        given = door.get("/health/live", headers={"X-Request-ID": other}).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{32}", given)


def test_nothing_personal_is_logged_whatever_happens(lines, market, client, capsys):
    configure_logs()
    office = client(Role.OFFICE)
    person = seeker("P9")
    office.put("/v1/seekers/caiji/P9", json=person)
    office.put("/v1/seekers/caiji/P9", json={**person, "id_number": "5001031990030799", "birth_date": "1980-02-31"})
    office.put(f"/v1/seekers/caiji/{person['id_number']}", json=person)
    office.post("/v1/seekers:batch?source=caiji", json=[person, {**person, "external_id": person["phone"]}])
    office.post("/v1/matches", json=person)
    office.get(f"/v1/seekers/caiji/{person['id_number']}?phone={person['phone']}")
    office.get(f"/{person['phone']}")
    office.get("/v1/runs", headers={"X-Request-ID": person["id_number"]})
    written = capsys.readouterr().err
    assert written.count("\n") >= 8
    for personal in (person["name"], person["id_number"], person["phone"], "5001031990030799"):
        assert personal not in written


def test_an_error_in_a_library_tells_where_and_not_what(lines):
    configure_logs()
    try:
        raise ValueError("13912345678")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("failed")
    [line] = lines()
    assert line["error"] == "ValueError"
    assert "test_observability.py" in line["at"][-1]
    assert "13912345678" not in json.dumps(line)


def test_a_caller_who_hangs_up_is_no_error(lines, app, client):
    configure_logs()
    key = client(Role.OFFICE).headers["Authorization"].encode()
    path = "/v1/vacancies/caiji/V1"
    scope = {
        "type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "headers": [(b"authorization", key), (b"content-type", b"application/json")],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    anyio.run(app, scope, receive, send)
    assert [line["status"] for line in lines() if line["event"] == "request"] == [499]
    assert sent == []


def test_every_answer_forbids_what_a_browser_might_do_with_it(market, client):
    for path in ("/v1/seekers/caiji/P1", "/v1/nothing", "/health/live"):
        answer = client(Role.OFFICE).get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
