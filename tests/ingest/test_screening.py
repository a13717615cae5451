"""What may a vacancy say? Phrases with the verdict a lawyer expects, disguises, figures, columns, real postings."""

import csv
import time
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postings import postings

from api.market.sample import vacancies
from ingest.pay import pay_from_range, read_pay
from ingest.policy import Policy
from ingest.schemas import PayWire, VacancyWire, read_wire
from ingest.screening import Wording, screen, screen_all, wording_of
from ingest.screening_personal import starred
from ingest.screening_rules import law_names, laws, read_rules, rule_book
from ingest.screening_text import plain
from ingest.vacancies import read_vacancy
from models.configuration import read_configuration
from models.enums import EmploymentKind, Screening
from models.occupations import occupations
from models.times import now

SHARED = Path(__file__).parents[2] / "../shared/data"
CASES = SHARED / "cases/phrases_screening.csv"
PHRASES = Path(__file__).parent / "data/screening_phrases.csv"
JUDGED = Path(__file__).parent / "data/screening_judged.csv"
TODAY = date(2026, 11, 24)
YUZHONG, CHENGKOU, CHONGQING, BEIJING = "500103", "500229", "500000", "110105"  # tiers 1, 2, unknown, no table
EXPECTED = {"unlawful": Screening.BLOCKED, "lawful": Screening.OK, "review": Screening.REVIEW}

BLOCKED, REVIEW, OK = Screening.BLOCKED, Screening.REVIEW, Screening.OK


def judged(text, **more):
    return screen(Wording("普工", text, **({"district": YUZHONG} | more)), TODAY)


def verdict(text, **more):
    return judged(text, **more).verdict


def rules_of(screened):
    return {(found.field, found.rule) for found in screened.findings}


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def in_title(phrase):
    return screen(Wording(phrase, district=YUZHONG), TODAY).verdict


def in_description(phrase):
    return verdict(phrase)


def in_an_advertisement(phrase):
    return verdict(
        f"岗位职责：1、打扫卫生；2、整理货架。任职要求：1、{phrase}；2、吃苦耐劳，服从安排；3、有经验者优先。"
    )


def among_blanks(phrase):
    return verdict(f"负责日常工作，完成领导交办的任务 {phrase}\n包吃住，五险一金，月休四天")


PLACES = [in_title, in_description, in_an_advertisement, among_blanks]


def shares(rows, place):
    """The share of each class that gets the expected verdict, and what does not."""
    right, total, missed = Counter(), Counter(), []
    for row in rows:
        total[row["label"]] += 1
        got = place(row["phrase"])
        right[row["label"]] += got is EXPECTED[row["label"]]
        if got is not EXPECTED[row["label"]]:
            missed.append(f"{row['label']} {row['category']}: {row['phrase']} -> {got}")
    return {label: right[label] / total[label] for label in total}, "\n".join(missed)


@pytest.mark.skipif(not CASES.exists(), reason="the shared phrases are not on this machine")
@pytest.mark.parametrize("place", PLACES)
def test_the_shared_phrases(place):
    share, missed = shares(table(CASES), place)
    assert share["unlawful"] >= 0.97, missed
    assert share["lawful"] >= 0.97, missed
    assert share["review"] >= 0.9, missed


@pytest.mark.parametrize("place", PLACES)
def test_phrases_that_were_written_before_the_rules_met_them(place):
    """Thirty-eight rounds, each judged first and learned from afterwards; now they keep what was learned.

    Of the last sixteen only what the rules before them misjudged, and two lawful ones a ground. What each of the last
    thirty got at first sight: docs/decisions/0016-screening-is-decided-by-people.md.
    """
    share, missed = shares(table(PHRASES), place)
    assert share["unlawful"] >= 0.98, missed
    assert share["lawful"] >= 0.99, missed
    assert share["review"] >= 0.98, missed


