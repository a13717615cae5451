"""Which ages, terms of probation and working hours does a text ask for, and which of them need a look?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from ingest.minors import is_barred_to_minors
from ingest.numerals import read_number
from models.ages import ADULT, WORKING_AGE

LONGEST_PROBATION = 6.0  # months, 劳动合同法 19
PLAINLY_TOO_LONG = 13.0  # hours a day: 8 and 3 of overtime (劳动法 36, 41) and a margin for the break
LONGEST_DAY = 11.0
ON_DUTY = 16.0  # a longer day is said of the business, or of a duty with rest within: 24小时营业
YOUNGEST_PUPIL = 13  # ages below are those of children who are taught or sold to


@dataclass(frozen=True, slots=True)
class Hit:
    """Where in the plain text something stands, and the figures that its message names."""

    start: int
    end: int
    figures: dict[str, str] = field(default_factory=dict)


_AGE = r"(?:[1-9][0-9]|[二三四五六七]?十[一二三四五六七八九]{0,2})"
_DASH = r"(?:周?岁)?\s?(?:[-~—–―]{1,3}\s?-?|[至到一])\s?"
_AGES = re.compile(
    rf"(?<![0-9.])(?P<low>{_AGE})(?:{_DASH}(?P<high>{_AGE}))?(?:(?P<years>周?岁半?)(?:\(含\)|含)?|(?![0-9万千元kw%年月天个人名]))"
)
# Without 岁 a figure is an age only where the word 年龄 goes before it.
_AGE_BEFORE = re.compile(
    r"(?:年龄|岁数|年纪|年岁)(?:要求|范围|限制|段|上限|下限|最好|尽量|一般|控制|(?:别|勿|不要|不宜|不)超过?|限|在|为|是|约|最大|[:,(\[])*$"
)
_OF_OTHERS_AFTER = re.compile(
    r"(?:[左右以上下内及的之间段\-)]|周岁|岁){0,6}[^,。;!?\n]{0,4}?"
    r"(?:儿童|孩|宝宝|宝贝|学生|学员|少儿|少年|幼儿|婴|小朋友|用户|客户|人群|群体|消费者|会员|患者|老人|长者|玩家|受众"
    r"|以外|读者|观众|蒙氏|阶段|课程|教育|教学|托班|早教|英语|团队|粉丝|市场)"
)
# Pupils who are asked to work are no customers: 13-17岁学生暑期兼职.
_AT_WORK = re.compile(
    r"[^,。;!?\n]{0,10}(?:兼职|学生工|暑假工|暑期工|暑期兼|打工|学徒|小时工|勤工|做工|干活)"
    r"|[了的]?,?来学(?!习班|校)"
    r"|的?(?:孩子|学生|少年|小孩)(?:们)?(?:[也都均即]|暂?可以?){0,2}(?:来|收(?!费)|要(?!求)|招|用|行)"
)
_OF_OTHERS_BEFORE = re.compile(
    r"(?:客户|用户|儿童|孩子?|学员|学生|宝宝|受众|面向|针对|服务(?![员生])|教授|授课|教学|平均年?龄?|招生|人群|少儿|幼儿|少年|成立|历史)"
    r"[^,。;!?\n]{0,6}$"
)
_BAN = (
    r"(?:者|的|人员|请|一律|均|暂|谢绝|[以及]?[上下内])*"
    r"(?:[别莫勿免]|就?算了|,?(?:不好意思|抱歉|对不起)|干不[了来长]|吃不消|恕|拒|另[找谋]|(?:就|还是|都|我们|老板|一个|一概|想|敢|太|作|会){0,2}不(?!限|读|念|上学|论|等|影响|分|含|超|低|少|是|高|满|足|到|用担|怕|嫌)|不招|不要|不收|不用|不录|不予|不考虑|免谈|谢绝|止步|绕行|除外|慎投|不接受|不能|不得|不可)"
)
_BANNED = re.compile(_BAN)
_YES = re.compile(
    r"(?:的,?[^,。;!?\n]{0,8}(?=[也都]))?(?:者|的|人员|左右|学生工|孩子|小伙子?|姑娘|妹妹|[男女]孩|学生|青年|少年|都|也|亦|均|皆|即|就|便)*(?:可|行|欢迎|能(?:[来做干当]|上[班岗]|入职|应聘|报名)|来(?!自|源|电)|要|优先|收|招)"
)
_ABOVE = re.compile(r"\)?(?:及|或|含|\(含\))*(?:以上|之上|起|往上)")
_BELOW = re.compile(
    r"\)?(?:及|或|含|\(含\)|周?岁)*(?:以下|以内|之内|之前|以前|往下|之下|内|前(?![台端])|下(?![井矿地厂车乡])|封顶|为限|止|之间)"
)
_BARE = re.compile(r"(?:要求|限|招|聘|需)$")
_BELOW_BARE = re.compile("以下|以内|左右")
_LIMITED = re.compile(rf"(?:以[上下]|往[上下])的(?:人|我们|一律|一概|都)?{_BAN}")  # 四十五以上的不要
_CLAUSE_END = ",。;:!?\n"
_ABOUT = re.compile(r"左右|上下")
_AT_MOST = re.compile(
    r"(?:不超过?|[别勿]超过|不宜超过|不(?:要|能|可|可以|得|应)(?:超过?|大于|高于)|不大于|不高于|小于|低于|少于|上限|最大|最高|至多|截止|[<≤])[^,。;!?\n0-9]{0,3}$"
)
_UNDER = re.compile(r"(?:未满|不满|不足|不到|没满|没到)$")
_TO_AGE = re.compile(r"(?:满|不足|不到|没到)$")
_OF_AGE = re.compile(r"的|者|也|就|即|,")  # after a bare 没满十六, where no other unit is meant
_OVER = re.compile(r"(?<!不)(?<![别勿])(?<!不[得要能可应宜])(?<!不可以)(?:超过|大于|高于)[^,。;!?\n0-9]{0,2}$")
_REACHED = re.compile(r"(?<![未不])满(?:了)?$")
_HIRE = re.compile(r"(?:招|聘|限|收|要求|年龄|岁数|欢迎)[^,。;!?\n0-9]{0,4}$|(?:学徒|工人?)[,:(]?$")
_WORKER = re.compile(
    r"[了的]?,?来学|(?:不|没)[读上念]书|学(?![生员龄历校期习费院])"
    r"|的?[^,。;!?\n]{0,4}(?:工|员|学徒|服务生|师|作业|司机|装卸|搬运|清洗)"
)
_NO_MINORS = re.compile(r"(?:拒绝|谢绝|不招|不收|不用|不要|禁止|严禁|不得|杜绝|反对|勿|非)[^,。;!?\n]{0,4}$")


@dataclass(frozen=True, slots=True)
class _Ages:
    """What one mention asks for: the youngest admitted, the oldest admitted; None where it does not say."""

    start: int
    end: int
    youngest: float | None
    oldest: float | None


def age_ceilings(text: str) -> Iterator[Hit]:
    """Upper limits of age. A lower one of 16 or 18 is the law's own."""
    for ages in _ages(text):
        if ages.oldest is not None and ages.oldest > ADULT - 1:
            yield Hit(ages.start, ages.end)


