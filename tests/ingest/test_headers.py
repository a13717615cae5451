import pytest

from ingest.headers import join_levels, recognise
from models.errors import FieldError


def test_headers_are_known_in_chinese_english_and_official_codes():
    chinese = recognise(["岗位编号", "岗位名称", "用人单位", "招聘人数", "工作区县"], "vacancies")
    english = recognise(["external_id", "Title", "Company Name", "headcount", "District"], "vacancies")
    codes = recognise(["ACB200", "aca112", "aab004", "acb21d", "aab301"], "vacancies")
    assert chinese.fields == english.fields == codes.fields
    assert list(chinese.fields.values()) == ["external_id", "title", "employer.name", "openings", "district"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("*岗位名称（必填）", "title"),
        ("岗 位 名 称", "title"),
        ("岗位（工种）名称", "title"),
        ("崗位名稱", "title"),
        ("薪资下限(元/月)", "pay.min"),
        ("薪资（最高）", "pay.max"),
        ("Ｊｏｂ＿Ｔｉｔｌｅ", "title"),
        ("employer.name", "employer.name"),
        ("岗位描述\n（不少于20字）", "description"),
        ("统一社会信用代码【18位】", "employer.uscc"),
        ("有效期至：", "valid_to"),
        ("招聘人数（人", "openings"),
        ("招聘人数必填项", "openings"),
    ],
)
def test_marks_units_and_writing_do_not_matter(header, field):
    assert recognise(["id", "title", header], "vacancies").fields[2] == field


def test_what_is_not_known_is_named_and_ignored():
    columns = recognise(["编号", "岗位", "", "司龄", "编" * 100], "vacancies")
    assert columns.fields == {0: "external_id", 1: "title"}
    assert columns.unknown == ("司龄", "编" * 60)


def test_columns_that_may_not_be_asked_for_are_dropped():
    columns = recognise(["编号", "岗位", "性别要求", "年龄（岁）", "婚姻状况", "户籍", "aac004"], "vacancies")
    assert columns.fields == {0: "external_id", 1: "title"}
    assert columns.dropped == ("性别要求", "年龄（岁）", "婚姻状况", "户籍", "aac004")


def test_a_person_has_a_sex_but_no_hukou():
    columns = recognise(["人员编号", "性别", "户口性质"], "seekers")
    assert columns.fields == {0: "external_id", 1: "sex"}
    assert columns.dropped == ("户口性质",)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("日薪", "元/日"),
        ("薪资(万元/年)", "万元/年"),
        ("月薪（千元）", "千元/月"),
        ("小时工资", "元/小时"),
        ("薪资", None),
    ],
)
def test_the_unit_of_pay_is_read_from_its_header(header, unit):
    assert recognise(["编号", "岗位", header], "vacancies").units.get("pay.unit") == unit


def test_a_vacancy_without_title_is_called_by_its_occupation():
    assert recognise(["编号", "工种"], "vacancies").fields == {0: "external_id", 1: "title"}
    assert recognise(["编号", "工种", "岗位名称"], "vacancies").fields[1] == "occupation"


def test_what_is_needed_is_told():
    with pytest.raises(FieldError) as caught:
        recognise(["单位名称", "联系人", "王小明"], "vacancies")
    assert caught.value.rule == "headers_missing"
    assert "岗位编号" in caught.value.message
    assert "岗位名称" in caught.value.message
    assert "王小明" not in caught.value.message + caught.value.fix
    with pytest.raises(FieldError) as caught:
        recognise(["姓名"], "seekers")
    assert "人员编号" in caught.value.fix


def test_two_rows_of_a_header_are_read_as_one():
    names = join_levels(["编号", "薪资待遇", "", "备注"], ["", "最低", "最高"], "vacancies")
    assert names == ["编号", "薪资待遇最低", "薪资待遇最高", "备注"]


def test_a_group_above_that_says_nothing_leaves_the_name_below():
    names = join_levels(
        ["基本信息", "", "待遇", "", "其他"], ["岗位编号", "岗位名称", "最低", "最高", "司龄"], "vacancies"
    )
    assert names == ["岗位编号", "岗位名称", "待遇最低", "待遇最高", "司龄"]
