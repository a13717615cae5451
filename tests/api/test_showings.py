"""Who was shown a priority vacancy, when and why: proof that registered unemployed people saw it first."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from wire import seeker, vacancy

from api.shapes import ShowingPage
from models.enums import Role
from models.queries.showings import KEPT_DAYS, expire_showings
from models.seeker import JobSeeker
from models.showing import Showing
from models.times import local_date, now
from models.vacancy import Vacancy


@pytest.fixture
def office(client):
    return client(Role.OFFICE, name="office")


@pytest.fixture
def pushed(office):
    """Three priority vacancies, and two people of broker li: P1 registered, P2 a seeker only."""
    vacancies = [vacancy(f"V{n}", program="重点企业") for n in range(3)]
    seekers_only = {"registration": {"district": "渝中区", "state": "求职登记"}}
    people = [seeker("P1", "叉车司机"), seeker("P2", "叉车司机", **seekers_only)]
    assert office.post("/v1/vacancies:batch?source=caiji", json=vacancies).json()["counts"]["verdicts"] == {"ok": 3}
    office.post("/v1/seekers:batch?source=caiji", json=people)
    assert office.get("/v1/seekers/caiji/P2").json()["understood"]["state"] == "SEEKER_ONLY"


def recommended(door, name, query=""):
    return door.get(f"/v1/seekers/caiji/{name}/recommendations{query}").json()


def release(database, office):
    """The priority window is over."""
    with database.write() as session:
        session.execute(update(Vacancy).values(release_at=now() - timedelta(seconds=1)))
    for n in range(3):  # an update leaves the instant as it is, and the index reads it
        office.put(f"/v1/vacancies/caiji/V{n}", json=vacancy(f"V{n}", "叉车工", program="重点企业"))


def test_a_list_that_is_looked_at_is_written_down(pushed, client, office, shaped, database):
    li = client(Role.BROKER, name="li")
    told = recommended(li, "P1")["items"]
    assert len(told) == 3
    page = shaped(office.get("/v1/vacancies/caiji/V1/showings"), ShowingPage)
    (one,) = page["items"]
    item = next(item for item in told if item["vacancy"]["external_id"] == "V1")
    assert one["seeker"] == {"source": "caiji", "external_id": "P1"}
    assert (one["client"], one["registered"], one["released"], one["run"]) == ("li", True, False, None)
    assert (one["rank"], one["revision"]) == (item["rank"], item["vacancy"]["revision"])
    assert one["reasons"]["reasons"] == item["reasons"]
    assert one["reasons"]["parts"] == {name: part["value"] for name, part in item["parts"].items()}
    assert page["before_release"] == {"registered": 1, "others": 0}
    assert page["registered_first"] is True
    office.put("/v1/vacancies/caiji/V1", json=vacancy("V1", "叉车工", program="重点企业"))
    assert office.get("/v1/vacancies/caiji/V1/showings").json()["items"] == page["items"]  # frozen
    assert "张" not in str(page)


def test_before_the_release_only_registered_people_are_shown_it(pushed, client, office, database):
    li = client(Role.BROKER, name="li")
    assert recommended(li, "P2", "?fresh=true")["items"] == []
    assert li.post("/v1/matches", json={"intentions": ["叉车司机"], "districts": ["渝中区"]}).json()["items"] == []
    assert li.get("/v1/vacancies/caiji/V1/jobposting").status_code == 404
    recommended(li, "P1")
    assert office.get("/v1/vacancies/caiji/V1/showings").json()["first_other_at"] is None
    release(database, office)
    assert len(recommended(li, "P2", "?fresh=true")["items"]) == 3
    assert len(li.post("/v1/matches", json={"intentions": ["叉车司机"], "districts": ["渝中区"]}).json()["items"]) == 3
    page = office.get("/v1/vacancies/caiji/V1/showings").json()
    shown = [(one["seeker"]["external_id"], one["registered"], one["released"]) for one in page["items"]]
    assert shown == [("P1", True, False), ("P2", False, True)]
    assert page["after_release"] == {"registered": 0, "others": 1}
    assert page["before_release"]["others"] == 0
    assert page["registered_first"] is True


def test_who_saw_it_first_is_told_whatever_it_is(pushed, client, office, database):
    assert office.get("/v1/vacancies/caiji/V1/showings").json()["registered_first"] is None
    recommended(client(Role.BROKER, name="li"), "P1")
    with database.write() as session:
        session.execute(update(Showing).values(registered=False))
    page = office.get("/v1/vacancies/caiji/V1/showings").json()
    assert page["registered_first"] is False
    assert page["before_release"] == {"registered": 0, "others": 1}


def test_showings_come_in_pages_and_only_for_the_office(pushed, client, office, refused):
    li = client(Role.BROKER, name="li")
    for _ in range(3):
        recommended(li, "P1")
    first = office.get("/v1/vacancies/caiji/V0/showings?limit=2").json()
    rest = office.get(f"/v1/vacancies/caiji/V0/showings?limit=2&cursor={first['next']}").json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    refused(office.get("/v1/vacancies/caiji/NONE/showings"), 404)
    for role, limits in ((Role.BROKER, {"name": "wang"}), (Role.SYSTEM, {"source": "caiji"})):
        refused(client(role, **limits).get("/v1/vacancies/caiji/V0/showings"), 403)


def test_a_person_who_is_erased_is_not_in_the_record(pushed, client, database):
    recommended(client(Role.BROKER, name="li"), "P1")
    with database.write() as session:
        session.execute(delete(JobSeeker))
        assert session.execute(select(Showing)).first() is None


def test_showings_are_kept_three_years(pushed, client, database):
    li = client(Role.BROKER, name="li")
    for _ in range(4):
        recommended(li, "P1")
    with database.read() as session:
        ids = list(session.execute(select(Showing.id).order_by(Showing.id)).scalars())
    today = local_date(now())
    old = now() - timedelta(days=KEPT_DAYS + 2)
    with database.write() as session:
        session.execute(update(Showing).where(Showing.id.in_(ids[:7])).values(at=old))
    expire_showings(database, today - timedelta(days=3))
    with database.read() as session:
        assert list(session.execute(select(Showing.id).order_by(Showing.id)).scalars()) == ids
    expire_showings(database, today)
    expire_showings(database, today)
    with database.read() as session:
        assert list(session.execute(select(Showing.id).order_by(Showing.id)).scalars()) == ids[7:]


def test_many_old_showings_go_in_several_transactions(pushed, client, database, monkeypatch):
    monkeypatch.setattr("models.queries.showings.ROWS_A_TRANSACTION", 2)
    recommended(client(Role.BROKER, name="li"), "P1")
    recommended(client(Role.OFFICE), "P1")
    expire_showings(database, local_date(now()) + timedelta(days=KEPT_DAYS + 2))
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(Showing)).scalar_one() == 0