REFUSALS = [
    "{}勿扰",
    "{}请勿投递",
    "{}不予录用",
    "{}暂不考虑",
    "{}谢绝应聘",
    "{}不要",
    "{}慎投",
    "不招{}",
    "谢绝{}",
    "不接受{}",
    "拒收{}",
    "不录用{}",
    "{}莫来",
    "{}不便安排",
    "{}恕难录用",
    "{}免报",
    "{}不予接纳",
    "{}，请勿报名",
    "{}，一般不录",
    "{}没有应聘资格",
    "本岗不适合{}",
    "不面向{}",
]
PREFERENCES = [
    "{}优先",
    "{}优先录用",
    "{}为佳",
    "{}更受欢迎",
    "{}有优势",
    "想找{}",
    "尽量招{}",
    "优先考虑{}",
    "最好{}",
    "同等条件下{}优先",
    "以{}为主",
    "偏向{}",
]
LIMITS = [
    "限{}",
    "清一色{}",
    "主要面向{}",
    "仅限{}",
    "只招{}",
    "只要{}",
    "只能是{}",
    "本岗位限{}",
    "面向{}招聘",
    "须是{}",
]
GROUNDS = [
    (["男性", "女士", "男生", "女工", "女的", "男员工", "女司机"], REFUSALS + PREFERENCES + LIMITS),
    (["已婚", "未婚", "单身", "离异", "已婚已育"], REFUSALS + PREFERENCES + LIMITS),
    (["孕妇", "备孕人员", "哺乳期妇女", "有孩子的"], REFUSALS),
    (["少数民族", "回族", "藏族", "维吾尔族"], REFUSALS),
    (["汉族"], PREFERENCES + LIMITS),
    (["黑人", "有色人种"], REFUSALS),
    (["信教人员", "基督徒", "穆斯林"], REFUSALS),
    (["外地人", "河南人", "东北人", "农民工", "农村户口", "四川籍"], REFUSALS),
    (["本地人", "本地户口", "重庆户籍", "渝北户口", "重庆人"], PREFERENCES + LIMITS),
    (["乙肝携带者", "大三阳", "新冠康复者", "阳过的", "去过方舱的", "传染病患者"], REFUSALS),
    (["残疾人", "聋哑人", "听障人士", "肢体残疾者"], REFUSALS),
]


@pytest.mark.parametrize(("people", "sayings"), GROUNDS, ids=lambda value: value[0])
def test_every_ground_is_seen_in_every_saying(people, sayings):
    said = [saying.format(person) for person in people for saying in sayings]
    assert [text for text in said if verdict(text) is not BLOCKED] == []


SPOKEN_REFUSALS = [
    "{}莫来",
    "{}就不要来了",
    "{}不太合适",
    "{}我们不收",
    "{}一个都不要",
    "{}还是别投了",
    "{}不得行",
    "{}免开尊口",
    "{}干不长，不要",
    "{}老板不喜欢",
    "{}请走别家",
    "{}没有机会",
    "我们不想招{}",
    "对{}说不",
    "把{}排除在外",
]
SPOKEN_WISHES = [
    "{}先来先要",
    "{}才行",
    "{}多多益善",
    "{}来了就录",
    "更想要{}",
    "点名要{}",
    "专门招{}",
    "希望来的是{}",
    "不是{}不要",
    "{}老板最看重",
]
SPOKEN = [
    (["男的", "女同志", "男娃儿"], SPOKEN_REFUSALS + SPOKEN_WISHES, BLOCKED),
    (["已婚的", "没结婚的", "离异的"], SPOKEN_REFUSALS + SPOKEN_WISHES, BLOCKED),
    (["怀孕的", "备孕的", "准备要娃的"], SPOKEN_REFUSALS, BLOCKED),
    (["少数民族", "回族"], SPOKEN_REFUSALS, BLOCKED),
    (["汉族"], SPOKEN_WISHES, BLOCKED),
    (["信教的", "信佛的"], SPOKEN_REFUSALS, BLOCKED),
    (["外地人", "外省的", "农村户口"], SPOKEN_REFUSALS, BLOCKED),
    (["本地人", "本地户口的"], ["{}先来先要", "更想要{}", "点名要{}", "专门招{}"], BLOCKED),
    (["得过新冠的", "大三阳"], SPOKEN_REFUSALS, BLOCKED),
    (["残疾人", "耳背的", "腿脚不便的"], SPOKEN_REFUSALS, BLOCKED),
    (["年纪大的", "老年人"], SPOKEN_REFUSALS, REVIEW),
    (["有纹身的", "个子矮的"], SPOKEN_REFUSALS[:8], REVIEW),
    (["坐过牢的", "有案底的"], SPOKEN_REFUSALS, REVIEW),
    (["有高血压的", "腰不好的"], SPOKEN_REFUSALS, REVIEW),
    (["年轻人", "刚毕业的"], SPOKEN_WISHES, REVIEW),
    (["长得漂亮的", "个子高的"], SPOKEN_WISHES, REVIEW),
]


