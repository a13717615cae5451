"""How does an employer write the pay? In one of the notations in use, or as three columns."""

from typing import Any

from api.market.draws import Dice
from api.market.settings import Range, Settings, Trade

LEAST = 2400  # yuan a month; above the minimum wage of both tiers of Chongqing (渝人社发〔2024〕22号)
NUMERALS = "零一二三四五六七八九"

Pay = str | dict[str, Any]


def monthly(dice: Dice, trade: Trade, notation: str) -> Pay:
    """Pay by the month of an ordinary vacancy of the trade."""
    low, high = _offer(dice, trade.pay)
    if trade.style == "piece" and dice.random() < 0.3:
        return f"计件，月均{low}-{high}元"
    if trade.style == "commission" and dice.random() < 0.5:
        return f"底薪{max(LEAST, low * 6 // 1000 * 100)}元+提成，月均{low}-{high}元"
    return _written(dice, low, high, notation)


def daily(dice: Dice, pay: Range) -> Pay:
    """Pay of a gig by the day, in whole tens."""
    low, high = pay[0] + dice.between(0, (pay[1] - pay[0]) // 20) * 10, pay[1]
    texts = (f"{low}元/天", f"{low}-{high}元/天", f"日结{low}元", f"一天{high}元", "")
    return dice.pick(texts) or {"min": low, "max": high, "unit": "day"}


def hourly(dice: Dice, pay: Range) -> Pay:
    """Pay of a gig by the hour."""
    low, high = pay[0] + dice.between(0, (pay[1] - pay[0]) // 2), pay[1]
    texts = (f"{low}元/小时", f"{low}-{high}元/小时", f"{high}元/小时", "")
    return dice.pick(texts) or {"min": low, "max": high, "unit": "hour"}


def allowance(dice: Dice, settings: Settings) -> Pay:
    """What a trainee (就业见习) gets a month."""
    return f"{dice.pick(settings.texts['allowances'])}元/月"


def _offer(dice: Dice, pay: Range) -> Range:
    """What one employer offers: some range around that of the trade, in whole hundreds."""
    width = pay[1] - pay[0]
    low = max(LEAST, pay[0] + int(width * (dice.random() * 0.6 - 0.15)))
    high = low + max(300, int(width * (0.3 + dice.random() * 0.5)))
    return round(low, -2), round(high, -2)


def _written(dice: Dice, low: int, high: int, notation: str) -> Pay:
    if notation == "structured":
        return {"min": low, "max": high, "unit": "month"}
    if notation == "words":
        few = -(-low // 1000)
        many = max(few + 1, high // 1000)
        return f"{NUMERALS[few]}千到{NUMERALS[many]}千" if many < 10 else f"{low}-{high}元/月"
    texts = {
        "range": f"{low}-{high}元/月",
        "dash": dice.pick((f"{low}—{high}元", f"{low}~{high}元/月", f"{low}至{high}元", f"月薪{low}-{high}元")),
        "per_month": f"{low}元/月",
        "kilo": f"{low / 1000:g}-{high / 1000:g}k",
        "thousand": f"{low / 1000:g}-{high / 1000:g}千" if high < 10_000 else f"{low / 10_000:g}-{high / 10_000:g}万",
        "fixed": f"月薪{high}元",
        "from": f"{low}元起",
        # The law wants at least 80 % of the agreed pay on trial (劳动合同法 20), and the minimum wage.
        "trial": f"试用期{max(LEAST, low * 9 // 1000 * 100)}元，转正后{low}-{high}元",
    }
    return texts[notation]
