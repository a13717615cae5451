"""What does the ranking cost, by the vacancy, by the person, and to fit? Prints a section of markdown.

CPU of one process. Every text is new to it: medians are over portions of the market, not over repetitions, which
caches would flatter. Bytes are those that stay. Fitting runs in a process of its own, so that its memory is its own.
"""

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import scipy.sparse as sp
from material import Material, real, sample

from api.settings import Settings
from matching.catalogue import catalogue
from matching.corpus import spoken
from matching.facts import Facts
from matching.index import Index, build_index
from matching.meaning import Meaning
from matching.readings import Readings
from matching.recommend import recommend
from matching.senses import Senses
from matching.vocabulary import Vocabulary
from matching.wishes import read_wishes
from models.queries.vacancies import open_vacancies, texts
from models.times import local_date

PORTIONS = 3
VACANCIES, PEOPLE = 3_000, 500  # of a portion, at most
FITTED, LIMIT = 100_000, 180  # vacancies, and the seconds that fitting everything from them may take
WORDS, LIKENESS, VECTOR, SENSES, WEIGHTS = (
    "a vacancy: words and n-grams, boilerplate out", "a vacancy: likeness to the trades of the catalogue",
    "a vacancy: vector of its title and skills", "a vacancy: trades and vector, both the above and their sum",
    "a vacancy: statistics and weights of its terms",
)  # fmt: skip
READING, LISTING = "a distinct wish, read", "a person whose wish was read: limits, scores, list"


@dataclass
class Clock:
    """CPU seconds by what they were spent on, a thing at a time."""

    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def measure(self, name: str, things: int = 1) -> Iterator[None]:
        """Count what happens inside, over so many things."""
        start = time.process_time()
        yield
        self.spent[name].append((time.process_time() - start) / max(1, things))

    def median(self, name: str) -> float:
        """Of one thing, in seconds."""
        return statistics.median(self.spent[name])


@dataclass(frozen=True)
class Costs:
    """Microseconds and bytes by step."""

    micros: Mapping[str, float]
    size: Mapping[str, float]


def costs(market: Material) -> Costs:
    """What a vacancy and a person of this market take."""
    clock = Clock()
    for rows in _portions(market.rows, VACANCIES):
        _take_vacancies(rows, market, clock)
    index, people = market.index, [person for person in market.people if person.readable]
    recommend(people[:1], index, market.config, market.moment)  # whatever is made once
    for some in _portions(people[1:], PEOPLE):
        wishes = list(dict.fromkeys(wish for person in some for wish in person.wishes))
        new = [wish for wish in wishes if (wish, market.config.identity) not in index.wishes]
        with clock.measure(READING, len(new)):
            read_wishes(index, new, market.config)
        read_wishes(index, [person.skills for person in some if person.skills], market.config)
        with clock.measure(LISTING, len(some)):
            recommend(some, index, market.config, market.moment)
    return Costs(
        {name: clock.median(name) * 1e6 for name in clock.spent},
        _vacancy_bytes(index) | {READING: _wish_bytes(index, new, market)},
    )


def _take_vacancies(rows: Sequence[Any], market: Material, clock: Clock) -> None:
    senses = Senses(catalogue(), market.meaning)
    with clock.measure(WORDS, len(rows)):
        read = Readings().texts(map(spoken, rows))
    namings, said = [[row.title] for row in rows], read.said
    with clock.measure(LIKENESS, len(rows)):
        senses.catalogue.nearest(namings)
    with clock.measure(VECTOR, len(rows)):
        market.meaning.vectors(said)
    with clock.measure(SENSES, len(rows)):
        shares, _ = senses.read(namings, said)
    with clock.measure(WEIGHTS, len(rows)):
        Vocabulary.of(read.counts).weights(read.counts, shares, market.config)


def _vacancy_bytes(index: Index) -> dict[str, float]:
    """What stays of a vacancy: in the index, and once more where its city is kept ready."""
    text, trades = (
        _sparse_bytes(index.terms[:, columns])
        for columns in (slice(len(index.vocabulary.terms)), slice(len(index.vocabulary.terms), None))
    )
    return {
        WEIGHTS: text / len(index),
        SENSES: (trades + index.vectors.nbytes) / len(index),
    }


