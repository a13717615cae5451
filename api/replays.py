"""What did a past night give one person, is it what the same facts give today, and why not the others?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.answers import certificate_text, item_documents
from api.settings import Settings
from api.wants import Document
from ingest.screening_personal import starred
from matching.archive import SHORTENED, Archive, Kept
from matching.config import PARTS
from matching.facts import KINDS, UNBOUNDED, UNKNOWN
from matching.marks import from_bits
from matching.recommend import Item
from matching.replay import Again, Passed, Past, Standing, replay
from matching.seekers import Profile, profiles
from models.base import AnyRow
from models.codes_education import education_label
from models.districts import label as district_label
from models.enums import LEFT_BECAUSE, RUNGS, PassedOver, RunState
from models.errors import NotFound
from models.queries import past, runs
from models.queries.vacancies import is_open, shown_vacancies
from models.recommendation import Departure, Recommendation, Run
from models.seeker import JobSeeker
from models.showing import Showing
from models.times import local_date, now
from models.vacancy import Employer, Vacancy

MOST_TOLD = 100  # of what was passed over; all of it is counted
DIFFERENCES = {
    "vacancy": "当晚的索引里没有这个岗位", "revision": "岗位版本", "rung": "层级", "score": "得分",
    "parts": "分项得分", "marks": "提示", "place": "不在本人的备选之列", "rank": "先后次序",
    "found": "找到的岗位", "held_back": "各项条件限制的岗位数", "change": "建议的调整", "certificate": "应有三个以上",
}  # fmt: skip
SINCE = {"same": "至今未变", "changed": "此后改过", "closed": "已不在招", "deleted": "已从库中删除"}


def replay_list(settings: Settings, session: Session, run_name: str, seeker: JobSeeker) -> Document:
    """One person's list of a published run, made again from what was kept. NotFound says what is missing and why."""
    run = replayable_run(session, run_name)
    then = past.seeker_at(session, seeker.id, run.seeker_watermark)
    recorded = runs.recommendations(session, run.id, seeker.id)
    certificate = past.certificate(session, run.id, seeker.id)
    if then is None or not (recorded or certificate):
        raise NotFound(f"批次 {run.id} 没有服务这个人：当晚未登记、已暂停或已注销，或资料此后曾被删除")
    kept = Archive(settings.archive).open(run.snapshot or "")
    profile = profiles([then], run.date, kept.basis.home_city)[0]
    found = replay(kept, profile, _past(session, run, seeker.id), recorded)
    told = _Teller(session, kept, profile)
    document = {
        "run": _run_document(run, kept),
        "seeker": {**_person(then, profile), "changed_since": then.revision != seeker.revision},
        "items": list(told.items(found.items)),
        "passed_over": told.passed_over(found.passed),
        "certificate": _certificates(certificate, found.certificate),
        "left": list(told.left(runs.departures(session, run.id, seeker.id))),
        "shown": list(told.shown(past.shown(session, run.id, seeker.id), recorded)),
    }
    return {**document, "equal": not any(_wrong(document))}


def replayable_run(session: Session, name: str) -> Run:
    """The published run of that number, or the latest. NotFound says why there is none that could be replayed."""
    run = runs.latest_run(session) if name == "latest" else session.get(Run, int(name) if name.isdecimal() else 0)
    if run is None:
        newest = session.execute(select(func.max(Run.id))).scalar_one() or 0
        if name.isdecimal() and 0 < int(name) < newest:
            raise NotFound(f"批次 {name} 已不在：批次保存 40 天，过期连同快照一起删除；未发布的批次由下一晚清除")
        raise NotFound("没有这个批次")
    if run.state == RunState.EXPIRED:
        raise NotFound(f"批次 {run.id} 正在删除：已过 40 天保存期，或当晚没有写完")
    if run.state != RunState.PUBLISHED:
        raise NotFound(f"批次 {run.id} 没有发布：正在写入，或写入时中断")
    if not run.snapshot:
        raise NotFound(f"批次 {run.id} 没有留下快照：在有重放功能之前运行，或当晚数据目录写不进去")
    return run


def _past(session: Session, run: Run, seeker_id: int) -> Past:
    earlier = past.run_before(session, run.id)
    before = past.held(session, earlier.id, seeker_id) if earlier else None
    return Past(run.started_at, past.planned_loads(session, run.id), before)


