"""What is told of a pair: both directions, skills, trades, and reasons word for word. All of it invented."""

import json
from datetime import timedelta
from itertools import chain, product
from types import SimpleNamespace

import numpy as np
import pytest
from documents import said
from factories import HOME, NOW, TODAY, seeker, vacancy
from hypothesis import given, settings
from hypothesis import strategies as st

from api.answers import item_documents, trace_answer
from matching.catalogue import catalogue
from matching.config import PART_SCALE, PARTS, engine_config
from matching.explain import WISHES, Kin, Standing, explain, holds, related_trades, trace
from matching.index import build_index
from matching.meaning import Meaning
from matching.recommend import recommend
from matching.scoring import SAME_TRADE
from matching.seekers import profiles
from models.configuration import read_configuration
from models.enums import Constraint, Mark, Rung
from models.queries.vacancies import SHOWN_COLUMNS
from models.text import normal_form
from models.trades import trades

CONFIG = engine_config(read_configuration())
ELSEWHERE = [vacancy("美发师", id=9_000 + n, district="500101") for n in range(20)]  # so that words have statistics


@pytest.fixture(scope="module")
def meaning():
    """Vectors of a market in which each vacancy of a trade names some of its skills."""
    learned = {*list(trades())[:120], "叉车司机", "月嫂", *trades()["叉车司机"].near, *trades()["月嫂"].near}
    market = [
        vacancy(name, skills=list(np.roll(trade.skills, -turn)[:4]))
        for trade in trades().values()
        if trade.name in learned
        for turn, name in enumerate((trade.name, *trade.aliases))
    ]
    return Meaning.fit([said(row) for row in market], 7)


def read(person):
    return profiles([person], TODAY, HOME)[0]


def told(person, row, meaning=None):
    """The trace of a person and a vacancy of a small market, as it is answered."""
    index, profile = build_index([row, *ELSEWHERE], 0, CONFIG, meaning), read(person)
    return trace_answer(trace(profile, row.id, index, CONFIG, NOW), shown(row), profile, index, CONFIG)


def shown(row):
    """What a list shows of a vacancy: these columns are all that it is told from."""
    columns = {column.key: getattr(row, column.key) for column in SHOWN_COLUMNS}
    return SimpleNamespace(**columns, employer="甲公司", openings_left=1)


def reason(answer, start):
    """The reason that begins so, None where there is none."""
    return next((sentence for sentence in answer["reasons"] if sentence.startswith(start)), None)


# ---------------------------------------------------------------- why this occupation
@pytest.mark.parametrize(
    ("wish", "title", "sentence"),
    [
        ("叉车司机", "叉车司机（夜班）", "岗位名称里就有你说的“叉车司机”"),
        ("开叉车", "叉车工", "你说的“开叉车”就是“叉车司机”，这个岗位叫“叉车工”"),
        ("开叉车", "急聘叉车工 包吃住", "你说的“开叉车”就是“叉车司机”，这个岗位叫“叉车工”"),
        ("开叉车", "叉车司机", "你说的“开叉车”就是“叉车司机”，这个岗位正是"),
        ("叉车司机", "叉车工", "你说的“叉车司机”，这个岗位叫“叉车工”，是同一个职业"),
        ("打扫卫生", "保洁", "你说的“打扫卫生”就是“保洁员”，这个岗位叫“保洁”"),
        ("会开叉车卸货柜", "叉车工", "把你说的“开叉车卸货柜”理解为“叉车司机”，这个岗位叫“叉车工”"),
        ("叉车司机", "装卸工", "相近职业：你想做“叉车司机”，这个岗位属于“装卸工”"),
        ("开叉车", "装卸工", "相近职业：你说的“开叉车”就是“叉车司机”，这个岗位属于“装卸工”"),
        ("古琴修复", "古琴收藏", "你说的“古琴修复”和岗位名称里都有“古琴”"),
        ("初中数学老师", "高中数学老师", "你想做“初中数学老师”，这个岗位属于“高中数学老师”，职业相近"),
        ("叉车司机", "保洁员", "与求职意向没有共同之处"),
        ("起重装卸机械操作工", "门卫工", "与求职意向没有共同之处"),
    ],
)
def test_the_first_reason_is_what_wish_and_vacancy_have_to_do_with_each_other(wish, title, sentence):
    assert told(seeker(wish), vacancy(title))["reasons"][0] == sentence


