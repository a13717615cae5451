"""The broker's road: one person's three, the stored ones while they are good, made now where not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from api.answers import certificate_answer, item_documents, stored_item, trace_answer
from api.wants import Document
from matching.config import Config
from matching.explain import trace
from matching.index import Index
from matching.nightly import certificate_document
from matching.ranking import MINIMUM
from matching.recommend import Item, Outcome, recommend
from matching.seekers import Profile, Seekers, profiles
from models.base import AnyRow
from models.errors import NotFound
from models.queries import runs
from models.queries.vacancies import find_vacancy, shown_vacancies
from models.times import local_date


class Told(NamedTuple):
    """A list as it is answered, and what was shown of its vacancies, in order."""

    document: Document
    shown: Sequence[AnyRow]


class Matching:
    """What a door needs to answer for people: an index, the configuration, the home city, the moment."""

    def __init__(self, index: Index, config: Config, home_city: str, now: datetime) -> None:
        self.index, self.config, self.home_city, self.now = index, config, home_city, now

    def people(self, seeker: Any) -> Seekers:
        """A stored or unsaved person as the engine sees it, alone."""
        return profiles([seeker], local_date(self.now), self.home_city)

    def recommendations(self, session: Session, seeker: Any, k: int = MINIMUM, fresh: bool = False) -> Document:
        """The nightly three if every one of them still stands, else a list made now; with reasons."""
        return self.told(session, seeker, k, fresh).document

    def told(self, session: Session, seeker: Any, k: int, fresh: bool) -> Told:
        """The same, with what was shown."""
        rows, items = ((), ()) if fresh else self._stored(session, seeker, k)
        if not items:
            answer = self._answer(session, seeker, k)
            return Told({"run": None, "fresh": True, **answer.document}, answer.shown)
        told = self._items(seeker, self.people(seeker)[0], items, rows)
        return Told({"run": rows[0].run_id, "fresh": False, "items": told, "certificate": None}, rows)

    def matches(self, session: Session, person: Any, k: int) -> Document:
        """Ranked vacancies for an unsaved profile."""
        return self._answer(session, person, k).document

    def why(self, session: Session, seeker: Any, source: str, external_id: str) -> Document:
        """The trace of one person and one vacancy. NotFound when there is no such vacancy."""
        vacancy = find_vacancy(session, source, external_id)
        if vacancy is None:
            raise NotFound("没有这个岗位")
        profile = self.people(seeker)[0]
        found = trace(profile, vacancy.id, self.index, self.config, self.now)
        shown = shown_vacancies(session, [vacancy.id])[vacancy.id]
        if found is None:
            return {"rank": None, "chosen": False, "verdict": closed_reason(vacancy), "standings": []}
        return trace_answer(found, shown, profile, self.index, self.config, not seeker.consent_personalised)

    def _outcome(self, people: Seekers, k: int) -> Outcome:
        """A list made now. Who asks for fewer than three is still owed three before a certificate is."""
        outcome = recommend(people, self.index, self.config, self.now, max(k, MINIMUM))[0]
        return Outcome(outcome.items[:k], outcome.certificate)

    def _stored(self, session: Session, seeker: Any, k: int) -> tuple[Sequence[AnyRow], Sequence[Item]]:
        """Last night's first k, with what is shown of them, while person and vacancies are what they were then."""
        rows, today = runs.latest_list(session, seeker.id, seeker.revision, k), local_date(self.now)
        items = [item for row in rows if (item := stored_item(row, self.index, today))]
        return (rows, items) if len(items) == k else ((), ())

    def _answer(self, session: Session, person: Any, k: int) -> Told:
        people = self.people(person)
        outcome = self._outcome(people, k)
        ids = [int(self.index.facts.id[item.row]) for item in outcome.items]
        stored = certificate_document(outcome.certificate, self.index) if outcome.certificate else None
        shown = shown_vacancies(session, [*ids, *(stored["found"] if stored else ())])
        rows = [shown[identity] for identity in ids]
        items = self._items(person, people[0], outcome.items, rows)
        return Told({"items": items, "certificate": stored and certificate_answer(stored, shown)}, rows)

    def _items(self, person: Any, profile: Profile, items: Sequence[Item], shown: Sequence[AnyRow]) -> list[Document]:
        declined = not person.consent_personalised
        return item_documents(items, shown, profile, self.index, self.config, declined)


def closed_reason(vacancy: Any) -> str:
    """Why a stored vacancy is not among the open ones, in words."""
    if vacancy.status != "OPEN":
        return {"WITHDRAWN": "不能推荐：岗位已撤回", "NEEDS_COMPLETION": "不能推荐：岗位信息待补充"}[vacancy.status]
    if vacancy.openings <= vacancy.openings_filled:
        return "不能推荐：岗位已招满"
    return "不能推荐：岗位已过截止日期或未通过审核"