def child_ages(text: str) -> Iterator[Hit]:
    """Ages below 16 that are admitted to work (劳动法 15)."""
    for ages in _ages(text):
        if ages.youngest is not None and YOUNGEST_PUPIL <= ages.youngest < WORKING_AGE:
            yield Hit(ages.start, ages.end)


def young_ages(text: str) -> Iterator[Hit]:
    """Ages of 16 and 17 that are admitted."""
    for ages in _ages(text):
        if ages.youngest is not None and WORKING_AGE <= ages.youngest < ADULT:
            yield Hit(ages.start, ages.end)


def young_in_barred_work(text: str, title: str) -> Iterator[Hit]:
    """Ages of 16 and 17 where the text or the title names work barred to them (未成年工特殊保护规定 3)."""
    for hit in young_ages(text):
        if is_barred_to_minors(f"{title}\n{text}", []) or _HEAVY.search(f"{title}\n{text}"):
            yield hit


@lru_cache(maxsize=16)  # four rules ask it of one text
def _ages(text: str) -> tuple[_Ages, ...]:
    return tuple(_ages_in(text))


def _ages_in(text: str) -> Iterator[_Ages]:
    for found in _AGES.finditer(text):
        before, after = text[max(0, found.start() - 12) : found.start()], text[found.end() : found.end() + 12]
        young = WORKING_AGE - 2 <= _years(found["low"]) <= ADULT and _TO_AGE.search(before) and _OF_AGE.match(after)
        labelled = bool(_AGE_BEFORE.search(before) or young)
        bare = (_BARE.search(before) and _BELOW_BARE.match(after)) or (
            before[-1:] in _CLAUSE_END and _LIMITED.match(after)
        )
        if not (found["years"] or labelled or bare):
            continue
        of_others = _OF_OTHERS_BEFORE.search(before) or _OF_OTHERS_AFTER.match(after)
        if of_others and not _AT_WORK.match(after):
            continue
        low, high = _years(found["low"]), _years(found["high"]) if found["high"] else None
        youngest, oldest = (low, high) if high else _one_age(low, before, after, labelled)
        if (youngest, oldest) != (None, None):
            lead = re.search(r"(?:年龄|[不未]?满|限|招|不超过?|超过|年满)[^,。;!?\n0-9]{0,4}$", before)
            tail = re.match(r"\)?(?:及|或|含|\(含\))*(?:以[上下内]|之[内间]|左右|起|[者也均即]?可以?|优先)*", after)
            start = found.start() - (len(before) - lead.start() if lead else 0)
            yield _Ages(start, found.end() + (tail.end() if tail else 0), youngest, oldest)


