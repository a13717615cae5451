"""Who follows the changes has every vacancy as it stands: nothing skipped, nothing twice, while others write."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from wire import vacancy

from api.shapes import VacancyChanges
from models.database import MARK_EVERY, VACANCY_REVISIONS, RevisionMark, revision_at, take_revisions, watermark
from models.enums import Role
from models.times import now

CHANGES = "/v1/vacancies"
BATCH = "/v1/vacancies:batch"


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="caiji")


@pytest.fixture
def changes(shaped):
    def read(door, **params):
        return shaped(door.get(CHANGES, params=params), VacancyChanges)

    return read


def path(name):
    return f"/v1/vacancies/caiji/{name}"


def test_changes_come_in_order_page_by_page_and_each_vacancy_once(system, changes):
    system.post(BATCH, json=[vacancy(f"V{n}") for n in range(5)])
    system.put(path("V1"), json=vacancy("V1", "叉车工"))
    first = changes(system, limit=3)
    assert [item["external_id"] for item in first["items"]] == ["V0", "V2", "V3"]
    assert first["more"] is True
    second = changes(system, limit=3, cursor=first["next"])
    assert [(item["external_id"], item["title"]) for item in second["items"]] == [("V4", "叉车司机"), ("V1", "叉车工")]
    assert second["more"] is False
    assert changes(system, cursor=second["next"]) == {"items": [], "next": second["next"], "more": False}
    system.put(path("V2"), json=vacancy("V2", pay="面议"))
    assert [item["external_id"] for item in changes(system, cursor=second["next"])["items"]] == ["V2"]


def test_what_was_withdrawn_leaves_a_tombstone_and_comes_back(system, changes):
    system.put(path("V1"), json=vacancy("V1"))
    cursor = changes(system)["next"]
    system.delete(path("V1"))
    gone = changes(system, cursor=cursor)
    [item] = gone["items"]
    assert item == {"source": "caiji", "external_id": "V1", "revision": gone["next"], "gone": True}
    system.put(path("V1"), json=vacancy("V1"))
    [item] = changes(system, cursor=gone["next"])["items"]
    assert (item["gone"], item["status"]) == (False, "OPEN")


def test_an_item_is_the_vacancy_as_it_reads(system, changes):
    system.put(path("V1"), json=vacancy("V1", contact="王女士", description="限男性"))
    [item] = changes(system)["items"]
    assert item == {**system.get(path("V1")).json(), "gone": False}
    assert (item["contact"], item["screening"]) == ("王女士", "BLOCKED")


def test_others_than_the_source_and_the_office_are_told_only_of_open_and_lawful_ones(client, system, changes):
    rows = [vacancy("OK", contact="王女士"), vacancy("LATER", pay="面议"), vacancy("BAD", description="限男性")]
    system.post(BATCH, json=rows)
    told = {item["external_id"]: item for item in changes(client(Role.BROKER))["items"]}
    assert {name: item["gone"] for name, item in told.items()} == {"OK": False, "LATER": True, "BAD": True}
    assert "contact" not in told["OK"]
    assert set(told["BAD"]) == {"source", "external_id", "revision", "gone"}
    assert len(changes(client(Role.OFFICE), source="caiji")["items"]) == 3


def test_a_system_follows_its_own_source(client, system, changes, refused):
    office = client(Role.OFFICE)
    for source in ("qiye", "caiji", "qiye"):
        office.put(f"/v1/vacancies/{source}/{source}", json=vacancy(source))
    page = changes(system)
    assert [item["source"] for item in page["items"]] == ["caiji"]
    office.put("/v1/vacancies/qiye/V9", json=vacancy("V9"))
    assert changes(system, cursor=page["next"])["next"] > page["next"]  # what is not its own is passed over
    assert [item["source"] for item in changes(office, source="qiye")["items"]] == ["qiye", "qiye"]
    refused(system.get(CHANGES, params={"source": "qiye"}), 404)


def test_a_cursor_that_was_never_given_is_refused(system, refused):
    system.put(path("V1"), json=vacancy("V1"))
    for cursor in ("99", "-1", "x", "1_0", "9" * 20):
        assert refused(system.get(CHANGES, params={"cursor": cursor}), 422)["errors"][0]["field"] == "cursor"


def test_since_an_instant_is_from_the_last_mark_before_it(system, changes, refused, database):
    system.put(path("V1"), json=vacancy("V1"))
    later = now() + 2 * MARK_EVERY
    with database.write() as session:
        newest = watermark(session, VACANCY_REVISIONS)
        session.add(RevisionMark(name=VACANCY_REVISIONS, revision=newest, at=later))
    system.put(path("V2"), json=vacancy("V2"))
    names = lambda instant: [item["external_id"] for item in changes(system, changed_since=instant)["items"]]  # noqa: E731
    assert names((later + timedelta(seconds=1)).isoformat()) == ["V2"]
    assert names(now().isoformat()) == ["V1", "V2"]  # what is younger than the last mark may come again
    assert names("2020-01-01") == ["V1", "V2"]
    unescaped = system.get(f"{CHANGES}?changed_since=2020-01-01T00:00:00+08:00")
    assert len(unescaped.json()["items"]) == 2
    found = refused(system.get(CHANGES, params={"changed_since": "neulich"}), 422)
    assert found["errors"][0]["field"] == "changed_since"


def test_marks_are_set_now_and_then_and_never_after_what_they_count(database):
    start = now()
    with database.write() as session:
        for count in (3, 4, 0):
            take_revisions(session, VACANCY_REVISIONS, count)
        assert revision_at(session, VACANCY_REVISIONS, start) == 0
        assert revision_at(session, VACANCY_REVISIONS, now()) == 0
        [mark] = session.query(RevisionMark).all()
        mark.at -= MARK_EVERY + timedelta(seconds=1)
        session.flush()
        take_revisions(session, VACANCY_REVISIONS, 5)
        assert revision_at(session, VACANCY_REVISIONS, now()) == 7
        assert revision_at(session, VACANCY_REVISIONS, start) == 0


WRITERS, TURNS, NAMES = 4, 25, [f"V{n}" for n in range(12)]


def _write(door, seed):
    dice = random.Random(seed)
    for turn in range(TURNS):
        name, title = dice.choice(NAMES), f"叉车司机{seed}-{turn}"
        match dice.randrange(4):
            case 0:
                assert door.delete(path(name)).status_code in (204, 404)
            case 1:
                some = dice.sample(NAMES, 4)
                assert door.post(BATCH, json=[vacancy(each, title) for each in some]).status_code == 200
            case _:
                assert door.put(path(name), json=vacancy(name, title)).status_code in (200, 201)


def test_who_follows_while_others_write_misses_nothing(client, system, changes):
    mirror, revisions, cursor, pages = {}, [], 0, 0
    office = client(Role.OFFICE)
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(_write, system, number) for number in range(WRITERS)]
        is_last = False
        while not is_last:
            is_last, more = all(writer.done() for writer in writers), True
            while more:
                page = changes(office, cursor=cursor, limit=5)
                cursor, more, pages = page["next"], page["more"], pages + 1
                revisions += [item["revision"] for item in page["items"]]
                mirror.update((item["external_id"], item) for item in page["items"])
    for writer in writers:
        writer.result()
    assert pages > 10
    assert revisions == sorted(set(revisions))
    stands = {item["external_id"]: item for item in changes(office)["items"]}
    assert mirror == stands
    assert {name: item["gone"] for name, item in mirror.items()} == {
        name: office.get(path(name)).json()["status"] == "WITHDRAWN" for name in mirror
    }
