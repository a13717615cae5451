import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.schemas import SeekerWire, VacancyWire, read_wire
from ingest.wire import seeker_document, vacancy_document


def test_a_vacancy_takes_the_shape_of_the_wire():
    document = vacancy_document(
        {
            "external_id": 1001.0,
            "title": " 叉车司机 ",
            "employer.name": "山城物流有限公司",
            "employer.uscc": "'91500000MA5U000000",
            "openings": 3.0,
            "pay": "5000-7000元/月",
            "province": "重庆市",
            "city": "无",
            "district": "渝北区",
            "address": "空港大道 1 号",
            "certificates": "叉车证、N/A",
            "skills": ["叉车", "仓储、盘点"],
            "remote": "否",
            "description": ["<p>装卸</p>", "会开叉车"],
            "valid_to": "长期有效",
            "contact": "刘女士",
            "contact.phone": "023-00000000",
            "shift": "",
        }
    )
    assert document == {
        "external_id": "1001",
        "title": "叉车司机",
        "employer": {"name": "山城物流有限公司", "uscc": "91500000MA5U000000"},
        "openings": "3",
        "pay": "5000-7000元/月",
        "district": "重庆市 渝北区",
        "address": "空港大道 1 号",
        "certificates": ["叉车证"],
        "skills": ["叉车", "仓储", "盘点"],
        "remote": False,
        "description": "装卸\n会开叉车",
        "contact": "刘女士 023-00000000",
    }
    assert isinstance(read_wire(VacancyWire, document), VacancyWire)


@pytest.mark.parametrize(
    ("cells", "pay"),
    [
        ({"pay": "面议"}, "面议"),
        ({"pay": "300", "pay.unit": "元/天"}, "300元/天"),
        ({"pay": "5-8", "pay.unit": "千元"}, "5-8千元"),
        ({"pay": "5-8", "pay.unit": "按月"}, "5-8元/月"),
        ({"pay": "200元/天", "pay.unit": "元/月"}, "200元/天"),
        ({"pay.min": 3000.0, "pay.max": "5,000"}, {"min": 3000, "max": 5000}),
        ({"pay.min": 20, "pay.unit": "小时"}, {"min": 20, "unit": "小时"}),
        ({"pay.min": 12000, "pay.max": 20000, "pay.kind": "1"}, {"min": 12000, "max": 20000, "unit": "month"}),
        ({"pay.min": 150, "pay.max": 200, "pay.kind": 2}, {"min": 150, "max": 200, "unit": "day"}),
        ({"pay.min": 1, "pay.max": 1.5, "pay.unit": "万元/月"}, "1-1.5万元/月"),
        ({"pay.min": "5千", "pay.max": "8千"}, "5千-8千"),
        ({"pay.min": "5千"}, "5千以上"),
        ({"pay.max": "8千"}, "8千以下"),
        ({"pay.min": "面议", "pay.max": "面议"}, "面议"),
        ({"pay.min": 0, "pay.max": 0, "pay": "面议"}, "面议"),
        ({"pay.min": 4000, "pay": "底薪加提成"}, {"min": 4000}),
        ({"pay": "无"}, None),
    ],
)
def test_pay_is_figures_or_words(cells, pay):
    assert vacancy_document(cells).get("pay") == pay


@pytest.mark.parametrize(
    ("cells", "district", "address"),
    [
        ({"city": "重庆", "district": "渝北区"}, "重庆 渝北区", None),
        ({"city": "杭州", "place": "杭州-余杭区"}, "杭州 余杭区", None),
        ({"city": "上海", "place": "上海"}, "上海", None),
        ({"city": "重庆", "district": "重庆市渝北区"}, "重庆 渝北区", None),
        ({"city": "海南", "district": "海南藏族自治州"}, "海南 海南藏族自治州", None),
        ({"district": "渝北区", "place": "龙山路 9 号"}, "渝北区", "龙山路 9 号"),
        ({"district": 500112.0}, "500112", None),
        ({"address": "广州天河区"}, None, "广州天河区"),
        ({"city": "远程办公"}, "远程办公", None),
    ],
)
def test_a_work_place_is_one_text(cells, district, address):
    document = vacancy_document(cells)
    assert document.get("district") == district
    assert document.get("address") == address


