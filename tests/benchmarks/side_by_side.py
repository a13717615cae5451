"""How fast is the engine beside other libraries, on one market in one process, and is what it says exact?

Ours are lists of ten with everything: every limit inside, the ladder for who has fewer than three, the score of eight
parts. The peers give ten by one product, or by BM25, and nothing else; one of them can be given the limits.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import peers
import synthetic
from clock import Budget, Rate, by_turns, cpu, peak, percentile, resident, watched
from exactness import Exact, compare
from numba import njit
from numpy.typing import NDArray
from peers import TOP, Engine, Town

import matching.recommend
from matching import kernel, pair
from matching.blocks import Incidence
from matching.config import Config, engine_config
from matching.crowd import Crowd
from matching.index import Index, build_index
from matching.ladder import Ladder
from matching.ranking import MINIMUM
from matching.recommend import recommend
from matching.records import Rows, Scratch
from matching.seekers import PlaceWish, Profile, Seekers
from matching.wishes import read_wishes
from models.certificates import certificates
from models.configuration import read_configuration
from models.enums import MARKET_KINDS, Mobility

OURS, OURS_FREE, FIRST_STAGE = "ours, all limits", "ours, people without limits", "ours, first stage alone"
DENSE, NEIGHBOURS, PRODUCT = "scikit-learn, linear_kernel", "scikit-learn, NearestNeighbors", "scipy, sparse product"
TOPN, OVER_100, OVER_1000 = "sparse_dot_topn", "sparse_dot_topn, 100 then filter", "sparse_dot_topn, 1,000 then filter"
BM25, TANTIVY, BOUNDED = "bm25s (numba)", "tantivy", "tantivy, limits as clauses"
PAIRS = 200_000_000  # by which the selectivity is counted
STAGES: dict[str, tuple[Any, Sequence[str]]] = {
    "people in numbers": (Crowd, ("of",)),
    "products, limits, score, lists": (kernel, ("scan",)),
    "who is still short, order": (kernel, ("still_short", "lay_out")),
}
ALONE_STAGES: dict[str, tuple[Any, Sequence[str]]] = {
    **STAGES, "parts of the chosen": (pair, ("judge",)), "certificates": (matching.recommend, ("certify",)),
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """What is compared: `real` postings or invented ones, how many, how many people, and beside which peers."""

    name: str
    vacancies: int
    people: int
    budget: Budget
    every_peer: bool = True
    real: bool = False
    checked: int = 0  # people whose lists are held against the plain reference
    alone: int = 500  # people who ask one by one


@dataclass(frozen=True)
class Line:
    """An engine: how fast, how many MB its index holds, and for an over-fetch the share of people left short."""

    rate: Rate
    megabytes: float
    short: float | None = None


@dataclass(frozen=True)
class Latency:
    """Milliseconds of wall clock that one person's request takes the engine."""

    p50: float
    p99: float


@dataclass(frozen=True)
class Comparison:
    """What was found on one market."""

    name: str
    vacancies: int
    people: int
    distinct: int  # sayings among the people
    terms: float  # of a wish, median
    touched: float  # postings of a wish, as a share of the vacancies
    passes: tuple[float, float, float]  # vacancies that all limits let pass: mean share, median and 1st percentile
    build: float  # CPU seconds of the index from rows
    reading: float  # CPU microseconds of a wish that was not read before
    scatter: float  # nanoseconds a posting, ideal
    seen: float  # postings of a wish in the places that its person accepts, as a share of the vacancies
    lines: dict[str, Line]
    profile: dict[str, float]  # shares of the CPU of `OURS`
    later: float  # share of people for whom a rung beyond the first opened
    profile_alone: dict[str, float]  # shares of the CPU of answers to one person
    known: Latency
    new: Latency
    peak: float  # MB of the process
    exact: Exact | None = None

    def micros(self, name: str) -> float:
        """CPU microseconds a person of an engine."""
        return self.lines[name].rate.micros

    def times(self, other: str, ours: str = OURS) -> float | None:
        """How many times as fast as another ours is; None where that was not measured."""
        return self.micros(other) / self.micros(ours) if other in self.lines else None

    @property
    def ideal(self) -> float:
        """Of the first stage: the ideal time of its postings, as a share of what it took."""
        return self.touched * self.vacancies * self.scatter / 1e3 / self.micros(FIRST_STAGE)

    @property
    def ideal_whole(self) -> float:
        """Of everything: the same for the postings in the places that a person accepts."""
        return self.seen * self.vacancies * self.scatter / 1e3 / self.micros(OURS)


