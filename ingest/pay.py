"""What does a pay notation come to, in yuan a month?"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.notation import notation
from ingest.numerals import NUMERAL, read_number
from ingest.pay_figures import Figure, read_figures
from ingest.pay_words import UNIT_WORDS, Role, tidied
from models.enums import PayUnit
from models.errors import FieldError
from models.minimum_pay import highest_minimum_pay

DAYS_A_MONTH = 21.75  # paid days of a month, 劳社部发〔2008〕3号
HOURS_A_DAY = 8.0
MONTHS_OF: Mapping[PayUnit | None, float] = {PayUnit.WEEK: 52 / 12, PayUnit.HALF_MONTH: 2.0, PayUnit.YEAR: 1 / 12}
LEAST, MOST = 500.0, 300_000.0  # yuan a month: pay outside is a slip of the unit or of the digits
LARGEST = 1_000_000.0  # of a figure in its own unit
PROBATION_SHARE = 0.8  # 劳动合同法 20
ESTIMATED = frozenset({PayUnit.HOUR, PayUnit.DAY, PayUnit.WEEK})  # a month of them depends on the work there is

_DAYS = re.compile(rf"月(?:工作|上班|出勤|上|做|干|满勤)?({NUMERAL})天(?!假)|({NUMERAL})天/月")
_HOURS = re.compile(rf"[天日](?:工作|上班|上|做|干)?({NUMERAL})个?小时|({NUMERAL})个?小时/[天日]")
_MONTHS = re.compile(
    r"(?<![0-9.])([0-9]{2})(?:-[0-9]{2})?薪|[*x×]([0-9]{2})(?![0-9.])|(?<![0-9.])(1[3-9])个月(?:工资|薪)"
)
_MONTHS_IN_WORDS = re.compile("(十[二三四五六七八])薪")
_SHARE = re.compile(r"(?:试用|实习|见习).{0,16}?([0-9]{2})%")
_PARTS_SUMMED = re.compile("(?:底薪|工资|保底)[+加]")
_HYPE = re.compile("[过破超上][万千]|不封顶|无上限")
_NEGOTIABLE = re.compile("[面电商]议|面谈|详谈|协商|可谈|可议|按.{0,6}规定|根据.{0,8}(?:能力|经验)|视.{0,6}能力")
_PRAISE = re.compile("从优|优厚|丰厚")  # says nothing beside a figure, stands for 面议 without one
_PIECEWORK = re.compile("计件|按[件单]计?")
_UNIT_WORD = re.compile("(?:元|yuan|按|计|per )?[/每]?(.+?)(?:薪|工资)?")
_GIG = re.compile("[日周现次单]结|零工")


@dataclass(frozen=True, slots=True)
class Pay:
    """What a notation says. Money in yuan a month, rounded half up; None where it does not say.

    `unit` is the unit it was written in, `months` the months paid a year (15 for ·15薪), `base` the guaranteed
    part, `probation` the pay of 试用期. Flags say how it was read, or what about it needs a look.
    """

    unit: PayUnit | None = None
    minimum: int | None = None
    maximum: int | None = None
    base: int | None = None
    probation: int | None = None
    months: int | None = None
    flags: tuple[str, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether a usable figure was read; a rate per piece is one, though it comes to no month."""
        piece = self.unit is PayUnit.PIECE and "incomplete" not in self.flags
        return piece or self.minimum is not None or self.maximum is not None


@dataclass(frozen=True, slots=True)
class _Month:
    """How many paid days and hours a month is taken to have."""

    days: float = DAYS_A_MONTH
    hours: float = HOURS_A_DAY

    def of(self, amount: float | None, unit: PayUnit | None) -> float | None:
        """Yuan a month of an amount per unit; a month where no unit is said."""
        if amount is None:
            return None
        if unit is PayUnit.HOUR:
            return amount * (self.days * self.hours)
        return amount * (self.days if unit is PayUnit.DAY else MONTHS_OF.get(unit, 1.0))


