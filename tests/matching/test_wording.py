"""What is left of titles, wishes, tags and descriptions once the words around the occupation are gone."""

import re
import time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.wording import LONGEST, asked, cleaned, domain, levels, plain, substance
from models.districts import Level, districts
from models.occupations import occupations
from models.text import normal_form

CHONGQING = "500000"

TITLES = {
    # brackets, levels, calls, terms, shifts
    "普工（长白班）包吃包住日结": "普工",
    "【急聘】叉车司机+五险一金+双休": "叉车司机",
    "高级钣金工程师(夜班(两班倒))": "钣金工程师",
    "资深焊工/初级焊工": "焊工",
    "初中级电工": "电工",
    "两班倒注塑操作工": "注塑操作工",
    "诚聘:月嫂": "月嫂",
    "急招洗碗阿姨8名，男女不限": "洗碗阿姨",
    "兼职收银员（无需经验）": "收银员",
    "无夜班不加班保洁员": "保洁员",
    "招分拣员30人": "分拣员",
    # figures and codes
    "月薪8千送餐员": "送餐员",
    "包装工 22元/小时": "包装工",
    "数控车工6000-9000元/月": "数控车工",
    "仓库主管5k-8k": "仓库主管",
    "18-45岁质检员": "质检员",
    "2027届校招-结构工程师(J20417)": "结构工程师",
    "p7后端开发": "后端开发",
    "绿化工3071": "绿化工",
    # places at either end
    "江北保安": "保安",
    "南岸区保洁员": "保洁员",
    "重庆市渝北区叉车工": "叉车工",
    "西安长安区前台": "前台",
    "保安-九龙坡": "保安",
    "会计 base成都": "会计",
    "重庆分公司出纳": "出纳",
    "南川、綦江水电工": "水电工",
    "重庆人事专员": "人事专员",
    # parts that name no occupation beside one that does
    "测试工程师-嘉禾科技": "测试工程师",
    "云帆出行-武汉站-调度员": "调度员",
    "电气工程师|3c非标": "电气工程师",
    "会计/出纳": "会计 出纳",
    "语文/数学老师": "语文数学老师",
    "web/前端工程师": "web前端工程师",
    "电控-工程师": "电控 工程师",
    "java 开发": "java开发",
    "网点操作岗": "网点操作",
    # "(...)" alone is opened
    "【外卖骑手】": "外卖骑手",
}

KEPT = """
c++开发工程师 c#/.net程序员 node.js开发 .net开发 3d建模师 cad制图员 ui/ux设计师 b2b销售 plc调试员 r&d工程师 c/c++开发
4s店喷漆工 9.6米货车司机 b2货车司机 32位单片机工程师 1-3岁托班老师 1对1数学老师 5g基站维护员 1688运营 cnc操机
上海菜厨师 重庆火锅店服务员 北京现代焊工 广东话客服 长安汽车焊工 大理石安装工 白银分析师 阿里巴巴运营 来宾接待员
人力资源专员 合作银行柜员 公安辅警 路桥工程师 日照计算员 区域经理 市场专员 县域销售
招聘专员 招商经理 招生老师 行政班长 早班车司机 储备干部 临时工 实习生 高级工 高级中学教师 社会工作者 面包店店员
无人机飞手 不锈钢焊工 非标设计师 包装工 管道工 提花工 保管员 供应链专员 面包餐厅服务员 首席运营官 站岗执勤员
"""

WISHES = {
    "想找个开叉车的工作，离家近点": "开叉车",
    "想做保洁或类似的": "保洁",
    "整个保安的活路嘛": "保安",
    "搞水电的": "水电",
    "干过十多年电工，想找类似岗位": "电工",
    "做了八年焊工，有焊工证": "焊工,焊工证",
    "保洁、月嫂都可以": "保洁、月嫂",
    "叉车司机或者仓管员都要得": "叉车司机 仓管员",
    "最好是文员，其他的也行": "文员",
    "有没得不上夜班的保安": "保安",
    "工资5000以上的司机": "司机",
    "离屋头近点的收银员": "收银员",
    "应聘：服务员": "服务员",
    "求职意向：幼儿园老师": "幼儿园老师",
    "女，46岁，想找个做饭的活": "做饭",
    "在江北做保安": "保安",
    "渝北的保安": "保安",
    "我会炒菜，想当厨师": "炒菜,厨师",
    "希望从事机械设计方面的工作": "机械设计",
    "对幼师感兴趣": "幼师",
    "和护理有关的岗位": "护理",
    "不想进厂，想送外卖": "送外卖",
    "除了销售都可以，最好是文员": "文员",
    "给女儿找份出纳工作": "出纳",
    "电工（有证）": "电工",
    "普工，包吃住，双休": "普工",
    "娃儿上学了，想在近点的地方找个收银员": "收银员",
}