@pytest.mark.parametrize(
    ("skill", "title", "sentence"),
    [
        ("叉车", "叉车司机", "你会的“叉车”对应职业“叉车司机”，这个岗位正是"),
        ("叉车", "装卸工", "相近职业：你会的“叉车”对应职业“叉车司机”，这个岗位属于“装卸工”"),
        ("古琴修复", "古琴收藏", "你会的“古琴修复”和岗位名称里都有“古琴”"),
    ],
)
def test_skills_stand_in_for_a_wish(skill, title, sentence):
    assert told(seeker(skills=[{"name": skill}]), vacancy(title))["reasons"][0] == sentence


def test_the_trade_that_both_may_be_is_named():
    answer = told(seeker("装铁"), vacancy("钢筋工"))
    assert answer["reasons"][0] == "你说的“装铁”和这个岗位都接近“钢筋工”这个职业"
    assert answer["trades"]["relation"] == {"code": "partly", "label": "可能是同一职业"}


@pytest.mark.parametrize(
    ("wish", "title", "sentence"),
    [
        ("java维护", "JavaScript页面", "你说的“java维护”和岗位名称里都有字母“java”"),
        ("龘", "龘馆", "你说的“龘”和岗位名称里都有字“龘”"),
    ],
)
def test_letters_are_told_where_no_word_is_shared(wish, title, sentence):
    assert told(seeker(wish), vacancy(title))["reasons"][0] == sentence


@pytest.mark.parametrize(
    ("occupation", "sentence"),
    [
        ("6-30-05-01", "与求职意向属于同一职业："),
        ("6-30-05-02", "相近职业：与求职意向同属“"),
        ("4-14-04-01", "与求职意向没有共同之处"),
    ],
)
def test_a_code_alone_is_a_reason(occupation, sentence):
    person = seeker(intentions=[{"text": "", "occupation": "6-30-05-01"}])
    assert told(person, vacancy("招人", occupation=occupation))["reasons"][0].startswith(sentence)


def test_trades_tell_more_than_a_code():
    person = seeker(intentions=[{"text": "叉车司机", "occupation": "6-30-05-01"}])
    answer = told(person, vacancy("装卸工", occupation="6-30-05-01"))
    assert answer["reasons"][0] == "相近职业：你想做“叉车司机”，这个岗位属于“装卸工”"
    assert not reason(answer, "与求职意向属于同一职业")


def test_what_people_say_is_told_as_they_said_it():
    """The plain name of a trade that a wish was read as is not told as the person's words."""
    for title, sentence in (
        ("叉车司机", "你说的“开叉车”就是“叉车司机”，这个岗位正是"),
        ("叉车工", "你说的“开叉车”就是“叉车司机”，这个岗位叫“叉车工”"),
    ):
        answer = told(seeker("开叉车的"), vacancy(title))
        assert answer["reasons"][0].replace("开叉车的", "开叉车") == sentence
        assert wants(answer)["OCCUPATION"][0] in ("开叉车", "开叉车的")


def test_alike_work_is_told(meaning):
    answer = told(seeker("叉车司机"), vacancy("叉车工", skills=["叉车证", "托盘"]), meaning)
    assert answer["parts"]["meaning"]["value"] >= 80
    assert answer["reasons"][0] == "你说的“叉车司机”，这个岗位叫“叉车工”，是同一个职业，工作内容相近"


@pytest.mark.parametrize(
    ("wish", "title", "sentence"),
    [
        ("仓库经理", "仓库助理", "岗位级别不同：你说的是经理级，这个岗位是助理级"),
        ("保洁员", "保洁主管", "岗位级别不同：你说的是普通岗位，这个岗位是主管级"),
        ("销售主管", "区域销售主管", "岗位级别一致（主管级）"),
        ("保洁员", "保洁员", None),
        ("叉车工", "叉车司机", None),
    ],
)
def test_ranks(wish, title, sentence):
    assert reason(told(seeker(wish), vacancy(title)), "岗位级别") == sentence


