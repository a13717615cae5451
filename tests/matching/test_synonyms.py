"""Do people find what employers call by another name? Each wish, a title that means the same, one that only looks alike.

The data is the catalogue of trades (`models/data/trades.csv`: names, aliases, spoken forms). Every market holds
thirty trades, one of them the synonym; no description helps, no occupation code, no fitted meaning.
"""

from collections import defaultdict
from itertools import islice

import numpy as np
import pytest
from documents import said
from factories import HOME, NOW, TODAY, seeker, vacancy

from matching.config import engine_config
from matching.facts import sure_trades
from matching.index import build_index
from matching.meaning import Meaning, Said
from matching.recommend import recommend
from matching.seekers import profiles
from matching.senses import senses_of
from matching.terms import characters
from models.configuration import read_configuration
from models.enums import Rung
from models.text import normal_form
from models.trades import trades

CONFIG = engine_config(read_configuration())
OPENINGS = 30
STEP = 3  # kindred trades stand side by side in the table: a market takes every third line

PAIRS = [  # wish, synonym, look-alike
    # warehouses and roads
    ("叉车工", "叉车司机", "叉车销售员"), ("送外卖", "外卖骑手", "外卖打包员"), ("搬运工", "装卸工", "搬家公司客服"),
    ("仓管", "仓库管理员", "仓储软件开发工程师"), ("分拣员", "拣货员", "垃圾分类督导员"),
    ("货车司机", "卡车驾驶员", "货车销售顾问"), ("网约车司机", "滴滴司机", "网约车运营专员"),
    ("公交司机", "公共汽车驾驶员", "公交站务员"), ("小车司机", "轿车驾驶员", "小车销售顾问"),
    ("送水工", "桶装水配送员", "水质检验员"), ("开大车的", "半挂车司机", "大客户经理"), ("快递站长", "网点经理", "快消品销售"),
    # factories
    ("烧电焊", "焊工", "电话销售"), ("品检", "质检员", "品牌策划"), ("缝纫工", "平车工", "缝纫机销售员"),
    ("CNC", "数控操作工", "数控机床销售"), ("机修工", "设备维修员", "手机维修员"), ("注塑工", "啤机工", "注塑模具设计师"),
    ("打磨工", "抛光工", "打印店店员"), ("油漆工", "喷漆工", "油漆销售员"), ("电工", "维修电工", "电商运营"),
    ("冲床工", "冲压工", "机床销售"), ("锅炉工", "司炉工", "锅炉设计工程师"), ("行车工", "天车工", "行车记录仪销售"),
    ("裁剪工", "裁床工", "视频剪辑师"), ("磨床工", "磨工", "床上用品导购"), ("仪表工", "仪器仪表维修工", "礼仪小姐"),
    ("污水处理工", "水处理操作员", "污水设备销售"), ("食品厂工人", "食品加工工", "食品销售"),
    # building
    ("泥瓦工", "砌筑工", "瓦楞纸销售"), ("建筑木工", "模板工", "建筑设计师"), ("扎钢筋", "钢筋工", "钢材销售"),
    ("架子工", "脚手架搭设工", "货架销售"), ("塔吊司机", "塔式起重机操作员", "吊顶设计师"), ("水暖工", "管道安装工", "水果店店员"),
    ("贴瓷砖", "镶贴工", "瓷砖导购"), ("刮大白", "腻子工", "白酒销售"), ("防水补漏", "防水工", "防火门安装工"),
    ("工地小工", "建筑杂工", "工地资料员"), ("电梯工", "电梯维保员", "电梯销售"), ("空调安装工", "制冷设备安装工", "空调销售"),
    ("弱电工", "综合布线工", "弱视矫正师"), ("造价员", "预算员", "造型师"), ("测量员", "工程测绘员", "测试工程师"),
    # kitchens, shops, hotels
    ("厨师", "炒锅师傅", "厨房设备销售"), ("配菜", "切配工", "配送员"), ("面点师", "白案师傅", "面料采购"),
    ("端盘子", "餐厅服务员", "餐饮招商经理"), ("洗碗工", "餐具清洁员", "洗车工"), ("收银", "收款员", "银行柜员"),
    ("营业员", "门店店员", "营业厅经理"), ("理货员", "补货员", "理财顾问"), ("酒店前台", "酒店接待员", "酒店采购"),
    ("客房服务员", "房嫂", "客户服务专员"), ("奶茶店员", "饮品制作员", "奶粉销售"), ("卖衣服", "服装导购", "服装设计师"),
    ("西点师", "烘焙师", "西药采购员"), ("超市促销", "促销员", "超市防损员"),
    # care and households
    ("月嫂", "母婴护理员", "母婴店导购"), ("保姆", "家政服务员", "保险内勤"), ("带孩子", "育婴师", "童装销售"),
    ("护工", "病人陪护", "护肤品销售"), ("照顾老人", "养老护理员", "老年大学教师"), ("钟点工", "小时工", "钟表维修工"),
    ("搓澡工", "搓背师傅", "洗浴用品销售"), ("幼师", "幼儿园老师", "师资培训专员"), ("护士", "护理人员", "护栏安装工"),
    # cleaning, guarding, greens, repairs, beauty
    ("保洁", "清洁工", "保健品销售"), ("保安", "秩序维护员", "保险代理人"), ("扫马路", "环卫工", "路桥工程师"),
    ("看大门", "门卫", "大门安装工"), ("园林工人", "绿化养护工", "园林设计师"), ("救生员", "泳池安全员", "生产安全员"),
    ("收废品", "再生资源回收员", "产品经理"), ("开锁", "锁匠", "锁具销售"), ("修车", "汽车维修工", "汽车销售"),
    ("洗车", "汽车美容工", "洗衣店店员"), ("理发师", "发型师", "理财师"), ("洗头工", "美发助理", "头发制品销售"),
    ("足疗师", "足浴技师", "足球教练"), ("养猪", "生猪饲养员", "猪肉销售员"), ("消防员", "消控室值班员", "消费信贷专员"),
    ("家电维修", "电器修理工", "家电销售"), ("干洗工", "洗衣工", "干货采购"),
    # desks
    ("业务员", "销售代表", "业务流程工程师"), ("人事", "人力资源专员", "人工智能工程师"), ("DBA", "数据库管理员", "数据标注员"),
    ("HRBP", "人力资源业务伙伴", "业务拓展经理"), ("记账", "代账会计", "记者"), ("出纳", "资金专员", "出口报关员"),
    ("前端", "Web页面开发工程师", "前台接待"), ("UI设计师", "界面设计师", "室内设计师"),
    ("程序员", "软件开发工程师", "程控设备安装工"), ("网工", "网络工程师", "网约车司机"), ("公众号小编", "新媒体运营", "公关经理"),
    ("带货主播", "直播销售员", "带班主任"), ("客服", "话务员", "客车司机"), ("外贸业务员", "国际贸易专员", "外墙清洗工"),
    ("美工", "电商设计师", "美甲师"), ("文案", "内容撰稿人", "档案管理员"), ("家教", "补课老师", "家具设计师"),
    ("大客户经理", "KA经理", "客房经理"), ("EHS", "安环工程师", "环境艺术设计师"), ("PMC", "生产计划员", "计划生育专员"),
    ("网管", "网络维护员", "网店客服"), ("翻译", "口译员", "翻新工"), ("法务", "公司律师", "法式甜品师"),
    ("房产中介", "房地产经纪人", "房地产策划"), ("卖保险", "保险代理人", "保安"), ("画图员", "CAD制图员", "插画师"),
    ("打字员", "数据录入员", "打印机维修员"), ("BI", "商业智能工程师", "化验分析员"), ("社工", "社会工作者", "社群运营"),
    ("算法工程师", "机器学习工程师", "司法鉴定员"), ("单片机开发", "嵌入式软件工程师", "单证员"),
    ("SEO", "搜索引擎优化专员", "外观设计师"), ("采购员", "物料采购专员", "采茶工"),
    # the look-alike shares letters of the wish, the synonym hardly any
    ("快递员", "派件员", "快递客服"), ("挖掘机司机", "挖机操作手", "挖掘机销售员"), ("按摩师", "推拿师", "按摩椅销售"),
    ("药店店员", "药房导购", "打印店店员"),
]  # fmt: skip
# Not the same trade but a near one, with no letter in common: what shares letters comes before it. Known, not wanted.
LETTERS_WIN = [("文员", "办公室内勤", "文化讲解员"), ("美工", "平面设计师", "美甲师")]
UNSURE = {"缝纫机销售员", "行车记录仪销售", "营业厅经理", "按摩椅销售"}  # surely of no trade: letters make them EXACT


