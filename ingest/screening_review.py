"""Who may decide what about a finding, when does it take effect, and who may object?

What needs two people: opening what the rules bar by law (two different reviewers approve), undoing what a reviewer
has barred (another one), deciding an objection (one who has not yet decided this text). Barring never does.
Reasons: docs/decisions/0016-screening-is-decided-by-people.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ingest.screening import digest_of, stored_wording
from ingest.screening_decisions import VERDICTS, barred, of_screening
from models.database import VACANCY_REVISIONS, take_revisions
from models.enums import ReviewOutcome, Screening, VacancyStatus
from models.errors import Conflict
from models.queries.screening import appeals_of, decisions_of, open_appeal
from models.screening import ScreeningAppeal, ScreeningDecision
from models.vacancy import Vacancy

VOICES_TO_OPEN_WHAT_IS_BARRED = 2


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of a vacancy, why, and who and when."""

    reason: str
    by: str
    at: datetime


class Case:
    """Everything that was said of the present text of one vacancy."""

    def __init__(
        self, vacancy: Vacancy, decisions: Sequence[ScreeningDecision], appeals: Sequence[ScreeningAppeal]
    ) -> None:
        self.vacancy = vacancy
        self.wording = vacancy.wording or digest_of(stored_wording(vacancy))  # none: stored before there were any
        self.decisions = [decision for decision in decisions if decision.wording == self.wording]
        self.appeal = open_appeal(vacancy, self.wording, appeals, self.decisions)

    @classmethod
    def of(cls, session: Session, vacancy: Vacancy) -> "Case":
        """The case of a vacancy as it is stored."""
        decisions, appeals = decisions_of(session, [vacancy.id]), appeals_of(session, [vacancy.id])
        return cls(vacancy, decisions.get(vacancy.id, []), appeals.get(vacancy.id, []))

    @property
    def standing(self) -> ScreeningDecision | None:
        """The decision that stands, if a person has decided."""
        return next((word for word in self.decisions if word.id == self.vacancy.decision_id), None)

    @property
    def needed(self) -> int:
        """How many different reviewers must approve before the vacancy opens."""
        return VOICES_TO_OPEN_WHAT_IS_BARRED if barred(self.vacancy.findings) else 1

    @property
    def given(self) -> set[str]:
        """Who has approved the text since it was last barred by a person."""
        return voices(self.decisions)


def voices(decisions: Sequence[ScreeningDecision]) -> set[str]:
    """Who approved since the last word to the contrary."""
    found = set[str]()
    for decision in decisions:
        found = found | {decision.decided_by} if decision.outcome == ReviewOutcome.APPROVE else set()
    return found


def decide(session: Session, vacancy: Vacancy, outcome: ReviewOutcome, text: bytes, word: Word) -> ScreeningDecision:
    """Keep a reviewer's word on a text, and let it take effect unless a second one is needed.

    Conflict where the text is no longer the one that was read, where there is nothing to decide, or where somebody
    else must. The caller holds the counter of vacancies.
    """
    case = Case.of(session, vacancy)
    if vacancy.status == VacancyStatus.WITHDRAWN:
        raise Conflict("岗位已撤回，无须审核")
    if case.wording != text:
        raise Conflict("岗位内容已更新，请重新查看后再作决定")
    _check_person(case, outcome, word.by)
    vacancy.wording = case.wording
    effect = outcome is not ReviewOutcome.APPROVE or len(case.given | {word.by}) >= case.needed
    decision = ScreeningDecision(
        vacancy_id=vacancy.id, wording=text, outcome=outcome.value, reason=word.reason, effect=effect,
        appeal_id=case.appeal.id if case.appeal else None, findings=of_screening(vacancy.findings),
        rules=vacancy.screening_rules, decided_by=word.by, decided_at=word.at,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    if effect:
        _settle(session, vacancy, decision)
    else:
        vacancy.waiting_since = vacancy.waiting_since or word.at  # for the second reviewer
    return decision


def _check_person(case: Case, outcome: ReviewOutcome, by: str) -> None:
    standing = case.standing
    if case.appeal and any(decision.effect and decision.decided_by == by for decision in case.decisions):
        raise Conflict("您已对这一内容作过决定：申诉须由另一名审核人员处理")
    if standing and standing.outcome == outcome and not case.appeal:
        raise Conflict("已有相同的审核结论，内容未变，无须重复决定")
    if outcome is ReviewOutcome.APPROVE:
        _check_approval(case, by)


def _check_approval(case: Case, by: str) -> None:
    if case.vacancy.screening == Screening.OK:
        raise Conflict("岗位已通过审核")
    if case.standing and case.standing.outcome == ReviewOutcome.BLOCK and case.standing.decided_by == by:
        raise Conflict("不得发布的结论由您作出：改为通过须由另一名审核人员决定")
    if by in case.given:
        raise Conflict("您已同意：规则判为不得发布的内容，须由另一名审核人员再次同意")


def _settle(session: Session, vacancy: Vacancy, decision: ScreeningDecision) -> None:
    """The vacancy stands as was decided; every index learns of it."""
    vacancy.screening = VERDICTS[ReviewOutcome(decision.outcome)].value
    vacancy.decision_id = decision.id
    vacancy.waiting_since = None
    vacancy.revision = take_revisions(session, VACANCY_REVISIONS, 1)
    session.flush()


def appeal(session: Session, vacancy: Vacancy, word: Word) -> ScreeningAppeal:
    """Keep an objection to the verdict on a text, and put the vacancy in the queue.

    Conflict where there is no verdict to object to, or this text has had its appeal. The caller holds the counter.
    """
    case = Case.of(session, vacancy)
    _check_appeal(case)
    objection = ScreeningAppeal(
        vacancy_id=vacancy.id, wording=case.wording, reason=word.reason, appealed_by=word.by, appealed_at=word.at
    )
    session.add(objection)
    vacancy.wording, vacancy.waiting_since = case.wording, word.at
    session.flush()
    return objection


def _check_appeal(case: Case) -> None:
    if case.vacancy.status == VacancyStatus.WITHDRAWN:
        raise Conflict("岗位已撤回，不能申诉")
    if case.vacancy.screening == Screening.OK:
        raise Conflict("岗位已通过审核，无须申诉")
    if case.appeal:
        raise Conflict("这一内容的申诉正在处理，请等待结果")
    if case.standing and case.standing.appeal_id:
        raise Conflict("这一内容的申诉已有结论；请按审核意见修改后重新推送")
    if case.vacancy.screening == Screening.REVIEW and case.standing is None:
        raise Conflict("岗位正在等待审核，有结论后方可申诉")