def _years(text: str) -> float:
    """The age in a text; the younger of 十四五."""
    return read_number(text) or read_number(text[:-1]) or 0.0


def _one_age(age: float, before: str, after: str, labelled: bool) -> tuple[float | None, float | None]:
    """The youngest and the oldest that a single age admits."""
    said = _ABOVE.match(after) or _BELOW.match(after)
    banned = bool(_BANNED.match(after[said.end() :] if said else after))
    if _ABOVE.match(after) or _OVER.search(before):
        return (None, age) if banned or _NO_MINORS.search(before) else (age, None)
    if _UNDER.search(before):
        return _under(age, before, after, banned)
    if _REACHED.search(before):
        return age, None
    if said and age <= ADULT and not banned and _YES.match(after[said.end() :]):
        return age - 1, None
    if said or _AT_MOST.search(before):
        return (age if banned else None, None) if banned or age <= ADULT else (None, age)
    return (None, None) if banned else _bare_age(age, before, after, labelled)


def _under(age: float, before: str, after: str, banned: bool) -> tuple[float | None, float | None]:
    """未满16岁: whom it admits, or refuses as the law does."""
    if age > ADULT:
        return None, None if banned else age
    wanted = (_YES.match(after) or _HIRE.search(before)) and not banned and not _NO_MINORS.search(before)
    return (age - 1, None) if wanted else (None, None)


def _bare_age(age: float, before: str, after: str, labelled: bool) -> tuple[float | None, float | None]:
    """17岁 alone admits, 30岁左右 limits."""
    if age < ADULT:
        admitted = _YES.match(after) or _HIRE.search(before) or _ABOUT.match(after) or _WORKER.match(after)
        return (age, None) if admitted else (None, None)
    return (None, age) if _ABOUT.match(after) or labelled or _HIRE.search(before) else (None, None)


_HEAVY = re.compile(
    "装卸|搬运|工地|负重|高温|冷库|冷冻|辐射|高空|高处|井|锅炉|爆|有害|危险|登高|下水道|切割"
    "|油漆|喷涂|打磨|抛光|电镀|酸洗|冶炼|铸造|农药|石棉|勘[探查]|野外|隧道|采[石矿]|吊装|塔吊|脚手架|水下|烟花|鞭炮|火药|炸药|矿山|煤矿"
    "|(?<!不安排)(?<!不上)(?<!不)(?<!无)(?<!没有)(?:夜班|夜间|通宵)"
)


def child_labour(text: str) -> Iterator[Hit]:
    """童工 where it is not what is refused."""
    for found in re.finditer("童工", text):
        if not _NO_MINORS.search(text[: found.start()][-8:]):
            yield Hit(*found.span())