def _run_document(run: Run, kept: Kept) -> Document:
    basis = kept.basis
    return {
        "run": run.id, "date": run.date.isoformat(), "started_at": run.started_at.isoformat(), "k": run.k,
        "vacancies": run.vacancies, "watermark": run.watermark, "seeker_watermark": run.seeker_watermark,
        "config": run.config, "home_city": basis.home_city, "meaning": basis.meaning, "version": basis.version,
        "snapshot": run.snapshot,
    }  # fmt: skip


def _person(then: AnyRow, profile: Profile) -> Document:
    """The facts that entered. How urgently somebody is helped moves nobody's list, and is not told."""
    return {
        "source": then.source, "external_id": then.external_id, "revision": then.revision,
        "wishes": list(profile.wishes), "skills": list(profile.skills),
        "districts": [district_label(code) for code in sorted(profile.place.wanted)],
        "mobility": profile.place.mobility.label, "consent_other_city": profile.place.consent,
        "pay_floor": profile.pay_floor or None, "kinds": [kind.label for kind in KINDS if kind in profile.kinds],
        "education": None if profile.education == UNKNOWN else education_label(profile.education),
        "experience": then.experience, "certificates": sorted(then.certificates),
        "shift_limits": sorted(shift.label for shift in profile.shift_limits),
        "fixed": sorted(wish.label for wish in profile.fixed),
    }  # fmt: skip


def _certificates(recorded: Mapping[str, Any] | None, again: Mapping[str, Any] | None) -> Document | None:
    """Both certificates, and in what they differ; None where neither was nor is to be given."""
    if recorded is None and again is None:
        return None
    fields = ("found", "held_back", "change")
    differs = [name for name in fields if recorded[name] != again[name]] if recorded and again else ["certificate"]
    text = certificate_text(recorded) if recorded else None
    return {"recorded": recorded, "replayed": again, "text": text, "differs": list(map(_difference, differs))}


def _difference(code: str) -> Document:
    return {"code": code, "label": DIFFERENCES[code]}


def _wrong(document: Document) -> Iterator[Any]:
    """What is not as it was recorded or promised."""
    yield from (item["differs"] for item in document["items"])
    yield (document["certificate"] or {}).get("differs")
    yield document["passed_over"]["counts"].get(PassedOver.UNEXPLAINED.value)
    yield from (not showing["as_recorded"] for showing in document["shown"])


