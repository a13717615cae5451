import json

import pytest
from together import at_once
from wire import vacancy

from api.shapes import BatchAnswer, StoredAnswer, VacancyAnswer, VerdictAnswer
from models.enums import Role

PATH = "/v1/vacancies/caiji/V1"
BATCH = "/v1/vacancies:batch"
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def system(client):
    return client(Role.SYSTEM, source="caiji")


def test_a_new_vacancy_is_created_and_an_equal_one_changes_nothing(system, shaped):
    first = system.put(PATH, json=vacancy("V1"))
    created = shaped(first, StoredAnswer, 201)
    assert (created["verdict"], created["effect"], created["source"]) == ("ok", "created", "caiji")
    again = shaped(system.put(PATH, json=vacancy("V1")), StoredAnswer)
    assert (again["effect"], again["revision"]) == ("unchanged", created["revision"])
    changed = shaped(system.put(PATH, json=vacancy("V1", pay="6000-8000元/月")), StoredAnswer)
    assert changed["effect"] == "updated"
    assert changed["revision"] > created["revision"]


def test_what_was_sent_reads_back_as_it_was_sent(system, shaped):
    sent = vacancy(
        "V1", kind="兼职", openings="3-5人", pay={"min": 5000, "max": 7000, "unit": "month"}, education="高中及以上",
        employer={"name": "重庆某某机械有限公司", "uscc": ""}, hours="白班 8小时", certificates=["叉车证"],
        skills=["叉车", "仓储"], address="解放碑步行街 1 号", contact="王女士 023-63000000", remote=True,
        updated_at="2026-11-20T08:00:00+08:00", slots=[{"date": "2026-12-01", "start": "08:00", "end": "12:00"}],
    )  # fmt: skip
    shaped(system.put(PATH, json=sent), StoredAnswer, 201)
    read = shaped(system.get(PATH), VacancyAnswer)
    for field, value in sent.items():
        if field not in ("employer", "pay", "updated_at"):
            assert read[field] == value, field
    assert read["employer"]["name"] == "重庆某某机械有限公司"
    assert read["pay"]["max"] == 7000
    assert read["understood"]["kind"] == "GIG"
    assert (read["understood"]["pay_min"], read["understood"]["district"]) == (5000, "500103")
    assert read["status"] == "OPEN"
    assert shaped(system.put(PATH, json=read), StoredAnswer)["effect"] == "unchanged"


def test_an_incomplete_vacancy_is_stored_and_says_what_it_lacks(system, shaped):
    answer = shaped(system.put(PATH, json=vacancy("V1", pay="面议")), StoredAnswer, 201)
    assert answer["verdict"] == "needs_completion"
    assert answer["problems"][0]["field"] == "pay"
    read = shaped(system.get(PATH), VacancyAnswer)
    assert read["status"] == "NEEDS_COMPLETION"
    assert {"field": "pay", "rule": "pay_missing"} in read["findings"]


def test_a_vacancy_that_cannot_be_is_refused_by_field_and_not_stored(system, refused):
    problem = refused(system.put(PATH, json=vacancy("V1", title="", openings=True)), 422)
    assert {error["field"] for error in problem["errors"]} == {"openings"}
    problem = refused(system.put(PATH, json=vacancy("V1", title="")), 422)
    assert [(error["field"], error["rule"]) for error in problem["errors"]] == [("title", "missing")]
    refused(system.get(PATH), 404)


def test_the_name_in_the_body_may_be_left_out_but_not_differ(system, refused, shaped):
    record = vacancy("V1")
    del record["external_id"]
    shaped(system.put(PATH, json=record), StoredAnswer, 201)
    problem = refused(system.put(PATH, json=vacancy("V2")), 422)
    assert [error["field"] for error in problem["errors"]] == ["external_id"]


