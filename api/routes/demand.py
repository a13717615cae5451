"""Which demand finds nobody, which wish finds nothing, and who was shown a vacancy first?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Action, record_view
from api.deps import Caller, Cursor, Limit, Name, ReadSession, Source, database_of
from api.openapi import errors
from api.responses import JsonAnswer
from api.shapes import LedgerPage, ShowingPage
from models.base import AnyRow
from models.districts import counties_of
from models.districts import label as district_label
from models.enums import Constraint, LedgerSide, Program
from models.errors import NotFound
from models.ledger import MEANINGS, LedgerCause, LedgerLine
from models.occupations import occupation_label
from models.queries.ledger import latest_ledger, ledger_lines
from models.queries.showings import showing_sums, showings
from models.queries.vacancies import find_vacancy

router = APIRouter(prefix="/v1", tags=["供需"], default_response_class=JsonAnswer)

PAGE = 100
Document = dict[str, Any]
Side = Annotated[LedgerSide | None, Query(description="只看一方：WANTED 有人求职，OFFERED 有岗位在招")]
District = Annotated[str | None, Query(pattern=r"^\d{6}$", description="只看一个地区；城市包含其全部区县")]
Occupation = Annotated[str | None, Query(pattern=r"^\d(-\d\d){3}$", description="只看一个职业（2022 版代码）")]
Cause = Annotated[str | None, Query(pattern=r"^[A-Z]{2,12}$", description="只看一个原因")]


@router.get("/demand/unmatched", summary="供需缺口台账", responses={200: {"model": LedgerPage}, **errors()})
def list_unmatched(
    _client: Caller, session: ReadSession, side: Side = None, district: District = None,
    occupation: Occupation = None, cause: Cause = None, limit: Limit = PAGE, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """每晚更新：有人求职而没有找到三个（`WANTED`，按人数），岗位在招而没有推荐给任何人（`OFFERED`，重复岗位计一次）。

    按职业、地区、原因分列，数量大的在前。一人求职几个职业、几个地区的，在每一处各计一次。职业或地区为空表示没有注明。
    """
    run = latest_ledger(session)
    if run is None:
        return JsonAnswer({"run": None, "date": None, "items": [], "next": None})
    asked = {
        "side": [side.value] if side else None,
        "district": [district, *counties_of(district)] if district else None,
        "occupation": [occupation] if occupation else None,
        "cause": [cause] if cause else None,
    }
    wanted = {name: values for name, values in asked.items() if values}
    found = ledger_lines(session, run.id, cursor or 0, limit + 1, wanted)
    more = found[limit - 1].id if len(found) > limit else None
    items = [_line(line) for line in found[:limit]]
    return JsonAnswer({"run": run.id, "date": run.date.isoformat(), "items": items, "next": more})


def _line(line: LedgerLine) -> Document:
    return {
        "side": {"code": line.side, "label": LedgerSide(line.side).label},
        "occupation": _coded(line.occupation, occupation_label(line.occupation)),
        "district": _coded(line.district, district_label(line.district)),
        "cause": {"code": line.cause, "label": _meaning(line)},
        "count": line.count,
    }


def _coded(code: str, label: str) -> Document | None:
    return {"code": code, "label": label} if code else None


def _meaning(line: LedgerLine) -> str:
    known = MEANINGS.get((LedgerSide(line.side), line.cause))
    return known or (Constraint if line.cause in set(Constraint) else LedgerCause)(line.cause).label


@router.get(
    "/vacancies/{source}/{external_id}/showings",
    summary="一个岗位先给谁看过",
    responses={200: {"model": ShowingPage}, **errors(404)},
)
def list_showings(
    request: Request, source: Source, external_id: Name, client: Caller, session: ReadSession,
    limit: Limit = PAGE, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """工作人员为谁打开推荐列表时看到了这个岗位，按时间先后，附当时的名次和理由。只有编号，没有姓名。

    `registered_first` 为 true：登记失业人员最先看到；`before_release` 是优先推荐期内的次数，其中 `others` 应为 0。
    """
    vacancy = find_vacancy(session, source, external_id)
    if vacancy is None:
        raise NotFound
    found = showings(session, vacancy.id, cursor or 0, limit + 1)
    answer = JsonAnswer(
        {
            "source": source,
            "external_id": external_id,
            "program": vacancy.program and _coded(vacancy.program, Program(vacancy.program).label),
            "release_at": vacancy.release_at.isoformat(),
            **_sums(showing_sums(session, vacancy.id)),
            "items": [_showing(row) for row in found[:limit]],
            "next": found[limit - 1].Showing.id if len(found) > limit else None,
        }
    )
    record_view(session, database_of(request), client.name, Action.SHOWINGS_VIEWED, f"{source}:{external_id}")
    return answer


def _sums(rows: Sequence[AnyRow]) -> Document:
    counts = {(row.registered, row.released): row.showings for row in rows}
    own, other = (min((row.first for row in rows if row.registered is who), default=None) for who in (True, False))
    return {
        "before_release": {"registered": counts.get((True, False), 0), "others": counts.get((False, False), 0)},
        "after_release": {"registered": counts.get((True, True), 0), "others": counts.get((False, True), 0)},
        "first_registered_at": _moment(own),
        "first_other_at": _moment(other),
        "registered_first": None if own is None and other is None else own is not None and (not other or own <= other),
    }


def _showing(row: AnyRow) -> Document:
    showing = row.Showing
    return {
        "at": showing.at.isoformat(), "seeker": {"source": row.source, "external_id": row.external_id},
        "registered": showing.registered, "released": showing.released, "client": showing.client,
        "run": showing.run_id, "rank": showing.rank, "revision": showing.vacancy_revision, "reasons": showing.reasons,
    }  # fmt: skip


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