@pytest.mark.parametrize(("people", "sayings", "expected"), SPOKEN, ids=lambda value: str(value)[:14])
def test_every_ground_is_seen_in_what_people_say(people, sayings, expected):
    said = [saying.format(person) for person in people for saying in sayings]
    assert [text for text in said if verdict(text) is not expected] == []


DEMANDS = [
    (
        ["服装", "工服", "培训", "体检", "工牌"],
        [
            *("要交{}费", "{}费自己掏", "从工资里扣{}费", "交了{}费才能上岗", "不交{}费不让上班", "每人两百块{}费"),
            *("收200元{}费", "{}费200元，离职退", "先拿两百块{}钱", "来的时候带200元交{}费", "{}费个人出一半"),
        ],
        BLOCKED,
    ),
    (
        ["身份证", "毕业证", "驾驶证", "户口本"],
        [
            *("{}要押公司", "{}放老板这里", "{}统一收起来", "上班先把{}交了", "{}押到，走的时候还", "要把{}压在厂里"),
            *("{}由公司代管", "{}先放人事部", "{}原件暂扣", "收{}原件"),
        ],
        BLOCKED,
    ),
    (
        ["银行卡", "电话卡", "微信号", "QQ号"],
        ["出租{}", "高价收{}", "{}出租，日结", "有{}的来，租一天一百", "闲置{}回收"],
        BLOCKED,
    ),
    (
        ["1500元", "一千八百元", "1600块"],
        ["每月{}", "工资{}一个月", "试用期{}", "开{}一个月", "头个月{}"],
        BLOCKED,
    ),
    (
        ["一个月", "两个月", "45天"],
        ["工资压{}", "押{}工资", "干不满{}没工资", "干不满{}走的工资不结", "中途离职扣{}工资"],
        BLOCKED,
    ),
    (["分期", "从工资里扣", "办贷款"], ["培训费可{}", "学费{}", "上岗前参加培训，费用{}"], BLOCKED),
    (
        ["住在附近", "居住在本区", "现居重庆", "本地有住房"],
        ["{}优先", "{}者优先", "限{}", "要求{}", "最好{}", "优先录用{}的"],
        REVIEW,
    ),
    (
        ["高血压患者", "心脏病患者", "有精神病史的", "非全日制", "二本"],
        ["{}勿扰", "不招{}", "{}请勿投递", "{}不予录用", "谢绝{}"],
        REVIEW,
    ),
    (["面议", "另议", "面试时谈", "详谈"], ["薪资{}", "工资：{}", "待遇可{}"], REVIEW),
    (
        ["锅炉工", "高空作业", "油漆工", "搬运工"],
        ["17岁{}", "招16-18岁{}", "{}学徒，17岁", "年满16周岁可做{}"],
        REVIEW,
    ),
]


