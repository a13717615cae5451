"""How does demand come in, get read back and leave? One vacancy, or thousands in a batch."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.bodies import BatchRows, RecordDocument
from api.deps import Caller, DryRun, Name, QuerySource, ReadSession, Source, WriteSession, intake_of
from api.openapi import VACANCY_EXAMPLE, errors, many, one
from api.problems import Outdated
from api.records import batch_document, named, subjects, vacancy_record, verdict_document
from api.responses import JsonAnswer, is_tagged, tagged
from api.security import SENDERS, Client
from api.shapes import BatchAnswer, StoredAnswer, VacancyAnswer
from ingest.files import Row
from ingest.intake import take_vacancies
from ingest.schemas import VacancyWire
from ingest.verdicts import Effect
from models.database import VACANCY_REVISIONS, hold, take_revisions
from models.enums import VacancyStatus
from models.errors import NotFound, Refused
from models.queries.vacancies import find_vacancy, shown_vacancy
from models.vacancy import Vacancy

router = APIRouter(prefix="/v1", tags=["岗位"], default_response_class=JsonAnswer)

IfMatch = Annotated[str | None, Header(description="只在记录仍是此版本（ETag）时写入")]
IfNoneMatch = Annotated[str | None, Header(description="已有此版本（ETag）时答 304")]


@router.put(
    "/vacancies/{source}/{external_id}",
    summary="推送一个岗位",
    openapi_extra=one(VacancyWire, VACANCY_EXAMPLE),
    responses={200: {"model": StoredAnswer}, 201: {"model": StoredAnswer}, **errors(400, 404, 409, 412, 413, 415)},
)
def put_vacancy(
    request: Request, source: Source, external_id: Name, client: Caller, document: RecordDocument,
    session: WriteSession, if_match: IfMatch = None,
) -> Response:  # fmt: skip
    """新建或更新；内容不变时视为确认仍在招聘。缺工资、地点等时保存为待补充，不参与推荐。"""
    _own(client, source)
    _guard(session, source, external_id, if_match)
    verdict = take_vacancies(session, [Row(1, named(document, external_id))], intake_of(request, source))[0]
    if not verdict.accepted:
        raise Refused("岗位内容有误，未保存", verdict.problems)
    record(session, client.name, Action.VACANCY_WRITTEN, subjects(source, [verdict]))
    stored = _stored(session, source, external_id)
    answer = {**verdict_document(verdict), "source": source, "revision": stored.revision}
    return JsonAnswer(answer, 201 if verdict.effect is Effect.CREATED else 200, tagged(stored.revision))


@router.get(
    "/vacancies/{source}/{external_id}",
    summary="读取一个岗位",
    responses={200: {"model": VacancyAnswer}, 304: {"description": "未变"}, **errors(404)},
)
def get_vacancy(
    source: Source, external_id: Name, client: Caller, session: ReadSession, if_none_match: IfNoneMatch = None
) -> Response:
    """按推送时的写法返回，并附上系统的理解（understood）、状态和审核结果。联系方式只对来源系统和机构显示。"""
    _own(client, source)
    shown = shown_vacancy(session, source, external_id)
    if shown is None:
        raise NotFound
    headers = tagged(shown.Vacancy.revision)
    if if_none_match and is_tagged(if_none_match, shown.Vacancy.revision):
        return Response(status_code=304, headers=headers)
    return JsonAnswer(vacancy_record(shown, with_contact=client.role in SENDERS), headers=headers)


@router.delete(
    "/vacancies/{source}/{external_id}",
    summary="撤回一个岗位",
    status_code=204,
    response_class=Response,
    responses=errors(404, 409, 412),
)
def withdraw_vacancy(
    source: Source, external_id: Name, client: Caller, session: WriteSession, if_match: IfMatch = None
) -> Response:
    """撤回后不再推荐，记录保留；再次推送即恢复。重复撤回没有其他效果。"""
    _own(client, source)
    hold(session, VACANCY_REVISIONS)
    _guard(session, source, external_id, if_match)
    stored = _stored(session, source, external_id)
    if stored.status != VacancyStatus.WITHDRAWN:
        revision = take_revisions(session, VACANCY_REVISIONS, 1)
        withdrawn = {"status": VacancyStatus.WITHDRAWN.value, "revision": revision}
        session.execute(update(Vacancy).where(Vacancy.id == stored.id).values(withdrawn))
        record(session, client.name, Action.VACANCY_WITHDRAWN, [f"{source}:{external_id}"])
    return Response(status_code=204)


@router.post(
    "/vacancies:batch",
    summary="批量推送岗位",
    openapi_extra=many(VacancyWire, VACANCY_EXAMPLE),
    responses={200: {"model": BatchAnswer}, **errors(400, 404, 409, 413, 415)},
)
def push_vacancies(
    request: Request, client: Caller, rows: BatchRows, session: WriteSession,
    source: QuerySource = None, dry_run: DryRun = False,
) -> Response:  # fmt: skip
    """JSON 数组或 NDJSON，最多 5000 条。每行一个结论，有误的行不影响其他行。"""
    chosen = source or client.source
    if not chosen:
        raise Refused("缺少来源：请在地址中加上 ?source=")
    _own(client, chosen)
    verdicts = take_vacancies(session, rows, intake_of(request, chosen, dry_run))
    if not dry_run:
        record(session, client.name, Action.VACANCY_WRITTEN, subjects(chosen, verdicts))
    return JsonAnswer(batch_document(verdicts))


def _own(client: Client, source: str) -> None:
    """Another system's vacancies look as if there were none."""
    if not client.has(source):
        raise NotFound


def _stored(session: Session, source: str, external_id: str) -> Vacancy:
    stored = find_vacancy(session, source, external_id)
    if stored is None:
        raise NotFound
    return stored


def _guard(session: Session, source: str, external_id: str, if_match: str | None) -> None:
    """Outdated unless the stored revision is the one that was named. Nobody writes between this and the commit."""
    if if_match is None:
        return
    hold(session, VACANCY_REVISIONS)
    stored = find_vacancy(session, source, external_id)
    if stored is None or not is_tagged(if_match, stored.revision):
        raise Outdated("记录已被修改，请重新读取")
    session.expunge(stored)
