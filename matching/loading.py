"""What a night works on: the market, its people and what they had last night, read side by side."""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.archive import Archive, Basis
from matching.config import Config
from matching.index import Index, build_index
from matching.meaning import Meaning
from matching.ranking import MINIMUM
from matching.readings import Readings
from matching.serving import Before
from models.bulk import Arrays, named_rows
from models.coded import Coded
from models.database import SEEKER_REVISIONS, VACANCY_REVISIONS, Database, watermark
from models.enums import LEFT_BECAUSE, MARKS, LeftBecause, Mark
from models.queries import past, runs, seekers, vacancies
from models.queries.ledger import Demands, asked_for
from models.times import local_date

CANDIDATES = 100  # vacancies that the plan may choose from for each person
REMEMBERED = 3  # nights whose loads the plan remembers
MANY = 30_000  # people who are worth a process of their own: its start takes a second
FILLED, EXPIRED = (LEFT_BECAUSE.index(why) for why in (LeftBecause.FILLED, LeftBecause.EXPIRED))

Ints = NDArray[np.int64]
See = Callable[[dict[str, Sequence[Any]], date, str], Any]  # of people's columns, on a day, with the home city


@dataclass
class Stages:
    """What each stage of a night cost the process: seconds of wall clock and of all its threads, peak memory in MB."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add what happens inside to a stage."""
        start, used = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)
        self.cpu_seconds[name] = round(self.cpu_seconds.get(name, 0.0) + time.process_time() - used, 3)
        self.peak_mb[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@dataclass(frozen=True, slots=True)
class Night:
    """What a night is run with. `progress` is told how many people are done, of how many."""

    config: Config
    home_city: str
    now: datetime
    k: int = MINIMUM
    workers: int = 1
    snapshot: Path | None = None
    meaning: Meaning = field(default_factory=Meaning.none)  # as fitted before the night, never in it
    readings: Path | None = None  # file of what texts read as: who keeps one pays for what is new
    candidates: int = CANDIDATES
    progress: Callable[[int, int], None] = lambda done, total: None
    archive: Path | None = None  # folder in which nights are kept, so that any list can be replayed


@dataclass(frozen=True, slots=True)
class Everyone:
    """Whom a night serves, as they were at one moment."""

    id: Ints
    known: Any  # what the crew knows them by
    demands: Demands  # what they ask for, all together
    states: Counter[str]
    mark: int  # the newest revision


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a night works on."""

    index: Index
    people: Everyone
    before: Before
    gone: Mapping[str, Ints]  # items of last night whose vacancy is not open any more, and why
    kept: str | None  # the name under which the night can be replayed


def load(database: Database, night: Night, see: See, stages: Stages) -> Loaded:
    """All that is read: the market and last night, of one moment; beside it the people, of another.

    People come as `see` knows them, which is asked where they are read: of many, in another process.
    """
    with _beside(database, night) as beside:
        reading = beside.submit(read_everyone, database, see, local_date(night.now), night.home_city)
        with database.read() as session:
            with stages.measure("read and index"):
                index = _indexed(session, night)
            with stages.measure("read last night"):
                last = _LastNight.read(session)
            with stages.measure("save index"):
                kept = _kept(session, night, index)
        with stages.measure("read people"):
            people = reading.result()
    with stages.measure("read last night"):
        before, gone = last.placed(people.id, index)
    return Loaded(index, people, before, gone, kept)


@contextmanager
def _beside(database: Database, night: Night) -> Iterator[Executor]:
    """Who reads the people: a process where there are many and a core is free, else a thread.

    The process is a fresh one: what is copied from one with threads may hold a lock for ever.
    """
    with database.read() as session:
        many = seekers.at_most(session) >= MANY
    if many and night.workers > 1:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            yield process
    else:
        with ThreadPoolExecutor(1) as thread:
            yield thread


def read_everyone(database: Database, see: See, day: date, home_city: str) -> Everyone:
    """Everyone whom a night owes an outcome on a day."""
    with database.read() as session:
        mark, columns = watermark(session, SEEKER_REVISIONS), seekers.served_columns(session)
    ids, states, demands = np.array(columns["id"], np.int64), Counter(columns["state"]), asked_for(columns)
    return Everyone(ids, see(columns, day, home_city), demands, states, mark)


def _indexed(session: Session, night: Night) -> Index:
    """The index of what is open."""
    today, mark = local_date(night.now), watermark(session, VACANCY_REVISIONS)
    market = vacancies.open_rows(session, today)
    for name in ("skills", "certificates"):  # JSON, the same in many rows
        texts = Coded.of(market[name])
        market[name] = Coded(list(map(json.loads, texts.values)), texts.code)
    return build_index(named_rows(market), mark, night.config, night.meaning, Readings(night.readings, today))


def _kept(session: Session, night: Night, index: Index) -> str | None:
    """Save the index, and keep what else a replay needs; None where nothing is kept."""
    if night.archive:
        basis = Basis(night.config, night.home_city, night.candidates, night.meaning.identity)
        names = past.names(session, local_date(night.now))
        return Archive(night.archive).keep(local_date(night.now), basis, index, night.meaning, names, night.snapshot)
    if night.snapshot:
        index.save(night.snapshot)
    return None


@dataclass(frozen=True, slots=True)
class _LastNight:
    """What the night before left, as it is stored; nothing before the first."""

    items: Arrays
    loads: Arrays  # of some nights
    filled: Ints  # ids of vacancies

    @classmethod
    def read(cls, session: Session) -> _LastNight:
        """The newest published night."""
        last = runs.latest_run(session)
        items = runs.last_items(session, last.id if last else 0)  # no run has the number 0
        return cls(items, runs.recent_load(session, REMEMBERED), vacancies.filled(session)["id"])

    def placed(self, people: Ints, index: Index) -> tuple[Before, Arrays]:
        """The same by places in the night: what is still open, and what is gone, and why."""
        before, items = Before.nothing(len(people), index), self.items
        person, known = _places(items["seeker_id"], people)
        row, is_open = _places(items["vacancy_id"], index.facts.id)
        first = known & (items["rank"] <= MINIMUM)
        here = first & is_open
        before.row[person[here], items["rank"][here] - 1] = row[here]
        before.over[person[here], items["rank"][here] - 1] = items["marks"][here] >> MARKS.index(Mark.OVER_CAPACITY) & 1
        at, is_open = _places(self.loads["vacancy_id"], index.facts.id)
        before.recent[at[is_open]] = self.loads["people"][is_open] // REMEMBERED
        gone = {name: items[name][first & ~here] for name in ("seeker_id", "vacancy_id")}
        full = np.isin(gone["vacancy_id"], self.filled)
        return before, gone | {"reason": np.where(full, FILLED, EXPIRED)}


def _places(values: NDArray[np.int64], among: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each value stands among others, and whether it does."""
    order = np.argsort(among)
    at = order[np.minimum(np.searchsorted(among, values, sorter=order), max(len(among) - 1, 0))] if len(among) else (
        np.zeros(len(values), np.int64)
    )  # fmt: skip
    return at, among[at] == values if len(among) else np.zeros(len(values), bool)
