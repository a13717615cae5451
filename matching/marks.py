"""What a person should know about an item before calling: the facts nobody could check."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import Limits, Rows
from matching.facts import UNKNOWN
from models.certificates import is_obtainable
from models.coded import Coded
from models.districts import city_of
from models.enums import MARKS, Mark


def mark_bits(limits: Limits, i: Rows, j: Rows, same_employer: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The marks of pairs (people `i`, vacancy rows `j`) as one small integer each, as they are stored."""
    x, s, index = limits.index.facts, limits.seekers, limits.index
    refuses_shifts = s.shift_limits.each(bool, bool)
    holds = {
        Mark.COUNTY_UNKNOWN: _whole_cities(index.places)[x.place[j]],
        Mark.PAY_UNKNOWN: x.pay_max[j] == UNKNOWN,
        Mark.EDUCATION_UNKNOWN: (x.education[j] == UNKNOWN) | ((x.education[j] > 0) & (s.education[i] == UNKNOWN)),
        Mark.EXPERIENCE_UNKNOWN: (x.experience[j] > 0) & (s.experience[i] == UNKNOWN),
        Mark.SHIFT_UNKNOWN: refuses_shifts[i] & (x.shift[j] == UNKNOWN) & (x.night[j] == UNKNOWN),
        Mark.CERTIFICATE_TO_GET: _to_get(limits, i, j),
        Mark.SAME_EMPLOYER: same_employer,
        Mark.GUIDANCE: ~s.readable[i],
    }
    bits = np.zeros(len(j), np.int16)
    for mark, on in holds.items():
        bits |= on * np.int16(1 << MARKS.index(mark))
    return bits


def _to_get(limits: Limits, i: Rows, j: Rows) -> NDArray[np.bool_]:
    """Where a certificate is asked for that the person lacks and can have within days."""
    licences = limits.index.facts.licences[j]
    found = np.zeros(len(j), bool)
    easy, some = _obtainable(limits.index.licences)
    pairs = np.flatnonzero(some[licences])
    if not len(pairs):
        return found
    held, asked = limits.seekers.certificates, Coded(easy, licences[pairs])
    lacks = Coded.combined(lambda own, names: bool(names - own), Coded(held.values, held.code[i[pairs]]), asked)
    found[pairs] = lacks.each(bool, bool)
    return found


@lru_cache(maxsize=4)
def _whole_cities(places: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which places of an index are cities whose county is not known."""
    return np.array([place != "" and city_of(place) == place for place in places], bool)


@lru_cache(maxsize=4)
def _obtainable(licences: tuple[tuple[str, ...], ...]) -> tuple[list[frozenset[str]], NDArray[np.bool_]]:
    """Of each set of certificates of an index those that can be had within days, and whether there is one."""
    easy = [frozenset(name for name in names if is_obtainable(name)) for names in licences]
    return easy, np.array([bool(names) for names in easy], bool)


def marks(limits: Limits, person: int, row: int, same_employer: bool) -> tuple[Mark, ...]:
    """The marks of one person and vacancy row."""
    bits = mark_bits(limits, np.array([person]), np.array([row]), np.array([same_employer]))
    return from_bits(int(bits[0]))


def from_bits(bits: int) -> tuple[Mark, ...]:
    """The marks that a stored integer stands for."""
    return tuple(mark for number, mark in enumerate(MARKS) if bits >> number & 1)
