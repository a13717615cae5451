"""A batch of many thousand rows: a verdict for each, in order, without all of them being held at once."""

import json

import pytest
from sqlalchemy import event, func, select, update
from wire import vacancy

from api.bodies import CHUNK_ROWS
from api.imports import ROADS
from models.enums import Role
from models.vacancy import Vacancy

BATCH = "/v1/vacancies:batch"
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # how rows are taken depends on no database


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="caiji")


def test_ten_thousand_rows_and_more_are_taken_in_chunks(system, settings, monkeypatch):
    rows = [b'{"external_id": "V%d"}' % n for n in range(12_345)]
    rows[7_000] = json.dumps(vacancy("GOOD"), ensure_ascii=False).encode()
    rows[7_001] = b"not json"
    sizes = []
    road = ROADS["vacancies"]

    def watched(chunk, intake):
        sizes.append(len(chunk))
        return road(chunk, intake)

    monkeypatch.setitem(ROADS, "vacancies", watched)
    answer = system.post(BATCH, content=b"\n".join(rows), headers=LINES)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    results = [json.loads(line) for line in answer.content.splitlines()]
    assert [result["row"] for result in results] == list(range(1, len(rows) + 1))
    assert [result["row"] for result in results if result["effect"] == "created"] == [7_001]
    assert results[7_001]["problems"][0]["rule"] == "json_syntax"
    assert max(sizes) == CHUNK_ROWS
    with settings.database.read() as session:
        assert session.execute(select(func.count()).select_from(Vacancy)).scalar_one() == 1


def test_others_write_between_the_chunks_of_a_batch(system, settings):
    """The one write lock of SQLite is given back after every chunk."""
    commits = []
    event.listen(settings.database.engine, "commit", commits.append)
    system.post(BATCH, content=b"{}\n" * (3 * CHUNK_ROWS), headers=LINES)
    assert len(commits) == 3


def test_others_write_while_the_rows_of_a_batch_are_read(system, settings, monkeypatch):
    road = ROADS["vacancies"]

    def slow(chunk, intake):
        store = road(chunk, intake)
        with settings.database.write() as session:  # would wait in vain for a lock that the batch held
            session.execute(update(Vacancy).values(openings_filled=1))
        return store

    monkeypatch.setitem(ROADS, "vacancies", slow)
    for name in ("V1", "V2"):
        told = system.post(BATCH, json=[vacancy(name)], headers={"Idempotency-Key": name})
        assert (told.status_code, told.json()["results"][0]["effect"]) == (200, "created")
    with settings.database.read() as session:
        filled = session.execute(select(Vacancy.openings_filled).order_by(Vacancy.external_id)).scalars().all()
    assert filled == [1, 0]


def test_a_batch_lets_its_connection_go_so_that_an_idle_process_takes_the_next(system):
    answers = [
        system.post(BATCH, json=[vacancy("V1")]),
        system.post(BATCH, content=json.dumps(vacancy("V1")), headers=LINES),
        system.post(f"{BATCH}?dry_run=true", json=[vacancy("V1")]),
        *(system.post(BATCH, json=[vacancy("V1")], headers={"Idempotency-Key": "k1"}) for _ in range(2)),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    assert "connection" not in system.get("/v1/vacancies/caiji/V1").headers


def test_an_array_and_its_lines_come_to_the_same(system):
    rows = [vacancy("V1"), {}, vacancy("V2", pay="面议"), vacancy("V3", description="限男性"), 7]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    told = system.post(f"{BATCH}?dry_run=true", content=lines.encode(), headers=LINES)
    document = system.post(f"{BATCH}?dry_run=true", json=rows).json()
    assert [json.loads(line) for line in told.content.splitlines()] == document["results"]
    assert document["counts"]["rows"] == 5
    asked = system.post(
        f"{BATCH}?dry_run=true", content=lines.encode(), headers={**LINES, "Accept": "application/json"}
    )
    assert asked.json() == document


def test_one_batch_may_create_change_and_confirm(system):
    old, new = "2026-11-20T08:00:00+08:00", "2026-11-21T08:00:00+08:00"
    system.post(
        BATCH,
        json=[vacancy("SAME", updated_at=old), vacancy("NEWER", updated_at=old), vacancy("OTHER", updated_at=new)],
    )
    rows = [
        vacancy("SAME", updated_at=old), vacancy("NEWER", "叉车工", updated_at=new), vacancy("OTHER", "叉车工", updated_at=old),
        vacancy("NEW"), vacancy("NEW", "叉车工"), vacancy("SAME", updated_at=new),
    ]  # fmt: skip
    effects = [result["effect"] for result in system.post(BATCH, json=rows).json()["results"]]
    assert effects == ["unchanged", "updated", "outdated", "created", "updated", "unchanged"]
    titles = {
        name: system.get(f"/v1/vacancies/caiji/{name}").json()["title"] for name in ("SAME", "NEWER", "OTHER", "NEW")
    }
    assert titles == {"SAME": "叉车司机", "NEWER": "叉车工", "OTHER": "叉车司机", "NEW": "叉车工"}
    assert system.get("/v1/vacancies/caiji/SAME").json()["updated_at"] == "2026-11-21T00:00:00+00:00"