def strange_names():
    """For many trades a name that shares no letter with another one that surely is that trade too."""
    for number, trade in enumerate(trades().values()):
        names = [normal_form(name) for name in (trade.name, *trade.aliases)]
        found = [(a, b) for a, b in product(names, names) if not set(a) & set(b)]
        if found and number % 3 == 0:
            yield trade.name, *found[0]


def test_whoever_is_reached_by_trade_alone_is_told_the_trade():
    cases = list(strange_names())
    market = [vacancy(title, id=number) for number, (_, _, title) in enumerate(cases, 1)]
    index = build_index([*market, *ELSEWHERE], 0, CONFIG)
    checked = 0
    for number, (_, wish, title) in enumerate(cases, 1):
        person = read(seeker(wish))
        found = trace(person, number, index, CONFIG, NOW)
        if found.rung is None:
            continue
        (document,) = item_documents([found.item], [shown(market[number - 1])], person, index, CONFIG)
        assert document["terms"] == [], (wish, title)
        assert f"“{document['trades']['vacancy']}”" in document["reasons"][0], (wish, title, document["reasons"])
        assert document["trades"]["vacancy"], (wish, title)
        checked += 1
    assert checked >= 60


# ---------------------------------------------------------------- what the vacancy wants
UNKNOWN_FACTS = {"education": None, "experience": None}


@pytest.mark.parametrize(
    ("person", "row", "wanted", "sentence"),
    [
        ({"education": 4}, {"education": 3}, ("EDUCATION", "高中及以上", "大专", "met"), "符合要求：学历（高中及以上）"),
        ({"education": 2}, {"education": 3}, ("EDUCATION", "高中及以上", "初中", "missing"), "还差：学历（要求高中及以上，登记的是初中）"),
        ({}, {"education": 3}, ("EDUCATION", "高中及以上", "未登记", "unknown"), "待核实：学历（要求高中及以上，未登记）"),
        ({"education": 2}, {"education": None}, ("EDUCATION", "未注明", "初中", "unknown"), "待核实：学历（岗位未注明）"),
        ({}, {"education": 0}, ("EDUCATION", "不限", "未登记", "met"), None),
        ({"education": 0}, {"education": 1}, ("EDUCATION", "小学及以上", "小学以下", "missing"), "还差：学历（要求小学及以上，登记的是小学以下）"),
        ({"experience": 2.5}, {"experience": 2.0}, ("EXPERIENCE", "2 年以上", "2.5 年", "met"), "符合要求：工作经验（2 年以上）"),
        ({"experience": 0.0}, {"experience": 1.0}, ("EXPERIENCE", "1 年以上", "0 年", "missing"), "还差：工作经验（要求1 年以上，登记的是0 年）"),
        ({}, {"experience": 1.0}, ("EXPERIENCE", "1 年以上", "未登记", "unknown"), "待核实：工作经验（要求1 年以上，未登记）"),
        ({"experience": 3.0}, {"experience": None}, ("EXPERIENCE", "未注明", "3 年", "unknown"), None),
        ({"certificates": ["N1证"]}, {"certificates": ["叉车证"]}, ("CERTIFICATE", "叉车证", "持有", "met"), "符合要求：证书（叉车证）"),
        ({"certificates": ["健康证"]}, {"certificates": ["叉车证"]}, ("CERTIFICATE", "叉车证", "未登记", "missing"), "还差：证书（要求叉车证，未登记）"),
        ({}, {"certificates": ["健康证"]}, ("CERTIFICATE", "健康证", "未登记，上岗前可办理", "missing"), "还差：证书（要求健康证，未登记，上岗前可办理）"),
        ({"certificates": ["健康证"]}, {}, ("CERTIFICATE", "不限", "健康证", "met"), None),
    ],
)  # fmt: skip
def test_each_demand_is_met_missing_or_unknown(person, row, wanted, sentence):
    answer = told(seeker("叉车司机", **person), vacancy(**row))
    found = next(want for want in answer["vacancy_wants"] if want["code"] == wanted[0])
    assert (found["code"], found["asks"], found["has"], found["standing"]) == wanted
    sentences = [reason(answer, start) for start in ("符合要求", "还差", "待核实")]
    assert [s for s in sentences if s] == ([sentence] if sentence else [])


