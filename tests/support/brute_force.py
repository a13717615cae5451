"""The rules of `product.md` 3 once more, in the plainest way: one person, one vacancy, float64, no arrays.

It shares with the engine only the tokeniser, the reading of single texts (trades, vectors, levels, padding), the
code lists and the configuration file. What the engine leaves out, lets in or orders otherwise shows up against it.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from typing import Any

from matching.catalogue import catalogue
from matching.config import Config
from matching.meaning import Meaning, Said
from matching.senses import SHARE_SCALE, senses_of
from matching.terms import characters, words
from matching.wording import asked, cleaned, levels, plain, role_spans, substance
from models.certificates import held_by, is_obtainable
from models.districts import city_of, covers, current, distance_m, districts, neighbours
from models.enums import Rung
from models.seeker import holds_hardship
from models.text import normal_form
from models.times import local_date

MARKET = {"REGULAR", "GIG", "INTERNSHIP"}
READINGS: dict[Any, Any] = {}  # of texts, while nothing is fitted: examples share their few words


@dataclass
class Found:
    """An admitted vacancy: its level on the ladder and its text evidence, 0..1."""

    vacancy: Any
    level: int
    evidence: float


class BruteForce:
    """All open vacancies, and for a person every admitted one."""

    def __init__(
        self, vacancies: Sequence[Any], config: Config, now: datetime, home_city: str, meaning: Meaning | None = None
    ) -> None:
        self.vacancies, self.config, self.now, self.home = list(vacancies), config, now, home_city
        self.day = local_date(now)
        self._skilled: tuple[Any, dict[int, float]] = (None, {})
        self._akin: tuple[Any, list[int]] = (None, [])
        self.number = {vacancy.id: number for number, vacancy in enumerate(self.vacancies)}
        texts = [
            words(v.title) * 2 + [w for tag in substance(v.skills) for w in words(tag)]
            + words(plain(v.description)) + words(v.industry)
            for v in self.vacancies
        ]  # fmt: skip
        self.characters = _Bm25(
            "c", [Counter(characters(v.title)) for v in self.vacancies], config.k1, config.characters_b
        )
        self.words = _Bm25("w", [Counter(text) for text in texts], config.k1, config.words_b)
        self.senses = senses_of(meaning or Meaning.none())
        self.read = [
            self._reading(
                [v.title, cleaned(v.title)], Said(characters(v.title), substance(v.skills), words(plain(v.description)))
            )
            for v in self.vacancies
        ]

    def _reading(self, namings: Sequence[str], said: Said) -> tuple[dict[int, float], list[int]]:
        """The shares of trades that a text stands for, and its vector."""
        key = (*namings, None, *said.skills, None, *said.words)
        if key not in READINGS or self.senses.meaning.titles:
            shares, vectors = self.senses.read([namings], [said])
            found = zip(shares.indices, shares.data, strict=True)
            READINGS[key] = {int(t): int(share) / SHARE_SCALE for t, share in found}, [int(x) for x in vectors[0]]
        return READINGS[key]

    def _wish(self, wish: str) -> tuple[dict[int, float], list[int]]:
        clauses = [clause for clause in re.split(r"[,、;/|\s]+", wish) if len(clause) > 1]
        return self._reading([wish, *clauses], Said(characters(wish)))

    def admitted(self, person: Any) -> list[Found]:
        """Every vacancy that the ladder admits for a person, in no order."""
        evidence, said, kin = self._evidence(person), self._said(person), self._kin(person)
        found = []
        for number, vacancy in enumerate(self.vacancies):
            level = self._level(person, vacancy, evidence.get(number, 0.0), said, kin[number])
            if level is not None:
                found.append(Found(vacancy, level, evidence.get(number, 0.0)))
        return found

    def score(self, p: Any, v: Any, evidence: float) -> float:
        """The weighted sum of the soft parts, 0..1, in floating point."""
        unsaid = 0.4
        weights = self.config.weights if self._said(p)[1] else self.config.neutral_weights
        low, top, floor = v.pay_min, v.pay_max, p.pay_floor
        middle = top if low is None else low if top is None else (low + top) / 2
        pay = 0.5 if not floor else unsaid if middle is None else min(1.0, max(0.0, (middle / floor - 0.8) * 1.25))
        years, level = (p.experience, v.experience), (p.education, v.education)
        experience = unsaid if None in years else min(1.0, max(0.0, 1 - (years[1] - years[0]) / 5))
        education = unsaid if None in level else 1.0 if not level[1] else 1 - 0.15 * max(0, level[0] - level[1] - 1)
        fresh = max(0.0, 1 - max(0, (self.day - v.valid_from).days) / 60) if v.valid_from else unsaid
        named = self._named(p) and (v.skills or v.description)
        skills = self._skills(p).get(self.number[v.id], 0.0) if named else unsaid
        number = self.number[v.id]
        parts = (
            min(1.0, evidence + 0.15) if self._kin(p)[number] == 2 else evidence,
            self._alike(p, number),
            self._rank(p, v),
            skills,
            self._near(p, v),
            pay,
            (experience + education) / 2,
            min(1.0, fresh),
        )
        return sum(weight * part for weight, part in zip(weights, parts, strict=True)) / 100

    def _wishes(self, p: Any) -> list[str]:
        said = [asked(w["text"]) for w in p.intentions] if p.consent_personalised else []
        wishes = [wish for wish in said if wish]
        return wishes + [name for wish in wishes for name in catalogue().called(wish)]

    def _named(self, p: Any) -> list[str]:
        """Skills; certificates where nothing else was said."""
        if not p.consent_personalised:
            return []
        skills = [skill["name"] for skill in p.skills]
        return skills if skills or self._said(p)[1] else list(p.certificates)

    def _skills(self, p: Any) -> dict[int, float]:
        if self._skilled[0] is not p:  # the last person asked for: one is scored against many vacancies
            met = self.words.met(self.words.shares(dict.fromkeys(words(" ".join(self._named(p))), 1.0), "w"))
            self._skilled = (p, {number: min(1.0, value / 1.4) for number, value in met.items()})
        return self._skilled[1]

    def _alike(self, p: Any, number: int) -> float:
        """The cosine of the best wish's vector, or that of the skills, with the vacancy's."""
        vectors = [self._wish(wish)[1] for wish in self._wishes(p)]
        if not vectors and self._named(p):
            skills = [normal_form(name) for name in self._named(p)]
            vectors = [self._reading(skills, Said((), skills))[1]]
        other = self.read[number][1]
        products = [sum(map(mul, vector, other)) / 127**2 for vector in vectors]
        return min(1.0, max([0.0, *products]))

    def _rank(self, p: Any, v: Any) -> float:
        """Whether a wish and the title name the same level."""
        wishes = [levels(wish) for wish in self._wishes(p)] or ([frozenset()] if self._named(p) else [])
        theirs = levels(v.title)
        return max((1.0 if mine & theirs else 0.0 if mine and theirs else 0.5 for mine in wishes), default=0.0)

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
        best: dict[int, float] = defaultdict(float)
        wishes = self._wishes(person)
        for wish in wishes:
            for number, value in self._wish_evidence(wish).items():
                best[number] = max(best[number], value)
        if not wishes and self._named(person):
            best.update(self._skills(person))
            return dict(best)
        return {number: min(1.0, value / 1.4) for number, value in best.items()}

    def _wish_evidence(self, wish: str) -> dict[int, float]:
        """The share of a wish that each vacancy meets, times 1.4: of its 32 heaviest terms."""
        trades, _ = self._wish(wish)
        grams = self.characters.shares(_gram_factors(wish), "c")
        found = self.words.shares(dict.fromkeys(words(wish), 1.0), "w")
        parts = [(self.config.characters_share, grams), (self.config.words_share, found)]
        whole = sum(share for share, terms in parts if terms)
        whole = whole + self.config.trades_share * max(trades.values(), default=0.0) or 1.0
        weights: dict[tuple[int, Any], float] = {
            (0, term): share * weight / whole for share, terms in parts for term, weight in terms.items()
            if self._known(term)
        } | {(1, trade): self.config.trades_share * share / whole for trade, share in trades.items()}  # fmt: skip
        kept = dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0]))[:32])
        sums: dict[int, float] = defaultdict(float)
        for block in (self.characters, self.words):
            for number, value in block.met({t: w for (kind, t), w in kept.items() if not kind}).items():
                sums[number] += value
        for (kind, trade), weight in kept.items():
            for number, (shares, _) in enumerate(self.read if kind else []):
                if trade in shares:
                    sums[number] += 1.4 * weight * shares[trade]
        return sums

    def _known(self, term: str) -> bool:
        return term in self.characters.postings or term in self.words.postings

    def _kin(self, p: Any) -> list[int]:
        if self._akin[0] is not p:
            self._akin = (p, self._kinship(p))
        return self._akin[1]

    def _kinship(self, p: Any) -> list[int]:
        """For each vacancy 2 where its trade is surely a wanted one, 3 where it is near to one, -1 where it is surely
        another (a code that both share is too broad then), 0 where one of them is not sure.
        """
        known = catalogue()
        readings = [self._wish(wish)[0] for wish in self._wishes(p)]
        if not readings and self._named(p):
            skills = [normal_form(name) for name in self._named(p)]
            readings = [self._reading(skills, Said((), skills))[0]]
        mine = {self._sure(reading) for reading in readings} - {None}
        found = []
        for shares, _ in self.read:
            trade = self._sure(shares)
            near = trade is not None and any(trade in known.near_to(own) for own in mine if own is not None)
            sure = trade is not None and bool(mine)
            found.append(2 if trade is not None and trade in mine else 3 if near else -1 if sure else 0)
        return found

    def _sure(self, shares: dict[int, float]) -> int | None:
        trade, share = max(sorted(shares.items(), reverse=True), key=lambda entry: entry[1], default=(None, 0.0))
        return trade if share * SHARE_SCALE >= SHARE_SCALE * 2 // 5 else None

    def _level(self, p: Any, v: Any, evidence: float, said: tuple[list[str], bool], kin: int) -> int | None:
        """The level of the first rung that admits the pair; None when none does."""
        occupation = self._occupation(p, v, evidence, said, kin)
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

    def _occupation(self, p: Any, v: Any, evidence: float, said: tuple[list[str], bool], kin: int) -> int | None:
        floor, (own, readable) = self.config.floor / 10_000, said
        enough = floor * 1.5 if kin == -1 else floor
        if not readable or evidence >= enough or kin == 2 or (kin == 0 and v.occupation and v.occupation in own):
            return 0
        sibling = v.occupation and any(code[:7] == v.occupation[:7] for code in own)
        if sibling or kin == 3 or evidence >= floor / 2:
            return self._rung(Rung.RELATED_OCCUPATION, p, "occupation")
        return None

    def _said(self, p: Any) -> tuple[list[str], bool]:
        """The codes of a person's wishes, and whether there is anything to match by."""
        if not p.consent_personalised:
            return [], False
        own = [w["occupation"] for w in p.intentions if w["occupation"]]
        return own, bool(own or any(skill["name"] for skill in p.skills) or self._wishes(p))

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

    def __init__(self, block: str, documents: Sequence[Counter[str]], k1: float, b: float) -> None:
        self.n = len(documents)
        lengths = [sum(document.values()) for document in documents]
        mean = sum(lengths) / max(1, self.n) or 1.0
        self.postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            damping = k1 * (1 - b + b * lengths[number] / mean)
            for term, frequency in document.items():
                self.postings[block + term].append((number, frequency * (k1 + 1) / (frequency + damping)))

    def shares(self, factors: dict[str, float], block: str) -> dict[str, float]:
        """Each term's share of the whole idf weight, named as its block names it."""
        n = self.n
        weight = {
            term: factor * math.log1p((n - len(found) + 0.5) / (len(found) + 0.5))
            for term, factor in factors.items() for found in [self.postings.get(block + term, ())]
        }  # fmt: skip
        total = sum(weight.values()) or 1.0
        return {block + term: value / total for term, value in weight.items()}

    def met(self, shares: dict[str, float]) -> dict[int, float]:
        """For each document the sum of the shares that it meets (a little above 1 is possible)."""
        sums: dict[int, float] = defaultdict(float)
        for term, share in shares.items():
            for number, weight in self.postings.get(term, ()):
                sums[number] += share * weight
        return sums


def _gram_factors(wish: str) -> dict[str, float]:
    """1 for an n-gram of a wish, down to 0.6 for one inside words of role, unless all is role."""
    inside = {place for start, end in role_spans(wish) for place in range(start, end)}
    if len(inside) == len(wish):
        inside = set()
    factors: dict[str, float] = {}
    for size in (1, 2, 3):
        for start in range(len(wish) - size + 1):
            gram = wish[start : start + size]
            share = sum(place in inside for place in range(start, start + size)) / size
            if not gram[0].isspace():
                factors[gram] = max(factors.get(gram, 0.0), 1 - 0.4 * share)
    return factors
