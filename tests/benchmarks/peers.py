"""What else finds the ten nearest vacancies of a person? Other libraries, each as its users would call it.

All take the same weighted terms as our own first stage: a row a vacancy, a row a wish of at most 32 terms. The libraries
of BM25 take which terms there are and weigh them by themselves. None of them has limits but where it says so.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import bm25s
import numba
import numpy as np
import scipy.sparse as sp
import sparse_dot_topn
import tantivy
from clock import NotMeasured
from numpy.typing import NDArray
from sklearn.metrics.pairwise import linear_kernel
from sklearn.neighbors import NearestNeighbors

from matching import eligibility
from matching.config import Config
from matching.facts import KINDS, SHIFTS, UNKNOWN
from matching.index import Index
from matching.seekers import Seekers
from matching.vocabulary import rows_matrix
from matching.wishes import read_wishes
from models.districts import covers
from models.enums import Constraint
from models.times import local_date

TOP = 10
CELLS = 1 << 24  # of a dense matrix made at once: 128 MB
Engine = Callable[[slice], object]
Matrix = sp.csr_array
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Town:
    """A market as the peers take it."""

    index: Index
    people: Seekers
    config: Config
    now: Any

    @cached_property
    def vacancies(self) -> Matrix:
        """Weighted terms, a row a vacancy."""
        return sp.csr_array(self.index.terms.astype(np.float32))

    @cached_property
    def wishes(self) -> Matrix:
        """Weighted terms of the first wish of each person."""
        read = read_wishes(self.index, [person.said[0] for person in self.people], self.config)
        return sp.csr_array(rows_matrix([wish.row for wish in read], self.index.terms.shape[1]).astype(np.float32))

    @cached_property
    def frequency(self) -> NDArray[np.int64]:
        """How many vacancies have each term."""
        return np.bincount(self.index.terms.indices, minlength=self.index.terms.shape[1])

    def touched(self) -> float:
        """Postings of a wish, on average, as a share of the vacancies."""
        return float(self.frequency[self.wishes.indices].sum()) / self.wishes.shape[0] / len(self.index)

    @cached_property
    def limits(self) -> "Limits":
        """What bars these people."""
        return Limits.of(self)


@dataclass(frozen=True)
class Limits:
    """The limits of people who bend nothing, in the arrays that somebody who filters afterwards would use."""

    index: Index
    place: Bools  # people x places
    kind: Bools  # people x kinds
    licence: Bools  # people x sets
    shift: Bools  # people x shifts, the last for one that was not said
    night: Bools
    education: NDArray[np.int64]
    floor: NDArray[np.int64]
    open: Bools  # vacancies

    @classmethod
    def of(cls, town: Town) -> "Limits":
        """Those of all people of a market."""
        people, index, today = town.people, town.index, local_date(town.now).toordinal()
        wanted = {person.place.wanted for person in people}
        places = {
            codes: [not place or any(covers(code, place) for code in codes) for place in index.places]
            for codes in wanted
        }
        return cls(
            index,
            np.array([places[person.place.wanted] for person in people], bool),
            np.array([[kind in person.kinds for kind in KINDS] for person in people], bool),
            np.array([[person.certificates.issuperset(names) for names in index.licences] for person in people], bool),
            np.array([[shift in person.shift_limits for shift in SHIFTS] + [False] for person in people], bool),
            np.array([any(shift.value == "night" for shift in person.shift_limits) for person in people], bool),
            np.array([person.education for person in people], np.int64),
            np.array([person.pay_floor for person in people], np.int64),
            (index.facts.valid_from <= today) & (index.facts.valid_to >= today),
        )

    def passed(self, i: NDArray[Any], j: NDArray[Any]) -> Bools:
        """Whether each pair of a person and a vacancy may be."""
        facts = self.index.facts
        top = facts.pay_max[j]
        return np.asarray(
            self.open[j]
            & self.place[i, facts.place[j]]
            & self.kind[i, facts.kind[j]]
            & self.licence[i, facts.licences[j]]
            & ((top == UNKNOWN) | (top >= self.floor[i]))
            & (self.education[i] >= facts.education[j])
            & ~self.shift[i, facts.shift[j]]
            & ~(self.night[i] & (facts.night[j] == 1))
        )

    def share(self, people: int) -> NDArray[np.float64]:
        """Of the first so many people each: the share of all vacancies that passes."""
        everything = np.arange(len(self.index))[None, :]
        return np.array([self.passed(np.array([[n]]), everything).mean() for n in range(people)])


def dense(town: Town) -> Engine:
    """scikit-learn: a dense product and its ten largest."""
    chunk = max(1, CELLS // len(town.index))

    def run(part: slice) -> None:
        for first in range(part.start, part.stop, chunk):
            scores = linear_kernel(town.wishes[first : min(first + chunk, part.stop)], town.vacancies)
            np.argpartition(-scores, TOP, axis=1)[:, :TOP]

    return run


def neighbours(town: Town) -> Engine:
    """scikit-learn: nearest neighbours by cosine, brute force."""
    found = NearestNeighbors(n_neighbors=TOP, metric="cosine", algorithm="brute", n_jobs=1)
    found.fit(sp.csr_matrix(town.vacancies))
    return lambda part: found.kneighbors(sp.csr_matrix(town.wishes[part]), return_distance=True)


def product(town: Town) -> Engine:
    """scipy: a sparse product, then the ten largest of each row."""
    turned = sp.csr_array(town.vacancies.T)

    def run(part: slice) -> None:
        for first in range(part.start, part.stop, 64):
            scores = town.wishes[first : min(first + 64, part.stop)] @ turned
            for start, end in zip(scores.indptr[:-1], scores.indptr[1:], strict=True):
                row = scores.data[start:end]
                scores.indices[start:end][np.argpartition(-row, TOP)[:TOP] if len(row) > TOP else slice(None)]

    return run


def topn(town: Town, top: int = TOP) -> Callable[[slice], sp.csr_matrix]:
    """sparse_dot_topn: the product that keeps the largest alone."""
    turned = sp.csr_matrix(town.vacancies.T)
    return lambda part: sparse_dot_topn.sp_matmul_topn(
        sp.csr_matrix(town.wishes[part]), turned, top_n=top, n_threads=1, sort=True
    )


def over_fetch(town: Town, top: int) -> Callable[[slice], NDArray[np.int64]]:
    """sparse_dot_topn for more than are wanted, then the limits. How many each person has left."""
    fetch, limits = topn(town, top), town.limits

    def run(part: slice) -> NDArray[np.int64]:
        found = fetch(part)
        person = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        passed = limits.passed(person + part.start, found.indices)
        return np.bincount(person[passed], minlength=found.shape[0])

    return run


def short_of(counts: NDArray[np.int64], least: int = 3) -> float:
    """The share of people who have fewer."""
    return float((counts < least).mean())


def bm25(town: Town) -> Engine:
    """bm25s, compiled by numba."""
    names = np.array([str(column) for column in range(town.index.terms.shape[1])])
    engine = bm25s.BM25(backend="numba")
    engine.index([names[own].tolist() for own in _rows(town.vacancies)], show_progress=False)
    asked = [names[own].tolist() for own in _rows(town.wishes)]
    return lambda part: engine.retrieve(asked[part], k=TOP, show_progress=False, n_threads=1)


def _rows(matrix: Matrix) -> list[NDArray[np.int32]]:
    return np.split(matrix.indices, matrix.indptr[1:-1])


class Tantivy:
    """tantivy: one index, asked without limits or with them as clauses that must hold."""

    def __init__(self, town: Town) -> None:
        schema = tantivy.SchemaBuilder().add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
        for name in ("place", "kind", "education", "pay", "licences", "shift", "open"):
            schema.add_integer_field(name, indexed=True, fast=True)
        self._town, self._schema = town, schema.build()
        index = tantivy.Index(self._schema)
        self._fill(index)
        index.reload()
        self._searcher = index.searcher()

    def _fill(self, index: Any) -> None:
        facts, limits = self._town.index.facts, self._town.limits
        columns = zip(
            facts.place.tolist(), facts.kind.tolist(), facts.education.tolist(), facts.pay_max.tolist(),
            facts.licences.tolist(), np.where(facts.night == 1, 1, facts.shift).tolist(), limits.open.tolist(),
            _rows(self._town.vacancies), strict=True,
        )  # fmt: skip
        writer = index.writer(heap_size=256_000_000, num_threads=1)
        for place, kind, education, pay, licences, shift, is_open, terms in columns:
            writer.add_document(tantivy.Document(
                terms=" ".join(map(str, terms.tolist())), place=place, kind=kind, education=education, pay=pay,
                licences=licences, shift=shift, open=int(is_open),
            ))  # fmt: skip
        writer.commit()
        writer.wait_merging_threads()

    def free(self, part: slice) -> None:
        """Ten each, without limits."""
        for terms in _rows(self._town.wishes[part]):
            self._searcher.search(self._any(terms), TOP, count=False)

    def bounded(self, part: slice) -> None:
        """Ten each that every limit lets pass."""
        for person, terms in enumerate(_rows(self._town.wishes[part]), part.start):
            must = [(tantivy.Occur.Must, query) for query in (self._any(terms), *self._limits(person))]
            barred = [(tantivy.Occur.MustNot, query) for query in self._shifts(person)]
            self._searcher.search(tantivy.Query.boolean_query(must + barred), TOP, count=False)

    def _any(self, terms: NDArray[np.int32]) -> Any:
        term = tantivy.Query.term_query
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, term(self._schema, "terms", str(own), "freq")) for own in terms.tolist()]
        )

    def _limits(self, person: int) -> list[Any]:
        limits, schema = self._town.limits, self._schema
        among, between, whole = tantivy.Query.term_set_query, tantivy.Query.range_query, tantivy.FieldType.Integer
        found = [
            among(schema, "place", np.flatnonzero(limits.place[person]).tolist()),
            among(schema, "kind", np.flatnonzero(limits.kind[person]).tolist()),
            between(schema, "education", whole, upper_bound=int(limits.education[person])),
            tantivy.Query.term_query(schema, "open", 1),
        ]
        if limits.floor[person]:
            found.append(between(schema, "pay", whole, lower_bound=int(limits.floor[person])))
        if not limits.licence[person].all():
            found.append(among(schema, "licences", np.flatnonzero(limits.licence[person]).tolist()))
        return found

    def _shifts(self, person: int) -> list[Any]:
        refused = np.flatnonzero(self._town.limits.shift[person]).tolist()
        return [tantivy.Query.term_set_query(self._schema, "shift", refused)] if refused else []


@numba.njit(nogil=True)
def _scatter(postings: Any, weight: Any, sums: Any) -> None:
    for place in range(postings.shape[0]):
        entry = postings[place]
        sums[entry >> np.uint32(20)] += weight * np.int32(entry & np.uint32(0xFFFFF))


def scatter_rate() -> float:
    """Nanoseconds to add one weighted posting to a sum in the first cache, the lists sorted: nothing can be faster."""
    random = np.random.default_rng(7)
    lists = [np.sort(random.choice(4_096, 1_000, False)).astype(np.uint32) << np.uint32(20) for _ in range(200)]
    postings = np.concatenate(lists) | np.uint32(77)
    sums, spent = np.zeros(4_096, np.int32), []
    _scatter(postings, np.int32(3), sums)
    for _ in range(9):
        start = time.process_time()
        for _ in range(50):
            _scatter(postings, np.int32(3), sums)
        spent.append((time.process_time() - start) / 50 / len(postings) * 1e9)
    return float(np.median(spent))


def check(town: Town) -> None:
    """The limits of the peers are ours, on the first people. NotMeasured where they are not."""
    some = Seekers.of(town.people[:20])
    ours = eligibility.Limits(some, town.index, town.config, town.now)
    i, j = np.arange(len(some))[:, None], np.arange(len(town.index))[None, :]
    levels: Mapping[Any, Any] = ours.levels(i, j, np.zeros((1, 1), np.int64))
    mine = (
        eligibility.admission({name: level for name, level in levels.items() if name is not Constraint.OCCUPATION}) == 0
    )
    if not np.array_equal(np.broadcast_to(mine, (len(some), len(town.index))), town.limits.passed(i, j)):
        raise NotMeasured("the limits given to the peers are not those of the engine")
