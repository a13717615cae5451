"""Some people as the kernel takes them: what they ask for, each different thing once, and numbers for the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import NEVER, Config
from matching.eligibility import GIG, REGULAR, SAME, STRANGER, WELFARE, kinship
from matching.facts import KINDS, SHIFTS, UNKNOWN
from matching.index import Index
from matching.kernel import CODE_SAME, CODE_SIBLING, TRADE_NEAR, TRADE_SAME, Asked, People, Rows, Tables
from matching.meaning import DIMENSIONS
from matching.places import places_of
from matching.seekers import PlaceWish, Profile
from matching.wishes import Wish, read_wishes
from models.certificates import is_obtainable
from models.enums import EmploymentKind, FixedWish, Rung, ServingClass, Shift
from models.occupations import group

WELFARE_RUNG = Rung.PUBLIC_WELFARE
_KindWish = tuple[frozenset[EmploymentKind], bool, bool]  # kinds, whether fixed, whether a hardship label is held


@dataclass(frozen=True, slots=True)
class Crowd:
    """People in the order of the kernel: those who ask for the same side by side. `order` has their numbers."""

    order: NDArray[np.int64]
    asked: Asked
    people: People
    tables: Tables

    @classmethod
    def of(cls, profiles: Sequence[Profile], index: Index, config: Config) -> Crowd:
        """These people, against this index."""
        queries, skills, places, licences, kinds = (_Distinct() for _ in range(5))
        query = _array(np.int32, (queries[p.said, p.occupations, p.readable] for p in profiles))
        order = np.argsort(query, kind="stable")
        ordered = [profiles[number] for number in order]
        numbers = {
            "skills": _array(np.int32, (skills[p.skills] if p.skills else UNKNOWN for p in ordered)),
            "place": _array(np.int32, (places[p.place] for p in ordered)),
            "licences": _array(np.int32, (licences[p.certificates] for p in ordered)),
            "kinds": _array(
                np.int32,
                (kinds[p.kinds, FixedWish.KIND in p.fixed, p.serving is ServingClass.HARDSHIP] for p in ordered),
            ),
        }
        people = People(
            query_at=np.append(0, np.cumsum(np.bincount(query, minlength=len(queries)))).astype(np.int64),
            query=query[order],
            **numbers,
            pay_floor=_array(np.int32, (p.pay_floor for p in ordered)),
            education=_array(np.int8, (p.education for p in ordered)),
            experience=_array(np.int16, (p.experience for p in ordered)),
            minor=_array(np.bool_, (p.minor for p in ordered)),
            registered=_array(np.bool_, (p.registered for p in ordered)),
            shifts=_array(np.uint8, (_refused(p.shift_limits) for p in ordered)),
            fixed_pay=_array(np.bool_, (FixedWish.PAY in p.fixed for p in ordered)),
            fixed_occupation=_array(np.bool_, (FixedWish.OCCUPATION in p.fixed for p in ordered)),
            tie=_array(np.uint64, (p.tie for p in ordered)),
        )
        tables = _tables(list(places), list(licences), list(kinds), index, config)
        return cls(order, _asked(list(queries), list(skills), index, config), people, tables)

    def __len__(self) -> int:
        return len(self.order)


class _Distinct(dict[Any, int]):
    """Distinct values, each numbered when first met."""

    def __missing__(self, value: Hashable) -> int:
        self[value] = len(self)
        return self[value]


def _array(dtype: Any, values: Iterable[Any]) -> NDArray[Any]:
    return np.array(list(values), dtype)


def _refused(shifts: frozenset[Shift]) -> int:
    return sum(1 << SHIFTS.index(shift) for shift in shifts) | (128 if Shift.NIGHT in shifts else 0)


def _tables(
    wishes: Sequence[PlaceWish], held: Sequence[frozenset[str]], wanted: Sequence[_KindWish], index: Index,
    config: Config,
) -> Tables:  # fmt: skip
    known, width = places_of(index.places), len(index.places)
    level = _rows([known.levels(wish, config) for wish in wishes], width, np.int8)
    consent = _rows([known.consented(wish) for wish in wishes], width, np.bool_)
    kinds = _rows([_kind_levels(*wish, config) for wish in wanted], len(KINDS), np.int8)
    barred = np.array([not hardship or WELFARE_RUNG not in config.ladder for _, _, hardship in wanted], bool)
    welfare = (np.arange(len(KINDS)) == WELFARE) & barred[:, None]
    return Tables(
        place=np.where(consent, level, NEVER).astype(np.int8),
        place_bars=((level == NEVER) | ~consent << 1).astype(np.uint8),
        distance=_rows([known.nearness(wish) for wish in wishes], width, np.int16),
        licence=_rows([_licence_levels(names, index) for names in held], len(index.licences), np.int8),
        kind=np.where(welfare, NEVER, kinds).astype(np.int8),
        kind_bars=((kinds == NEVER) | welfare << 1).astype(np.uint8),
    )


def _rows(rows: Sequence[Any], width: int, dtype: Any) -> NDArray[Any]:
    return np.array(rows, dtype).reshape(-1, width)


def _kind_levels(kinds: frozenset[EmploymentKind], fixed: bool, _hardship: bool, config: Config) -> list[int]:
    """The level of each kind. Gigs for regular seekers and the reverse; public welfare is nobody's market."""
    levels = [0 if kind in kinds else NEVER for kind in KINDS]
    for wanted, instead in ((REGULAR, GIG), (GIG, REGULAR)):
        if KINDS[wanted] in kinds:
            levels[instead] = min(levels[instead], config.level(Rung.OTHER_KIND))
    levels[WELFARE] = config.level(WELFARE_RUNG)
    if fixed:
        levels = [NEVER if level and kind not in kinds else level for kind, level in zip(KINDS, levels, strict=True)]
    return levels


