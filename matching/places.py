"""How the places of an index lie to where people want to work: a row of all places for each different wish."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import NEVER, PART_SCALE, Config
from matching.seekers import PlaceWish
from models.districts import city_of, covers, distance_m, neighbours
from models.enums import Mobility, Rung

UNMEASURED = np.iinfo(np.int32).max  # metres, where no centroid is known

Mask = NDArray[np.bool_]


class Places:
    """The places of an index (district codes; "" is remote work). What a wanted district means for them is kept."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._codes = codes
        self._cities = np.array([city_of(code) or "" for code in codes], "U6")
        self._remote = np.array([not code for code in codes], bool)
        self._whole_city = np.array([bool(code) and city_of(code) == code for code in codes], bool)
        self._kept: dict[tuple[str, str], NDArray[Any]] = {}

    def levels(self, wish: PlaceWish, config: Config) -> NDArray[np.int8]:
        """The level on the ladder of each place for a wish: `eligibility.place_rung`."""
        covered, adjacent, within = self._covered(wish), self._adjacent(wish), self._within(wish)
        exact = self._remote | covered | (self._whole_city & within)
        if wish.mobility is not Mobility.OWN_DISTRICT:
            exact = exact | adjacent
        if wish.mobility in (Mobility.WHOLE_CITY, Mobility.OTHER_CITIES):
            exact = exact | within
        bent = [config.level(rung) for rung in (Rung.ADJACENT_DISTRICT, Rung.WHOLE_CITY, Rung.OTHER_CITY)]
        level = np.where(exact, 0, np.where(adjacent, bent[0], np.where(within, bent[1], bent[2])))
        if wish.fixed:
            level = np.where(level > 0, NEVER, level)
        return level.astype(np.int8)

    def consented(self, wish: PlaceWish) -> Mask:
        """Whether the person may be sent there: to another city only with consent."""
        return np.full(len(self._codes), True) if wish.consent else self._remote | self._within(wish)

    def nearness(self, wish: PlaceWish) -> NDArray[np.int16]:
        """How near each place is, 0..10000: `scoring.nearness`."""
        covered, within = self._covered(wish), self._within(wish)
        away = np.full(len(self._codes), UNMEASURED, np.int32)
        for code in (*wish.wanted, wish.origin):
            if code:
                away = np.minimum(away, self._row("metres", code))
        far = np.where(self._adjacent(wish), 7_000, np.where(within, 5_000, 500))
        near = np.where(away < UNMEASURED, np.maximum(2_000, 9_000 - away // 12), far)
        near = np.where(self._whole_city & within, 6_000, near)
        return np.where(self._remote, 8_000, np.where(covered, PART_SCALE, near)).astype(np.int16)

    def _covered(self, wish: PlaceWish) -> Mask:
        return self._any("covers", wish)

    def _adjacent(self, wish: PlaceWish) -> Mask:
        return self._any("adjacent", wish)

    def _within(self, wish: PlaceWish) -> Mask:
        """The places in the cities of a wish."""
        return np.isin(self._cities, [city for city in wish.cities if city])

    def _any(self, kind: str, wish: PlaceWish) -> Mask:
        found = np.zeros(len(self._codes), bool)
        for code in wish.wanted:
            found = found | self._row(kind, code)
        return found

    def _row(self, kind: str, code: str) -> NDArray[Any]:
        if (kind, code) not in self._kept:
            meant = _MEANINGS[kind](code)
            self._kept[kind, code] = np.array([meant(place) for place in self._codes])
        return self._kept[kind, code]


def _covers(code: str) -> Callable[[str], bool]:
    return lambda place: bool(place) and covers(code, place)


def _adjacent(code: str) -> Callable[[str], bool]:
    around = frozenset(neighbours(code))
    return lambda place: place in around


def _metres(code: str) -> Callable[[str], int]:
    def away(place: str) -> int:
        found = distance_m(code, place) if place else None
        return UNMEASURED if found is None else found

    return away


_MEANINGS: dict[str, Callable[[str], Callable[[str], Any]]] = {
    "covers": _covers, "adjacent": _adjacent, "metres": _metres,
}  # fmt: skip


@lru_cache(maxsize=16)
def places_of(codes: tuple[str, ...]) -> Places:
    """The places with these codes: versions of an index share them."""
    return Places(codes)
