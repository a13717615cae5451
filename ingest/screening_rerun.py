"""What do the rules of today make of the vacancies that were screened by those of before?

One pass over all live vacancies in short transactions. What changes gets a fresh revision, so that every index and
the next night see it; what people decided goes on standing (`screening_decisions`). A pass that was cut off goes on
where it stood.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from ingest.screening import Screened, digest_of, screen_all, stored_wording
from ingest.screening_decisions import Change, Standing, change, gravest, of_screening, standing_of, stored
from ingest.screening_rules import RuleBook
from models.base import AnyRow
from models.database import VACANCY_REVISIONS, Database, hold, take_revisions
from models.enums import Screening, VacancyStatus
from models.errors import Conflict
from models.queries.screening import live_vacancies, standing_by_id, unfinished_rerun
from models.screening import ScreeningRerun
from models.times import local_date
from models.vacancy import Vacancy

CHUNK = 500  # vacancies a transaction: no push waits longer than one takes
EXAMPLES = 5  # vacancies that a rule's line names
UNCHANGED = "same"  # the verdict stays, only what is found differs

Difference = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a pass is made with. `progress` is told how many vacancies are done."""

    rules: RuleBook
    at: datetime
    dry_run: bool = False
    progress: Callable[[int], None] = lambda done: None


def rerun(database: Database, given: Rerun) -> Difference:
    """Screen every live vacancy by these rules, and tell what that changes, by rule.

    Conflict while another pass is under way.
    """
    with database.exclusive("rerun") as alone:
        if not alone:
            raise Conflict("另一次重新审核正在进行，请稍后再试")
        return _tried(database, given) if given.dry_run else _made(database, given)


def _tried(database: Database, given: Rerun) -> Difference:
    """The difference alone."""
    found, last = nothing(), 0
    with database.read() as session:
        while chunk := live_vacancies(session, local_date(given.at), last, CHUNK):
            session.expunge_all()  # what is tried on them is never written
            for _ in _screened(session, chunk, given, found):
                pass
            last = chunk[-1].id
            given.progress(found["vacancies"])
    return found


def _made(database: Database, given: Rerun) -> Difference:
    with database.write() as session:
        kept = unfinished_rerun(session, given.rules.identity)
        if kept is None:
            kept = ScreeningRerun(
                rules=given.rules.identity, started_at=given.at, finished_at=None, last_id=0, difference=nothing()
            )
            session.add(kept)
        session.flush()
        number = kept.id
    while (found := _chunk(database, number, given)) is not None:
        given.progress(found["vacancies"])
    with database.read() as session:
        return session.get_one(ScreeningRerun, number).difference


def _chunk(database: Database, number: int, given: Rerun) -> Difference | None:
    """Some vacancies in one transaction, with how far the pass has come; None when there are no more."""
    with database.write() as session:
        hold(session, VACANCY_REVISIONS)
        kept = session.get_one(ScreeningRerun, number)
        chunk = live_vacancies(session, local_date(given.at), kept.last_id, CHUNK)
        if not chunk:
            kept.finished_at = given.at
            return None
        found: Difference = {**kept.difference, "rules": {**kept.difference["rules"]}}
        _store(session, [vacancy for vacancy in _screened(session, chunk, given, found) if vacancy])
        _note_version(session, [vacancy.id for vacancy in chunk], given.rules.identity)
        kept.last_id, kept.difference = chunk[-1].id, found
        return found


def _store(session: Session, changed: list[Vacancy]) -> None:
    first = take_revisions(session, VACANCY_REVISIONS, len(changed)) if changed else 0
    for place, vacancy in enumerate(changed):
        vacancy.revision = first + place
    session.flush()


def _note_version(session: Session, ids: list[int], rules: str) -> None:
    """By which rules a verdict stands is kept where nothing else changes, too."""
    other = update(Vacancy).where(Vacancy.id.in_(ids), Vacancy.screening_rules != rules)
    session.execute(other.values(screening_rules=rules), execution_options={"synchronize_session": False})


