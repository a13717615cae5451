"""Who offers the made-up vacancies? Invented employers: one offers several vacancies, as in life."""

from typing import NamedTuple

from stdnum.cn import uscc

from api.market.draws import Dealer, Dice
from api.market.settings import Place, Settings, Trade

KNOWN = 12  # employers of a sort that may offer another vacancy
AGAIN = 0.5  # how often one of them does, when it has not offered the trade yet


class Employer(NamedTuple):
    """An employer at a place; `uscc` may be unknown (""), `trades` holds what it already offers."""

    name: str
    uscc: str
    place: Place
    trades: set[str]


class Employers:
    """The employers so far. Names and codes are never given twice."""

    def __init__(self, dice: Dice, settings: Settings, deal: Dealer) -> None:
        self._dice, self._deal = dice, deal
        self._texts, self._groups = settings.texts, settings.groups
        self._names: set[str] = set()
        self._recent: dict[str, list[Employer]] = {}

    def offering(self, trade: Trade, place: Place) -> Employer:
        """An employer for one more vacancy: now and then one that offers other trades, elsewhere perhaps."""
        sort = self._dice.pick(trade.employers or self._groups[trade.group]["names"])
        recent = self._recent.setdefault(sort, [])
        if recent and self._dice.random() < AGAIN:
            employer = self._dice.pick(recent)
            if trade.key not in employer.trades:
                employer.trades.add(trade.key)
                return employer
        employer = Employer(self._name(sort, place), self._code(place), place, {trade.key})
        recent.append(employer)
        if len(recent) > KNOWN:
            recent.pop(0)
        return employer

    def fancy(self) -> str:
        """Two characters that sound like a name and seldom are one."""
        first, second = self._texts["fancy_first"], self._texts["fancy_second"]
        return f"{self._dice.pick(first)}{self._dice.pick(second)}"

    def address(self, trade: Trade, place: Place) -> str:
        """Where the work is done."""
        text = str(self._dice.pick(trade.where or self._groups[trade.group]["where"]))
        return text.format(short=place.short, fancy=self.fancy(), n=self._dice.between(1, 30))

    def _name(self, sort: str, place: Place) -> str:
        while True:
            seat = self._dice.pick((place.short, place.short, f"重庆市{place.name}", "重庆"))
            name = f"{seat}{self.fancy()}{sort}"
            if name not in self._names:
                self._names.add(name)
                return name

    def _code(self, place: Place) -> str:
        """A USCC (GB 32100-2015) with a right check digit.

        It is nobody's: the ninth character of a real organisation code (GB 11714) is a digit or X.
        """
        if self._deal("uscc") == "unknown":
            return ""
        body = f"91{place.code}{len(self._names):08d}Y"
        return body + str(uscc.calc_check_digit(body + "0"))
