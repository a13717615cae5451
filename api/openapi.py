"""What does the API description say beyond the routes? The bodies that are read by hand, and the problem document."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.bodies import ARRAY_ROWS, JSON, NDJSON
from api.decisions import AppealWire, DecisionWire, PairWire
from api.problems import TITLES
from api.responses import PROBLEM_MEDIA
from api.shapes import ProblemDocument
from api.subscribers import SubscriptionWire
from ingest.schemas import SeekerWire, VacancyWire

REF = "#/components/schemas/{model}"
LINES = {"type": "string", "description": "一行一个 JSON 对象"}
DESCRIBED = (VacancyWire, SeekerWire, DecisionWire, AppealWire, PairWire, SubscriptionWire, ProblemDocument)
# What any route may answer; a route adds what is its own.
ALWAYS = (401, 403, 422, 503)

VACANCY_EXAMPLE: Mapping[str, Any] = {
    "external_id": "V000001",
    "title": "叉车司机",
    "employer": {"name": "重庆某物流有限公司", "uscc": ""},
    "openings": "3人",
    "pay": "5000-7000元/月",
    "district": "重庆市渝中区",
    "education": "初中及以上",
    "certificates": ["叉车证"],
    "description": "负责仓库装卸，两班倒。",
    "valid_to": "2027-01-31",
}
SEEKER_EXAMPLE: Mapping[str, Any] = {
    "external_id": "P000001",
    "registration": {"district": "渝中区", "applied_at": "2026-11-20"},
    "wish": "有就业意愿",
    "intentions": ["叉车司机", "仓库管理员"],
    "certificates": ["叉车证"],
    "education": "高中",
    "districts": ["渝中区"],
    "mobility": "ADJACENT",
    "pay_floor": {"amount": 4500, "unit": "month"},
    "broker": "broker-01",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route behind a key, for `responses=`."""
    return told(*sorted({*ALWAYS, *statuses}))


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Just these error answers."""
    content = {PROBLEM_MEDIA: {"schema": _ref(ProblemDocument)}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


def one(model: type[BaseModel], example: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a route that takes one record, for `openapi_extra=`."""
    return _body({JSON: {"schema": _ref(model), "example": example}})


def many(model: type[BaseModel], example: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a route that takes a batch, as an array or as lines."""
    array = {"type": "array", "items": _ref(model), "maxItems": ARRAY_ROWS}
    lines = json.dumps(example, ensure_ascii=False) + "\n"
    return _body({JSON: {"schema": array, "example": [example]}, NDJSON: {"schema": LINES, "example": lines}})


def told_as_lines() -> dict[str, Any]:
    """An answer that may come as lines too, for `responses=`."""
    return {"description": "每行的结论", "content": {NDJSON: {"schema": LINES}}}


def describe(app: FastAPI) -> None:
    """Complete the description of an application with the shapes that no route declares to FastAPI."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _, found = models_json_schema([(model, "validation") for model in DESCRIBED], ref_template=REF)
            plain()["components"]["schemas"].update(found["$defs"])
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to extend it


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _body(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}
