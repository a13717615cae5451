import pytest
from wire import seeker, vacancy

from api.console import print_recommendations, print_trace
from api.shapes import ItemAnswer, MatchAnswer, RecommendationAnswer, WhyAnswer
from matching.loading import Night
from matching.nightly import run_night
from models.enums import Role
from models.times import now

P1 = "/v1/seekers/caiji/P1"


@pytest.fixture
def broker(client, market):
    return client(Role.BROKER, name="li")


@pytest.fixture
def office(client, market):
    return client(Role.OFFICE)


@pytest.fixture
def night(settings):
    """Runs the night and gives its id."""
    return lambda k=3: run_night(settings.database, Night(settings.engine, settings.home_city, now(), k))[0]


def test_a_person_gets_three_with_reasons(broker, shaped):
    answer = shaped(broker.get(f"{P1}/recommendations"), RecommendationAnswer)
    assert (answer["run"], answer["fresh"], answer["certificate"]) == (None, True, None)
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3]
    assert len({item["vacancy"]["employer"] for item in answer["items"]}) == 3
    first = answer["items"][0]
    assert (first["vacancy"]["title"], first["rung"]["code"]) == ("叉车司机", "EXACT")
    assert first["terms"][0] == {**first["terms"][0], "term": "叉车司机", "field": "title", "field_span": [0, 4]}
    assert first["reasons"][0] == "岗位名称里就有你说的“叉车司机”"
    assert any(reason.startswith("薪酬：") for reason in first["reasons"])


def test_a_phone_number_in_a_title_is_never_shown(client, broker):
    giving_away = vacancy("NEW", "叉车司机 电话138-1234-5678", pay="12000元/月")
    assert client(Role.SYSTEM, source="caiji").put("/v1/vacancies/caiji/NEW", json=giving_away).status_code == 201
    answer = broker.get(f"{P1}/recommendations?k=20&fresh=true").text
    assert '"external_id":"NEW"' in answer
    assert "1234-5678" not in answer
    assert "叉车司机 电话138***" in answer


def test_an_item_shows_what_each_side_wants_of_the_other(client, office, shaped):
    demanding = vacancy(
        "NEW", "叉车工", pay="12000元/月", education="大专", experience="3年", certificates=["叉车证"],
        skills=["堆垛", "托盘", "五险一金"],
    )  # fmt: skip
    assert client(Role.SYSTEM, source="caiji").put("/v1/vacancies/caiji/NEW", json=demanding).status_code == 201
    person = seeker("P1", "开叉车", education="大专", certificates=["N1证"], skills=["托盘"], pay_floor="4000元/月")
    answer = shaped(office.post("/v1/matches?k=20", json=person), MatchAnswer)
    item = next(item for item in answer["items"] if item["vacancy"]["external_id"] == "NEW")
    assert item["reasons"][0] == "你说的“开叉车”就是“叉车司机”，这个岗位叫“叉车工”"
    assert item["trades"]["relation"]["code"] == "same"
    assert [(w["code"], w["asks"], w["has"], w["standing"]) for w in item["vacancy_wants"][:3]] == [
        ("EDUCATION", "大专及以上", "大专", "met"),
        ("EXPERIENCE", "3 年以上", "未登记", "unknown"),
        ("CERTIFICATE", "叉车证", "持有", "met"),
    ]
    assert {match["skill"]: match["standing"] for match in item["skills"]} == {"堆垛": "missing", "托盘": "met"}
    wanted = {w["code"]: (w["asks"], w["has"], w["standing"]) for w in item["person_wants"]}
    assert wanted["OCCUPATION"] == ("开叉车", "叉车工", "met")
    assert wanted["PAY"] == ("不低于 4000 元/月", "12000元/月", "met")