def _licence_levels(held: frozenset[str], index: Index) -> list[int]:
    """0 where every certificate of a set is held or to be had within days."""
    return [0 if all(name in held or is_obtainable(name) for name in needed) else NEVER for needed in index.licences]


def _asked(
    queries: Sequence[tuple[tuple[Any, ...], tuple[str, ...], bool]], skills: Sequence[tuple[str, ...]], index: Index,
    config: Config,
) -> Asked:  # fmt: skip
    texts = list(dict.fromkeys(text for said, _, _ in queries for text in said))
    read = read_wishes(index, texts, config)
    number = {text: place for place, text in enumerate(texts)}
    wanted = [[number[text] for text in said] for said, _, _ in queries]
    kin = _Kin(index)
    akin = [kin.of([read[n] for n in own], codes) for own, (_, codes, _) in zip(wanted, queries, strict=True)]
    sure = [wish.trade != UNKNOWN for wish in read]
    return Asked(
        wish_at=_starts(wanted),
        wish=_array(np.int32, (n for own in wanted for n in own)),
        terms=_terms([wish.row for wish in read]),
        vector=np.array([wish.vector for wish in read], np.int8).reshape(-1, DIMENSIONS),
        level=_array(np.int32, (wish.levels for wish in read)),
        kin_at=_starts(akin),
        kin=_array(np.int32, (column for group in akin for column in group)),
        mark=_array(np.uint8, (mark for group in akin for mark in group.values())),
        names_trade=_array(np.bool_, (any(sure[n] for n in own) for own in wanted)),
        readable=_array(np.bool_, (readable for _, _, readable in queries)),
        skills=_terms([wish.row for wish in read_wishes(index, skills, config)]),
    )


def _terms(rows: Sequence[Mapping[int, int]]) -> Rows:
    return Rows(
        at=_starts(rows),
        term=_array(np.int32, (term for row in rows for term in row)),
        weight=_array(np.int32, (weight for row in rows for weight in row.values())),
    )


def _starts(groups: Sequence[Any]) -> NDArray[np.int64]:
    return np.cumsum([0, *map(len, groups)], dtype=np.int64)


class _Kin:
    """The columns of the trades and occupations that are akin to what is wanted."""

    def __init__(self, index: Index) -> None:
        self._catalogue = index.senses.catalogue
        self._trades, self._occupations = index.kin_columns
        self._codes = {code: number for number, code in enumerate(index.occupations) if code}
        self._groups: dict[str, list[str]] = {}
        for code in self._codes:
            self._groups.setdefault(group(code), []).append(code)

    def of(self, wishes: Sequence[Wish], codes: Sequence[str]) -> dict[int, int]:
        """The mark of each akin column."""
        marks: dict[int, int] = {}
        wanted = [wish.trade for wish in wishes if wish.trade != UNKNOWN]
        for trade in wanted:
            for near in self._catalogue.near_to(trade):
                marks[self._trades + int(near)] = TRADE_NEAR
        marks |= {self._trades + trade: TRADE_SAME for trade in wanted}
        siblings = {code for own in codes for code in self._groups.get(group(own), ())}
        for code in siblings | (set(codes) & self._codes.keys()):
            kin = kinship(codes, code)
            if kin != STRANGER:
                marks[self._occupations + self._codes[code]] = CODE_SAME if kin == SAME else CODE_SIBLING
        return marks