def _screened(session: Session, chunk: Iterable[Vacancy], given: Rerun, found: Difference) -> Iterable[Vacancy | None]:
    """Each vacancy as it now stands, None where nothing of it changes; `found` is added to."""
    chunk = list(chunk)
    words = standing_by_id(session, [vacancy.id for vacancy in chunk if vacancy.decision_id])
    wordings = [stored_wording(vacancy) for vacancy in chunk]
    verdicts = screen_all(wordings, local_date(given.at), given.rules)
    for vacancy, wording, screened in zip(chunk, wordings, verdicts, strict=True):
        if vacancy.wording is None:
            vacancy.wording = digest_of(wording)
        yield _again(vacancy, screened, words.get(vacancy.id), given, found)


def _again(
    vacancy: Vacancy, screened: Screened, word: AnyRow | None, given: Rerun, found: Difference
) -> Vacancy | None:
    """The vacancy with its new verdict and findings, unless they are the old ones."""
    fresh = [stored(one) for one in screened.findings]
    standing = standing_of(word)
    holds = bool(standing and vacancy.wording and standing.holds(vacancy.wording, fresh))
    after = standing.verdict if standing and holds else screened.verdict
    before = Screening(vacancy.screening)
    changed = change(before, vacancy.findings, screened, after)
    _count(found, vacancy, changed, standing, holds)
    kept = [one for one in vacancy.findings if "category" not in one]
    if not changed and of_screening(vacancy.findings) == fresh and (holds or not standing):
        return None
    vacancy.findings, vacancy.screening = [*kept, *fresh], after.value
    vacancy.decision_id = standing.id if standing and holds else None
    vacancy.waiting_since = _waits(vacancy, before, after, given.at)
    return vacancy


def _waits(vacancy: Vacancy, before: Screening, after: Screening, at: datetime) -> datetime | None:
    """Since when the vacancy needs a person: undecided, or, whatever its verdict, appealed."""
    if after is Screening.OK:
        return None
    if after is Screening.REVIEW and vacancy.decision_id is None:
        return vacancy.waiting_since or (at if vacancy.status == VacancyStatus.OPEN else None)
    return vacancy.waiting_since if before is after else None


def nothing() -> Difference:
    """A difference of no vacancies."""
    return {
        "vacancies": 0, "changed": 0, "verdicts": {}, "rules": {}, "decisions": {"kept": 0, "lapsed": 0},
    }  # fmt: skip


def _count(found: Difference, vacancy: Vacancy, changed: Change | None, standing: Standing | None, holds: bool) -> None:
    found["vacancies"] += 1
    if standing:
        stays = "kept" if holds else "lapsed"
        found["decisions"] = {**found["decisions"], stays: found["decisions"][stays] + 1}
    if changed is None:
        return
    found["changed"] += 1
    if changed.before is not changed.after:
        step = f"{changed.before.value}>{changed.after.value}"
        found["verdicts"] = {**found["verdicts"], step: found["verdicts"].get(step, 0) + 1}
    became = changed.after.value if changed.before is not changed.after else UNCHANGED
    for rule in dict.fromkeys(":".join(name.split(":")[:2]) for name in _causes(changed)):
        found["rules"][rule] = _counted(found["rules"].get(rule, {}), became, f"{vacancy.source}:{vacancy.external_id}")


def _causes(changed: Change) -> tuple[str, ...]:
    """The findings by which a verdict became graver or milder; all that differ where it stays."""
    if changed.before is changed.after:
        return changed.added + changed.gone
    return changed.added if gravest([changed.before, changed.after]) is changed.after else changed.gone


def _counted(line: Mapping[str, Any], became: str, name: str) -> dict[str, Any]:
    examples = [*line.get("examples", ()), name][:EXAMPLES]
    return {**line, became: line.get(became, 0) + 1, "examples": examples}