def test_who_said_nothing_is_given_the_nearest_and_newest_and_told_so(office, shaped):
    answer = shaped(office.get("/v1/seekers/caiji/P4/recommendations"), RecommendationAnswer)
    for item in answer["items"]:
        assert item["rung"]["label"] == "按距离和发布时间推荐"
        assert item["confidence"] == {"code": "LOW", "label": "可考虑"}
        assert item["reasons"][0].startswith("未填写求职意向")
        assert item["trades"] is None
    assert len(answer["items"]) == 3


def test_who_declines_a_personalised_ranking_is_not_told_to_have_said_nothing(office, shaped):
    person = seeker("P1", "开叉车", skills=["托盘"], consents={"other_city": False, "personalised": False})
    answer = shaped(office.post("/v1/matches?k=20", json=person), MatchAnswer)
    assert answer["items"]
    for item in answer["items"]:
        assert item["reasons"][0] == "本人不接受个性化推荐，按就近和最新推荐"
        assert {"code": "GUIDANCE", "label": item["reasons"][0]} in item["marks"]
        assert not any("没有登记" in reason or "未填写" in reason for reason in item["reasons"])


def test_who_has_fewer_than_three_gets_a_certificate(office, shaped):
    answer = shaped(office.get("/v1/seekers/caiji/P3/recommendations"), RecommendationAnswer)
    assert answer["items"] == []
    assert answer["certificate"]["text"]
    assert {entry["constraint"] for entry in answer["certificate"]["held_back"]} <= {"OCCUPATION", "PLACE"}


def test_the_nights_list_stands_until_one_of_it_falls(office, night, shaped):
    run = night()
    stored = shaped(office.get(f"{P1}/recommendations"), RecommendationAnswer)
    assert (stored["run"], stored["fresh"]) == (run, False)
    made = shaped(office.get(f"{P1}/recommendations?fresh=true"), RecommendationAnswer)
    assert made["items"] == stored["items"]
    first = stored["items"][0]["vacancy"]["external_id"]
    assert office.delete(f"/v1/vacancies/caiji/{first}").status_code == 204
    renewed = shaped(office.get(f"{P1}/recommendations"), RecommendationAnswer)
    assert (renewed["run"], renewed["fresh"]) == (None, True)
    assert len(renewed["items"]) == 3
    assert first not in {item["vacancy"]["external_id"] for item in renewed["items"]}


def test_changed_wishes_end_the_nights_list(office, night, shaped):
    night()
    office.put(P1, json=seeker("P1", "保洁员", districts=["沙坪坝区"]))
    answer = shaped(office.get(f"{P1}/recommendations"), RecommendationAnswer)
    assert answer["fresh"]
    assert {item["vacancy"]["title"] for item in answer["items"]} == {"保洁员"}


def test_as_many_as_were_asked_for_whatever_the_night_kept(office, night):
    night(4)
    for k in (1, 2, 3, 5):
        for fresh in ("false", "true"):
            answer = office.get(f"{P1}/recommendations?k={k}&fresh={fresh}").json()
            assert len(answer["items"]) == k
            assert answer["certificate"] is None  # who asks for one and has three is owed no certificate


def test_k_is_a_plain_number_from_1_to_50(broker, refused):
    for k in ("0", "51", "-1", "1.5", "NaN", "1_0", "３", "9" * 5000, "", "true"):
        problem = refused(broker.get(f"{P1}/recommendations", params={"k": k}), 422)
        assert [error["field"] for error in problem["errors"]] == ["k"]


def test_a_pushed_vacancy_is_recommended_at_once(client, office, shaped):
    office.get(f"{P1}/recommendations")
    better = vacancy("NEW", "叉车司机", pay="12000-15000元/月", description="叉车司机")
    assert client(Role.SYSTEM, source="caiji").put("/v1/vacancies/caiji/NEW", json=better).status_code == 201
    found = shaped(office.get(f"{P1}/recommendations?fresh=true&k=10"), RecommendationAnswer)
    assert "NEW" in {item["vacancy"]["external_id"] for item in found["items"]}