AS_SAID = """
会计 会展策划 做饭阿姨 做账会计 帮厨 给排水工程师 就业指导 整形医生 干部 个体户 点钞员 有色金属冶炼 社会工作 站岗
开叉车 带娃娃 看大门 家电维修 推荐算法工程师 c++开发 语文/数学老师 水吧 公益性岗位 三年级数学老师 不锈钢焊工
薪资福利专员 不动产登记员 无人机飞手 进厂打螺丝
"""

UNREADABLE = """
随便 都可以 工作 找工作 不限 无 都行 随便啥子都要得 离家近就行 工资高点 轻松点的 不想上夜班 双休,五险一金 我要找工作!!!
除了保安都行 找个事做 渝北区附近的工作 重庆 5000以上 服从安排 没得要求
"""

DOMAINS = {
    "Java开发工程师": "java",
    "数据开发工程师": "数据",
    "收银员": "收银",
    "设备管理专员": "设备",
    "高级财务经理": "财务",
    "美容师": "美容",
    "开发经理": "开发经理",
    "律师": "律师",
    "文员": "文员",
    "数学老师": "数学老师",
    "经理": "经理",
}

LEVELS = {
    "运营总监": {"director"},
    "经理助理": {"assistant"},
    "总经理助理": {"assistant"},
    "总经理": {"director"},
    "车间主任": {"supervisor"},
    "主管/经理": {"supervisor", "manager"},
    "助理工程师": {"engineer"},
    "操作工程师": {"engineer"},
    "置业顾问": {"consultant"},
    "保安员": {"staff"},
    "焊工（学徒）": {"worker", "apprentice"},
    "新媒体实习生": {"apprentice"},
    "美工": set(),
    "班主任": set(),
    "会计": set(),
}

NO_SKILLS = """
五险一金 双休 周末双休 年终奖金 定期体检 带薪年假 包吃包住 提供食宿 13薪 14-16薪 8小时 学历补贴 公平晋升 团队氛围好 国企
吃苦耐劳 责任心强 沟通能力强 良好的沟通能力 学习能力 有上进心 不加班 无销售性质 朝九晚五 接受小白 无 不限
"""

SKILLS = """
叉车 excel c++ 数据分析能力 团队管理 商业谈判能力 客户沟通 深度学习 商务合作 社保办理 绩效奖金核算 薪酬福利 iso9001
焊工证 培训 旅游 保险 性能测试 活动执行 3d打印 51单片机 语言表达训练
"""


@pytest.mark.parametrize(("title", "occupation"), TITLES.items())
def test_a_title_is_cleaned(title, occupation):
    assert cleaned(title) == occupation


@pytest.mark.parametrize("title", KEPT.split())
def test_what_belongs_to_an_occupation_stays(title):
    assert cleaned(title) == title


@pytest.mark.parametrize("title", ["急聘", "五险一金", "（双休）", "重庆", "100", "", "。。。"])
def test_a_title_of_nothing_else_is_itself(title):
    assert cleaned(title) == normal_form(title)


def test_no_name_of_an_occupation_loses_a_letter():
    """No list holds a word that is part of an occupation: 大理石, 资源, 包装, 长白班..."""
    around = re.compile("^(?:[高中初]级|储备|兼职|其他)|(?:职位|岗)$|[^\\w]|\\d")
    names = {normal_form(name) for o in occupations().values() for name in (o.name, *o.aliases)}
    assert {name: cleaned(name) for name in names if not around.search(name) and cleaned(name) != name} == {}


def test_no_name_of_an_occupation_is_padding():
    names = {normal_form(name) for o in occupations().values() for name in (o.name, *o.aliases) if len(name) > 2}
    unread = {name for name in names if not asked(name)}
    assert unread == set()


HOME = sorted(
    name for d in districts().values() if d.city == CHONGQING for name in {d.name, d.short_name} if name != "长寿"
)


@pytest.mark.parametrize("place", HOME)
def test_a_county_at_home_goes_before_and_behind_an_occupation(place):
    assert [cleaned(f"{place}保安"), cleaned(f"保安-{place}"), asked(f"{place}的保安")] == ["保安"] * 3


def test_a_city_goes_by_its_full_name_and_a_county_where_it_stands_alone():
    stays = []
    for place in districts().values():
        title = f"{place.name}保安" if place.level is not Level.COUNTY else f"保安-{place.name}"
        if cleaned(title) != "保安":
            stays.append(place.name)
    assert {name for name in stays if len(name) > 2} <= {"城区", "郊区", "矿区"}


@pytest.mark.parametrize(("wish", "occupation"), WISHES.items())
def test_a_wish_loses_its_padding(wish, occupation):
    assert asked(wish) == occupation


