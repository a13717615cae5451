"""A decision stands for its text, whatever the rules then find, unless they bar it; a change is told as a difference."""

from datetime import date

import pytest

from ingest.screening import Wording, digest_of, screen
from ingest.screening_decisions import Standing, change, gravest, key, stored
from models.enums import ReviewOutcome, Screening

TODAY = date(2026, 11, 24)
BLOCKED, REVIEW, OK = Screening.BLOCKED, Screening.REVIEW, Screening.OK


def of(text):
    return screen(Wording("普工", text), TODAY)


def kept(text):
    return [stored(found) for found in of(text).findings]


def decided(text, outcome=ReviewOutcome.APPROVE):
    return Standing(1, outcome, "已核对", b"digest", kept(text))


def test_a_decision_is_on_one_text():
    assert decided("35岁以下").holds(b"digest", kept("35岁以下"))
    assert not decided("35岁以下").holds(b"another", kept("35岁以下"))


@pytest.mark.parametrize(("found", "holds"), [("35岁以下，无纹身", True), ("35岁以下，限男性", False), ("", True)])
def test_new_rules_end_an_approval_only_where_they_bar_what_was_not_before_the_reviewer(found, holds):
    assert decided("35岁以下").holds(b"digest", kept(found)) is holds
    assert decided("限男性").holds(b"digest", kept("限男性"))


def test_what_a_reviewer_barred_stays_barred():
    assert decided("35岁以下", ReviewOutcome.BLOCK).holds(b"digest", kept("限男性"))
    assert [decided("", outcome).verdict for outcome in ReviewOutcome] == [OK, BLOCKED, REVIEW]


def test_the_digest_changes_with_all_that_is_screened_and_nothing_else():
    base = Wording("普工", "包吃住", ("焊接",), district="500103", contact="王女士", address="解放路1号")
    digest = digest_of(base)
    same = Wording("普工", "包吃住", ("焊接",), district="500103", contact="李先生", address="解放路2号")
    assert digest_of(same) == digest
    for other in (
        Wording("普工", "包吃住", ("焊接",), district="500229", contact="王女士", address="解放路1号"),
        Wording("普工", "包吃住", ("焊接",), district="500103", address="解放路1号"),
        Wording("普工", "包吃", ("焊接",), district="500103", contact="王女士", address="解放路1号"),
        Wording("普工", "包吃住", (), ("焊接",), district="500103", contact="王女士", address="解放路1号"),
        Wording("普工", "包吃住", ("焊", "接"), district="500103", contact="王女士", address="解放路1号"),
    ):
        assert digest_of(other) != digest


def test_a_finding_is_known_again_where_its_entry_has_moved():
    [first] = screen(Wording("普工", skills=("焊接", "限男性")), TODAY).findings
    [moved] = screen(Wording("普工", skills=("限男性",)), TODAY).findings
    assert key(first) == key(stored(moved)) == "sex:sex_condition:skills:限男性"


def test_a_change_names_what_came_and_went():
    before, after = of("35岁以下"), of("限男性")
    found = change(before.verdict, kept("35岁以下"), after, after.verdict)
    assert (found.before, found.after) == (REVIEW, BLOCKED)
    assert found.added == ("sex:sex_condition:description:限男性",)
    assert found.gone == ("age:age_ceiling:description:35岁以下",)
    assert change(before.verdict, kept("35岁以下"), before, before.verdict) is None
    assert change(before.verdict, kept("35岁以下"), before, OK).after is OK
    milder = [{**one, "level": "BLOCKED"} for one in kept("35岁以下")]
    assert change(BLOCKED, milder, before, REVIEW).added == ("age:age_ceiling:description:35岁以下",)


def test_the_gravest_of_nothing_is_ok():
    assert gravest([]) is OK
    assert gravest([OK, BLOCKED, REVIEW]) is BLOCKED
