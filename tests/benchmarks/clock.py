"""How is a piece of work measured? In CPU seconds, by turns with what it is compared with, in a process of its own."""

import ctypes
import gc
import multiprocessing
import os
import platform
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")
FIRST_LOOK = 32  # people by whom it is found how many fill the time of a round


class NotMeasured(Exception):
    """Why there is no figure."""


@dataclass(frozen=True)
class Budget:
    """How long each engine works in a round, and how many rounds there are."""

    seconds: float
    rounds: int


@dataclass(frozen=True)
class Rate:
    """CPU microseconds a person, median of the rounds, and of how many people in each."""

    micros: float
    people: int

    @property
    def per_second(self) -> float:
        """People a CPU second."""
        return 1e6 / self.micros


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work, all threads of the process together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def median_cpu(work: Callable[[], object], rounds: int) -> float:
    """The median of several times."""
    return statistics.median(cpu(work) for _ in range(rounds))


def by_turns(engines: Mapping[str, Callable[[slice], object]], people: int, budget: Budget) -> dict[str, Rate]:
    """How fast each engine serves people: each takes its turn in each round, and all begin at the same person."""
    sizes, spent = {}, {name: list[float]() for name in engines}
    for name, work in engines.items():
        few = slice(0, min(FIRST_LOOK, people))
        work(few)  # whatever is loaded or compiled once
        a_person = cpu(partial(work, few)) / few.stop
        sizes[name] = max(few.stop, min(people, int(budget.seconds / max(a_person, 1e-7))))
    for turn in range(budget.rounds):
        for name, work in engines.items():
            first = turn * people // budget.rounds
            first = min(first, people - sizes[name])
            part = slice(first, first + sizes[name])
            spent[name].append(cpu(partial(work, part)) / sizes[name])
    return {name: Rate(statistics.median(spent[name]) * 1e6, sizes[name]) for name in engines}


@contextmanager
def watched(module: Any, names: Sequence[str]) -> Iterator[dict[str, float]]:
    """CPU seconds spent in functions that a module looks up by name, while inside; those it has not are left out."""
    spent = {name: 0.0 for name in names if hasattr(module, name)}
    plain = {name: getattr(module, name) for name in spent}

    def measured(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return plain[name](*given, **named)
            finally:
                spent[name] += time.process_time() - start

        return call

    for name in spent:
        setattr(module, name, measured(name))
    try:
        yield spent
    finally:
        for name, function in plain.items():
            setattr(module, name, function)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def resident() -> float:
    """MB that this process holds, what it has freed given back first."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak(process: int | str = "self") -> float:
    """MB that a process held at most, 0 when it has ended. Unlike `getrusage` it does not count what its parent had."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), 0.0)


def together(process: int) -> float:
    """MB that a process holds now, and those that it started; what they share is counted for each."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        started = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (OSError, IndexError):  # it has ended meanwhile
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(together, map(int, started)))


def free() -> float:
    """GB of memory that could be had."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) / 1e6 for line in lines if line.startswith("MemAvailable"))


def machine() -> str:
    """What the machine has, without a name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown model")
    memory = next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, {int(memory) / 2**20:.0f} GiB, "
        f"Python {platform.python_version()}"
    )


def alone(seconds: float, work: Callable[..., Found], *given: Any) -> Found:
    """Do it in a process of its own, which is told to end what it started and then itself when the time is over.

    NotMeasured says why nothing came of it.
    """
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_answer, args=(there, work, given))
    process.start()
    there.close()
    try:
        if not here.poll(seconds):
            raise NotMeasured(f"not done within {seconds:.0f} s")
        found = here.recv()
    except EOFError:
        raise NotMeasured("the process ended by itself") from None
    finally:
        _end(process)
    if isinstance(found, NotMeasured):
        raise found
    return found  # type: ignore[no-any-return]


def _end(process: Any) -> None:
    process.join(10)
    if process.is_alive():
        process.terminate()
        process.join(30)
        process.kill()
        process.join()


def _answer(there: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever is open gets closed
    try:
        found = work(*given)
    except NotMeasured as why:
        found = why
    there.send(found)
