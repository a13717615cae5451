"""What did the nights bring, and who got fewer than three?"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.answers import certificate_answer
from api.audit import Action, record_view
from api.deps import Caller, Cursor, Limit, PlainNumber, ReadSession, database_of
from api.openapi import errors
from api.responses import JsonAnswer
from api.shapes import RunAnswer, RunPage, ShortfallPage
from models.enums import RunState
from models.errors import NotFound
from models.queries.runs import published_runs, shortfalls
from models.queries.vacancies import shown_vacancies
from models.recommendation import Run

router = APIRouter(prefix="/v1", tags=["批次"], default_response_class=JsonAnswer)

RunId = Annotated[int, PlainNumber, Path(ge=1, description="批次编号")]
PAGE = 50


@router.get("/runs", summary="夜间批次", responses={200: {"model": RunPage}, **errors()})
def list_runs(_client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None) -> Response:
    """已发布的批次，新的在前。"""
    found = published_runs(session, limit + 1, cursor)
    return JsonAnswer(_page([run_document(run) for run in found], limit, [run.id for run in found]))


@router.get("/runs/{run}", summary="一个批次", responses={200: {"model": RunAnswer}, **errors(404)})
def get_run(run: RunId, _client: Caller, session: ReadSession) -> Response:
    """当晚的规模、结果核对和耗时。"""
    return JsonAnswer(run_document(_published(session, run)))


@router.get(
    "/runs/{run}/shortfalls",
    summary="一个批次中不足三个的人",
    responses={200: {"model": ShortfallPage}, **errors(404)},
)
def list_shortfalls(
    request: Request, run: RunId, client: Caller, session: ReadSession, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """本人员范围内的求职者及其说明：卡在哪里、怎样能达到三个。"""
    _published(session, run)
    found = shortfalls(session, run, cursor or 0, limit + 1, client.people())
    ids = {vacancy for row in found for vacancy in row.Shortfall.certificate["found"]}
    shown = shown_vacancies(session, ids)
    items = [_shortfall(row, shown) for row in found]
    answer = JsonAnswer(_page(items, limit, [row.Shortfall.seeker_id for row in found]))
    record_view(session, database_of(request), client.name, Action.SHORTFALLS_VIEWED, f"run:{run}")
    return answer


def _published(session: Session, number: int) -> Run:
    run = session.get(Run, number)
    if run is None or run.state != RunState.PUBLISHED:
        raise NotFound
    return run


def run_document(run: Run) -> dict[str, Any]:
    """A night as it is told."""
    return {
        "id": run.id, "date": run.date.isoformat(), "k": run.k, "config": run.config, "vacancies": run.vacancies,
        "registered": run.registered, "seeker_only": run.seeker_only, "started_at": run.started_at.isoformat(),
        "published_at": run.published_at and run.published_at.isoformat(), "report": run.report,
    }  # fmt: skip


def _shortfall(row: Any, shown: Mapping[int, Any]) -> dict[str, Any]:
    return {
        "seeker": {"source": row.source, "external_id": row.external_id},
        "certificate": certificate_answer(row.Shortfall.certificate, shown),
    }


def _page(items: list[dict[str, Any]], limit: int, keys: list[int]) -> dict[str, Any]:
    """One page of what was fetched with one to spare: the spare one says that there is more."""
    return {"items": items[:limit], "next": keys[limit - 1] if len(items) > limit else None}
