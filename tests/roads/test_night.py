"""The night as an operator runs it: everyone one outcome, one row publishes, a kill leaves nothing behind."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy
from sqlalchemy import func, select, text
from stored import change, count

from matching.config import engine_config
from matching.loading import Night
from matching.nightly import PromiseBroken, run_night
from models.configuration import read_configuration
from models.database import Database
from models.enums import LEFT_BECAUSE, MARKS, Mark
from models.errors import Conflict
from models.queries import runs
from models.recommendation import Departure, Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Employer

NIGHT = Night(engine_config(read_configuration()), HOME, NOW)
TITLES = ["叉车司机", "保洁员", "中餐厨师", "客服专员", "焊工", "快递员", "收银员"]


def fill(database: Database, people: int = 60, places: int = 90) -> None:
    """A small market; everyone wants something, one of them what nobody offers."""
    with database.write() as session:
        session.add_all(
            [
                Employer(id=n, key=f"name:{n}", name=f"甲{n}", name_key=f"甲{n}", industry="")
                for n in range(1, places + 1)
            ]
        )
        session.flush()
        session.add_all(
            [
                vacancy(TITLES[n % len(TITLES)], id=n, employer_id=n, description=f"第{n}车间")
                for n in range(1, places + 1)
            ]
        )
        session.add_all([seeker(TITLES[n % len(TITLES)], id=n, pay_floor=4000 + n) for n in range(1, people)])
        session.add(seeker("深海潜水焊接", id=people, fixed=["occupation"], external_id="RARE"))
        session.add(seeker("保洁员", id=people + 1, state="EXITED"))
        session.add(seeker("保洁员", id=people + 2, state="SEEKER_ONLY"))


def lists(database: Database, run_id: int) -> list[tuple[int, ...]]:
    columns = (Recommendation.seeker_id, Recommendation.rank, Recommendation.vacancy_id, Recommendation.score)
    with database.read() as session:
        return [
            tuple(row)
            for row in session.execute(select(*columns).where(Recommendation.run_id == run_id).order_by(*columns))
        ]


def test_everyone_served_has_exactly_one_outcome(database):
    fill(database)
    run_id, stages = run_night(database, NIGHT)
    with database.read() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.registered, run.seeker_only) == ("PUBLISHED", 60, 1)
        items = Counter(session.execute(select(Recommendation.seeker_id)).scalars())
        assert set(items.values()) == {3}
        certified = set(session.execute(select(Shortfall.seeker_id)).scalars())
        assert set(items) | certified == {*range(1, 61), 62}
        assert not set(items) & certified
        assert runs.latest_run(session).id == run_id
    assert {"read and index", "match", "plan", "write", "prove and publish"} <= set(stages.seconds)
    assert stages.cpu_seconds.keys() == stages.seconds.keys() == stages.peak_mb.keys()
    assert stages.cpu_seconds["match"] > 0


@pytest.mark.parametrize("people", [0, 2])
def test_a_service_without_people_or_without_vacancies_has_nights_too(database, people):
    with database.write() as session:
        session.add_all([seeker("焊工", id=number) for number in range(1, people + 1)])
    for _ in range(2):
        run_id, _ = run_night(database, NIGHT)
    with database.read() as session:
        certified = session.execute(select(Shortfall.seeker_id).where(Shortfall.run_id == run_id)).scalars()
        assert sorted(certified) == list(range(1, people + 1))


def test_the_number_of_workers_changes_nothing(database):
    fill(database)
    first, _ = run_night(database, NIGHT)
    second, _ = run_night(database, replace(NIGHT, workers=2))
    assert lists(database, first) == lists(database, second)


def test_many_people_are_read_by_a_process_of_their_own(database, monkeypatch):
    fill(database)
    first, _ = run_night(database, NIGHT)
    readers = []

    def process(*given):
        readers.append(given)
        return ProcessPoolExecutor(*given)

    monkeypatch.setattr("matching.loading.ProcessPoolExecutor", process)
    monkeypatch.setattr("matching.loading.MANY", 60)
    second, _ = run_night(database, replace(NIGHT, workers=2))
    assert len(readers) == 1
    assert lists(database, first) == lists(database, second)
    with database.read() as session:
        assert session.get_one(Run, first).seeker_watermark == session.get_one(Run, second).seeker_watermark


def departed(database: Database, run_id: int) -> dict[tuple[int, int], str]:
    with database.read() as session:
        found = session.execute(select(Departure).where(Departure.run_id == run_id)).scalars()
        return {(one.seeker_id, one.vacancy_id): LEFT_BECAUSE[one.reason].value for one in found}


def test_after_a_change_only_what_must_move_moves_each_with_its_word(database):
    """Full, over, or with a pay below what is wanted: three vacancies change, and nothing else does."""
    fill(database)
    first = lists(database, run_night(database, NIGHT)[0])
    assert lists(database, run_night(database, NIGHT)[0]) == first
    full, over = sorted({entry[2] for entry in first})[:2]
    with database.write() as session:
        session.execute(text("UPDATE vacancies SET openings_filled = openings WHERE id = :id"), {"id": full})
        session.execute(text("UPDATE vacancies SET valid_to = :day WHERE id = :id"),
                        {"day": TODAY - timedelta(days=1), "id": over})  # fmt: skip
    run_id, _ = run_night(database, NIGHT)
    before, after = ({entry[:1] + entry[2:3] for entry in found} for found in (first, lists(database, run_id)))
    words = {full: "FILLED", over: "EXPIRED"}
    assert departed(database, run_id) == {pair: words[pair[1]] for pair in before - after}
    assert {pair[1] for pair in before - after} == {full, over}
    assert Counter(seeker for seeker, _ in before - after) == Counter(seeker for seeker, _ in after - before)


def test_nobody_is_short_and_nothing_is_over_while_a_place_is_open(database):
    """Sixty people, two openings a trade: everybody gets three, and what is beyond capacity is marked."""
    fill(database, places=21)
    config = replace(NIGHT.config, plan=replace(NIGHT.config.plan, offers_per_opening=2))
    run_id, _ = run_night(database, replace(NIGHT, config=config))
    found = lists(database, run_id)
    assert set(Counter(entry[0] for entry in found).values()) == {3}
    with database.read() as session:
        marks = dict(session.execute(
            select(Recommendation.vacancy_id, func.sum(Recommendation.marks // 2 ** MARKS.index(Mark.OVER_CAPACITY) % 2))
            .where(Recommendation.run_id == run_id).group_by(Recommendation.vacancy_id)
        ).all())  # fmt: skip
    load = Counter(entry[2] for entry in found)
    assert {vacancy: max(0, held - 2) for vacancy, held in load.items()} == {v: int(over) for v, over in marks.items()}


def test_a_vacancy_past_its_end_is_never_recommended(database):
    fill(database)
    with database.write() as session:
        session.execute(text("UPDATE vacancies SET valid_to = :day WHERE id <= 80"), {"day": TODAY - timedelta(days=1)})
    run_id, _ = run_night(database, NIGHT)
    assert all(entry[2] > 80 for entry in lists(database, run_id))


def test_a_lost_outcome_is_noticed_and_nothing_is_published(database):
    fill(database)
    drop = "CREATE TRIGGER lose BEFORE INSERT ON recommendations {when} {body}"
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text(drop.format(when="WHEN NEW.seeker_id = 7", body="BEGIN SELECT RAISE(IGNORE); END")))
        else:
            session.execute(
                text("CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
            )
            session.execute(
                text(drop.format(when="FOR EACH ROW WHEN (NEW.seeker_id = 7)", body="EXECUTE FUNCTION lose()"))
            )
    with pytest.raises(PromiseBroken):
        run_night(database, NIGHT)
    with database.read() as session:
        assert runs.latest_run(session) is None


def test_two_nights_at_once_are_refused(database):
    fill(database)
    with database.exclusive("nightly") as alone:
        assert alone
        url = database.url.render_as_string(hide_password=False)
        with closing(Database(url)) as other, pytest.raises(Conflict):
            run_night(other, NIGHT)
    run_night(database, NIGHT)


def test_a_person_who_registers_during_the_night_waits_for_the_next(database):
    fill(database)

    def register(done: int, total: int) -> None:
        with database.write() as session:
            session.add(seeker("厨师", id=1000 + done))

    run_id, _ = run_night(database, replace(NIGHT, progress=register))
    with database.read() as session:
        assert session.get_one(Run, run_id).report["people"] == 61


@pytest.fixture
def market(tmp_path):
    """The folder of a demo database on disk, its night not yet run."""
    command(tmp_path, "demo", "--people", "300", "--vacancies", "250", "--db", "market.db")
    with closing(Database(f"sqlite:///{tmp_path / 'market.db'}")) as database:
        for table in ("recommendations", "shortfalls", "departures", "loads", "runs"):
            change(database, f"DELETE FROM {table}")
    return tmp_path


def command(folder: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=folder,
        env=environment(folder),
        check=check,
        capture_output=True,
    )


def environment(folder: Path) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "ZHIPEI_DATABASE_URL": f"sqlite:///{folder / 'market.db'}", "PYTHONPATH": root}


def clone(folder: Path, name: str) -> Path:
    target = folder / name
    target.mkdir()
    for file in folder.glob("market.db*"):
        if file.is_file():
            shutil.copy(file, target)
    return target


def export(folder: Path) -> list[list[str]]:
    command(folder, "export", "recommendations", "--out", "lists.csv")
    command(folder, "export", "recommendations", "--shortfalls", "--out", "certificates.csv")
    tables = ((folder / name).read_text("utf-8-sig") for name in ("lists.csv", "certificates.csv"))
    return [row for table in tables for row in csv.reader(table.splitlines())]


# A process that runs the command in the folder that a line names: the first itself, so that all is loaded once, the
# others in children, whose ids it tells. Small transactions, so that a kill meets many rows and not all of them.
NIGHTS = """
import os, sys
from api.cli import main
from models import bulk

