"""What the engine knows of the people: wishes, limits and what they bring; never who they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.catalogue import catalogue
from matching.index import KINDS, SHIFTS, UNKNOWN, tie_key
from matching.wording import asked
from models.certificates import held_by
from models.districts import city_of, current, districts
from models.enums import MARKET_KINDS, EmploymentKind, FixedWish, Mobility, SeekerState, ServingClass, Shift
from models.seeker import serving_class


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
    """People as the engine sees them on a day, from rows with the columns of `models.seeker.JobSeeker`."""
    return [_profile(row, on, home_city) for row in rows]


def _profile(row: Any, on: date, home_city: str) -> Profile:
    personal = row.consent_personalised  # who declines gets the neutral list: nearest and newest
    fixed = frozenset(FixedWish(name) for name in row.fixed)
    wishes = _wishes(row) if personal else ()
    skills = tuple(skill["name"] for skill in row.skills if skill["name"]) if personal else ()
    occupations = tuple(w["occupation"] for w in row.intentions if w.get("occupation")) if personal else ()
    readable = bool(wishes or skills or occupations)
    return Profile(
        id=row.id,
        revision=row.revision,
        tie=tie_key(row.source, row.external_id),
        wishes=wishes,
        skills=skills if readable or not personal else tuple(row.certificates),
        occupations=occupations,
        place=_place_wish(row, home_city, FixedWish.PLACE in fixed),
        kinds=frozenset(EmploymentKind(kind) for kind in row.kinds) or frozenset(MARKET_KINDS),
        pay_floor=row.pay_floor or 0,
        shift_limits=frozenset(Shift(shift) for shift in row.shift_limits),
        certificates=held_by(row.certificates),
        education=UNKNOWN if row.education is None else row.education,
        experience=UNKNOWN if row.experience is None else round(row.experience * 10),
        minor=row.adult_on is not None and on < row.adult_on,
        registered=row.state == SeekerState.REGISTERED,
        serving=serving_class(row.labels, row.unemployed_since, on),
        fixed=fixed,
        readable=readable,
    )


def _wishes(row: Any) -> tuple[str, ...]:
    """What is asked for, each once, without the words around it; then the plain names of what was said in speech."""
    said = list(filter(None, dict.fromkeys(asked(wish["text"]) for wish in row.intentions)))
    return tuple(dict.fromkeys(said + [name for wish in said for name in catalogue().called(wish)]))


def _place_wish(row: Any, home_city: str, fixed: bool) -> PlaceWish:
    """Wanted districts; else the city of registration; else the home city: missing is unknown, not a refusal."""
    wanted = frozenset(current(code) for code in row.districts)
    residence = current(row.district) if row.district else None
    if not wanted:
        wanted = frozenset({(residence and city_of(residence)) or home_city})
    counties = sorted(code for code in wanted if city_of(code) not in (code, None))
    origin = residence or (counties[0] if counties else None)
    return PlaceWish(wanted, origin, Mobility(row.mobility), bool(row.consent_other_city), fixed)


def _cities(code: str) -> Iterable[str]:
    city = city_of(code)
    if city:
        return (city,)
    return tuple(d.city for d in districts().values() if d.province == code and d.city and d.successor is None)