_NUMBER = r"(?:[0-9]{1,3}(?:\.5)?|[一二两三四五六七八九十半]{1,3})"
_PROBATION = re.compile(
    rf"(?:试用期?|(?:先|得|要)试)[^,。;!?\n0-9一二两三四五六七八九十半]{{0,6}}?(?P<first>{_NUMBER})"
    rf"(?:个?[月年天周])?(?:[-~—至到](?P<second>{_NUMBER}))?个?(?P<unit>半?[月年天周日])(?![薪资工休])"
    rf"|(?P<first2>{_NUMBER})(?:[-~—至到](?P<second2>{_NUMBER}))?个?(?P<unit2>[月年天周日])的?试用"
)
_TERM = re.compile(
    rf"(?P<first>{_NUMBER})个?(?P<unit>[年月])期?(?:的|固定期限|短期)?(?:劳动)?合同"
    rf"|合同(?:期限?)?(?:为|是|:|签订?|约)*(?P<first2>{_NUMBER})个?(?P<unit2>[年月])"
)
_PART_TIME = re.compile("兼职|小时工(?!作)|钟点工|非全日制(?!本|大|专|学|教|硕|研|统)")
_FULL_TIME = re.compile("实习|全职|(?<!非)全日制用工|正式工")
_TASK_TERM = re.compile("以?完成(?:一定|某项)?(?:工作)?(?:任务|项目|工程)[^,。;!?\n]{0,6}期限")
NEARBY = 30  # characters within which a contract or form of work is said of the same probation
_MONTHS = {"月": 1.0, "年": 12.0, "天": 1 / 30, "日": 1 / 30, "周": 7 / 30, "半月": 1.0, "半年": 12.0}


def long_probation(text: str) -> Iterator[Hit]:
    """A probation longer than the contract allows: 6 months at most, 2 under three years, 1 under one year, none
    under three months, in part-time work, or where the contract ends with a task (劳动合同法 19, 70)."""
    for found in _PROBATION.finditer(text):
        limit = _probation_limit(text[max(0, found.start() - NEARBY) : found.end() + NEARBY])
        months = _months(
            found["second"] or found["second2"] or found["first"] or found["first2"], found["unit"] or found["unit2"]
        )
        if months is not None and months > limit:
            yield Hit(*found.span(), {"limit": "不得约定试用期" if limit == 0 else f"试用期不得超过{limit:g}个月"})


def _probation_limit(text: str) -> float:
    if (_PART_TIME.search(text) and not _FULL_TIME.search(text)) or _TASK_TERM.search(text):
        return 0.0
    term = _TERM.search(text)
    months = _months(term["first"] or term["first2"], term["unit"] or term["unit2"]) if term else None
    if months is None or months >= 36:
        return LONGEST_PROBATION
    return 0.0 if months < 3 else 1.0 if months < 12 else 2.0


def _months(number: str, unit: str) -> float | None:
    value = 0.5 if number == "半" else read_number(number.replace("半", ""))
    return None if value is None else value * _MONTHS[unit]