tell = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
bulk.ROWS_A_TRANSACTION = 50
sys.argv[1:] = ["nightly", "--workers", "1"]
for number, folder in enumerate(map(str.strip, sys.stdin)):
    child = number and os.fork()
    if not child:
        os.chdir(folder)
        os.environ["ZHIPEI_DATABASE_URL"] = f"sqlite:///{folder}/market.db"
        try:
            main()
        except SystemExit:
            pass
    if number and not child:
        os._exit(0)
    print(child, file=tell, flush=True)
    if child:
        os.waitpid(child, 0)
"""
SLOW = (
    "CREATE TRIGGER slow AFTER INSERT ON recommendations "
    "BEGIN SELECT count(*) FROM job_seekers a, job_seekers b WHERE a.id <= 100; END"
)


@pytest.mark.faults
def test_ten_killed_nights_are_invisible_and_the_next_gives_the_same_lists(market):
    mine, undisturbed = clone(market, "killed"), clone(market, "undisturbed")
    words = [sys.executable, "-c", NIGHTS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with closing(Database(f"sqlite:///{mine / 'market.db'}")) as database:
        change(database, SLOW)
        with subprocess.Popen(words, cwd=mine, env=environment(mine), **pipes) as nights:
            start(nights, undisturbed)
            found = [kill(start(nights, mine), database, rows=70 * number) for number in range(10)]
        change(database, "DROP TRIGGER slow")
        command(mine, "nightly", "--workers", "2")
        left = export(mine)
        assert left == export(undisturbed)
        with database.read() as session:
            assert not runs.unpublished(session)
        assert count(database, Run) == 1
        assert len({rows for rows in found if 0 < rows < len(left) - 50}) > 5, "killed in the middle of the rows"
        assert len(left) == 2 + count(database, Recommendation) + count(database, Shortfall), "no row is left over"
        assert count(database, JobSeeker) == 300


def start(nights: subprocess.Popen, folder: Path) -> int:
    """Have a night begun, and say which process does it."""
    nights.stdin.write(f"{folder}\n")
    nights.stdin.flush()
    return int(nights.stdout.readline())


def kill(night: int, database: Database, rows: int) -> int:
    """Kill a night once so many of its rows are there, and say how many there are then. Nobody sees any of them."""
    before = count(database, Recommendation)
    while before and count(database, Recommendation) >= before:
        time.sleep(0.005)  # the rows of the night before, which this one removes
    while not (count(database, Run) and count(database, Recommendation) >= rows):
        assert not published(database), "the night came to its end"
        time.sleep(0.005)
    os.kill(night, signal.SIGKILL)
    time.sleep(0.05)
    assert not published(database)
    assert count(database, Run) == 1
    return count(database, Recommendation)


def published(database: Database) -> bool:
    with database.read() as session:
        return runs.latest_run(session) is not None
