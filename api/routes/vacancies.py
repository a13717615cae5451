"""How does demand come in, get read back, followed and leave? One vacancy, or thousands in a batch."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.batches import push
from api.bodies import BatchBody, RecordDocument
from api.deps import Caller, DryRun, Name, PlainNumber, QuerySource, ReadSession, Source, intake_of
from api.idempotency import IdempotencyKey, Outcome, attempt_of
from api.job_posting import LD_JSON, schema_org_document
from api.openapi import VACANCY_EXAMPLE, errors, many, one, told_as_lines
from api.problems import Outdated
from api.records import change_document, named, subjects, vacancy_record, verdict_document
from api.responses import JsonAnswer, is_tagged, tagged
from api.security import SENDERS, Client
from api.shapes import BatchAnswer, StoredAnswer, VacancyAnswer, VacancyChanges
from ingest.dates import read_moment
from ingest.files import Row
from ingest.intake import read_vacancies
from ingest.schemas import VacancyWire
from ingest.verdicts import Effect
from models.database import VACANCY_REVISIONS, hold, revision_at, take_revisions, watermark
from models.enums import VacancyStatus
from models.errors import FieldError, NotFound, Problem, Refused
from models.queries.vacancies import changed_vacancies, find_vacancy, public_vacancy, shown_vacancy
from models.times import now
from models.vacancy import Vacancy

router = APIRouter(prefix="/v1", tags=["岗位"], default_response_class=JsonAnswer)

IfMatch = Annotated[str | None, Header(description="只在记录仍是此版本（ETag）时写入，否则答 412")]
IfNoneMatch = Annotated[str | None, Header(description="已有此版本（ETag）时答 304")]
IfNew = Annotated[str | None, Header(alias="If-None-Match", description="`*`：只新建，已有此岗位时答 412")]
After = Annotated[int | None, PlainNumber, Query(ge=0, description="上一次答复的 next")]
ChangedSince = Annotated[
    str | None, Query(description="从何时起的变化", max_length=40, examples=["2026-11-24T08:00:00+08:00"])
]
PageSize = Annotated[int, PlainNumber, Query(ge=1, le=1_000, description="一页几条")]
PAGE = 200
SCHEMA_ORG = {"type": "object", "description": "schema.org JobPosting"}


@router.put(
    "/vacancies/{source}/{external_id}",
    summary="推送一个岗位",
    openapi_extra=one(VacancyWire, VACANCY_EXAMPLE),
    responses={200: {"model": StoredAnswer}, 201: {"model": StoredAnswer}, **errors(400, 404, 409, 412, 413, 415)},
)
def put_vacancy(
    request: Request, source: Source, external_id: Name, client: Caller, document: RecordDocument,
    key: IdempotencyKey, if_match: IfMatch = None, if_new: IfNew = None,
) -> Response:  # fmt: skip
    """新建或更新；内容不变时视为确认仍在招聘。缺工资、地点等时保存为待补充，不参与推荐。"""
    _own(client, source)
    store = read_vacancies([Row(1, named(document, external_id))], intake_of(request, source))

    def work(session: Session) -> Outcome:
        _guard(session, source, external_id, if_match, if_new)
        verdict = store(session)[0]
        if not verdict.accepted:
            raise Refused("岗位内容有误，未保存", verdict.problems)
        record(session, client.name, Action.VACANCY_WRITTEN, subjects(source, [verdict]))
        revision = _stored(session, source, external_id).revision
        told = {**verdict_document(verdict), "source": source, "revision": revision}
        return Outcome(201 if verdict.effect is Effect.CREATED else 200, told, revision)

    return attempt_of(request, client.name, key).once(work)


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


@router.get(
    "/vacancies/{source}/{external_id}/jobposting",
    summary="供搜索引擎和其他平台使用的岗位（schema.org JobPosting）",
    responses={200: {"content": {LD_JSON: {"schema": SCHEMA_ORG}}}, **errors(404)},
)
def get_public_vacancy(source: Source, external_id: Name, client: Caller, session: ReadSession) -> Response:
    """只含对所有人开放的岗位：招聘中、审核通过、在有效期内、优先推荐期已过，否则与不存在相同；不含联系方式。"""
    _own(client, source)
    shown = public_vacancy(session, source, external_id, now())
    if shown is None:
        raise NotFound
    return JsonAnswer(schema_org_document(shown), media_type=LD_JSON)


@router.get(
    "/vacancies",
    summary="变化的岗位",
    responses={200: {"model": VacancyChanges}, **errors(404)},
)
def list_vacancy_changes(
    client: Caller, session: ReadSession, cursor: After = None, changed_since: ChangedSince = None,
    source: QuerySource = None, limit: PageSize = PAGE,
) -> Response:  # fmt: skip
    """按变化的先后返回，每个岗位以最新内容出现一次；`gone` 为 true 的不再展示。`next` 作为下次的 `cursor`：不漏不重。

    不带 cursor 时从 `changed_since` 开始（可能多给其前几分钟的变化），都不带时从头开始。`more` 为 true 时请立即继续。
    到期不算变化，请按 understood.valid_to 停止展示。
    """
    chosen = source or client.source
    if chosen:
        _own(client, chosen)
    newest = watermark(session, VACANCY_REVISIONS)
    start = _start(session, cursor, changed_since)
    if start > newest:
        raise Refused(
            "没有这个游标", [Problem("cursor", "unknown_cursor", "游标不是本系统给出的", "请去掉 cursor 从头读取")]
        )
    found = changed_vacancies(session, start, limit + 1, chosen)
    more, rows = len(found) > limit, found[:limit]
    last = rows[-1].Vacancy.revision if rows else start
    items = [change_document(row, with_contact=client.role in SENDERS) for row in rows]
    # Whatever was committed before `newest` was read is among the rows: nothing of it is left to come.
    return JsonAnswer({"items": items, "next": last if more else max(last, newest), "more": more})


@router.delete(
    "/vacancies/{source}/{external_id}",
    summary="撤回一个岗位",
    status_code=204,
    response_class=Response,
    responses=errors(404, 409, 412),
)
def withdraw_vacancy(
    request: Request, source: Source, external_id: Name, client: Caller, key: IdempotencyKey, if_match: IfMatch = None
) -> Response:
    """撤回后不再推荐，记录保留；再次推送即恢复。重复撤回没有其他效果。"""
    _own(client, source)

    def work(session: Session) -> Outcome:
        hold(session, VACANCY_REVISIONS)
        _guard(session, source, external_id, if_match)
        stored = _stored(session, source, external_id)
        if stored.status != VacancyStatus.WITHDRAWN:
            revision = take_revisions(session, VACANCY_REVISIONS, 1)
            withdrawn = {"status": VacancyStatus.WITHDRAWN.value, "revision": revision}
            session.execute(update(Vacancy).where(Vacancy.id == stored.id).values(withdrawn))
            record(session, client.name, Action.VACANCY_WITHDRAWN, [f"{source}:{external_id}"])
        return Outcome(204)

    return attempt_of(request, client.name, key).once(work)


@router.post(
    "/vacancies:batch",
    summary="批量推送岗位",
    openapi_extra=many(VacancyWire, VACANCY_EXAMPLE),
    responses={200: {"model": BatchAnswer, **told_as_lines()}, **errors(400, 404, 409, 413, 415)},
)
def push_vacancies(
    request: Request, client: Caller, batch: BatchBody, key: IdempotencyKey,
    source: QuerySource = None, dry_run: DryRun = False,
) -> Response:  # fmt: skip
    """JSON 数组（最多 1 万条）或 NDJSON（最多 5 万行）；每行一个结论，有误的行不影响其他行，结论的格式与所发相同。

    全部收到后才开始保存，每 500 行一次提交。中途出错（503）时已提交的保留，请原样重发；带 Idempotency-Key
    时，重发得到的结论与未中断时相同。
    """
    chosen = source or client.source
    if not chosen:
        raise Refused("缺少来源：请在地址中加上 ?source=")
    _own(client, chosen)
    return push(request, "vacancies", chosen, client, batch, key, dry_run)


def _own(client: Client, source: str) -> None:
    """Another system's vacancies look as if there were none."""
    if not client.has(source):
        raise NotFound