def test_every_certificate_is_a_demand_of_its_own():
    row = vacancy("电焊工", certificates=["健康证", "焊接与热切割作业证"])
    answer = told(seeker("电焊工", certificates=["电焊证"]), row)
    assert [(want["asks"], want["standing"]) for want in answer["vacancy_wants"] if want["code"] == "CERTIFICATE"] == [
        ("健康证", "missing"), ("焊接与热切割作业证", "met"),
    ]  # fmt: skip
    assert reason(answer, "符合要求") == "符合要求：证书（焊接与热切割作业证）"
    assert reason(answer, "还差") == "还差：证书（要求健康证，未登记，上岗前可办理）"


@settings(deadline=None)
@given(st.sampled_from([None, *range(8)]), st.sampled_from([None, *range(8)]))
def test_a_missing_fact_is_unknown_and_never_a_mismatch(need, have):
    answer = told(seeker("叉车司机", education=have, experience=have), vacancy(education=need, experience=need))
    wants = {want["code"]: want["standing"] for want in answer["vacancy_wants"]}
    for code in ("EDUCATION", "EXPERIENCE"):
        if need is None or (have is None and need):
            assert wants[code] == "unknown"
        else:
            assert wants[code] == ("met" if not need or have >= need else "missing")
    assert (wants["EDUCATION"] == "missing") == ("不能推荐：学历要求" in answer["verdict"])


# ---------------------------------------------------------------- skills
def skills(answer):
    return {match["skill"]: (match["standing"], match["by"]) for match in answer["skills"]}


def test_skills_had_near_and_missing(meaning):
    row = vacancy("叉车工", skills=["托盘", "货架存取", "插花包装", "五险一金"])
    person = seeker("叉车司机", skills=[{"name": "会用托盘"}, {"name": "堆垛"}])
    answer = told(person, row, meaning)
    assert skills(answer) == {
        "托盘": ("met", "会用托盘"),
        "货架存取": ("unknown", "堆垛"),
        "插花包装": ("missing", ""),
    }
    assert reason(answer, "技能") == "技能：会“托盘”；“堆垛”与要求的“货架存取”相近；没有登记“插花包装”"
    want = next(want for want in answer["vacancy_wants"] if want["code"] == "SKILLS")
    assert (set(want["asks"].split("、")), want["has"], want["standing"]) == (
        {"托盘", "货架存取", "插花包装"}, "会用托盘", "missing",
    )  # fmt: skip


def test_a_certificate_is_the_skill_of_its_name():
    answer = told(seeker("叉车司机", certificates=["N1证"]), vacancy(skills=["叉车司机证"]))
    assert skills(answer) == {"叉车司机证": ("met", "叉车证")}
    assert reason(answer, "技能") == "技能：会“叉车司机证”"


def test_who_named_no_skill_lacks_none():
    answer = told(seeker("叉车司机"), vacancy(skills=["堆垛", "托盘"]))
    assert {standing for standing, _ in skills(answer).values()} == {"unknown"}
    assert reason(answer, "技能") in {
        "技能：要求“堆垛”、“托盘”；你没有登记技能，可以问一问",
        "技能：要求“托盘”、“堆垛”；你没有登记技能，可以问一问",
    }
    want = next(want for want in answer["vacancy_wants"] if want["code"] == "SKILLS")
    assert (want["has"], want["standing"]) == ("未登记", "unknown")


@pytest.mark.parametrize(
    ("wanted", "own", "standing"),
    [
        ("焊接", "焊接", "met"),
        ("焊接", "手工焊接", "met"),
        ("氩弧焊接", "焊接", "unknown"),
        ("Java", "JAVA", "met"),
        ("java", "javascript", "missing"),
        ("c", "c语言", "met"),
        ("c", "c++", "missing"),
        ("react", "react.js", "met"),
        ("叉车", "开叉车", "met"),
    ],
)
def test_a_skill_is_met_by_its_own_words_alone(wanted, own, standing):
    answer = told(seeker("门卫", skills=[{"name": own}]), vacancy("保安", skills=[wanted]))
    assert skills(answer) == {normal_form(wanted): (standing, "" if standing == "missing" else own)}


