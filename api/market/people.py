"""Who looks for work in the sample market? One job seeker after another, in wire form."""

from datetime import date, timedelta
from typing import Any

from api.market.cases import TRADES, hard_wishes
from api.market.draws import Dealer, Dice, deck
from api.market.identities import Identities
from api.market.records import Days, Person, Sample, said
from api.market.settings import SCHOOLING, Settings, Trade
from api.market.wishes import Wishes

YEAR = 365.25
GRADUATE = 21  # the least age of one who has left a college
COLLEGE = SCHOOLING.index("大专")
LONG_TERM = 365  # days without work: label H08
OLDER = {"男": 50, "女": 40}  # label H06, as Chongqing set it in 2016
BROKERS = 8  # of a division


class People:
    """A source of job seekers. Draws go on from record to record: ask for the numbers in order."""

    def __init__(self, dice: Dice, settings: Settings, today: date) -> None:
        self._dice, self._settings, self._days = dice, settings, Days(today)
        self._deal = Dealer(dice, settings.shares["people"])
        self._schooling = Dealer(dice, settings.shares["schooling"])
        trades = settings.trades.values()
        self._trades = deck(dice, {trade.key: trade.supply for trade in trades})
        self._first_trades = deck(dice, {trade.key: trade.supply for trade in trades if _for_minors(trade)})
        self._places = deck(dice, {code: place.people for code, place in settings.places.items()})
        self._identities = Identities(dice, settings)
        self._wishes = Wishes(dice, settings, self._deal, self._days)

    def seeker(self, number: int) -> Sample:
        """The person with this number."""
        person = self._person(number)
        identity = self._identities.identity(number, person.home, person.birth)
        registration = self._registration(person)
        schooling = self._education(person)
        record = {
            "external_id": f"P{number:06d}",
            **(identity if self._deal("identity") == "full" else {"name": identity["name"]}),
            "registration": registration,
            **schooling,
            **self._abilities(person),
            **self._wishes.of(person),
            **self._last(person, identity["sex"], registration, schooling),
        }
        record |= hard_wishes(person, self._settings, self._dice)
        return Sample("" if person.case in ("no_wish", "rare_trade") else person.trade.key, person.case, said(record))

    def _person(self, number: int) -> Person:
        case = self._deal("case")
        youngest, oldest = (int(age) for age in self._deal("age").split("-"))
        if case != "ordinary":
            youngest, oldest = 25, 50
        age = self._dice.between(youngest, oldest)
        lived = int((age + 1) * YEAR) - self._dice.between(1, 363)
        listed = TRADES.get(case)
        trade = (
            self._dice.pick(self._settings.hard[listed])
            if listed
            else next(self._first_trades if age < 18 else self._trades)
        )
        place = self._settings.places[next(self._places)]
        return Person(number, case, self._settings.trades[trade], place, self._days.today - timedelta(days=lived), age)

    def _registration(self, person: Person) -> dict[str, Any]:
        retired = person.age >= 60 and self._dice.random() < 0.5
        state = "SEEKER_ONLY" if retired else self._deal("state")
        of_age = (self._days.today - person.birth).days - int(16 * YEAR) - 1  # days since the 16th birthday
        applied = min(self._dice.between(0, 4 if state == "APPLIED" else 420), of_age)
        idle = min(applied + self._dice.between(3, 150), of_age)
        registration = {
            "kind": "求职登记" if state == "SEEKER_ONLY" else "失业登记",
            "channel": self._deal("channel"),
            "applied_at": self._days[-applied],
            "district": person.home.code,
            "state": state,
        }
        if state == "SEEKER_ONLY":
            return registration
        return registration | {
            "unemployed_since": self._days[-idle],
            "reason": self._deal("reason"),
        }

    def _education(self, person: Person) -> dict[str, Any]:
        trade = person.trade
        level = SCHOOLING.index(self._schooling(self._settings.groups[trade.group]["schooling"]))
        if self._deal("education_fits") == "yes":
            level = max(level, SCHOOLING.index(trade.education))
        if person.age < GRADUATE:
            level = min(level, SCHOOLING.index("初中" if person.minor else "中专"))
        recent = level >= COLLEGE and person.age <= GRADUATE + 3
        return {
            "education": SCHOOLING[level],
            "graduated_at": self._days[-self._dice.between(100, 700)] if recent else None,
        }

    def _abilities(self, person: Person) -> dict[str, Any]:
        trade, dice = person.trade, self._dice
        working_years = max(0, person.age - 20)
        years = 0 if person.minor else dice.between(min(trade.experience, working_years), min(working_years, 20))
        others = self._deal("other_licence")
        papers = trade.papers if self._deal("papers") == "held" else ()
        return {
            "experience": years if dice.random() < 0.8 else f"{years}年" if years else "无经验",
            "skills": [self._skill(name) for name in dice.some(trade.skills, int(self._deal("skills")))],
            "certificates": [
                *(trade.licence if self._deal("licence") == "held" else ()),
                *papers,
                *([others] if others != "none" and not person.minor else ()),
            ],
        }

    def _skill(self, name: str) -> dict[str, str]:
        level = self._deal("skill_level")
        return {"name": name} if level == "none" else {"name": name, "level": level}

    def _last(
        self, person: Person, sex: str, registration: dict[str, Any], schooling: dict[str, Any]
    ) -> dict[str, Any]:
        older = person.age >= 45 and sex == "女"
        broker = f"broker-{person.home.code}-{self._dice.between(1, BROKERS)}"
        return {
            "labels": self._labels(person, sex, registration, schooling),
            "consents": {
                "other_city": self._deal("consent_other_city") == "yes",
                "personalised": self._deal("consent_personalised") == "yes",
            },
            "original_kind": self._dice.pick(("female50", "female55")) if older else None,
            "pension_drawn": True if person.age >= 60 and registration["state"] == "SEEKER_ONLY" else None,
            "broker": broker if self._deal("broker") == "yes" else "",
        }

    def _labels(
        self, person: Person, sex: str, registration: dict[str, Any], schooling: dict[str, Any]
    ) -> list[dict[str, str]]:
        """Labels that follow from the record, then perhaps one from other offices' lists."""
        since, applied = registration.get("unemployed_since"), registration["applied_at"]
        codes = [self._deal("label")]
        if since and person.age >= OLDER[sex]:
            codes.append("H06")
        if since and since <= self._days[-LONG_TERM]:
            codes.append("H08")
        if schooling["graduated_at"]:
            codes.append("L01")
        elif 16 <= person.age < 25 and since:
            codes.append("L02")
        return [{"code": code, "valid_from": applied} for code in codes if code != "none"]


def _for_minors(trade: Trade) -> bool:
    """Work that people of 16 and 17 may do, and that asks for nothing beforehand."""
    return not (trade.barred or trade.licence or trade.experience) and trade.education == "不限"