def test_a_copy_that_is_current_is_not_sent_again(system):
    system.put(PATH, json=vacancy("V1"))
    tag = system.get(PATH).headers["etag"]
    for names in (tag, f'"x", W/{tag}', "*"):
        kept = system.get(PATH, headers={"If-None-Match": names})
        assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag)
    assert system.get(PATH, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_write_meant_for_an_older_revision_is_not_made(system, refused):
    tag = system.put(PATH, json=vacancy("V1")).headers["etag"]
    newer = system.put(PATH, json=vacancy("V1", title="叉车工"), headers={"If-Match": tag})
    assert newer.status_code == 200
    assert newer.headers["etag"] != tag
    refused(system.put(PATH, json=vacancy("V1"), headers={"If-Match": tag}), 412)
    refused(system.delete(PATH, headers={"If-Match": tag}), 412)
    refused(system.put("/v1/vacancies/caiji/V9", json=vacancy("V9"), headers={"If-Match": "*"}), 412)
    assert system.get(PATH).json()["title"] == "叉车工"


def test_a_write_meant_for_a_new_vacancy_is_not_made_on_a_known_one(system, refused):
    assert system.put(PATH, json=vacancy("V1"), headers={"If-None-Match": "*"}).status_code == 201
    refused(system.put(PATH, json=vacancy("V1", title="叉车工"), headers={"If-None-Match": "*"}), 412)
    assert system.get(PATH).json()["title"] == "叉车司机"


def test_a_withdrawn_vacancy_stays_on_record_and_the_same_push_opens_it_again(system, refused):
    system.put(PATH, json=vacancy("V1"))
    assert system.delete(PATH).status_code == 204
    withdrawn = system.get(PATH).json()
    assert system.delete(PATH).status_code == 204
    assert withdrawn["status"] == "WITHDRAWN"
    assert system.get(PATH).json()["revision"] == withdrawn["revision"]
    assert system.put(PATH, json=vacancy("V1")).status_code == 200
    opened = system.get(PATH).json()
    assert opened["status"] == "OPEN"
    assert opened["revision"] > withdrawn["revision"]
    refused(system.delete("/v1/vacancies/caiji/V9"), 404)


def test_an_older_version_never_replaces_a_newer_one(system, shaped):
    newer, older = "2026-11-20T08:00:00+08:00", "2026-11-19T08:00:00+08:00"
    system.put(PATH, json=vacancy("V1", "叉车工", updated_at=newer))
    assert shaped(system.put(PATH, json=vacancy("V1", updated_at=older)), StoredAnswer)["effect"] == "outdated"
    assert system.get(PATH).json()["title"] == "叉车工"


def test_contact_data_is_for_the_source_and_the_office(client, system):
    system.put(PATH, json=vacancy("V1", contact="王女士"))
    assert system.get(PATH).json()["contact"] == "王女士"
    assert client(Role.OFFICE).get(PATH).json()["contact"] == "王女士"
    assert "contact" not in client(Role.BROKER).get(PATH).json()


def test_an_unlawful_vacancy_is_stored_and_its_sender_told_where_and_why(system, shaped):
    sent = vacancy("V1", description="驾驶叉车，限男性", pay="面议")
    answer = shaped(system.put(PATH, json=sent), StoredAnswer, 201)
    assert answer["verdict"] == "blocked"
    told = answer["problems"][0]
    assert (told["field"], told["rule"], told["span"]) == ("description", "sex_condition", [5, 8])
    assert "第27条" in told["message"]
    assert told["fix"]
    assert [problem["rule"] for problem in answer["problems"]] == ["sex_condition", "pay_missing"]
    read = shaped(system.get(PATH), VacancyAnswer)
    assert read["screening"] == "BLOCKED"
    assert {"rule": "sex_condition", "span": [5, 8], "excerpt": "限男性"}.items() <= read["findings"][-1].items()


def test_personal_data_in_a_text_is_for_the_source_and_the_office(client, system, shaped):
    numbers = [f"1391234567{n}" for n in range(5)]
    told = {"description": f"驾驶叉车,电话{'、'.join(numbers)}", "preferences": ["", "熟练者联系13912345670"]}
    system.put(PATH, json=vacancy("V1", **told))
    for reader in (system, client(Role.OFFICE)):
        assert shaped(reader.get(PATH), VacancyAnswer)["description"] == told["description"]
    answer = client(Role.BROKER).get(PATH)
    read = shaped(answer, VacancyAnswer)
    assert read["description"].startswith("驾驶叉车,电话***********、")
    assert len(read["description"]) == len(told["description"])
    assert not [number for number in numbers if number in answer.text]


BAD = [
    b'{"external_id": "B1", "title": NaN}',
    b'{"external_id": "B2", "title": "a", "title": "b"}',
    b'{"external_id": "B3", "title": "\\ud800"}',
    b"not json",
    b"[1, 2]",
    b'"text"',
]


def test_a_bad_row_never_stops_the_good_ones_beside_it(system):
    good = [json.dumps(vacancy(f"G{n}"), ensure_ascii=False).encode() for n in range(len(BAD) + 1)]
    rows = [line for pair in zip(good, [*BAD, b""], strict=True) for line in pair]
    answer = system.post(BATCH, content=b"\n".join(rows), headers=LINES)
    results = [VerdictAnswer.model_validate_json(line) for line in answer.content.splitlines()]
    assert [result.row for result in results] == list(range(1, len(rows)))
    for result in results:
        expected = ("ok", "created") if result.row % 2 else ("invalid", "none")
        assert (result.verdict, result.effect) == expected, result
        assert bool(result.problems) == (expected[0] == "invalid")
    assert system.get("/v1/vacancies/caiji/G6").status_code == 200


def test_an_array_is_taken_like_lines(system, shaped):
    body = b'[%s, {"external_id": 1e999}, {}, 7]' % json.dumps(vacancy("G1")).encode()
    answer = shaped(system.post(BATCH, content=body, headers={"Content-Type": "application/json"}), BatchAnswer)
    assert [r["verdict"] for r in answer["results"]] == ["ok", "invalid", "invalid", "invalid"]
    assert [r["row"] for r in answer["results"]] == [1, 2, 3, 4]


def test_a_dry_run_tells_everything_and_stores_nothing(system, refused, shaped):
    answer = shaped(system.post(f"{BATCH}?dry_run=true", json=[vacancy("G1"), {}]), BatchAnswer)
    assert [(r["verdict"], r["effect"]) for r in answer["results"]] == [("ok", "created"), ("invalid", "none")]
    refused(system.get("/v1/vacancies/caiji/G1"), 404)


def test_an_office_names_the_source_of_a_batch(client, refused, shaped):
    office = client(Role.OFFICE)
    refused(office.post(BATCH, json=[vacancy("G1")]), 422)
    shaped(office.post(f"{BATCH}?source=qiye", json=[vacancy("G1")]), BatchAnswer)
    assert office.get("/v1/vacancies/qiye/G1").status_code == 200


def test_an_empty_batch_is_a_batch_of_none(system, shaped):
    assert shaped(system.post(BATCH, json=[]), BatchAnswer)["counts"]["rows"] == 0


def test_twins_at_once_have_one_effect(system):
    answers = at_once(8, lambda number: system.put(PATH, json=vacancy("V1")))
    assert sorted(answer.json()["effect"] for answer in answers) == ["created"] + ["unchanged"] * 7
    assert len({answer.json()["revision"] for answer in answers}) == 1


def test_batches_that_meet_the_same_employers_in_another_order_all_come_through(system):
    names = [f"重庆{number}号机械厂" for number in range(30)]

    def push(number):
        order = names[number:] + names[:number] if number % 2 else names[::-1]
        return system.post(BATCH, json=[vacancy(f"V{number}-{name[2:-4]}", employer={"name": name}) for name in order])

    answers = at_once(6, push)
    assert [answer.json()["counts"]["effects"] for answer in answers] == [{"created": 30}] * 6


def test_the_newest_of_many_at_once_stands(system):
    days = [f"2026-11-{day:02d}T08:00:00+08:00" for day in range(1, 13)]
    at_once(12, lambda n: system.put(PATH, json=vacancy("V1", f"叉车司机{n}", updated_at=days[n])))
    assert system.get(PATH).json()["title"] == "叉车司机11"
