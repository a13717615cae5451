"""What the engine knows of the people: wishes, limits and what they bring; never who they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.catalogue import catalogue
from matching.facts import KINDS, SHIFTS, UNKNOWN, tie_key
from matching.wording import asked
from models.certificates import held_by
from models.districts import city_of, current, districts
from models.enums import MARKET_KINDS, EmploymentKind, FixedWish, Mobility, SeekerState, ServingClass, Shift
from models.seeker import in_hardship, serving_class


@dataclass(frozen=True, slots=True)
class PlaceWish:
    """Where a person wants to work: equal wishes are judged once."""

    wanted: frozenset[str]  # district codes at any level
    origin: str | None  # the county that distance is measured from
    mobility: Mobility
    consent: bool  # to other cities
    fixed: bool

    @property
    def cities(self) -> frozenset[str]:
        """The cities that the wanted districts lie in."""
        return frozenset(city for code in self.wanted for city in _cities(code))


@dataclass(frozen=True, slots=True)
class Profile:
    """One person as the engine sees it."""

    id: int
    revision: int
    tie: int
    wishes: tuple[str, ...]  # intentions; empty when nothing readable was said
    skills: tuple[str, ...]  # names; those of certificates where nothing else was said
    occupations: tuple[str, ...]
    place: PlaceWish
    kinds: frozenset[EmploymentKind]
    pay_floor: int  # yuan a month, 0 for none
    shift_limits: frozenset[Shift]
    certificates: frozenset[str]
    education: int  # match level, UNKNOWN when not said
    experience: int  # tenths of a year, UNKNOWN when not said
    minor: bool
    registered: bool
    serving: ServingClass
    fixed: frozenset[FixedWish]
    readable: bool  # whether there is a wish or skill to match by; others get nearest and newest

    @property
    def said(self) -> tuple[str | tuple[str, ...], ...]:
        """The wishes; the skills, as one, of who named no wish."""
        return self.wishes or ((self.skills,) if self.skills else ())


@dataclass(frozen=True, slots=True)
class Seekers:
    """A batch of people, one value a person in every array."""

    profiles: tuple[Profile, ...]
    tie: NDArray[np.uint64]
    pay_floor: NDArray[np.int64]
    education: NDArray[np.int64]
    experience: NDArray[np.int64]
    minor: NDArray[np.bool_]
    registered: NDArray[np.bool_]
    hardship: NDArray[np.bool_]
    readable: NDArray[np.bool_]
    skilled: NDArray[np.bool_]
    kinds: NDArray[np.bool_]  # people x KINDS
    shift_limits: NDArray[np.bool_]  # people x SHIFTS
    fixed_pay: NDArray[np.bool_]
    fixed_kind: NDArray[np.bool_]
    fixed_occupation: NDArray[np.bool_]

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> Seekers:
        """The batch of these people, in this order."""
        return cls(
            profiles=tuple(profiles),
            tie=np.array([p.tie for p in profiles], np.uint64),
            pay_floor=np.array([p.pay_floor for p in profiles], np.int64),
            education=np.array([p.education for p in profiles], np.int64),
            experience=np.array([p.experience for p in profiles], np.int64),
            minor=np.array([p.minor for p in profiles], bool),
            registered=np.array([p.registered for p in profiles], bool),
            hardship=np.array([p.serving is ServingClass.HARDSHIP for p in profiles], bool),
            readable=np.array([p.readable for p in profiles], bool),
            skilled=np.array([bool(p.skills) for p in profiles], bool),
            kinds=np.array([[kind in p.kinds for kind in KINDS] for p in profiles], bool).reshape(-1, len(KINDS)),
            shift_limits=np.array([[shift in p.shift_limits for shift in SHIFTS] for p in profiles], bool).reshape(
                -1, len(SHIFTS)
            ),
            fixed_pay=np.array([FixedWish.PAY in p.fixed for p in profiles], bool),
            fixed_kind=np.array([FixedWish.KIND in p.fixed for p in profiles], bool),
            fixed_occupation=np.array([FixedWish.OCCUPATION in p.fixed for p in profiles], bool),
        )

    def __len__(self) -> int:
        return len(self.profiles)


def profiles(rows: Iterable[Any], on: date, home_city: str) -> list[Profile]:
    """People as the engine sees them on a day, from rows with the columns of `models.seeker.JobSeeker`.

    JSON columns may come as their text: what equal texts hold is then read once.
    """
    reader = _Reader(on, home_city)
    return [reader.profile(row) for row in rows]


class _Reader:
    """Reads people; what equal texts hold is read once."""

    def __init__(self, on: date, home_city: str) -> None:
        self._on, self._home = on, home_city
        self._places: dict[Any, PlaceWish] = {}
        self._wishes, self._occupations, self._skills = _Known(_wishes), _Known(_occupations), _Known(_skills)
        self._kinds, self._shifts, self._fixed = (
            _Known(_members(EmploymentKind)), _Known(_members(Shift)), _Known(_members(FixedWish))
        )  # fmt: skip
        self._certificates, self._held = _Known(tuple), _Known(held_by)
        self._hardship = _Known(lambda labels: in_hardship(labels, on))
        self._districts = _Known(lambda codes: frozenset(map(current, codes)))

    def profile(self, row: Any) -> Profile:
        """One person."""
        personal = row.consent_personalised  # who declines gets the neutral list: nearest and newest
        fixed = self._fixed.of(row.fixed)
        wishes = self._wishes.of(row.intentions) if personal else ()
        skills = self._skills.of(row.skills) if personal else ()
        occupations = self._occupations.of(row.intentions) if personal else ()
        readable = bool(wishes or skills or occupations)
        return Profile(
            id=row.id,
            revision=row.revision,
            tie=tie_key(row.source, row.external_id),
            wishes=wishes,
            skills=skills if readable or not personal else self._certificates.of(row.certificates),
            occupations=occupations,
            place=self._place(row, FixedWish.PLACE in fixed),
            kinds=self._kinds.of(row.kinds) or _MARKET,
            pay_floor=row.pay_floor or 0,
            shift_limits=self._shifts.of(row.shift_limits),
            certificates=self._held.of(row.certificates),
            education=UNKNOWN if row.education is None else row.education,
            experience=UNKNOWN if row.experience is None else round(row.experience * 10),
            minor=row.adult_on is not None and self._on < row.adult_on,
            registered=row.state == SeekerState.REGISTERED,
            serving=serving_class(self._hardship.of(row.labels), row.unemployed_since, self._on),
            fixed=fixed,
            readable=readable,
        )

    def _place(self, row: Any, fixed: bool) -> PlaceWish:
        key = (self._districts.of(row.districts), row.district, row.mobility, bool(row.consent_other_city), fixed)
        if key not in self._places:
            self._places[key] = _place_wish(*key, self._home)
        return self._places[key]


class _Known(dict[str, Any]):
    """What JSON texts hold, as a function reads it."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        found = self[text] = self._read(json.loads(text))
        return found

    def of(self, value: Any) -> Any:
        """What a text holds, or the same of a value that is no text any more."""
        return self[value] if isinstance(value, str) else self._read(value)


