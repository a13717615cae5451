"""What the engine knows of the people: wishes, limits and what they bring; never who they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON

from matching.catalogue import catalogue
from matching.facts import UNKNOWN, tie_keys
from matching.wording import asked
from models.certificates import held_by
from models.coded import Coded, Value
from models.districts import city_of, current, districts
from models.enums import MARKET_KINDS, EmploymentKind, FixedWish, Mobility, SeekerState, ServingClass, Shift
from models.queries.seekers import ENGINE_COLUMNS
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
        return frozenset(city for code in self.wanted for city in cities_meant(code))


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


@dataclass(frozen=True, slots=True, eq=False)
class Seekers(Sequence[Profile]):
    """People in columns, one for each field of a profile: numbers, or each different value once."""

    id: NDArray[np.int64]
    revision: NDArray[np.int64]
    tie: NDArray[np.uint64]
    wishes: Coded[tuple[str, ...]]
    skills: Coded[tuple[str, ...]]
    occupations: Coded[tuple[str, ...]]
    place: Coded[PlaceWish]
    kinds: Coded[frozenset[EmploymentKind]]
    pay_floor: NDArray[np.int64]
    shift_limits: Coded[frozenset[Shift]]
    certificates: Coded[frozenset[str]]
    education: NDArray[np.int64]
    experience: NDArray[np.int64]
    minor: NDArray[np.bool_]
    registered: NDArray[np.bool_]
    serving: Coded[ServingClass]
    fixed: Coded[frozenset[FixedWish]]
    readable: NDArray[np.bool_]

    @classmethod
    def of(cls, people: Sequence[Profile]) -> Seekers:
        """These people, in this order."""
        if isinstance(people, Seekers):
            return people
        columns = {field.name: [getattr(person, field.name) for person in people] for field in fields(Profile)}
        made: dict[str, Any] = {
            name: np.array(column, _NUMBERS[name]) if name in _NUMBERS else Coded.of(column)
            for name, column in columns.items()
        }
        return cls(**made)

    def __len__(self) -> int:
        return len(self.id)

    @overload
    def __getitem__(self, person: int) -> Profile: ...

    @overload
    def __getitem__(self, person: slice) -> Seekers: ...

    def __getitem__(self, person: int | slice) -> Profile | Seekers:
        if isinstance(person, slice):
            return self.take(np.arange(len(self))[person])
        return Profile(*(c.item(person) if isinstance(c, np.ndarray) else c[person] for c in self._columns()))

    def take(self, people: NDArray[np.int64]) -> Seekers:
        """Some of them."""
        some: list[Any] = [c[people] if isinstance(c, np.ndarray) else c.take(people) for c in self._columns()]
        return Seekers(*some)

    def fixes(self, wish: FixedWish) -> NDArray[np.bool_]:
        """Whether each has said that a wish is not to be bent."""
        return self.fixed.each(lambda fixed: wish in fixed, bool)

    def _columns(self) -> Iterator[Any]:
        return (getattr(self, field.name) for field in fields(self))


_NUMBERS = {
    "id": np.int64, "revision": np.int64, "tie": np.uint64, "pay_floor": np.int64, "education": np.int64,
    "experience": np.int64, "minor": np.bool_, "registered": np.bool_, "readable": np.bool_,
}  # fmt: skip


def profiles(rows: Iterable[Any], on: date, home_city: str) -> Seekers:
    """People as the engine sees them on a day, from rows with the columns of `models.seeker.JobSeeker`."""
    people, names = list(rows), [column.key for column in ENGINE_COLUMNS]
    columns = {name: [getattr(person, name) for person in people] for name in names}
    for name in _JSON:
        columns[name] = [value if isinstance(value, str) else json.dumps(value) for value in columns[name]]
    return seekers_of(columns, on, home_city)


def seekers_of(columns: Mapping[str, Sequence[Any]], on: date, home_city: str) -> Seekers:
    """The same from columns, JSON as its text: what equal values hold is read once."""
    personal = Coded.of(map(bool, columns["consent_personalised"]))  # who declines gets the neutral list
    intentions = Coded.combined(_if, personal, _told(columns["intentions"], _intentions))
    wishes, occupations = intentions.mapped(_wishes), intentions.mapped(_occupations)
    skills = Coded.combined(_if, personal, _told(columns["skills"], _skills))
    readable = wishes.each(bool, bool) | skills.each(bool, bool) | occupations.each(bool, bool)
    silent = Coded.of((personal.each(bool, bool) & ~readable).tolist())
    named = Coded.combined(_if, silent, _told(columns["certificates"], tuple))
    fixed = _told(columns["fixed"], _members(FixedWish))
    hardship = _told(columns["labels"], lambda labels: in_hardship(labels, on))
    return Seekers(
        id=np.array([number or 0 for number in columns["id"]], np.int64),
        revision=np.array([number or 0 for number in columns["revision"]], np.int64),
        tie=tie_keys(columns["source"], columns["external_id"]),
        wishes=wishes,
        skills=Coded.combined(lambda said, held: said or held, skills, named),
        occupations=occupations,
        place=_places(columns, fixed, home_city),
        kinds=_told(columns["kinds"], _members(EmploymentKind)).mapped(lambda kinds: kinds or _MARKET),
        pay_floor=np.array([floor or 0 for floor in columns["pay_floor"]], np.int64),
        shift_limits=_told(columns["shift_limits"], _members(Shift)),
        certificates=_told(columns["certificates"], held_by),
        education=Coded.of(columns["education"]).each(_or_unknown, np.int64),
        experience=Coded.of(columns["experience"]).each(_tenths, np.int64),
        minor=Coded.of(columns["adult_on"]).each(lambda day: day is not None and on < day, bool),
        registered=Coded.of(columns["state"]).each(lambda state: state == SeekerState.REGISTERED, bool),
        serving=Coded.combined(partial(serving_class, on=on), hardship, Coded.of(columns["unemployed_since"])),
        fixed=fixed,
        readable=readable,
    )


_decoded = json.JSONDecoder().raw_decode  # `json.loads` takes twice as long: texts are many and short
_JSON = tuple(column.key for column in ENGINE_COLUMNS if isinstance(column.type, JSON))


def _told(texts: Iterable[str], read: Callable[[Any], Value]) -> Coded[Value]:
    """What JSON texts hold, as a function reads it. Null says nothing."""
    return Coded.of(texts).mapped(lambda text: read(_decoded(text)[0] or ()))


def _if(holds: bool, value: tuple[Any, ...]) -> tuple[Any, ...]:
    return value if holds else ()


def _or_unknown(level: int | None) -> int:
    return UNKNOWN if level is None else level


def _tenths(years: float | None) -> int:
    return UNKNOWN if years is None else round(years * 10)


_MARKET = frozenset(MARKET_KINDS)


def _members(kind: type[StrEnum]) -> Callable[[Iterable[str]], frozenset[Any]]:
    return lambda names: frozenset(kind(name) for name in names)


def _intentions(intentions: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str | None], ...]:
    """What each one says, and its occupation."""
    return tuple((wish["text"], wish.get("occupation")) for wish in intentions)


def _wishes(intentions: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """What is asked for, each once, without the words around it; then the plain names of what was said in speech."""
    said = dict.fromkeys(filter(None, (asked(text) for text, _ in intentions)))
    return tuple(dict.fromkeys([*said, *(name for wish in said for name in _called(wish))]))


@lru_cache(maxsize=65_536)
def _called(wish: str) -> list[str]:
    return catalogue().called(wish)


def _occupations(intentions: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    return tuple(occupation for _, occupation in intentions if occupation)


def _skills(skills: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(skill["name"] for skill in skills if skill["name"])


def _places(columns: Mapping[str, Sequence[Any]], fixed: Coded[frozenset[FixedWish]], home: str) -> Coded[PlaceWish]:
    wanted = _told(columns["districts"], lambda codes: frozenset(map(current, codes)))
    mobility, consent = Coded.of(columns["mobility"]), Coded.of(map(bool, columns["consent_other_city"]))
    stays = fixed.mapped(lambda wishes: FixedWish.PLACE in wishes)
    return Coded.combined(partial(_place_wish, home), wanted, Coded.of(columns["district"]), mobility, consent, stays)


def _place_wish(
    home_city: str, wanted: frozenset[str], district: str | None, mobility: str, consent: bool, fixed: bool
) -> PlaceWish:  # fmt: skip
    """Wanted districts; else the city of registration; else the home city: missing is unknown, not a refusal."""
    residence = current(district) if district else None
    if not wanted:
        wanted = frozenset({(residence and city_of(residence)) or home_city})
    counties = sorted(code for code in wanted if city_of(code) not in (code, None))
    origin = residence or (counties[0] if counties else None)
    return PlaceWish(wanted, origin, Mobility(mobility), consent, fixed)


def cities_meant(code: str) -> tuple[str, ...]:
    """The city that a wanted district lies in, or all those of a province."""
    city = city_of(code)
    if city:
        return (city,)
    return tuple(d.city for d in districts().values() if d.province == code and d.city and d.successor is None)
