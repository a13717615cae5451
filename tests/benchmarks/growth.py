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

ROUNDS = 5


@dataclass(frozen=True)
class Growth:
    """CPU seconds of each round by size, the smallest first.

    A power is that within a round, the median of them: the machine's speed changes from one round to the next.
    """

    sizes: tuple[int, ...]
    rounds: tuple[tuple[float, ...], ...]

    @property
    def seconds(self) -> tuple[float, ...]:
        """The median of each size."""
        return tuple(map(statistics.median, zip(*self.rounds, strict=True)))

    @property
    def exponent(self) -> float:
        """Of the last step."""
        return statistics.median(exponent(self.sizes[-2:], spent[-2:]) for spent in self.rounds)

    @property
    def whole(self) -> float:
        """From the smallest to the largest."""
        ends = slice(None, None, len(self.sizes) - 1)
        return statistics.median(exponent(self.sizes[ends], spent[ends]) for spent in self.rounds)


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The power by which the second grows with the first, between two points."""
    return math.log(seconds[1] / seconds[0]) / math.log(sizes[1] / sizes[0])


def in_people(vacancies: int, sizes: Sequence[int]) -> Growth:
    """Lists of ten for the first so many people, their wishes read before."""
    index = build_index(synthetic.vacancies(vacancies), 0, config())
    everyone = synthetic.people(max(sizes))
    read_wishes(index, list({text for person in everyone for text in person.said}), config())
    _lists(everyone, index)  # compiled, laid out
    rounds = (tuple(cpu(partial(_lists, everyone[:size], index)) for size in sizes) for _ in range(ROUNDS))
    return Growth(tuple(sizes), tuple(rounds))


def _lists(people: Seekers, index: Index) -> Lists:
    return Ladder(people, index, config(), synthetic.NOW).climb(TOP)
