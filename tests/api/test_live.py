"""The index of a process follows the database, and is never that of another one."""

import threading

import pytest
from intaking import take_vacancies
from wire import vacancy

from api.live import LiveIndex
from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from matching.index import build_index
from models.database import VACANCY_REVISIONS, watermark
from models.queries.vacancies import open_vacancies
from models.times import local_date, now


@pytest.fixture
def push(settings):
    def write(*records):
        intake = Intake("caiji", Policy.of(settings.configuration), now(), settings.home_city)
        with settings.database.write() as session:
            take_vacancies(session, [Row(n, record) for n, record in enumerate(records, 1)], intake)

    return write


@pytest.fixture
def live(settings):
    return LiveIndex(settings.engine, settings.snapshot, settings.meaning_file)


@pytest.fixture
def current(live, settings):
    def read(index=live):
        with settings.database.read() as session:
            return index.current(session)

    return read


def test_it_holds_what_was_committed_before(push, current):
    assert len(current()) == 0
    push(vacancy("V1"), vacancy("V2", pay="面议"))
    assert len(current()) == 1
    push(vacancy("V2"))
    assert len(current()) == 2
    assert current() is current()
    push(vacancy("V2", pay="面议"))
    assert len(current().living) == 1


def test_the_snapshot_of_a_night_takes_the_place_of_what_stood(push, current, settings):
    push(*(vacancy(f"V{n}") for n in range(60)))
    current()
    push(vacancy("NEW", "焊工"))
    older = current()
    assert len(older.parts) == 2
    with settings.database.read() as session:
        mark = watermark(session, VACANCY_REVISIONS)
        build_index(open_vacancies(session, local_date(now())), mark, settings.engine).save(settings.snapshot)
    newer = current()
    assert len(newer.parts) == 1
    assert sorted(newer.facts.id) == sorted(older.facts.id[older.living])
    push(vacancy("NEWER", "焊工"))
    assert len(current().living) == 62


def test_another_process_starts_from_the_stored_snapshot(push, current, settings):
    push(*(vacancy(f"V{n}") for n in range(40)))
    current()
    push(vacancy("NEW", "焊工"))
    started = current(LiveIndex(settings.engine, settings.snapshot, settings.meaning_file))
    assert len(started) == 41
    assert started.fitted == 40  # the snapshot, and what is new beside it


def test_a_snapshot_of_another_database_is_not_used(push, current, settings):
    push(vacancy("V1"), vacancy("V2"))
    current()
    with settings.database.write() as session:  # as after a restore: the same counters, other rows
        session.connection().exec_driver_sql("UPDATE vacancies SET status = 'WITHDRAWN' WHERE external_id = 'V1'")
    assert len(current(LiveIndex(settings.engine, settings.snapshot, settings.meaning_file)).living) == 1


def test_a_damaged_snapshot_is_not_used(push, current, settings):
    push(vacancy("V1"))
    settings.snapshot.write_bytes(b"PK\x03\x04 not an index")
    assert len(current()) == 1


def test_a_snapshot_that_cannot_be_kept_stops_nobody(push, current, settings):
    push(vacancy("V1"))
    settings.snapshot.mkdir()
    assert len(current()) == 1


def test_who_sees_an_older_state_gets_the_newer_index_and_takes_nothing_back(push, live, settings, current):
    push(vacancy("V1"))
    with settings.database.read() as early:
        live.current(early)
        push(vacancy("V2"))
        newer = current()
        assert live.current(early) is newer
    assert current() is newer


def test_many_at_once_make_one_index(push, current, settings):
    push(*(vacancy(f"V{n}") for n in range(5)))
    found, barrier = [], threading.Barrier(8)

    def ask():
        barrier.wait()
        found.append(current())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
