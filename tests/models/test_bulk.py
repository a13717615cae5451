"""Rows by the hundred thousand: what goes in as columns comes out as rows, in short transactions, on both databases."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy
from sqlalchemy import event, func, select

from models.bulk import ROWS_A_TRANSACTION, in_turns, insert_columns, write_columns
from models.database import SEEKER_REVISIONS, VACANCY_REVISIONS, take_revisions
from models.enums import LEFT_BECAUSE, MARKS, SERVED_STATES, LeftBecause, Mark, RunState, SeekerState
from models.queries import runs, seekers, vacancies
from models.recommendation import Departure, Load, Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Vacancy

CERTIFICATE = {"found": [3], "held_back": {"PAY": 2}, "change": {"constraint": "PLACE", "value": '两江\n"\\N"\t'}}
PATIENCE = 0.4  # seconds that a push may wait for the night
ROOT = Path(__file__).parents[2]


def items(people: int, run_id: int = 1, each: int = 3) -> dict:
    """Columns of invented items, the greatest numbers among them; all vacancies of a person are different."""
    numbers, rows = np.random.default_rng(people), people * each
    columns = {
        "run_id": np.full(rows, run_id),
        "seeker_id": np.repeat(np.arange(people) * 7 + 1, each),
        "rank": np.tile(np.arange(1, each + 1), people),
        "vacancy_id": np.arange(rows) % 1000 + 1,
        "vacancy_revision": numbers.integers(1, 2**62, rows),
        "score": numbers.integers(0, 1001, rows),
        "rung": numbers.integers(0, 8, rows, np.int8),
        "marks": numbers.integers(0, 2**15, rows, np.uint16),
        "parts": numbers.integers(0, 256, (rows, 8), np.uint8),
    }
    columns["marks"][:1] = 2**15 - 1
    columns["parts"][: rows // 2, -2:] = 0  # bytes that end in zeros stay eight
    return columns


def run(number: int, day: date = TODAY, state: RunState = RunState.PUBLISHED, snapshot: str | None = None) -> Run:
    return Run(
        id=number, state=state.value, date=day, k=3, seed=1, config="", watermark=0, seeker_watermark=0, vacancies=0,
        registered=0, seeker_only=0, started_at=NOW, published_at=None, snapshot=snapshot, report={},
    )  # fmt: skip


def add(database, *records) -> None:
    with database.write() as session:
        session.add_all(records)


def count(database, table, *conditions) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def stored(database, table, columns) -> list[tuple]:
    with database.read() as session:
        rows = session.execute(select(table).order_by(*table.__table__.primary_key)).scalars()
        return [tuple(getattr(row, name) for name in columns) for row in rows]


@contextmanager
def sizes(database, table):
    """How many rows each transaction that is committed inside adds to a table or takes from it."""
    counts, found = [count(database, table)], []

    def note(connection) -> None:
        counts.append(connection.execute(select(func.count()).select_from(table)).scalar_one())
        found.append(abs(counts[-1] - counts[-2]))

    event.listen(database.engine, "commit", note)
    yield found
    event.remove(database.engine, "commit", note)


@pytest.mark.parametrize("people", [0, 1, 50, 51, 130])
def test_columns_become_rows(database, people):
    columns = items(people)
    with database.write() as session:
        insert_columns(session, Recommendation, columns)
    plain = [bytes(row) for row in columns.pop("parts")]
    wanted = list(zip(*(values.tolist() for values in columns.values()), plain, strict=True))
    assert stored(database, Recommendation, [*columns, "parts"]) == wanted


def test_lists_are_written_as_the_orm_would(database):
    add(database, run(1))
    with database.write() as session:
        insert_columns(
            session, Shortfall, {"run_id": [1, 1], "seeker_id": [5, 6], "certificate": [CERTIFICATE, {"change": None}]}
        )
    wanted = [(5, CERTIFICATE), (6, {"change": None})]
    assert stored(database, Shortfall, ["seeker_id", "certificate"]) == wanted


def test_rows_belong_to_the_transaction_of_the_session(database):
    with database.write() as session:
        session.add(run(1))
        insert_columns(session, Recommendation, items(40))
        session.rollback()
    assert count(database, Recommendation) == count(database, Run) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": np.full(6, 2**15)},
        {"score": np.full(6, 700.5)},
        {"run_id": np.full(6, 2**63, np.uint64)},
        {"parts": np.ones((6, 8))},
        {"score": np.ones(5, int)},
    ],
    ids=["too great", "no whole number", "too great for any", "no bytes", "too short"],
)
def test_what_a_column_cannot_hold_is_refused(database, wrong):
    with pytest.raises(ValueError, match="|".join([*wrong, "length"])), database.write() as session:
        insert_columns(session, Recommendation, {**items(2), **wrong})
    assert count(database, Recommendation) == 0


def test_much_is_written_and_removed_in_short_transactions(database):
    people = ROWS_A_TRANSACTION  # so three transactions of items, or a little more
    add(database, run(1, state=RunState.WRITING))
    with sizes(database, Recommendation) as found:
        write_columns(database, Recommendation, items(people))
    assert sum(found) == 3 * people == count(database, Recommendation)
    assert max(found) <= ROWS_A_TRANSACTION
    with sizes(database, Recommendation) as found:
        runs.remove_unpublished(database)
    assert sum(found) == 3 * people
    assert max(found) <= ROWS_A_TRANSACTION + 3
    assert count(database, Recommendation) == count(database, Run) == 0


WRITER = """
import sys
import numpy as np
from models import bulk
from models.database import Database
from models.recommendation import Recommendation

