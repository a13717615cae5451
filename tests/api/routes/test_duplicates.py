import pytest
from wire import vacancy

from api.shapes import DuplicatesAnswer, StoredAnswer
from models.enums import Role

DECISIONS = "/v1/duplicates/decisions"
TEXT = "负责仓库货物的装卸、码放和盘点，两班倒，每月休息四天，包住，有叉车证，会简单的电脑录入"
ALIKE = f"{TEXT}，服从安排"
OTHER = "驾驶厢式货车送货到店，每天两趟，熟悉主城道路，有三年以上驾龄，需要自己卸货和签收单据"
EMPLOYER = {"name": "重庆某某物流有限公司"}


@pytest.fixture
def office(client):
    return client(Role.OFFICE, name="office")


@pytest.fixture
def push(office, shaped):
    def put(name, description=TEXT, source="caiji", **given):
        record = vacancy(name, **{"employer": EMPLOYER, "openings": 2, "description": description, **given})
        answer = office.put(f"/v1/vacancies/{source}/{name}", json=record)
        return shaped(answer, StoredAnswer, answer.status_code)

    return put


@pytest.fixture
def members(office, shaped):
    """The duplicates of a vacancy, with the word on why."""

    def get(name, source="caiji"):
        found = shaped(office.get(f"/v1/duplicates/{source}/{name}"), DuplicatesAnswer)
        return {member["external_id"]: member["why"]["code"] for member in found["duplicates"]}

    return get


@pytest.fixture
def decide(office):
    def post(first, second, same, by=None):
        pair = [{"source": "caiji", "external_id": name} for name in (first, second)]
        return (by or office).post(DECISIONS, json={"first": pair[0], "second": pair[1], "same": same})

    return post


def test_the_cluster_of_a_vacancy_is_told_with_what_ties_it(push, members, office, shaped):
    push("V1")
    push("V2")
    push("V3", ALIKE)
    push("V4", OTHER)
    assert members("V1") == {"V2": "equal_text", "V3": "alike_text"}
    assert members("V4") == {}
    found = shaped(office.get("/v1/duplicates/caiji/V1"), DuplicatesAnswer)
    assert (found["openings"], [member["likeness"] for member in found["duplicates"]]) == (6, [100, 90])


def test_not_a_duplicate_stays_so_whatever_is_pushed_later(push, members, decide, shaped):
    push("V1")
    push("V2")
    answer = shaped(decide("V1", "V2", same=False), DuplicatesAnswer)
    assert (answer["duplicates"], answer["decisions"][0]["apart"]) == ([], True)
    push("V1", f"{TEXT}！")
    push("V2", f"{TEXT}！", openings=5)
    assert members("V1") == members("V2") == {}


def test_told_the_same_stays_so_whatever_the_texts_and_titles_are(push, members, decide):
    push("V1", title="叉车司机")
    push("V2", OTHER, title="送货司机")
    push("V3", OTHER, title="送货司机")
    assert members("V1") == {}
    decide("V1", "V2", same=True)
    assert members("V1") == {"V2": "decided", "V3": "others"}
    push("V2", f"{OTHER}，包吃", title="货车司机")
    assert members("V1") == {"V2": "decided"}
    assert members("V3") == {}
    push("V4", title="叉车司机")
    assert set(members("V2")) == {"V1", "V4"}


def test_the_newest_word_on_a_pair_stands(push, members, decide, office, shaped):
    push("V1")
    push("V2", OTHER)
    for same in (True, False, True):
        decide("V1", "V2", same)
        assert bool(members("V1")) is same
    words = shaped(office.get("/v1/duplicates/caiji/V1"), DuplicatesAnswer)["decisions"]
    assert [word["same"] for word in words] == [True, False, True]
    assert {word["decided_by"] for word in words} == {"office"}


def test_two_that_are_kept_apart_are_not_tied_together_by_a_third(push, members, decide):
    push("V1")
    push("V2")
    push("V3", OTHER)
    decide("V1", "V2", same=False)
    decide("V1", "V3", same=True)
    decide("V2", "V3", same=True)
    assert set(members("V1")) == {"V3"}
    assert members("V2") == {}
    decide("V1", "V3", same=False)
    assert set(members("V2")) == {"V3"}


def test_one_slot_for_those_told_the_same(push, decide, office):
    push("V1")
    push("V2", OTHER, title="叉车司机")
    profile = {"intentions": ["叉车司机"], "districts": ["渝中区"]}
    before = office.post("/v1/matches", json=profile).json()["items"]
    decide("V1", "V2", same=True)
    after = office.post("/v1/matches", json=profile).json()["items"]
    assert {item["vacancy"]["openings"] for item in after} == {4}
    assert len(after) == 1 <= len(before)


def test_a_system_sees_its_own_and_the_number_of_the_others(push, client, decide, shaped, refused):
    push("V1")
    push("V2")
    push("X1", source="other")
    decide("V1", "V2", same=True)
    system = client(Role.SYSTEM, source="caiji")
    found = shaped(system.get("/v1/duplicates/caiji/V1"), DuplicatesAnswer)
    assert ([member["external_id"] for member in found["duplicates"]], found["others"]) == (["V2"], 1)
    assert found["decisions"][0]["decided_by"] is None
    refused(system.get("/v1/duplicates/other/X1"), 404)
    refused(decide("V1", "V2", same=False, by=system), 403)


def test_improper_words_are_refused(push, decide, office, client, refused):
    push("V1")
    push("V2", district="万州区")
    refused(decide("V1", "V1", same=True), 422)
    refused(decide("V1", "V9", same=True), 404)
    refused(decide("V1", "V2", same="yes"), 422)
    refused(office.post(DECISIONS, json={"first": {"source": "caiji"}, "same": True}), 422)
    counsellor = client(Role.COUNSELLOR, district="500103")
    refused(decide("V1", "V2", same=True, by=counsellor), 404)