def test_an_unsaved_profile_is_matched_like_a_saved_one(office, shaped):
    profile = seeker("P1", "叉车司机")
    saved = office.get(f"{P1}/recommendations?fresh=true").json()["items"]
    titles = [item["vacancy"]["title"] for item in saved]
    scores = [item["score"] for item in saved]
    for name in ({}, {"external_id": "P1"}):
        sent = {field: value for field, value in profile.items() if field != "external_id"} | name
        answer = shaped(office.post("/v1/matches", json=sent), MatchAnswer)
        assert [item["vacancy"]["title"] for item in answer["items"]] == titles
        assert [item["score"] for item in answer["items"]] == scores
    assert len(office.post("/v1/matches?k=6", json=profile).json()["items"]) == 6


def test_nothing_of_an_unsaved_profile_is_kept(office, settings):
    office.post("/v1/matches", json=seeker("NOBODY", "叉车司机"))
    assert office.get("/v1/seekers/caiji/NOBODY").status_code == 404
    assert office.get("/v1/seekers/unsaved/NOBODY").status_code == 404


def test_a_profile_that_cannot_be_is_refused_by_field(office, refused):
    child = refused(office.post("/v1/matches", json={"birth_date": "2015-01-01"}), 422)
    assert [error["rule"] for error in child["errors"]] == ["under_16"]
    shapeless = refused(office.post("/v1/matches", json={"skills": "叉车"}), 422)
    assert [error["field"] for error in shapeless["errors"]] == ["skills"]
    refused(office.post("/v1/matches", json=[]), 422)


def test_why_a_vacancy_is_chosen_or_not(broker, office, shaped):
    chosen = broker.get(f"{P1}/recommendations").json()["items"][0]
    why = shaped(broker.get(f"{P1}/why/caiji/{chosen['vacancy']['external_id']}"), WhyAnswer)
    assert (why["rank"], why["chosen"], why["score"]) == (1, True, chosen["score"])
    assert set(ItemAnswer.model_fields) <= set(why)
    assert "装卸工" in why["related_trades"]
    other = shaped(broker.get(f"{P1}/why/caiji/V10"), WhyAnswer)
    assert (other["rank"], other["chosen"]) == (None, False)
    assert "OCCUPATION" in {s["constraint"] for s in other["standings"] if s["standing"] == "barred"}
    assert other["reasons"][0] == "与求职意向没有共同之处"
    assert not any(reason.startswith("已放宽") for reason in other["reasons"])
    office.delete("/v1/vacancies/caiji/V10")
    closed = shaped(broker.get(f"{P1}/why/caiji/V10"), WhyAnswer)
    assert closed["verdict"] == "不能推荐：岗位已撤回"


def test_a_list_and_a_trace_are_printed_as_they_were_answered(client, office, capsys):
    """Brackets in a title are no markup."""
    client(Role.SYSTEM, source="caiji").put(
        "/v1/vacancies/caiji/NEW", json=vacancy("NEW", "叉车司机[/急聘]", skills=["堆垛"])
    )
    answer = office.get(f"{P1}/recommendations?fresh=true&k=20").json()
    print_recommendations(answer)
    printed = capsys.readouterr().out
    assert "叉车司机[/急聘]" in printed
    assert all(reason in printed for item in answer["items"] for reason in item["reasons"])
    why = office.get(f"{P1}/why/caiji/NEW").json()
    print_trace(why)
    printed = capsys.readouterr().out
    assert why["verdict"] in printed
    assert all(reason in printed for reason in why["reasons"])
    assert "  职业意向：叉车司机；岗位：叉车司机[/急聘]（符合）\n" in printed
    assert "  学历：未注明；本人：高中（不明，视为符合）\n" in printed
    assert "    堆垛：待了解\n" in printed
    assert "相近职业：" in printed
    print_trace({"rank": None, "chosen": False, "verdict": "不能推荐：岗位已撤回", "standings": []})
    assert capsys.readouterr().out == "不能推荐：岗位已撤回\n"


def test_there_is_no_why_without_the_vacancy(broker, refused):
    refused(broker.get(f"{P1}/why/caiji/NONE"), 404)
