"""The rules of `product.md` 3 once more, in the plainest way: one person, one vacancy, float64, no arrays.

It shares with the engine only the tokeniser, the code lists and the configuration file. What the engine leaves
out, lets in or orders otherwise shows up against it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matching.config import Config
from matching.terms import characters, words
from models.certificates import held_by, is_obtainable
from models.districts import city_of, covers, current, distance_m, districts, neighbours
from models.enums import Rung
from models.seeker import holds_hardship
from models.times import local_date

MARKET = {"REGULAR", "GIG", "INTERNSHIP"}


@dataclass
class Found:
    """An admitted vacancy: its level on the ladder and its text evidence, 0..1."""

    vacancy: Any
    level: int
    evidence: float


class BruteForce:
    """All open vacancies, and for a person every admitted one."""

    def __init__(self, vacancies: Sequence[Any], config: Config, now: datetime, home_city: str) -> None:
        self.vacancies, self.config, self.now, self.home = list(vacancies), config, now, home_city
        self.day = local_date(now)
        self._skilled: tuple[Any, dict[int, float]] = (None, {})
        self.number = {vacancy.id: number for number, vacancy in enumerate(self.vacancies)}
        titles = [Counter(characters(v.title)) for v in self.vacancies]
        texts = [
            Counter(words(v.title) * 2 + words(" ".join([*v.skills, v.description, v.industry])))
            for v in self.vacancies
        ]
        self.characters = _Bm25(titles, config.k1, config.characters_b)
        self.words = _Bm25(texts, config.k1, config.words_b)

    def admitted(self, person: Any) -> list[Found]:
        """Every vacancy that the ladder admits for a person, in no order."""
        evidence, said = self._evidence(person), self._said(person)
        found = []
        for number, vacancy in enumerate(self.vacancies):
            level = self._level(person, vacancy, evidence.get(number, 0.0), said)
            if level is not None:
                found.append(Found(vacancy, level, evidence.get(number, 0.0)))
        return found

    def score(self, p: Any, v: Any, evidence: float) -> float:
        """The weighted sum of the soft parts, 0..1, in floating point."""
        unsaid = 0.4
        readable = p.consent_personalised and (p.skills or any(w["text"] or w["occupation"] for w in p.intentions))
        weights = self.config.weights if readable else self.config.neutral_weights
        low, top, floor = v.pay_min, v.pay_max, p.pay_floor
        middle = top if low is None else low if top is None else (low + top) / 2
        pay = 0.5 if not floor else unsaid if middle is None else min(1.0, max(0.0, (middle / floor - 0.8) * 1.25))
        years, level = (p.experience, v.experience), (p.education, v.education)
        experience = unsaid if None in years else min(1.0, max(0.0, 1 - (years[1] - years[0]) / 5))
        education = unsaid if None in level else 1.0 if not level[1] else 1 - 0.15 * max(0, level[0] - level[1] - 1)
        fresh = max(0.0, 1 - max(0, (self.day - v.valid_from).days) / 60) if v.valid_from else unsaid
        said = p.consent_personalised and p.skills and (v.skills or v.description)
        skills = self._skills(p).get(self.number[v.id], 0.0) if said else unsaid
        parts = (evidence, skills, self._near(p, v), pay, (experience + education) / 2, min(1.0, fresh))
        return sum(weight * part for weight, part in zip(weights, parts, strict=True)) / 100

    def _skills(self, p: Any) -> dict[int, float]:
        if not p.consent_personalised or not p.skills:
            return {}
        if self._skilled[0] is not p:  # the last person asked for: one is scored against many vacancies
            met = self.words.met(set(words(" ".join(skill["name"] for skill in p.skills))))
            self._skilled = (p, {number: min(1.0, value / 1.4) for number, value in met.items()})
        return self._skilled[1]

    def _near(self, p: Any, v: Any) -> float:
        if v.remote:
            return 0.8
        wanted, cities = self._wanted(p)
        if any(covers(code, v.district) for code in wanted):
            return 1.0
        city = city_of(v.district)
        if v.district == city and city in cities:
            return 0.6
        counties = sorted(code for code in wanted if city_of(code) not in (code, None))
        origin = current(p.district) if p.district else counties[0] if counties else None
        points = [*wanted, *([origin] if origin else [])]
        away = [metres for code in points if (metres := distance_m(code, v.district)) is not None]
        if away:
            return max(0.2, 0.9 - min(away) / 120_000)
        if any(v.district in neighbours(code) for code in wanted):
            return 0.7
        return 0.5 if city in cities else 0.05

    def _evidence(self, person: Any) -> dict[int, float]:
        if not person.consent_personalised:
            return {}
        best: dict[int, float] = defaultdict(float)
        wishes = [w["text"] for w in person.intentions if w["text"]]
        total = self.config.characters_share + self.config.words_share
        for wish in wishes:
            parts = [
                (self.characters, set(characters(wish)), self.config.characters_share),
                (self.words, set(words(wish)), self.config.words_share),
            ]
            present = sum(share for _, terms, share in parts if terms) or total
            sums: dict[int, float] = defaultdict(float)
            for block, terms, share in parts:
                for number, met in block.met(terms).items():
                    sums[number] += share / present * met
            for number, value in sums.items():
                best[number] = max(best[number], value)
        if not wishes:
            best.update(self.words.met(set(words(" ".join(s["name"] for s in person.skills)))))
        return {number: min(1.0, value / 1.4) for number, value in best.items()}

    def _level(self, p: Any, v: Any, evidence: float, said: tuple[list[str], bool]) -> int | None:
        """The level of the first rung that admits the pair; None when none does."""
        occupation = self._occupation(p, v, evidence, *said)
        if occupation is None or self._barred(p, v):  # the words first: they rule out nearly all
            return None
        levels = [occupation, self._place(p, v), self._pay(p, v), self._kind(p, v)]
        return None if None in levels else max(level for level in levels if level is not None)

    def _barred(self, p: Any, v: Any) -> bool:
        """Law, education, shift, release, validity: never bent."""
        minor = p.adult_on is not None and self.day < p.adult_on
        lacking = set(v.certificates) - held_by(p.certificates)
        return any((
            minor and v.minor_barred,
            any(not is_obtainable(name) for name in lacking),
            None not in (p.education, v.education) and p.education < v.education,
            v.shift in p.shift_limits or ("night" in p.shift_limits and bool(v.night)),
            p.state != "REGISTERED" and v.release_at > self.now,
            v.valid_from is not None and v.valid_from > self.day,
            v.valid_to is not None and v.valid_to < self.day,
        ))  # fmt: skip

    def _rung(self, rung: Rung, p: Any, wish: str) -> int | None:
        """The level of a bending rung, unless the wish is fixed."""
        return None if wish in p.fixed else self.config.ladder.index(rung)

    def _occupation(self, p: Any, v: Any, evidence: float, own: list[str], said: bool) -> int | None:
        floor = self.config.floor / 10_000
        if not said or evidence >= floor or (v.occupation and v.occupation in own):
            return 0
        sibling = v.occupation and any(code[:7] == v.occupation[:7] for code in own)
        if sibling or evidence >= floor / 2:
            return self._rung(Rung.RELATED_OCCUPATION, p, "occupation")
        return None

    def _said(self, p: Any) -> tuple[list[str], bool]:
        """The codes of a person's wishes, and whether there is anything to match by."""
        if not p.consent_personalised:
            return [], False
        own = [w["occupation"] for w in p.intentions if w["occupation"]]
        return own, bool(own or p.skills or any(w["text"] for w in p.intentions))

    def _place(self, p: Any, v: Any) -> int | None:
        if v.remote:
            return 0
        wanted, cities = self._wanted(p)
        city = city_of(v.district)
        adjacent = any(v.district in neighbours(code) for code in wanted)
        roams = p.mobility in ("WHOLE_CITY", "OTHER_CITIES") and city in cities
        near = adjacent and p.mobility != "OWN_DISTRICT"
        exact = any(covers(code, v.district) for code in wanted) or (v.district == city and city in cities)
        if city not in cities and not p.consent_other_city:
            return None
        if exact or roams or near:
            return 0
        rung = Rung.ADJACENT_DISTRICT if adjacent else Rung.WHOLE_CITY if city in cities else Rung.OTHER_CITY
        return self._rung(rung, p, "place")

    def _wanted(self, p: Any) -> tuple[set[str], set[str]]:
        """The wanted districts and the cities that they lie in."""
        wanted = {current(code) for code in p.districts}
        if not wanted:
            home = current(p.district) if p.district else None
            wanted = {(home and city_of(home)) or self.home}
        cities = {city_of(code) for code in wanted if city_of(code)}
        cities |= {d.city for code in wanted if not city_of(code) for d in districts().values() if d.province == code}
        return wanted, cities

    def _pay(self, p: Any, v: Any) -> int | None:
        unbounded = v.pay_max is None
        if not p.pay_floor or unbounded or v.pay_max >= p.pay_floor:
            return 0
        return self._rung(Rung.PAY_MINUS_10, p, "pay") if v.pay_max >= 0.9 * p.pay_floor else None

    def _kind(self, p: Any, v: Any) -> int | None:
        kinds = set(p.kinds) or MARKET
        if v.kind == "PUBLIC_WELFARE":
            hardship = any(holds_hardship(label, self.day) for label in p.labels)
            if not hardship:
                return None
            last = self.config.ladder.index(Rung.PUBLIC_WELFARE)
            return last if v.kind in kinds else self._rung(Rung.PUBLIC_WELFARE, p, "kind")
        if v.kind in kinds:
            return 0
        other = {"REGULAR": "GIG", "GIG": "REGULAR"}.get(v.kind)
        return self._rung(Rung.OTHER_KIND, p, "kind") if other in kinds else None


class _Bm25:
    """BM25 of one block of terms, as a share of the query's whole idf weight; a dictionary of postings."""

    def __init__(self, documents: Sequence[Counter[str]], k1: float, b: float) -> None:
        self.n = len(documents)
        lengths = [sum(document.values()) for document in documents]
        mean = sum(lengths) / max(1, self.n) or 1.0
        self.postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            damping = k1 * (1 - b + b * lengths[number] / mean)
            for term, frequency in document.items():
                self.postings[term].append((number, frequency * (k1 + 1) / (frequency + damping)))

    def met(self, terms: set[str]) -> dict[int, float]:
        """For each document the share of the terms' weight that it meets (a little above 1 is possible)."""
        idf = {
            t: math.log1p((self.n - len(p) + 0.5) / (len(p) + 0.5)) for t in terms for p in [self.postings.get(t, ())]
        }
        total = sum(idf.values())
        sums: dict[int, float] = defaultdict(float)
        for term in terms:
            for number, weight in self.postings.get(term, ()):
                sums[number] += idf[term] * weight / total
        return sums
