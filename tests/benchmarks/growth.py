"""By which power do the costs of lists grow with the number of people, and with that of vacancies?"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import synthetic
from clock import cpu
from peers import TOP
from side_by_side import config

from matching.index import Index, build_index
from matching.ladder import Ladder, Lists
from matching.seekers import Seekers
from matching.wishes import read_wishes

ROUNDS = 3


@dataclass(frozen=True)
class Growth:
    """CPU seconds by size, the smallest first."""

    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """Of the last step."""
        return exponent(self.sizes[-2:], self.seconds[-2:])

    @property
    def whole(self) -> float:
        """From the smallest to the largest."""
        ends = slice(None, None, len(self.sizes) - 1)
        return exponent(self.sizes[ends], self.seconds[ends])


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The power by which the second grows with the first, between two points."""
    return math.log(seconds[1] / seconds[0]) / math.log(sizes[1] / sizes[0])


def in_people(vacancies: int, sizes: Sequence[int]) -> Growth:
    """Lists of ten for the first so many people, their wishes read before."""
    index = build_index(synthetic.vacancies(vacancies), 0, config())
    everyone = synthetic.people(max(sizes))
    read_wishes(index, list({text for person in everyone for text in person.said}), config())
    spent: dict[int, list[float]] = {size: [] for size in sizes}
    _lists(everyone[:50], index)  # compiled, laid out
    for _ in range(ROUNDS):
        for size in sizes:
            spent[size].append(cpu(partial(_lists, everyone[:size], index)))
    return Growth(tuple(sizes), tuple(statistics.median(spent[size]) for size in sizes))


def _lists(people: Seekers, index: Index) -> Lists:
    return Ladder(people, index, config(), synthetic.NOW).climb(TOP)