def config() -> Config:
    """The shipped configuration."""
    return engine_config(read_configuration())


def measure(spec: Spec) -> Comparison:
    """Build a market and run all engines by turns."""
    found: list[Index] = []
    rows = synthetic.real_vacancies() if spec.real else synthetic.vacancies(spec.vacancies)
    build = cpu(lambda: found.append(build_index(rows, 0, config())))
    texts = list(synthetic.real_texts()) if spec.real else []
    town = Town(found[0], synthetic.people(spec.people, texts), config(), synthetic.NOW)
    reading = _read_all(town)
    peers.check(town)
    engines, held = _engines(town, spec.every_peer)
    rates = by_turns(engines, spec.people, spec.budget)
    some = slice(0, rates[OURS].people)
    alone = town.people[-min(spec.alone, 200) :]
    recommend(alone[:2], town.index, town.config, town.now)  # compiled
    share = town.limits.share(min(PAIRS // len(town.index), spec.people))
    counts = share * len(town.index)
    return Comparison(
        name=spec.name,
        vacancies=len(town.index),
        people=spec.people,
        distinct=len({person.said for person in town.people}),
        terms=float(np.median(np.diff(town.wishes.indptr))),
        touched=town.touched(),
        passes=(float(share.mean()), float(np.median(counts)), float(np.percentile(counts, 1))),
        build=build,
        reading=reading,
        scatter=peers.scatter_rate(),
        seen=_seen(town, min(500, spec.people)),
        lines={name: Line(rate, held.get(name, 0.0), _short(engines, name, town)) for name, rate in rates.items()},
        profile=profiled(lambda: engines[OURS](some), STAGES),
        later=_later(town, some.stop),
        profile_alone=profiled(
            lambda: [recommend([person], town.index, town.config, town.now) for person in alone], ALONE_STAGES
        ),
        known=_one_by_one(town, spec.alone, fresh=False),
        new=_one_by_one(town, min(spec.alone, 200), fresh=True),
        peak=peak(),
        exact=compare(town.people[: spec.checked], town.index, town.config, town.now) if spec.checked else None,
    )


def _read_all(town: Town) -> float:
    """Have every wish read, so that no engine pays for it. CPU microseconds of a distinct one."""
    said = list(dict.fromkeys(text for person in town.people for text in person.said))
    seconds = cpu(lambda: read_wishes(town.index, said, town.config))
    read_wishes(town.index, list({person.skills for person in town.people if person.skills}), town.config)
    return seconds / len(said) * 1e6


def _engines(town: Town, every_peer: bool) -> tuple[dict[str, Engine], dict[str, float]]:
    """All engines by name, each built; and the MB that each has added to the process."""
    free = Town(town.index, Seekers.of([_without_limits(person) for person in town.people]), town.config, town.now)
    makers: dict[str, Callable[[], Engine]] = {
        OURS: partial(_ours, town),
        OURS_FREE: partial(_ours, free),
        FIRST_STAGE: partial(_first_stage, town),
        PRODUCT: partial(peers.product, town),
        TOPN: partial(peers.topn, town),
        OVER_1000: partial(peers.over_fetch, town, 1_000),
    }
    if every_peer:
        makers |= {
            OVER_100: partial(peers.over_fetch, town, 100),
            DENSE: partial(peers.dense, town),
            NEIGHBOURS: partial(peers.neighbours, town),
            BM25: partial(peers.bm25, town),
        }
    _ = town.wishes, town.vacancies, town.limits
    engines, held = {}, {}
    for name, make in makers.items():
        before = resident()
        engines[name] = make()
        held[name] = max(0.0, resident() - before)
    held[OURS] = held[OURS_FREE] = held[FIRST_STAGE] = _bytes(town.index) / 1e6
    held[DENSE] = _matrix_bytes(town) / 1e6
    if every_peer:
        before, both = resident(), peers.Tantivy(town)
        engines |= {TANTIVY: both.free, BOUNDED: both.bounded}
        held[TANTIVY] = held[BOUNDED] = max(0.0, resident() - before)
    return engines, held


def _bytes(index: Index) -> float:
    """Bytes of all arrays of an index."""
    records = [record for part in index.parts for record in (part.terms, part.postings)]
    columns = [getattr(index.facts, name) for name in type(index.facts).__slots__]
    return float(sum(array.nbytes for array in [*columns, index.vectors, *(a for record in records for a in record)]))


def _matrix_bytes(town: Town) -> float:
    matrix = town.vacancies
    return float(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)


def _ours(town: Town) -> Engine:
    return lambda part: Ladder(town.people[part], town.index, town.config, town.now).climb(TOP)


def _first_stage(town: Town) -> Engine:
    """The exact products of the wishes of people with all vacancies, as the kernel makes them before it lists."""
    wishes = Crowd.of(town.people, town.index, town.config).asked.terms
    count = len(wishes.at) - 1
    scratch = Scratch.of(0, count, 0)

    def run(part: slice) -> None:
        some = np.arange(part.start, part.stop) % count
        for own in town.index.parts:
            _products(some, wishes, own.postings, scratch)

    return run


@njit(nogil=True, error_model="numpy", _nrt=False)
def _products(some: NDArray[np.int64], wishes: Rows, postings: Incidence, scratch: Scratch) -> None:
    for block in range(len(postings.start) - 1):
        size = postings.start[block + 1] - postings.start[block]
        scratch.holds[:] = -1
        for wish in some:
            kernel._parts(wish, wishes, 0, block, size, postings, scratch)


def _without_limits(person: Profile) -> Profile:
    """The same wishes of somebody who takes any place, kind, pay and shift, and holds what is asked for."""
    anywhere = PlaceWish(frozenset({synthetic.HOME}), person.place.origin, Mobility.WHOLE_CITY, True, False)
    return replace(
        person, place=anywhere, kinds=frozenset(MARKET_KINDS), pay_floor=0, shift_limits=frozenset(), education=9,
        certificates=frozenset(certificates()),
    )  # fmt: skip


def _short(engines: dict[str, Engine], name: str, town: Town) -> float | None:
    if name not in (OVER_100, OVER_1000):
        return None
    counts = engines[name](slice(0, min(2_000, len(town.people))))
    assert isinstance(counts, np.ndarray)
    return peers.short_of(counts)


def profiled(work: Callable[[], object], stages: Mapping[str, tuple[Any, Sequence[str]]]) -> dict[str, float]:
    """The shares of the CPU that a piece of work spends in each stage, and in none of them."""
    with ExitStack() as stack:
        spent = {name: stack.enter_context(watched(*where)) for name, where in stages.items()}
        whole = cpu(work)
    shares = {name: sum(seconds.values()) / whole for name, seconds in spent.items()}
    return shares | {"rest": max(0.0, 1 - sum(shares.values()))}


def _later(town: Town, people: int) -> float:
    """The share of people for whom a rung beyond the first opened."""
    lists = Ladder(town.people[:people], town.index, town.config, town.now).climb(TOP)
    size = np.diff(lists.start)
    last = np.where(size > 0, lists.start[1:] - 1, 0)  # the highest rung is that of the last in a list
    return float(((lists.level[last] > 0) | (size < MINIMUM)).mean())


def _seen(town: Town, people: int) -> float:
    """Postings of a wish in the places that its person accepts, as a share of the vacancies."""
    places = town.index.facts.place
    total = 0
    for number in range(people):
        inside = np.flatnonzero(town.limits.place[number])
        columns = town.wishes[[number]].indices
        total += int(_by_place(town)[np.ix_(inside, columns)].sum())
    return total / people / len(places)


def _by_place(town: Town) -> np.ndarray:
    """How many vacancies of each place have each term; made once."""
    kept: dict[int, np.ndarray] = _by_place.__dict__.setdefault("kept", {})
    if id(town) not in kept:
        matrix, place = town.vacancies, town.index.facts.place
        rows = np.repeat(place, np.diff(matrix.indptr))
        flat = rows.astype(np.int64) * matrix.shape[1] + matrix.indices
        kept[id(town)] = np.bincount(flat, minlength=len(town.index.places) * matrix.shape[1]).reshape(
            len(town.index.places), -1
        )
    return kept[id(town)]


def _one_by_one(town: Town, people: int, fresh: bool) -> Latency:
    """How long the whole answer to one person takes, one after another; `fresh`: nobody has said the like before."""
    some = town.people[-people:]
    recommend(some[:1], town.index, town.config, town.now)
    if fresh:
        town.index.wishes.clear()
    return latency(some, lambda person: recommend([person], town.index, town.config, town.now))


def latency(people: Sequence[Profile], ask: Callable[[Profile], object]) -> Latency:
    """The wall clock of single requests."""
    spent = []
    for person in people:
        start = time.perf_counter()
        ask(person)
        spent.append((time.perf_counter() - start) * 1e3)
    return Latency(percentile(spent, 0.5), percentile(spent, 0.99))
