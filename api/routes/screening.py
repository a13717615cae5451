"""What waits for a reviewer, what is decided about it, and how may a sender object?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.bodies import RecordDocument
from api.decisions import APPEAL_EXAMPLE, DECISION_EXAMPLE, AppealWire, DecisionWire, read_body
from api.deps import Caller, Cursor, Limit, Name, ReadSession, Source, WriteSession
from api.openapi import errors, one
from api.responses import JsonAnswer
from api.security import REVIEWERS, Client
from api.shapes import RerunPage, ReviewPage, ScreeningAnswer
from ingest.screening_decisions import of_screening
from ingest.screening_personal import starred
from ingest.screening_review import Case, Word, appeal, decide
from models.base import AnyRow
from models.database import VACANCY_REVISIONS, hold
from models.districts import districts
from models.enums import Program, ReviewOutcome, Screening
from models.errors import NotFound
from models.queries.screening import Place, appeals_of, decisions_of, reruns, waiting
from models.screening import ScreeningAppeal, ScreeningDecision, ScreeningRerun
from models.times import local_date, now
from models.vacancy import Vacancy

router = APIRouter(prefix="/v1", tags=["审核"], default_response_class=JsonAnswer)

PAGE = 50
QueueCursor = Annotated[str | None, Query(pattern=r"^[01]\.[0-9]{1,17}\.[0-9]{1,15}$", description="上一页的 next")]
Document = dict[str, Any]


def visible_vacancy(session: Session, client: Client, source: str, external_id: str) -> Vacancy:
    """The vacancy of that name. NotFound for one that is not there and for one outside the client's scope alike."""
    query = select(Vacancy).where(Vacancy.source == source, Vacancy.external_id == external_id, client.vacancies())
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


@router.get("/screening/queue", summary="待审核的岗位", responses={200: {"model": ReviewPage}, **errors()})
def list_review_queue(
    client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: QueueCursor = None
) -> Response:
    """等待人工审核和申诉的岗位：重点企业、重大项目在前，等得久的在前。附原文、所指文字、法律条文、建议写法和以往结论。

    `wording` 标识所审内容，作决定时原样带回：内容在此期间改动的，决定不生效。职业指导员只见本区的和未注明区县的岗位。
    """
    found = waiting(session, client.vacancies(), local_date(now()), limit + 1, _place(cursor))
    shown = [row.Vacancy.id for row in found[:limit]]
    decisions, appeals = decisions_of(session, shown), appeals_of(session, shown)
    items = [_item(row, decisions.get(row.Vacancy.id, []), appeals.get(row.Vacancy.id, [])) for row in found[:limit]]
    return JsonAnswer({"items": items, "next": _cursor(found[limit - 1]) if len(found) > limit else None})


@router.post(
    "/screening/decisions",
    summary="对一个岗位作出审核决定",
    openapi_extra=one(DecisionWire, DECISION_EXAMPLE),
    responses={200: {"model": ScreeningAnswer}, **errors(400, 404, 409, 413, 415)},
)
def decide_screening(client: Caller, document: RecordDocument, session: WriteSession) -> Response:
    """通过、不得发布或要求修改，附理由；每个决定都保留。决定只对所审内容有效，内容改动后重新审核。

    规则判为不得发布的，须两名审核人员先后同意才能通过；推翻他人的“不得发布”和处理申诉，须由另一名审核人员决定。
    """
    wire = read_body(DecisionWire, document)
    vacancy = _held(session, client, wire.source, wire.external_id)
    word = Word(wire.reason, client.name, now())
    decide(session, vacancy, wire.outcome, bytes.fromhex(wire.wording), word)
    record(session, client.name, Action.SCREENING_DECIDED, [f"{wire.source}:{wire.external_id}"])
    return JsonAnswer(_document(session, vacancy, client))


