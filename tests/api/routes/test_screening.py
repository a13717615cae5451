import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from wire import vacancy

from api.shapes import RerunPage, ReviewPage, ScreeningAnswer, StoredAnswer
from ingest.screening_rerun import Rerun, rerun
from ingest.screening_rules import rule_book
from models.account import AuditEvent
from models.enums import Role
from models.screening import ScreeningDecision
from models.times import now
from models.vacancy import Vacancy

QUEUE, DECISIONS = "/v1/screening/queue", "/v1/screening/decisions"
DOUBTFUL, UNLAWFUL, HARMLESS = "驾驶叉车，35岁以下", "驾驶叉车，限男性", "驾驶叉车"


def path(name):
    return f"/v1/vacancies/caiji/{name}"


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="caiji")


@pytest.fixture
def reviewers(client):
    return [client(Role.OFFICE, name=name) for name in ("chen", "liu", "wu")]


@pytest.fixture
def push(system, shaped):
    """Pushes a vacancy that says this; returns what its sender is told."""

    def put(name, description=DOUBTFUL, **given):
        answer = system.put(path(name), json=vacancy(name, description=description, **given))
        return shaped(answer, StoredAnswer, answer.status_code)

    return put


@pytest.fixture
def standing(system, shaped):
    return lambda name: shaped(system.get(f"{path(name)}/screening"), ScreeningAnswer)


@pytest.fixture
def decide(standing):
    """Decides what stands now."""

    def post(reviewer, name, outcome, reason="已核对", **given):
        wording = standing(name)["wording"]
        document = {"source": "caiji", "external_id": name, "wording": wording, "outcome": outcome, "reason": reason}
        return reviewer.post(DECISIONS, json={**document, **given})

    return post


def queue(reviewer, **query):
    return [item["external_id"] for item in reviewer.get(QUEUE, params=query).json()["items"]]


def test_the_queue_shows_what_a_reviewer_needs_to_decide(push, reviewers, shaped):
    push("V1", f"{DOUBTFUL}，电话13912345678", program="KEY_ENTERPRISE")
    [item] = shaped(reviewers[0].get(QUEUE), ReviewPage)["items"]
    found = next(found for found in item["findings"] if found["level"] == "REVIEW")
    assert item["texts"]["description"][slice(*found["span"])] == found["excerpt"] == "35岁以下"
    assert found["articles"]
    assert found["suggestion"]
    assert "13912345678" not in str(item)
    assert (item["verdict"], item["program"]["code"], item["approvals"]) == (
        "REVIEW", "KEY_ENTERPRISE", {"needed": 1, "given": 0},
    )  # fmt: skip
    assert item["rules"].startswith("2026")


