"""Which vacancies a person gets, in which order: the ladder, variety of employers, keyed ties."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from matching.facts import Facts

MINIMUM = 3  # what the notice promises everyone (paragraph 2)
TIE_BITS = 40


def tie_keys(seeker: np.uint64, vacancies: NDArray[np.uint64], seed: int) -> NDArray[np.int64]:
    """40-bit keys by which equal scores are ordered: another order for each person, the same every night.

    The finaliser of splitmix64 (Steele, Lea and Flood 2014) over the mixed hashes.
    """
    mixed = np.atleast_1d(seeker) * np.uint64(0x9E3779B97F4A7C15)  # an array wraps without a warning
    z = vacancies ^ mixed ^ np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(64 - TIE_BITS)).astype(np.int64)


def order_keys(level: NDArray[np.int8], score: NDArray[np.int64], tie: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number an item; ascending is the order of the list: earlier rung, higher score, tie key."""
    return (level.astype(np.int64) << 60) | ((1_000_000 - score) << TIE_BITS) | tie


def choose(
    rows: NDArray[np.int64], levels: NDArray[np.int8], facts: Facts, k: int
) -> tuple[list[int], bool]:  # fmt: skip
    """The places in a sorted list that one person gets, best first; and that no longer list could change this.

    At least three where the ladder holds three, at most `k`: a later rung opens only while fewer than three are
    chosen. One a duplicate cluster; within a rung one an employer while the rung offers choice, then further
    vacancies of the same ones: variety never opens a rung.
    """
    chosen: list[int] = []
    clusters: set[int] = set()
    employers: set[int] = set()
    for group in _rungs(levels):
        if len(chosen) >= min(MINIMUM, k):
            return chosen, True
        taken: list[int] = []
        repeats: list[int] = []
        for column in group:
            row = rows[column]
            cluster, employer = int(facts.cluster[row]), int(facts.employer[row])
            if cluster in clusters:
                continue
            clusters.add(cluster)
            if employer in employers:
                repeats.append(column)
                continue
            employers.add(employer)
            taken.append(column)
            if len(chosen) + len(taken) == k:
                return chosen + taken, True
        fill = repeats[: k - len(chosen) - len(taken)]
        chosen += sorted(taken + fill)
    return chosen, False


def _rungs(levels: NDArray[np.int8]) -> Iterator[range]:
    """The places of a sorted list, those of one rung together."""
    end = 0
    for _, same in groupby(levels.tolist()):
        start, end = end, end + sum(1 for _ in same)
        yield range(start, end)
