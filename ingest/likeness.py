"""How like are the texts of some vacancies, and which of them hang together as one vacancy posted again?

Arrays in, arrays out; the rules and the threshold were measured: docs/decisions/0009-duplicates.md.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.8  # least Jaccard similarity of two descriptions of one vacancy
TELLING = 20  # letters; a shorter description says too little to overrule a difference in pay
FEW = 16  # texts; so many are compared one by one, more through an index of their 2-grams
OPEN_END = 2**31 - 1  # yuan: the upper end of "5000元起"

Pair = frozenset[int]
Ints = NDArray[np.int64]
Grams = NDArray[np.uint32]


class Form(NamedTuple):
    """What is compared of the vacancies of a block: those of equal form are duplicates without a further look.

    `alone` is the id of a vacancy that a person decided about: it is a form of its own.
    """

    text: str
    pay_min: int | None
    pay_max: int | None
    alone: int | None = None

    @property
    def pay(self) -> tuple[int, int]:
        """From the least to the most that may be paid; what meets nothing else when nothing is known."""
        if self.pay_min is None and self.pay_max is None:
            return -1, -1
        return self.pay_min or 0, OPEN_END if self.pay_max is None else self.pay_max


class Likeness:
    """The forms of one block, by number: who is like whom. `asked` is for how many of them that will be looked at."""

    def __init__(self, forms: Sequence[Form], asked: int) -> None:
        self._few = asked <= FEW  # then an index costs more than it spares
        self._sets = [grams(form.text) for form in forms]
        self._sizes = np.array([len(each) for each in self._sets])
        self._short = np.array([len(form.text) < TELLING for form in forms])
        self._low, self._high = np.array([form.pay for form in forms]).T

    def components(self, known: Sequence[int | None]) -> list[list[int]]:
        """The forms that hang together by links. Where a part is `known`, its links are settled already."""
        first: dict[int, int] = {}
        parts = np.array([each if part is None else first.setdefault(part, each) for each, part in enumerate(known)])
        for one, part in enumerate(known):
            if part is None:
                linked = self.linked(one, np.flatnonzero(parts != parts[one]))
                parts[np.isin(parts, parts[linked])] = parts[one]
        return [np.flatnonzero(parts == part).tolist() for part in np.unique(parts)]

    def divided(self, part: Sequence[int], apart: set[Pair]) -> list[list[int]]:
        """A component without the pairs that people keep apart: the decided ones first, then the others,
        each with the decided one that it is most like.
        """
        pairs = {pair for pair in apart if pair <= set(part)}
        decided = sorted(frozenset[int]().union(*pairs))
        if not decided:
            return [list(part)]
        groups = self._grown(decided, pairs)
        home = {one: group for group in groups for one in group}
        for other in sorted(set(part) - home.keys()):
            home[decided[int(self.shares(other, np.array(decided)).argmax())]].append(other)
        return groups

    def _grown(self, decided: Sequence[int], apart: set[Pair]) -> list[list[int]]:
        """The decided ones, together where they are linked and nobody in the group is kept apart from another."""
        groups, left = [], list(decided)
        while left:
            group = [left.pop(0)]
            for one in group:  # grows while it is walked
                for other in self.linked(one, np.array(left, np.int64)).tolist():
                    if not any({other, member} in apart for member in group):
                        group.append(other)
                        left.remove(other)
            groups.append(group)
        return groups

    def linked(self, one: int, others: Ints) -> Ints:
        """Those of the others that are duplicates of one: alike in text, and in pay as far as texts are telling."""
        low, high = self._low[others], self._high[others]
        equal = (low == self._low[one]) & (high == self._high[one])
        meets = (low <= self._high[one]) & (high >= self._low[one]) & ~self._short[others] & ~self._short[one]
        size, sizes = self._sizes[one], self._sizes[others]
        of_size = np.minimum(size, sizes) / np.maximum(size, sizes) >= ALIKE
        others = self._near(one, others[(equal | meets) & of_size])
        return others[self.shares(one, others) >= ALIKE]

    def shares(self, one: int, others: Ints) -> NDArray[np.float64]:
        """The Jaccard similarity of one text to each of the others."""
        own = self._sets[one]
        if self._few or len(others) <= FEW:
            shared = np.array([len(np.intersect1d(own, self._sets[other], True)) for other in others], np.int64)
        else:
            shared = np.bincount(self._every.having(own), minlength=len(self._sets))[others]
        return shared / (self._sizes[others] + len(own) - shared)

    def _near(self, one: int, others: Ints) -> Ints:
        """Those of the others that can be alike at all: of two such texts the larger has some of the smaller's core."""
        if self._few or len(others) <= FEW:
            return others
        near = np.zeros(len(self._sets), bool)
        near[self._every.having(self._cores[one])] = near[self._core.having(self._sets[one])] = True
        return others[near[others]]

    @cached_property
    def _every(self) -> "_Inverted":
        return _Inverted(self._sets)

    @cached_property
    def _core(self) -> "_Inverted":
        return _Inverted(self._cores)

    @cached_property
    def _cores(self) -> list[Grams]:
        """So many of the rarest 2-grams of each text that no text of its size or more is alike without one of them.

        Alike texts share 2 * 0.8 / 1.8 of the smaller at least: the prefix filter of set similarity joins
        (Chaudhuri, Ganti and Kaushik 2006).
        """
        spread = np.split(self._every.spread, np.cumsum(self._sizes)[:-1])
        least = 2 * ALIKE / (1 + ALIKE)
        return [
            own[np.argsort(found, kind="stable")[: len(own) - int(least * len(own)) + 1]]
            for own, found in zip(self._sets, spread, strict=True)
        ]


class _Inverted:
    """Which texts have a 2-gram."""

    def __init__(self, sets: Sequence[Grams]) -> None:
        every = np.concatenate(sets)
        order = np.argsort(every, kind="stable")
        self._grams = every[order]
        self._owners = np.repeat(np.arange(len(sets)), [len(each) for each in sets])[order]
        counts = np.diff(np.flatnonzero(np.diff(self._grams, prepend=-1, append=-1)))
        self.spread = np.empty(len(every), np.int64)  # how many texts have it, for every 2-gram of the sets in order
        self.spread[order] = np.repeat(counts, counts)

    def having(self, grams: Grams) -> Ints:
        """The texts that have any of these 2-grams, each as often as it does."""
        starts, ends = np.searchsorted(self._grams, grams), np.searchsorted(self._grams, grams, "right")
        slices = [self._owners[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return np.concatenate(slices)


def grams(text: str) -> Grams:
    """The distinct pairs of neighbouring characters (UTF-16 units), sorted, each as one number.

    A lone character is its own, no character is 0: no set is empty, and no text shares anything with none.
    """
    units = np.frombuffer(text.encode("utf-16-le"), np.uint16).astype(np.uint32)
    pairs = np.sort(units[:-1] << 16 | units[1:]) if len(units) > 1 else np.append(units, np.uint32(0))[:1]
    distinct: Grams = pairs[np.append(True, pairs[1:] != pairs[:-1])]
    return distinct
