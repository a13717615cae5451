import pytest

from api.shapes import RunAnswer, RunPage, ShortfallPage
from matching.loading import Night
from matching.nightly import run_night
from models.enums import Role, RunState
from models.recommendation import Run
from models.times import now


@pytest.fixture
def office(client, market):
    return client(Role.OFFICE)


@pytest.fixture
def night(settings):
    return lambda: run_night(settings.database, Night(settings.engine, settings.home_city, now()))[0]


def test_nights_are_listed_newest_first_a_page_at_a_time(office, night, shaped):
    ids = [night() for _ in range(3)]
    first = shaped(office.get("/v1/runs?limit=2"), RunPage)
    assert [run["id"] for run in first["items"]] == ids[:0:-1]
    second = shaped(office.get("/v1/runs", params={"limit": 2, "cursor": first["next"]}), RunPage)
    assert [run["id"] for run in second["items"]] == ids[:1]
    assert second["next"] is None


def test_a_night_tells_its_sum(office, night, shaped):
    run = shaped(office.get(f"/v1/runs/{night()}"), RunAnswer)
    assert (run["registered"], run["report"]["with_three"], run["report"]["shortfalls"]) == (4, 3, 1)


def test_an_unpublished_night_is_nobodys_business(office, night, settings, refused):
    number = night()
    with settings.database.write() as session:
        session.get(Run, number).state = RunState.WRITING
    refused(office.get(f"/v1/runs/{number}"), 404)
    refused(office.get(f"/v1/runs/{number}/shortfalls"), 404)
    assert office.get("/v1/runs").json()["items"] == []


def test_who_got_fewer_than_three_is_told_to_those_who_serve_them(office, client, night, shaped):
    path = f"/v1/runs/{night()}/shortfalls"
    page = shaped(office.get(path), ShortfallPage)
    assert [item["seeker"] for item in page["items"]] == [{"source": "caiji", "external_id": "P3"}]
    assert page["items"][0]["certificate"]["text"]
    assert len(client(Role.BROKER, name="li").get(path).json()["items"]) == 1
    assert client(Role.BROKER, name="wang").get(path).json()["items"] == []
    assert len(client(Role.COUNSELLOR, district="500103").get(path).json()["items"]) == 1
    assert client(Role.COUNSELLOR, district="500106").get(path).json()["items"] == []


def test_shortfalls_come_a_page_at_a_time(office, client, night, settings, shaped):
    for number in range(5):
        office.put(f"/v1/seekers/caiji/S{number}", json={"intentions": ["古琴修复师"], "fixed": ["occupation"]})
    path, names, cursor = f"/v1/runs/{night()}/shortfalls", [], None
    while cursor or not names:
        page = shaped(office.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}), ShortfallPage)
        names += [item["seeker"]["external_id"] for item in page["items"]]
        cursor = page["next"]
    assert names == ["P3", "S0", "S1", "S2", "S3", "S4"]


def test_numbers_that_cannot_be_are_refused(office, refused):
    for path in ("/v1/runs/0", "/v1/runs/x", "/v1/runs/1e3", "/v1/runs?cursor=-1", "/v1/runs?limit=999"):
        refused(office.get(path), 422)


def test_a_night_that_never_was_is_not_found(office, refused):
    refused(office.get("/v1/runs/999999999999999"), 404)