def _stored(session: Session, source: str, external_id: str) -> Vacancy:
    stored = find_vacancy(session, source, external_id)
    if stored is None:
        raise NotFound
    return stored


def _start(session: Session, cursor: int | None, changed_since: str | None) -> int:
    """The revision after which to read. Refused when the instant cannot be read."""
    if cursor is not None or changed_since is None:
        return cursor or 0
    try:
        # A plus sign that was not escaped in the address arrives as a blank.
        instant = read_moment(changed_since.replace(" ", "+") if "T" in changed_since else changed_since)
    except FieldError as error:
        raise Refused(problems=[error.at("changed_since")]) from None
    return revision_at(session, VACANCY_REVISIONS, instant)


def _guard(session: Session, source: str, external_id: str, if_match: str | None, if_new: str | None = None) -> None:
    """Outdated unless the stored revision is one that was named. Nobody writes between this and the commit."""
    if if_match is None and if_new is None:
        return
    hold(session, VACANCY_REVISIONS)
    stored = find_vacancy(session, source, external_id)
    if if_match is not None and (stored is None or not is_tagged(if_match, stored.revision)):
        raise Outdated("记录已被修改，请重新读取")
    if if_new is not None and stored is not None and is_tagged(if_new, stored.revision):
        raise Outdated("已有此岗位，未写入")
    if stored is not None:
        session.expunge(stored)
