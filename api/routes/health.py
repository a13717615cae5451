"""Is the process alive, and can it serve?"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import database_of, index_of
from api.openapi import told
from api.responses import JsonAnswer
from api.shapes import LiveAnswer, ReadyAnswer
from models.errors import NotReady
from models.times import now

router = APIRouter(prefix="/health", tags=["运行"], default_response_class=JsonAnswer)


@router.get("/live", summary="进程是否存活", responses={200: {"model": LiveAnswer}})
async def is_live() -> Response:
    """不需要密钥，不访问数据库。"""
    return JsonAnswer({"status": "live"})


@router.get("/ready", summary="能否提供服务", responses={200: {"model": ReadyAnswer}, **told(503)})
def is_ready(request: Request) -> Response:
    """数据库可用、结构是最新、索引已就绪。不需要密钥。"""
    if not database_of(request).at_head():
        raise NotReady("数据库结构不是最新：请先运行 zhipei migrate")
    state = index_of(request).state
    if state is None:
        raise NotReady("索引尚未就绪")
    age = round((now() - state.since).total_seconds(), 1)
    found = {"watermark": state.index.watermark, "vacancies": len(state.index.living), "age_seconds": age}
    return JsonAnswer({"status": "ready", "index": found})
