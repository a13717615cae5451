import json

import pytest
from wire import id_number, seeker

from api.shapes import BatchAnswer, SeekerAnswer, StoredAnswer
from models.enums import Role

PATH = "/v1/seekers/jiuye/P1"
BATCH = "/v1/seekers:batch?source=jiuye"


@pytest.fixture
def office(client):
    return client(Role.OFFICE)


def test_a_person_is_registered_and_read_back_without_what_tells_who_it_is(office, shaped):
    sent = seeker(
        "P1", "叉车司机", pay_floor={"amount": 4500, "unit": "month"}, mobility="ADJACENT", shift_limits=["夜班"],
        skills=[{"name": "叉车", "level": "中级工"}], sex="男", birth_date="1990-03-07", pension_drawn=True,
    )  # fmt: skip
    created = shaped(office.put(PATH, json=sent), StoredAnswer, 201)
    assert (created["verdict"], created["effect"]) == ("ok", "created")
    answer = office.get(PATH)
    read = shaped(answer, SeekerAnswer)
    for field in (
        "pay_floor",
        "mobility",
        "shift_limits",
        "skills",
        "education",
        "districts",
        "broker",
        "pension_drawn",
    ):
        assert read[field] == sent[field], field
    assert read["registration"]["district"] == "渝中区"
    assert read["understood"]["district"] == "500103"
    assert read["intentions"][0]["text"] == "叉车司机"
    assert read["identity"] == {
        "name": "张*",
        "id_number": f"500***********{id_number('P1')[-4:]}",
        "phone": "139****5678",
    }
    for personal in (sent["name"], sent["id_number"], sent["phone"], sent["birth_date"]):
        assert personal not in answer.text


def test_an_equal_registration_changes_nothing_and_a_new_phone_does(office, shaped):
    office.put(PATH, json=seeker("P1", "叉车司机"))
    assert shaped(office.put(PATH, json=seeker("P1", "叉车司机")), StoredAnswer)["effect"] == "unchanged"
    changed = office.put(PATH, json=seeker("P1", "叉车司机", phone="13987654321"))
    assert shaped(changed, StoredAnswer)["effect"] == "updated"
    assert office.get(PATH).json()["identity"]["phone"] == "139****4321"


def test_only_the_name_outside_is_needed(office, shaped):
    answer = shaped(office.put(PATH, json={}), StoredAnswer, 201)
    assert answer["verdict"] == "needs_completion"
    assert office.get(PATH).json()["identity"] == {"name": None, "id_number": None, "phone": None}


def test_a_broker_sees_no_identity_at_all(client, office, shaped):
    office.put(PATH, json=seeker("P1"))
    assert shaped(client(Role.BROKER, name="li").get(PATH), SeekerAnswer)["identity"] is None


def test_one_person_has_one_file(office, refused):
    office.put(PATH, json=seeker("P1"))
    twin = seeker("P2", id_number=id_number("P1"))
    answer = office.put("/v1/seekers/jiuye/P2", json=twin)
    problem = refused(answer, 422)
    assert [(error["field"], error["rule"]) for error in problem["errors"]] == [("id_number", "identity_taken")]
    assert id_number("P1") not in answer.text


def test_a_refusal_repeats_nothing_that_was_sent(office, refused):
    sent = seeker("P1", id_number="500103199003079999", phone="13800001111", name="欧阳\ufffd锋")
    answer = office.put(PATH, json=sent)
    refused(answer, 422)
    for personal in (sent["id_number"], sent["phone"], "欧阳"):
        assert personal not in answer.text


def test_a_batch_of_people_has_a_verdict_a_row(office, shaped):
    rows = [seeker("P1"), {"external_id": "x y"}, seeker("P2"), {"external_id": id_number("P9")}]
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    headers = {"Content-Type": "application/x-ndjson", "Accept": "application/json"}
    answer = shaped(office.post(BATCH, content=body, headers=headers), BatchAnswer)
    assert [r["verdict"] for r in answer["results"]] == ["ok", "invalid", "ok", "invalid"]
    assert office.get("/v1/seekers/jiuye/P2").status_code == 200


def test_a_batch_of_people_needs_its_source(office, refused):
    refused(office.post("/v1/seekers:batch", json=[seeker("P1")]), 422)
