"""May this person be shown this vacancy, and at which rung: the limits, as levels on the ladder.

Every limit answers one small integer a pair: 0 where the wish holds or is unknown, the place of the rung
that bends it, or NEVER. The level of a pair is the highest level of any limit, since rungs are cumulative.
Index arrays `i` (people) and `j` (vacancy rows) broadcast: a column against a row gives the whole matrix,
two equal lists give those pairs. One expression serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import NEVER, Config
from matching.facts import KINDS, SHIFTS, UNKNOWN
from matching.index import Index
from matching.seekers import PlaceWish, Seekers
from matching.wishes import read_wishes
from models.certificates import is_obtainable
from models.coded import Coded
from models.districts import city_of, covers, neighbours
from models.enums import Constraint, EmploymentKind, FixedWish, Mobility, Rung, ServingClass, Shift
from models.occupations import group
from models.times import local_date

Levels = NDArray[np.int8]
Rows = NDArray[np.int64]

NIGHT = SHIFTS.index(Shift.NIGHT)


@dataclass(frozen=True)
class Limits:
    """The limits between some people and an index at one moment. Tables over distinct values are made once."""

    seekers: Seekers
    index: Index
    config: Config
    now: datetime

    def levels(self, i: Rows, j: Rows, evidence: NDArray[np.int64]) -> Mapping[Constraint, Levels]:
        """The level of every limit for pairs with this text evidence (0..10000)."""
        s, x = self.seekers, self.index.facts
        place = x.place[j]
        day = local_date(self.now).toordinal()
        return {
            Constraint.OCCUPATION: self._occupation(i, j, evidence),
            Constraint.PLACE: self._place_table[i, place],
            Constraint.CONSENT: self._consent_table[i, place],
            Constraint.PAY: self._pay(i, j),
            Constraint.KIND: self._kind_table[i, x.kind[j]],
            Constraint.WELFARE: _barred((x.kind[j] == WELFARE) & ~self._may_have_welfare[i]),
            Constraint.SHIFT: _barred(self._unwanted_shift(i, j)),
            Constraint.CERTIFICATE: self._licence_table[i, x.licences[j]],
            Constraint.EDUCATION: _barred(
                (s.education[i] != UNKNOWN) & (x.education[j] != UNKNOWN) & (s.education[i] < x.education[j])
            ),
            Constraint.MINOR: _barred(s.minor[i] & x.minor_barred[j]),
            Constraint.RELEASE: _barred(~s.registered[i] & (x.release[j] > self.now.timestamp())),
            Constraint.OPEN: _barred((x.valid_from[j] > day) | (x.valid_to[j] < day)),
        }

    def _occupation(self, i: Rows, j: Rows, evidence: NDArray[np.int64]) -> Levels:
        """Same trade or code, or evidence at the floor: 0. A near one, or half the floor: the related rung."""
        related, floor = self.config.level(Rung.RELATED_OCCUPATION), self.config.floor
        kinship = self._kinship_table[i, self.index.facts.occupation[j]]
        trade = self.kin(i, j)
        # Codes are broad (cooks and kitchen hands share one): trades that surely differ are siblings at most.
        sure = self._names_trade[i] & (self.index.facts.trade[j] != UNKNOWN)
        kinship = np.maximum(np.where(sure & (trade != SAME), np.minimum(kinship, SIBLING), kinship), trade)
        # Letters that a surely different trade happens to share must say more before they make it the same work.
        enough = np.where(sure & (trade == STRANGER), 3, 2) * floor
        exact = (evidence * 2 >= enough) | (kinship == SAME) | ~self.seekers.readable[i]
        near = (evidence * 2 >= floor) | (kinship == SIBLING)
        level = np.where(exact, 0, np.where(near, related, NEVER))
        return self._unless_fixed(level, self.seekers.fixes(FixedWish.OCCUPATION)[i])

    def kin(self, i: Rows, j: Rows) -> Levels:
        """How the trade of a vacancy is akin to those that a person surely wants."""
        return np.asarray(self._trade_table[i, self.index.facts.trade[j]])

    def _pay(self, i: Rows, j: Rows) -> Levels:
        """The most that is paid against the floor, both in yuan a month; an unknown one passes."""
        top, floor = self.index.facts.pay_max[j].astype(np.int64), self.seekers.pay_floor[i]
        lowered = top * 100 >= floor * self.config.pay_percent
        level = np.where(
            (top == UNKNOWN) | (top >= floor),
            0,
            np.where(lowered, self.config.level(Rung.PAY_MINUS_10), NEVER),
        )
        return self._unless_fixed(level, self.seekers.fixes(FixedWish.PAY)[i])

    def _unwanted_shift(self, i: Rows, j: Rows) -> NDArray[np.bool_]:
        shift, night = self.index.facts.shift[j], self.index.facts.night[j]
        refused = self._refused[i, shift] & (shift != UNKNOWN)
        unwanted: NDArray[np.bool_] = refused | (self._refused[i, NIGHT] & (night == 1))
        return unwanted

    def _unless_fixed(self, level: NDArray[Any], fixed: NDArray[np.bool_]) -> Levels:
        return np.where(fixed & (level > 0), NEVER, level).astype(np.int8)

    @cached_property
    def _kind_table(self) -> Levels:
        """People x kinds. Gigs for regular seekers and the reverse; public welfare is nobody's market."""
        other, last = self.config.level(Rung.OTHER_KIND), self.config.level(Rung.PUBLIC_WELFARE)
        wished = self._wished(self.seekers.kinds, KINDS)
        table = np.where(wished, 0, NEVER)
        for wanted, instead in ((REGULAR, GIG), (GIG, REGULAR)):
            table[:, instead] = np.where(wished[:, wanted], np.minimum(table[:, instead], other), table[:, instead])
        table[:, WELFARE] = last
        return self._unless_fixed(table, self.seekers.fixes(FixedWish.KIND)[:, None] & ~wished)

    @cached_property
    def _place_table(self) -> Levels:
        """People x places: how far the place is from the wanted ones."""
        return self._table(self.seekers.place, self.index.places, self._place_level)

    @cached_property
    def _consent_table(self) -> Levels:
        """People x places: another city is barred to who did not consent to other cities."""
        return self._table(
            self.seekers.place.mapped(lambda wish: (wish.cities, wish.consent)),
            self.index.places,
            lambda key, place: 0 if key[1] or not place or city_of(place) in key[0] else NEVER,
        )

    @cached_property
    def _licence_table(self) -> Levels:
        """People x sets of required certificates: held, or to be had within days."""
        return self._table(
            self.seekers.certificates,
            self.index.licences,
            lambda held, needed: 0 if all(name in held or is_obtainable(name) for name in needed) else NEVER,
        )

    @cached_property
    def _kinship_table(self) -> Levels:
        """People x occupation codes: same, sibling, or neither."""
        return self._table(self.seekers.occupations, self.index.occupations, kinship)

    @cached_property
    def _trade_table(self) -> Levels:
        """People x trades: wanted by the person, near to a wanted one, or neither; the last column is no trade."""
        catalogue = self.index.senses.catalogue
        table = np.full((len(self.seekers), len(catalogue) + 1), STRANGER, np.int8)
        for person, profile in enumerate(self.seekers):
            read = read_wishes(self.index, profile.said, self.config)
            wanted = [wish.trade for wish in read if wish.trade != UNKNOWN]
            for trade in wanted:
                table[person, catalogue.near_to(trade)] = SIBLING
            table[person, wanted] = SAME
        return table

    @cached_property
    def _may_have_welfare(self) -> NDArray[np.bool_]:
        """Who holds a hardship label; nobody where the ladder has no such rung: the label then changes nothing."""
        hardship = self.seekers.serving.each(lambda serving: serving is ServingClass.HARDSHIP, bool)
        return hardship & (self.config.level(Rung.PUBLIC_WELFARE) < NEVER)

    @cached_property
    def _names_trade(self) -> NDArray[np.bool_]:
        """Whether the person surely wants some trade of the catalogue."""
        return np.asarray((self._trade_table == SAME).any(axis=1))

    def _place_level(self, wish: PlaceWish, place: str) -> int:
        level = self.config.level(place_rung(wish, place))
        return NEVER if wish.fixed and level > 0 else level

    @cached_property
    def _refused(self) -> NDArray[np.bool_]:
        """People x shifts."""
        return self._wished(self.seekers.shift_limits, SHIFTS)

    def _wished(self, wishes: Coded[Any], values: Sequence[Any]) -> NDArray[np.bool_]:
        """People x values: whether it is among a person's."""
        return wishes.each(lambda own: [value in own for value in values], bool).reshape(-1, len(values))

    def _table(self, wishes: Coded[Any], values: Sequence[Any], level: Callable[[Any, Any], int]) -> Levels:
        """A level for each person and value, worked out once for each wish."""
        return wishes.each(lambda wish: [level(wish, value) for value in values], np.int8).reshape(-1, len(values))


