"""Which vacancies are one vacancy posted again, why, and what do people say about it?"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.bodies import RecordDocument
from api.decisions import PAIR_EXAMPLE, NameWire, PairWire, read_body
from api.deps import Caller, Name, ReadSession, Source, WriteSession
from api.openapi import errors, one
from api.responses import JsonAnswer
from api.routes.screening import visible_vacancy
from api.security import REVIEWERS, Client
from api.shapes import DuplicatesAnswer
from ingest.duplicates import decide, why_same
from models.duplicates import DuplicateDecision
from models.queries.duplicates import told_same, words_on
from models.queries.vacancies import cluster_of
from models.times import now
from models.vacancy import Vacancy

router = APIRouter(prefix="/v1", tags=["重复岗位"], default_response_class=JsonAnswer)

WHY = {
    "decided": "经人工认定为同一岗位",
    "equal_text": "单位、名称、地点相同，正文相同",
    "alike_text": "单位、名称、地点相同，正文相近",
    "no_text": "没有正文；单位、名称、地点和薪酬相同",
    "others": "与组内其他岗位重复",
}
Document = dict[str, Any]


@router.get(
    "/duplicates/{source}/{external_id}",
    summary="一个岗位的重复岗位",
    responses={200: {"model": DuplicatesAnswer}, **errors(404)},
)
def get_duplicates(source: Source, external_id: Name, client: Caller, session: ReadSession) -> Response:
    """与之重复的岗位、为什么、人工认定的记录。同组岗位在推荐中只占一个位置，人数合计。来源系统只见自己的，其余只计数。"""
    return JsonAnswer(_document(session, visible_vacancy(session, client, source, external_id), client))


@router.post(
    "/duplicates/decisions",
    summary="认定两个岗位是否重复",
    openapi_extra=one(PairWire, PAIR_EXAMPLE),
    responses={200: {"model": DuplicatesAnswer}, **errors(400, 404, 409, 413, 415)},
)
def decide_duplicates(client: Caller, document: RecordDocument, session: WriteSession) -> Response:
    """是同一岗位（same 为 true）或不是（false）。此后再推送也照此办理，直到有新的认定；每次认定都保留。"""
    wire = read_body(PairWire, document)
    first, second = (_named(session, client, name) for name in (wire.first, wire.second))
    decide(session, (first.id, second.id), not wire.same, client.name, now(), wire.same)
    names = [f"{name.source}:{name.external_id}" for name in (wire.first, wire.second)]
    record(session, client.name, Action.DUPLICATES_DECIDED, names)
    session.expire_all()
    return JsonAnswer(_document(session, first, client))


def _named(session: Session, client: Client, name: NameWire) -> Vacancy:
    return visible_vacancy(session, client, name.source, name.external_id)


def _document(session: Session, vacancy: Vacancy, client: Client) -> Document:
    cluster = [each for each in cluster_of(session, vacancy.id) if each.id != vacancy.id]
    seen = [each for each in cluster if client.has(each.source)]
    same = set(told_same(session))
    words = words_on(session, [vacancy.id])
    others = _by_id(session, {each for word in words for each in (word.first_id, word.second_id)})
    return {
        "source": vacancy.source,
        "external_id": vacancy.external_id,
        "title": vacancy.title,
        "openings": sum(each.openings for each in (vacancy, *cluster)),
        "duplicates": [_member(vacancy, each, frozenset((vacancy.id, each.id)) in same) for each in seen],
        "others": len(cluster) - len(seen),
        "decisions": [
            _word(vacancy, word, others, client) for word in words if client.has(_other(vacancy, word, others).source)
        ],
    }


def _member(vacancy: Vacancy, other: Vacancy, decided: bool) -> Document:
    code, percent = why_same(vacancy, other)
    code = "decided" if decided else code
    return {
        "source": other.source,
        "external_id": other.external_id,
        "title": other.title,
        "openings": other.openings,
        "status": other.status,
        "why": {"code": code, "label": WHY[code]},
        "likeness": percent,
    }


def _by_id(session: Session, ids: set[int]) -> dict[int, Vacancy]:
    found: Sequence[Vacancy] = session.execute(select(Vacancy).where(Vacancy.id.in_(ids))).scalars().all()
    return {each.id: each for each in found}


def _other(vacancy: Vacancy, word: DuplicateDecision, known: dict[int, Vacancy]) -> Vacancy:
    return known[word.second_id if word.first_id == vacancy.id else word.first_id]


def _word(vacancy: Vacancy, word: DuplicateDecision, known: dict[int, Vacancy], client: Client) -> Document:
    other = _other(vacancy, word, known)
    return {
        "source": other.source,
        "external_id": other.external_id,
        "same": word.same,
        "apart": word.apart,
        "decided_by": word.decided_by if client.role in REVIEWERS else None,
        "decided_at": word.decided_at.isoformat(),
    }