@pytest.mark.parametrize(("objects", "sayings", "expected"), DEMANDS, ids=lambda value: str(value)[:14])
def test_every_demand_is_seen_in_every_saying(objects, sayings, expected):
    said = [saying.format(thing) for thing in objects for saying in sayings]
    assert [text for text in said if verdict(text) is not expected] == []


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        ("没得娃儿的莫来", "没有孩子的别来"),
        ("懂得行业规则，负责莫斯科业务", "懂得行业规则,负责莫斯科业务"),
        ("娃娃机补货", "娃娃机补货"),
        ("嬢嬢煮饭", "阿姨煮饭"),
        ("nv生，末婚，女❌", "女生,未婚,女勿"),
        ("自己婚礼，期末婚假", "自己婚礼,期末婚假"),
    ],
)
def test_dialect_is_read_as_common_words(text, plainly):
    assert plain(text).text == plainly


def test_what_opens_a_rule_is_in_all_that_it_finds():
    """`opens` only saves time: no phrase is judged otherwise without it."""
    book = rule_book()
    slow = replace(
        book,
        categories=tuple(
            replace(known, rules=tuple(replace(rule, opens=None) for rule in known.rules)) for known in book.categories
        ),
    )
    texts = [row["phrase"] for row in table(PHRASES)]
    wordings = [Wording("普工", "。".join(texts[start : start + 3])) for start in range(0, len(texts), 3)]
    assert [w.description for w in wordings if screen(w, TODAY).findings != screen(w, TODAY, slow).findings] == []


def test_a_vacancy_is_judged_the_same_in_any_company():
    texts = [row["phrase"] for row in table(PHRASES)][::7]
    wordings = [
        Wording(
            title, text, skills=(title, tag), preferences=(tag,), columns={"年龄要求": "18-35岁"} if number % 9 else {}
        )
        for number, (title, text, tag) in enumerate(zip(texts[::3], texts[1::3], texts[2::3], strict=False))
    ]
    wordings += [Wording("普工", wording.description * 60) for wording in wordings[::20]]
    assert screen_all(wordings, TODAY) == [screen(wording, TODAY) for wording in wordings]


@pytest.mark.parametrize("saying", ["{}不限", "不限{}", "{}无要求", "不看{}", "{}均可", "对{}不作要求"])
def test_saying_that_it_does_not_matter_is_lawful(saying):
    words = ("性别", "婚育", "婚姻状况", "民族", "户籍", "年龄", "宗教信仰", "政治面貌")
    assert [word for word in words if verdict(saying.format(word)) is not OK] == []


@pytest.mark.parametrize(
    "saying", ["{}优先", "欢迎{}应聘", "优先录用{}", "同等条件下{}优先", "{}均可报名", "面向{}招聘"]
)
def test_a_preference_for_the_protected_is_lawful(saying):
    people = ("残疾人", "退役军人", "低保家庭成员", "脱贫人口", "就业困难人员", "少数民族")
    assert [person for person in people if verdict(saying.format(person)) is not OK] == []


def test_no_name_of_an_occupation_is_unlawful():
    names = {name for known in occupations().values() for name in (known.name, *known.aliases)}
    assert len(names) > 1000
    assert [name for name in sorted(names) if in_title(name) is not OK or verdict(name) is not OK] == []


def test_the_invented_market_is_lawful():
    found = []
    for document in vacancies(400, 7, TODAY):
        wire = read_wire(VacancyWire, document)
        if isinstance(wire, VacancyWire):
            found += screen(Wording(wire.title, wire.description, wire.skills, wire.preferences), TODAY).findings
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "限 男 性",
        "限*男*性",
        "限｜男｜性",
        "限男【性】",
        "限\u200b男性",
        "僅限男性",
        "ｏｎｌｙ　ｍａｌｅ　ｏｎｌｙ",
        "限♂性",
        "限🚹",
        "招👩客服",
        "限nan生",
        "只要汉纸",
        "限男✅女❌",
        "女-性-优-先",
        "Male Only",
    ],
)
def test_disguise_does_not_help(text):
    assert verdict(text) is BLOCKED


