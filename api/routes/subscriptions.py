"""Who is told of key-enterprise and major-project vacancies as they come, and did it arrive?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.bodies import RecordDocument
from api.deps import Caller, Cursor, Limit, PlainNumber, ReadSession, WriteSession, settings_of
from api.openapi import errors, one
from api.outbox import Policy, inside_of, new_secret
from api.responses import JsonAnswer
from api.security import Client
from api.shapes import (
    DeadLetterPage,
    DeliveryPage,
    RotatedSubscription,
    SubscriptionAnswer,
    SubscriptionCreated,
    SubscriptionPage,
)
from api.subscribers import SUBSCRIPTION_EXAMPLE, SubscriptionWire, read_wanted
from ingest.dates import read_moment
from models.base import AnyRow
from models.database import VACANCY_REVISIONS, watermark
from models.districts import label as district_label
from models.enums import Program, Role, SubscriptionState
from models.errors import Conflict, FieldError, NotFound, NotReady, Refused
from models.identity import Keyring
from models.occupations import occupation_label
from models.outbox import Subscription
from models.queries import outbox
from models.times import now

router = APIRouter(prefix="/v1", tags=["推送"], default_response_class=JsonAnswer)

MOST = 20  # subscriptions of one client
PAGE = 50
SubscriptionId = Annotated[int, PlainNumber, Path(ge=1, description="订阅编号")]
Since = Annotated[
    str, Query(max_length=40, description="从何时起，例如 2026-11-26T08:00:00+08:00", examples=["2026-11-26"])
]
Document = dict[str, Any]


@router.post(
    "/subscriptions",
    summary="订阅重点企业和重大项目岗位",
    openapi_extra=one(SubscriptionWire, SUBSCRIPTION_EXAMPLE),
    responses={201: {"model": SubscriptionCreated}, **errors(400, 409, 413, 415)},
    status_code=201,
)
def create_subscription(request: Request, client: Caller, document: RecordDocument, session: WriteSession) -> Response:
    """新增、变更、停止招聘的岗位随即推送到 `url`（POST，Standard Webhooks 签名），按地区、职业、来源项目筛选。

    `secret` 只显示这一次。事件 `vacancy.published` 的 `data` 是岗位现状，不含联系方式，`release_at` 之前只推荐给
    登记失业人员；`vacancy.closed` 表示不再展示。2xx 即视为收到，其他答复会重试约 75 小时；答 410 即停止订阅。
    同一岗位按先后推送，可能重复，以 `webhook-id` 区分。
    """
    wanted = read_wanted(document, inside_of(settings_of(request).receiver_networks))
    mine = select(func.count()).where(Subscription.client == client.name, Subscription.state != ENDED)
    if session.execute(mine).scalar_one() >= MOST:
        raise Conflict(f"每个客户端最多 {MOST} 个订阅，请先取消不用的")
    secret, at = new_secret(), now()
    stored = Subscription(
        client=client.name, url=wanted.url, secret=_keyring(request).encrypt(secret), districts=wanted.districts,
        occupations=wanted.occupations, programs=wanted.programs, state=SubscriptionState.ACTIVE.value,
        cursor=watermark(session, VACANCY_REVISIONS), not_before=at, looked_at=at, created_at=at,
    )  # fmt: skip
    session.add(stored)
    session.flush()
    record(session, client.name, Action.SUBSCRIPTION_CREATED, [f"subscription:{stored.id}"])
    return JsonAnswer({**_document(_held(session, client, stored.id)), "secret": secret}, 201)


@router.get("/subscriptions", summary="订阅列表", responses={200: {"model": SubscriptionPage}, **errors()})
def list_subscriptions(client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None) -> Response:
    """本客户端的订阅；机构可见全部。附待送达和未能送达的岗位数。"""
    owner = None if client.role is Role.OFFICE else client.name
    found = outbox.subscriptions(session, owner, cursor or 0, limit + 1)
    keys = [row.Subscription.id for row in found]
    return JsonAnswer(_page([_document(row) for row in found], limit, keys))


@router.get(
    "/subscriptions/{subscription}", summary="一个订阅", responses={200: {"model": SubscriptionAnswer}, **errors(404)}
)
def get_subscription(subscription: SubscriptionId, client: Caller, session: ReadSession) -> Response:
    """当前状态。停用的原因：`gone` 接收方答 410，`unreachable` 连续五天无一次成功。"""
    return JsonAnswer(_document(_held(session, client, subscription)))


@router.delete(
    "/subscriptions/{subscription}",
    summary="取消订阅",
    status_code=204,
    response_class=Response,
    responses=errors(404),
)
def end_subscription(subscription: SubscriptionId, client: Caller, session: WriteSession) -> Response:
    """不再推送，密钥作废；已有的送达记录保留。"""
    stored = _held(session, client, subscription).Subscription
    outbox.end(session, stored, now())
    record(session, client.name, Action.SUBSCRIPTION_ENDED, [f"subscription:{stored.id}"])
    return Response(status_code=204)


@router.post(
    "/subscriptions/{subscription}/rotate",
    summary="更换签名密钥",
    responses={200: {"model": RotatedSubscription}, **errors(404)},
)
def rotate_subscription(
    request: Request, subscription: SubscriptionId, client: Caller, session: WriteSession
) -> Response:
    """返回新密钥（只显示这一次）。到 `former_until` 为止每次推送带新旧两个签名，接收方可从容更换。"""
    stored = _held(session, client, subscription).Subscription
    keyring, secret = _keyring(request), new_secret()
    overlap = Policy.of(settings_of(request).configuration).former_secret
    stored.former_secret, stored.secret = stored.secret, keyring.encrypt(secret)
    stored.former_until = now() + timedelta(seconds=overlap)
    record(session, client.name, Action.SUBSCRIPTION_ROTATED, [f"subscription:{stored.id}"])
    return JsonAnswer({"id": stored.id, "secret": secret, "former_until": stored.former_until.isoformat()})


@router.post(
    "/subscriptions/{subscription}/replay",
    summary="重新推送",
    status_code=202,
    responses={202: {"model": SubscriptionAnswer}, **errors(404)},
)
def replay_subscription(subscription: SubscriptionId, since: Since, client: Caller, session: WriteSession) -> Response:
    """某一时刻以来变化的岗位按现状重新推送（可能多几分钟），未能送达的也在内；停用的订阅同时恢复。"""
    try:
        # A plus sign that was not escaped in the address arrives as a blank.
        instant = read_moment(since.replace(" ", "+") if "T" in since else since)
    except FieldError as error:
        raise Refused(problems=[error.at("since")]) from None
    stored = _held(session, client, subscription).Subscription
    outbox.replay(session, stored, instant, now())
    session.flush()
    record(session, client.name, Action.SUBSCRIPTION_REPLAYED, [f"subscription:{stored.id}"])
    return JsonAnswer(_document(_held(session, client, subscription)), 202)


@router.get(
    "/subscriptions/{subscription}/deliveries",
    summary="推送记录",
    responses={200: {"model": DeliveryPage}, **errors(404)},
)
def list_deliveries(
    subscription: SubscriptionId, client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """每次推送一条，新的在前：哪个岗位的哪个版本、第几次、何时、对方的答复（`status`）或没有答复的原因（`error`）。"""
    _held(session, client, subscription)
    found = outbox.receipts(session, subscription, cursor, limit + 1)
    keys = [row.Receipt.id for row in found]
    return JsonAnswer(_page([_delivery(row) for row in found], limit, keys))


@router.get(
    "/subscriptions/{subscription}/dead-letters",
    summary="未能送达的岗位",
    responses={200: {"model": DeadLetterPage}, **errors(404)},
)
def list_dead_letters(
    subscription: SubscriptionId, client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """重试到最后仍未送达的岗位。接收方恢复后请用“重新推送”；岗位再次变化时也会重新推送。"""
    _held(session, client, subscription)
    found = outbox.dead_letters(session, subscription, cursor or 0, limit + 1)
    keys = [row.OutboxMessage.vacancy_id for row in found]
    return JsonAnswer(_page([_dead_letter(row) for row in found], limit, keys))


ENDED = SubscriptionState.ENDED.value


def _held(session: Session, client: Client, identity: int) -> AnyRow:
    """A subscription of this client, or any for the office; others look as if there were none."""
    found = outbox.subscription(session, identity)
    if found is None or (client.role is not Role.OFFICE and found.Subscription.client != client.name):
        raise NotFound
    return found


def _keyring(request: Request) -> Keyring:
    keyring = settings_of(request).keyring
    if keyring is None:
        raise NotReady
    return keyring


def _document(row: AnyRow) -> Document:
    stored: Subscription = row.Subscription
    return {
        "id": stored.id,
        "client": stored.client,
        "url": stored.url,
        "districts": [{"code": code, "label": district_label(code)} for code in stored.districts],
        "occupations": [{"code": code, "label": occupation_label(code)} for code in stored.occupations],
        "programs": [{"code": code, "label": Program(code).label} for code in stored.programs],
        "state": {"code": stored.state, "label": SubscriptionState(stored.state).label},
        "reason": stored.reason,
        "failures": stored.failures,
        "failing_since": _moment(stored.failing_since),
        "waiting": row.waiting,
        "dead": row.dead,
        "former_until": _moment(stored.former_until),
        "created_at": _moment(stored.created_at),
    }


def _delivery(row: AnyRow) -> Document:
    receipt = row.Receipt
    return {
        "source": row.source, "external_id": row.external_id, "revision": receipt.revision, "event": receipt.event,
        "attempt": receipt.attempt, "at": _moment(receipt.at), "status": receipt.status, "error": receipt.error,
        "milliseconds": receipt.milliseconds,
    }  # fmt: skip


def _dead_letter(row: AnyRow) -> Document:
    message = row.OutboxMessage
    return {
        "source": row.source, "external_id": row.external_id, "revision": message.revision,
        "attempts": message.attempts, "noticed_at": _moment(message.noticed_at),
    }  # fmt: skip


def _page(items: list[Document], limit: int, keys: Sequence[int]) -> Document:
    """One page of what was fetched with one to spare: the spare one says that there is more."""
    return {"items": items[:limit], "next": keys[limit - 1] if len(items) > limit else None}


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