def market(line):
    """The titles that somebody sees who makes the wish of this line: its own two, and those of other trades.

    A title of another line that holds the whole wish (网店客服, for who wishes 客服) is none of another trade.
    """
    table = PAIRS + LETTERS_WIN
    wish, *own = line
    others = (table[(table.index(line) + STEP * step) % len(table)] for step in range(1, OPENINGS))
    titles = [title for _, *both in others for title in both if wish not in title]
    return list(dict.fromkeys(own + titles))[:OPENINGS]


def listed(wish, titles, k):
    index = build_index([vacancy(title, id=number) for number, title in enumerate(titles, 1)], 0, CONFIG)
    items = recommend(profiles([seeker(wish)], TODAY, HOME), index, CONFIG, NOW, k)[0].items
    return [(titles[index.facts.id[item.row] - 1], item.rung) for item in items]


def first(wish, titles):
    found = listed(wish, titles, 1)
    return found[0][0] if found else None


@pytest.mark.parametrize("line", PAIRS, ids=lambda pair: "~".join(pair[:2]))
def test_the_synonym_is_first(line):
    titles = market(line)
    assert len(titles) == OPENINGS
    assert first(line[0], titles) == line[1]


@pytest.mark.xfail(strict=True, reason="letters that are shared outweigh a trade that is near")
@pytest.mark.parametrize("line", LETTERS_WIN, ids=lambda pair: "~".join(pair[:2]))
def test_a_near_trade_is_first_before_a_title_of_the_same_letters(line):
    assert first(line[0], market(line)) == line[1]