def test_a_span_is_the_part_of_the_sent_text():
    text = "公司直招，僅 限★男*性，包吃住。年龄３５岁以下"
    found = {one.rule: one for one in judged(text).findings}
    start, end = found["sex_condition"].span
    assert text[start:end] == found["sex_condition"].excerpt == "僅 限★男*性"
    assert text[slice(*found["age_ceiling"].span)] == "年龄３５岁以下"


NOISE = st.text(alphabet="*-_·~ ★\u200b\u3000", max_size=2)
WORDS = st.sampled_from(
    [
        *"限男女不招优先岁押金需交无乙肝户口婚孕残疾元月天一1239.,。;:、()【】 \n*",
        "试用期",
        "身份证",
        "每天",
        "微信",
        "138",
    ]
)


@given(st.lists(NOISE, min_size=3, max_size=3))
def test_symbols_between_the_letters_are_taken_out(marks):
    text = "".join(letter + mark for letter, mark in zip("限男性", [*marks[:2], ""], strict=True))
    screened = judged(text)
    assert screened.verdict is BLOCKED
    assert text[slice(*screened.findings[0].span)] == text


@given(st.text(max_size=80) | st.lists(WORDS, max_size=60).map("".join))
def test_any_text_is_judged(text):
    screened = judged(text)
    levels = [found.level for found in screened.findings]
    order = [BLOCKED, REVIEW, OK]
    assert screened.verdict is (min(levels, key=order.index) if levels else OK)
    assert levels == sorted(levels, key=order.index)
    for found in screened.findings:
        start, end = found.span
        assert 0 <= start < end <= len(text)
        assert found.message
        assert found.suggestion
        assert found.articles


@given(st.text(max_size=60) | st.lists(WORDS, max_size=60).map("".join))
def test_a_plain_text_keeps_its_way_back(text):
    form = plain(text)
    assert len(form.places) == len(form.text) + 1
    assert list(form.places) == sorted(form.places)
    assert form.places[-1] == len(text)


@pytest.mark.parametrize(
    ("pay", "district", "kind", "expected"),
    [
        ("2300元/月", YUZHONG, "REGULAR", BLOCKED),
        ("2330元/月", YUZHONG, "REGULAR", OK),
        ("2300元/月", CHENGKOU, "REGULAR", OK),
        ("2100元/月", CHONGQING, "REGULAR", BLOCKED),
        ("2300元/月", CHONGQING, "REGULAR", OK),
        ("1000元/月", BEIJING, "REGULAR", OK),
        ("2000元/月", None, "REGULAR", REVIEW),
        ("2000-4000元/月", YUZHONG, "REGULAR", BLOCKED),
        ("底薪1800+提成", YUZHONG, "REGULAR", BLOCKED),
        ("22元/小时", YUZHONG, "GIG", BLOCKED),
        ("23元/小时", YUZHONG, "GIG", OK),
        ("18元/小时", YUZHONG, "REGULAR", OK),
        ("13元/小时", YUZHONG, "REGULAR", BLOCKED),
        ("100元/天", YUZHONG, "REGULAR", BLOCKED),
        ("100元/天", YUZHONG, "GIG", OK),
        ("1500元/月", YUZHONG, "INTERNSHIP", OK),
        ("面议", YUZHONG, "REGULAR", OK),
        ("计件，每件0.5元", YUZHONG, "REGULAR", OK),
    ],
)
def test_pay_under_the_minimum_of_its_place(pay, district, kind, expected):
    wording = Wording("普工", pay_text=pay, pay=read_pay(pay), kind=EmploymentKind(kind), district=district)
    assert screen(wording, TODAY).verdict is expected