_MARKET = frozenset(MARKET_KINDS)


def _members(kind: type[StrEnum]) -> Callable[[Iterable[str]], frozenset[Any]]:
    return lambda names: frozenset(kind(name) for name in names)


def _wishes(intentions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What is asked for, each once, without the words around it; then the plain names of what was said in speech."""
    said = list(filter(None, dict.fromkeys(asked(wish["text"]) for wish in intentions)))
    return tuple(dict.fromkeys(said + [name for wish in said for name in catalogue().called(wish)]))


def _occupations(intentions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(wish["occupation"] for wish in intentions if wish.get("occupation"))


def _skills(skills: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(skill["name"] for skill in skills if skill["name"])


def _place_wish(
    wanted: frozenset[str], district: str | None, mobility: str, consent: bool, fixed: bool, home_city: str
) -> PlaceWish:  # fmt: skip
    """Wanted districts; else the city of registration; else the home city: missing is unknown, not a refusal."""
    residence = current(district) if district else None
    if not wanted:
        wanted = frozenset({(residence and city_of(residence)) or home_city})
    counties = sorted(code for code in wanted if city_of(code) not in (code, None))
    origin = residence or (counties[0] if counties else None)
    return PlaceWish(wanted, origin, Mobility(mobility), consent, fixed)


def _cities(code: str) -> Iterable[str]:
    city = city_of(code)
    if city:
        return (city,)
    return tuple(d.city for d in districts().values() if d.province == code and d.city and d.successor is None)
