"""Under an Idempotency-Key a request takes effect once and is answered the same, whatever breaks and whoever races."""

import json
import random
import time
import zlib
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from together import at_once
from wire import id_number, seeker, vacancy

from api.app import create_app
from api.idempotency import KEPT, SWEPT_KEYS, sweep
from models.account import AuditEvent
from models.enums import Role
from models.idempotency import KeptAnswer
from models.times import now
from models.vacancy import Vacancy

PATH = "/v1/vacancies/caiji/V1"
BATCH = "/v1/vacancies:batch"
LINES = {"Content-Type": "application/x-ndjson"}


def keyed(key, **headers):
    return {"Idempotency-Key": key, **headers}


def lines(*records):
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="caiji")


@pytest.fixture
def count(database):
    """How many rows a query finds."""

    def run(table, *conditions):
        with database.read() as session:
            return session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()

    return run


def told(answer):
    return answer.status_code, answer.content, answer.headers.get("etag")


def test_a_retry_is_told_the_same_and_has_no_further_effect(system, count):
    first = system.put(PATH, json=vacancy("V1"), headers=keyed("k1"))
    assert (first.status_code, first.json()["effect"]) == (201, "created")
    assert "idempotency-replayed" not in first.headers
    system.put(PATH, json=vacancy("V1", "叉车工"))  # meanwhile somebody changes it
    for _ in range(9):
        again = system.put(PATH, json=vacancy("V1"), headers=keyed("k1"))
        assert told(again) == told(first)
        assert again.headers["idempotency-replayed"] == "true"
    assert system.get(PATH).json()["title"] == "叉车工"
    assert count(AuditEvent) == 2


def test_without_a_key_only_the_content_counts(system):
    assert [system.put(PATH, json=vacancy("V1")).json()["effect"] for _ in range(2)] == ["created", "unchanged"]


def test_a_key_is_for_one_request_of_one_client(client, system, refused, count):
    system.put(PATH, json=vacancy("V1"), headers=keyed("k1"))
    others = [
        system.put(PATH, json=vacancy("V1", "叉车工"), headers=keyed("k1")),
        system.put("/v1/vacancies/caiji/V2", json=vacancy("V2"), headers=keyed("k1")),
        system.delete(PATH, headers=keyed("k1")),
        system.post(BATCH, json=[vacancy("V1")], headers=keyed("k1")),
    ]
    for answer in others:
        assert [error["rule"] for error in refused(answer, 422)["errors"]] == ["key_reused"]
    assert system.get(PATH).json()["title"] == "叉车司机"
    assert count(Vacancy) == 1
    assert client(Role.OFFICE).put(PATH, json=vacancy("V1", "叉车工"), headers=keyed("k1")).status_code == 200


def test_a_withdrawal_is_not_repeated(system):
    system.put(PATH, json=vacancy("V1"))
    assert system.delete(PATH, headers=keyed("k1")).status_code == 204
    system.put(PATH, json=vacancy("V1"))
    assert system.delete(PATH, headers=keyed("k1")).status_code == 204
    assert system.get(PATH).json()["status"] == "OPEN"


def test_nothing_is_kept_of_a_request_that_was_refused_as_a_whole(system, refused, count):
    refused(system.put(PATH, json=vacancy("V1", title=""), headers=keyed("k1")), 422)
    refused(system.put(PATH, content=b"{", headers=keyed("k1", **{"Content-Type": "application/json"})), 400)
    refused(system.put(PATH, json=vacancy("V1"), headers=keyed("k1", **{"If-Match": '"9"'})), 412)
    refused(system.post(BATCH, content=b"[", headers=keyed("k1", **{"Content-Type": "application/json"})), 400)
    refused(system.post(BATCH, content=b"\n" * 50_001, headers=keyed("k1", **LINES)), 413)
    assert count(KeptAnswer) == 0
    assert system.put(PATH, json=vacancy("V1"), headers=keyed("k1")).status_code == 201