@lru_cache(maxsize=65_536)
def read_pay(text: str) -> Pay:
    """The pay that a text says, in any of the notations people use (`domain.md` 5.4).

    A text without a figure gives a Pay that is not `stated`. FieldError too_long over 200 characters.
    """
    tidy = tidied(notation(text))
    month = _month(tidy)
    figures = read_figures(tidy)
    base = next((figure for figure in figures if figure.role is Role.BASE and _fits(figure, month)), None)
    main = _main(figures, base, tidy, month)
    pay = _monthly(main, month) if main else Pay(PayUnit.PIECE if _PIECEWORK.search(tidy) else None)
    pay = replace(
        pay,
        base=_rounded(month.of(base.low, base.unit)) if base else None,
        probation=_probation(figures, pay, tidy, month),
        months=_months(tidy),
    )
    if pay.minimum is None and pay.base and pay.base <= (pay.maximum or 0):
        pay = replace(pay, minimum=pay.base)
    return replace(pay, flags=(*pay.flags, *_flags_of_words(tidy, figures, main), *_flags_of_law(pay, main)))


@lru_cache(maxsize=65_536, typed=True)  # True is no 1
def pay_from_range(minimum: float | None, maximum: float | None, unit: str) -> Pay:
    """The pay of two figures and a unit word (English or Chinese); both None is 面议, 0 says nothing.

    FieldError pay_number (not finite, a bool, negative, over 1,000,000), pay_min_above_max, pay_unit_unknown,
    or pay_unit_misfit where the unit and the size cannot go together (6 a month, 60,000 an hour).
    """
    low, high = _figure(minimum), _figure(maximum)
    word = _UNIT_WORD.fullmatch(notation(unit))
    written = UNIT_WORDS.get(word[1]) if word else None
    if written is None:
        raise FieldError("pay_unit_unknown", "薪酬单位不能识别", "请填写 月、天、小时、周、年 或 件")
    if low is None and high is None:
        return Pay(flags=("negotiable", "incomplete"))
    if low is not None and high is not None and low > high:
        raise FieldError("pay_min_above_max", "薪酬下限高于上限", "请核对薪酬下限和上限")
    figure = Figure(low, high, written, Role.PAY)
    pay = _monthly(figure, _Month())
    if not pay.stated:
        raise FieldError("pay_unit_misfit", "薪酬数额与单位不相符", "请核对数额和单位，例如是否应为每天或每小时")
    words = _flags_of_words("", [figure], figure)
    return replace(pay, flags=(*pay.flags, *words, *_flags_of_law(pay, figure)))


def _figure(value: float | None) -> float | None:
    """A figure of the wire form, checked; 0 says nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not 0 <= value <= LARGEST:  # NaN too
        raise FieldError("pay_number", "薪酬数额不是有效数字", f"请填写 0 到 {LARGEST:,.0f} 之间的数字")
    return float(value) or None


def _main(figures: Sequence[Figure], base: Figure | None, text: str, month: _Month) -> Figure | None:
    """The figure that is the pay: one that fits before one that does not, a total before a part, a month
    before an estimate, a rate per piece last; without any the base, open above."""
    said = _joined([figure for figure in figures if figure.role in (Role.PAY, Role.TOTAL)])
    if not said and not base and _PARTS_SUMMED.search(text):
        said = [figure for figure in figures if figure.role is Role.EXTRA]  # 底薪+提成5000-8000
    best = min(
        said,
        key=lambda figure: (
            not _fits(figure, month),
            figure.unit is PayUnit.PIECE,
            figure.role is not Role.TOTAL,
            figure.unit in ESTIMATED,
        ),
        default=None,
    )
    if base and (best is None or best.unit is PayUnit.PIECE):
        return replace(base, high=None)
    return best


def _joined(figures: list[Figure]) -> list[Figure]:
    """最低4000,最高8000 said apart is one range."""
    match figures:
        case [Figure(high=None) as first, Figure(low=None) as second, *rest] if first.unit == second.unit:
            return [replace(first, high=second.high), *rest]
    return figures


def _fits(figure: Figure, month: _Month) -> bool:
    """Whether a figure can be the pay of a month's work at all; a rate per piece always can."""
    sides = [month.of(side, figure.unit) for side in (figure.low, figure.high)]
    known = [side for side in sides if side is not None]
    return figure.unit is PayUnit.PIECE or (bool(known) and LEAST <= known[0] <= known[-1] <= MOST)


