"""What comes of a vacancy that screening objects to: its verdict, what its sender is told, and that nobody is shown it."""

import json

import pytest
import wire
from factories import HOME, NOW, TODAY
from intaking import take_vacancies
from sqlalchemy import select

from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from models.configuration import read_configuration
from models.queries.vacancies import open_vacancies
from models.vacancy import Vacancy

INTAKE = Intake("caiji-test", Policy.of(read_configuration()), NOW, HOME)
NUMBER = wire.id_number("P1")
DOUBTFUL = f"驾驶叉车，身份证号{NUMBER}"
UNLAWFUL = "驾驶叉车，限男性"
HARMLESS = "驾驶叉车，电话13912345678"


def push(database, *documents):
    rows = [Row(number, document, None) for number, document in enumerate(documents, 1)]
    with database.write() as session:
        return take_vacancies(session, rows, INTAKE)


def stored(database):
    with database.read() as session:
        return {row.external_id: row for row in session.execute(select(Vacancy)).scalars()}


def shown(database):
    with database.read() as session:
        return {row.external_id for row in open_vacancies(session, TODAY)}


def rules(problems):
    return [(problem.field, problem.rule) for problem in problems]


def test_what_may_not_be_said_is_stored_and_never_shown(database):
    verdicts = push(
        database,
        wire.vacancy("OK"),
        wire.vacancy("BLOCKED", description=UNLAWFUL),
        wire.vacancy("REVIEW", description=DOUBTFUL),
        wire.vacancy("BOTH", description=f"{UNLAWFUL}。{DOUBTFUL}", pay=""),
        wire.vacancy("LACKS", pay=""),
        wire.vacancy("NOTED", description=HARMLESS),
    )
    told = {verdict.external_id: verdict for verdict in verdicts}
    assert [(verdict.verdict.value, verdict.effect.value) for verdict in verdicts] == [
        ("ok", "created"), ("blocked", "created"), ("in_review", "created"), ("blocked", "created"),
        ("needs_completion", "created"), ("ok", "created"),
    ]  # fmt: skip
    assert {name: row.screening for name, row in stored(database).items()} == {
        "OK": "OK", "BLOCKED": "BLOCKED", "REVIEW": "REVIEW", "BOTH": "BLOCKED", "LACKS": "OK", "NOTED": "OK",
    }  # fmt: skip
    assert shown(database) == {"OK", "NOTED"}
    assert rules(told["BOTH"].problems) == [("description", "sex_condition"), ("pay", "pay_missing")]
    assert rules(told["BOTH"].findings) == [("description", "id_number")]
    assert (told["NOTED"].problems, rules(told["NOTED"].findings)) == ([], [("description", "phone_number")])


def test_the_sender_is_told_the_words_the_article_and_the_way_out(database):
    [problem] = push(database, wire.vacancy("V1", description=UNLAWFUL))[0].problems
    assert UNLAWFUL[slice(*problem.span)] == "限男性"
    assert "限男性" in problem.message
    assert "《就业促进法》第27条" in problem.message
    assert problem.fix


@pytest.mark.parametrize("description", [UNLAWFUL, DOUBTFUL], ids=["blocked", "in_review"])
def test_an_update_without_the_sentence_opens_it_and_one_with_it_closes_it_again(database, description):
    push(database, wire.vacancy("V1", description=description))
    assert shown(database) == set()
    for text, visible in (("驾驶叉车", {"V1"}), (description, set())):
        assert push(database, wire.vacancy("V1", description=text))[0].effect.value == "updated"
        assert shown(database) == visible
    assert stored(database)["V1"].findings


def test_what_was_found_is_kept_beside_the_vacancy_for_a_reviewer(database):
    push(database, wire.vacancy("V1", description=f"{UNLAWFUL}。{DOUBTFUL}", pay=""))
    lacking, *found = stored(database)["V1"].findings
    assert lacking == {"field": "pay", "rule": "pay_missing"}
    assert [(one["rule"], one["level"], one["category"]) for one in found] == [
        ("sex_condition", "BLOCKED", "sex"), ("id_number", "REVIEW", "personal_data"),
    ]  # fmt: skip
    assert UNLAWFUL[slice(*found[0]["span"])] == found[0]["excerpt"] == "限男性"
    assert NUMBER not in json.dumps(found, ensure_ascii=False)


def test_a_record_that_cannot_be_is_refused_for_that_and_told_the_rest(database):
    [verdict] = push(database, wire.vacancy("V1", description=UNLAWFUL, pay={"min": 9000, "max": 100}))
    assert verdict.verdict.value == "invalid"
    assert rules(verdict.problems) == [("pay", "pay_min_above_max")]
    assert ("description", "sex_condition") in rules(verdict.findings)
    assert not stored(database)
