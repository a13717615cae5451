"""Does what a request asks of the database cost what it finds, or all that there is? SQLite's own plans say."""

import re

import pytest
from sqlalchemy import event
from wire import seeker, vacancy

from matching.loading import Night
from matching.nightly import run_night
from models.base import Base
from models.enums import Role
from models.times import now

# A row a night, a client, a rule, or one that somebody decided by hand.
SMALL = {
    "api_clients", "counters", "duplicate_decisions", "ledger_lines", "revision_marks", "runs", "screening_reruns",
    "subscriptions",
}  # fmt: skip
STEP, STATEMENTS = re.compile(r"SCAN (\w+?)(?:_\d+)?(?: |$)"), ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
REQUESTS = [
    (Role.OFFICE, "GET", "/v1/seekers/caiji/P1/recommendations", None),
    (Role.OFFICE, "GET", "/v1/seekers/caiji/P1/recommendations?fresh=true", None),
    (Role.OFFICE, "GET", "/v1/seekers/caiji/P1/why/caiji/OLD", None),
    (Role.OFFICE, "POST", "/v1/matches", seeker("X", "电工")),
    (Role.OFFICE, "GET", "/v1/seekers/caiji/P1", None),
    (Role.OFFICE, "PUT", "/v1/seekers/caiji/P9", seeker("P9", "电工")),
    (Role.SYSTEM, "PUT", "/v1/vacancies/caiji/NEW", vacancy("NEW", "叉车司机")),
    (Role.SYSTEM, "POST", "/v1/vacancies:batch", [vacancy(f"B{n}", "叉车司机") for n in range(30)]),
    (Role.SYSTEM, "GET", "/v1/vacancies/caiji/OLD", None),
    (Role.OFFICE, "GET", "/v1/vacancies/caiji/OLD/jobposting", None),
    (Role.SYSTEM, "GET", "/v1/vacancies", None),
    (Role.SYSTEM, "DELETE", "/v1/vacancies/caiji/OLD", None),
    (Role.OFFICE, "GET", "/v1/runs/1/shortfalls", None),
    (Role.OFFICE, "GET", "/v1/screening/queue", None),
    (Role.OFFICE, "GET", "/v1/vacancies/caiji/OLD/screening", None),
    (Role.OFFICE, "GET", "/v1/duplicates/caiji/OLD", None),
    (Role.OFFICE, "GET", "/v1/vacancies/caiji/OLD/showings", None),
    (Role.OFFICE, "GET", "/v1/demand/unmatched", None),
]  # fmt: skip


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # the only one that plans without statistics, so always alike


@pytest.fixture
def asked(settings):
    """The statements that were run, with their values."""
    found = []

    def note(connection, cursor, statement, parameters, context, many):
        found.append((statement, parameters[0] if many else parameters))

    event.listen(settings.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(settings.database.engine, "before_cursor_execute", note)


def walked(settings, asked):
    """The tables that a statement goes through from end to end, each with the statement."""
    with settings.database.look() as connection:
        driver = connection.connection.driver_connection
        for statement, values in asked:
            if statement.startswith(STATEMENTS):
                for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values):
                    if found := STEP.match(step):
                        yield found[1], statement


def test_no_request_goes_through_a_table_that_grows(client, market, settings, asked):
    growing, walks = Base.metadata.tables.keys() - SMALL, []
    run_night(settings.database, Night(settings.engine, settings.home_city, now()))
    doors = {Role.OFFICE: client(Role.OFFICE), Role.SYSTEM: client(Role.SYSTEM, source="caiji")}
    doors[Role.SYSTEM].put("/v1/vacancies/caiji/OLD", json=vacancy("OLD", "叉车司机")).raise_for_status()
    doors[Role.OFFICE].get("/v1/seekers/caiji/P2/recommendations").raise_for_status()  # the index is loaded
    for role, method, path, body in REQUESTS:
        asked.clear()
        doors[role].request(method, path, json=body).raise_for_status()
        assert asked
        walks += [(path, table, said) for table, said in walked(settings, list(asked)) if table in growing]
    assert not walks


def test_a_pushed_vacancy_is_found_without_going_through_the_others(client, market, settings, asked):
    office, system = client(Role.OFFICE), client(Role.SYSTEM, source="caiji")
    office.get("/v1/seekers/caiji/P1/recommendations").raise_for_status()
    system.put("/v1/vacancies/caiji/NEW", json=vacancy("NEW", "叉车司机", pay="12000元/月")).raise_for_status()
    asked.clear()
    answer = office.get("/v1/seekers/caiji/P1/recommendations?k=20&fresh=true")
    assert '"external_id":"NEW"' in answer.text
    assert "vacancies" not in {table for table, _ in walked(settings, list(asked))}
