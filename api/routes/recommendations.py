"""Which vacancies for this person, and why (not) that one?"""

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record_view
from api.bodies import RecordDocument
from api.deps import NAME, Caller, Count, Name, ReadSession, Source, database_of, engine_of, settings_of
from api.openapi import SEEKER_EXAMPLE, errors, one
from api.responses import JsonAnswer, PlainAnswer
from api.security import Client
from api.shapes import MatchAnswer, RecommendationAnswer, WhyAnswer
from api.showings import record_list
from ingest.intake import code_intentions
from ingest.schemas import SeekerWire, read_wire
from ingest.seekers import read_seeker
from matching.ranking import MINIMUM
from models.base import AnyRow
from models.enums import SeekerState
from models.errors import NotFound, Refused
from models.queries.seekers import matched_seeker
from models.seeker import JobSeeker
from models.times import now

router = APIRouter(prefix="/v1", tags=["推荐"], default_response_class=JsonAnswer)

UNSAVED = "unsaved"  # what a profile is called that names itself nothing
Fresh = Annotated[bool, Query(description="不用夜间结果，立即重新计算")]
VacancySource = Annotated[str, Path(pattern=NAME, description="岗位来源")]
VacancyName = Annotated[str, Path(pattern=NAME, description="岗位编号")]


@router.get(
    "/seekers/{source}/{external_id}/recommendations",
    summary="一名求职者的推荐岗位",
    responses={200: {"model": RecommendationAnswer}, **errors(404)},
)
def recommend_vacancies(
    request: Request, source: Source, external_id: Name, client: Caller, k: Count = MINIMUM, fresh: Fresh = False
) -> Response:  # fmt: skip
    """夜间的三个仍然有效时直接返回，否则立即计算；每个岗位附理由。不足三个时附说明：卡在哪里、怎样能达到三个。"""
    with database_of(request).read() as session:
        engine = engine_of(request, session)
        seeker = _visible_seeker(session, client, source, external_id)
        told = engine.told(session, seeker, k, fresh)
    answer = PlainAnswer({"seeker": {"source": source, "external_id": external_id}, **told.document})
    record_list(database_of(request), client.name, seeker, told)
    return answer


@router.post(
    "/matches",
    summary="为未登记的求职意向匹配岗位",
    openapi_extra=one(SeekerWire, SEEKER_EXAMPLE),
    responses={200: {"model": MatchAnswer}, **errors(400, 413, 415)},
)
def match_profile(
    request: Request,
    _client: Caller,
    document: RecordDocument,
    session: ReadSession,
    k: Count = MINIMUM,
) -> Response:
    """写法与登记相同，什么都不保存，编号可省略。优先推荐期内的岗位只推荐给已登记的失业人员，不在其中。"""
    person = _unsaved(document, settings_of(request).home_city)
    return JsonAnswer(engine_of(request, session).matches(session, person, k))


@router.get(
    "/seekers/{source}/{external_id}/why/{vacancy_source}/{vacancy_external_id}",
    summary="为什么（不）推荐这个岗位",
    responses={200: {"model": WhyAnswer}, **errors(404)},
)
def explain_pair(
    request: Request, source: Source, external_id: Name, vacancy_source: VacancySource,
    vacancy_external_id: VacancyName, client: Caller, session: ReadSession,
) -> Response:  # fmt: skip
    """逐项说明这个岗位与本人意愿的关系，以及它在全部可选岗位中的名次。"""
    engine = engine_of(request, session)
    seeker = _visible_seeker(session, client, source, external_id)
    answer = JsonAnswer(engine.why(session, seeker, vacancy_source, vacancy_external_id))
    subject = f"{source}:{external_id}"
    record_view(session, database_of(request), client.name, Action.PAIR_VIEWED, subject)
    return answer


def _visible_seeker(session: Session, client: Client, source: str, external_id: str) -> AnyRow:
    """What the engine reads of a person. NotFound for one outside the client's scope, too."""
    name = {"source": source, "external_id": external_id}
    found = session.connection().execute(_visible_to(client), name).one_or_none()
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=256)
def _visible_to(client: Client) -> Select[*tuple[Any, ...]]:
    return matched_seeker(client.people())


def _unsaved(document: Any, home_city: str) -> JobSeeker:
    """The person in a document, as intake would store it, but registered nowhere: priority windows are not for them.

    Refused with every problem named.
    """
    if isinstance(document, dict):
        document = {"external_id": UNSAVED, **document}
    wire = read_wire(SeekerWire, document)
    if isinstance(wire, list):
        raise Refused("内容有误", wire)
    reading = read_seeker(wire, now(), home_city)
    if reading.invalid:
        raise Refused("内容有误", reading.invalid)
    code_intentions([reading])
    reading.values["state"] = SeekerState.SEEKER_ONLY.value
    return JobSeeker(
        id=0, source=UNSAVED, external_id=wire.external_id, findings=[], content=b"", revision=0, **reading.values
    )
