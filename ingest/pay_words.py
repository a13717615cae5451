"""How do people word pay? The words for units, open sides and parts, as patterns over tidied text."""

import re
from collections.abc import Mapping
from enum import Enum

from ingest.numerals import NUMERAL, without_thousands
from models.enums import PayUnit


class Role(Enum):
    """What a figure of money is said to be. The names are those of the groups below."""

    PAY = "pay"
    TOTAL = "total"  # 综合, 到手: with everything
    BASE = "base"  # 底薪, 保底: guaranteed, more is to come
    PROBATION = "probation"
    EXTRA = "extra"  # allowances and bonuses: never added to the pay


UNIT_WORDS: Mapping[str, PayUnit] = {
    word: unit
    for unit, words in {
        PayUnit.HOUR: "小时 个小时 钟头 个钟头 时 hour hours hourly hr h",
        PayUnit.DAY: "天 日 工 个工 工日 班 day days daily d",
        PayUnit.WEEK: "周 星期 个星期 礼拜 week weeks weekly",
        PayUnit.HALF_MONTH: "半月 半个月 half_month",
        PayUnit.MONTH: "月 个月 month months monthly m",
        PayUnit.YEAR: "年 year years yearly annual y",
        PayUnit.PIECE: "件 单 次 个 票 台 套 箱 吨 趟 场 节 课 课时 张 条 篇 只 双 米 平 平方 平米 平方米 户"
        " 车 桌 间 份 页 字 千字 组 头 亩 根 把 公里 例 位 批 卷 盒 瓶 袋 斤 公斤 kg 人 人次"
        " 题 首 集 分钟 piece pieces",
    }.items()
    for word in words.split()
}

_WORDS = "|".join(sorted(UNIT_WORDS, key=len, reverse=True))
_PER = (
    rf"(?:[/每]人)?[/每]+(?:{_WORDS})(?![a-z])(?:[/每]人)?|[时日天周月年]薪"
    r"|(?<=元)(?:小时|天|日(?!常)|周(?![末一日六])|月|年(?![终底])|件|单(?![休双]))"
)
_OPEN = r"(?:及|或|含)?以上|起步?|往上|打底|[多余](?!劳)|\+(?=$|[元,;)/。-])"
_CLOSED = r"(?:及|或|含)?以下|[以之]?内(?![容部])|封顶"
_ABOUT = r"左右|上下|浮动"
_TAIL = rf"(?:元|{_OPEN}|{_CLOSED}|{_ABOUT}|{_PER})*"
_NUMBER = rf"(?:{NUMERAL}|(?<=[过破超上])[千万]|(?<![几数])[千万](?=元))"

PER, OPEN, CLOSED, ABOUT = map(re.compile, (_PER, _OPEN, _CLOSED, _ABOUT))

# A number or a range with what belongs to it: 5000-8000元/月, 4千以上, 过[万]. $5000 and -5000 are left out.
FIGURE = re.compile(
    rf"(?<![a-z0-9.$€£])(?<!^-)(?P<first>{_NUMBER})(?P<middle>{_TAIL})"
    rf"(?:(?:[-—–―−‐~〜]+|至|到|to)(?P<second>{NUMERAL})(?P<tail>{_TAIL}))?"
)

# What follows a number that counts something else: 2人, 13薪; and a small one: 8小时, 五险一金, 双休.
COUNTED = re.compile(r"[a-z%:倍人名位岁号家强级届]|个(?!月|小时)|年(?![终底])|公里|周岁|薪|[美港欧日][元币金]")
COUNTED_IF_SMALL = re.compile(r"个?小时|个?月|[时天日周次休班险金点期节楼线证店成折分倒]")
TIME_AFTER = re.compile(r"个?小时|[天日周月]")  # of a large one it is the unit: 300天

