"""Why a person has fewer than three, and what would help: counts by constraint, the smallest single change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import LIMITS, Limits, Rows
from matching.facts import KINDS, SHIFTS
from matching.ranking import MINIMUM
from matching.scoring import nearness
from models.certificates import is_obtainable
from models.coded import Coded
from models.enums import Constraint, FixedWish, Shift
from models.occupations import group


@dataclass(frozen=True, slots=True)
class Change:
    """One change that gives three. `value` by constraint: yuan a month, a district, occupation group or
    employment kind code, a shift, a certificate name, an education level. `opens` counts what it adds.
    """

    constraint: Constraint
    value: str
    opens: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """Fewer than three: the vacancies found (index rows), what each constraint alone holds back, what would help.

    `held_back` counts distinct vacancies that would open if that one constraint were lifted. `change` is None
    when no single change gives three.
    """

    found: tuple[int, ...]
    held_back: Mapping[Constraint, int]
    change: Change | None


def certify(
    person: int, limits: Limits, held_back: tuple[Rows, NDArray[np.uint8]], found: Sequence[int]
) -> Certificate:  # fmt: skip
    """The certificate of one person who was found so many admitted rows (fewer than three).

    `held_back`: the index rows that a single limit holds back, each of another cluster, and its place among LIMITS.
    """
    rows, limit = held_back
    counts = dict(zip(LIMITS, np.bincount(limit, minlength=len(LIMITS)).tolist(), strict=True))
    missing = MINIMUM - len(found)
    change = None
    for constraint in limits.config.changes:
        if counts[constraint] >= missing:
            change = _PROPOSALS[constraint](person, limits, rows[limit == LIMITS.index(constraint)], missing)
        if change:
            break
    alone = {constraint: count for constraint, count in counts.items() if constraint != Constraint.OPEN}
    return Certificate(tuple(found), alone, change)


def _counts(numbers: NDArray[np.integer[Any]], names: Sequence[str]) -> Counter[str]:
    """How often each name occurs, from the places of names."""
    counts: Counter[str] = Counter()
    for name, count in zip(names, np.bincount(numbers, minlength=len(names)).tolist(), strict=True):
        if count:
            counts[name] += count
    return counts


def _lower_pay(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The highest floor at which enough vacancies pay it; the pay rung still bends it where it is not fixed."""
    pay = np.sort(limits.index.facts.pay_max[opened])[::-1].astype(int)
    enough = int(pay[missing - 1])
    percent = 100 if FixedWish.PAY in limits.seekers.fixed[person] else limits.config.pay_percent
    return Change(Constraint.PAY, str(enough * 100 // percent), int((pay >= enough).sum()))


def _most(constraint: Constraint, counts: Mapping[str, int], missing: int) -> Change | None:
    """The value that alone opens most, when that is enough; ties go to the lesser name."""
    best, count = min(counts.items(), key=lambda entry: (-entry[1], entry[0]), default=("", 0))
    return Change(constraint, str(best), count) if count >= missing else None


def _accept_place(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The nearest district that alone holds enough."""
    counts = _counts(limits.index.facts.place[opened], limits.index.places)
    wish = limits.seekers.place[person]
    enough = [(-nearness(wish, name), name, count) for name, count in counts.items() if count >= missing]
    return Change(Constraint.PLACE, min(enough)[1], min(enough)[2]) if enough else None


def _accept_occupation(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The group nearest to the person's own in the code tree that alone opens enough; then the largest.

    Vacancies without a code are in no group.
    """
    groups = _groups(limits.index.occupations)
    counts = np.bincount(groups.code[limits.index.facts.occupation[opened]], minlength=len(groups.values))
    own, named = limits.seekers.occupations[person], zip(groups.values, counts.tolist(), strict=True)
    enough = [(-_kin(name, own), -count, name) for name, count in named if name and count >= missing]
    return Change(Constraint.OCCUPATION, min(enough)[2], -min(enough)[1]) if enough else None


@lru_cache(maxsize=4)
def _groups(occupations: tuple[str, ...]) -> Coded[str]:
    """The group of each occupation of an index; "" for that of none."""
    return Coded.of(map(group, occupations))


@lru_cache(maxsize=65_536)  # who is short often asks for the same
def _kin(name: str, own: tuple[str, ...]) -> int:
    """How many leading parts (大类, 中类, 小类) a group shares with the nearest of one's own codes."""
    parts = name.split("-")
    shared = (
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parts, code.split("-"), strict=False)))
        for code in own
    )
    return max(shared, default=0)


def _accept_kind(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    return _most(Constraint.KIND, _counts(limits.index.facts.kind[opened], [kind.value for kind in KINDS]), missing)


def _accept_shift(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The one shift that opens most; a vacancy of two refused shifts opens by none."""
    facts, refused = limits.index.facts, limits.seekers.shift_limits[person]
    shift, dark = facts.shift[opened], facts.night[opened] == 1
    asked = {kind: (shift == SHIFTS.index(kind)) | (dark & (kind is Shift.NIGHT)) for kind in refused}
    alone = sum(asked.values(), np.zeros(len(opened), np.int8)) == 1
    return _most(Constraint.SHIFT, {kind: int((alone & on).sum()) for kind, on in asked.items()}, missing)


def _get_certificate(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The one certificate that opens most: only vacancies that lack just this one count."""
    held, codes = limits.seekers.certificates[person], np.bincount(limits.index.facts.licences[opened])
    counts: Counter[str] = Counter()
    for code in np.flatnonzero(codes).tolist():
        lacking = [name for name in limits.index.licences[code] if name not in held and not is_obtainable(name)]
        if len(lacking) == 1:
            counts[lacking[0]] += int(codes[code])
    return _most(Constraint.CERTIFICATE, counts, missing)


def _consent(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    return Change(Constraint.CONSENT, "other_city", len(opened))


def _raise_education(person: int, limits: Limits, opened: Rows, missing: int) -> Change | None:
    """The lowest education level that opens enough."""
    needed = np.sort(limits.index.facts.education[opened])
    enough = int(needed[missing - 1])
    return Change(Constraint.EDUCATION, str(enough), int((needed <= enough).sum()))


_PROPOSALS: Mapping[Constraint, Callable[[int, Limits, Rows, int], Change | None]] = {
    Constraint.PAY: _lower_pay,
    Constraint.PLACE: _accept_place,
    Constraint.OCCUPATION: _accept_occupation,
    Constraint.KIND: _accept_kind,
    Constraint.SHIFT: _accept_shift,
    Constraint.CERTIFICATE: _get_certificate,
    Constraint.CONSENT: _consent,
    Constraint.EDUCATION: _raise_education,
}
