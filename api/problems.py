"""What is a caller told when something goes wrong? One problem document, in Chinese, that repeats nothing sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.responses import ProblemAnswer
from models.errors import Conflict, NotFound, NotReady, Problem, Refused, ZhipeiError

TYPE = "urn:zhipei:problem:"

log = structlog.get_logger()


class Malformed(ZhipeiError):
    """A body that no reading can make sense of."""

    status = 400
    title = "请求有误"


class Unauthenticated(ZhipeiError):
    """No key, or none that is known and in force."""

    status = 401
    title = "缺少有效的密钥"


class Forbidden(ZhipeiError):
    """The role of this client may not call this route at all."""

    status = 403
    title = "该密钥无权使用此接口"


class Outdated(ZhipeiError):
    """The record is not the one that If-Match names."""

    status = 412
    title = "记录已被修改"


class TooLarge(ZhipeiError):
    """More than one request may hold."""

    status = 413
    title = "内容过大"


class WrongMedia(ZhipeiError):
    """A kind of body that this route does not read."""

    status = 415
    title = "不支持的内容类型"


TITLES: Mapping[int, str] = {
    **{
        kind.status: kind.title
        for kind in (ZhipeiError, Malformed, Unauthenticated, Forbidden, NotFound, Conflict, Outdated, TooLarge,
                     WrongMedia, Refused, NotReady)
    },
    405: "不支持的方法",
}  # fmt: skip
HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    409: {"Retry-After": "1"},
    503: {"Retry-After": "1"},
}
PLACES = {"path", "query", "header", "cookie", "body"}
# What pydantic finds in a path or query, in our words.
RULES: Mapping[str, tuple[str, str, str]] = {
    "missing": ("missing", "缺少必填项", "请补充"),
    "string_pattern_mismatch": (
        "identifier", "编号须为 1 至 64 位字母、数字或 _ . : -，首位为字母或数字", "请改用系统中的业务编号",
    ),
}  # fmt: skip
OTHER_RULE = ("out_of_range", "取值不符合要求", "请按接口文档填写")


def problem(
    status: int,
    detail: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemAnswer:
    """A problem document. `type` depends on the status alone, so that programs can rely on it."""
    title = TITLES.get(status, Malformed.title)
    document = {
        "type": TYPE + HTTPStatus(status).phrase.lower().replace(" ", "-"),
        "title": title,
        "status": status,
        "detail": detail or title,
        "errors": list(errors),
    }
    return ProblemAnswer(document, status, {**HEADERS.get(status, {}), **(headers or {})})


def entry(found: Problem, row: int | None = None) -> dict[str, Any]:
    """One thing wrong with one field of a record; `row` is its place in a batch."""
    return {
        "row": row, "field": found.field, "rule": found.rule, "span": found.span and list(found.span),
        "message": found.message, "fix": found.fix,
    }  # fmt: skip


def handle_problems(app: FastAPI, driver_error: type[Exception]) -> None:
    """Have every error that a route can raise answered with a problem document.

    `driver_error` is what all errors of the database driver are: a few reach a route as the driver raised them.
    """
    app.add_exception_handler(ZhipeiError, _own)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for unavailable in (DBAPIError, driver_error, PoolTimeout):
        app.add_exception_handler(unavailable, _unavailable)
    app.add_exception_handler(IntegrityError, _clash)


async def _own(_request: Request, error: Exception) -> ProblemAnswer:
    assert isinstance(error, ZhipeiError)
    if error.status == 500:
        log.error("failed", title=error.title, detail=error.detail)
    return problem(error.status, error.detail, [entry(found) for found in error.problems])


async def _validation(_request: Request, error: Exception) -> ProblemAnswer:
    assert isinstance(error, RequestValidationError)
    return problem(422, errors=[entry(_parameter(found)) for found in error.errors()])


def _parameter(found: Mapping[str, Any]) -> Problem:
    field = ".".join(str(step) for step in found["loc"] if step not in PLACES)
    return Problem(field, *RULES.get(found["type"], OTHER_RULE))


async def _http(_request: Request, error: Exception) -> ProblemAnswer:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, headers=error.headers)


async def _unavailable(_request: Request, error: Exception) -> ProblemAnswer:
    """A database that is locked, full, gone, damaged or overrun: nothing was stored, and trying again may work."""
    _note(error)
    return problem(NotReady.status, "数据库暂时不可用，请稍后重试；仍不行时请告诉管理员")


async def _clash(_request: Request, error: Exception) -> ProblemAnswer:
    _note(error)
    return problem(Conflict.status, "与同时进行的另一写入冲突，请重试")


def _note(error: Exception) -> None:
    """Why the database refused, by its own code: its words may repeat a record."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    log.warning("database", error=type(cause).__name__, code=code)
