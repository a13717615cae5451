"""How do people come in, and what may staff see of them?"""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record, record_view
from api.batches import push
from api.bodies import BatchBody, RecordDocument
from api.deps import Caller, DryRun, Name, QuerySource, ReadSession, Source, database_of, intake_of, settings_of
from api.idempotency import IdempotencyKey, Outcome, attempt_of
from api.openapi import SEEKER_EXAMPLE, errors, many, one, told_as_lines
from api.records import masked, named, seeker_record, subjects, verdict_document
from api.responses import JsonAnswer
from api.security import Client
from api.shapes import BatchAnswer, SeekerAnswer, StoredAnswer
from ingest.files import Row
from ingest.intake import read_seekers
from ingest.schemas import SeekerWire
from ingest.verdicts import Effect
from models.enums import Role
from models.errors import NotFound, NotReady, Refused
from models.identity import SeekerIdentity
from models.seeker import JobSeeker

router = APIRouter(prefix="/v1", tags=["求职者"], default_response_class=JsonAnswer)


def visible_seeker(session: Session, client: Client, source: str, external_id: str) -> JobSeeker:
    """The person of that name. NotFound for one who is not there and for one outside the client's scope alike."""
    query = select(JobSeeker).where(JobSeeker.source == source, JobSeeker.external_id == external_id, client.people())
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


@router.put(
    "/seekers/{source}/{external_id}",
    summary="登记一名求职者",
    openapi_extra=one(SeekerWire, SEEKER_EXAMPLE),
    responses={200: {"model": StoredAnswer}, 201: {"model": StoredAnswer}, **errors(400, 409, 413, 415)},
)
def put_seeker(
    request: Request, source: Source, external_id: Name, client: Caller, document: RecordDocument, key: IdempotencyKey
) -> Response:
    """新建或更新；只有编号是必填的。身份信息加密保存，一人一档，不参与匹配。"""
    store = read_seekers([Row(1, named(document, external_id))], intake_of(request, source))

    def work(session: Session) -> Outcome:
        verdict = store(session)[0]
        if not verdict.accepted:
            raise Refused("登记内容有误，未保存", verdict.problems)
        record(session, client.name, Action.SEEKER_WRITTEN, subjects(source, [verdict]))
        stored = visible_seeker(session, client, source, external_id)
        told = {**verdict_document(verdict), "source": source, "revision": stored.revision}
        return Outcome(201 if verdict.effect is Effect.CREATED else 200, told)

    return attempt_of(request, client.name, key).once(work)


@router.get(
    "/seekers/{source}/{external_id}",
    summary="读取一名求职者",
    responses={200: {"model": SeekerAnswer}, **errors(404)},
)
def get_seeker(request: Request, source: Source, external_id: Name, client: Caller, session: ReadSession) -> Response:
    """只返回本人员范围内的求职者；姓名、证件号、电话打码，劳务经纪人不显示。每次查看都留痕。"""
    seeker = visible_seeker(session, client, source, external_id)
    identity = None
    if client.role is not Role.BROKER:
        keyring = settings_of(request).keyring
        if keyring is None:
            raise NotReady
        identity = masked(session.get(SeekerIdentity, seeker.id), keyring)
    answer = JsonAnswer(seeker_record(seeker, identity))
    subject = f"{source}:{external_id}"
    record_view(session, database_of(request), client.name, Action.SEEKER_VIEWED, subject)
    return answer


@router.post(
    "/seekers:batch",
    summary="批量登记求职者",
    openapi_extra=many(SeekerWire, SEEKER_EXAMPLE),
    responses={200: {"model": BatchAnswer, **told_as_lines()}, **errors(400, 409, 413, 415)},
)
def push_seekers(
    request: Request, client: Caller, batch: BatchBody, key: IdempotencyKey,
    source: QuerySource = None, dry_run: DryRun = False,
) -> Response:  # fmt: skip
    """JSON 数组（最多 1 万条）或 NDJSON（最多 5 万行）；每行一个结论，有误的行不影响其他行，结论的格式与所发相同。

    全部收到后才开始保存，每 500 行一次提交。中途出错（503）时已提交的保留，请原样重发。
    """
    if not source:
        raise Refused("缺少来源：请在地址中加上 ?source=")
    return push(request, "seekers", source, client, batch, key, dry_run)
