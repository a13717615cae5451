"""What the engine knows of vacancies beside their texts: one value a vacancy in every column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.corpus import Corpus
from matching.senses import SHARE_SCALE
from models.coded import Coded, numbering
from models.enums import EmploymentKind, Shift

KINDS = tuple(EmploymentKind)
SHIFTS = tuple(Shift)
UNKNOWN = -1
UNBOUNDED = 2**31 - 1  # the upper end of "5000元起", and of "no end date"
SURE_TRADE = SHARE_SCALE * 2 // 5  # a text that is a trade by this share is of that trade

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Facts:
    """One value a vacancy in every column. Pay in yuan a month, days as ordinals, instants in seconds UTC."""

    id: Ints  # below zero for one that has left
    revision: Ints
    tie: NDArray[np.uint64]  # keyed later: two seekers break the same tie differently
    employer: Ints  # an unknown employer is its own: minus the vacancy's id
    cluster: Ints
    place: NDArray[np.int32]  # into Index.places
    occupation: NDArray[np.int32]  # into Index.occupations
    trade: NDArray[np.int32]  # number of the trade that the title surely names, else UNKNOWN
    levels: NDArray[np.int32]  # one bit a class of LEVELS that the title names
    licences: NDArray[np.int32]  # into Index.licences
    kind: NDArray[np.int8]
    pay_min: NDArray[np.int32]
    pay_max: NDArray[np.int32]
    education: NDArray[np.int8]
    experience: NDArray[np.int16]  # tenths of a year
    shift: NDArray[np.int8]
    night: NDArray[np.int8]
    minor_barred: NDArray[np.bool_]
    described: NDArray[np.bool_]  # says more than its title: skills or a description
    openings: NDArray[np.int32]  # left
    valid_from: NDArray[np.int32]  # the day it was posted
    valid_to: NDArray[np.int32]
    release: Ints

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: NDArray[Any] | slice) -> Facts:
        """The facts of some rows."""
        return Facts(*(getattr(self, column.name)[rows] for column in fields(self)))

    def followed_by(self, other: Facts) -> Facts:
        """These rows, then the other ones."""
        return Facts(*(np.concatenate([getattr(self, c.name), getattr(other, c.name)]) for c in fields(self)))

    def without(self, rows: NDArray[np.bool_]) -> Facts:
        """The same rows, some of which have left: in their places stand vacancies whose last day is over."""
        return replace(
            self,
            id=np.where(rows, -np.abs(self.id), self.id),
            cluster=np.where(rows, -np.abs(self.id), self.cluster),
            openings=np.where(rows, 0, self.openings).astype(np.int32),
            valid_to=np.where(rows, 0, self.valid_to).astype(np.int32),
        )


class Tables:
    """The values that many vacancies share."""

    def __init__(
        self, places: Iterable[str] = ("",), occupations: Iterable[str] = ("",),
        licences: Iterable[tuple[str, ...]] = ((),),
    ) -> None:  # fmt: skip
        self.places, self.occupations, self.licences = map(numbering, (places, occupations, licences))

    def frozen(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Places, occupations, licences in the order of their numbers."""
        return tuple(self.places), tuple(self.occupations), tuple(self.licences)


def facts_of(rows: Sequence[Any], corpus: Corpus, tables: Tables) -> Facts:
    """The facts of vacancies (objects with the columns of `models.vacancy.Vacancy`), read as a corpus."""

    def column(dtype: Any, values: Iterable[Any]) -> NDArray[Any]:
        return np.array(list(values), dtype=dtype)

    return Facts(
        id=column(np.int64, (row.id for row in rows)),
        revision=column(np.int64, (row.revision for row in rows)),
        tie=tie_keys((row.source for row in rows), (row.external_id for row in rows)),
        employer=column(np.int64, (-row.id if row.employer_id is None else row.employer_id for row in rows)),
        cluster=column(np.int64, (row.cluster for row in rows)),
        place=column(np.int32, (tables.places["" if row.remote else row.district] for row in rows)),
        occupation=column(np.int32, (tables.occupations[row.occupation or ""] for row in rows)),
        trade=sure_trades(corpus.shares).astype(np.int32),
        levels=corpus.levels,
        licences=column(np.int32, (tables.licences[tuple(sorted(row.certificates))] for row in rows)),
        kind=Coded.of(row.kind for row in rows).each(lambda kind: KINDS.index(EmploymentKind(kind)), np.int8),
        pay_min=column(np.int32, (_or_unknown(row.pay_min) for row in rows)),
        pay_max=column(np.int32, (_upper_pay(row) for row in rows)),
        education=column(np.int8, (_or_unknown(row.education) for row in rows)),
        experience=column(
            np.int16, (UNKNOWN if row.experience is None else round(row.experience * 10) for row in rows)
        ),
        shift=Coded.of(row.shift for row in rows).each(_shift, np.int8),
        night=column(np.int8, (_or_unknown(row.night) for row in rows)),
        minor_barred=column(np.bool_, (row.minor_barred for row in rows)),
        described=column(np.bool_, (bool(row.skills or row.description) for row in rows)),
        openings=column(np.int32, (row.openings - row.openings_filled for row in rows)),
        valid_from=Coded.of(row.valid_from for row in rows).each(lambda day: _ordinal(day, 0), np.int32),
        valid_to=Coded.of(row.valid_to for row in rows).each(lambda day: _ordinal(day, UNBOUNDED), np.int32),
        release=column(np.int64, (int(row.release_at.timestamp()) for row in rows)),
    )


def tie_key(source: str, external_id: str) -> int:
    """A 64-bit hash of what a record is called outside: ties never depend on the order of loading."""
    return int.from_bytes(_tie_bytes(source, external_id), "little")


def tie_keys(sources: Iterable[str], external_ids: Iterable[str]) -> NDArray[np.uint64]:
    """The hashes of many records."""
    return np.frombuffer(b"".join(map(_tie_bytes, sources, external_ids)), "<u8").astype(np.uint64)


def _tie_bytes(source: str, external_id: str) -> bytes:
    return hashlib.blake2b(f"{source}:{external_id}".encode(), digest_size=8).digest()


def sure_trades(shares: sp.csr_array) -> Ints:
    """For each text the number of the trade that it surely is, else UNKNOWN."""
    found = np.full(shares.shape[0], UNKNOWN, np.int64)
    rows = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    order = np.argsort(shares.data, kind="stable")  # the largest share of a row is written last
    found[rows[order]] = np.where(shares.data[order] >= SURE_TRADE, shares.indices[order], UNKNOWN)
    return found


def _or_unknown(value: int | None) -> int:
    return UNKNOWN if value is None else int(value)


def _shift(named: str | None) -> int:
    return UNKNOWN if named is None else SHIFTS.index(Shift(named))


def _ordinal(day: date | None, missing: int) -> int:
    return missing if day is None else day.toordinal()


def _upper_pay(row: Any) -> int:
    """The most that is paid; "5000元起" has no upper end, a piece rate no month value at all."""
    if row.pay_max is not None:
        return int(row.pay_max)
    return UNKNOWN if row.pay_min is None else UNBOUNDED
