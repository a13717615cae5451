import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from wire import seeker, vacancy

from models.account import AuditEvent
from models.enums import Role


@pytest.fixture
def events(database):
    """What has been written down so far: (client, action, subject)."""

    def read():
        with database.read() as session:
            found = session.execute(select(AuditEvent).order_by(AuditEvent.id)).scalars()
            return [(event.client, event.action, event.subject) for event in found]

    return read


def test_every_write_that_has_an_effect_is_written_down(client, events):
    office = client(Role.OFFICE, name="office")
    office.put("/v1/vacancies/caiji/V1", json=vacancy("V1"))
    office.put("/v1/vacancies/caiji/V1", json=vacancy("V1"))
    office.put("/v1/vacancies/caiji/V2", json=vacancy("V2", title=""))
    office.post("/v1/vacancies:batch?source=caiji", json=[vacancy("V1"), vacancy("V3"), {}])
    office.post("/v1/vacancies:batch?source=caiji&dry_run=true", json=[vacancy("V4")])
    office.delete("/v1/vacancies/caiji/V1")
    office.delete("/v1/vacancies/caiji/V1")
    office.put("/v1/seekers/jiuye/P1", json=seeker("P1"))
    office.post("/v1/seekers:batch?source=jiuye", json=[seeker("P2")])
    assert events() == [
        ("office", "vacancy.written", "caiji:V1"),
        ("office", "vacancy.written", "caiji:V3"),
        ("office", "vacancy.withdrawn", "caiji:V1"),
        ("office", "seeker.written", "jiuye:P1"),
        ("office", "seeker.written", "jiuye:P2"),
    ]


def test_whoever_looks_at_a_person_is_written_down(market, client, events):
    li = client(Role.BROKER, name="li")
    for path in ("", "/recommendations", "/why/caiji/V00"):
        assert li.get(f"/v1/seekers/caiji/P1{path}").status_code == 200
        assert li.get(f"/v1/seekers/caiji/P2{path}").status_code == 404  # nothing was seen
    assert events() == [
        ("li", "seeker.viewed", "caiji:P1"),
        ("li", "recommendations.viewed", "caiji:P1"),
        ("li", "pair.viewed", "caiji:P1"),
    ]


def test_what_is_written_down_stays(market, client, events, database):
    client(Role.OFFICE).get("/v1/seekers/caiji/P1")
    for change in (update(AuditEvent).values(client="nobody"), delete(AuditEvent)):
        with pytest.raises(DBAPIError), database.write() as session:
            session.execute(change)
    assert len(events()) == 1
