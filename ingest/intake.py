"""The road of intake, for one record or many: shape, meaning, occupation, storage, a verdict for every row.

All that needs no database comes before the transaction: writers of a table wait for each other, and on SQLite for all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from ingest.duplicates import regroup, shared_blocks
from ingest.files import Row
from ingest.identities import identity_digest, identity_problems, store_identities
from ingest.occupations import first_codes
from ingest.policy import Policy
from ingest.reading import Reading
from ingest.schemas import SeekerWire, VacancyWire, read_wire
from ingest.screening_decisions import Standing, standing_of, stored
from ingest.screening_rules import RuleBook
from ingest.seekers import SeekerReading, read_seeker
from ingest.upsert import Draft, Rules, content_hash, ids_of, stored_rows, upsert
from ingest.vacancies import vacancy_readings
from ingest.verdicts import Effect, Verdict, VerdictKind
from models.database import SEEKER_REVISIONS, VACANCY_REVISIONS, hold
from models.enums import Screening, VacancyStatus
from models.errors import Problem
from models.identity import Keyring
from models.queries.employers import EmployerName, employer_ids
from models.queries.screening import standing_decisions
from models.seeker import JobSeeker
from models.times import local_date
from models.vacancy import Vacancy

WireT = TypeVar("WireT", bound=VacancyWire | SeekerWire)
ReadingT = TypeVar("ReadingT", bound=Reading)
Store = Callable[[Session], list[Verdict]]  # stores what was read, once, in a transaction; a verdict for each row


@dataclass(frozen=True, slots=True)
class Intake:
    """What a batch is taken in with. `keyring` may be missing while no record carries personal data.

    `rules` are those of screening where they are not the ones that ship.
    """

    source: str
    policy: Policy
    now: datetime
    home_city: str
    keyring: Keyring | None = None
    dry_run: bool = False
    rules: RuleBook | None = None


@dataclass(slots=True)
class Taken(Generic[WireT, ReadingT]):
    """A record that was accepted, with the verdict that its effect still belongs to."""

    verdict: Verdict
    wire: WireT
    reading: ReadingT

    def draft(self, content: bytes) -> Draft:
        """What is to be stored of it."""
        return Draft(self.wire.external_id, content, self.reading.values.get("updated_at"), self.reading.values)


def read_vacancies(rows: Iterable[Row], intake: Intake) -> Store:
    """Read rows, which takes no database, as far as can be told: what comes back stores the good ones."""
    verdicts, taken = _read(
        rows,
        VacancyWire,
        lambda wires: vacancy_readings(wires, intake.source, intake.policy, intake.now, intake.home_city, intake.rules),
    )
    codes = first_codes([(each.wire.occupation, each.wire.title) for each in taken])
    for each, code in zip(taken, codes, strict=True):
        each.reading.values["occupation"] = code
    drafts = [each.draft(content_hash(each.reading.document)) for each in taken]
    return partial(_store_vacancies, verdicts=verdicts, taken=taken, drafts=drafts, intake=intake)


def read_seekers(rows: Iterable[Row], intake: Intake) -> Store:
    """The same for people; their identities are stored encrypted, one person one file."""
    verdicts, read = _read(
        rows, SeekerWire, lambda wires: [read_seeker(wire, intake.now, intake.home_city) for wire in wires]
    )
    code_intentions([each.reading for each in read])
    drafts = []
    for each in read:
        # Personal data enters the hash only under the key: a plain digest of an ID number could be guessed.
        stated = each.wire.model_dump(mode="json", exclude=PERSONAL)
        digest = identity_digest(each.reading, intake.keyring)
        drafts.append(each.draft(content_hash({**stated, "identity": digest})))
    return partial(_store_seekers, verdicts=verdicts, read=read, drafts=drafts, intake=intake)


def _store_vacancies(
    session: Session,
    verdicts: list[Verdict],
    taken: Sequence[Taken[VacancyWire, Reading]],
    drafts: Sequence[Draft],
    intake: Intake,
) -> list[Verdict]:
    named = [_employer(each.wire) for each in taken]
    employers: dict[EmployerName, int] = {}
    if not intake.dry_run:
        hold(session, VACANCY_REVISIONS)
        employers = employer_ids(session, named)
    for each, employer in zip(taken, named, strict=True):
        each.reading.values["employer_id"] = employers.get(employer)
    known = stored_rows(session, VACANCY_RULES, intake.source, drafts)
    _heed_decisions(session, intake.source, known, taken)
    effects = upsert(session, VACANCY_RULES, intake.source, drafts, known, intake.dry_run)
    for each, effect in zip(taken, effects, strict=True):
        each.verdict.effect = effect
    if not intake.dry_run:
        _regroup(session, intake.source, drafts, effects)
    return verdicts


def _regroup(session: Session, source: str, drafts: Sequence[Draft], effects: Sequence[Effect]) -> None:
    """Settle the clusters of what changed, and of what is new where it is not alone."""
    new = [draft for draft, effect in zip(drafts, effects, strict=True) if effect is Effect.CREATED]
    shared = shared_blocks(session, {draft.values["block"] for draft in new}) if new else frozenset()
    concerned = {draft.external_id for draft in new if draft.values["block"] in shared}
    concerned |= {draft.external_id for draft, effect in zip(drafts, effects, strict=True) if effect is Effect.UPDATED}
    if concerned:
        regroup(session, set(ids_of(session, VACANCY_RULES, source, concerned).values()))


def _store_seekers(
    session: Session,
    verdicts: list[Verdict],
    read: Sequence[Taken[SeekerWire, SeekerReading]],
    drafts: Sequence[Draft],
    intake: Intake,
) -> list[Verdict]:
    people = [(each.wire.external_id, each.reading) for each in read]
    if not intake.dry_run:
        hold(session, SEEKER_REVISIONS)
    refused = identity_problems(session, intake.source, people, intake.keyring)
    for place, problem in refused.items():
        read[place].verdict.verdict, read[place].verdict.problems = VerdictKind.INVALID, [problem]
    taken = [place for place in range(len(read)) if place not in refused]
    sound = [drafts[place] for place in taken]
    known = stored_rows(session, SEEKER_RULES, intake.source, sound)
    effects = upsert(session, SEEKER_RULES, intake.source, sound, known, intake.dry_run)
    changed: dict[str, SeekerReading] = {}
    for each, effect in zip((read[place] for place in taken), effects, strict=True):
        each.verdict.effect = effect
        if effect in CHANGES:
            changed[each.wire.external_id] = each.reading
    if changed and intake.keyring and not intake.dry_run:
        ids = ids_of(session, SEEKER_RULES, intake.source, changed)
        store_identities(session, {ids[name]: reading for name, reading in changed.items()}, intake.keyring)
    return verdicts


def _read(
    rows: Iterable[Row], model: type[WireT], meaning: Callable[[Sequence[WireT]], Sequence[ReadingT]]
) -> tuple[list[Verdict], list[Taken[WireT, ReadingT]]]:
    """A verdict for each row; and, of those accepted, what was read."""
    verdicts: list[Verdict] = []
    shaped: list[tuple[Verdict, WireT]] = []
    for row in rows:
        wire = [row.problem] if row.problem else read_wire(model, row.document)
        verdict = Verdict(row.number, _sent_name(row.document), VerdictKind.INVALID)
        verdicts.append(verdict)
        if isinstance(wire, list):
            verdict.problems = wire
        else:
            shaped.append((verdict, wire))
    taken: list[Taken[WireT, ReadingT]] = []
    for (verdict, wire), reading in zip(shaped, meaning([wire for _, wire in shaped]), strict=True):
        _judge(verdict, reading)
        if verdict.accepted:
            reading.values["findings"] = _kept(reading)
            taken.append(Taken(verdict, wire, reading))
    return verdicts, taken


def _judge(verdict: Verdict, reading: Reading) -> None:
    """Give the gravest verdict that applies, with what decided it, then what is missing; the rest is worth knowing."""
    found = reading.screened.findings if reading.screened else ()
    level = reading.screened.verdict if reading.screened else Screening.OK
    unlawful = [one.problem for one in found if level in SCREENED and one.level is level and not reading.invalid]
    others = [one.problem for one in found[len(unlawful) :]]
    if reading.decided:
        level, others = reading.decided.verdict, [one.problem for one in found]
        unlawful = [_opinion(reading.decided)] if level in SCREENED else []
    verdict.problems = reading.invalid or [*unlawful, *reading.missing]
    verdict.findings = [*reading.findings, *others]
    if not reading.invalid:
        otherwise = VerdictKind.NEEDS_COMPLETION if reading.missing else VerdictKind.OK
        verdict.verdict = SCREENED.get(level, otherwise)


def _opinion(decided: Standing) -> Problem:
    """What a reviewer wants the sender to know."""
    fix = "请按审核意见修改后重新推送；有异议的可以申诉"
    return Problem("screening", f"decided_{decided.outcome.value}", f"审核意见：{decided.reason}", fix)


def _heed_decisions(
    session: Session, source: str, known: Mapping[str, Mapping[str, Any]], taken: Sequence[Taken[VacancyWire, Reading]]
) -> None:
    """What people decided about a text stands when it comes again. On another text it is over, and that is told."""
    decided = {name for name, row in known.items() if row["decision_id"] is not None}
    words = standing_decisions(session, source, decided) if decided else {}
    for each in taken if words else ():
        standing, values = standing_of(words.get(each.wire.external_id)), each.reading.values
        if standing is None:
            continue
        if standing.holds(values["wording"], values["findings"]):
            each.reading.decided = standing
            values |= {"screening": standing.verdict.value, "decision_id": standing.id, "waiting_since": None}
        else:
            each.reading.notes("screening", "decision_lapsed", "内容或规则有变化，原审核结论不再适用，已重新审核")
        _judge(each.verdict, each.reading)
        values["findings"] = _kept(each.reading)


def _kept(reading: Reading) -> list[dict[str, Any]]:
    """What is stored of all that was noted: of screening all of it, as a reviewer needs it."""
    noted = [{"field": found.field, "rule": found.rule} for found in (*reading.missing, *reading.findings)]
    return [*noted, *(stored(found) for found in reading.screened.findings)] if reading.screened else noted


def _sent_name(document: Any) -> str:
    """The external_id as it was sent, for the answer; empty where there is none worth repeating."""
    name = document.get("external_id") if isinstance(document, dict) else None
    return name if isinstance(name, str) and len(name) <= 64 and name.isprintable() else ""


def _employer(wire: VacancyWire) -> EmployerName:
    return EmployerName(wire.employer.name, wire.employer.uscc.upper()) if wire.employer else EmployerName("", "")


def code_intentions(readings: Iterable[Reading]) -> None:
    """Give every intention its occupation code, where its words name one."""
    intentions = [intention for reading in readings for intention in reading.values["intentions"]]
    codes = first_codes([(intention["occupation"] or "", intention["text"] or "") for intention in intentions])
    for intention, code in zip(intentions, codes, strict=True):
        intention["occupation"] = code


def _merge_vacancy(stored: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """An update keeps the day of first intake, the priority window that began with it, its place in the queue of
    reviewers, and for now its cluster."""
    kept = {**values, "release_at": stored["release_at"], "cluster": stored["cluster"]}
    as_before = (values["wording"], values["screening"]) == (stored["wording"], stored["screening"])
    if stored["waiting_since"] and (as_before or values["waiting_since"]):
        kept["waiting_since"] = stored["waiting_since"]
    if "valid_from" not in values["stated"]:
        kept["valid_from"] = stored["valid_from"]
    return kept


def _confirm_vacancy(stored: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """An unchanged push confirms the row once a day, and opens again what its source had withdrawn."""
    if stored["status"] == VacancyStatus.WITHDRAWN:
        return _merge_vacancy(stored, values)
    newer = values["updated_at"] and values["updated_at"] != stored["updated_at"]
    if local_date(stored["confirmed_at"]) == local_date(values["confirmed_at"]) and not newer:
        return {}
    renewed = {
        "confirmed_at": values["confirmed_at"],
        "updated_at": values["updated_at"] or stored["updated_at"],
    }
    until: dict[str, date] = {} if "valid_to" in values["stated"] else {"valid_to": values["valid_to"]}
    return {**renewed, **until}


SCREENED = {Screening.BLOCKED: VerdictKind.BLOCKED, Screening.REVIEW: VerdictKind.IN_REVIEW}
CHANGES = frozenset({Effect.CREATED, Effect.UPDATED})
PERSONAL = {"name", "id_number", "phone", "sex", "birth_date", "original_kind"}
VACANCY_RULES = Rules(
    Vacancy,
    VACANCY_REVISIONS,
    (
        "status", "updated_at", "confirmed_at", "release_at", "valid_from", "cluster", "wording", "screening",
        "waiting_since", "decision_id",
    ),
    _merge_vacancy,
    _confirm_vacancy,
)  # fmt: skip
SEEKER_RULES = Rules(
    JobSeeker,
    SEEKER_REVISIONS,
    (),
    lambda stored, values: values,
    lambda stored, values: {},
)