@pytest.mark.parametrize("wish", AS_SAID.split())
def test_an_occupation_is_asked_for_as_said(wish):
    assert asked(wish) == wish


@pytest.mark.parametrize("wish", UNREADABLE.split())
def test_a_wish_of_padding_is_no_readable_wish(wish):
    assert asked(wish) == ""


@pytest.mark.parametrize(("wish", "field"), DOMAINS.items())
def test_a_domain_is_a_wish_without_its_role(wish, field):
    assert domain(wish) == field


@pytest.mark.parametrize(("title", "classes"), LEVELS.items())
def test_the_last_role_of_each_part_is_its_level(title, classes):
    assert levels(title) == classes


def test_tags_of_benefits_and_virtues_are_no_skills():
    mixed = [tag for pair in zip(NO_SKILLS.split(), SKILLS.split(), strict=False) for tag in pair]
    assert substance(NO_SKILLS.split()) == []
    assert substance(SKILLS.split()) == SKILLS.split()
    assert substance(mixed) == mixed[1::2]
    assert substance(["Ｅｘｃｅｌ", "雙休"]) == ["excel"]


def test_a_description_keeps_duties_and_demands():
    text = (
        "【岗位职责】1、驾驶叉车装卸货物；2、每天点检叉车，记录油量。任职要求：1）持叉车证，能上夜班；2）会用扫码枪。"
        "福利待遇：1、五险一金，包吃住；2、每月聚餐。联系电话：***，欢迎投递简历"
    )
    left = plain(text)
    assert all(word in left for word in ("驾驶叉车装卸货物", "点检叉车", "持叉车证", "能上夜班", "会用扫码枪"))
    assert not any(word in left for word in ("岗位职责", "任职要求", "五险一金", "聚餐", "电话", "简历", "1"))


def test_work_with_benefits_is_a_duty():
    assert plain("负责五险一金的办理，双休，带薪年假。会做工资表") == "负责五险一金的办理,会做工资表"


def test_a_section_ends_at_the_next_heading():
    assert plain("公司福利：节日礼品、旅游岗位职责1、擦拭展柜") == "擦拭展柜"
    assert plain("上班地址：解放碑。擦拭展柜") == "擦拭展柜"
    assert plain("html5、css3的页面") == "html5、css3的页面"


# ---------------------------------------------------------------- whatever is sent
CLASSES = "director manager supervisor assistant staff engineer consultant worker apprentice"
PIECES = """
高级 急聘 叉车司机 保安 会计 重庆 江北区 长安 大理 双休 五险一金 包吃住 包 吃住 不 加班 想找个 做 的工作 或者 都可以 经理 助理
工程师 开发 员 师 c++ .net node.js ui/ux 3d j12345 2026届 8千 8-10k 15 岁 年 任职要求 福利待遇 岗位职责 负责 招聘 随便 离家近
( ) 【 】 - / | + & . , 。 、 : # _ 丨 a é ́ 乾 龘
"""
ANY_TEXT = st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=12).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=40
)


@given(ANY_TEXT)
def test_any_text_settles_in_normal_form(text):
    for function in (cleaned, asked, domain, plain):
        once = function(text)
        assert normal_form(once) == once
        assert function(once) == once
    assert bool(cleaned(text)) == bool(normal_form(text))
    assert bool(domain(text)) == bool(normal_form(text))


@given(ANY_TEXT)
def test_nothing_is_added(text):
    letters = {*normalize("NFD", normal_form(text)), " ", ","}  # an accent may come to stand on another letter
    assert all({*normalize("NFD", function(text))} <= letters for function in (cleaned, asked, domain, plain))
    assert len(cleaned(text)) <= max(len(normal_form(text)), 1)


@given(st.lists(ANY_TEXT, max_size=8))
def test_skills_are_some_of_the_tags_in_their_order(tags):
    found = substance(tags)
    rest = iter(map(normal_form, tags))
    assert all(skill in rest for skill in found)
    assert substance(found) == found


@given(ANY_TEXT)
def test_levels_are_known_ones(text):
    assert levels(text) <= set(CLASSES.split())


@pytest.mark.parametrize(
    "piece", ["包吃住", "(", "学习", "的", "就要", "8-", "重庆", "1、", "福利:", "c+", "年", "管理", "、"]
)
def test_a_long_text_is_cheap(piece):
    text = piece * 5_000
    start = time.process_time()
    for function in (cleaned, asked, domain, levels, plain):
        function(text)
    substance([text])
    assert time.process_time() - start < 1


def test_a_title_is_read_to_its_end():
    assert cleaned("电" * (LONGEST - 1) + "工") == "电" * (LONGEST - 1) + "工"