def test_a_gig_has_slots():
    document = vacancy_document({"slots": "2026-12-01 08:00-12:00；2026-12-02", "slots.date": "2026-12-03"})
    assert document["slots"] == [
        {"date": "2026-12-01", "start": "08:00", "end": "12:00"},
        {"date": "2026-12-02"},
        {"date": "2026-12-03"},
    ]


def test_no_experience_is_something_said():
    assert vacancy_document({"experience": "无"}) == {"experience": "无经验"}
    assert seeker_document({"experience": "-"}) == {}


def test_a_person_takes_the_shape_of_the_wire():
    document = seeker_document(
        {
            "external_id": "S1",
            "name": "王小明",
            "registration.channel": "线上",
            "registration.state": "1",
            "wish": "有就业意愿",
            "kinds": "全日制/零工",
            "intentions": ["数据分析师|其他", "普工/搬运"],
            "skills": "python:SKILLED|叉车(熟练)|C/C++|办公软件：Word",
            "city": "重庆",
            "districts": "九龙坡区、南岸区",
            "mobility.cross": "是",
            "consents.other_city": "否",
            "consents.personalised": "√",
            "pay_floor": 4500.0,
            "shift_limits.night": "否",
            "pension_drawn": False,
            "labels": "H06",
            "sex": "9",
        }
    )
    assert document == {
        "external_id": "S1",
        "name": "王小明",
        "registration": {"channel": "线上", "state": "有效"},
        "wish": "有就业意愿",
        "kinds": ["全日制", "零工"],
        "intentions": ["数据分析师", "普工/搬运"],
        "skills": [
            {"name": "python", "level": "SKILLED"},
            {"name": "叉车", "level": "熟练"},
            "C/C++",
            "办公软件：Word",
        ],
        "districts": ["重庆 九龙坡区", "重庆 南岸区"],
        "mobility": "WHOLE_CITY",
        "consents": {"other_city": False, "personalised": True},
        "pay_floor": "4500",
        "shift_limits": ["night"],
        "pension_drawn": False,
        "labels": [{"code": "H06"}],
    }
    assert isinstance(read_wire(SeekerWire, document), SeekerWire)


@pytest.mark.parametrize(
    ("cells", "districts"),
    [
        ({"city": "重庆"}, ["重庆"]),
        ({"city": "重庆、成都"}, ["重庆", "成都"]),
        ({"city": "广东省广州市天河区"}, ["广东省广州市天河区"]),
        ({"districts": "渝北区"}, ["渝北区"]),
        ({"city": "重庆", "districts": "重庆市渝北区"}, ["重庆 渝北区"]),
        ({"city": "重庆、成都", "districts": "渝北区；武侯区"}, ["渝北区", "武侯区"]),
    ],
)
def test_wanted_places_lie_in_the_wanted_city(cells, districts):
    assert seeker_document(cells)["districts"] == districts


@pytest.mark.parametrize(
    ("cells", "mobility"),
    [
        ({"mobility.cross": "否"}, "OWN_DISTRICT"),
        ({"mobility.cross": ""}, None),
        ({"mobility.cross": "相邻区县"}, "相邻区县"),
        ({"mobility": "全市", "mobility.cross": "否"}, "全市"),
    ],
)
def test_crossing_districts_is_mobility(cells, mobility):
    assert seeker_document(cells).get("mobility") == mobility


CELL = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates() | st.times()
FIELDS = (
    *("external_id", "pay", "pay.min", "pay.unit", "skills", "slots", "experience", "remote", "city", "districts"),
    *("mobility.cross", "consents.other_city", "description", "wish", "labels", "place"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), CELL | st.lists(CELL, max_size=3)))
def test_any_cells_make_a_document(cells):
    for document in (vacancy_document(cells), seeker_document(cells)):
        assert None not in document.values()


def test_a_skill_too_long_to_be_one_belongs_to_the_description():
    glued = "熟悉仓库管理流程并能够独立完成出入库登记盘点对账以及与客户沟通协调发货安排等日常工作内容者优先考虑录用"
    document = vacancy_document({"title": "仓管员", "skills": f"盘点;{glued}", "description": "管仓库"})
    assert document["skills"] == ["盘点"]
    assert document["description"] == f"管仓库\n{glued}"