class _Teller:
    """Says what vacancies were, and what has become of them since."""

    def __init__(self, session: Session, kept: Kept, profile: Profile) -> None:
        self._session, self._kept, self._profile = session, kept, profile

    def items(self, items: Sequence[Again]) -> Iterator[Document]:
        """The recorded items, by rank."""
        now_is = self._now(one.recorded.vacancy_id for one in items)
        shown = shown_vacancies(self._session, now_is)
        for one in items:
            stored = one.recorded
            again, today = one.stands.item if one.stands else None, now_is.get(stored.vacancy_id)
            # Sentences quote the record of the vacancy: they can be made as long as it says what it said.
            is_told = self._says_the_same(stored.vacancy_id, today)
            yield {
                "rank": stored.rank,
                "vacancy": self._vacancy(stored.vacancy_id, today),
                "recorded": _scores(stored.score, RUNGS[stored.rung], stored.parts)
                | {"revision": stored.vacancy_revision, "marks": [mark.label for mark in from_bits(stored.marks)]},
                "replayed": again and _scores(again.score, again.rung, again.parts),
                "differs": list(map(_difference, one.differs)),
                "kept": one.kept,
                **_fullness(one.stands),
                "reasons": self._reasons(again, shown[stored.vacancy_id]) if again and is_told else None,
            }

    def _reasons(self, item: Item, shown: AnyRow) -> list[str]:
        kept = self._kept
        (document,) = item_documents([item], [shown], self._profile, kept.index, kept.basis.config)
        return list(document["reasons"])

    def passed_over(self, passed: Sequence[Passed]) -> Document:
        """What stands before an item in the person's own list and was not given, and why."""
        told = passed[:MOST_TOLD]
        ids = [int(self._kept.index.facts.id[one.stands.row]) for one in told]
        now_is = self._now(ids)
        return {
            "counts": dict(Counter(one.why.value for one in passed)),
            "items": [
                {
                    "vacancy": self._vacancy(number, now_is.get(number)),
                    **(_scores(one.stands.item.score, one.stands.item.rung, one.stands.item.parts)
                       if one.stands.item else {}),
                    **_fullness(one.stands),
                    "why": {"code": one.why.value, "label": one.why.label},
                }
                for number, one in zip(ids, told, strict=True)
            ],
        }  # fmt: skip

    def left(self, departures: Sequence[Departure]) -> Iterator[Document]:
        """What the person had the night before and had no more."""
        now_is = self._now(one.vacancy_id for one in departures)
        for one in departures:
            why = LEFT_BECAUSE[one.reason]
            vacancy = self._vacancy(one.vacancy_id, now_is.get(one.vacancy_id))
            yield {"vacancy": vacancy, "why": {"code": why.value, "label": why.label}}

    def shown(self, showings: Sequence[Showing], recorded: Sequence[Recommendation]) -> Iterator[Document]:
        """What clients were shown of this list, with the reasons as they were told."""
        stored = {one.vacancy_id: _scores(one.score, RUNGS[one.rung], one.parts) for one in recorded}
        now_is = self._now(one.vacancy_id for one in showings)
        for one in showings:
            same = stored.get(one.vacancy_id, {})
            told = {"score": one.reasons["score"], "rung": one.reasons["rung"], "parts": one.reasons["parts"]}
            yield {
                "at": one.at.isoformat(), "client": one.client, "rank": one.rank,
                "vacancy": self._vacancy(one.vacancy_id, now_is.get(one.vacancy_id)),
                "reasons": one.reasons["reasons"],
                "as_recorded": bool(same) and told == {**same, "rung": same["rung"]["code"]},
            }  # fmt: skip

    def _now(self, ids: Iterable[int]) -> dict[int, AnyRow]:
        """The vacancies as they are today, of those that are still stored."""
        columns = (Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.title, Vacancy.content,
                   is_open(local_date(now())).label("open"))  # fmt: skip
        return {row.id: row for row in self._session.execute(select(*columns).where(Vacancy.id.in_(set(ids))))}

    def _vacancy(self, number: int, today: AnyRow | None) -> Document:
        """What a vacancy was that night, as far as it is known, and what has become of it."""
        then = self._kept.names.get(number)
        called = then or today
        is_same = self._says_the_same(number, today)
        since = "deleted" if today is None else "closed" if not today.open else "same" if is_same else "changed"
        return {
            "source": called.source if called else None, "external_id": called.external_id if called else None,
            "title": starred(called.title) if called else f"岗位 {number}",
            **self._facts(number),
            "since": {"code": since, "label": SINCE[since]},
        }  # fmt: skip

    def _says_the_same(self, number: int, today: AnyRow | None) -> bool:
        then = self._kept.names.get(number)
        return bool(then and today and today.content[:SHORTENED].hex() == then.content)

    def _facts(self, number: int) -> Document:
        row = self._kept.index.row_of(number)
        if row is None:
            return {"employer": "", "district_name": "", "pay": ""}
        facts, places = self._kept.index.facts, self._kept.index.places
        employer = self._session.get(Employer, int(facts.employer[row])) if facts.employer[row] > 0 else None
        place = places[facts.place[row]]
        pay = _pay(int(facts.pay_min[row]), int(facts.pay_max[row]))
        district = district_label(place) if place else "远程"
        return {"employer": employer.name if employer else "", "district_name": district, "pay": pay}


def _scores(score: int, rung: Any, parts: Iterable[int]) -> Document:
    return {
        "score": score, "rung": {"code": rung.value, "label": rung.label}, "parts": dict(zip(PARTS, parts, strict=True))
    }  # fmt: skip


def _fullness(stands: Standing | None) -> Document:
    """The place in the person's own list, and how many people it was given to, of how many."""
    if stands is None:
        return {"place": None, "load": None, "capacity": None}
    return {"place": stands.place, "load": stands.load, "capacity": stands.capacity}


def _pay(least: int, most: int) -> str:
    """Yuan a month as the engine read it."""
    if most == UNKNOWN:
        return "月薪无法折算"
    if most == UNBOUNDED:
        return f"{least} 元/月起"
    return f"{most} 元/月以内" if least == UNKNOWN else f"{least}-{most} 元/月"
