"""Decisions of reviewers stand until something new is found; a change of the rules is told as a difference."""

from datetime import date

import pytest

from ingest.screening import Wording, screen
from ingest.screening_decisions import change, decide, gravest, standing_verdict, stored
from models.enums import Screening

TODAY = date(2026, 11, 24)
BLOCKED, REVIEW, OK = Screening.BLOCKED, Screening.REVIEW, Screening.OK


def of(text):
    return screen(Wording("普工", text), TODAY)


def test_without_a_decision_the_rules_decide():
    assert standing_verdict(of("35岁以下"), None) is REVIEW


def test_a_decision_stands_wherever_the_words_have_moved():
    decision = decide(of("35岁以下"), OK)
    assert standing_verdict(of("包吃住，35岁以下"), decision) is OK
    assert standing_verdict(of("包吃住"), decision) is OK


@pytest.mark.parametrize(("text", "verdict"), [("35岁以下，无纹身", REVIEW), ("35岁以下，限男性", BLOCKED)])
def test_a_new_finding_reopens_it(text, verdict):
    assert standing_verdict(of(text), decide(of("35岁以下"), OK)) is verdict


def test_what_a_reviewer_blocked_stays_blocked():
    assert standing_verdict(of("包吃住"), decide(of("35岁以下"), BLOCKED)) is BLOCKED


def test_a_change_names_what_came_and_went():
    before, after = of("35岁以下"), of("限男性")
    kept = [stored(found) for found in before.findings]
    found = change(before.verdict, kept, after, after.verdict)
    assert (found.before, found.after) == (REVIEW, BLOCKED)
    assert found.added == ("sex:sex_condition:description:限男性",)
    assert found.gone == ("age:age_ceiling:description:35岁以下",)
    assert change(before.verdict, kept, before, before.verdict) is None
    assert change(before.verdict, kept, before, OK).after is OK


def test_the_gravest_of_nothing_is_ok():
    assert gravest([]) is OK
    assert gravest([OK, BLOCKED, REVIEW]) is BLOCKED