# What the words before a figure say it is: the last of them decides.
_TRIAL = r"(?:试[用岗]期?|(?:实习|见习|培训|学徒)期)"
_MONEY = r"(?:月薪|月工资|工资|薪资|薪酬|薪水|薪金|待遇|收入|底薪)"
ROLES = re.compile(
    rf"(?P<PROBATION>(?<!过){_TRIAL}(?:间|内)?(?:(?:{NUMERAL}(?:-{NUMERAL})?|每)个?[月天周])?"
    rf"(?:期间|期?内)?(?![满后过]|结束|期满){_MONEY}?)"
    rf"|(?P<BASE>(?:底薪|保底|固薪|基本|基础|固定|岗位){_MONEY}?)"
    rf"|(?P<TOTAL>(?:综合|总|[月年]均|平均|到手|实发|合计|可达){_MONEY}?)"
    rf"|(?P<PAY>{_MONEY}|[月年日周时][入薪均包结]|应发|转正|正式|出师|期满|含[^0-9]{{0,8}}"
    r"|[实见]习生?(?:补[贴助]|津贴))"
    r"|(?P<EXTRA>(?:[补奖租罚]|(?<!免)费|佣金|押金|津贴|[全满]勤|绩效|提成|[抽分]成|工龄|红包|(?<![不无少])加班)"
    rf"{_MONEY}?)"
)
# What the words right after it say: 3000底薪, 4000(试用期), 200元餐补.
ROLE_AFTER = re.compile(
    rf"\(?(?:(?P<BASE>(?:无?责任?)?底薪|保底|固薪|基本工资)|(?P<PROBATION>{_TRIAL}{_MONEY}?))(?=$|[,;)+加/])"
    r"|的?(?P<EXTRA>[餐房话车]补|补贴|补助|津贴|全勤|奖金|奖励|绩效|提成|工龄|红包|押金|费)(?![另外面])"
)
REGULAR = re.compile(r"转正|正式|出师|期满")
CLAUSE = re.compile(r"[,;。、|+()\[\]!]")

UNIT_BEFORE = re.compile(
    r"(?P<HOUR>时(?:薪|工资|结|工|价)|钟点工|计时)|(?P<DAY>[日天](?:薪|工资|结|入|均))|(?P<WEEK>周(?:薪|结|入|均))"
    r"|(?P<MONTH>月(?:薪|工资|入|均|收入|综合|底薪|保底|基本))|(?P<YEAR>年(?:薪|收入|入|均|综合|总?收入|总?包))"
)
UNIT_JUST_BEFORE = re.compile(rf"(?:每|(?=半))({_WORDS})[^0-9a-z]{{0,6}}$")
OPEN_BEFORE = re.compile(
    r"(?:不低于|不少于|不小于|至少|最低|最少|起薪)[^0-9]{0,6}$|(?:高于|超过?|大于|过|破|上|[≥>≧]=?)$"
)
CLOSED_BEFORE = re.compile(
    r"(?:不超过|不高于|不多于|最高|最多|至多|高达|可达|(?<!不)(?:低于|少于|小于))[^0-9]{0,4}$|[≤<≦]=?$"
)
ABOUT_BEFORE = re.compile(r"(?:约|大概|近|差不多)[^0-9]{0,3}$")
MORE_AFTER = re.compile(r"(?:[+加]|另[加有]|外加)[^0-9]{0,4}(?:提成|绩效|佣金|计件|业绩|[分抽]成)|[,+]?上?不封顶")

_REWRITES = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(?<![0-9]) | (?![0-9])", ""),
        ("人民币|rmb|cny|¥", ""),
        ("块钱?|圆整?|元钱|元整|yuan", "元"),
        (r"/(?:8|9|1[0-2])个?小时", "/天"),  # 260元/12小时 is a day's pay
        (r"(?:(?<!十)一|(?<![0-9.])1)(?=个?(?:半?月|天|日|小时|钟头|周|星期|年|单|件|次|班))", "每"),
    )
)


def tidied(text: str) -> str:
    """A pay notation in normal form with one spelling for money and 'per': 260块一天 is 260元每天."""
    text = without_thousands(text)
    for pattern, instead in _REWRITES:
        text = pattern.sub(instead, text)
    return text
