"""The night: everyone gets an outcome, written under an unpublished run that one row publishes at the end."""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import update
from sqlalchemy.orm import Session

from matching.certificate import Certificate
from matching.config import Config
from matching.index import Index, build_index
from matching.ladder import Ladder
from matching.meaning import Meaning
from matching.planner import CLASSES, Report
from matching.ranking import MINIMUM
from matching.readings import Readings
from matching.seekers import Profile, profiles
from matching.serving import Before, Served, serve
from models import times
from models.bulk import named_rows, write_columns
from models.database import SEEKER_REVISIONS, VACANCY_REVISIONS, Database, watermark
from models.enums import LEFT_BECAUSE, MARKS, RUNGS, LeftBecause, Mark, RunState, SeekerState
from models.errors import Conflict, ZhipeiError
from models.queries import runs, seekers, vacancies
from models.queries.ledger import refresh_ledger
from models.recommendation import Departure, Recommendation, Run, Shortfall
from models.times import local_date

CANDIDATES = 100  # vacancies that the plan may choose from for each person
KEEP_DAYS = 40  # a run, its lists and the index that they were made with
BY_CLASS = ("people", "short", "over")  # figures of a plan that are given by serving class
FILLED, EXPIRED = (LEFT_BECAUSE.index(why) for why in (LeftBecause.FILLED, LeftBecause.EXPIRED))
REMEMBERED = 3  # nights whose loads the plan remembers


class PromiseBroken(ZhipeiError):
    """The sum does not hold: somebody has no outcome, or two. The run stays unpublished."""

    title = "承诺未达成：不是每个人都恰有一个结果"
    exit_code = 3


@dataclass
class Stages:
    """What each stage of a night cost: seconds of wall clock, and the peak memory of the process in MB."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add what happens inside to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)
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


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a night works on: the market, the people, what they had last night; all of one moment."""

    index: Index
    people: Sequence[Profile]
    states: Counter[str]
    before: Before
    gone: Mapping[str, NDArray[np.int64]]  # items of last night whose vacancy is not open any more, and why
    seeker_mark: int


def run_night(database: Database, night: Night) -> tuple[int, Stages]:
    """The id of the published run. Conflict when another night is running; PromiseBroken when the sum fails.

    A killed night leaves an unpublished run, which this one removes; the lists are those of an undisturbed night.
    """
    stages = Stages()
    with database.exclusive("nightly") as alone:
        if not alone:
            raise Conflict("另一个夜间批次正在运行")
        with stages.measure("clean up"):
            runs.remove_unpublished(database)
            runs.expire_runs(database, local_date(night.now), KEEP_DAYS)
        loaded = _load(database, night, stages)
        run_id = _begin(database, night, loaded)
        with stages.measure("match"):
            ladder = Ladder(loaded.people, loaded.index, night.config, night.now)
            people = len(loaded.people)
            lists = ladder.climb(
                night.candidates, night.workers, progress=lambda looked_at: night.progress(looked_at, people)
            )  # fmt: skip
        with stages.measure("plan"):
            served = serve(ladder, lists, loaded.before, night.k, night.workers)
        with stages.measure("write"):
            _write(database, run_id, night, loaded, served)
        with stages.measure("prove and publish"):
            _publish(database, run_id, loaded, served, stages)
        with stages.measure("ledger"):
            refresh_ledger(database, run_id)
    return run_id, stages


def _load(database: Database, night: Night, stages: Stages) -> Loaded:
    """All that is read, in one transaction: the index, the people, last night."""
    today = local_date(night.now)
    with database.read() as session:
        mark, seeker_mark = watermark(session, VACANCY_REVISIONS), watermark(session, SEEKER_REVISIONS)
        with stages.measure("read and index"):
            market = vacancies.open_rows(session, today)
            for name in ("skills", "certificates"):
                market[name] = _parsed(market[name])
            readings = Readings(night.readings, today)
            index = build_index(named_rows(market), mark, night.config, night.meaning, readings)
        with stages.measure("read people"):
            columns = seekers.served_columns(session)
            people = profiles(named_rows(columns), today, night.home_city)
        with stages.measure("read last night"):
            before, gone = _last_night(session, people, index)
    if night.snapshot:
        with stages.measure("save index"):
            index.save(night.snapshot)
    return Loaded(index, people, Counter(columns["state"]), before, gone, seeker_mark)


