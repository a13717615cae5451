"""What the engine knows of the open vacancies: an immutable snapshot of columns, weighted terms and vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.blocks import BLOCK, Columns, Incidence, Part, Terms, kernel_order
from matching.config import Config
from matching.corpus import Corpus, spoken
from matching.facts import Facts, Ints, Tables, facts_of
from matching.mapped import read_arrays, write_arrays
from matching.meaning import Meaning, Vectors
from matching.readings import Readings
from matching.senses import Senses, senses_of
from matching.vocabulary import Vocabulary
from models.districts import city_of
from models.errors import ZhipeiError

FORMAT = 5
MOST_MARKETS = 24  # sets of cities kept ready; each holds a copy of its postings
Record = TypeVar("Record", Terms, Incidence)
REFIT_SHARE = 0.05  # term statistics are fitted anew when more than this share of the vacancies is new


@dataclass(frozen=True, slots=True)
class Market:
    """The part of an index that lies in some cities: row numbers, postings (terms x rows), vectors (rows x ...)."""

    rows: Ints
    postings: sp.csr_array
    vectors: NDArray[np.float32]  # whole numbers; products of them stay below 2^24 and are exact


@dataclass(frozen=True)
class Index:
    """All vacancies that were open at the watermark (a revision), ready to be matched. Never changes.

    The first part is as it was built; what came since lies in parts behind it, and a row whose vacancy has changed or
    left stays in its place as one whose last day is over. So a change costs what it is, not what there is.
    """

    vocabulary: Vocabulary
    senses: Senses
    facts: Facts
    vectors: Vectors
    parts: tuple[Part, ...]
    places: tuple[str, ...]  # district codes; "" is remote work
    occupations: tuple[str, ...]
    licences: tuple[tuple[str, ...], ...]
    watermark: int
    wishes: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # readings kept by matching.wishes
    _markets: dict[frozenset[str] | None, Market] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        """The rows, those of vacancies that have left among them."""
        return len(self.facts)

    @cached_property
    def living(self) -> Ints:
        """The rows whose vacancies have not left."""
        return np.flatnonzero(self.facts.id > 0)

    @property
    def fitted(self) -> int:
        """How many of the living the term statistics were fitted on."""
        return int(np.searchsorted(self.living, len(self.parts[0])))

    @property
    def stale(self) -> bool:
        """Whether so much is new that the term statistics should be fitted again."""
        return len(self.living) - self.fitted > REFIT_SHARE * len(self.living)

    @property
    def width(self) -> int:
        """The columns of weighted terms: those of the vocabulary, then the trades by share."""
        return len(self.vocabulary.terms) + len(self.senses.catalogue)

    @property
    def kin_columns(self) -> tuple[int, int]:
        """The first column of sure trades and that of occupations: in postings they lie behind the weighted terms."""
        return self.width, self.width + len(self.senses.catalogue)

    @cached_property
    def columns(self) -> tuple[Columns, ...]:
        """What the kernel reads of the rows of each part, where all may be given."""
        return tuple(part.columns(self.facts, self.vectors, None) for part in self.parts)

    @cached_property
    def clusters(self) -> NDArray[np.int32]:
        """The number of each row's cluster of duplicates: 0, 1, 2 ..."""
        return np.unique(self.facts.cluster, return_inverse=True)[1].astype(np.int32)

    @cached_property
    def terms(self) -> sp.csr_array:
        """What the vacancies weigh: rows x width, int32 at VACANCY_SCALE."""
        return sp.csr_array(sp.vstack([part.matrix(self.width) for part in self.parts], format="csr"))

    def weights(self, row: int) -> dict[int, int]:
        """The weighted terms of one row."""
        terms, own = next((part.terms, row - part.first) for part in self.parts if row < part.rows.stop)
        held = slice(int(terms.at[own]), int(terms.at[own + 1]))
        return dict(zip(terms.term[held].tolist(), terms.weight[held].tolist(), strict=True))

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

        Term statistics stay as fitted; a caller refits when `stale` says so. The last part is made anew with each
        change until it holds a block.
        """
        rows = list(changed)
        tables = Tables(self.places, self.occupations, self.licences)
        corpus = Readings().corpus(map(spoken, rows), self.senses)
        new = _Rows.of(rows, corpus, self.vocabulary, tables, config)
        leaving = np.isin(self.facts.id, np.array([*(row.id for row in rows), *gone], np.int64))
        parts = self.parts[:-1] if len(self.parts) > 1 and len(self.parts[-1]) < BLOCK else self.parts
        end = parts[-1].rows.stop
        again = np.flatnonzero(~leaving[end:])
        if len(again):
            terms = self.parts[-1].matrix(self.width)[again]
            new = _Rows(self.facts.take(end + again), terms, self.vectors[end + again]).followed_by(new)
        kept = self.facts.take(slice(end)).without(leaving[:end])
        standing = Index(
            self.vocabulary, self.senses, kept, self.vectors[:end], parts, *tables.frozen(), watermark, self.wishes
        )
        return standing._followed_by(new)

    def _followed_by(self, new: _Rows) -> Index:
        """With a further part; an index has at least one."""
        if not len(new.facts) and self.parts:
            return self
        order = kernel_order(new.facts, self.places)
        facts, terms = new.facts.take(order), sp.csr_array(new.terms[order])
        named = len(self.senses.catalogue), len(self.occupations)
        part = Part.of(len(self), facts, terms, self.vocabulary.words, named)
        return Index(
            self.vocabulary, self.senses, self.facts.followed_by(facts),
            np.concatenate([self.vectors, new.vectors[order]]), (*self.parts, part),
            self.places, self.occupations, self.licences, self.watermark, self.wishes,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the snapshot; a reader sees the old file or the new one, never a part."""
        known = self.vocabulary
        meta = {
            "format": FORMAT, "watermark": self.watermark, "unseen": known.unseen, "mean_length": known.mean_length,
            "places": self.places, "occupations": self.occupations, "licences": self.licences,
            "terms": sorted(known.terms, key=known.terms.__getitem__), "senses": self.senses.identity,
            "parts": [part.first for part in self.parts],
        }  # fmt: skip
        arrays: dict[str, NDArray[Any]] = {"idf": known.idf, "vectors": self.vectors}
        arrays |= {column.name: getattr(self.facts, column.name) for column in fields(Facts)}
        for number, part in enumerate(self.parts):
            for record in (part.terms, part.postings):
                arrays |= {_name(number, type(record), field): own for field, own in record._asdict().items()}
        write_arrays(path, meta, arrays)

    @classmethod
    def load(cls, path: Path, meaning: Meaning) -> Index:
        """The snapshot in a file, mapped. ZhipeiError when it is not one of this version, catalogue and meaning."""
        senses = senses_of(meaning)
        meta, arrays = read_arrays(path)
        if (meta.get("format"), meta.get("senses")) != (FORMAT, senses.identity):
            raise ZhipeiError(f"索引快照出自另一版本：{path.name}")
        terms = {term: column for column, term in enumerate(meta["terms"])}

        def record(number: int, kind: type[Record]) -> Record:
            return kind(**{field: arrays[_name(number, kind, field)] for field in kind._fields})

        parts = (
            Part(first, record(number, Terms), record(number, Incidence)) for number, first in enumerate(meta["parts"])
        )
        return cls(
            Vocabulary(terms, arrays["idf"], meta["unseen"], meta["mean_length"]), senses,
            Facts(**{column.name: arrays[column.name] for column in fields(Facts)}), arrays["vectors"], tuple(parts),
            tuple(meta["places"]), tuple(meta["occupations"]), tuple(map(tuple, meta["licences"])), meta["watermark"],
        )  # fmt: skip