numbers = ("run_id", "rank", "vacancy_id", "vacancy_revision", "score", "rung", "marks")
columns = {name: np.full(300_000, int(sys.argv[2])) for name in numbers}
columns |= {"seeker_id": np.arange(300_000), "parts": np.zeros((300_000, 8), np.uint8)}
print("begins", flush=True)
bulk.write_columns(Database(sys.argv[1]), Recommendation, columns)
"""


def longest_wait(database, attempt: int) -> float:
    """Seconds that the slowest of many small writes took while another process wrote 300,000 rows."""
    url = database.url.render_as_string(hide_password=False)
    waits = []
    words = [sys.executable, "-c", WRITER, url, str(attempt)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        while writer.poll() is None:
            start = time.monotonic()
            with database.write() as session:
                take_revisions(session, VACANCY_REVISIONS, 1)
            waits.append(time.monotonic() - start)
            time.sleep(0.002)
    assert writer.returncode == 0
    assert count(database, Recommendation, Recommendation.run_id == attempt) == 300_000
    return max(waits)


def test_a_push_does_not_wait_long_for_the_night(database):
    """The best of three: a machine that does other work as well makes everybody wait."""
    assert any(longest_wait(database, attempt) < PATIENCE for attempt in (1, 2, 3))


def test_others_write_between_turns(database):
    """Who waits for SQLite looks but now and then: it has to meet the night at rest."""

    def work(session, part) -> None:
        take_revisions(session, SEEKER_REVISIONS, 1)
        time.sleep(0.02)

    night = Thread(target=in_turns, args=(database, range(60), work))
    night.start()
    pushes = 0
    while night.is_alive():
        with database.write() as session:
            take_revisions(session, VACANCY_REVISIONS, 1)
        pushes += 1
        time.sleep(0.01)
    night.join()
    assert pushes > 5


def test_served_people_and_open_vacancies_are_read_as_the_orm_reads_them(database):
    wishes = {"kinds": ["GIG"], "education": 3, "experience": 2.5, "pay_floor": 4000, "districts": ["500103", HOME]}
    told = {"labels": [{"code": "H01", "valid_from": "2026-01-01", "valid_to": None}], "unemployed_since": TODAY}
    add(
        database,
        *(seeker("叉车司机", id=n, state=state.value) for n, state in enumerate(SeekerState, 1)),
        seeker("客服\n“\\N”", id=90, district="500103", adult_on=TODAY, consent_other_city=True, **wishes, **told),
        vacancy("焊工", id=1, employer_id=None, certificates=["焊工证"], skills=["氩弧焊"], night=True, experience=1.5),
        vacancy("保洁", id=2, employer_id=None, valid_to=TODAY - timedelta(days=1)),
        vacancy("厨师", id=3, employer_id=None, remote=True, valid_to=None, pay_min=None, education=None, shift="day"),
    )
    with database.read() as session:
        people, rows = seekers.served_columns(session), vacancies.open_rows(session, TODAY)
        for columns, table in ((people, JobSeeker), (rows, Vacancy)):
            for place, identity in enumerate(columns["id"]):
                record = session.get_one(table, identity)
                for name, values in columns.items():
                    wanted, value = getattr(record, name), values[place]
                    value = json.loads(value) if isinstance(wanted, list) else value
                    assert (value, type(value)) == (wanted, type(wanted)), name
        assert [column.key for column in seekers.ENGINE_COLUMNS] == list(people)
        assert [column.key for column in vacancies.ENGINE_COLUMNS] == list(rows)
        assert people["id"] == sorted(people["id"])
    assert list(people["state"]) == [*SERVED_STATES, SeekerState.REGISTERED]
    assert rows["id"] == [1, 3]
    assert people["intentions"][0] is people["intentions"][1], "equal texts are one object"


def test_nobody_and_nothing_are_read_as_empty_columns(database):
    with database.read() as session:
        assert not any(seekers.served_columns(session).values())
        assert all(len(values) == 0 for values in runs.last_items(session, 1).values())
        assert runs.tally(session, 1, []).outcomes.adds_up(0)
        assert not runs.tally(session, 1, [4]).outcomes.adds_up(1)
        assert len(runs.recent_load(session, 3)["people"]) == 0


def test_the_items_of_a_night_are_read_as_arrays(database):
    columns = items(40)
    shuffled = np.random.default_rng(1).permutation(120)
    write_columns(database, Recommendation, {name: values[shuffled] for name, values in columns.items()})
    write_columns(database, Recommendation, items(3, run_id=2))
    with database.read() as session:
        found = runs.last_items(session, 1)
    assert list(found) == ["seeker_id", "rank", "vacancy_id", "marks"]
    assert all(np.array_equal(values, columns[name]) for name, values in found.items())


def served(*people: tuple[int, list[int]]) -> dict:
    """Columns of the items of some people, given by their vacancies."""
    columns = items(sum(len(chosen) for _, chosen in people), each=1)
    columns["seeker_id"] = np.array([person for person, chosen in people for _ in chosen])
    columns["rank"] = np.array([rank for _, chosen in people for rank in range(1, len(chosen) + 1)])
    columns["vacancy_id"] = np.array([one for _, chosen in people for one in chosen])
    return columns


@pytest.mark.parametrize(
    ("people", "certified", "holds"),
    [
        ([(1, [5, 6, 7]), (2, [5, 6, 7, 8])], [3], True),
        ([(1, [5, 6, 7]), (2, [5, 6, 7])], [], False),
        ([(1, [5, 6, 7]), (2, [5, 6, 7]), (4, [5, 6, 7])], [], False),
        ([(1, [5, 6, 7]), (2, [5, 6, 7]), (4, [5, 6, 7])], [3], False),
        ([(1, [5, 6, 7]), (2, [5, 6])], [3], False),
        ([(1, [5, 6, 7]), (2, [5, 6, 5])], [3], False),
        ([(1, [5, 6, 7]), (2, [8, 6, 7, 8])], [3], True),
        ([(1, [5, 6, 7]), (2, [5, 6, 7])], [2, 3], False),
        ([(1, [5, 6, 7])], [1, 3], False),
        ([], [1, 2, 3], True),
    ],
    ids=["right", "one missing", "a stranger for one", "a stranger", "only two", "one of them twice",
         "one twice beside three", "both", "both for none", "all certified"],
)  # fmt: skip
def test_everyone_of_the_night_has_exactly_one_outcome(database, people, certified, holds):
    add(database, run(1), *(Shortfall(run_id=1, seeker_id=person, certificate={}) for person in certified))
    write_columns(database, Recommendation, served(*people) if people else items(0))
    with database.read() as session:
        assert runs.tally(session, 1, [1, 2, 3]).outcomes.adds_up(3) is holds


def test_loads_count_the_first_three_and_add_up_over_recent_nights(database):
    add(database, *(run(number) for number in (1, 2, 3)), run(4, state=RunState.WRITING))
    write_columns(database, Recommendation, served((1, [5, 6, 7, 8]), (2, [8, 5, 9])))
    with database.read() as session:
        loads = runs.tally(session, 1, [1, 2]).loads
    for number in (1, 2, 4):
        runs.store_loads(database, number, loads)
    runs.store_loads(database, 3, {"vacancy_id": np.array([9, 10]), "people": np.array([40, 2])})
    expected = {2: {5: 2, 6: 1, 7: 1, 8: 1, 9: 41, 10: 2}, 3: {5: 4, 6: 2, 7: 2, 8: 2, 9: 42, 10: 2}}
    for nights, wanted in expected.items():
        with database.read() as session:
            found = runs.recent_load(session, nights)
        assert dict(zip(found["vacancy_id"].tolist(), found["people"].tolist(), strict=True)) == wanted


def test_departures_say_what_went_and_why(database):
    reasons = np.array([LEFT_BECAUSE.index(LeftBecause.FILLED), LEFT_BECAUSE.index(LeftBecause.BETTER), 0])
    people, gone = np.array([4, 4, 5]), np.array([9, 8, 8])
    write_columns(
        database, Departure, {"run_id": np.full(3, 1), "seeker_id": people, "vacancy_id": gone, "reason": reasons}
    )
    with database.read() as session:
        found = [(left.vacancy_id, LEFT_BECAUSE[left.reason]) for left in runs.departures(session, 1, 4)]
    assert found == [(8, LeftBecause.BETTER), (9, LeftBecause.FILLED)]


def with_rows(database, number: int, *told, **given) -> None:
    """A run with a row in every table."""
    add(database, run(number, *told, **given))
    one = {"run_id": np.array([number]), "seeker_id": np.array([1]), "vacancy_id": np.array([1])}
    write_columns(database, Recommendation, items(1, number))
    write_columns(database, Shortfall, {"run_id": [number], "seeker_id": [9], "certificate": [{}]})
    write_columns(database, Departure, {**one, "reason": np.array([0])})
    runs.store_loads(database, number, {"vacancy_id": np.array([1]), "people": np.array([1])})


def left(database) -> dict:
    """The runs that each table still knows."""
    with database.read() as session:
        return {
            table.__name__: set(session.execute(select(table.id if table is Run else table.run_id)).scalars())
            for table in (Run, Recommendation, Shortfall, Departure, Load)
        }


def test_nights_are_kept_for_forty_days_and_the_newest_for_ever(database):
    old = TODAY - timedelta(days=41)
    with_rows(database, 1, old, snapshot="index-1.npz")
    with_rows(database, 2, TODAY - timedelta(days=40), snapshot="index-2.npz")
    with_rows(database, 3, TODAY - timedelta(days=40))
    runs.expire_runs(database, TODAY)
    assert all(known == {2, 3} for known in left(database).values())
    with database.read() as session:
        assert runs.snapshots(session) == {"index-2.npz"}
        assert runs.latest_run(session).id == 3
    runs.expire_runs(database, TODAY + timedelta(days=100))
    assert all(known == {3} for known in left(database).values())


def test_a_night_that_was_killed_leaves_nothing_and_hides_no_other(database):
    with_rows(database, 1)
    with_rows(database, 2, state=RunState.WRITING)
    with_rows(database, 3, state=RunState.EXPIRED)  # killed while it was being removed
    runs.remove_unpublished(database)
    assert all(known == {1} for known in left(database).values())


def test_a_vacancy_beyond_its_capacity_is_marked_so():
    assert MARKS.index(Mark.OVER_CAPACITY) == 8, "the order of marks is stored: append only"
    assert len(MARKS) <= 15, "marks are a small integer"
