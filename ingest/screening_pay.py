"""Is a pay under the legal minimum of its place and day, in the pay field or in words of the text?"""

import re
from collections.abc import Iterator
from datetime import date

from ingest.numerals import NUMERAL
from ingest.pay import DAYS_A_MONTH, HOURS_A_DAY, Pay
from ingest.pay_figures import Figure, read_figures
from ingest.pay_words import Role, tidied
from ingest.screening_figures import Hit
from models.districts import city_of, current, districts
from models.enums import PayUnit
from models.minimum_pay import MinimumPay, minimum_pay

HOME_CITY = "500000"  # the only city whose figures are known (models/data/minimum_pay.csv)
HOURS_A_MONTH = DAYS_A_MONTH * HOURS_A_DAY
MONTHLY = (None, PayUnit.MONTH)
LOWER_TIER = 2  # holds everywhere: what is under it is under the minimum of every county
SMALLEST_MONTH, SMALLEST_YEAR = 300.0, 10_000.0  # yuan; a smaller figure is no pay of that time

_WAGE = r"(?:月薪|月工资|基本工资|固定工资|工资|薪资|薪酬|薪水|底薪|保底|时薪|时结|日薪|日工资|周薪|报酬|月入)"
_NUMBERS = rf"{NUMERAL}(?:[-~—至到]{NUMERAL})?"
_CLAIM = re.compile(
    rf"(?:(?:试[用岗工]期?[^。;!?\n]{{0,12}}?)?{_WAGE}|试[用岗]期?(?:内|间)?|(?:前|头)[一二三两1-6]个?月(?:每月|一个月|都是|只有|先)|头一?个月|小时工(?!作)|钟点工|兼职)[^,。;!?\n0-9+]{{0,8}}?(?>{_NUMBERS})(?!个月)"
    r"(?:元|块钱?|k|/|每|一(?:个月)?|小时|[时天日月周年]|左右|以上|起|\+)*"
    rf"|(?:^|(?<=[,。;:]))(?:给|开|拿|发){_NUMBERS}(?:元|块)?(?:钱)?[一每]个?月(?=$|[,。;])"
    rf"|(?<![0-9])(?:每|一个)?(?:小时|钟头|天|日){_NUMBERS}(?:元|块)"
    rf"|(?:^|(?<=[,。;:]))(?:每|一)个?月(?:给|开|发|只有|才|就|工资|收入|拿|挣|能拿){{0,2}}{_NUMBERS}(?:元|块)?(?:钱)?(?=$|[,。;])"
    rf"|(?:^|(?<=[,。;:]))[^,。;!?\n0-9补贴奖提罚加]{{0,6}}?{_NUMBERS}(?:元|块)(?:钱)?[/每一]?个?(?:小时|钟头)"
    rf"|(?:^|(?<=[,。;:]))[^,。;!?\n0-9补贴奖提罚加费租餐住宿另]{{0,4}}?{_NUMBERS}(?:元|块)(?:钱)?[/每一]天"
)
_TRIAL = re.compile("试[用岗工]|[前头][一二三两1-6]?个?月")
_PUPIL = re.compile("实习|见习|学徒")
_SHARE = re.compile("%|折|个月|天内|小时内|分钟")
_PART_TIME = re.compile("兼职|小时工(?!作)|钟点工|非全日制")


def least_pay(district: str | None, remote: bool, on: date) -> MinimumPay | None:
    """The minimum that a vacancy must reach: that of its county, of the lower tier where the county or the place
    is not known; None elsewhere, since other cities have tables of their own."""
    if district is None:
        return None if remote else minimum_pay(LOWER_TIER, on)
    if city_of(district) != HOME_CITY:
        return None
    known = districts().get(current(district))
    return minimum_pay((known.minimum_pay_tier if known else None) or LOWER_TIER, on)


def pay_under_minimum(pay: Pay, written: str, least: MinimumPay, part_time: bool) -> str:
    """The figure that the guaranteed pay fails to reach, in words; empty where it reaches it."""
    if pay.unit is PayUnit.HOUR:
        hourly = next((figure for figure in _figures(written) if figure.unit is PayUnit.HOUR), None)
        rate = (hourly.low or hourly.high) if hourly else (pay.minimum or pay.maximum or 0) / HOURS_A_MONTH
        return _short(Figure(rate, rate, PayUnit.HOUR, Role.PAY), least, part_time) if rate else ""
    if pay.unit is PayUnit.PIECE and pay.base is None:
        return ""
    guaranteed = pay.base or pay.minimum or pay.maximum
    if part_time or guaranteed is None or guaranteed >= least.month:
        return ""
    return _short(Figure(guaranteed, guaranteed, PayUnit.MONTH, Role.PAY), least, part_time)


def low_pay_in_words(text: str, least: MinimumPay, part_time: bool) -> Iterator[Hit]:
    """Pay under the minimum that a text names: 试用期工资1500元, 兼职时薪18元, 底薪1000加提成.

    Beside a monthly pay that reaches it, only pay by the hour and of the probation can still be too low.
    """
    part_time = part_time or bool(_PART_TIME.search(text))
    claims = [(found, figure) for found in _CLAIM.finditer(text) for figure in _claimed(found, text)]
    reached = any(figure.unit in MONTHLY and (figure.low or 0) >= least.month for _, figure in claims)
    for found, figure in claims:
        short = _short(figure, least, part_time)
        if short and not (reached and figure.unit in MONTHLY and not _TRIAL.search(found[0])):
            yield Hit(*found.span(), {"least": short})


def _claimed(found: re.Match[str], text: str) -> list[Figure]:
    """The first figure of a claim, unless it is a share, an allowance, or what a pupil gets."""
    if _SHARE.match(text[found.end() :]) or (_PUPIL.search(found[0]) and not _TRIAL.search(found[0])):
        return []
    figures = [figure for figure in _figures(found[0]) if figure.role is not Role.EXTRA]
    return [figure for figure in figures if "swapped" not in figure.flags][:1]


def _figures(text: str) -> list[Figure]:
    return read_figures(tidied(text[:200]))


def _short(figure: Figure, least: MinimumPay, part_time: bool) -> str:
    """The minimum in words where a figure is under it."""
    amount = figure.low or figure.high
    if amount is None:
        return ""
    month, day = least.month, least.month / DAYS_A_MONTH
    if figure.unit is PayUnit.YEAR and amount < SMALLEST_YEAR:
        return ""
    hour = float(least.hour) if part_time else day / HOURS_A_DAY
    limits = {PayUnit.HOUR: hour, PayUnit.WEEK: month * 12 / 52, PayUnit.YEAR: month * 12.0}
    if figure.unit in limits:
        limit = limits[figure.unit]
    elif figure.unit is PayUnit.DAY:
        limit = 0.0 if part_time else day
    elif figure.unit in MONTHLY:
        limit = month if not part_time and amount >= SMALLEST_MONTH else 0.0
    else:
        return ""
    words = f"{least.hour}元/小时（非全日制）" if figure.unit is PayUnit.HOUR and part_time else f"{month}元/月"
    return f"{words}，{least.document}" if amount < limit else ""