def _name(part: int, record: type, field: str) -> str:
    return f"{part} {record.__name__} {field}"


@dataclass(frozen=True, slots=True)
class _Rows:
    """Vacancies read, in any order: facts, weighted terms, vectors."""

    facts: Facts
    terms: sp.csr_array
    vectors: Vectors

    @classmethod
    def of(cls, rows: Sequence[Any], corpus: Corpus, vocabulary: Vocabulary, tables: Tables, config: Config) -> _Rows:
        weights = vocabulary.weights(corpus.counts, corpus.shares, config)
        return cls(facts_of(rows, corpus, tables), weights, corpus.vectors)

    def followed_by(self, other: _Rows) -> _Rows:
        return _Rows(
            self.facts.followed_by(other.facts), sp.csr_array(sp.vstack([self.terms, other.terms], format="csr")),
            np.concatenate([self.vectors, other.vectors]),
        )  # fmt: skip


def build_index(
    rows: Iterable[Any], watermark: int, config: Config,
    meaning: Meaning | None = None, readings: Readings | None = None,
) -> Index:  # fmt: skip
    """The index of vacancies (objects with the columns of `models.vacancy.Vacancy` and `employer` id).

    Without a fitted meaning texts are compared by letters, words and trades alone; without kept readings every text
    is read.
    """
    kept, senses, tables = list(rows), senses_of(meaning or Meaning.none()), Tables()
    corpus = (readings or Readings()).corpus(map(spoken, kept), senses)
    vocabulary = Vocabulary.of(corpus.counts)
    new = _Rows.of(kept, corpus, vocabulary, tables, config)
    none = new.facts.take(slice(0))
    return Index(vocabulary, senses, none, corpus.vectors[:0], (), *tables.frozen(), watermark)._followed_by(new)