def test_a_wish_that_names_the_skill_leaves_it_open():
    answer = told(seeker("java开发工程师", skills=[{"name": "画画"}]), vacancy("软件工程师", skills=["java"]))
    assert skills(answer) == {"java": ("unknown", "java开发工程师")}
    assert reason(answer, "技能") == "技能：“java开发工程师”与要求的“java”相近"


def test_the_rarest_skills_come_first_and_eight_at_most():
    rare = [f"技能{chr(0x4E00 + n)}" for n in range(20)]
    common = [vacancy("文员", id=8_000 + n, skills=["电脑操作"], district="500101") for n in range(10)]
    row = vacancy("叉车工", skills=["电脑操作", *rare])
    index = build_index([row, *common, *ELSEWHERE], 0, CONFIG)

    def listed(*own):
        person = read(seeker("叉车司机", skills=[{"name": name} for name in own]))
        item = trace(person, row.id, index, CONFIG, NOW).item
        return explain([item], [row], person, index, CONFIG)[0].skills

    assert [match.standing for match in listed("唱歌")] == [Standing.MISSING] * 8
    assert "电脑操作" not in {match.skill for match in listed("唱歌")}
    assert [match.skill for match in listed("唱歌", "电脑操作") if match.standing is Standing.MET] == ["电脑操作"]
    assert len(listed("唱歌", "电脑操作")) == 9
    assert len(listed(*rare)) == 9


def test_the_most_telling_of_equally_rare_skills_comes_first(meaning):
    row = vacancy("叉车工", skills=["月子餐", "货架存取"])
    answer = told(seeker("叉车司机"), row, meaning)
    assert [match["skill"] for match in answer["skills"]] == ["货架存取", "月子餐"]


def test_sentences_and_benefits_are_no_skills():
    answer = told(seeker("叉车司机"), vacancy(skills=["包吃住", "有责任心", "熟悉" + "各种叉车的操作" * 6]))
    assert answer["skills"] == []
    assert reason(answer, "技能") is None


@pytest.mark.parametrize(
    ("text", "skill", "expected"),
    [("c/c++", "c++", True), ("c/c++", "c", True), ("c++", "c", False), ("javascript", "java", False),
     ("java开发", "java", True), ("python3", "python", False), ("看工艺卡", "工艺", True), ("工", "工", True),
     ("叉车工", "工", False), ("3d max", "3d", True), ("c#", "c", False), ("r语言", "r", True)],
)  # fmt: skip
def test_words_of_their_own(text, skill, expected):
    assert holds(text, skill) is expected


@given(st.text(max_size=12), st.text(max_size=12))
def test_what_holds_a_skill_has_its_letters(text, skill):
    assert not (skill and holds(text, skill)) or skill in text
    assert holds(text, text)


# ---------------------------------------------------------------- near trades
def test_related_trades_begin_with_the_near_ones_of_the_catalogue(meaning):
    index = build_index(ELSEWHERE, 0, CONFIG, meaning)
    own = catalogue().number["叉车司机"]
    near = {catalogue().trades[trade].name for trade in catalogue().near_to(own)} - {"叉车司机"}
    found = related_trades("开叉车", index, CONFIG)
    assert set(found[: len(near)]) == near
    further = {catalogue().trades[trade].name for trade in catalogue().next_but_one(own)}
    assert set(found[len(near) :]) <= further
    assert len(found) == len(set(found))


def test_a_wish_of_no_sure_trade_has_none():
    assert related_trades("龘龘龘", build_index(ELSEWHERE, 0, CONFIG), CONFIG) == []
    assert told(seeker(), vacancy())["related_trades"] == []


def test_nearness_in_the_catalogue_is_mutual():
    known = catalogue()
    for trade in range(len(known)):
        assert trade in known.near_to(trade)
        assert all(trade in known.near_to(other) for other in known.near_to(trade))
        assert all(trade in known.next_but_one(other) for other in known.next_but_one(trade)[:3])
        assert not set(known.next_but_one(trade)) & set(known.near_to(trade))