REGULAR, GIG, WELFARE = (
    KINDS.index(kind) for kind in (EmploymentKind.REGULAR, EmploymentKind.GIG, EmploymentKind.PUBLIC_WELFARE)
)
STRANGER, SIBLING, SAME = 0, 1, 2
LIMITS = (
    Constraint.OCCUPATION, Constraint.PLACE, Constraint.CONSENT, Constraint.PAY, Constraint.KIND, Constraint.WELFARE,
    Constraint.SHIFT, Constraint.CERTIFICATE, Constraint.EDUCATION, Constraint.MINOR, Constraint.RELEASE,
    Constraint.OPEN,
)  # fmt: skip


def admission(levels: Mapping[Constraint, Levels]) -> Levels:
    """The level of each pair: the highest of any limit; NEVER where one bars it."""
    return reduce(np.maximum, levels.values())


def kinship(mine: Sequence[str], code: str) -> int:
    """Whether an occupation code is among mine, a sibling of one (same 小类), or neither."""
    if not code:
        return STRANGER
    if code in mine:
        return SAME
    return SIBLING if any(group(own) == group(code) for own in mine) else STRANGER


def place_rung(wish: PlaceWish, place: str) -> Rung:
    """The first rung on which a place meets a wish. A city without its county may be any county of it."""
    if not place or any(covers(code, place) for code in wish.wanted):
        return Rung.EXACT
    city = city_of(place)
    if place == city and city in wish.cities:
        return Rung.EXACT
    adjacent = any(place in neighbours(code) for code in wish.wanted)
    within_city = city in wish.cities
    if (adjacent and wish.mobility is not Mobility.OWN_DISTRICT) or (
        within_city and wish.mobility in (Mobility.WHOLE_CITY, Mobility.OTHER_CITIES)
    ):
        return Rung.EXACT
    if adjacent:
        return Rung.ADJACENT_DISTRICT
    return Rung.WHOLE_CITY if within_city else Rung.OTHER_CITY


def _barred(where: NDArray[np.bool_]) -> Levels:
    return np.where(where, NEVER, 0).astype(np.int8)