_DAY_HOURS = re.compile(
    rf"(?:[每一]天|每日|日(?!常))(?:工作|上班|工时|做|干|站|坐|守|忙|搞|上|得|差不多|需|要|时间|时长|约|为|不少于|至少|最少|在岗)*"
    rf"(?P<first>{_NUMBER})(?:[-~—至到](?P<second>{_NUMBER}))?个?(?:小时|钟头|h)"
    rf"|(?:工作|上班)(?:时间|时长)?[:为约]*(?P<first2>{_NUMBER})个?(?:小时|钟头)(?!工作制|制以)"
)
# From morning to night, of people who work, not of a shop that is open: 早六点干到晚八点, 上班从早七点到晚九点.
_FROM_TO = re.compile(
    rf"(?P<work>(?:上班|工作|作息)(?:时间)?[:为是从]*)?"
    rf"(?:早上?|上午|清早|清晨)(?P<morning>{_NUMBER})点[半钟]?(?:就?开始)?(?(work)|(?:干|做|上班|站|忙|搞))[^,。;!?\n0-9]{{0,3}}到(?:晚上?|夜里?|[半深]夜|夜晚)(?P<evening>{_NUMBER})点"
)
_MONTH_REST = re.compile(
    rf"月(?:里|份)?(?:只|仅|才|就|可|能|可以|只能|最多)*(?:休息?|轮休|公休|放假?|歇|耍)(?:息)?(?P<first>{_NUMBER})天?"
    rf"|每?月(?P<first2>{_NUMBER})天(?:休息|假)"
)
_NO_REST = re.compile(
    r"(?:全年|全月|整月|常年|长年)(?:无休|不休|没有?休)|(?:没有|无)(?:休息日|双休日?|公休|周末)(?:休息)?|月休(?:息)?[0零]天?"
    r"|(?:全年|全月|整月|平时|常年)?(?:不放假|没有假期|无假期)|(?:365|三百六十五)天(?:都|天天|全)?(?:要)?(?:上班?(?=$|[,。;!?])|上班|守店|看店|开工|不休|无休|在岗)|(?:天天|每天都要?)上班|(?:一周|每周|周)(?:上|做|工作)[7七]天|周[7七]天(?:无休|上班)"
    r"|(?:全年|一年)(?:到头)?(?:只|仅|就|才)(?:有|能)?(?:休|放假?|歇)[^,。;!?\n]{0,4}(?:[1-9一二三四五六七八九十]{1,2}天|春节|过年)"
    r"|做七休[零〇0]|(?:一年到头|一年四季|整年|全年|月月|天天)(?:都|也)?(?:不|没有?|无)(?:休|歇|放假|节假日|停工)|(?:没有?|无)(?:得)?(?:休息|放?假|礼拜天|星期天)(?:的|可放)?(?=[,。;!?]|$)|(?:一天|从)(?:都|也)不(?:休|歇|放假)|(?<!日)(?<!节)无休息?(?=[,。;!?]|$)"
)
# A month without a day off, a week of so many hours.
_FULL_MONTH = re.compile(
    r"(?:每|一个?)月(?:都|需|要|得|须|必须)?(?:上班?|干|做|出勤|工作|满勤)满?(?:3[01]|三十一?)(?:天|个?班)|月出勤(?:3[01]|三十)天"
)
_WEEK_HOURS = re.compile(
    rf"(?:每周|一周|周|每星期|一星期)(?:工作|上班|工时|做|干|上|要|需|时间|时长|约|为|不少于|至少)*(?P<hours>{_NUMBER})个?(?:小时|钟头)"
)
PLAINLY_TOO_LONG_A_WEEK = 66.0  # six days of eleven hours
_OF_BUSINESS = re.compile(
    "营业|门店|店铺|热线|系统|服务|运行|客服|值守|轮休|轮班|调休|排班|倒班|在线|保障|监控|物流|配送"
)
_ROSTER = re.compile("[上做干][一二1-3](?:天|班)?休|休[一二三1-3](?:天|班)|两班|三班|倒班|轮班|值班|综合工时|隔天|隔日")


def no_rest(text: str) -> Iterator[Hit]:
    """No day of rest at all, or days far over the limit with next to none (劳动法 36, 38, 41)."""
    for found in chain(_NO_REST.finditer(text), _FULL_MONTH.finditer(text), _long_weeks(text)):
        clause = text[max(0, found.start() - 10) : found.end() + 8]
        if not _OF_BUSINESS.search(clause):
            yield Hit(*found.span())
    hours, rest = _hours(text), _rest(text)
    if hours and hours[0] >= PLAINLY_TOO_LONG:
        yield Hit(hours[1], hours[2])
    elif rest and (rest[0] <= 1 or (rest[0] <= 3 and hours and hours[0] > LONGEST_DAY - 1)):
        yield Hit(rest[1], rest[2])


def _long_weeks(text: str) -> Iterator[re.Match[str]]:
    for found in _WEEK_HOURS.finditer(text):
        if (read_number(found["hours"]) or 0) >= PLAINLY_TOO_LONG_A_WEEK:
            yield found


def long_hours(text: str) -> Iterator[Hit]:
    """More than eleven hours a day, or less than one day off a week, where no roster explains it."""
    hours, rest = _hours(text), _rest(text)
    if hours and LONGEST_DAY < hours[0] < PLAINLY_TOO_LONG and not _ROSTER.search(text):
        yield Hit(hours[1], hours[2])
    if rest and 1 < rest[0] < 4:
        yield Hit(rest[1], rest[2])


def _hours(text: str) -> tuple[float, int, int] | None:
    """The longest hours a day that are said, and where."""
    said = [
        (value, *found.span())
        for found in _DAY_HOURS.finditer(text)
        if (value := read_number(found["second"] or found["first"] or found["first2"])) and value <= ON_DUTY
    ]
    for found in _FROM_TO.finditer(text):
        morning, evening = read_number(found["morning"]), read_number(found["evening"])
        if morning and evening:
            said.append(((evening % 12) + 12 - morning, *found.span()))
    return max(said, default=None)


def _rest(text: str) -> tuple[float, int, int] | None:
    found = _MONTH_REST.search(text)
    value = read_number(found["first"] or found["first2"]) if found else None
    return (value, *found.span()) if found and value is not None else None