def test_key_enterprises_come_first_then_who_waits_longest_page_by_page(push, reviewers, shaped):
    for name in ("V1", "V2", "V3"):
        push(name)
    push("V4", program="KEY_ENTERPRISE")
    push("V5", HARMLESS)
    push("V6", UNLAWFUL)
    push("V7", pay="")  # waits for its sender first
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = shaped(reviewers[0].get(QUEUE, params=query), ReviewPage)
        seen += [item["external_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["V4", "V1", "V2", "V3"]


def test_an_approval_opens_the_vacancy_and_an_unchanged_push_keeps_it(push, reviewers, decide, system, shaped):
    before = push("V1")
    assert before["verdict"] == "in_review"
    answer = shaped(decide(reviewers[0], "V1", "approve"), ScreeningAnswer)
    assert (answer["verdict"], answer["waiting"]) == ("OK", False)
    assert answer["revision"] > before["revision"]
    again = push("V1")
    assert (again["verdict"], again["effect"], again["problems"]) == ("ok", "unchanged", [])
    elsewhere = push("V1", openings=7)
    assert (elsewhere["verdict"], elsewhere["effect"]) == ("ok", "updated")
    assert system.get(path("V1")).json()["screening"] == "OK"
    assert queue(reviewers[0]) == []


def test_a_changed_text_is_screened_anew_and_its_sender_is_told(push, reviewers, decide, standing):
    push("V1")
    decide(reviewers[0], "V1", "approve")
    told = push("V1", f"{DOUBTFUL}，夜班")
    assert told["verdict"] == "in_review"
    assert ("screening", "decision_lapsed") in {(found["field"], found["rule"]) for found in told["findings"]}
    assert queue(reviewers[0]) == ["V1"]
    [decision] = standing("V1")["decisions"]
    assert (decision["on_present_text"], decision["stands"], decision["outcome"]) == (False, False, "approve")
    assert push("V1", DOUBTFUL)["verdict"] == "in_review"  # what stood once does not come back by itself


def test_a_change_that_is_asked_for_waits_for_the_sender(push, reviewers, decide, standing):
    push("V1")
    decide(reviewers[0], "V1", "ask_change", "请删去年龄上限")
    assert queue(reviewers[0]) == []
    told = push("V1")
    assert told["verdict"] == "in_review"
    assert "请删去年龄上限" in told["problems"][0]["message"]
    assert standing("V1")["decisions"][0]["decided_by"] is None  # names are for staff
    assert push("V1", HARMLESS)["verdict"] == "ok"


def test_what_a_reviewer_bars_is_barred_though_no_rule_found_it(push, reviewers, decide, system):
    push("V1", HARMLESS)
    assert decide(reviewers[0], "V1", "block", "单位已被列入异常名录").status_code == 200
    assert system.get(path("V1")).json()["screening"] == "BLOCKED"
    told = push("V1", HARMLESS)
    assert (told["verdict"], told["problems"][0]["rule"]) == ("blocked", "decided_block")


def test_what_the_rules_bar_opens_by_two_voices_alone(push, reviewers, decide, standing, refused):
    push("V1", UNLAWFUL)
    assert standing("V1")["approvals"] == {"needed": 2, "given": 0}
    assert decide(reviewers[0], "V1", "approve").json()["verdict"] == "BLOCKED"
    refused(decide(reviewers[0], "V1", "approve"), 409)
    assert queue(reviewers[1]) == ["V1"]
    assert decide(reviewers[1], "V1", "approve").json()["verdict"] == "OK"
    assert [decision["effect"] for decision in standing("V1")["decisions"]] == [False, True]
    assert push("V1", UNLAWFUL)["verdict"] == "ok"


def test_a_voice_to_the_contrary_ends_the_count(push, reviewers, decide):
    push("V1", UNLAWFUL)
    decide(reviewers[0], "V1", "approve")
    decide(reviewers[1], "V1", "block")
    assert decide(reviewers[2], "V1", "approve").json()["verdict"] == "BLOCKED"
    assert decide(reviewers[0], "V1", "approve").json()["verdict"] == "OK"


def test_who_has_barred_it_cannot_open_it_alone(push, reviewers, decide, refused):
    push("V1")
    decide(reviewers[0], "V1", "block")
    refused(decide(reviewers[0], "V1", "approve"), 409)
    assert decide(reviewers[1], "V1", "approve").json()["verdict"] == "OK"


def test_an_appeal_is_decided_by_another_reviewer_and_once(push, reviewers, decide, system, standing, shaped, refused):
    push("V1")
    decide(reviewers[0], "V1", "block", "年龄上限没有依据")
    appealed = shaped(system.post(f"{path('V1')}/appeals", json={"reason": "法定退休年龄"}), ScreeningAnswer, 201)
    assert (appealed["waiting"], appealed["appeals"][0]["state"]["code"]) == (True, "open")
    refused(system.post(f"{path('V1')}/appeals", json={"reason": "再看看"}), 409)
    push("V1", openings=9)  # what is not screened does not touch it
    assert queue(reviewers[0]) == ["V1"]
    for outcome in ("approve", "block", "ask_change"):
        refused(decide(reviewers[0], "V1", outcome), 409)
    assert decide(reviewers[1], "V1", "block", "维持").status_code == 200
    [appeal] = standing("V1")["appeals"]
    assert (appeal["state"]["code"], appeal["answer"]) == ("rejected", "维持")
    assert queue(reviewers[0]) == []
    refused(system.post(f"{path('V1')}/appeals", json={"reason": "不服"}), 409)


def test_an_appeal_against_the_rules_needs_two_and_then_opens(push, reviewers, decide, system, standing):
    push("V1", UNLAWFUL)
    assert system.post(f"{path('V1')}/appeals", json={"reason": "法律规定的井下岗位"}).status_code == 201
    decide(reviewers[0], "V1", "approve")
    assert standing("V1")["appeals"][0]["state"]["code"] == "open"
    decide(reviewers[1], "V1", "approve", "确属法定")
    [appeal] = standing("V1")["appeals"]
    assert (appeal["state"]["code"], appeal["answer"], standing("V1")["verdict"]) == ("upheld", "确属法定", "OK")


def test_a_changed_text_ends_its_appeal(push, reviewers, system, standing):
    push("V1", UNLAWFUL)
    system.post(f"{path('V1')}/appeals", json={"reason": "误判"})
    push("V1", HARMLESS)
    assert (standing("V1")["appeals"][0]["state"]["code"], standing("V1")["waiting"]) == ("lapsed", False)
    assert queue(reviewers[0]) == []


def test_what_has_no_verdict_to_object_to_is_not_appealed(push, system, refused):
    push("V1", HARMLESS)
    push("V2", DOUBTFUL)
    push("V3", UNLAWFUL)
    system.delete(path("V3"))
    for name in ("V1", "V2", "V3"):
        refused(system.post(f"{path(name)}/appeals", json={"reason": "有异议"}), 409)


def test_a_decision_is_on_the_text_that_was_read(push, reviewers, decide, standing, refused):
    push("V1")
    read = standing("V1")["wording"]
    push("V1", f"{DOUBTFUL}，限男性")
    refused(decide(reviewers[0], "V1", "approve", wording=read), 409)
    assert standing("V1")["decisions"] == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "请电13912345678"}, "reason"),
        ({"outcome": "maybe"}, "outcome"),
        ({"wording": "zz"}, "wording"),
        ({"source": None}, "source"),
    ],
)
def test_an_improper_decision_is_refused_by_field(push, reviewers, decide, refused, given, field):
    push("V1")
    problem = refused(decide(reviewers[0], "V1", **{"outcome": "approve", **given}), 422)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_nothing_is_decided_twice_or_of_what_is_gone(push, reviewers, decide, system, refused):
    push("V1")
    decide(reviewers[0], "V1", "approve")
    refused(decide(reviewers[1], "V1", "approve"), 409)
    system.delete(path("V1"))
    refused(decide(reviewers[1], "V1", "block"), 409)
    document = {"source": "caiji", "external_id": "V9", "wording": "0f" * 16, "outcome": "block", "reason": "x"}
    refused(reviewers[0].post(DECISIONS, json=document), 404)