def test_a_dry_run_neither_takes_a_key_nor_answers_from_one(system, count):
    for _ in range(2):
        answer = system.post(f"{BATCH}?dry_run=true", json=[vacancy("V1")], headers=keyed("k1")).json()
        assert answer["counts"]["effects"] == {"created": 1}
    assert count(KeptAnswer) == count(Vacancy) == count(AuditEvent) == 0
    assert system.post(BATCH, json=[vacancy("V1")], headers=keyed("k1")).json()["counts"]["effects"] == {"created": 1}


def test_a_key_is_of_visible_ascii(system, refused):
    for key in ("", "x" * 256, "a b", "a\tb", "ключ".encode(), b"\xff"):
        found = refused(system.put(PATH, json=vacancy("V1"), headers=keyed(key)), 422)
        assert [(error["field"], error["rule"]) for error in found["errors"]] == [("Idempotency-Key", "key_format")]
    for key in ("x" * 255, "~", '"8e03978e-40d5-43dd-bc93-6894a57f9324"'):
        assert system.put(PATH, json=vacancy("V1"), headers=keyed(key)).status_code in (200, 201)


def test_while_a_request_runs_its_twin_is_told_to_come_again(system, app, refused):
    name = ("caiji-twin", "k1")
    system = _named(system, app, name[0])
    app.state.running.enter(name)
    answer = system.put(PATH, json=vacancy("V1"), headers=keyed("k1"))
    refused(answer, 409)
    assert answer.headers["retry-after"] == "1"
    assert system.put(PATH, json=vacancy("V1"), headers=keyed("k2")).status_code == 201
    app.state.running.leave(name)
    assert system.put(PATH, json=vacancy("V1"), headers=keyed("k1")).status_code == 200


def _named(door, app, name):
    from api.security import create_client

    with app.state.settings.database.write() as session:
        door.headers["Authorization"] = f"Bearer {create_client(session, name, Role.SYSTEM, source='caiji')}"
    return door


def persist(send):
    """The answer, asked for again as long as it is 409 or 503, as a sender would."""
    while (answer := send()).status_code in (409, 503):
        assert answer.headers["retry-after"]
        time.sleep(random.uniform(0, 0.06))  # not the second that is asked for; in step they would meet again
    return answer


