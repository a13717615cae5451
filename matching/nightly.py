"""The night: everyone gets an outcome, written under an unpublished run that one row publishes at the end."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import insert, update

from matching.certificate import Certificate
from matching.config import Config
from matching.index import Index, build_index
from matching.marks import to_bits
from matching.meaning import Meaning
from matching.ranking import MINIMUM
from matching.recommend import Outcome, recommend
from matching.seekers import Profile, profiles
from models import times
from models.base import AnyRow
from models.database import SEEKER_REVISIONS, VACANCY_REVISIONS, Database, watermark
from models.enums import RUNGS, RunState, SeekerState
from models.errors import Conflict, ZhipeiError
from models.queries import runs, seekers, vacancies
from models.recommendation import Recommendation, Run, Shortfall
from models.times import local_date

CHUNK = 2_000  # people a transaction: 6,000 rows, so that a push never waits long for the night
Entry = TypeVar("Entry")


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

    def each(self, name: str, entries: Iterator[Entry]) -> Iterator[Entry]:
        """The same entries; the time that making each of them took goes to a stage."""
        while True:
            with self.measure(name):
                entry = next(entries, None)
            if entry is None:
                return
            yield entry


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
    progress: Callable[[int, int], None] = lambda done, total: None


def run_night(database: Database, night: Night) -> tuple[int, Stages]:
    """The id of the published run. Conflict when another night is running; PromiseBroken when the sum fails.

    A killed night leaves an unpublished run, which this one removes; the lists are those of an undisturbed night.
    """
    stages = Stages()
    with database.exclusive("nightly") as alone:
        if not alone:
            raise Conflict("另一个夜间批次正在运行")
        with stages.measure("clean up"):
            _remove_unpublished(database)
        with stages.measure("read and index"):
            index, people, seeker_mark = _load(database, night)
        run_id = _begin(database, night, index, people, seeker_mark)
        _recommend(database, night, index, [row.id for row in people], run_id, stages)
        with stages.measure("prove and publish"):
            _publish(database, run_id, len(people), index.senses.identity, stages)
    return run_id, stages


def _remove_unpublished(database: Database) -> None:
    with database.write() as session:
        for run_id in runs.unpublished(session):
            runs.remove_run(session, run_id)


def _load(database: Database, night: Night) -> tuple[Index, Sequence[AnyRow], int]:
    """The market, the people of this night and their newest revision, all of one moment."""
    with database.read() as session:
        mark, seeker_mark = watermark(session, VACANCY_REVISIONS), watermark(session, SEEKER_REVISIONS)
        index = build_index(vacancies.open_vacancies(session, local_date(night.now)), mark, night.config, night.meaning)
        people = seekers.served_people(session)
    if night.snapshot:
        index.save(night.snapshot)
    return index, people, seeker_mark


def _begin(database: Database, night: Night, index: Index, people: Sequence[AnyRow], seeker_mark: int) -> int:
    states = Counter(row.state for row in people)
    run = Run(
        state=RunState.WRITING.value, date=local_date(night.now), k=night.k, seed=night.config.seed,
        config=night.config.identity, watermark=index.watermark, seeker_watermark=seeker_mark,
        vacancies=len(index),
        registered=states[SeekerState.REGISTERED], seeker_only=states[SeekerState.SEEKER_ONLY],
        started_at=night.now, published_at=None, report={},
    )  # fmt: skip
    with database.write() as session:
        session.add(run)
        session.flush()
        return run.id


def _recommend(database: Database, night: Night, index: Index, ids: Sequence[int], run_id: int, stages: Stages) -> None:
    done = 0
    batches = _batches(database, night, ids)
    for batch, found in stages.each("match", _matched(batches, index, night)):
        with stages.measure("write"), database.write() as session:
            items, certificates = _rows(run_id, batch, found, index)
            if items:
                session.execute(insert(Recommendation), items)
            if certificates:
                session.execute(insert(Shortfall), certificates)
        done += len(batch)
        night.progress(done, len(ids))


def _batches(database: Database, night: Night, ids: Sequence[int]) -> Iterator[list[Profile]]:
    """The people of the night as the engine sees them, a chunk at a time. Who left meanwhile is served still."""
    for start in range(0, len(ids), CHUNK):
        with database.read() as session:
            rows = seekers.people(session, ids[start : start + CHUNK])
        yield profiles(rows, local_date(night.now), night.home_city)


def _matched(
    batches: Iterator[list[Profile]], index: Index, night: Night
) -> Iterator[tuple[list[Profile], list[Outcome]]]:
    """Each batch with its outcomes, in order: here, or by forked workers that share the index."""
    if night.workers == 1:
        for batch in batches:
            yield batch, recommend(batch, index, night.config, night.now, night.k)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(night.workers, _adopt, (index, night.config, night.now, night.k)) as pool:
        yield from pool.imap(_work, batches)


_adopted: list[Any] = []  # in a worker: the index and the rest, handed over once at the fork


def _adopt(*shared: Any) -> None:
    _adopted[:] = shared


def _work(batch: list[Profile]) -> tuple[list[Profile], list[Outcome]]:
    index, config, now, k = _adopted
    return batch, recommend(batch, index, config, now, k)


def _rows(
    run_id: int, batch: Sequence[Profile], found: Sequence[Outcome], index: Index
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The table rows of outcomes: items of those who have three, certificates of the others."""
    items: list[dict[str, Any]] = []
    certificates: list[dict[str, Any]] = []
    for profile, outcome in zip(batch, found, strict=True):
        if outcome.certificate:
            document = certificate_document(outcome.certificate, index)
            certificates.append({"run_id": run_id, "seeker_id": profile.id, "certificate": document})
            continue
        items.extend(
            {
                "run_id": run_id, "seeker_id": profile.id, "rank": rank,
                "vacancy_id": int(index.facts.id[item.row]),
                "vacancy_revision": int(index.facts.revision[item.row]),
                "score": item.score, "rung": RUNGS.index(item.rung), "marks": to_bits(item.marks),
                "parts": bytes(item.parts),
            }
            for rank, item in enumerate(outcome.items, 1)
        )  # fmt: skip
    return items, certificates


def certificate_document(certificate: Certificate, index: Index) -> dict[str, Any]:
    """A certificate as it is stored: vacancy ids found, counts by constraint, the change or null."""
    change = certificate.change
    return {
        "found": [int(index.facts.id[row]) for row in certificate.found],
        "held_back": {constraint.value: count for constraint, count in certificate.held_back.items()},
        "change": change and {"constraint": change.constraint.value, "value": change.value, "opens": change.opens},
    }


def _publish(database: Database, run_id: int, people: int, senses: str, stages: Stages) -> None:
    """Prove the sum over what is stored, then publish: one update of one row."""
    with database.write() as session:
        sums = runs.outcomes(session, run_id)
        if not sums.adds_up(people):
            raise PromiseBroken(f"应有 {people} 个结果，实有 {sums}")
        report = {
            "people": people, "senses": senses, "with_three": sums.with_three, "shortfalls": sums.shortfalls,
            "seconds": stages.seconds, "peak_mb": stages.peak_mb,
        }  # fmt: skip
        published = {"state": RunState.PUBLISHED.value, "published_at": times.now(), "report": report}
        session.execute(update(Run).where(Run.id == run_id).values(published))