def test_pay_under_the_minimum_of_its_day():
    wording = Wording("普工", pay=pay_from_range(2000, None, "month"), district=YUZHONG)
    assert [screen(wording, date(year, 6, 1)).verdict for year in (2018, 2021, 2023)] == [OK, OK, BLOCKED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("试用期工资1500元，转正3000元", BLOCKED),
        ("底薪1500加提成", BLOCKED),
        ("底薪3000，保底1000单提成另算", OK),
        ("兼职时薪18元", BLOCKED),
        ("小时工30元/小时", OK),
        ("餐补500元，房补300元", OK),
        ("工资每月15号发放", OK),
        ("试用期工资为转正的80%", OK),
        ("试岗三天无工资", BLOCKED),
        ("无试岗期，试用期不打折", OK),
    ],
)
def test_pay_in_words(text, expected):
    assert verdict(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("试用期六个月", OK),
        ("试用期7个月", BLOCKED),
        ("试用期1-3个月", OK),
        ("合同三年，试用期六个月", OK),
        ("合同两年，试用期3个月", BLOCKED),
        ("签一年合同，试用期两个月", OK),
        ("六个月合同，试用期一个月", OK),
        ("六个月合同，试用期两个月", BLOCKED),
        ("兼职，试用期一周", BLOCKED),
        ("以完成一定工作任务为期限，试用期一个月", BLOCKED),
    ],
)
def test_how_long_a_probation_may_be(text, expected):
    assert verdict(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18周岁以上", OK),
        ("16周岁以上", OK),
        ("未满16周岁不招", OK),
        ("15周岁以上", BLOCKED),
        ("未满16周岁也可以", BLOCKED),
        ("教6-15岁学员", OK),
        ("成立15周年", OK),
        ("网吧网管，17岁可", BLOCKED),
        ("网吧网管，18岁以上", OK),
        ("16-18岁锅炉工", REVIEW),
        ("招收童工", BLOCKED),
        ("严禁使用童工", OK),
        ("35岁以上勿扰", REVIEW),
        ("十八至四十五周岁", REVIEW),
        ("平均年龄28岁的团队", OK),
        ("服务18-35岁女性客户", OK),
        ("法定退休年龄以内", OK),
    ],
)
def test_ages(text, expected):
    assert verdict(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全年无休", BLOCKED),
        ("门店全年无休，员工轮休", OK),
        ("每天14小时", BLOCKED),
        ("每天12小时", OK),
        ("上一休一，每天12小时", OK),
        ("月休1天", BLOCKED),
        ("月休2天，每天12小时", BLOCKED),
        ("月休4天", OK),
        ("拒绝996工作制", OK),
        ("实行996工作制", BLOCKED),
    ],
)
def test_hours(text, expected):
    assert verdict(text) is expected
    assert screen(Wording("普工", hours=text), TODAY).verdict is expected


@pytest.mark.parametrize("text", ["女浴室搓澡工（女）", "女生宿舍管理员，限女性", "井下采煤工，限男性"])
def test_a_sex_that_the_work_may_explain_waits_for_a_person(text):
    assert verdict(text) is REVIEW


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("性别要求", "男", BLOCKED),
        ("aac004", "2", BLOCKED),
        ("sex", "female", BLOCKED),
        ("性别", "不限", OK),
        ("sex", "9", OK),
        ("年龄上限", "35", REVIEW),
        ("年龄要求", "18周岁以上", OK),
        ("年龄下限", "18", OK),
        ("age_min", "15", BLOCKED),
        ("婚姻状况", "20", BLOCKED),
        ("户口要求", "本市", BLOCKED),
        ("hukou", "不限", OK),
        ("民族", "汉族", BLOCKED),
        ("宗教信仰", "佛教", BLOCKED),
        ("身高要求", "170", REVIEW),
        ("政治面貌", "中共党员", REVIEW),
        ("健康状况", "健康或良好", OK),
        ("备注", "限男性", OK),
    ],
)
def test_columns_that_nobody_may_ask_for(column, value, expected):
    screened = screen(Wording("普工", columns={column: value}), TODAY)
    assert screened.verdict is expected
    assert all((found.field == column and found.span[1] <= len(value)) or value in "12" for found in screened.findings)


