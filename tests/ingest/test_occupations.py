"""A title gets the code of the occupation that it names, or none: a wrong code would be a wrong match."""

import csv
import random
from collections import Counter
from functools import cache
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.occupations import SURE, code_occupations, first_codes, occupation_codes
from models.occupations import occupations
from models.trades import trades

SHARED = Path(__file__).parents[2] / "../shared/data/vacancies"
TABLE = Path(__file__).parent / "data/occupation_codes.csv"
CODES = {occupation.name: occupation.code for occupation in occupations().values()}
NAMES = [name for name, code in zip(CODES, occupation_codes(list(CODES)), strict=True) if code]

titles = st.one_of(
    st.text(max_size=300),
    st.text("工员师手车电焊护士长会计客服销售经理助c+#. /-（）()双休五险2k", max_size=40),
    st.lists(st.sampled_from([*NAMES, "经理", "助理", "实习生", "急聘", "/", "-", " ", "（", "双休"]), max_size=8).map(
        "".join
    ),
)


def name_of(title):
    """The official name of the code that a title is given; None where it is not sure."""
    [code] = occupation_codes([title])
    return occupations()[code].name if code else None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("电工", "电工"),
        ("４－０２－０２－０２", "道路货运汽车驾驶员"),
        ("Java开发工程师", "计算机软件工程技术人员"),
        ("java 开发工程师", "计算机软件工程技术人员"),
        ("C++开发工程师", "计算机软件工程技术人员"),
        ("会計", "会计专业人员"),
        ("月嫂", "家政服务员"),
        ("扎钢筋的", "钢筋工"),
        ("城市公共汽电车司机", "客运车辆驾驶员"),  # a 工种
        # The name is at the end, with more before it.
        ("平安车险电话客服", "呼叫中心服务员"),
        ("徐泾西园会计", "会计专业人员"),
        ("安卓车机平台网络软件开发工程师", "计算机软件工程技术人员"),
        ("华为外包Java开发工程师", "计算机软件工程技术人员"),
        # What stands around it is no part of it.
        ("急聘电工（包吃住）", "电工"),
        ("招保洁员2人", "保洁员"),
        ("高薪诚聘资深会计+五险一金+周末双休", "会计专业人员"),
        ("【重庆】会计-财务部", "会计专业人员"),
        ("会计8000-12000元", "会计专业人员"),
        ("8-15k会计 单双休", "会计专业人员"),
        ("会计实习生", "会计专业人员"),
        ("保洁员（公益性岗位）", "保洁员"),
        ("想找电工的工作", "电工"),
        # The name is misspelt.
        ("理发狮", "美发师"),
        ("幼儿园保育圆", "保育师"),
        ("嵌入式程师", "嵌入式系统设计工程技术人员"),
    ],
)
def test_a_title_is_read_as_a_person_reads_it(title, name):
    assert name_of(title) == name


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("门诊护士长", "内科护士"),
        ("花木工", "手工木工"),
        ("叉车工", "车工"),
        ("厨师长助理", "中式烹调师"),
        ("电工电子教师", "电工"),
        ("月嫂店店长", "家政服务员"),
        ("会计实训老师", "会计专业人员"),
        ("律师楼保洁员", "律师"),
        ("平面设计教师", "装潢美术设计师"),
        ("厨师招聘专员", "中式烹调师"),
        ("水泵研发经理", "计算机软件工程技术人员"),
    ],
)
def test_a_compound_is_not_a_name_in_it(title, part):
    assert part in CODES
    assert name_of(title) != part


@pytest.mark.parametrize("title", ["会计/电工", "电工、保洁员", "保洁员或者电工", "电工兼保洁员", "会计+电工"])
def test_a_title_that_names_two_occupations_has_no_sure_code(title):
    [coded] = code_occupations([title])
    assert coded.name
    assert coded.confidence < SURE


@pytest.mark.parametrize("title", ["会计/出纳", "成本会计、总账会计", "会计+高级会计（夜班）", "会计/经理"])
def test_two_names_of_one_occupation_have_its_code(title):
    assert name_of(title) == "会计专业人员"


@pytest.mark.parametrize(
    "title", ["", " ", "员", "经理", "双休+五险一金", "急聘", "（）", "\ud800", "1", "🙂", "9-99-99-99"]
)
def test_what_names_nothing_has_no_code(title):
    assert code_occupations([title]) == code_occupations([""])


def test_a_code_is_its_own_code():
    assert occupation_codes(list(occupations())) == list(occupations())


