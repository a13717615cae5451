"""Small writes of many threads: one transaction for those that come at once, and each is told what became of its own."""

import threading

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.account import ApiClient, AuditEvent
from models.times import now

PATIENCE = 30


def event(subject):
    """A work that appends one event."""
    row = {"at": now(), "client": "li", "action": "seeker.viewed", "subject": subject}
    return lambda session: session.execute(insert(AuditEvent), [row])


def named_twice(session):
    """A work that no database takes."""
    row = {"name": "one", "role": "OFFICE", "key_hash": b"1" * 32, "created_at": now()}
    session.execute(insert(ApiClient), [row, row])


def at_once(database, works):
    """Have threads write these works while a first one holds its transaction open; what each raised, in order."""
    begun, go = threading.Event(), threading.Event()
    raised = [None] * len(works)

    def slow(session):
        begun.set()
        event("slow")(session)
        assert go.wait(PATIENCE)

    def write(number):
        try:
            database.write_together(works[number])
        except IntegrityError as error:
            raised[number] = error

    first = threading.Thread(target=database.write_together, args=(slow,))
    first.start()
    assert begun.wait(PATIENCE)
    others = [threading.Thread(target=write, args=(number,)) for number in range(len(works))]
    for thread in others:
        thread.start()
    while len(database._together._waiting) < len(works):  # all are there before the first is done
        threading.Event().wait(0.005)
    go.set()
    for thread in (first, *others):
        thread.join()
    return raised


def subjects(database):
    with database.read() as session:
        return sorted(session.execute(select(AuditEvent.subject)).scalars())


def test_who_comes_at_once_shares_a_transaction(database):
    sessions = []

    def work(subject):
        def write(session):
            sessions.append(session)
            event(subject)(session)

        return write

    names = [f"P{number}" for number in range(6)]
    assert at_once(database, [work(name) for name in names]) == [None] * 6
    assert subjects(database) == [*names, "slow"]
    assert len(sessions) == 6
    assert len(set(map(id, sessions))) == 1


def test_it_is_committed_before_it_returns(database):
    database.write_together(event("P1"))
    assert subjects(database) == ["P1"]


def test_one_that_cannot_be_written_takes_no_other_with_it(database):
    raised = at_once(database, [event("P1"), named_twice, event("P2"), event("P3")])
    assert [type(error) for error in raised] == [type(None), IntegrityError, type(None), type(None)]
    assert subjects(database) == ["P1", "P2", "P3", "slow"]


def test_the_next_one_is_written_after_one_that_failed(database):
    with pytest.raises(IntegrityError):
        database.write_together(named_twice)
    database.write_together(event("P1"))
    assert subjects(database) == ["P1"]


def test_all_are_told_when_the_database_fails(database):
    def broken(_session):
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        database.write_together(broken)
    assert subjects(database) == []