def _parsed(texts: Sequence[str]) -> list[Any]:
    """What JSON texts hold; equal ones are read once."""
    known = {text: json.loads(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def _last_night(
    session: Session, people: Sequence[Profile], index: Index
) -> tuple[Before, Mapping[str, NDArray[np.int64]]]:  # fmt: skip
    before, last = Before.nothing(len(people), index), runs.latest_run(session)
    if last is None:
        return before, {name: np.zeros(0, np.int64) for name in ("seeker_id", "vacancy_id", "reason")}
    items = runs.last_items(session, last.id)
    person, known = _places(items["seeker_id"], np.array([profile.id for profile in people], np.int64))
    row, is_open = _places(items["vacancy_id"], index.facts.id)
    first = known & (items["rank"] <= MINIMUM)
    here = first & is_open
    before.row[person[here], items["rank"][here] - 1] = row[here]
    before.over[person[here], items["rank"][here] - 1] = items["marks"][here] >> MARKS.index(Mark.OVER_CAPACITY) & 1
    recent = runs.recent_load(session, REMEMBERED)
    at, is_open = _places(recent["vacancy_id"], index.facts.id)
    before.recent[at[is_open]] = recent["people"][is_open] // REMEMBERED
    gone = {name: items[name][first & ~here] for name in ("seeker_id", "vacancy_id")}
    full = np.isin(gone["vacancy_id"], vacancies.filled(session)["id"])
    return before, gone | {"reason": np.where(full, FILLED, EXPIRED)}


def _places(values: NDArray[np.int64], among: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each value stands among others, and whether it does."""
    order = np.argsort(among)
    at = order[np.minimum(np.searchsorted(among, values, sorter=order), max(len(among) - 1, 0))] if len(among) else (
        np.zeros(len(values), np.int64)
    )  # fmt: skip
    return at, among[at] == values if len(among) else np.zeros(len(values), bool)


def _begin(database: Database, night: Night, loaded: Loaded) -> int:
    run = Run(
        state=RunState.WRITING.value, date=local_date(night.now), k=night.k, seed=night.config.seed,
        config=night.config.identity, watermark=loaded.index.watermark, seeker_watermark=loaded.seeker_mark,
        vacancies=len(loaded.index),
        registered=loaded.states[SeekerState.REGISTERED], seeker_only=loaded.states[SeekerState.SEEKER_ONLY],
        started_at=night.now, published_at=None, report={},
    )  # fmt: skip
    with database.write() as session:
        session.add(run)
        session.flush()
        return run.id


def _write(database: Database, run_id: int, night: Night, loaded: Loaded, served: Served) -> None:
    """Everything under the unpublished run, in short transactions."""
    facts, ids = loaded.index.facts, np.array([profile.id for profile in loaded.people], np.int64)
    rungs = np.array([RUNGS.index(rung) for rung in night.config.ladder], np.int16)
    write_columns(database, Recommendation, {
        "run_id": np.full(len(served.row), run_id), "seeker_id": ids[served.person], "rank": served.rank,
        "vacancy_id": facts.id[served.row], "vacancy_revision": facts.revision[served.row],
        "score": served.score, "rung": rungs[served.level], "marks": served.marks, "parts": served.parts,
    })  # fmt: skip
    documents = [certificate_document(found, loaded.index) for found in served.certificates.values()]
    write_columns(database, Shortfall, {
        "run_id": [run_id] * len(documents), "seeker_id": [int(ids[person]) for person in served.certificates],
        "certificate": documents,
    })  # fmt: skip
    write_columns(database, Departure, _departures(run_id, ids, loaded, served))


def _departures(run_id: int, ids: NDArray[np.int64], loaded: Loaded, served: Served) -> dict[str, NDArray[np.int64]]:
    """Each item of last night that somebody has no more, and why."""
    person, place = np.nonzero(served.left >= 0)
    vacancies_left = loaded.index.facts.id[loaded.before.row[person, place]]
    reasons = served.left[person, place].astype(np.int64)
    still = {"seeker_id": ids[person], "vacancy_id": vacancies_left, "reason": reasons}
    found = {name: np.append(values, loaded.gone[name]) for name, values in still.items()}
    return {"run_id": np.full(len(found["reason"]), run_id), **found}


def certificate_document(certificate: Certificate, index: Index) -> dict[str, Any]:
    """A certificate as it is stored: vacancy ids found, counts by constraint, the change or null."""
    change = certificate.change
    return {
        "found": [int(index.facts.id[row]) for row in certificate.found],
        "held_back": {constraint.value: count for constraint, count in certificate.held_back.items()},
        "change": change and {"constraint": change.constraint.value, "value": change.value, "opens": change.opens},
    }


def _publish(database: Database, run_id: int, loaded: Loaded, served: Served, stages: Stages) -> None:
    """Prove the sum over what is stored, then publish: one update of one row."""
    people = len(loaded.people)
    with database.read() as session:
        found = runs.tally(session, run_id, np.array([profile.id for profile in loaded.people], np.int64))
    if not found.outcomes.adds_up(people):
        raise PromiseBroken(f"应有 {people} 个结果，实有 {found.outcomes}")
    runs.store_loads(database, run_id, found.loads)
    report = {
        "people": people, "senses": loaded.index.senses.identity, "with_three": found.outcomes.with_three,
        "shortfalls": found.outcomes.shortfalls, "plan": plan_document(served.report),
        "seconds": stages.seconds, "peak_mb": stages.peak_mb,
    }  # fmt: skip
    published = {"state": RunState.PUBLISHED.value, "published_at": times.now(), "report": report}
    with database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(published))


def plan_document(figures: Report) -> dict[str, Any]:
    """The figures of a plan as they are stored."""
    by_class = {name: dict(zip(map(str, CLASSES), getattr(figures, name), strict=True)) for name in BY_CLASS}
    return by_class | {
        "kept": figures.kept,
        "left": {why.value: count for why, count in figures.left.items()},
        "worth": figures.worth, "bound": figures.bound,
        "gini": round(figures.gini, 4), "coverage": round(figures.coverage, 4), "fullest": round(figures.fullest, 2),
    }  # fmt: skip