def test_a_preference_may_be_a_name_alone():
    wording = Wording("普工", preferences=["残疾人", "男性", "少数民族", "汉族", "退役军人", "党员"])
    levels = {found.field: found.level for found in screen(wording, TODAY).findings}
    assert levels == {"preferences[1]": BLOCKED, "preferences[3]": BLOCKED, "preferences[5]": REVIEW}


PERSONAL = "有意者请联系138 1234 5678，微信：wang_99887，QQ：12345678，电话一三八零零一二三四五六"


def test_personal_data_is_found_masked_and_not_repeated():
    screened = judged(PERSONAL, contact="023-12345678")
    assert screened.verdict is OK
    assert Counter(found.rule for found in screened.findings) == {"phone_number": 2, "chat_account": 2}
    said = "".join(f"{found}{found.problem}" for found in screened.findings)
    shown = starred(PERSONAL)
    for secret in ("1234 5678", "99887", "12345678", "零零一二三四"):
        assert secret not in said
        assert secret not in shown
    assert shown.startswith("有意者请联系138***")


def test_numbers_of_a_business_are_no_personal_data():
    assert judged("月薪15000-250002.工作时间，订单号110105194912310020，wxWidgets，hive").findings == ()


def test_an_id_number_waits_for_a_person():
    screened = judged("经办人11010519491231002X")
    assert (screened.verdict, rules_of(screened)) == (REVIEW, {("description", "id_number")})
    assert "1949" not in repr(screened)


def test_only_a_chat_account_is_a_sign_of_fraud():
    text = "加微信abc_12345详聊"
    assert verdict(text) is REVIEW
    assert verdict(text, address="渝中区解放碑1号") is OK


def test_a_text_that_contradicts_the_fields():
    pay = read_pay("4000-5000元/月")
    wording = Wording(
        "月薪9000-12000元",
        "本科及以上学历，5年以上工作经验",
        pay=pay,
        education="大专",
        experience="无需经验",
        district=YUZHONG,
    )
    screened = screen(wording, TODAY)
    assert screened.verdict is REVIEW
    assert rules_of(screened) == {
        ("title", "pay_contradicts"),
        ("description", "education_contradicts"),
        ("description", "experience_contradicts"),
    }
    agreeing = Wording("月薪4500-6000元", "大专及以上学历，本科优先", pay=pay, education="大专", experience="3-5年")
    assert screen(agreeing, TODAY).findings == ()


def test_what_the_sender_is_told():
    problem = judged("限男性").findings[0].problem
    assert problem.field == "description"
    assert problem.message.startswith("“限男性”")
    assert "《妇女权益保障法》第43条" in problem.message
    assert "请删去" in problem.fix


def test_the_rules_are_whole():
    book = rule_book()
    for category in book.categories:
        for rule in category.rules:
            assert rule.message
            assert rule.suggestion
            assert not rule.suggestion.endswith("。")
            assert rule.articles
    names = [(rule.category, rule.name) for category in book.categories for rule in category.rules]
    assert len(set(names)) == len(names)


def test_every_article_is_one_that_was_seen():
    text = resources.files("ingest").joinpath("data/screening.toml").read_text("utf-8")
    listed = {row["law"]: row["articles"].split() for row in table(Path(__file__).parents[2] / "ingest/data/laws.csv")}
    for category in tomllib.loads(text)["category"].values():
        for article in (article for rule in (category, *category["rule"]) for article in rule.get("articles", ())):
            law, _, number = article.partition(" ")
            assert not number or number in listed[law], article


