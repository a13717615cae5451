"""How well an admitted vacancy suits: the soft parts, each 0..10000, and their weighted sum.

The parts never read sex, age, ethnicity, marriage, hukou, disability or hardship: the engine's people have no
such fields. What is unknown on either side counts slightly below the middle: compatible, and marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.config import PART_SCALE
from matching.eligibility import SAME, Limits, Rows
from matching.facts import UNBOUNDED, UNKNOWN
from matching.index import Market
from matching.meaning import ALIKE
from matching.seekers import PlaceWish
from matching.vocabulary import VACANCY_SCALE, WHOLE, WISH_SCALE, rows_matrix
from matching.wishes import read_wishes
from models.districts import city_of, covers, distance_m, neighbours
from models.times import local_date

Part = NDArray[np.int64]

FULL = round(WHOLE * VACANCY_SCALE * WISH_SCALE)
UNSAID = 4_000  # a part that nothing is known about
NO_FLOOR = 5_000  # pay, for a person who named no floor
FRESH_DAYS = 60  # a vacancy posted this long ago has lost all freshness
SAME_TRADE = 1_500  # what a vacancy's intention gains where it surely is of a trade that is surely wanted
YEAR = 10  # experience is kept in tenths of a year


@dataclass(frozen=True, slots=True)
class TextEvidence:
    """What the texts of people and of the rows of one market have in common: people x rows, 0..10000."""

    intention: Part
    meaning: Part
    level: Part
    skills: Part


def text_evidence(limits: Limits, market: Market) -> TextEvidence:
    """Each person's best wish, and the skills, against every row of the market.

    Who named skills but no wish is matched by the skills alone. People have many wishes but few distinct ones:
    each distinct one is compared once.
    """
    index, config, profiles = limits.index, limits.config, list(limits.seekers)
    said = [profile.said for profile in profiles]
    distinct = list(dict.fromkeys(text for group in said for text in group))
    wishes = read_wishes(index, distinct, config)
    place = {text: number for number, text in enumerate(distinct)}
    groups = [[place[text] for text in group] for group in said]
    parts = (
        _met(market, [wish.row for wish in wishes]),
        _alike(market, np.array([wish.vector for wish in wishes]).reshape(-1, market.vectors.shape[1])),
        _same_level(np.array([wish.levels for wish in wishes], np.int64), index.facts.levels[market.rows]),
    )
    skills = list(dict.fromkeys(profile.skills for profile in profiles if profile.skills))
    named = {text: number for number, text in enumerate(skills)}
    met = _met(market, [wish.row for wish in read_wishes(index, skills, config)])
    own = [[named[profile.skills]] if profile.skills else [] for profile in profiles]
    intention, meaning, level = (_best(part, groups) for part in parts)
    return TextEvidence(intention, meaning, level, _best(met, own))


def _met(market: Market, rows: Sequence[dict[int, int]]) -> Part:
    """The share of each wish that each row of the market meets."""
    product = rows_matrix(rows, market.postings.shape[0]) @ market.postings
    return np.asarray(np.minimum(product.toarray() * PART_SCALE // FULL, PART_SCALE), np.int64)


def _alike(market: Market, vectors: NDArray[np.int8]) -> Part:
    """The cosine of each wish and each row, 0 where it is negative. Sums stay below 2^24: exact in float32."""
    products = (vectors.astype(np.float32) @ market.vectors.T).astype(np.int64)
    return np.clip(products * PART_SCALE // ALIKE, 0, PART_SCALE)


def _same_level(wishes: NDArray[np.int64], rows: NDArray[np.int32]) -> Part:
    """Whether wish and title name the same rank: whole if they share one, nothing if they name others, else half."""
    shared, both = wishes[:, None] & rows, (wishes[:, None] != 0) & (rows != 0)
    return np.where(shared != 0, PART_SCALE, np.where(both, 0, PART_SCALE // 2)).astype(np.int64)


def _best(values: Part, groups: Sequence[Sequence[int]]) -> Part:
    """For each group of wishes the highest value at every row; 0 for an empty group."""
    best = np.zeros((len(groups), values.shape[1]), np.int64)
    for person, group in enumerate(groups):
        for wish in group:
            np.maximum(best[person], values[wish], out=best[person])
    return best


@dataclass(frozen=True)
class Scoring:
    """The soft parts between the people and vacancies of `limits`; `i` and `j` broadcast as they do there."""

    limits: Limits

    def parts(self, i: Rows, j: Rows, text: TextEvidence) -> list[Part]:
        """The parts of pairs in the order of `config.PARTS`, from their text evidence."""
        skilled = self.limits.seekers.skills.each(bool, bool)
        return [
            self.intention(i, j, text.intention),
            text.meaning,
            text.level,
            np.where(skilled[i] & self.limits.index.facts.described[j], text.skills, UNSAID),
            self._distance_table[i, self.limits.index.facts.place[j]],
            self._pay(i, j),
            (self._experience(i, j) + self._education(i, j)) // 2,
            self._freshness(j),
        ]

    def intention(self, i: Rows, j: Rows, evidence: Part) -> Part:
        """The evidence of pairs, and what they gain by a trade that is surely the same: letters alone can mislead."""
        same = self.limits.kin(i, j) == SAME
        return np.where(same, np.minimum(evidence + SAME_TRADE, PART_SCALE), evidence)

    def score(self, i: Rows, parts: Sequence[Part]) -> Part:
        """The weighted sum of parts, 0..1,000,000: a thousandth of it is the score people see."""
        total = sum(self._weights[i, number] * part for number, part in enumerate(parts))
        return np.asarray(total, np.int64)

    @cached_property
    def _weights(self) -> NDArray[np.int64]:
        config, readable = self.limits.config, self.limits.seekers.readable
        return np.where(readable[:, None], np.array(config.weights), np.array(config.neutral_weights)).astype(np.int64)

    def _pay(self, i: Rows, j: Rows) -> Part:
        """The middle of the pay range against the floor: 0 at 80 % of it, 1 at 160 %."""
        x, floor = self.limits.index.facts, self.limits.seekers.pay_floor[i]
        low, top = x.pay_min[j].astype(np.int64), x.pay_max[j].astype(np.int64)
        middle = np.where(low == UNKNOWN, top, np.where(top == UNBOUNDED, low, (low + top) // 2))
        ratio = np.clip((middle * 100 // np.maximum(floor, 1) - 80) * 125, 0, PART_SCALE)
        return np.where(floor == 0, NO_FLOOR, np.where(top == UNKNOWN, UNSAID, ratio))

    def _experience(self, i: Rows, j: Rows) -> Part:
        """Experience short of what is asked costs a fifth a year."""
        have = self.limits.seekers.experience[i]
        need = self.limits.index.facts.experience[j].astype(np.int64)
        met = np.clip(PART_SCALE - (need - have) * PART_SCALE // (5 * YEAR), 0, PART_SCALE)
        return np.where((have == UNKNOWN) | (need == UNKNOWN), UNSAID, met)

    def _education(self, i: Rows, j: Rows) -> Part:
        """Education far above what is asked costs a little: the person will hope for more."""
        have = self.limits.seekers.education[i]
        need = self.limits.index.facts.education[j].astype(np.int64)
        above = np.clip(PART_SCALE - (have - need - 1) * 1_500, 0, PART_SCALE)
        return np.where((have == UNKNOWN) | (need == UNKNOWN), UNSAID, np.where(need == 0, PART_SCALE, above))

    def _freshness(self, j: Rows) -> Part:
        """Days since the vacancy was posted."""
        posted = self.limits.index.facts.valid_from[j].astype(np.int64)
        age = local_date(self.limits.now).toordinal() - posted
        fresh = np.clip((FRESH_DAYS - age) * PART_SCALE // FRESH_DAYS, 0, PART_SCALE)
        return np.where(posted == 0, UNSAID, fresh)

    @cached_property
    def _distance_table(self) -> Part:
        """People x places."""
        places = self.limits.index.places
        found = self.limits.seekers.place.each(lambda wish: [nearness(wish, place) for place in places], np.int64)
        return found.reshape(-1, len(places))


def nearness(wish: PlaceWish, place: str) -> int:
    """How near a place is to where the person wants to be, 0..10000. Metres are between district centroids."""
    if not place:
        return 8_000  # from home
    if any(covers(code, place) for code in wish.wanted):
        return PART_SCALE
    city = city_of(place)
    if place == city and city in wish.cities:
        return 6_000  # somewhere in the city
    away = metres(wish, place)
    if away is not None:
        return max(2_000, 9_000 - away // 12)  # 84 km and more: 2000
    if any(place in neighbours(code) for code in wish.wanted):
        return 7_000
    return 5_000 if city in wish.cities else 500


def metres(wish: PlaceWish, place: str | None) -> int | None:
    """The least distance from a wanted district, or the home one, to a place; None where one is not known."""
    points = [code for code in (*wish.wanted, wish.origin) if code]
    known = [away for code in points if place and (away := distance_m(code, place)) is not None]
    return min(known, default=None)
