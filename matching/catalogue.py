"""Which trades a text may mean: the names in the catalogue of trades that it resembles."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.likeness import Names, best_of, nearest
from matching.meaning import Said, incidence
from matching.terms import characters
from matching.wording import role_spans
from models.text import normal_form
from models.trades import Trade, trades

NEAREST = 20  # trades of a text that are looked at closely
SHORTEST_SPOKEN, LONGEST_SPOKEN = 3, 12  # characters of a spoken form within a clause: two are in too many words
# What ends so is another trade than the form within says: 炒底料的厂, 学美容的老师.
OTHER_ENDS = ("厂", "店", "公司", "单位", "教师", "老师", "销售", "客服")
CLAUSES = re.compile(r"[,、;/|\s]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """For each text its nearest trades: numbers of trades and likenesses in [0, 1], texts x NEAREST, best first."""

    trades: NDArray[np.int64]
    values: NDArray[np.float64]


class Catalogue:
    """The trades by number, and the character n-grams of all their names."""

    def __init__(self, known: Iterable[Trade]) -> None:
        self.trades = tuple(known)
        self.number = {trade.name: number for number, trade in enumerate(self.trades)}
        names = [[*dict.fromkeys(map(normal_form, (t.name, *t.aliases, *t.spoken)))] for t in self.trades]
        grams = [dict.fromkeys(characters(name)) for group in names for name in group]
        counts = Counter(gram for each in grams for gram in each)
        self._columns = {gram: column for column, gram in enumerate(counts)}
        self._rarity = np.log1p(len(grams) / (np.array(list(counts.values())) + 0.5))
        self._unseen = float(np.log1p(len(grams) / 0.5))
        known_grams = incidence(grams, self._columns)
        named = sp.csr_array(known_grams.T)
        self._names = Names(
            named.indptr, named.indices, self._rarity.astype(np.float32),
            np.sqrt(known_grams @ self._rarity).astype(np.float32), np.cumsum([0, *map(len, names)]),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.trades)

    @cached_property
    def identity(self) -> str:
        """A short digest of the trades: what was worked out with others is void."""
        return hashlib.blake2b(repr(self.trades).encode(), digest_size=8).hexdigest()

    def called(self, wish: str) -> list[str]:
        """The plain names of the trades that a wish, in normal form, says as people speak: 开叉车的, 在厂里开叉车."""
        parts = (wish, *clauses(wish))
        says = self._spoken.get if any(part in self._named for part in parts) else self._within
        return list(dict.fromkeys(name for part in parts for name in says(part) or () if name not in wish))

    def _within(self, clause: str) -> tuple[str, ...]:
        """What the longest spoken form within a clause means. Titles hold none: 总装设备工程师."""
        if role_spans(clause) or clause.endswith(OTHER_ENDS):
            return ()
        for length in range(min(len(clause), LONGEST_SPOKEN), SHORTEST_SPOKEN - 1, -1):
            for start in range(len(clause) - length + 1):
                if meant := self._spoken.get(clause[start : start + length]):
                    return meant
        return ()

    @cached_property
    def _named(self) -> frozenset[str]:
        """Every name of a trade, as it is written and as it is spoken, in normal form."""
        names = (name for trade in self.trades for name in (trade.name, *trade.aliases))
        return frozenset({*map(normal_form, names), *self._spoken})

    @cached_property
    def _spoken(self) -> dict[str, tuple[str, ...]]:
        """Every spoken form, in normal form, with and without its 的, to the plain names of the trades meant."""
        names: dict[str, dict[str, None]] = {}
        for trade in self.trades:
            for spoken in map(normal_form, trade.spoken):
                for name in (spoken, spoken.removesuffix("的")):
                    names.setdefault(name, {})[normal_form(trade.name)] = None
        return {name: tuple(meant) for name, meant in names.items()}

    def near_to(self, trade: int) -> list[int]:
        """The numbers of the trades near to one, and its own."""
        return self._near[trade]

    def next_but_one(self, trade: int) -> list[int]:
        """The numbers of the trades that are near to a trade near to this one, but not to it."""
        return sorted({other for near in self._near[trade] for other in self._near[near]} - set(self._near[trade]))

    def said(self, trade: int) -> Said:
        """What a trade's meaning is read from: its names and its skills."""
        known = self.trades[trade]
        grams = [gram for name in (known.name, *known.aliases) for gram in characters(name)]
        return Said(grams, [normal_form(skill) for skill in known.skills])

    @cached_property
    def _near(self) -> list[list[int]]:
        near = [{number} for number in range(len(self))]
        for number, trade in enumerate(self.trades):
            for other in (self.number[name] for name in trade.near if name in self.number):
                near[number].add(other)
                near[other].add(number)
        return [sorted(group) for group in near]

    def nearest(self, namings: Sequence[Sequence[str]]) -> Likeness:
        """The trades whose best name shares most with the best naming of each text, by the weight of shared n-grams.

        Shared is the weight of both over the geometric mean of their own.
        """
        rows = {text: row for row, text in enumerate(dict.fromkeys(text for group in namings for text in group))}
        grams = [dict.fromkeys(characters(text)) for text in rows]
        known = incidence(grams, self._columns)
        strange = np.fromiter(map(len, grams), np.int64, len(grams)) - np.diff(known.indptr)
        weight = np.sqrt(known @ self._rarity + strange * self._unseen)
        known.sort_indices()
        numbers, values = nearest(known.indptr, known.indices, self._names, min(NEAREST, len(self)))
        values /= np.where(weight == 0, 1, weight)[:, None]
        ends = np.cumsum([0, *map(len, namings)])
        each = np.fromiter((rows[text] for group in namings for text in group), np.int64, int(ends[-1]))
        return Likeness(*best_of(ends, each, numbers, values))


def clauses(wish: str) -> list[str]:
    """The clauses of a wish, in order."""
    return [clause for clause in CLAUSES.split(wish) if len(clause) > 1]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of `models.trades`."""
    return Catalogue(trades().values())