def test_an_official_name_has_its_own_code():
    """Save where it names a 小类 of several occupations, or, as 甘油制造工 does, two of them."""
    often = Counter(occupation.name for occupation in occupations().values())
    single = [name for name, code in CODES.items() if not code.endswith("-00") and often[name] == 1]
    assert len(single) > 1_500
    assert occupation_codes(single) == [CODES[name] for name in single]


def test_a_trade_without_one_code_has_none():
    unclear = [trade.name for trade in trades().values() if not trade.code and trade.name not in CODES]
    assert unclear
    assert set(occupation_codes(unclear)) == {None}


def test_the_stated_occupation_stands_before_the_title():
    assert first_codes([("电工", "会计"), ("", "会计"), ("后勤部", "会计"), ("后勤部", "")]) == [
        CODES["电工"], CODES["会计专业人员"], CODES["会计专业人员"], None,
    ]  # fmt: skip
    assert first_codes([]) == []


@given(st.lists(titles, max_size=6))
def test_any_text_has_a_code_or_none_and_the_same_in_any_company(texts):
    together = code_occupations(texts)
    assert together == [code_occupations([text, "会计"])[0] for text in reversed(texts)][::-1]
    for coded, code in zip(together, occupation_codes(texts), strict=True):
        assert 0 <= coded.confidence <= 1
        assert coded.code is None or coded.code in occupations()
        assert code == (coded.code if coded.confidence >= SURE else None)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(["急聘{}", "{}（包吃住）", "资深{}", "{}5名", "{}-重庆", "{} 双休", "诚聘{}20人"]),
)
def test_a_name_is_the_same_whatever_stands_around_it(name, around):
    assert name_of(around.format(name)) in (name_of(name), None)


def test_of_two_names_in_a_row_the_first_is_none():
    """Chinese keeps the head at the end: 会计保洁员 is whatever 保洁员 is, or nothing.

    Of 60,000 pairs 17 are read as a neighbour of the last (保险经纪人物证鉴定人员: 物证鉴定 is said of 法医).
    """
    draw, own = random.Random(3), dict(zip(NAMES, occupation_codes(NAMES), strict=True))
    pairs = [(draw.choice(NAMES), draw.choice(NAMES)) for _ in range(6_000)]
    wrong = [
        first + last
        for (first, last), code in zip(pairs, occupation_codes([first + last for first, last in pairs]), strict=True)
        if code not in (own[last], None, own[first] if CODES[first][:7] == CODES[last][:7] else None)
    ]
    assert len(wrong) <= len(pairs) / 1_000, wrong


def test_the_worst_title_costs_little():
    worst = [
        "会" * 10_000,
        "(" * 10_000,
        "a1 b2 c3 " * 2_000,
        "工程师/" * 3_000,
        "程师 师工 员工 " * 2_000,
        "ﷺ" * 10_000,
    ]
    code_occupations(["会计师事务所"])  # the first loads the names
    start = process_time()
    code_occupations(worst)
    assert process_time() - start < 1


@cache
def judged():
    """Titles with the codes that a person finds right, several where several are: none where no one code is.

    300 titles of real files (their ids only) and 100 of the sample market (themselves) that a seed drew.
    """
    rows: dict[str, dict[str, set[str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["source"], {})[row["id"]] = set(filter(None, row["codes"].split("|")))
    return rows


def shares(pairs):
    """Of pairs of a title and its right codes: how many are given a code, and how many of the given ones are right."""
    pairs = list(pairs)
    given = [
        (code, right)
        for code, (_, right) in zip(occupation_codes([title for title, _ in pairs]), pairs, strict=True)
        if code
    ]
    return len(given) / len(pairs), sum(code in right for code, right in given) / len(given)


def test_the_codes_of_the_sample_market_are_right():
    coverage, precision = shares(judged()["demo"].items())
    assert precision >= 0.95
    assert coverage >= 0.65


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not on this machine")
def test_the_codes_of_real_titles_are_right():
    pairs = []
    for source in judged().keys() - {"demo"}:
        with (SHARED / f"{source}.csv").open(encoding="utf-8-sig", newline="") as file:
            pairs += [
                (row["title"], judged()[source][row["job_id"]])
                for row in csv.DictReader(file)
                if row["job_id"] in judged()[source]
            ]
    assert len(pairs) == 300
    coverage, precision = shares(pairs)
    assert precision >= 0.95
    assert coverage >= 0.6
