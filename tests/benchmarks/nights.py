"""What does a night cost on SQLite and on PostgreSQL, and the next one after one change in a hundred?

A sample market is taken in as partners send it, or a database that is at hand is copied. Every night is the command
`zhipei nightly` in a process of its own, without keys: the figures by sex and age, which decrypt, are left out.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import postgres
import psycopg
import pytest
from clock import NotMeasured, alone, peak, together
from psycopg.types.json import Json
from served import ROOT, environment
from sqlalchemy import JSON, func, select, update

from api.fitting import fit_meaning
from api.imports import Noun, import_rows
from api.market import seekers, vacancies
from api.settings import Settings
from ingest.files import Row
from models.base import Base
from models.database import VACANCY_REVISIONS, take_revisions
from models.identity import Keyring
from models.queries.vacancies import is_open
from models.seeker import JobSeeker
from models.times import local_date, now
from models.vacancy import Vacancy

SEED, OTHER_SEED = 7, 11
CHANGED = 0.01  # of the vacancies and of the people
IDENTITY = ("name", "id_number", "phone", "sex", "birth_date")  # stays as it was
NO_POSTGRES = "no PostgreSQL here"
KEPT = ("meaning.npz", "readings.npz")  # what is learned before the night


@dataclass(frozen=True)
class Ground:
    """A database that nights happen on."""

    url: str
    folder: Path
    key: str
    people: int
    vacancies: int  # open ones
    intake: float | None = None  # seconds of wall clock; None: it was there before
    fit: float | None = None

    @property
    def settings(self) -> Settings:
        """The installation."""
        return Settings(
            _env_file=None, database_url=self.url, data_dir=self.folder, secret_keys=self.key, config=None,
            deliver_in_serve=False,
        )  # fmt: skip


@dataclass(frozen=True)
class Night:
    """A night: seconds by stage, of all stages, of the command; CPU seconds, and those of its lists; MB at the peak; its
    people.
    """

    stages: Mapping[str, float]
    wall: float
    command: float
    cpu: float
    lists: float
    peak: float
    people: int
    vacancies: int
    with_three: int
    shortfalls: int

    @property
    def adds_up(self) -> bool:
        """Whether everyone has one outcome."""
        return self.people == self.with_three + self.shortfalls


@dataclass(frozen=True)
class Nights:
    """The first night of a database and the one after a change."""

    first: Night
    second: Night
    changed: str


def prepared(people: int, openings: int, folder: Path) -> Ground:
    """The sample market, taken in."""
    ground = Ground(f"sqlite:///{folder / 'night.db'}", folder / "night.data", Keyring.new_key(), people, openings)
    settings, today = ground.settings, local_date(now())
    settings.database.migrate()
    start = time.perf_counter()
    _take(settings, "vacancies", vacancies(openings, SEED, today), "bench")
    _take(settings, "seekers", seekers(people, SEED, today), "bench")
    taken = time.perf_counter()
    fit_meaning(settings)
    return replace(_counted(ground), intake=taken - start, fit=time.perf_counter() - taken)


def borrowed(path: Path, folder: Path) -> Ground:
    """A copy of a database that is at hand, with what was learned of it."""
    ground = Ground(f"sqlite:///{folder / 'night.db'}", folder / "night.data", Keyring.new_key(), 0, 0)
    with sqlite3.connect(path) as source, sqlite3.connect(folder / "night.db") as target:
        source.backup(target)
    settings = ground.settings
    settings.database.migrate()
    for name in KEPT:
        known = path.with_suffix(".data") / name
        if known.is_file():
            shutil.copyfile(known, settings.folder / name)
    if not settings.meaning_file.is_file():
        fit_meaning(settings)
    return _counted(ground)


def _counted(ground: Ground) -> Ground:
    with ground.settings.database.read() as session:
        people = session.execute(select(func.count()).select_from(JobSeeker)).scalar_one()
        on = local_date(now())
        openings = session.execute(select(func.count()).select_from(Vacancy).where(is_open(on))).scalar_one()
    ground.settings.database.close()
    return replace(ground, people=people, vacancies=openings)


def _take(settings: Settings, noun: Noun, documents: Iterable[dict[str, Any]], source: str) -> Counter[str]:
    rows = (Row(number, document, None) for number, document in enumerate(documents, 1))
    return Counter(verdict.effect.value for verdict in import_rows(settings, rows, noun, source))


def copied(ground: Ground, name: str) -> Ground:
    """The same database once more, as it stands."""
    folder = ground.folder.parent
    with sqlite3.connect(folder / "night.db") as source, sqlite3.connect(folder / f"{name}.db") as target:
        source.backup(target)
    shutil.copytree(ground.folder, folder / f"{name}.data")
    return replace(ground, url=f"sqlite:///{folder / name}.db", folder=folder / f"{name}.data")


def two_nights(ground: Ground, seconds: float) -> Nights:
    """A night, a change, a night."""
    first = _night(ground, seconds)
    changed = alone(seconds, change, ground)
    return Nights(first, _night(ground, seconds), changed)


def _night(ground: Ground, seconds: float) -> Night:
    """The command in a process of its own."""
    surroundings = {**environment(ground.settings), "ZHIPEI_SECRET_KEYS": ""}
    surroundings.pop("PYTHONDONTWRITEBYTECODE")  # the command as it is: compiled once
    start = time.perf_counter()
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "api.cli", "nightly", "--json"], cwd=ROOT, env=surroundings,
            stdout=told, stderr=complaints,
        )  # fmt: skip
        used, most = _waited(process, start + seconds)
        told.seek(0)
        if process.returncode:
            complaints.seek(0)
            raise NotMeasured(f"the night ended with {process.returncode}: {_last_line(complaints.read())}")
        report = json.loads(told.read())
    stages = dict(report["seconds"])
    return Night(
        stages, sum(stages.values()), time.perf_counter() - start, used.ru_utime + used.ru_stime,
        report["cpu_seconds"]["match"], most, report["registered"] + report["seeker_only"], report["vacancies"], report["with_three"], report["shortfalls"],
    )  # fmt: skip


def _last_line(text: bytes) -> str:
    return next((line.strip() for line in reversed(text.decode("utf-8", "replace").splitlines()) if line.strip()), "")


def _waited(process: subprocess.Popen[bytes], until: float) -> tuple[Any, float]:
    """What a process and those that it started used, and their MB at the peak; killed when the time is over."""
    most = 0.0
    while True:
        found, status, used = os.wait4(process.pid, os.WNOHANG)
        if found:
            process.returncode = os.waitstatus_to_exitcode(status)
            return used, most
        most = max(most, peak(process.pid), together(process.pid))
        if time.perf_counter() > until:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.02)


def change(ground: Ground) -> str:
    """One in a hundred: half as many vacancies filled, as many new ones; people who want something else."""
    settings, today, dice = ground.settings, local_date(now()), random.Random(SEED)
    half = max(1, int(ground.vacancies * CHANGED / 2))
    with settings.database.write() as session:
        ids = session.execute(select(Vacancy.id).where(is_open(today)).order_by(Vacancy.id)).scalars().all()
        first = take_revisions(session, VACANCY_REVISIONS, half)
        for revision, number in enumerate(dice.sample(ids, half), first):
            filled = {"openings_filled": Vacancy.openings, "revision": revision}
            session.execute(update(Vacancy).where(Vacancy.id == number).values(filled))
    new = _take(settings, "vacancies", vacancies(half, OTHER_SEED, today), "bench-new")
    with settings.database.read() as session:
        some = select(JobSeeker.source, JobSeeker.external_id).order_by(JobSeeker.id)
        known = session.execute(some.limit(max(1, int(ground.people * CHANGED)))).all()
    documents = (
        {name: value for name, value in document.items() if name not in IDENTITY} | {"external_id": row.external_id}
        for row, document in zip(known, seekers(len(known), OTHER_SEED, today), strict=True)
    )
    people = _take(settings, "seekers", documents, known[0].source)
    settings.database.close()
    return (
        f"{half:,} vacancies filled, {new['created']:,} new, {people['updated'] + people['created']:,} people "
        "with other wishes"
    )


def on_postgres(ground: Ground, seconds: float) -> Nights:
    """The same on PostgreSQL, started for it; the database is a copy, row by row, from before the first night."""
    try:
        with postgres.server(f"bench{os.getpid()}") as server:
            name = f"bench_{os.getpid()}"
            postgres.execute(server, f"CREATE DATABASE {name}")
            url = server.set(database=name).render_as_string(hide_password=False)
            moved = replace(ground, url=url)
            _move(ground.settings, moved.settings)
            return two_nights(moved, seconds)
    except pytest.skip.Exception as why:
        raise NotMeasured(f"{NO_POSTGRES}: {why}") from None


def _move(source: Settings, target: Settings) -> None:
    """Copy every table."""
    target.database.migrate()
    tables = Base.metadata.sorted_tables
    address = target.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with source.database.read() as session, psycopg.connect(address) as there:
        there.execute("DELETE FROM counters")  # all that a new database has
        for table in tables:
            names = ", ".join(column.name for column in table.columns)
            json_at = [isinstance(column.type, JSON) for column in table.columns]
            rows = session.execute(select(table).execution_options(yield_per=5_000))
            with there.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(list(_wired(row, json_at)))
            _resume(there, table)
        there.execute("ANALYZE")


def _wired(row: Iterable[Any], json_at: Iterable[bool]) -> Iterator[Any]:
    for value, is_json in zip(row, json_at, strict=True):
        yield Json(value) if is_json else value


def _resume(there: psycopg.Connection[Any], table: Any) -> None:
    """Let numbers of new rows go on from the old ones."""
    if "id" in table.columns:
        there.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
            f" WHERE pg_get_serial_sequence('{table.name}', 'id') IS NOT NULL AND EXISTS (SELECT FROM {table.name})"
        )
    there.commit()
