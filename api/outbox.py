"""How do vacancies reach subscribed receivers? Signed, in order, at least once, by any number of senders."""

import asyncio
import hashlib
import secrets
import signal
import ssl
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import httpx2
import structlog
from sqlalchemy.exc import SQLAlchemyError
from standardwebhooks import Webhook

from api.receivers import Answer, Network, networks, post
from api.records import vacancy_record
from ingest.strict_json import dump
from models.base import AnyRow
from models.configuration import Configuration
from models.database import Database
from models.enums import MessageState, Screening, VacancyStatus
from models.errors import ZhipeiError
from models.identity import Keyring
from models.outbox import Subscription
from models.queries import outbox
from models.times import local_date, now

TROUBLE = 60.0  # seconds that a receiver is left alone after an error of our own
POLL = 1.0  # seconds between two looks for work
MOST_AT_ONCE = 16  # receivers that one process serves at the same time
WRITE_EVERY = 0.5  # seconds between two commits of receipts, as long as all goes well
ROUND = 50  # messages a receiver is sent before others get their turn
GONE = 410
PUBLISHED, CLOSED = "vacancy.published", "vacancy.closed"

# What a state is called among the counts.
WORDS = {MessageState.DELIVERED: "delivered", MessageState.WAITING: "failed", MessageState.DEAD: "dead"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Policy:
    """The outbox table of the configuration, in seconds."""

    retries: tuple[float, ...]
    timeout: float
    former_secret: float
    give_up: float

    @classmethod
    def of(cls, configuration: Configuration) -> "Policy":
        """The policy in a configuration. ZhipeiError when a value is missing or senseless."""
        try:
            table = configuration.tables["outbox"]
            found = cls(
                tuple(map(float, table["retry_seconds"])), float(table["timeout_seconds"]),
                float(table["former_secret_seconds"]), float(table["give_up_seconds"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ZhipeiError(f"配置文件有误：outbox {error}") from error
        if min(*found.retries, found.timeout) <= 0:
            raise ZhipeiError("配置文件有误：outbox 的时间须大于 0")
        return found

    @property
    def lease(self) -> timedelta:
        """How long a receiver stays with a sender that says nothing more: longer than any attempt."""
        return timedelta(seconds=3 * self.timeout)


def new_secret() -> str:
    """A fresh secret of 32 random bytes, in the notation of Standard Webhooks."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def signatures(keys: Sequence[str], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0.0: one signature a secret, so that a receiver may know either."""
    signed = " ".join(Webhook(key).sign(name, at, body.decode()) for key in keys)
    return {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


def message(shown: AnyRow, wanted: outbox.Filter, since: datetime, at: datetime) -> tuple[str, str, bytes]:
    """What a receiver is told of a vacancy as it stands at an instant: the event, the name of the message, its body.

    Nothing but its name and the reason is said of one that is not on offer. The same name means the same content;
    `since` is when the change was noticed.
    """
    vacancy, reason = shown.Vacancy, _closed_reason(shown, wanted, at)
    event = CLOSED if reason else PUBLISHED
    if reason:
        data = {"source": vacancy.source, "external_id": vacancy.external_id, "revision": vacancy.revision,
                "reason": reason}  # fmt: skip
    else:
        data = vacancy_record(shown, with_contact=False)
        del data["findings"]  # notes for reviewers
    name = f"vac_{vacancy.id}_{vacancy.revision}_{reason or 'published'}"
    return event, name, dump({"type": event, "timestamp": since.isoformat(), "data": data})


def _closed_reason(shown: AnyRow, wanted: outbox.Filter, at: datetime) -> str | None:
    """Why a vacancy is not on offer to a receiver; None when it is."""
    vacancy = shown.Vacancy
    checks = (
        ("withheld", vacancy.screening != Screening.OK),
        ("withdrawn", vacancy.status == VacancyStatus.WITHDRAWN),
        ("incomplete", vacancy.status != VacancyStatus.OPEN),
        ("filled", vacancy.openings <= vacancy.openings_filled),
        ("expired", vacancy.valid_to is not None and vacancy.valid_to < local_date(at)),
        ("out_of_scope", not wanted.admits(vacancy)),
    )
    return next((reason for reason, holds in checks if holds), None)


@dataclass
class Sent:
    """Attempts of one round that are not yet written down: after a success that can wait for some others."""

    since: float
    outcomes: list[outbox.Outcome] = field(default_factory=list)
    failure: Answer | None = None

    def add(self, outcome: outbox.Outcome, answer: Answer) -> None:
        """One more; the first failure is the last attempt of the round."""
        self.outcomes.append(outcome)
        self.failure = None if answer.taken else answer

    @property
    def is_time(self) -> bool:
        """Whether to write down: what a killed sender had not written down is sent again."""
        return time.monotonic() - self.since > WRITE_EVERY

    def clear(self) -> None:
        """All is written down."""
        self.since, self.failure = time.monotonic(), None
        self.outcomes.clear()


@dataclass
class Deliverer:
    """Sends what is due. `counts` says what came of it so far: delivered, failed, dead, disabled.

    `troubled` are receivers that could not be served for a reason of our own, such as a key that is not there.
    """

    database: Database
    keyring: Keyring
    policy: Policy
    inside: tuple[Network, ...]
    counts: Counter[str] = field(default_factory=Counter)
    troubled: set[int] = field(default_factory=set)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    async def run(self, once: bool = False) -> Counter[str]:
        """Serve all receivers: until nothing is due, or until cancelled. What was begun then is begun again later."""
        serving: dict[int, asyncio.Task[None]] = {}
        try:
            while True:
                found = [each for each in self._with_work(once) if each not in serving and each not in self.troubled]
                for identity in found[: MOST_AT_ONCE - len(serving)]:
                    serving[identity] = asyncio.create_task(self._serve(identity, once))
                if once and not serving:
                    return self.counts
                await self._wait(serving)
        finally:
            for task in serving.values():
                task.cancel()
            await asyncio.gather(*serving.values(), return_exceptions=True)

    def _with_work(self, once: bool) -> Sequence[int]:
        try:
            with self.database.read() as session:
                return outbox.with_work(session, now())
        except SQLAlchemyError as error:
            if once:
                raise
            log.warning("outbox", error=type(error).__name__)
            return ()

    async def _wait(self, serving: dict[int, asyncio.Task[None]]) -> None:
        """Until a receiver is served or it is time to look again."""
        if serving:
            await asyncio.wait(serving.values(), timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(POLL)
        for identity in [identity for identity, task in serving.items() if task.done()]:
            serving.pop(identity).result()

    async def _serve(self, identity: int, once: bool) -> None:
        """One round of one receiver. Trouble with one of them never keeps the others waiting."""
        try:
            await self._round(identity)
        except Exception as error:
            log.error("outbox", error=type(error).__name__, subscription=identity)
            self.troubled.add(identity)
            if not once:
                await asyncio.sleep(TROUBLE)
                self.troubled.discard(identity)

    async def _round(self, identity: int) -> None:
        lease = secrets.token_hex(16)
        with self.database.write() as session:
            receiver = outbox.claim(session, identity, lease, now(), now() + self.policy.lease)
            if receiver is None:
                return
            outbox.notice(session, receiver, now())
            session.flush()
            due = outbox.due(session, identity, now(), ROUND)
        sent = Sent(time.monotonic())
        try:
            async with self._client() as http:
                for each in due:
                    sent.add(*await self._tell(http, receiver, each))
                    if sent.failure or (sent.is_time and not self._settle(identity, lease, sent)):
                        return
        finally:
            self._settle(identity, lease, sent, last=True)

    def _client(self) -> httpx2.AsyncClient:
        """A client for one receiver. No proxy from the environment: it would resolve names for itself."""
        return httpx2.AsyncClient(verify=self._tls, timeout=self.policy.timeout, trust_env=False)

    async def _tell(
        self, http: httpx2.AsyncClient, receiver: Subscription, due: outbox.Due
    ) -> tuple[outbox.Outcome, Answer]:
        """One attempt to tell a receiver of a vacancy as it stands now."""
        at, wanted = now(), outbox.filter_of(receiver)
        with self.database.read() as session:
            shown = outbox.vacancy_to_tell(session, due.vacancy_id, at)
        event, name, body = message(shown, wanted, due.noticed_at, at)
        headers = {"Content-Type": "application/json", **signatures(self._keys(receiver, at), name, at, body)}
        answer = await post(http, receiver.url, body, headers, self.inside, self.policy.timeout)
        content = outbox.CLOSED if event == CLOSED else outbox.content_of(shown.Vacancy)
        receipt = {
            "subscription_id": receiver.id, "vacancy_id": due.vacancy_id, "revision": shown.Vacancy.revision,
            "event": event, "attempt": due.attempts + 1, "at": at, "status": answer.status,
            "error": answer.error and answer.error.value, "milliseconds": answer.milliseconds,
        }  # fmt: skip
        return self._outcome(receipt, answer, name, content), answer

    def _outcome(self, receipt: Mapping[str, Any], answer: Answer, name: str, content: bytes) -> outbox.Outcome:
        told, attempt = receipt["event"] == PUBLISHED, receipt["attempt"]
        if answer.taken:
            return outbox.Outcome(receipt, MessageState.DELIVERED, told, content, now())
        if attempt > len(self.policy.retries):
            return outbox.Outcome(receipt, MessageState.DEAD, True, content, now())
        wait = self.policy.retries[attempt - 1] * jitter(name, attempt)
        return outbox.Outcome(receipt, MessageState.WAITING, True, content, now() + timedelta(seconds=wait))

    def _settle(self, identity: int, lease: str, sent: "Sent", last: bool = False) -> bool:
        """Write down what came of the attempts; False if the lease was lost: whoever has it will send them again."""
        with self.database.write() as session:
            if not outbox.settle(session, identity, lease, sent.outcomes, now() + self.policy.lease):
                return False
            if len(sent.outcomes) > (sent.failure is not None):
                outbox.count_success(session, identity)
            if sent.failure:
                self._hold_back(session, identity, sent.failure)
            if last:
                outbox.release(session, identity, lease)
        self.counts.update(WORDS[outcome.state] for outcome in sent.outcomes)
        sent.clear()
        return True

    def _hold_back(self, session: Any, identity: int, answer: Answer) -> None:
        first, *later = self.policy.retries
        longest = later[0] if later else first
        since = outbox.count_failure(session, identity, now(), first, longest)
        hopeless = (now() - since).total_seconds() >= self.policy.give_up
        if answer.status == GONE or hopeless:
            outbox.disable(session, identity, "gone" if answer.status == GONE else "unreachable")
            self.counts["disabled"] += 1

    def _keys(self, receiver: Subscription, at: datetime) -> list[str]:
        """The secret, and after a rotation the former one too for a while."""
        keys = [self.keyring.decrypt(receiver.secret)]
        if receiver.former_secret and receiver.former_until and at < receiver.former_until:
            keys.append(self.keyring.decrypt(receiver.former_secret))
        return keys


def jitter(name: str, attempt: int) -> float:
    """A factor from 0.9 to 1.1, the same for the same attempt whoever makes it: retries do not come in one wave."""
    number = int.from_bytes(hashlib.blake2b(f"{name}:{attempt}".encode(), digest_size=4).digest(), "big")
    return 0.9 + 0.2 * number / 2**32


def deliver_until_told(deliverer: Deliverer, once: bool) -> Counter[str]:
    """Run in the foreground: until nothing is due, or until SIGTERM or SIGINT."""

    async def main() -> Counter[str]:
        task = asyncio.ensure_future(deliverer.run(once))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task
        return deliverer.counts

    return asyncio.run(main())


@contextmanager
def delivering(deliverer: Deliverer) -> Iterator[None]:
    """Run beside the block, in a thread with a loop of its own, so that no slow receiver delays a request."""
    started = threading.Event()
    running: list[Any] = []

    async def main() -> None:
        running[:] = [asyncio.get_running_loop(), asyncio.ensure_future(deliverer.run())]
        started.set()
        with suppress(asyncio.CancelledError):
            await running[1]

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="outbox", daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop, task = running
        with suppress(RuntimeError):  # it ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join(timeout=10)  # a name that is being resolved cannot be interrupted


def deliverer_of(settings: Any) -> Deliverer:
    """The deliverer of an installation. ZhipeiError without keys, or when a setting is senseless."""
    if settings.keyring is None:
        raise ZhipeiError("没有加密密钥，不能推送：请设置 ZHIPEI_SECRET_KEYS")
    return Deliverer(
        settings.database, settings.keyring, Policy.of(settings.configuration), inside_of(settings.receiver_networks)
    )


def inside_of(text: str) -> tuple[Network, ...]:
    """The networks that receivers may be in although they are not public. ZhipeiError when one is none."""
    try:
        return networks(text)
    except ValueError:
        raise ZhipeiError("ZHIPEI_RECEIVER_NETWORKS 有误：应为网段，例如 10.0.0.0/8,192.168.0.0/16") from None