@pytest.mark.parametrize("processes", [1, 2])
def test_twins_at_once_have_one_effect_and_one_answer(system, settings, count, processes):
    """50 pushes, 8 of each at the same moment, to one process and to two."""
    doors = [system]
    for _ in range(processes - 1):
        other = TestClient(create_app(settings), headers=dict(system.headers))
        other.portal = system.portal
        doors.append(other)

    def push(number):
        door, name = doors[number % processes], f"V{push.turn}"
        if push.turn % 2:
            return persist(lambda: door.post(BATCH, json=[vacancy(name)], headers=keyed(name)))
        return persist(lambda: door.put(f"/v1/vacancies/caiji/{name}", json=vacancy(name), headers=keyed(name)))

    for push.turn in range(50 // processes):
        answers = at_once(8, push)
        assert len({told(answer) for answer in answers}) == 1
        assert b'"created"' in answers[0].content
    assert count(Vacancy) == count(AuditEvent) == count(KeptAnswer) == 50 // processes


@pytest.fixture
def failing_at(settings):
    """Makes the n-th commit from now on fail, as a full disk or a lost connection would."""
    undo = []

    def arrange(turn):
        commits = iter(range(1, turn + 1))

        def on_commit(connection):
            if next(commits, None) == turn:
                raise OperationalError("COMMIT", None, Exception("database or disk is full"))

        event.listen(settings.database.engine, "commit", on_commit)
        undo.append(on_commit)

    yield arrange
    for listener in undo:
        event.remove(settings.database.engine, "commit", listener)


def test_a_batch_that_broke_off_is_taken_up_where_it_was_left(system, failing_at, refused, count):
    rows = [vacancy(f"V{n}", pay="面议" if n % 3 else "5000-7000元/月") for n in range(1_100)]
    rows[700] = {"external_id": "V700"}
    body = lines(*rows)
    failing_at(2)
    refused(system.post(BATCH, content=body, headers=keyed("k1", **LINES)), 503)
    assert count(Vacancy) == 500  # whole chunks stand
    answer = system.post(BATCH, content=body, headers=keyed("k1", **LINES))
    results = [json.loads(line) for line in answer.content.splitlines()]
    assert [result["row"] for result in results] == list(range(1, 1_101))
    assert [result["effect"] for result in results] == ["created"] * 700 + ["none"] + ["created"] * 399
    assert system.post(BATCH, content=body, headers=keyed("k1", **LINES)).content == answer.content
    assert count(Vacancy) == count(AuditEvent) == 1_099
    assert count(KeptAnswer) == 3


def test_every_commit_may_fail_and_a_retry_mends_it(system, failing_at, count):
    """The first, second, third ... commit of the same work fails, until one attempt runs through."""
    rows = [vacancy(f"V{n}") for n in range(600)]
    send = lambda key: system.post(BATCH, content=lines(*rows), headers=keyed(key, **LINES))  # noqa: E731
    for turn in range(1, 3):
        failing_at(turn)
        assert send("k1").status_code == 503
    assert send("k1").status_code == 200
    assert count(Vacancy) == count(AuditEvent) == 600


def test_keys_are_forgotten_when_they_had_their_time_and_not_before(system, database, count):
    for number in range(3):
        system.put(PATH, json=vacancy("V1"), headers=keyed(f"k{number}"))
    body = lines(*({"external_id": f"V{n}"} for n in range(501)))
    system.post(BATCH, content=body, headers=keyed("two-parts", **LINES))
    assert sweep(database, now() + timedelta(hours=24)) == 0
    assert count(KeptAnswer) == 5
    assert sweep(database, now() + KEPT + timedelta(seconds=1)) == 5
    assert system.put(PATH, json=vacancy("V1", "叉车工"), headers=keyed("k1")).json()["effect"] == "updated"


def test_old_keys_go_in_short_transactions(database, count):
    row = {"client": "c", "part": 0, "digest": b"d", "status": 200, "revision": None, "body": b"", "at": now()}
    with database.write() as session:
        session.add_all(KeptAnswer(**row, key=f"k{n}") for n in range(2 * SWEPT_KEYS + 1))
    sizes = []

    def on_commit(connection):
        sizes.append(connection.exec_driver_sql("SELECT count(*) FROM kept_answers").scalar_one())

    event.listen(database.engine, "commit", on_commit)
    sweep(database, now() + KEPT + timedelta(seconds=1))
    event.remove(database.engine, "commit", on_commit)
    assert sizes[:3] == [SWEPT_KEYS + 1, 1, 0]


def test_requests_sweep_now_and_then(system, app, database, count, monkeypatch):
    row = {"client": "c", "key": "k", "part": 0, "digest": b"d", "status": 200, "revision": None, "body": b""}
    with database.write() as session:
        session.add(KeptAnswer(**row, at=now() - KEPT - timedelta(seconds=1)))
    system.put(PATH, json=vacancy("V1"), headers=keyed("k1"))
    assert count(KeptAnswer) == 2
    monkeypatch.setattr("api.idempotency.SWEEP_EVERY", 0.0)
    system.put(PATH, json=vacancy("V1"), headers=keyed("k2"))
    assert count(KeptAnswer) == 2


def test_nothing_personal_is_kept_of_a_person(client, database):
    office = client(Role.OFFICE)
    person = seeker("P1", "叉车司机")
    first = office.put("/v1/seekers/jiuye/P1", json=person, headers=keyed("k1"))
    assert told(office.put("/v1/seekers/jiuye/P1", json=person, headers=keyed("k1"))) == told(first)
    bad = {**seeker("P2"), "id_number": "500103199003079999", "phone": "13800001111"}
    batch = [office.post("/v1/seekers:batch?source=jiuye", json=[person, bad], headers=keyed("k2")) for _ in range(2)]
    assert batch[0].content == batch[1].content
    with database.read() as session:
        kept = session.execute(select(KeptAnswer)).scalars().all()
    assert len(kept) == 2
    for row in kept:
        text = zlib.decompress(row.body).decode()
        for personal in (person["name"], id_number("P1"), person["phone"], bad["id_number"], bad["phone"]):
            assert personal not in text