def test_a_counsellor_reviews_the_own_district(push, client, decide, refused):
    push("V1")
    push("V2", district="万州区")
    push("V3", district="", remote=True)
    counsellor = client(Role.COUNSELLOR, district="500103", name="he")
    assert queue(counsellor) == ["V1", "V3"]
    assert decide(counsellor, "V1", "approve").status_code == 200
    refused(decide(counsellor, "V2", "approve"), 404)
    refused(counsellor.post(f"{path('V1')}/appeals", json={"reason": "x"}), 403)


def test_another_system_sees_nothing_of_it(push, client, refused):
    push("V1")
    other = client(Role.SYSTEM, source="other")
    refused(other.get(f"{path('V1')}/screening"), 404)
    refused(other.post(f"{path('V1')}/appeals", json={"reason": "x"}), 404)


def test_every_decision_is_kept_and_nobody_changes_it(push, reviewers, decide, system, database):
    push("V1")
    decide(reviewers[0], "V1", "block", "一")
    system.post(f"{path('V1')}/appeals", json={"reason": "二"})
    decide(reviewers[1], "V1", "approve", "三")
    with database.read() as session:
        kept = session.execute(select(ScreeningDecision).order_by(ScreeningDecision.id)).scalars().all()
        assert [(word.decided_by, word.outcome, word.reason) for word in kept] == [
            ("chen", "block", "一"), ("liu", "approve", "三"),
        ]  # fmt: skip
        assert len({word.wording for word in kept}) == 1
        assert kept[0].findings[0]["excerpt"] == "35岁以下"
        events = session.execute(select(AuditEvent.action).where(AuditEvent.subject == "caiji:V1")).scalars().all()
    assert events == ["vacancy.written", "screening.decided", "screening.appealed", "screening.decided"]
    for statement in (update(ScreeningDecision).values(reason="x"), delete(ScreeningDecision)):
        with pytest.raises(DBAPIError), database.write() as session:
            session.execute(statement)


def test_what_new_rules_changed_can_be_read(push, client, database, shaped, reviewers, system):
    push("V1", UNLAWFUL)
    push("V2", HARMLESS, district="渝北区")
    push("V3", UNLAWFUL, district="渝北区")
    with database.write() as session:  # as rules of before had left them
        session.execute(update(Vacancy).values(screening="OK", findings=[]))
    for _ in range(2):
        rerun(database, Rerun(rule_book(), now()))
    page = shaped(reviewers[0].get("/v1/screening/reruns"), RerunPage)
    second, first = page["items"]
    assert (first["vacancies"], first["changed"], first["verdicts"]) == (3, 2, {"OK>BLOCKED": 2})
    assert first["rules_version"] == rule_book().identity
    assert first["finished_at"]
    assert second["changed"] == 0
    (line,) = first["rules"].values()
    assert (line["BLOCKED"], line["examples"]) == (2, ["caiji:V1", "caiji:V3"])
    newest = shaped(reviewers[0].get("/v1/screening/reruns?limit=1"), RerunPage)
    assert [each["id"] for each in newest["items"]] == [second["id"]] == [newest["next"]]
    rest = shaped(reviewers[0].get(f"/v1/screening/reruns?limit=1&cursor={newest['next']}"), RerunPage)
    assert rest == {"items": [first], "next": None}
    yubei = client(Role.COUNSELLOR, district="500112")
    (line,) = shaped(yubei.get("/v1/screening/reruns"), RerunPage)["items"][1]["rules"].values()
    assert (line["BLOCKED"], line["examples"]) == (2, ["caiji:V3"])  # names of its own district alone
    assert system.get("/v1/screening/reruns").status_code == 403
