"""What do the made-up people want? Intentions in many wordings, places, pay, hours and kinds of work."""

from collections.abc import Mapping
from typing import Any

from api.market.draws import Dealer, Dice
from api.market.records import Days, Person, place_words, slots
from api.market.settings import Settings, Trade

NIGHTS = ["night", "two_shift", "three_shift"]
SHIFT_LIMITS = {"night": ["night"], "shifts": NIGHTS, "irregular": ["irregular"]}
KINDS = {"both": ["REGULAR", "GIG"], "gig": ["GIG"], "internship": ["INTERNSHIP", "REGULAR"], "any": []}
UNCLEAR = ("slang", "wrapped", "misspelt")
YOUNG = 24  # 就业见习 is for people of 16 to 24
CITY = "重庆市"


class Wishes:
    """Draws the wishes of people who can be served, unless their case says otherwise later."""

    def __init__(self, dice: Dice, settings: Settings, deal: Dealer, days: Days) -> None:
        self._dice, self._settings, self._deal, self._days = dice, settings, deal, days
        self._places = list(settings.places.values())
        self._by_day = {trade.key for trade in settings.trades.values() if trade.by_day}
        self._groups: dict[str, list[Trade]] = {}
        for trade in settings.trades.values():
            self._groups.setdefault(trade.group, []).append(trade)

    def of(self, person: Person) -> dict[str, Any]:
        """The wishes of a person."""
        kinds = self._kinds(person)
        wishes: dict[str, Any] = {
            "wish": self._deal("wish"),
            "kinds": kinds,
            "intentions": self._intentions(person),
            "districts": self._districts(person),
            "mobility": self._deal("mobility"),
            "pay_floor": self._pay_floor(person.trade, kinds),
            "shift_limits": self._shift_limits(person.trade),
            "availability": slots(self._dice, self._days, self._dice.between(2, 6)) if "GIG" in kinds else None,
        }
        return wishes | self._fixed(person.trade, wishes)

    def _kinds(self, person: Person) -> list[str]:
        kinds = self._deal("kinds")
        gigs_missing = kinds in ("gig", "both") and not person.trade.has_gigs
        not_a_trainee = kinds == "internship" and not (person.trade.intern and person.age <= YOUNG)
        return ["REGULAR"] if gigs_missing or not_a_trainee else list(KINDS.get(kinds, ["REGULAR"]))

    def _intentions(self, person: Person) -> list[str]:
        trade, wording = person.trade, self._deal("wording")
        wishes = [self._worded(trade, wording)]
        if wording in UNCLEAR and self._deal("usual_word_too") == "yes":
            wishes.append(trade.wishes[0])
        missing = int(self._deal("intentions")) - len(wishes)
        wishes += [self._another(person) for _ in range(missing)]
        return list(dict.fromkeys(wishes))

    def _another(self, person: Person) -> str:
        trade = person.trade
        if self._deal("second_wish") == "same_group" and not person.minor:
            trade = self._dice.pick(self._groups[trade.group])
        return self._dice.pick(trade.wishes)

    def _worded(self, trade: Trade, wording: str) -> str:
        wish = trade.wishes[0] if wording == "usual" else self._dice.pick(trade.wishes)
        if wording == "title":
            return self._dice.pick(trade.titles)
        if wording == "slang":
            return self._dice.pick(trade.slang or trade.wishes)
        if wording == "wrapped":
            return str(self._dice.pick(self._settings.wordings["wrapped"])).format(wish)
        return self._misspelt(wish) if wording == "misspelt" else wish

    def _misspelt(self, wish: str) -> str:
        """The wish with one character that sounds or looks alike, where it has such a one."""
        slips: Mapping[str, str] = self._settings.wordings["misspelt"]
        for right, wrong in slips.items():
            if right in wish:
                return wish.replace(right, wrong, 1)
        return wish

    def _districts(self, person: Person) -> list[str]:
        wanted = self._deal("districts")
        if wanted in ("none", "city"):
            return [CITY] if wanted == "city" else []
        others = {"home": 0, "home_and_another": 1, "two_more": 2}[wanted]
        chosen = dict.fromkeys([person.home, *self._dice.some(self._places, others)])
        return [place_words(self._dice, place, self._dice.pick(("code", "name", "name", "short"))) for place in chosen]

    def _pay_floor(self, trade: Trade, kinds: list[str]) -> dict[str, Any] | None:
        if self._deal("pay_floor") == "none":
            return None
        if kinds == ["GIG"]:
            unit, low = ("day", trade.daily[0]) if trade.daily else ("hour", trade.hourly[0])
            return {"amount": low, "unit": unit}
        share = 0.7 + 0.3 * self._dice.random()
        return {"amount": max(2300, round(int(trade.pay[0] * share), -2)), "unit": "month"}

    def _shift_limits(self, trade: Trade) -> list[str]:
        limit = self._deal("shift_limits")
        return list(SHIFT_LIMITS.get(limit, ())) if trade.key in self._by_day else []

    def _fixed(self, trade: Trade, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """A fixed wish with what makes it one that the market can meet."""
        fixed = self._deal("fixed")
        if fixed == "pay" and wishes["pay_floor"]:
            return {
                "fixed": ["pay"],
                "pay_floor": {"amount": max(2300, trade.pay[0] * 7 // 1000 * 100), "unit": "month"},
            }
        if fixed == "kind" and wishes["kinds"] == ["REGULAR"]:
            return {"fixed": ["kind"]}
        if fixed == "place":
            return {"fixed": ["place"], "mobility": "WHOLE_CITY"}
        if fixed == "occupation" and trade.common:
            return {"fixed": ["occupation"], "intentions": [trade.wishes[0]]}
        return {"fixed": []}
