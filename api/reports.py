"""What a night came to: coverage, concentration, rungs, shortfalls by cause, gaps between groups."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.evaluation import gini
from matching.ranking import MINIMUM
from models.ages import full_years
from models.enums import RUNGS, SERVED_STATES
from models.identity import Keyring, SeekerIdentity
from models.queries.ledger import ledger_sums
from models.recommendation import Load, Recommendation, Run, Shortfall
from models.seeker import JobSeeker, in_hardship, serving_class

AGE_BANDS = ((16, 24), (25, 34), (35, 44), (45, 54), (55, 120))
LEAST_SHOWN = 10  # a smaller group could point at persons


def night_report(session: Session, run: Run) -> dict[str, Any]:
    """The figures of a published night but for those by group (see `group_figures`)."""
    loads = _loads(session, run)
    return {
        "run": run.id,
        "date": run.date.isoformat(),
        "vacancies": run.vacancies,
        "registered": run.registered,
        "seeker_only": run.seeker_only,
        "with_three": run.report["with_three"],
        "shortfalls": run.report["shortfalls"],
        "coverage_at_3": round(float((loads > 0).mean()), 4) if len(loads) else 0.0,
        "gini_at_3": round(gini(loads), 4),
        "maximum_load": int(loads.max(initial=0)),
        "rungs": _rungs(session, run.id),
        "shortfalls_by_cause": _causes(session, run.id),
        "unmatched": ledger_sums(session, run.id),
        "seconds": run.report["seconds"],
        "cpu_seconds": run.report.get("cpu_seconds", {}),  # nights of earlier versions have none
        "peak_mb": run.report["peak_mb"],
    }


def _loads(session: Session, run: Run) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How often each open vacancy stands among somebody's first three; zero for those that never do."""
    used = session.execute(select(Load.people).where(Load.run_id == run.id)).scalars().all()
    return np.array([*used, *[0] * (run.vacancies - len(used))], np.int64)


def _rungs(session: Session, run_id: int) -> dict[str, int]:
    query = (
        select(Recommendation.rung, func.count())
        .where(Recommendation.run_id == run_id)
        .group_by(Recommendation.rung)
        .order_by(Recommendation.rung)
    )
    return {RUNGS[rung].value: count for rung, count in session.execute(query)}


def _causes(session: Session, run_id: int) -> dict[str, int]:
    """Certificates by the constraint that alone holds back most; NONE where no single one holds back any."""
    causes: Counter[str] = Counter()
    for certificate in session.execute(select(Shortfall.certificate).where(Shortfall.run_id == run_id)).scalars():
        held = certificate["held_back"]
        cause = max(held, key=lambda name: (held[name], name), default="")
        causes[cause if cause and held[cause] else "NONE"] += 1
    return dict(causes.most_common())


def group_figures(session: Session, run: Run, keyring: Keyring | None) -> dict[str, dict[str, Any]]:
    """The share with three and the mean score of the first three, by group of people.

    By sex and age only where the keys are at hand: these are decrypted for everyone, some 20 µs a value.
    """
    scores = {
        seeker: float(score)
        for seeker, score in session.execute(
            select(Recommendation.seeker_id, func.avg(Recommendation.score))
            .where(Recommendation.run_id == run.id, Recommendation.rank <= MINIMUM)
            .group_by(Recommendation.seeker_id)
        )
    }
    members: dict[str, dict[str, list[int]]] = {}
    for seeker, kind, name in _memberships(session, run.date, keyring):
        members.setdefault(kind, {}).setdefault(name, []).append(seeker)
    return {
        kind: {name: _group(ids, scores) for name, ids in sorted(groups.items()) if len(ids) >= LEAST_SHOWN}
        for kind, groups in members.items()
    }


def _group(ids: Iterable[int], scores: Mapping[int, float]) -> dict[str, Any]:
    people = list(ids)
    served = [scores[seeker] for seeker in people if seeker in scores]
    return {
        "people": len(people),
        "with_three": round(len(served) / len(people), 4),
        "mean_score": round(sum(served) / len(served)) if served else None,
    }


def _memberships(session: Session, on: date, keyring: Keyring | None) -> Iterable[tuple[int, str, str]]:
    states = [state.value for state in SERVED_STATES]
    query = select(
        JobSeeker.id, JobSeeker.state, JobSeeker.labels, JobSeeker.unemployed_since,
        SeekerIdentity.sex, SeekerIdentity.birth_date,
    ).outerjoin(SeekerIdentity, SeekerIdentity.seeker_id == JobSeeker.id)  # fmt: skip
    for row in session.execute(query.where(JobSeeker.state.in_(states))).yield_per(5_000):
        yield row.id, "state", row.state
        yield row.id, "serving_class", serving_class(in_hardship(row.labels, on), row.unemployed_since, on).value
        if keyring and row.sex:
            yield row.id, "sex", keyring.decrypt(row.sex)
        if keyring and row.birth_date:
            years = full_years(date.fromisoformat(keyring.decrypt(row.birth_date)), on)
            band = next((band for band in AGE_BANDS if band[0] <= years <= band[1]), AGE_BANDS[-1])
            yield row.id, "age", f"{band[0]}-{band[1]}"


def flat(figures: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Nested figures as name-value lines: rungs.EXACT, groups.state.REGISTERED.people."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
