"""How do tables come in over HTTP, and where does one get the form for them?"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Caller, DryRun, QuerySource, settings_of
from api.imports import Noun
from api.openapi import errors
from api.responses import JsonAnswer
from api.shapes import UploadAnswer
from api.uploads import FORM, PART, XLSX, UploadBody, take_upload, workbook_answer
from ingest.templates import write_template
from models.errors import NotFound, Refused

router = APIRouter(prefix="/v1", default_response_class=JsonAnswer)

FILE: Mapping[str, Any] = {"type": "string", "format": "binary", "description": "csv、xlsx、xls、ndjson 或 json"}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": {"type": "object", "required": [PART], "properties": {PART: FILE}}}},
    }
}
WORKBOOK = {"schema": {"type": "string", "format": "binary"}}
TOLD: dict[int | str, dict[str, Any]] = {
    200: {"model": UploadAnswer, "description": "每行的结论，或退回行的表格", "content": {XLSX: WORKBOOK}},
    **errors(400, 404, 409, 413, 415),
}  # fmt: skip
FORM_TOLD: dict[int | str, dict[str, Any]] = {200: {"description": "表格", "content": {XLSX: WORKBOOK}}, **errors()}


@router.post("/vacancies:upload", tags=["岗位"], summary="上传岗位表格", openapi_extra=BODY, responses=TOLD)
def upload_vacancies(
    request: Request, client: Caller, upload: UploadBody, source: QuerySource = None, dry_run: DryRun = False
) -> Response:
    """最多 64 MB、5 万行；每行一个结论（行号与 Excel 中相同），有误的行不影响其他行，每 1000 行一次提交。

    请求头 Accept 写 xlsx 的类型时，返回退回的行：原行号、字段、规则、原因、修改建议和原来的各列，改好后可再次上传。
    """
    chosen = source or client.source
    if not chosen:
        raise Refused("缺少来源：请在地址中加上 ?source=")
    if not client.has(chosen):
        raise NotFound
    return take_upload(request, "vacancies", chosen, client, upload, dry_run)


@router.post("/seekers:upload", tags=["求职者"], summary="上传人员表格", openapi_extra=BODY, responses=TOLD)
def upload_seekers(
    request: Request, client: Caller, upload: UploadBody, source: QuerySource = None, dry_run: DryRun = False
) -> Response:
    """同上传岗位表格。退回的表格含所传的个人信息，请妥善保管；系统不保存所传的文件。"""
    if not source:
        raise Refused("缺少来源：请在地址中加上 ?source=")
    return take_upload(request, "seekers", source, client, upload, dry_run)


@router.get(
    "/templates/vacancies.xlsx", tags=["岗位"], summary="下载岗位表格模板", response_class=Response, responses=FORM_TOLD
)
def get_vacancy_template(request: Request) -> Response:
    """表头、一行示例、可选内容的下拉列表和填写说明。示例行导入时跳过。"""
    return _template(request, "vacancies")


@router.get(
    "/templates/seekers.xlsx", tags=["求职者"], summary="下载人员表格模板", response_class=Response, responses=FORM_TOLD
)
def get_seeker_template(request: Request) -> Response:
    """表头、一行示例、可选内容的下拉列表和填写说明。示例行导入时跳过。"""
    return _template(request, "seekers")


def _template(request: Request, noun: Noun) -> Response:
    made = BytesIO()
    write_template(noun, made, settings_of(request).home_city)
    return workbook_answer(made, f"{noun}.xlsx")
