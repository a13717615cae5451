"""What do the employers of the sample market look for? One vacancy after another, in wire form."""

from collections import deque
from copy import deepcopy
from datetime import date
from typing import Any

from api.market import pay
from api.market.draws import Dealer, Dice, deck
from api.market.employers import Employer, Employers
from api.market.records import Days, Sample, place_words, said, slots
from api.market.settings import SCHOOLING, Settings, Trade
from models.enums import Shift

SHIFTS = {shift.label for shift in Shift}  # other words for a shift are written into the hours
REMEMBERED = 200  # vacancies that may be posted a second time


class Demand:
    """A source of vacancies. Draws go on from record to record: ask for the numbers in order."""

    def __init__(self, dice: Dice, settings: Settings, today: date) -> None:
        self._dice, self._settings, self._days = dice, settings, Days(today)
        self._deal = Dealer(dice, settings.shares["vacancies"])
        self._trades = deck(dice, {key: trade.demand for key, trade in settings.trades.items()})
        self._places = deck(dice, {code: place.vacancies for code, place in settings.places.items()})
        self._employers = Employers(dice, settings, self._deal)
        self._recent: deque[Sample] = deque(maxlen=REMEMBERED)

    def vacancy(self, number: int) -> Sample:
        """The vacancy with this number."""
        external_id, extra = f"V{number:06d}", self._deal("extra")
        if extra == "repost" and self._recent:
            first = self._dice.pick(self._recent)
            return first._replace(case="repost", record=deepcopy(first.record) | {"external_id": external_id})
        trade = self._settings.trades[next(self._trades)]
        sample = self._new(external_id, trade, extra, self._deal("flaw"))
        self._recent.append(sample)
        return sample

    def _new(self, external_id: str, trade: Trade, extra: str, flaw: str) -> Sample:
        kind = self._kind(trade)
        employer = self._employers.offering(trade, self._settings.places[next(self._places)])
        program = self._program(trade, kind)
        openings = self._openings(kind, program)
        record = {
            "external_id": external_id,
            "title": self._title(trade, kind, openings),
            "employer": said({"name": employer.name, "uscc": employer.uscc}),
            "kind": kind,
            "program": program,
            "occupation": trade.occupation if self._dice.random() < 0.6 else "",
            "openings": openings,
            "openings_filled": openings // 2 if extra == "part_filled" and isinstance(openings, int) else None,
            "pay": self._pay(trade, kind, flaw),
            **self._where(trade, employer, flaw),
            **self._requirements(trade, kind),
            **self._times(trade, kind),
            "description": self._description(trade, kind),
            "preferences": [self._pick_wording("preferences")] if extra == "preference" else None,
            **self._validity(self._deal("validity")),
            "contact": self._contact(),
        }
        return Sample(trade.key, flaw if flaw in ("negotiable", "no_place", "no_pay") else "ordinary", said(record))

    def _kind(self, trade: Trade) -> str:
        kind = self._deal("kind")
        if (
            trade.kind != "REGULAR"
            or (kind == "GIG" and not trade.has_gigs)
            or (kind == "INTERNSHIP" and not trade.intern)
        ):
            return trade.kind
        return kind

    def _program(self, trade: Trade, kind: str) -> str:
        program = str(self._settings.groups[trade.group].get("program", ""))
        return program if program and kind == "REGULAR" and self._deal("program") == "yes" else ""

    def _openings(self, kind: str, program: str) -> int | str | None:
        if kind == "GIG":
            return self._dice.between(3, 30)
        openings = self._deal("many_openings" if program else "openings")
        return None if openings == "missing" else int(openings) if openings.isdigit() else openings

    def _title(self, trade: Trade, kind: str, openings: int | str | None) -> str:
        texts, title = self._settings.texts, self._dice.pick(trade.titles)
        if kind == "PUBLIC_WELFARE":
            return title
        if kind != "REGULAR":
            return str(self._dice.pick(texts[f"{kind.lower()}_titles"])).format(title)
        decoration = self._deal("title")
        if decoration == "plain" or (decoration == "count" and not isinstance(openings, int)):
            return title
        if decoration == "benefit":
            return title + str(self._dice.pick(texts["benefit_titles"]))
        return str(self._dice.pick(texts[f"{decoration}_titles"])).format(title, n=openings)

    def _pay(self, trade: Trade, kind: str, flaw: str) -> pay.Pay:
        if flaw == "no_pay":
            return ""
        if flaw == "negotiable":
            return self._dice.pick(("面议", "薪资面议", "工资面谈"))
        if kind == "GIG":
            by_hour = trade.hourly and not (trade.daily and self._dice.random() < 0.5)
            return pay.hourly(self._dice, trade.hourly) if by_hour else pay.daily(self._dice, trade.daily)
        if kind == "INTERNSHIP":
            return pay.allowance(self._dice, self._settings)
        return pay.monthly(self._dice, trade, self._deal("pay"))

    def _where(self, trade: Trade, employer: Employer, flaw: str) -> dict[str, Any]:
        if trade.remote and self._deal("remote") == "yes":
            return {"remote": True}
        if flaw == "no_place":
            return {}
        address = self._employers.address(trade, employer.place)
        if flaw == "city_only":
            return {"district": "重庆市"}
        return {"district": place_words(self._dice, employer.place, self._deal("district")), "address": address}

    def _requirements(self, trade: Trade, kind: str) -> dict[str, Any]:
        asked = self._deal("papers") == "asked"
        experience = 0 if kind != "REGULAR" or self._dice.random() < 0.3 else trade.experience
        return {
            "education": self._education(trade),
            "experience": self._dice.pick(self._settings.wordings["experience"][str(experience)]),
            "certificates": [*trade.licence, *(trade.papers if asked else ())],
            "skills": self._dice.some(trade.skills, self._dice.between(1, 3)),
        }

    def _education(self, trade: Trade) -> str:
        asked = self._deal("education")
        if asked == "unsaid":
            return ""
        level = SCHOOLING.index(trade.education) - (asked == "lower")
        return self._pick_wording("education", "不限" if asked == "none" else SCHOOLING[max(level, 0)])

    def _times(self, trade: Trade, kind: str) -> dict[str, Any]:
        shift = self._dice.pick(trade.shifts)
        if kind == "GIG":
            return {
                "shift": shift if shift in SHIFTS else "",
                "slots": slots(self._dice, self._days, self._dice.between(1, 6)),
            }
        hours = self._dice.pick(self._settings.groups[trade.group]["hours"])
        if shift in SHIFTS:
            return {"shift": shift, "hours": hours}
        return {"hours": f"{shift}，{hours}" if hours else shift}

    def _description(self, trade: Trade, kind: str) -> str:
        texts, group, style = self._settings.texts, self._settings.groups[trade.group], self._deal("text")
        duties = self._dice.some(trade.duties, 3 if style == "list" else 2)
        benefits = texts["gig_benefits"] if kind == "GIG" else group["benefits"]
        offers = self._dice.some(benefits, self._dice.between(2, 3))
        if style == "short":
            return f"{duties[0]}。{'，'.join(offers)}。"
        end = self._last_words(trade, kind)
        if style == "list":
            numbered = "；".join(f"{number}.{duty}" for number, duty in enumerate(duties, 1))
            return f"工作内容：{numbered}。待遇：{'、'.join(offers)}。{end}"
        return f"{'；'.join(duties)}。{'，'.join(offers)}。{end}"

    def _last_words(self, trade: Trade, kind: str) -> str:
        texts, pick = self._settings.texts, self._dice.pick
        if kind in ("GIG", "INTERNSHIP"):
            return str(pick(texts[f"{kind.lower()}_tails"]))
        request = str(pick(texts["skill_requests"])).format(pick(trade.skills)) if kind == "REGULAR" else ""
        return pick((request, "")) + str(pick(self._settings.groups[trade.group]["tails"]))

    def _validity(self, validity: str) -> dict[str, Any]:
        starts, ends = {
            "open": (-self._dice.between(0, 25), self._dice.between(15, 60)),
            "no_end": (-self._dice.between(0, 20), None),
            "expired": (-self._dice.between(40, 60), -self._dice.between(1, 20)),
            "future": (self._dice.between(1, 7), self._dice.between(30, 60)),
        }[validity]
        posted = self._days[min(starts, 0)]
        hour, minute = self._dice.between(8, 17), self._dice.between(0, 59)
        return {
            "valid_from": self._days[starts],
            "valid_to": None if ends is None else self._days[ends],
            "updated_at": f"{posted}T{hour:02d}:{minute:02d}:00+08:00",
        }

    def _contact(self) -> str:
        texts = self._settings.texts
        return str(self._dice.pick(texts["contacts"])).format(self._dice.pick(texts["surnames"]))

    def _pick_wording(self, table: str, name: str = "") -> str:
        words = self._settings.wordings[table]
        return str(self._dice.pick(words[name] if name else words))
