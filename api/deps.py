"""What does a route need before it runs? The caller first, then a session, the index, plain parameters."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.live import LiveIndex
from api.problems import Forbidden, Unauthenticated
from api.security import Client, authenticate
from api.service import Matching
from api.settings import Settings
from ingest.intake import Intake
from ingest.policy import Policy
from ingest.schemas import IDENTIFIER
from models.database import Database
from models.times import now

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="`zhipei client create` 给出的密钥 zhp_…")


def settings_of(request: Request) -> Settings:
    """The settings that this process was started with."""
    found: Settings = request.app.state.settings
    return found


def database_of(request: Request) -> Database:
    """The database of this process."""
    return settings_of(request).database


def index_of(request: Request) -> LiveIndex:
    """The index of this process."""
    found: LiveIndex = request.app.state.index
    return found


def caller(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Client:
    """The client of the key. Unauthenticated without a good one, Forbidden where its role may not call this route.

    It has a connection of its own, so that for a stranger nothing is locked and no body is read.
    """
    client = None
    if credentials:
        with database_of(request).look() as connection:
            client = authenticate(connection, credentials.credentials)
    if client is None:
        raise Unauthenticated
    request.state.client = client.name
    if not client.may(request.scope["route"].name):
        raise Forbidden
    return client


async def reading(request: Request) -> AsyncIterator[Session]:
    """A session that writes nothing. It connects where it is first used; a thread ends it if the route has not."""
    with database_of(request).read() as session:
        try:
            yield session
        finally:
            if session.in_transaction():
                await run_in_threadpool(session.close)


def writing(request: Request) -> Iterator[Session]:
    """A session that is committed after the route and before its answer: a failing commit is the answer."""
    with database_of(request).write() as session:
        yield session


Caller = Annotated[Client, Depends(caller)]
# The function scope ends before the answer is sent; FastAPI's default one ends after it.
ReadSession = Annotated[Session, Depends(reading, scope="function")]
WriteSession = Annotated[Session, Depends(writing, scope="function")]


def engine_of(request: Request, session: Session) -> Matching:
    """The engine over everything that was committed before this moment. Called in the thread of the route."""
    settings = settings_of(request)
    return Matching(index_of(request).current(session), settings.engine, settings.home_city, now())


def intake_of(request: Request, source: str, dry_run: bool = False) -> Intake:
    """What records of a source are taken in with, now."""
    settings = settings_of(request)
    policy = Policy.of(settings.configuration)
    return Intake(source, policy, now(), settings.home_city, settings.keyring, dry_run, settings.rules)


def _plain_number(value: Any) -> int:
    """Digits and nothing else: `1_0`, `+3` and `３` are no numbers here."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    raise PydanticCustomError("number", "not a plain number")


PlainNumber = BeforeValidator(_plain_number, json_schema_input_type=int)
NAME = f"^{IDENTIFIER.pattern}$"
Source = Annotated[str, Path(pattern=NAME, description="来源系统", examples=["caiji"])]
Name = Annotated[str, Path(pattern=NAME, description="来源系统中的编号", examples=["V000001"])]
QuerySource = Annotated[str | None, Query(pattern=NAME, description="来源系统；采集系统默认为自己的来源")]
DryRun = Annotated[bool, Query(description="只检查，不保存")]
Count = Annotated[int, PlainNumber, Query(ge=1, le=50, description="最多几个")]
Limit = Annotated[int, PlainNumber, Query(ge=1, le=200, description="一页几条")]
Cursor = Annotated[int | None, PlainNumber, Query(ge=1, description="上一页的 next")]