def _monthly(figure: Figure, month: _Month) -> Pay:
    unit = figure.unit or PayUnit.MONTH
    if unit is PayUnit.PIECE:
        return Pay(unit, flags=figure.flags)
    if not _fits(figure, month):
        return Pay(unit, flags=(*figure.flags, "implausible"))
    flags = (*figure.flags, "estimated") if unit in ESTIMATED else figure.flags
    return Pay(unit, _rounded(month.of(figure.low, unit)), _rounded(month.of(figure.high, unit)), flags=flags)


def _rounded(amount: float | None) -> int | None:
    """Half up; amounts are positive."""
    return None if amount is None else math.floor(amount + 0.5)


def _month(text: str) -> _Month:
    """The days a month and hours a day that the text says, else the usual ones."""
    days = _number_in(_DAYS.search(text)) if "天" in text else None
    hours = _number_in(_HOURS.search(text)) if "小时" in text else None
    return _Month(days if days and days <= 31 else DAYS_A_MONTH, hours if hours and hours <= 24 else HOURS_A_DAY)


def _number_in(match: re.Match[str] | None) -> float | None:
    return read_number(match[1] or match[2]) if match else None


def _months(text: str) -> int | None:
    """13 for 13薪 and for 双薪; the lower one of 13-15薪."""
    found = _MONTHS.search(text)
    if found:
        months = int(found[1] or found[2] or found[3])
        return months if 12 <= months <= 36 else None
    in_words = _MONTHS_IN_WORDS.search(text)
    if in_words:
        return int(read_number(in_words[1]) or 0) or None
    return 13 if "双薪" in text else None


def _probation(figures: Sequence[Figure], pay: Pay, text: str, month: _Month) -> int | None:
    trial = next((figure for figure in figures if figure.role is Role.PROBATION and _fits(figure, month)), None)
    if trial:
        return _rounded(month.of(trial.low, trial.unit))
    share = _SHARE.search(text)
    return _rounded(pay.minimum * int(share[1]) / 100) if share and pay.minimum else None


def _flags_of_words(text: str, figures: Sequence[Figure], main: Figure | None) -> Iterator[str]:
    if _NEGOTIABLE.search(text) or (main is None and _PRAISE.search(text)):
        yield "negotiable"
    if _HYPE.search(text):
        yield "hype"
    if _PIECEWORK.search(text) or any(figure.unit is PayUnit.PIECE for figure in figures):
        yield "piece_rate"
    if _GIG.search(text):
        yield "gig"
    if main is None:
        yield "incomplete"


def _flags_of_law(pay: Pay, main: Figure | None) -> Iterator[str]:
    """What to check against the minimum pay of the place and day: here the highest figure in force is used."""
    least = highest_minimum_pay()
    guaranteed = pay.base or pay.minimum or pay.maximum
    if pay.unit is PayUnit.HOUR:
        if main and pay.stated and (main.low or main.high or least.hour) < least.hour:
            yield "below_minimum_wage_part_time"
    elif guaranteed is not None and guaranteed < least.month:
        yield "below_minimum_wage"
    if pay.probation is not None:
        if pay.minimum and pay.probation < PROBATION_SHARE * pay.minimum:
            yield "probation_below_80pct"
        if pay.probation < least.month:
            yield "probation_below_minimum_wage"