def test_near_skills_keep_company(meaning):
    assert meaning.near_skills(["货架存取", "月子餐"], ["堆垛", "新生儿护理"]) == ["堆垛", "新生儿护理"]
    assert meaning.near_skills(["货架存取"], ["月子餐"]) == [None]
    assert meaning.near_skills(["从未见过"], ["堆垛"]) == [None]
    assert meaning.near_skills([], ["堆垛"]) == []
    assert meaning.near_skills(["堆垛"], []) == [None]
    assert Meaning.none().near_skills(["堆垛"], ["托盘"]) == [None]


# ---------------------------------------------------------------- what the person wants
def wants(answer):
    return {want["code"]: (want["asks"], want["has"], want["standing"]) for want in answer["person_wants"]}


def test_each_wish_with_what_the_vacancy_has():
    row = vacancy("装卸工", district="500106", pay_min=3000, pay_max=3800, kind="GIG", shift="two_shift")
    person = seeker("叉车司机", "保安", pay_floor=4000, kinds=["REGULAR"], shift_limits=["night"])
    answer = told(person, row)
    assert wants(answer) == {
        "OCCUPATION": ("叉车司机、保安", "装卸工", "bent"),
        "PLACE": ("重庆市渝中区", "重庆市沙坪坝区", "bent"),
        "PAY": ("不低于 4000 元/月", "3000-3800元/月", "bent"),
        "KIND": ("全日制岗位", "零工", "bent"),
        "SHIFT": ("不上夜班", "两班倒", "met"),
    }
    assert reason(answer, "已放宽") == "已放宽：相近职业、相邻区县、薪酬略低于期望（不超过10%）、其他用工形式"
    assert reason(answer, "薪酬") == "薪酬：3000-3800元/月，略低于期望的 4000 元/月"


def test_of_what_was_not_said_nothing_is_told():
    assert wants(told(seeker(), vacancy())) == {"PLACE": ("重庆市渝中区", "重庆市渝中区", "met")}


def test_another_city_without_consent_is_barred():
    answer = told(seeker("叉车司机"), vacancy(district="510104"))
    assert wants(answer)["PLACE"][2] == "barred"
    assert "已放宽" not in str(answer["reasons"])


def test_far_too_little_pay_is_said_so():
    answer = told(seeker("叉车司机", pay_floor=9000), vacancy())
    assert wants(answer)["PAY"] == ("不低于 9000 元/月", "5000-7000元/月", "barred")
    assert reason(answer, "薪酬") == "薪酬：5000-7000元/月，低于期望的 9000 元/月"


def test_the_standings_told_are_those_of_the_ranking():
    """The limits of one pair, worked out for it alone, are those of the whole market; so is the evidence."""
    rows = [
        vacancy(title, district=district, pay_max=pay, pay_min=None, kind=kind, skills=["堆垛"])
        for title, district, pay, kind in product(
            ["叉车工", "装卸工", "保洁员", "仓库管理"], ["500103", "500106", "500101", "510104", "500100"],
            [3800, 7000, None], ["REGULAR", "GIG"],
        )
    ]  # fmt: skip
    people = [
        seeker("开叉车", "仓库"),
        seeker("叉车司机", pay_floor=4000, kinds=["REGULAR"], mobility="WHOLE_CITY"),
        seeker(skills=[{"name": "堆垛"}], fixed=["place", "pay"], pay_floor=4000),
        seeker("保洁", consent_other_city=True, fixed=["occupation"]),
        seeker(),
    ]
    index = build_index([*rows, *ELSEWHERE], 0, CONFIG)
    for person, row in product(map(read, people), rows[::2]):
        found = trace(person, row.id, index, CONFIG, NOW)
        (explained,) = explain([found.item], [row], person, index, CONFIG)
        assert explained.standings == {limit: found.standings[limit] for limit in WISHES}
        if found.rung:
            bent = [CONFIG.level(rung) for limit, rung in explained.bent.items()]
            assert CONFIG.ladder[max(bent, default=0)] is found.rung
        if explained.ground and len(person.said) == 1:
            more = SAME_TRADE if explained.ground.kin is Kin.SAME else 0
            intention = min(explained.ground.evidence + more, PART_SCALE)
            assert intention // 100 == found.item.parts[PARTS.index("intention")]