@router.get("/screening/reruns", summary="规则更新后的重新审核", responses={200: {"model": RerunPage}, **errors()})
def list_screening_reruns(client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None) -> Response:
    """每次用新规则重新审核带来的变化，新的在前：按规则列出变为各种结论的岗位数，并举几个本人范围内的例子。"""
    found = reruns(session, limit + 1, cursor)
    visible = _visible(session, client, found[:limit])
    items = [_rerun(each, visible) for each in found[:limit]]
    return JsonAnswer({"items": items, "next": found[limit - 1].id if len(found) > limit else None})


@router.get(
    "/vacancies/{source}/{external_id}/screening",
    summary="一个岗位的审核情况",
    responses={200: {"model": ScreeningAnswer}, **errors(404)},
)
def get_screening(source: Source, external_id: Name, client: Caller, session: ReadSession) -> Response:
    """当前结论、依据、规则版本、审核意见和申诉进展。来源系统只见自己的岗位，不见审核人员姓名。"""
    return JsonAnswer(_document(session, visible_vacancy(session, client, source, external_id), client))


@router.post(
    "/vacancies/{source}/{external_id}/appeals",
    summary="对审核结论提出申诉",
    status_code=201,
    openapi_extra=one(AppealWire, APPEAL_EXAMPLE),
    responses={201: {"model": ScreeningAnswer}, **errors(400, 404, 409, 413, 415)},
)
def appeal_screening(
    source: Source, external_id: Name, client: Caller, document: RecordDocument, session: WriteSession
) -> Response:
    """针对“不得发布”或审核人员的结论，写明理由；由未作过决定的另一名审核人员处理。同一内容申诉一次。"""
    wire = read_body(AppealWire, document)
    vacancy = _held(session, client, source, external_id)
    appeal(session, vacancy, Word(wire.reason, client.name, now()))
    record(session, client.name, Action.SCREENING_APPEALED, [f"{source}:{external_id}"])
    return JsonAnswer(_document(session, vacancy, client), 201)


def _rerun(found: ScreeningRerun, visible: Collection[str]) -> Document:
    """A pass as it is told; of the examples those that the client may see."""
    lines = {
        rule: {**line, "examples": [name for name in line["examples"] if name in visible]}
        for rule, line in sorted(found.difference["rules"].items())
    }
    return {
        "id": found.id, "rules_version": found.rules, "started_at": found.started_at.isoformat(),
        "finished_at": _moment(found.finished_at), **found.difference, "rules": lines,
    }  # fmt: skip


def _visible(session: Session, client: Client, found: Sequence[ScreeningRerun]) -> Collection[str]:
    """The names in the examples whose vacancies are open to the client."""
    lines = (line for each in found for line in each.difference["rules"].values())
    told = {name for line in lines for name in line["examples"]}
    pairs = {(name[:at], name[at + 1 :]) for name in told for at, letter in enumerate(name) if letter == ":"}
    names = tuple_(Vacancy.source, Vacancy.external_id)
    query = select(Vacancy.source, Vacancy.external_id).where(names.in_(list(pairs)), client.vacancies())
    return {f"{row.source}:{row.external_id}" for row in session.execute(query)} if pairs else ()


