"""Some people as the kernel takes them: what they ask for, each different thing once, and numbers for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.catalogue import Catalogue
from matching.config import NEVER, Config
from matching.eligibility import GIG, REGULAR, SAME, STRANGER, WELFARE, kinship
from matching.facts import KINDS, SHIFTS, UNKNOWN
from matching.index import Index
from matching.meaning import DIMENSIONS
from matching.places import places_of
from matching.records import CODE_SAME, CODE_SIBLING, TRADE_NEAR, TRADE_SAME, Asked, People, Rows, Tables
from matching.seekers import PlaceWish, Seekers
from matching.wishes import Wish, read_wishes
from models.certificates import is_obtainable
from models.coded import Coded
from models.enums import EmploymentKind, FixedWish, Rung, ServingClass, Shift
from models.occupations import group

MOST_WANTED = 65_536  # sets of occupation codes whose kin is kept
WELFARE_RUNG = Rung.PUBLIC_WELFARE
_KindWish = tuple[frozenset[EmploymentKind], bool, bool]  # kinds, whether fixed, whether a hardship label is held
_Query = tuple[tuple[Any, ...], tuple[str, ...], bool]  # what is said, codes of occupations, whether it can be read


@dataclass(frozen=True, slots=True)
class Crowd:
    """People in the order of the kernel: those who ask for the same side by side. `order` has their numbers."""

    order: NDArray[np.int64]
    asked: Asked
    people: People
    tables: Tables

    @classmethod
    def of(cls, seekers: Seekers, index: Index, config: Config) -> Crowd:
        """These people, against this index."""
        queries, kinds = _queries(seekers), _kind_wishes(seekers)
        order = np.argsort(queries.code, kind="stable")
        skills = [names for names in seekers.skills.values if names]
        number = {names: place for place, names in enumerate(skills)}
        people = People(
            query_at=np.append(0, np.cumsum(np.bincount(queries.code, minlength=len(queries.values)))),
            query=queries.code[order],
            skills=seekers.skills.each(lambda names: number.get(names, UNKNOWN), np.int32)[order],
            place=seekers.place.code[order],
            licences=seekers.certificates.code[order],
            kinds=kinds.code[order],
            pay_floor=seekers.pay_floor[order].astype(np.int32),
            education=seekers.education[order].astype(np.int8),
            experience=seekers.experience[order].astype(np.int16),
            minor=seekers.minor[order],
            registered=seekers.registered[order],
            shifts=seekers.shift_limits.each(_refused, np.uint8)[order],
            fixed_pay=seekers.fixes(FixedWish.PAY)[order],
            fixed_occupation=seekers.fixes(FixedWish.OCCUPATION)[order],
            tie=seekers.tie[order],
        )
        tables = _tables(seekers.place.values, seekers.certificates.values, kinds.values, index, config)
        return cls(order, _asked(queries.values, skills, index, config), people, tables)

    def __len__(self) -> int:
        return len(self.order)


def _queries(seekers: Seekers) -> Coded[_Query]:
    """What each asks for by: the wishes, or the skills of who named none; codes; whether anything can be read."""
    wished = Coded.of(seekers.wishes.each(bool, bool).tolist())
    instead = Coded.combined(lambda wished, skills: () if wished or not skills else (skills,), wished, seekers.skills)
    return Coded.combined(
        lambda wishes, skills, codes, readable: (wishes or skills, codes, readable),
        seekers.wishes, instead, seekers.occupations, Coded.of(seekers.readable.tolist()),
    )  # fmt: skip


def _kind_wishes(seekers: Seekers) -> Coded[_KindWish]:
    return Coded.combined(
        lambda kinds, fixed, serving: (kinds, FixedWish.KIND in fixed, serving is ServingClass.HARDSHIP),
        seekers.kinds, seekers.fixed, seekers.serving,
    )  # fmt: skip


def _array(dtype: Any, values: Iterable[Any]) -> NDArray[Any]:
    return np.array(list(values), dtype)


def _refused(shifts: frozenset[Shift]) -> int:
    return sum(1 << SHIFTS.index(shift) for shift in shifts) | (128 if Shift.NIGHT in shifts else 0)


def _tables(
    wishes: Sequence[PlaceWish], held: Sequence[frozenset[str]], wanted: Sequence[_KindWish], index: Index,
    config: Config,
) -> Tables:  # fmt: skip
    lies = places_of(index.places).lie(wishes, config)
    kinds = _rows([_kind_levels(*wish, config) for wish in wanted], len(KINDS), np.int8)
    barred = np.array([not hardship or WELFARE_RUNG not in config.ladder for _, _, hardship in wanted], bool)
    welfare = (np.arange(len(KINDS)) == WELFARE) & barred[:, None]
    return Tables(
        place=np.where(lies.consented, lies.level, NEVER).astype(np.int8),
        place_bars=((lies.level == NEVER) | ~lies.consented << 1).astype(np.uint8),
        distance=lies.nearness,
        licence=_rows([_licence_levels(names, index.licences) for names in held], len(index.licences), np.int8),
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


@lru_cache(maxsize=4_096)
def _licence_levels(held: frozenset[str], licences: tuple[tuple[str, ...], ...]) -> tuple[int, ...]:
    """0 where every certificate of a set is held or to be had within days."""
    return tuple(0 if all(name in held or is_obtainable(name) for name in needed) else NEVER for needed in licences)


def _asked(queries: Sequence[_Query], skills: Sequence[tuple[str, ...]], index: Index, config: Config) -> Asked:
    texts = list(dict.fromkeys(text for said, _, _ in queries for text in said))
    read = read_wishes(index, texts, config)
    number = {text: place for place, text in enumerate(texts)}
    wanted = [[number[text] for text in said] for said, _, _ in queries]
    kin = _kin_of(index.senses.catalogue, index.occupations, index.kin_columns)
    akin = [kin.of([read[n] for n in own], codes) for own, (_, codes, _) in zip(wanted, queries, strict=True)]
    sure = [wish.trade != UNKNOWN for wish in read]
    return Asked(
        wish_at=_starts(wanted),
        wish=_array(np.int32, chain.from_iterable(wanted)),
        terms=_terms([wish.row for wish in read]),
        vector=np.array([wish.vector for wish in read], np.int8).reshape(-1, DIMENSIONS),
        level=_array(np.int32, (wish.levels for wish in read)),
        kin_at=_starts(akin),
        kin=_array(np.int32, chain.from_iterable(akin)),
        mark=_array(np.uint8, chain.from_iterable(marks.values() for marks in akin)),
        names_trade=_array(np.bool_, (any(sure[n] for n in own) for own in wanted)),
        readable=_array(np.bool_, (readable for _, _, readable in queries)),
        skills=_terms([wish.row for wish in read_wishes(index, skills, config)]),
    )


def _terms(rows: Sequence[Mapping[int, int]]) -> Rows:
    return Rows(
        at=_starts(rows),
        term=_array(np.int32, chain.from_iterable(rows)),
        weight=_array(np.int32, chain.from_iterable(row.values() for row in rows)),
    )


def _starts(groups: Sequence[Any]) -> NDArray[np.int64]:
    return np.array([0, *accumulate(map(len, groups))], np.int64)


class _Kin:
    """The columns of the trades and occupations that are akin to what is wanted. Equal wants are looked up once."""

    def __init__(self, catalogue: Catalogue, occupations: tuple[str, ...], columns: tuple[int, int]) -> None:
        self._catalogue = catalogue
        self._trades, self._occupations = columns
        self._codes = {code: number for number, code in enumerate(occupations) if code}
        self._groups: dict[str, list[str]] = {}
        for code in self._codes:
            self._groups.setdefault(group(code), []).append(code)
        self._near = lru_cache(len(catalogue))(self._near_to)
        self._akin = lru_cache(MOST_WANTED)(self._akin_to)

    def of(self, wishes: Sequence[Wish], codes: tuple[str, ...]) -> dict[int, int]:
        """The mark of each akin column."""
        wanted = [wish.trade for wish in wishes if wish.trade != UNKNOWN]
        marks: dict[int, int] = {}
        for trade in wanted:
            marks |= self._near(trade)
        return marks | {self._trades + trade: TRADE_SAME for trade in wanted} | self._akin(codes)

    def _near_to(self, trade: int) -> dict[int, int]:
        return dict.fromkeys((self._trades + near for near in self._catalogue.near_to(trade)), TRADE_NEAR)

    def _akin_to(self, codes: tuple[str, ...]) -> dict[int, int]:
        siblings = {code for own in codes for code in self._groups.get(group(own), ())}
        kin = {code: kinship(codes, code) for code in siblings | (set(codes) & self._codes.keys())}
        return {
            self._occupations + self._codes[code]: CODE_SAME if found == SAME else CODE_SIBLING
            for code, found in kin.items()
            if found != STRANGER
        }


@lru_cache(maxsize=4)
def _kin_of(catalogue: Catalogue, occupations: tuple[str, ...], columns: tuple[int, int]) -> _Kin:
    """What is akin in an index: versions of it share what they have been asked."""
    return _Kin(catalogue, occupations, columns)