def test_what_is_said_of_a_vacancy_does_not_hang_on_the_others_of_the_list(meaning):
    rows = [
        vacancy("叉车工", id=1, skills=["堆垛", "货架存取", "月子餐"], description="驾驶叉车堆垛"),
        vacancy("装卸工", id=2, skills=["货架存取", "堆垛", "五险一金"], pay_max=3700),
        vacancy("月嫂", id=3, skills=["月子餐", "堆垛"]),
        vacancy("门卫", id=4),
    ]
    index = build_index([*rows, *ELSEWHERE], 0, CONFIG, meaning)
    for person in map(read, (seeker("开叉车", "叉车司机", skills=[{"name": "堆垛"}], pay_floor=4000), seeker())):
        items = [trace(person, row.id, index, CONFIG, NOW).item for row in rows]
        alone = (explain([item], [row], person, index, CONFIG) for item, row in zip(items, rows, strict=True))
        assert explain(items, rows, person, index, CONFIG) == [*chain.from_iterable(alone)]


def test_the_best_met_wish_is_the_one_that_is_told():
    row = vacancy("叉车工")
    index, person = build_index([row, *ELSEWHERE], 0, CONFIG), read(seeker("保洁员", "开叉车", "门卫"))
    found = trace(person, row.id, index, CONFIG, NOW)
    ground = explain([found.item], [row], person, index, CONFIG)[0].ground
    assert (ground.said, ground.kin, ground.own, ground.theirs) == ("开叉车", Kin.SAME, "叉车司机", "叉车司机")


# ---------------------------------------------------------------- who said nothing, and what is never said
@pytest.mark.parametrize(
    "given_facts", [{}, {"certificates": ["叉车证"]}, {"intentions": [{"text": "随便", "occupation": None}]}]
)
def test_who_said_nothing_is_not_told_that_all_wishes_are_met(given_facts):
    index, person = build_index([vacancy(skills=["堆垛"]), *ELSEWHERE], 0, CONFIG), read(seeker(**given_facts))
    item = recommend([person], index, CONFIG, NOW)[0].items[0]
    row = vacancy(id=int(index.facts.id[item.row]), skills=["堆垛"])
    (answer,) = item_documents([item], [shown(row)], person, index, CONFIG)
    assert answer["rung"] == {"code": Rung.EXACT.value, "label": "按距离和发布时间推荐"}
    assert answer["confidence"]["label"] == "可考虑"
    assert answer["reasons"][0] == Mark.GUIDANCE.label
    assert answer["trades"] is None
    assert not any(match["standing"] == Standing.MISSING for match in answer["skills"])


def test_reasons_say_nothing_of_who_a_person_is():
    """The same words for a person with and without a hardship label, and none that names a protected trait."""
    row = vacancy("叉车工", skills=["堆垛"], education=3, preferences=["40岁以下", "男"])
    label = {"code": "H06", "valid_from": "2026-01-01", "valid_to": None}
    person = {"id": 5, "external_id": "P5", "pay_floor": 4000}
    plain, labelled = (told(seeker("开叉车", labels=labels, **person), row) for labels in ([], [label]))
    assert plain == labelled
    long_out = told(seeker("开叉车", unemployed_since=TODAY - timedelta(days=900), **person), row)
    assert long_out == plain
    traits = ("岁", "男", "女", "年龄", "性别", "困难", "民族", "户籍", "残疾")
    assert not [word for word in traits if word in json.dumps(plain, ensure_ascii=False)]


def test_the_parts_of_the_answer_stand_in_for_the_labels():
    answer = told(seeker("叉车司机"), vacancy())
    assert {want["label"] for want in answer["vacancy_wants"]} == {"学历", "工作经验", "证书", "技能"}
    assert {want["label"] for want in answer["person_wants"]} <= {constraint.label for constraint in Constraint}