def _held(session: Session, client: Client, source: str, external_id: str) -> Vacancy:
    """The vacancy, which nobody else changes before this transaction ends."""
    hold(session, VACANCY_REVISIONS)
    return visible_vacancy(session, client, source, external_id)


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    priority, since, number = map(int, cursor.split("."))
    return Place(
        priority, datetime.fromtimestamp(since // 1_000_000, UTC).replace(microsecond=since % 1_000_000), number
    )


def _cursor(row: AnyRow) -> str:
    since = row.Vacancy.waiting_since
    return f"{row.priority}.{int(since.timestamp()) * 1_000_000 + since.microsecond}.{row.Vacancy.id}"


def _item(row: AnyRow, decisions: Sequence[ScreeningDecision], appeals: Sequence[ScreeningAppeal]) -> Document:
    """What a reviewer needs to decide: the words, what is wrong with them, and what was said of them before."""
    vacancy: Vacancy = row.Vacancy
    case = Case(vacancy, decisions, appeals)
    district = districts().get(vacancy.district or "")
    return {
        "source": vacancy.source,
        "external_id": vacancy.external_id,
        "wording": case.wording.hex(),
        "title": starred(vacancy.title),
        "employer": row.employer or "",
        "program": vacancy.program and {"code": vacancy.program, "label": Program(vacancy.program).label},
        "district": vacancy.district,
        "district_name": district.name if district else "",
        "waiting_since": _moment(vacancy.waiting_since),
        "verdict": vacancy.screening,
        "rules": vacancy.screening_rules,
        "findings": of_screening(vacancy.findings),
        "texts": _texts(vacancy),
        "approvals": {"needed": case.needed, "given": len(case.given)},
        "decisions": [_decision(case, decision, named=True) for decision in decisions],
        "appeals": [_appeal(case, each, decisions) for each in appeals],
    }


def _texts(vacancy: Vacancy) -> dict[str, str]:
    """The title, the description and what else was found something in; numbers starred, so that spans still fit."""
    said: Mapping[str, Any] = {
        **vacancy.stated, "title": vacancy.title, "description": vacancy.description, "skills": vacancy.skills,
        "preferences": vacancy.preferences, "address": vacancy.address,
    }  # fmt: skip
    fields = ("title", "description", *(found["field"] for found in of_screening(vacancy.findings)))
    return {field: starred(_text(said, field)) for field in dict.fromkeys(fields)}


def _text(said: Mapping[str, Any], field: str) -> str:
    name, _, place = field.rstrip("]").partition("[")
    value = said.get(name, "")
    if place:
        value = value[int(place)] if int(place) < len(value) else ""
    return value if isinstance(value, str) else ""


def _document(session: Session, vacancy: Vacancy, client: Client) -> Document:
    """How one vacancy stands, for its sender and for reviewers."""
    decisions = decisions_of(session, [vacancy.id]).get(vacancy.id, [])
    appeals = appeals_of(session, [vacancy.id]).get(vacancy.id, [])
    case = Case(vacancy, decisions, appeals)
    return {
        "source": vacancy.source,
        "external_id": vacancy.external_id,
        "wording": case.wording.hex(),
        "verdict": vacancy.screening,
        "label": Screening(vacancy.screening).label,
        "waiting": vacancy.waiting_since is not None,
        "rules": vacancy.screening_rules,
        "findings": of_screening(vacancy.findings),
        "approvals": {"needed": case.needed, "given": len(case.given)},
        "decisions": [_decision(case, each, named=client.role in REVIEWERS) for each in decisions],
        "appeals": [_appeal(case, each, decisions) for each in appeals],
        "revision": vacancy.revision,
    }


def _decision(case: Case, decision: ScreeningDecision, *, named: bool) -> Document:
    return {
        "outcome": decision.outcome,
        "label": ReviewOutcome(decision.outcome).label,
        "reason": decision.reason,
        "wording": decision.wording.hex(),
        "on_present_text": decision.wording == case.wording,
        "stands": decision.id == case.vacancy.decision_id,
        "effect": decision.effect,
        "rules": decision.rules,
        "decided_by": decision.decided_by if named else None,
        "decided_at": _moment(decision.decided_at),
    }


def _appeal(case: Case, found: ScreeningAppeal, decisions: Sequence[ScreeningDecision]) -> Document:
    """An objection and what became of it: `upheld` opened the vacancy; `lapsed`, since the text or verdict changed."""
    answer = next((each for each in decisions if each.appeal_id == found.id and each.effect), None)
    if answer:
        state = "upheld" if answer.outcome == ReviewOutcome.APPROVE else "rejected"
    else:
        state = "open" if case.appeal and case.appeal.id == found.id else "lapsed"
    return {
        "reason": found.reason,
        "wording": found.wording.hex(),
        "state": {"code": state, "label": STATES[state]},
        "appealed_at": _moment(found.appealed_at),
        "answer": answer.reason if answer else None,
        "answered_at": _moment(answer.decided_at) if answer else None,
    }


STATES = {"open": "处理中", "upheld": "申诉成立", "rejected": "维持原结论", "lapsed": "内容或结论已变，不再处理"}


def _moment(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
