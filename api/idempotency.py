"""Was this request made before? Under an Idempotency-Key each of its transactions takes effect once.

The answer is written in the transaction that it answers, under a name that the database gives once: whatever breaks,
a retry is told what was done, and does the rest (docs/decisions/0015-idempotency.md).
"""

import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Annotated, Any, NamedTuple, Self

from fastapi import Depends, Header, Request
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.deps import Caller, database_of, settings_of
from api.responses import JsonAnswer, tagged
from ingest.strict_json import dump
from models.database import Database
from models.errors import Conflict, NotReady, Problem, Refused
from models.idempotency import KeptAnswer
from models.queries.idempotency import forget_answers, kept_answer
from models.times import now

NAME = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT = timedelta(hours=48)  # from the first use; 24 are promised
SWEEP_EVERY = 60.0  # seconds, of one process
SWEPT_KEYS, SWEPT_TIMES = 200, 50  # keys a transaction, transactions a sweep
REPLAYED = "Idempotency-Replayed"


class Outcome(NamedTuple):
    """What a transaction is answered: a status, a document, and the revision of the one record that it is about."""

    status: int
    document: Any = None
    revision: int | None = None

    def answer(self, headers: Mapping[str, str]) -> Response:
        """The answer over HTTP; without a document, one without a body."""
        tags = {} if self.revision is None else tagged(self.revision)
        if self.document is None:
            return Response(status_code=self.status, headers={"Cache-Control": "no-store", **tags, **headers})
        return JsonAnswer(self.document, self.status, {**tags, **headers})


class Running:
    """Which keys this process is answering for at this moment, and when it last looked for old ones."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._swept = time.monotonic()

    def enter(self, name: tuple[str, str]) -> None:
        """Take a name. Conflict where it is taken."""
        with self._lock:
            if name in self._names:
                raise Conflict(f"同一 {NAME} 的请求正在处理，请稍后重试")
            self._names.add(name)

    def leave(self, name: tuple[str, str]) -> None:
        """Give it back."""
        with self._lock:
            self._names.discard(name)

    def is_sweep_due(self) -> bool:
        """Whether it is time to look for old keys; who is told so does it."""
        with self._lock:
            if time.monotonic() - self._swept < SWEEP_EVERY:
                return False
            self._swept = time.monotonic()
            return True


Work = Callable[[Session], Outcome]  # what one transaction does


@dataclass(slots=True)
class Attempt:
    """One try of a request by a client; without a `key` there is nothing to compare it with.

    Inside its block no other try with this key is let in by this process; one in another process waits for the
    database, and then finds the name taken (409).
    """

    database: Database
    running: Running
    client: str
    key: str | None
    digest: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        if self.key is not None:
            self.running.enter((self.client, self.key))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.key is not None:
            self.running.leave((self.client, self.key))
            if error is None and self.running.is_sweep_due():
                with suppress(DBAPIError):  # the answer stands whatever becomes of old ones
                    sweep(self.database, now())

    def once(self, work: Work) -> Response:
        """The answer of a request that is one transaction."""
        with self:
            outcome = self.part(0, lambda: work)
        return outcome.answer(self.headers)

    def part(self, number: int, prepare: Callable[[], Work]) -> Outcome:
        """What a transaction of the request comes to: as it was told before, or now. Refused for another request.

        Now, it is prepared first, so that no other writer waits for that.
        """
        known = self._known(number)
        if known is None:
            work = prepare()
            with self.database.write() as session:
                known = work(session)
                self._keep(session, number, known)
        return known

    def _known(self, number: int) -> Outcome | None:
        if self.key is None:
            return None
        with self.database.read() as session:
            kept = kept_answer(session, self.client, self.key, number)
        if kept is None:
            return None
        if kept.digest != self.digest:
            other = Problem(NAME, "key_reused", "此键已用于另一个请求", "不同的请求请用不同的键，重试时请原样重发")
            raise Refused(f"{NAME} 已用于另一个请求，未处理", [other])
        self.headers[REPLAYED] = "true"
        return Outcome(kept.status, json.loads(zlib.decompress(kept.body)), kept.revision)

    def _keep(self, session: Session, number: int, outcome: Outcome) -> None:
        if self.key is None:
            return
        body = zlib.compress(dump(outcome.document), 1)
        row = {
            "client": self.client, "key": self.key, "part": number, "digest": self.digest, "status": outcome.status,
            "revision": outcome.revision, "body": body, "at": now(),
        }  # fmt: skip
        session.execute(insert(KeptAnswer), [row])


def attempt_of(request: Request, client: str, key: str | None) -> Attempt:
    """This request as a try under its key. Its body has been read, and `request.state.digest` says which it was."""
    keyring = settings_of(request).keyring
    if keyring is None:
        raise NotReady
    said = [request.method, request.url.path, request.url.query, getattr(request.state, "digest", b"").hex()]
    # Under the key: a plain digest of a person's record would let an ID number be guessed.
    digest = keyring.blind_index("\n".join(said))
    return Attempt(database_of(request), request.app.state.running, client, key, digest)


def sweep(database: Database, moment: datetime) -> int:
    """Forget answers that were kept their time, in short transactions; how many rows went."""
    gone = 0
    for _ in range(SWEPT_TIMES):
        with database.write() as session:
            found = forget_answers(session, moment - KEPT, SWEPT_KEYS)
        gone += found
        if not found:
            break
    return gone


def _key(
    _caller: Caller,
    key: Annotated[
        str | None,
        Header(
            alias=NAME,
            description="重试时用同一个键（1 至 255 个可见 ASCII 字符）：只生效一次，答复相同；保留至少 24 小时",
            examples=["0b7c2f4e-5d1a-4f6b-9c3e-8a2d1e0f7b65"],
        ),
    ] = None,
) -> str | None:
    if key is not None and not KEY.fullmatch(key):
        fix = "请为每个新请求生成一个 UUID"
        raise Refused(problems=[Problem(NAME, "key_format", "应为 1 至 255 个可见的 ASCII 字符", fix)])
    return key


IdempotencyKey = Annotated[str | None, Depends(_key)]