def _index_bytes(index: Index) -> float:
    facts = sum(getattr(index.facts, column.name).nbytes for column in fields(Facts))
    return float(facts + _sparse_bytes(index.terms) + index.vectors.nbytes)


def _sparse_bytes(matrix: sp.csr_array) -> float:
    return float(matrix.data.nbytes + matrix.indices.nbytes)


def _wish_bytes(index: Index, wishes: Sequence[str], market: Material) -> float:
    """What stays of a wish that was read."""
    index.wishes.clear()
    tracemalloc.start()
    read_wishes(index, wishes, market.config)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / max(1, len(wishes))


def _portions(things: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    size = min(most, len(things) // PORTIONS)
    return (things[start : start + size] for start in range(0, PORTIONS * size, size))


@dataclass(frozen=True, slots=True)
class Fitting:
    """What it took to fit everything from a market: seconds of CPU by step, of the clock in all, bytes."""

    vacancies: int
    cpu: Mapping[str, float]
    wall: float
    peak: float
    meaning_file: float
    index: float  # bytes of the whole index a vacancy


def fitting(market: Material) -> Fitting:
    """Everything fitted in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(_fit, market.settings.database_url, market.moment).result()


def _fit(url: str, moment: datetime) -> Fitting:
    settings = Settings(_env_file=None, database_url=url, config=None)
    clock, start = Clock(), time.perf_counter()
    with settings.database.read() as session:
        with clock.measure("texts and their words"):
            said = Readings().texts(map(spoken, islice(texts(session), FITTED))).said
        with clock.measure("vectors"):
            meaning = Meaning.fit(said, settings.engine.seed)
            meaning.save(settings.meaning_file)
        with clock.measure("index: statistics of terms, trades, vectors"):
            rows = islice(open_vacancies(session, local_date(moment)), FITTED)
            index = build_index(rows, 0, settings.engine, meaning)
    return Fitting(
        len(said), {name: clock.median(name) for name in clock.spent}, time.perf_counter() - start,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0, settings.meaning_file.stat().st_size,
        _index_bytes(index) / len(index),
    )  # fmt: skip


def section(markets: Sequence[Material]) -> str:
    """The section of docs/benchmarks.md. Everything is fitted from the last of the markets, the largest."""
    found = [costs(market) for market in markets]
    fitted = fitting(markets[-1])
    heads = [f"{market.name}: {what}" for market in markets for what in ("CPU us", "bytes")]
    lines = [
        f"| {name} | " + " | ".join(_figure(of.get(name)) for each in found for of in (each.micros, each.size)) + " |"
        for name in (WORDS, LIKENESS, VECTOR, SENSES, WEIGHTS, READING, LISTING)
    ]
    steps = "".join(f"| {name} | {seconds:.1f} |\n" for name, seconds in fitted.cpu.items())
    return f"""## Cost of the ranking

Microseconds of CPU, and bytes that stay, for one more vacancy and one more person; {", ".join(map(_told, markets))}.

| one more | {" | ".join(heads)} |
{"|---" * (1 + len(heads))}|
{chr(10).join(lines)}

Everything fitted anew from {fitted.vacancies:,} vacancies, in CPU seconds; by the clock {fitted.wall:.0f} s of at most
{LIMIT}, {fitted.peak / 1e6:,.0f} MB at the peak, a file of {fitted.meaning_file / 1e6:.0f} MB, {fitted.index:,.0f} bytes
of index a vacancy.

| step | CPU s |
|---|---|
{steps}"""


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _told(market: Material) -> str:
    return f"{market.name} market of {len(market.index):,}"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        markets = [sample(place, PEOPLE * (PORTIONS + 1), VACANCIES * PORTIONS), real(place, PEOPLE * (PORTIONS + 1))]
        sys.stdout.write(section([market for market in markets if market]))


if __name__ == "__main__":
    main()
