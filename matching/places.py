"""How the places of an index lie to where people want to work: a row of all places for each different wish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import NEVER, PART_SCALE, Config
from matching.seekers import PlaceWish, cities_meant
from models.coded import Coded
from models.districts import city_of, covers, distance_m, neighbours
from models.enums import Mobility, Rung

UNMEASURED = np.iinfo(np.int32).max  # metres, where no centroid is known

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lies:
    """How each place lies to each wish: arrays of wishes x places."""

    level: NDArray[np.int8]  # on the ladder: `eligibility.place_rung`
    consented: Mask  # whether the person may be sent there: to another city only with consent
    nearness: NDArray[np.int16]  # 0..10000: `scoring.nearness`


class Places:
    """The places of an index (district codes; "" is remote work). What a wanted district means for them is kept."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._codes = codes
        self._remote = np.array([not code for code in codes], bool)
        self._whole_city = np.array([bool(code) and city_of(code) == code for code in codes], bool)
        self._kept: dict[tuple[str, str], NDArray[Any]] = {}

    def lie(self, wishes: Sequence[PlaceWish], config: Config) -> Lies:
        """How all places lie to some wishes. The answers to a single one are kept: people wish for few different."""
        if len(wishes) == 1:
            return _lie_to_one(self._codes, wishes[0], config)
        return self.lie_to_all(wishes, config)

    def lie_to_all(self, wishes: Sequence[PlaceWish], config: Config) -> Lies:
        """The same, worked out anew."""
        wanted = [tuple(wish.wanted) for wish in wishes]
        covered, adjacent, within = (
            self._joined(kind, np.logical_or, wanted) for kind in ("covers", "adjacent", "within")
        )
        points = [(*codes, wish.origin) if wish.origin else codes for codes, wish in zip(wanted, wishes, strict=True)]
        away = self._joined("metres", np.minimum, points)
        consents = _each(wishes, lambda wish: wish.consent)
        return Lies(
            level=self._levels(covered, adjacent, within, wishes, config),
            consented=consents | self._remote | within,
            nearness=self._nearness(covered, adjacent, within, away),
        )

    def _levels(
        self, covered: Mask, adjacent: Mask, within: Mask, wishes: Sequence[PlaceWish], config: Config
    ) -> NDArray[np.int8]:  # fmt: skip
        further = _each(wishes, lambda wish: wish.mobility is not Mobility.OWN_DISTRICT)
        far = _each(wishes, lambda wish: wish.mobility in (Mobility.WHOLE_CITY, Mobility.OTHER_CITIES))
        exact = self._remote | covered | ((self._whole_city | far) & within) | (adjacent & further)
        next_to, in_city, elsewhere = (
            np.int8(config.level(rung)) for rung in (Rung.ADJACENT_DISTRICT, Rung.WHOLE_CITY, Rung.OTHER_CITY)
        )
        level = np.where(exact, np.int8(0), np.where(adjacent, next_to, np.where(within, in_city, elsewhere)))
        return np.where(_each(wishes, lambda wish: wish.fixed) & (level > 0), np.int8(NEVER), level)

    def _nearness(self, covered: Mask, adjacent: Mask, within: Mask, away: NDArray[np.int32]) -> NDArray[np.int16]:
        far = np.where(adjacent, np.int32(7_000), np.where(within, np.int32(5_000), np.int32(500)))
        near = np.where(away < UNMEASURED, np.maximum(2_000, 9_000 - away // 12), far)
        near[self._whole_city & within] = 6_000
        near[covered] = PART_SCALE
        near[:, self._remote] = 8_000
        return near.astype(np.int16)

    def _joined(self, kind: str, join: np.ufunc, groups: Sequence[Sequence[str]]) -> NDArray[Any]:
        """What the codes of each group mean for the places, joined."""
        codes = Coded.of(chain.from_iterable(groups))
        if not groups:
            return np.zeros((0, len(self._codes)), bool)
        rows = np.stack([self._row(kind, code) for code in codes.values])
        starts = np.cumsum([0, *map(len, groups)])[:-1]
        joined: NDArray[Any] = join.reduceat(rows[codes.code], starts, axis=0)
        return joined

    def _row(self, kind: str, code: str) -> NDArray[Any]:
        if (kind, code) not in self._kept:
            meant = _MEANINGS[kind](code)
            self._kept[kind, code] = np.array([meant(place) for place in self._codes])
        return self._kept[kind, code]


def _each(wishes: Sequence[PlaceWish], holds: Callable[[PlaceWish], bool]) -> Mask:
    """Whether it holds of each wish: one row a wish."""
    return np.array([holds(wish) for wish in wishes], bool)[:, None]


def _covers(code: str) -> Callable[[str], bool]:
    return lambda place: bool(place) and covers(code, place)


def _adjacent(code: str) -> Callable[[str], bool]:
    around = frozenset(neighbours(code))
    return lambda place: place in around


def _within(code: str) -> Callable[[str], bool]:
    """Whether it is in the cities of a wanted district."""
    cities = cities_meant(code)
    return lambda place: city_of(place) in cities


def _metres(code: str) -> Callable[[str], int]:
    def away(place: str) -> int:
        found = distance_m(code, place) if place else None
        return UNMEASURED if found is None else found

    return away


_MEANINGS: dict[str, Callable[[str], Callable[[str], Any]]] = {
    "covers": _covers, "adjacent": _adjacent, "within": _within, "metres": _metres,
}  # fmt: skip


@lru_cache(maxsize=4_096)  # some kilobytes each
def _lie_to_one(codes: tuple[str, ...], wish: PlaceWish, config: Config) -> Lies:
    return places_of(codes).lie_to_all([wish], config)


@lru_cache(maxsize=16)
def places_of(codes: tuple[str, ...]) -> Places:
    """The places with these codes: versions of an index share them."""
    return Places(codes)
