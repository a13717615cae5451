"""Whatever way a place is written, the same place is read; what cannot be read is said, never guessed."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.districts import Level, Place, PlaceFlag, read_place, read_places
from models.districts import city_of, counties_of, current, districts

SHARED = Path(__file__).parents[2] / "../shared/data"
STANDING = [d for d in districts().values() if d.successor is None]
COUNTY = Level.COUNTY
CITY = Level.CITY


def read(*columns):
    """City, district and address in, code and flag out."""
    place = read_place(*columns)
    return place.code, place.flag


def codes(*arguments, **more):
    return [place.code for place in read_places(*arguments, **more)]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("500103",), "500103"),
        (("", "500103.0"), "500103"),
        (("5001",), "500000"),
        (("50",), "500000"),
        (("", "500103001"), "500103"),
        (("", "500103001012"), "500103"),
        (("３２０５",), "320500"),
        (("重庆", "500103"), "500103"),
        (("重庆", "渝中区"), "500103"),
        (("重庆市", "渝中"), "500103"),
        (("重庆", "石柱"), "500240"),
        (("重庆", "石柱县"), "500240"),
        (("重庆", "石柱土家族自治县"), "500240"),
        (("重庆", "忠县"), "500233"),
        (("重慶", "開州區"), "500154"),
        (("红河州",), "532500"),
        (("杭州", "杭州-余杭区"), "330110"),
        (("", "南京-玄武区"), "320102"),
        (("", "上海·浦东新区"), "310115"),
        (("", "上海 浦东"), "310115"),
        (("", "北京 朝阳区"), "110105"),
        (("天津市天津市河东区",), "120102"),
        (("重庆市/市辖区/渝中区",), "500103"),
        (("重庆市市辖区渝中区",), "500103"),
        (("", "广东省东莞市东莞"), "441900"),
        (("昆山",), "320583"),
        (("苏州", "昆山"), "320583"),
        (("仙桃",), "429004"),
        (("喀什地区",), "653100"),
        (("香港",), "810000"),
    ],
)
def test_codes_and_names_of_today(columns, code):
    assert read(*columns) == (code, None)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("", "", "广东省广州市天河区珠江新城/广州大道北"), "440106"),
        (("", "", "广州大学城(大学城北)创智园3栋4楼"), "440100"),
        (("", "", "或广东省佛山市南海"), "440605"),
        (("", "", "中国（四川）自由贸易试验区成都高新区天府大道"), "510100"),
        (("", "", "北京市门头沟区石龙路"), "110109"),
        (("", "", "青岛市北区台东路"), "370203"),
        (("", "", "青岛市市北区台东路"), "370203"),
        (("", "", "朝阳区望京街9号（北京）"), "110105"),
        (("广东省", "", "深圳市南山区科技园"), "440305"),
        (("重庆", "", "石桥铺街道渝州路"), "500107"),
        (("重庆", "", "解放碑八一路"), "500103"),
        (("江苏", "", "南京镇江路"), "320100"),
    ],
)
def test_addresses_name_the_finest_division_they_can(columns, code):
    assert read(*columns) == (code, None)


@pytest.mark.parametrize(
    "address",
    [
        "天河路490号",
        "南京东路100号",
        "黄埔大道西666号",
        "古林镇鄞县大道",
        "洪泽湖东路",
        "长安镇海滨路18号",
        "老城区",
        ".",
    ],
)
def test_streets_towns_and_plain_words_are_no_divisions(address):
    assert read("", "", address) == (None, PlaceFlag.PLACE_MISSING)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("重庆", "渝北区"), "500157"),
        (("500112",), "500157"),
        (("500105001001",), "500157"),
        (("重庆", "江北"), "500157"),
        (("", "渝北"), "500157"),
        (("杭州", "江干区"), "330102"),
        (("", "", "--钱塘新区22号大街"), "330114"),
        (("重庆", "万盛区"), "500110"),
        (("四川", "涪陵市"), "500102"),
        (("襄樊",), "420600"),
        (("北京", "宣武"), "110102"),
        (("深圳", "光明新区"), "440311"),
    ],
)
def test_former_names_and_codes_are_kept_as_their_successor(columns, code):
    assert read(*columns) == (code, PlaceFlag.DISTRICT_RENAMED)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("重庆市渝北区统景镇",), "500109"),
        (("重庆", "渝北区", "兴隆镇永庆路"), "500109"),
        (("", "", "重庆北碚区水土街道云汉大道"), "500157"),
        (("500112135",), "500109"),
        (("500109008001",), "500157"),
    ],
)
def test_towns_that_moved_in_2025_are_in_their_new_district(columns, code):
    assert read(*columns) == (code, PlaceFlag.DISTRICT_RENAMED)


def test_a_town_that_moved_is_told_from_one_of_the_same_name():
    assert read("重庆", "奉节县", "兴隆镇") == ("500236", None)
    assert read("重庆", "", "兴隆镇") == ("500000", None)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("成都", "高新区"), "510100"),
        (("成都高新区",), "510100"),
        (("苏州", "苏州工业园区"), "320500"),
        (("南京", "江北新区"), "320100"),
        (("西安", "西咸新区"), "610100"),
        (("镇江", "镇江新区"), "321100"),
        (("上海", "鄞州区"), "310000"),
        (("重庆", "主城区"), "500000"),
        (("雄安新区",), "130600"),
        (("320576",), "320500"),
        (("", "500199"), "500000"),
    ],
)
def test_a_county_that_cannot_be_resolved_falls_back_to_its_city(columns, code):
    assert read(*columns) == (code, PlaceFlag.COUNTY_UNKNOWN)


def test_a_city_without_counties_lacks_none():
    assert read("东莞", "长安镇") == ("441900", None)


@pytest.mark.parametrize(("city", "code"), [("宁波", "330205"), ("重庆", "500157"), ("浙江", "330205")])
def test_the_given_city_decides_a_name_borne_twice(city, code):
    assert read_place(city, "江北区").code == code


@pytest.mark.parametrize(("home", "code"), [("500000", "500157"), ("330200", "330205"), ("440100", "330205")])
def test_else_home_decides_and_then_who_bears_it_today(home, code):
    assert read_place(district="江北区", home=home).code == code


@pytest.mark.parametrize("district", ["鼓楼区", "鼓楼", "朝阳", "朝阳区", "西湖区", "宝山"])
def test_a_name_in_several_cities_is_not_guessed(district):
    assert read("", district) == (None, PlaceFlag.PLACE_AMBIGUOUS)


@pytest.mark.parametrize(
    ("city", "code"),
    [
        ("吉林", "220200"),
        ("吉林省", "220000"),
        ("大理", "532900"),
        ("海南", "460000"),
        ("西安", "610100"),
        ("中山", "442000"),
        ("开平", "440783"),
        ("朝阳", "211300"),
    ],
)
def test_in_a_city_column_a_name_is_a_city(city, code):
    assert read(city) == (code, None)


def test_a_city_in_company_of_its_province_may_be_a_district():
    assert read_place(district="黑龙江 大同").code == "230606"
    assert read_place(district="吉林 朝阳").code == "220104"


@pytest.mark.parametrize("city", ["", "无", "不限", "全国", "异地招聘", " 　", "\u200b"])
def test_no_place_is_said_to_be_missing(city):
    assert read_place(city) == Place(None, flag=PlaceFlag.PLACE_MISSING)
    assert read_places(city) == []


@pytest.mark.parametrize("city", ["火星", "工作城市", "999999", "珠三角"])
def test_what_names_no_place_is_unknown(city):
    assert read(city) == (None, PlaceFlag.PLACE_UNKNOWN)
    assert codes(city) == [None]


@pytest.mark.parametrize("columns", [("远程办公",), ("", "居家办公"), ("在家办公", "无"), ("", "", "可远程办公")])
def test_remote_work_needs_no_place(columns):
    assert read_place(*columns) == Place(None, remote=True)


def test_remote_work_may_have_a_place_too():
    assert read_place("重庆（远程办公）") == Place("500000", CITY, True)


@pytest.mark.parametrize("text", ["不支持远程办公", "重庆 不接受居家办公", "远程大厦"])
def test_a_denial_is_not_remote(text):
    assert not read_place(text).remote


def test_level_is_how_finely_the_place_is_known():
    assert [read_place(c).level for c in ("重庆", "苏州", "昆山", "仙桃", "广东省", "无")] == [
        *(CITY, CITY, COUNTY, COUNTY, Level.PROVINCE, None)
    ]


@pytest.mark.parametrize(
    ("text", "city", "expected"),
    [
        ("九龙坡区、南岸区、石柱土家族自治县", "", ["500107", "500108", "500240"]),
        ("九龙坡 南岸", "重庆", ["500107", "500108"]),
        ("渝中区，江北区;渝北区；渝中", "重庆", ["500103", "500157"]),
        ("渝中区南岸区", "", ["500103", "500108"]),
        ("500103|500106", "", ["500103", "500106"]),
        ("500103 500106", "", ["500103", "500106"]),
        ("苏州、昆山", "", ["320500", "320583"]),
        ("杭州西湖区、余杭区", "", ["330106", "330110"]),
        ("成都或重庆渝北", "", ["510100", "500157"]),
        ("江北区、成都", "重庆", ["500157", "510100"]),
        ("重庆/渝中区", "", ["500103"]),
        ("不限", "重庆", ["500000"]),
        ("", "成都", ["510100"]),
        ("天府新区", "成都", ["510100"]),
        ("火星、渝中区", "重庆", ["500000", "500103"]),
        ("火星、渝中区", "", [None, "500103"]),
        ("远程办公、渝中", "重庆", [None, "500103"]),
    ],
)
def test_lists_of_wanted_places(text, city, expected):
    assert codes(text, city=city) == expected


def test_a_group_gives_its_counties():
    assert len(codes("重庆主城")) == 8
    assert codes("雄安新区") == ["130629", "130632", "130638"]
    assert set(codes("主城区、涪陵", city="重庆")) <= set(counties_of("500000"))


def test_every_division_is_found_by_code_and_by_its_full_path():
    table = districts()
    for district in STANDING:
        path = table[district.province].name + (table[district.city].name if district.city else "")
        assert read_place(district.code).code == district.code
        assert read_place(address=f"{path}{district.name}1号").code == district.code
        if district.level is COUNTY and district.city != district.code:
            assert read_place(table[district.city].short_name, district.name).code == district.code


@given(st.sampled_from(sorted(districts())))
def test_every_code_ever_in_force_is_a_place_of_today(code):
    place = read_place(district=code)
    assert place.code == current(code)


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(sorted({d.name for d in districts().values()} | {d.short_name for d in districts().values()})),
    st.sampled_from([*"、，,;|/-· 市区县省镇", "远程办公", "新区", "大道", "不限", "\ud800", "\x00", "５００１０３"]),
)
TEXTS = st.lists(WORDS, max_size=8).map("".join)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["500000", "330200", "", "x"]))
def test_any_text_gives_a_place_of_today_or_says_why_not(city, district, address, home):
    place = read_place(city, district, address, home)
    assert place.code is None or (current(place.code) == place.code and place.code in districts())
    assert (place.code is None) == (place.level is None)
    assert place.code is not None or place.remote or place.flag is not None
    if place.level in (CITY, COUNTY):
        assert city_of(place.code)


@given(TEXTS, TEXTS)
def test_any_list_gives_each_place_once(text, city):
    found = [place.code for place in read_places(text, city=city) if place.code]
    assert len(found) == len(set(found))


def test_long_texts_are_read_at_their_head():
    assert read_place(address="重庆市渝中区" + "路" * 1_000_000).code == "500103"
    assert read_place("市" * 1_000_000).code is None
    assert codes("渝中区、" * 100_000) == ["500103"]


def rows(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"real postings are not here: {name}")
    with path.open(encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("vacancies/zhilian_2026.csv", ["city"]),
        ("vacancies/job51_2024.csv", ["city", "district"]),
        ("vacancies/job51_2026.csv", ["city", "location"]),
        ("seekers/taidi_2023.csv", ["expected_city"]),
        ("seekers/from_titles_2026.csv", ["期望城市", "期望区县"]),
    ],
)
def test_99_of_100_places_in_real_columns_are_read(name, columns):
    places = [read_place(*(row[column] for column in columns)) for row in rows(name) if row[columns[0]] != "无"]
    named = [place for place in places if place.flag is not PlaceFlag.PLACE_MISSING]
    assert sum(place.code is not None or place.remote for place in named) >= 0.99 * len(named) > 0


def test_99_of_100_real_addresses_with_a_city_are_read():
    sure = [
        row["address"] for row in rows("vacancies/taidi_2023.csv") if "市" in row["address"] or "广州" in row["address"]
    ]
    sure = [address for address in sure if "广州大道" not in address or "广东" in address]
    assert sum(read_place(address=address).code is not None for address in sure) >= 0.99 * len(sure) > 0


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (("", "渝中区、江北区"), "500103"), (("", "渝中区/成都武侯区"), "500103"), (("", "", "成都武侯区和重庆渝北区"), "510107"),
        (("", "", "岳麓区麓谷企业广场（工作地点：广州、杭州）"), "430104"),
    ],
)  # fmt: skip
def test_of_several_places_the_first_is_taken_and_that_is_said(columns, code):
    assert read(*columns) == (code, PlaceFlag.PLACES_SEVERAL)


@pytest.mark.parametrize(
    "columns",
    [
        ("", "重庆/渝中区"),
        ("", "重庆市、渝中区"),
        ("", "渝中区", "渝中区解放碑、江北区"),
        ("", "", "重庆渝中区解放碑、较场口"),
    ],
)
def test_one_place_within_another_is_one(columns):
    assert read(*columns) == ("500103", None)