def test_articles_are_grouped_by_law():
    assert law_names(["劳动法 36", "劳动法 38", "人社部发〔2019〕17号"]) == (
        "《劳动法》第36、38条",
        "人社部发〔2019〕17号",
    )
    with pytest.raises(KeyError):
        law_names(["没有的法 1"])
    assert len(laws()) >= 15


def test_the_version_changes_with_the_rules():
    text = """
version = "1"
[phrases]
only = "只招|限"
[category.sign]
label = "星座"
words = "星座"
level = "REVIEW"
articles = ["人力资源市场暂行条例 24"]
message = "以星座为条件"
suggestion = "请删去"
[[category.sign.rule]]
name = "sign"
patterns = ["<only><gap4>星座"]
spared = "不限"
[[column]]
names = ["星座"]
label = "星座"
"""
    book, changed = read_rules(text), read_rules(text.replace("只招|", "只招|仅|"))
    assert screen(Wording("只招好星座"), TODAY, book).verdict is REVIEW
    assert screen(Wording("仅招好星座"), TODAY, book).verdict is OK
    assert screen(Wording("仅招好星座"), TODAY, changed).verdict is REVIEW
    assert book.identity != changed.identity
    assert screen(Wording("普工"), TODAY, book).rules == book.identity


@pytest.mark.parametrize(
    "piece", ["限", "男", "不招", "需交", "1.", "户口", "本地人", "一", "( ", "试用期", "无乙肝", "押金身份证"]
)
def test_a_hostile_text_is_judged_in_time(piece):
    rule_book()
    start = time.perf_counter()
    judged((piece * 10_000)[:10_000])
    assert time.perf_counter() - start < 2.0


def test_most_vacancies_cost_next_to_nothing():
    """Some 100 microseconds each here; the bound only notices another order of magnitude."""
    wires = [
        wire
        for wire in (read_wire(VacancyWire, row) for row in vacancies(1000, 3, TODAY))
        if not isinstance(wire, list)
    ]
    wordings = [
        Wording(wire.title, wire.description, wire.skills, wire.preferences, hours=wire.hours) for wire in wires
    ]
    screen(wordings[0], TODAY)
    start = time.process_time()
    for wording in wordings:
        screen(wording, TODAY)
    assert (time.process_time() - start) / len(wordings) < 0.001


@cache
def policy():
    return Policy.of(read_configuration())


def screened_document(document):
    wire = read_wire(VacancyWire, document)
    assert isinstance(wire, VacancyWire)
    values = read_vacancy(wire, "job51-open", policy(), now(), CHONGQING).values
    pay = None
    if wire.pay:
        pay = (
            pay_from_range(wire.pay.min, wire.pay.max, wire.pay.unit)
            if isinstance(wire.pay, PayWire)
            else read_pay(wire.pay)
        )
    return screen(wording_of(wire, values, pay), TODAY)


@pytest.mark.skipif(not CASES.exists(), reason="the real files are not on this machine")
def test_sixty_real_vacancies_that_were_judged_by_hand():
    """Drawn by ground in turn, seed 20261124, from all that were flagged, and read: at least nine of ten rightly.

    Thirty more are all that the rules of 2026-11-26, of its evening, of 2026-11-27 and 2026-11-27.2 flagged anew.
    """
    rows = table(JUDGED)
    assert len(rows) == 90
    flagged, right, lost = 0, 0, []
    for name in {row["file"] for row in rows}:
        wanted = {row["external_id"]: row for row in rows if row["file"] == name}
        for document in (row.document for row in postings(name, lambda cells, of=wanted: cells["job_id"] in of)):
            row = wanted[document["external_id"]]
            grounds = {found.category for found in screened_document(document).findings}
            flagged += row["category"] in grounds
            right += row["category"] in grounds and row["right"] == "1"
            if row["right"] == "1" and row["category"] not in grounds:
                lost.append(f"{name} {row['external_id']} {row['category']}")
    assert lost == []
    assert right / flagged >= 0.9
    assert sum(row["right"] == "1" for row in rows) / len(rows) >= 0.9
