"""Which receivers have something to be told, what it is, and what came of telling them.

The outbox is the vacancies themselves: a change takes its revision in the transaction that makes it, and revisions
commit in order, so a cursor per receiver misses nothing (docs/decisions/0017-outbox.md).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Executable, ScalarSelect, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from models.account import ApiClient
from models.base import AnyRow
from models.database import VACANCY_REVISIONS, revision_at, watermark
from models.districts import covers
from models.enums import MessageState, SubscriptionState
from models.outbox import OutboxMessage, Receipt, Subscription
from models.queries.vacancies import is_open
from models.times import local_date
from models.vacancy import Employer, Vacancy

NOTICED = 1_000  # changed vacancies a receiver takes note of in one transaction
LOOK = timedelta(seconds=30)  # between two looks at a receiver for whom no vacancy of a programme has changed
CLOSED = b"\0" * 16  # the content of a vacancy that is not on offer to this receiver

WAITING, DELIVERED, DEAD = (state.value for state in MessageState)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a receiver wants to hear of: an empty part lets everything through."""

    districts: Sequence[str]
    occupations: Sequence[str]
    programs: Collection[str]

    def admits(self, vacancy: Any) -> bool:
        """Whether a vacancy is wanted. What it does not say (place, occupation) is unknown, not mismatched."""
        return (
            vacancy.program is not None
            and (not self.programs or vacancy.program in self.programs)
            and self._admits_place("" if vacancy.remote else vacancy.district or "")
            and self._admits_occupation(vacancy.occupation or "")
        )

    def _admits_place(self, place: str) -> bool:
        """A city covers its counties; a vacancy known at city level alone may be in any of them."""
        return (
            not place
            or not self.districts
            or any(covers(wanted, place) or covers(place, wanted) for wanted in self.districts)
        )

    def _admits_occupation(self, code: str) -> bool:
        return (
            not code
            or not self.occupations
            or any(code == wanted or code.startswith(f"{wanted}-") for wanted in self.occupations)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to, and what the message is from now on. `next_at` is when it is due again."""

    receipt: Mapping[str, Any]
    state: MessageState
    told: bool
    content: bytes
    next_at: datetime


def filter_of(subscription: Subscription) -> Filter:
    """What a stored receiver wants to hear of."""
    return Filter(subscription.districts, subscription.occupations, frozenset(subscription.programs))


def with_work(session: Session, now: datetime) -> Sequence[int]:
    """The receivers that somebody should serve now: with changes unseen or messages due, of a client in force."""
    due = exists().where(
        OutboxMessage.subscription_id == Subscription.id,
        OutboxMessage.state == WAITING,
        OutboxMessage.next_at <= now,
    )
    changed = exists().where(Vacancy.program.is_not(None), Vacancy.revision > Subscription.cursor)
    behind = Subscription.cursor < watermark(session, VACANCY_REVISIONS)
    other = and_(behind, Subscription.looked_at <= now - LOOK)  # a vacancy may have left its programme
    query = select(Subscription.id).where(_is_free(now), or_(changed, due, other)).order_by(Subscription.looked_at)
    return session.execute(query).scalars().all()


def _is_free(now: datetime) -> Any:
    return and_(
        Subscription.state == SubscriptionState.ACTIVE.value,
        Subscription.client.in_(select(ApiClient.name).where(ApiClient.revoked_at.is_(None))),
        Subscription.not_before <= now,
        or_(Subscription.leased_until.is_(None), Subscription.leased_until <= now),
    )


def claim(session: Session, subscription_id: int, lease: str, now: datetime, until: datetime) -> Subscription | None:
    """The receiver, served by the holder of `lease` alone until an instant; None when it is not to be had."""
    query = update(Subscription).where(Subscription.id == subscription_id, _is_free(now))
    if not _changed(session, query.values(lease=lease, leased_until=until, looked_at=now)):
        return None
    return session.get_one(Subscription, subscription_id)


def release(session: Session, subscription_id: int, lease: str) -> None:
    """Let others serve the receiver."""
    session.execute(_leased(subscription_id, lease).values(lease=None, leased_until=None))


def notice(session: Session, subscription: Subscription, now: datetime) -> None:
    """Turn the next changed vacancies into messages, and move the cursor past them. The caller holds the lease."""
    mark = watermark(session, VACANCY_REVISIONS)
    rows = session.execute(_changes(subscription, now).where(Vacancy.revision <= mark)).all()
    known = _known(session, subscription.id, [row.id for row in rows])
    wanted = filter_of(subscription)
    fresh: list[dict[str, Any]] = []
    for row in rows:
        message = known.get(row.id)
        content = content_of(row) if row.open and wanted.admits(row) else CLOSED
        if message is None and content != CLOSED:
            fresh.append(_new_message(subscription.id, row, now))
        elif message is not None:
            _renew(session, message, row.revision, content, now)
    if fresh:
        session.execute(insert(OutboxMessage), fresh)
    subscription.cursor = rows[-1].revision if len(rows) == NOTICED else mark


def _changes(subscription: Subscription, now: datetime) -> Any:
    """The next changed vacancies that are, or to this receiver were, of a programme; in order of revision."""
    known = select(OutboxMessage.vacancy_id).where(OutboxMessage.subscription_id == subscription.id)
    return (
        select(*CONSIDERED, is_open(local_date(now)).label("open"))
        .where(Vacancy.revision > subscription.cursor)
        .where(or_(Vacancy.program.is_not(None), Vacancy.id.in_(known)))
        .order_by(Vacancy.revision)
        .limit(NOTICED)
    )


# What decides whether a receiver is told, and whether there is anything new to tell.
CONSIDERED = (
    Vacancy.id, Vacancy.revision, Vacancy.content, Vacancy.status, Vacancy.screening, Vacancy.openings,
    Vacancy.openings_filled, Vacancy.program, Vacancy.district, Vacancy.remote, Vacancy.occupation, Vacancy.valid_to,
    Vacancy.release_at,
)  # fmt: skip


def content_of(vacancy: Any) -> bytes:
    """16 bytes that change when a receiver would see another vacancy: not when it is only confirmed or regrouped."""
    facts = f"{vacancy.valid_to} {vacancy.release_at} {vacancy.openings_filled} {vacancy.occupation}"
    return hashlib.blake2b(vacancy.content + facts.encode(), digest_size=16).digest()


def _known(session: Session, subscription_id: int, ids: Sequence[int]) -> dict[int, OutboxMessage]:
    query = select(OutboxMessage).where(
        OutboxMessage.subscription_id == subscription_id, OutboxMessage.vacancy_id.in_(ids)
    )
    return {message.vacancy_id: message for message in session.execute(query).scalars()}


def _new_message(subscription_id: int, row: AnyRow, now: datetime) -> dict[str, Any]:
    return {
        "subscription_id": subscription_id, "vacancy_id": row.id, "revision": row.revision, "state": WAITING,
        "told": False, "content": None, "attempts": 0, "noticed_at": now, "next_at": now,
    }  # fmt: skip


def _renew(session: Session, message: OutboxMessage, revision: int, content: bytes, now: datetime) -> None:
    """A change of a vacancy that the receiver has a message about takes the place of what that message was."""
    if content == CLOSED and not message.told:
        session.delete(message)  # nobody heard of it: nothing has ended
        return
    if message.revision != revision and message.content != content:
        message.noticed_at = now
    if message.content != content:
        message.state, message.attempts, message.next_at = WAITING, 0, now
    message.revision = revision


class Due(NamedTuple):
    """A message to be sent now: the vacancy, the attempts so far, when its change was noticed."""

    vacancy_id: int
    attempts: int
    noticed_at: datetime


def due(session: Session, subscription_id: int, now: datetime, limit: int) -> list[Due]:
    """The next messages to send, oldest change first; they count as told from now on.

    The receiver may get one just before this process dies: from here on the end of the vacancy is worth telling.
    """
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.subscription_id == subscription_id)
        .where(OutboxMessage.state == WAITING, OutboxMessage.next_at <= now)
        .order_by(OutboxMessage.revision)
        .limit(limit)
    )
    found = session.execute(query).scalars().all()
    for message in found:
        message.told = True
    return [Due(message.vacancy_id, message.attempts, message.noticed_at) for message in found]


def vacancy_to_tell(session: Session, vacancy_id: int, now: datetime) -> AnyRow:
    """A vacancy as it stands at this moment, with its employer, and whether it is open."""
    query = select(
        Vacancy, Employer.name.label("employer"), Employer.uscc.label("uscc"), is_open(local_date(now)).label("open")
    ).outerjoin(Employer, Vacancy.employer_id == Employer.id)
    return session.execute(query.where(Vacancy.id == vacancy_id)).one()


def settle(session: Session, subscription_id: int, lease: str, outcomes: Sequence[Outcome], until: datetime) -> bool:
    """Write down what attempts came to and keep the lease until an instant; False when it was lost meanwhile."""
    if not _changed(session, _leased(subscription_id, lease).values(leased_until=until)):
        return False
    if outcomes:
        session.execute(insert(Receipt), [outcome.receipt for outcome in outcomes])
        session.execute(update(OutboxMessage), [_settled(outcome) for outcome in outcomes])
    return True


def _settled(outcome: Outcome) -> dict[str, Any]:
    return {
        "subscription_id": outcome.receipt["subscription_id"], "vacancy_id": outcome.receipt["vacancy_id"],
        "state": outcome.state.value, "told": outcome.told, "content": outcome.content,
        "attempts": outcome.receipt["attempt"], "next_at": outcome.next_at,
    }  # fmt: skip


def count_success(session: Session, subscription_id: int) -> None:
    """The receiver answered: failures before it are forgotten."""
    query = update(Subscription).where(Subscription.id == subscription_id, Subscription.failures > 0)
    session.execute(query.values(failures=0, failing_since=None))


def count_failure(session: Session, subscription_id: int, now: datetime, first: float, longest: float) -> datetime:
    """Hold a receiver back, each time twice as long (seconds); the instant since which it has done nothing but fail."""
    subscription = session.get_one(Subscription, subscription_id)
    subscription.failures += 1
    subscription.failing_since = subscription.failing_since or now
    doublings = min(subscription.failures - 1, 20)
    subscription.not_before = now + timedelta(seconds=min(first * 2**doublings, longest))
    return subscription.failing_since


def disable(session: Session, subscription_id: int, reason: str) -> None:
    """Tell this receiver nothing more until somebody asks for it again."""
    query = update(Subscription).where(Subscription.id == subscription_id)
    session.execute(query.values(state=SubscriptionState.DISABLED.value, reason=reason))


def replay(session: Session, subscription: Subscription, since: datetime, now: datetime) -> None:
    """Tell a receiver once more of everything that changed since an instant, as it stands now; enable it again."""
    session.refresh(subscription, with_for_update=True)
    revision = revision_at(session, VACANCY_REVISIONS, since)
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.subscription_id == subscription.id, OutboxMessage.revision > revision)
        .values(content=None, told=True, state=WAITING, attempts=0, next_at=now)
    )
    subscription.cursor = min(subscription.cursor, revision)
    subscription.state, subscription.reason = SubscriptionState.ACTIVE.value, None
    subscription.failures, subscription.failing_since, subscription.not_before = 0, None, now


def subscriptions(session: Session, client: str | None, after: int, limit: int) -> Sequence[AnyRow]:
    """Receivers with what waits and what is dead, in order of id; of one client alone where one is named."""
    query = (
        select(Subscription, _count(WAITING).label("waiting"), _count(DEAD).label("dead"))
        .where(Subscription.state != SubscriptionState.ENDED.value, Subscription.id > after)
        .order_by(Subscription.id)
        .limit(limit)
    )
    return session.execute(query.where(Subscription.client == client) if client else query).all()


def subscription(session: Session, identity: int) -> AnyRow | None:
    """One receiver with what waits and what is dead."""
    query = select(Subscription, _count(WAITING).label("waiting"), _count(DEAD).label("dead"))
    found = query.where(Subscription.id == identity, Subscription.state != SubscriptionState.ENDED.value)
    return session.execute(found).one_or_none()


def _count(state: str) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.subscription_id == Subscription.id, OutboxMessage.state == state)
        .correlate(Subscription)
        .scalar_subquery()
    )


def receipts(session: Session, subscription_id: int, before: int | None, limit: int) -> Sequence[AnyRow]:
    """Attempts to tell a receiver, with the names of the vacancies, newest first; before an id if one is given."""
    query = select(Receipt, Vacancy.source, Vacancy.external_id).join(Vacancy, Vacancy.id == Receipt.vacancy_id)
    query = query.where(Receipt.subscription_id == subscription_id).order_by(Receipt.id.desc()).limit(limit)
    return session.execute(query.where(Receipt.id < before) if before else query).all()


def dead_letters(session: Session, subscription_id: int, after: int, limit: int) -> Sequence[AnyRow]:
    """Messages that were given up, with the names of the vacancies, in order of vacancy."""
    query = select(OutboxMessage, Vacancy.source, Vacancy.external_id)
    query = query.join(Vacancy, Vacancy.id == OutboxMessage.vacancy_id)
    query = query.where(OutboxMessage.subscription_id == subscription_id, OutboxMessage.state == DEAD)
    return session.execute(query.where(Vacancy.id > after).order_by(OutboxMessage.vacancy_id).limit(limit)).all()


def end(session: Session, subscription: Subscription, now: datetime) -> None:
    """End a receiver: what it still had to be told is dropped, what it was told stays written."""
    session.execute(
        delete(OutboxMessage).where(OutboxMessage.subscription_id == subscription.id, OutboxMessage.state != DELIVERED)
    )
    subscription.state, subscription.ended_at = SubscriptionState.ENDED.value, now
    subscription.secret, subscription.former_secret = b"", None


def _leased(subscription_id: int, lease: str) -> Any:
    return update(Subscription).where(Subscription.id == subscription_id, Subscription.lease == lease)


def _changed(session: Session, statement: Executable) -> bool:
    """Whether an UPDATE met a row."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount > 0
