"""What can be seen of the running service? One JSON line a request on stderr, without anything personal in it."""

import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from ingest.strict_json import dump

DOCS = ("/docs", "/static-offline-docs", "/openapi.json")
# Longer than an ID or phone number: neither can enter the logs by way of this header.
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
CLIENT_GONE = 499  # what nginx logs for it; there is nobody left to be answered
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# The page that Swagger UI builds starts itself by an inline script.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)

log = structlog.get_logger()


class Observed:
    """Around the whole application: a request id, security headers, one line a request, and the last catch."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see what becomes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get("x-request-id", ""))
        start, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _decorate(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answer)
            except ClientDisconnect:
                status = CLIENT_GONE
            except Exception as error:
                log.error("unexpected", **_failure(error))
                if status:  # the answer had begun: the broken connection is all that can be said
                    raise
                text = f"系统错误，请把编号 {request_id} 告诉管理员"
                await problem(500, text)(scope, receive, answer)
            finally:
                _tell(scope, status, start)


def _tell(scope: Scope, status: int, start: float) -> None:
    """One line: the route's template and never its path, no query, the client's name."""
    log.info(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        status=status,
        ms=round((time.perf_counter() - start) * 1000, 1),
        client=scope.get("state", {}).get("client"),
    )


def _request_id(sent: str) -> str:
    return sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


def _decorate(headers: MutableHeaders, path: str, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if path.startswith(DOCS):
        headers["Content-Security-Policy"] = DOCS_POLICY


def _failure(error: BaseException) -> dict[str, Any]:
    """What failed and where. The words of an exception are left out: they may repeat a record."""
    return {"error": type(error).__name__, "at": _frames(error.__traceback__)}


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]


def configure_logs() -> None:
    """Have our lines and those of the libraries written to stderr, each one JSON object."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_exception_texts,
    ]
    render = structlog.processors.JSONRenderer(serializer=lambda event, **_: dump(event).decode())
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            foreign_pre_chain=shared,
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True  # it would write paths with ids, and queries


def _without_exception_texts(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    found = event.pop("exc_info", None)
    if isinstance(found, tuple) and found[1]:
        event.update(_failure(found[1]))
    return event
