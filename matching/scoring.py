"""How well an admitted vacancy suits: the soft parts, each 0..10000, and their weighted sum.

The parts never read sex, age, ethnicity, marriage, hukou, disability or hardship: the engine's people have no
such fields. What is unknown on either side counts slightly below the middle: compatible, and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.config import PART_SCALE
from matching.eligibility import Limits, Rows
from matching.index import UNBOUNDED, UNKNOWN, Market
from matching.seekers import PlaceWish
from matching.vocabulary import VACANCY_SCALE, WISH_SCALE, rows_matrix
from models.districts import city_of, covers, distance_m, neighbours
from models.times import local_date

Part = NDArray[np.int64]

# A text that meets a wish wholly, in the shortest of titles, scores (k1 + 1) / (1 + k1 (1 - b)) = 1.4 or so.
WHOLE = round(1.4 * VACANCY_SCALE * WISH_SCALE)
UNSAID = 4_000  # a part that nothing is known about
NO_FLOOR = 5_000  # pay, for a person who named no floor
FRESH_DAYS = 60  # a vacancy posted this long ago has lost all freshness
YEAR = 10  # experience is kept in tenths of a year


@dataclass(frozen=True, slots=True)
class TextEvidence:
    """Text similarities between people and the rows of one market: people x rows, 0..10000."""

    intention: Part
    skills: Part


def text_evidence(limits: Limits, market: Market) -> TextEvidence:
    """Each person's best intention, and the skills, against every row of the market."""
    vocabulary, config, profiles = limits.index.vocabulary, limits.config, limits.seekers.profiles
    best = _best(market.postings, [p.wishes for p in profiles], lambda text: vocabulary.wish(text, config))
    skills = _best(market.postings, [(p.skills,) if p.skills else () for p in profiles], vocabulary.skill)
    # Who named skills but no intention is matched by the skills alone.
    only_skills = np.array([not p.wishes for p in profiles], bool)
    best[only_skills] = skills[only_skills]
    return TextEvidence(best, skills)


def _best(postings: sp.csr_array, texts: Sequence[tuple[str, ...]], weigh: Callable[[str], dict[int, int]]) -> Part:
    """For each group of texts the highest similarity to every row; 0 for an empty group.

    People have many wishes but few distinct ones: each distinct text is multiplied once.
    """
    distinct = {text: number for number, text in enumerate(dict.fromkeys(t for group in texts for t in group))}
    rows = rows_matrix([weigh(text) for text in distinct], postings.shape[0])
    similarity = np.minimum((rows @ postings).toarray() * PART_SCALE // WHOLE, PART_SCALE)
    best = np.zeros((len(texts), postings.shape[1]), np.int64)
    for person, group in enumerate(texts):
        for text in group:
            np.maximum(best[person], similarity[distinct[text]], out=best[person])
    return best


@dataclass(frozen=True)
class Scoring:
    """The soft parts between the people and vacancies of `limits`; `i` and `j` broadcast as they do there."""

    limits: Limits

    def parts(self, i: Rows, j: Rows, intention: Part, skills: Part) -> list[Part]:
        """The parts of pairs in the order of `config.PARTS`, from their text evidence."""
        return [
            intention,
            np.where(self.limits.seekers.skilled[i] & self.limits.index.facts.described[j], skills, UNSAID),
            self._distance_table[i, self.limits.index.facts.place[j]],
            self._pay(i, j),
            (self._experience(i, j) + self._education(i, j)) // 2,
            self._freshness(j),
        ]

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
        rows: dict[PlaceWish, Part] = {}
        places = self.limits.index.places
        for profile in self.limits.seekers.profiles:
            if profile.place not in rows:
                rows[profile.place] = np.array([nearness(profile.place, place) for place in places], np.int64)
        found = [rows[profile.place] for profile in self.limits.seekers.profiles]
        return np.array(found, np.int64).reshape(-1, len(places))


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
