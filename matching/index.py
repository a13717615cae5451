"""What the engine knows of the open vacancies: an immutable snapshot of columns, weighted terms and vectors."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.config import Config
from matching.corpus import Corpus, spoken
from matching.meaning import Meaning, Vectors
from matching.readings import Readings
from matching.senses import SHARE_SCALE, Senses, senses_of
from matching.vocabulary import Vocabulary
from models.districts import city_of
from models.enums import EmploymentKind, Shift
from models.errors import ZhipeiError

KINDS = tuple(EmploymentKind)
SHIFTS = tuple(Shift)
UNKNOWN = -1
UNBOUNDED = 2**31 - 1  # the upper end of "5000元起", and of "no end date"
FORMAT = 4
MOST_MARKETS = 24  # sets of cities kept ready; each holds a copy of its postings
SURE_TRADE = SHARE_SCALE * 2 // 5  # a text that is a trade by this share is of that trade
REFIT_SHARE = 0.05  # term statistics are fitted anew when more than this share of the vacancies is new

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Facts:
    """One value a vacancy in every column. Pay in yuan a month, days as ordinals, instants in seconds UTC."""

    id: Ints
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

    def take(self, rows: NDArray[Any]) -> Facts:
        """The facts of some rows."""
        return Facts(*(getattr(self, column.name)[rows] for column in fields(self)))

    def followed_by(self, other: Facts) -> Facts:
        """These rows, then the other ones."""
        return Facts(*(np.concatenate([getattr(self, c.name), getattr(other, c.name)]) for c in fields(self)))


@dataclass(frozen=True, slots=True)
class Market:
    """The part of an index that lies in some cities: row numbers, postings (terms x rows), vectors (rows x ...)."""

    rows: Ints
    postings: sp.csr_array
    vectors: NDArray[np.float32]  # whole numbers; products of them stay below 2^24 and are exact


@dataclass(frozen=True)
class Index:
    """All vacancies that were open at the watermark (a revision), ready to be matched. Never changes."""

    vocabulary: Vocabulary
    senses: Senses
    facts: Facts
    terms: sp.csr_array  # vacancies x (terms and trades), int32 at VACANCY_SCALE
    vectors: Vectors
    places: tuple[str, ...]  # district codes; "" is remote work
    occupations: tuple[str, ...]
    licences: tuple[tuple[str, ...], ...]
    watermark: int
    fitted: int  # how many of the rows the term statistics were fitted on
    wishes: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # readings kept by matching.wishes
    layout: list[Any] = field(default_factory=list, compare=False, repr=False)  # kept by matching.blocks
    _markets: dict[frozenset[str] | None, Market] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.facts.id)

    def market(self, cities: frozenset[str] | None) -> Market:
        """The vacancies in these cities and the remote ones; all of them for None. The latest are kept ready."""
        found = self._markets.get(cities)
        if found is None:
            if cities is None:
                rows = np.arange(len(self), dtype=np.int64)
            else:
                inside = np.array([not place or city_of(place) in cities for place in self.places], bool)
                rows = np.flatnonzero(inside[self.facts.place]).astype(np.int64)
            postings = sp.csr_array(self.terms[rows].T).astype(np.int64)
            found = Market(rows, postings, self.vectors[rows].astype(np.float32))
            while len(self._markets) >= MOST_MARKETS:
                self._markets.pop(next(iter(self._markets)), None)
            self._markets[cities] = found
        return found

    def row_of(self, vacancy_id: int) -> int | None:
        """The row of a vacancy, None when it is not among the open ones."""
        rows = np.flatnonzero(self.facts.id == vacancy_id)
        return int(rows[0]) if len(rows) else None

    def updated(self, changed: Iterable[Any], gone: Iterable[int], watermark: int, config: Config) -> Index:
        """This index after a change: `changed` rows replace their older selves, ids in `gone` leave.

        Term statistics stay as fitted; a caller refits when `stale` says so.
        """
        rows = list(changed)
        leaving = np.array([*(row.id for row in rows), *gone], np.int64)
        kept = np.flatnonzero(~np.isin(self.facts.id, leaving))
        corpus = Readings().corpus(map(spoken, rows), self.senses)
        new_terms = self.vocabulary.weights(corpus.counts, corpus.shares, config)
        tables = _Tables(self.places, self.occupations, self.licences)
        facts = self.facts.take(kept).followed_by(_facts(rows, corpus, tables))
        terms = sp.csr_array(sp.vstack([self.terms[kept], new_terms], format="csr"))
        return Index(
            self.vocabulary, self.senses, facts, terms, np.concatenate([self.vectors[kept], corpus.vectors]),
            *tables.frozen(), watermark=watermark, fitted=min(self.fitted, len(kept)),
        )  # fmt: skip

    @property
    def stale(self) -> bool:
        """Whether so much is new that the term statistics should be fitted again."""
        return len(self) - self.fitted > REFIT_SHARE * len(self)

    def save(self, path: Path) -> None:
        """Write the snapshot; a reader sees the old file or the new one, never a part."""
        words = sorted(self.vocabulary.terms, key=self.vocabulary.terms.__getitem__)
        meta = {
            "format": FORMAT, "watermark": self.watermark, "fitted": self.fitted, "unseen": self.vocabulary.unseen,
            "mean_length": self.vocabulary.mean_length, "places": self.places, "occupations": self.occupations,
            "licences": self.licences, "terms": words, "senses": self.senses.identity,
        }  # fmt: skip
        arrays = {column.name: getattr(self.facts, column.name) for column in fields(Facts)}
        partial = path.with_suffix(f".{os.getpid()}.partial.npz")  # workers may save at once
        np.savez(
            partial,
            meta=np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8),
            idf=self.vocabulary.idf,
            vectors=self.vectors, data=self.terms.data, indices=self.terms.indices, indptr=self.terms.indptr,
            **{f"fact_{name}": array for name, array in arrays.items()},
        )  # fmt: skip
        os.replace(partial, path)

    @classmethod
    def load(cls, path: Path, meaning: Meaning) -> Index:
        """The snapshot in a file. ZhipeiError when it is not one of this version, catalogue and meaning."""
        senses = senses_of(meaning)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                meta = json.loads(stored["meta"].tobytes())
                if (meta["format"], meta["senses"]) != (FORMAT, senses.identity):
                    raise ValueError(meta["format"])
                facts = Facts(*(stored[f"fact_{column.name}"] for column in fields(Facts)))
                shape = (len(facts.id), len(meta["terms"]) + len(senses.catalogue))
                terms = sp.csr_array((stored["data"], stored["indices"], stored["indptr"]), shape=shape)
                vectors = stored["vectors"]
                vocabulary = Vocabulary(
                    {term: column for column, term in enumerate(meta["terms"])}, stored["idf"],
                    meta["unseen"], meta["mean_length"],
                )  # fmt: skip
        except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            raise ZhipeiError(f"索引快照不可用：{path.name}") from error
        licences = tuple(tuple(names) for names in meta["licences"])
        return cls(vocabulary, senses, facts, terms, vectors, tuple(meta["places"]), tuple(meta["occupations"]),
                   licences, meta["watermark"], meta["fitted"])  # fmt: skip


def build_index(
    rows: Iterable[Any], watermark: int, config: Config,
    meaning: Meaning | None = None, readings: Readings | None = None,
) -> Index:  # fmt: skip
    """The index of vacancies (objects with the columns of `models.vacancy.Vacancy` and `employer` id).

    Without a fitted meaning texts are compared by letters, words and trades alone; without kept readings every text
    is read.
    """
    kept = list(rows)
    senses = senses_of(meaning or Meaning.none())
    corpus = (readings or Readings()).corpus(map(spoken, kept), senses)
    vocabulary = Vocabulary.of(corpus.counts)
    terms = vocabulary.weights(corpus.counts, corpus.shares, config)
    tables = _Tables(("",), ("",), ((),))
    facts = _facts(kept, corpus, tables)
    return Index(
        vocabulary, senses, facts, terms, corpus.vectors, *tables.frozen(), watermark=watermark, fitted=len(kept)
    )


def tie_key(source: str, external_id: str) -> int:
    """A 64-bit hash of what a record is called outside: ties never depend on the order of loading."""
    return int.from_bytes(hashlib.blake2b(f"{source}:{external_id}".encode(), digest_size=8).digest(), "little")


class _Numbers(dict[Any, int]):
    """Distinct values, each numbered when first met."""

    def __missing__(self, value: Any) -> int:
        self[value] = len(self)
        return self[value]


class _Tables:
    """The values that many vacancies share."""

    def __init__(self, places: Iterable[str], occupations: Iterable[str], licences: Iterable[tuple[str, ...]]) -> None:
        self.places, self.occupations, self.licences = (
            _Numbers((value, number) for number, value in enumerate(known)) for known in (places, occupations, licences)
        )

    def frozen(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], ...]]:
        return tuple(self.places), tuple(self.occupations), tuple(self.licences)


def _facts(rows: Sequence[Any], corpus: Corpus, tables: _Tables) -> Facts:
    def column(dtype: Any, values: Iterable[Any]) -> NDArray[Any]:
        return np.array(list(values), dtype=dtype)

    return Facts(
        id=column(np.int64, (row.id for row in rows)),
        revision=column(np.int64, (row.revision for row in rows)),
        tie=column(np.uint64, (tie_key(row.source, row.external_id) for row in rows)),
        employer=column(np.int64, (-row.id if row.employer_id is None else row.employer_id for row in rows)),
        cluster=column(np.int64, (row.cluster for row in rows)),
        place=column(np.int32, (tables.places["" if row.remote else row.district] for row in rows)),
        occupation=column(np.int32, (tables.occupations[row.occupation or ""] for row in rows)),
        trade=sure_trades(corpus.shares).astype(np.int32),
        levels=corpus.levels,
        licences=column(np.int32, (tables.licences[tuple(sorted(row.certificates))] for row in rows)),
        kind=column(np.int8, (KINDS.index(EmploymentKind(row.kind)) for row in rows)),
        pay_min=column(np.int32, (_or_unknown(row.pay_min) for row in rows)),
        pay_max=column(np.int32, (_upper_pay(row) for row in rows)),
        education=column(np.int8, (_or_unknown(row.education) for row in rows)),
        experience=column(
            np.int16, (UNKNOWN if row.experience is None else round(row.experience * 10) for row in rows)
        ),
        shift=column(np.int8, (UNKNOWN if row.shift is None else SHIFTS.index(Shift(row.shift)) for row in rows)),
        night=column(np.int8, (_or_unknown(row.night) for row in rows)),
        minor_barred=column(np.bool_, (row.minor_barred for row in rows)),
        described=column(np.bool_, (bool(row.skills or row.description) for row in rows)),
        openings=column(np.int32, (row.openings - row.openings_filled for row in rows)),
        valid_from=column(np.int32, (_ordinal(row.valid_from, 0) for row in rows)),
        valid_to=column(np.int32, (_ordinal(row.valid_to, UNBOUNDED) for row in rows)),
        release=column(np.int64, (int(row.release_at.timestamp()) for row in rows)),
    )


def sure_trades(shares: sp.csr_array) -> Ints:
    """For each text the number of the trade that it surely is, else UNKNOWN."""
    found = np.full(shares.shape[0], UNKNOWN, np.int64)
    rows = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    order = np.argsort(shares.data, kind="stable")  # the largest share of a row is written last
    found[rows[order]] = np.where(shares.data[order] >= SURE_TRADE, shares.indices[order], UNKNOWN)
    return found


def _or_unknown(value: int | None) -> int:
    return UNKNOWN if value is None else int(value)


def _ordinal(day: date | None, missing: int) -> int:
    return missing if day is None else day.toordinal()


def _upper_pay(row: Any) -> int:
    """The most that is paid; "5000元起" has no upper end, a piece rate no month value at all."""
    if row.pay_max is not None:
        return int(row.pay_max)
    return UNKNOWN if row.pay_min is None else UNBOUNDED
