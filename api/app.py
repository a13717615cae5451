"""Which application answers over HTTP? Made from its settings, with every route behind a key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from api.collecting import collect_seldom
from api.deps import caller
from api.idempotency import Running
from api.live import LiveIndex
from api.observability import Observed, configure_logs
from api.openapi import describe
from api.outbox import deliverer_of, delivering
from api.problems import handle_problems
from api.responses import JsonAnswer
from api.routes import (
    demand,
    duplicates,
    health,
    recommendations,
    runs,
    screening,
    seekers,
    subscriptions,
    uploads,
    vacancies,
)
from api.settings import Settings
from ingest.districts import read_place
from ingest.occupations import occupation_codes
from ingest.screening import Wording, screen
from matching.recommend import recommend
from matching.seekers import seekers_of
from matching.terms import words
from matching.wishes import read_wishes
from models.errors import ZhipeiError
from models.queries.seekers import latest_served
from models.times import local_date, now

BEHIND_KEYS = (
    vacancies.router,
    seekers.router,
    recommendations.router,
    runs.router,
    screening.router,
    duplicates.router,
    subscriptions.router,
    uploads.router,
    demand.router,
)
MET_AT_START = 10_000  # people whose wishes are read before the first request: most others have the same
DESCRIPTION = """公共就业服务的岗位推荐：采集系统推送岗位；劳务经纪人、职业指导员为一个人查看推荐、理由和说明。

- 每个请求带 `Authorization: Bearer zhp_…`；每个密钥只看得到自己范围内的记录，范围外与不存在的答复相同。
- 推送成功（2xx）即已落盘，一秒内可被推荐。
- 出错时答复 `application/problem+json`，逐条写明字段、原因和改法，不重复所发内容。
"""


def from_environment() -> FastAPI:
    """The application of this environment: what a server process starts from."""
    configure_logs()
    app = create_app(Settings())
    collect_seldom()
    return app


def create_app(settings: Settings) -> FastAPI:
    """The application. ZhipeiError when there are no encryption keys or the schema is not this code's."""
    if settings.keyring is None:
        raise ZhipeiError("没有加密密钥，不能启动：请设置 ZHIPEI_SECRET_KEYS")
    if not settings.database.at_head():
        raise ZhipeiError("数据库结构不是最新，不能启动：请先运行 zhipei migrate")
    app = FastAPIOffline(
        title="职配 Zhipei",
        description=DESCRIPTION,
        version=version("zhipei"),
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=JsonAnswer,
        generate_unique_id_function=_operation,
        swagger_ui_parameters={"validatorUrl": None},  # the default one is a site on the internet
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.deliverer = deliverer_of(settings)
    app.state.running = Running()
    app.state.index = LiveIndex(settings.engine, settings.snapshot, settings.meaning_file)
    for router in BEHIND_KEYS:
        app.include_router(router, dependencies=[Depends(caller)])
    app.include_router(health.router)
    app.add_middleware(Observed)
    handle_problems(app, settings.database.engine.dialect.loaded_dbapi.Error)
    describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The index is ready before the first request is taken; connections are given back after the last."""
    settings: Settings = app.state.settings
    await run_in_threadpool(_warm, app)
    with delivering(app.state.deliverer) if settings.deliver_in_serve else nullcontext():
        yield
    app.state.settings.database.close()


def _warm(app: FastAPI) -> None:
    words("叉车司机")  # the first of each loads its tables, a second or so in all
    occupation_codes(["叉车司机"])
    read_place(district="重庆市渝中区")
    app.state.settings.rules.check()  # compiles them all: some seconds that no request should wait
    screen(Wording("叉车司机", "限重庆户口"), local_date(now()))
    with suppress(KeyError, ValueError):  # a person whom the engine cannot read is told so when asked for
        _meet(app)


def _meet(app: FastAPI) -> None:
    """Read what the latest people wish for, together for a seventh of what each costs alone; load the loops."""
    settings, moment = app.state.settings, now()
    with settings.database.read() as session:
        index = app.state.index.current(session)
        some = seekers_of(latest_served(session, MET_AT_START), local_date(moment), settings.home_city)
    said = dict.fromkeys(text for person in some for text in person.said)
    read_wishes(index, list(said), settings.engine)
    recommend(some[:1], index, settings.engine, moment)


def _operation(route: APIRoute) -> str:
    """The operationId of a route is the name of its function, which `security.MATRIX` knows it by."""
    return route.name