def test_what_surely_is_another_trade_is_not_said_to_meet_the_wish():
    table = PAIRS + LETTERS_WIN
    claimed = {
        line[2]
        for line in table
        for titles in [market(line)]
        for title, rung in listed(line[0], titles, OPENINGS)
        if title == line[2] and rung is Rung.EXACT
    }
    assert claimed == UNSURE


def test_the_table_is_as_long_as_promised_and_names_nothing_twice():
    assert len(PAIRS) >= 100
    assert len({(wish, synonym) for wish, synonym, _ in PAIRS + LETTERS_WIN}) == len(PAIRS) + len(LETTERS_WIN)
    assert all(len({*line}) == 3 for line in PAIRS + LETTERS_WIN)


def test_a_name_of_the_catalogue_means_its_trade_whatever_meanings_were_fitted():
    """Fitted on a market of two hundred trades, in which each vacancy names some of the skills of its own."""
    known = list(islice(trades().values(), 200))
    market = [
        vacancy(name, skills=list(np.roll(trade.skills, -turn)[:4]))
        for trade in known
        for turn, name in enumerate((trade.name, *trade.aliases))
    ]
    senses = senses_of(Meaning.fit([said(row) for row in market], CONFIG.seed))
    meant = defaultdict(set)
    for number, trade in enumerate(trades().values()):
        for name in (trade.name, *trade.aliases, *trade.spoken):
            meant[normal_form(name)].add(number)
    names = [name for name, numbers in meant.items() if min(numbers) < len(known)]
    shares, _ = senses.read([[name] for name in names], [Said(characters(name)) for name in names])
    sure = sure_trades(shares).tolist()
    assert len(names) > 1_500
    assert not [(name, number) for name, number in zip(names, sure, strict=True) if number not in meant[name]]
