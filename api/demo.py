"""The demo: a sample market in a fresh SQLite file, one night, and what a few people get."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api import console
from api.fitting import fit_meaning
from api.imports import Counts, Noun, import_rows
from api.live import LiveIndex
from api.market.sample import seekers, vacancies
from api.reports import night_report
from api.service import Matching
from api.settings import Settings
from ingest.files import Row
from matching.loading import Night
from matching.meaning import Meaning
from matching.nightly import run_night
from models.enums import SERVED_STATES
from models.identity import Keyring
from models.recommendation import Run, Shortfall
from models.seeker import JobSeeker
from models.times import local_date, now

SOURCE = "demo"
LOOKED_AT, SHOWN = 50, 3  # of the first people those who say what they want


def run_demo(people: int, openings: int, seed: int, path: Path, progress: Callable[[int, int], None]) -> None:
    """Make the market, run the night, print what came of it. The same arguments print the same text on a day."""
    settings = _fresh(path)
    today = local_date(now())
    console.out.print(f"样例市场：{openings} 个岗位，{people} 人，种子 {seed}（全部为虚构）")
    _import(settings, "vacancies", vacancies(openings, seed, today))
    _import(settings, "seekers", seekers(people, seed, today))
    fit_meaning(settings)
    night = Night(settings.engine, settings.home_city, now(), workers=os.cpu_count() or 1, snapshot=settings.snapshot,
                  meaning=Meaning.stored(settings.meaning_file), readings=settings.readings_file,
                  progress=progress, archive=settings.archive)  # fmt: skip
    run_id, stages = run_night(settings.database, night)
    _show(settings, run_id)
    console.err.print("各阶段用时（秒）：" + "，".join(f"{name} {s:.1f}" for name, s in stages.seconds.items()))


def _fresh(path: Path) -> Settings:
    """Settings on a new database at `path`, with keys of its own; what stood there is removed."""
    settings = Settings(database_url=f"sqlite:///{path}", data_dir=None, secret_keys="")
    for old in (path, *path.parent.glob(f"{path.name}-*"), *settings.folder.glob("index-*")):
        old.unlink(missing_ok=True)
    settings.keys_file.touch(mode=0o600)
    settings.keys_file.write_text(Keyring.new_key(), "ascii")
    settings.database.migrate()
    return settings


def _import(settings: Settings, noun: Noun, documents: Iterable[dict[str, Any]]) -> None:
    counts = Counts()
    for verdict in import_rows(settings, _rows(documents), noun, SOURCE):
        counts.add(verdict)
    label = {"vacancies": "岗位", "seekers": "人员"}[noun]
    told = "，".join(f"{console.VERDICTS[name]} {n}" for name, n in counts.as_dict()["verdicts"].items())
    console.out.print(f"{label}入库：{told}")


def _rows(documents: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for number, document in enumerate(documents, 1):
        yield Row(number, document, None)


def _show(settings: Settings, run_id: int) -> None:
    with settings.database.read() as session:
        console.print_report(night_report(session, session.get_one(Run, run_id)), stages=False)
        index = LiveIndex(settings.engine, settings.snapshot, settings.meaning_file).current(session)
        matching = Matching(index, settings.engine, settings.home_city, now())
        served = JobSeeker.state.in_([state.value for state in SERVED_STATES])
        first = session.execute(select(JobSeeker).where(served).order_by(JobSeeker.id).limit(LOOKED_AT)).scalars()
        for person in [person for person in first if person.intentions][:SHOWN]:
            _show_person(matching.recommendations(session, person), person)
        short = select(JobSeeker).join(Shortfall, Shortfall.seeker_id == JobSeeker.id).order_by(JobSeeker.id).limit(1)
        for person in session.execute(short).scalars():
            _show_person(matching.recommendations(session, person), person)
    path = settings.database.path
    console.out.print(
        f"\n打开接口文档页：ZHIPEI_DATABASE_URL=sqlite:///{path} uv run zhipei serve，然后访问 http://127.0.0.1:8000/docs"
        f"\n取得接口密钥：ZHIPEI_DATABASE_URL=sqlite:///{path} uv run zhipei client create 办事处 --role office"
    )


def _show_person(answer: dict[str, Any], person: JobSeeker) -> None:
    wish = "、".join(intention["text"] for intention in person.intentions) or "未填写意向"
    floor = f"，期望 {person.pay_floor} 元/月" if person.pay_floor else ""
    console.out.print(f"\n{person.external_id}（求职意向：{wish}{floor}）")
    console.print_recommendations(answer)
