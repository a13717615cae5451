"""How good is a ranking? Judged sets: figures, differences, parts, groups, confidence. A night: Gini."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.config import PARTS, Config
from models.enums import Confidence
from models.text import normal_form

GOOD, ACCEPTABLE = 3, 1  # grades: the category itself, a sibling of it
FIGURES = ("ndcg10", "p3", "all3")
RESAMPLES, CHUNK, SEED = 10_000, 500, 20261124
LEVEL = 0.95  # of every interval
NOT_TEXT = frozenset({"distance", "pay", "fit", "freshness"})  # parts that judged sets say nothing about

Floats = NDArray[np.float64]
Grades = Mapping[str, Mapping[str, int]]  # person -> vacancy -> 0..3; what is not named is 0


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over people. `fewer_than_3` counts those whose list is shorter than three."""

    n: int
    ndcg10: float
    p3: float
    all3: float
    fewer_than_3: int

    def as_dict(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a ranking does for each person, in the order of its lists."""

    figures: Floats  # people x FIGURES
    shown: NDArray[np.int64]  # items in each list

    def take(self, people: Sequence[int]) -> Judgement:
        """The judgement of some people alone."""
        return Judgement(self.figures[list(people)], self.shown[list(people)])

    def quality(self) -> Quality:
        """The means over people, rounded to four places."""
        n = len(self.shown)
        ndcg10, p3, all3 = (round(float(total) / max(1, n), 4) for total in self.figures.sum(axis=0))
        return Quality(n, ndcg10, p3, all3, int((self.shown < 3).sum()))


def judge(lists: Mapping[str, Sequence[str]], grades: Grades) -> Judgement:
    """The judgement of ranked lists (person -> vacancies, the best first).

    nDCG@10 with gain 2^grade - 1 (Burges et al. 2005); P@3 counts GOOD; all3 is 1 for a person whose first
    three are all ACCEPTABLE.
    """
    figures = [_figures([grades.get(person, {}).get(item, 0) for item in ranked[:10]], grades.get(person, {}))
               for person, ranked in lists.items()]  # fmt: skip
    shown = np.array([len(ranked) for ranked in lists.values()], np.int64)
    return Judgement(np.array(figures, np.float64).reshape(-1, len(FIGURES)), shown)


def _figures(gained: Sequence[int], judged: Mapping[str, int]) -> tuple[float, float, float]:
    ideal = _dcg(sorted(judged.values(), reverse=True)[:10])
    three = len(gained) >= 3 and all(grade >= ACCEPTABLE for grade in gained[:3])
    return _dcg(gained) / ideal if ideal else 0.0, sum(grade >= GOOD for grade in gained[:3]) / 3, float(three)


def _dcg(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / np.log2(place + 2) for place, grade in enumerate(grades)))


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours minus theirs in one figure: the mean over people, and its interval."""

    mean: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def paired(ours: Judgement, theirs: Judgement) -> dict[str, Difference]:
    """The difference of two rankings of the same people in each of FIGURES.

    Percentile interval of a bootstrap over people (Efron and Tibshirani 1993, chapter 13), the same resamples
    for every comparison of a set.
    """
    difference = ours.figures - theirs.figures
    low, high = np.quantile(_means(difference), ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    return {
        name: Difference(*(round(float(bound[column]), 4) + 0.0 for bound in (difference.mean(axis=0), low, high)))
        for column, name in enumerate(FIGURES)
    }


def _means(values: Floats) -> Floats:
    """The means of resampled rows: RESAMPLES x columns, a chunk at a time so that memory stays small."""
    rng, n = np.random.default_rng(SEED), len(values)
    times = np.full(n, 1 / n)
    return np.concatenate([rng.multinomial(n, times, size=CHUNK) @ values / n for _ in range(RESAMPLES // CHUNK)])


def ablations(config: Config) -> dict[str, Config]:
    """The configuration without each of its text parts: a share of the evidence, or a part of the score."""
    shares = {each.name: getattr(config, each.name) for each in fields(config) if each.name.endswith("_share")}
    changes: dict[str, dict[str, Any]] = {}
    for name, share in shares.items():
        rest = {other: value for other, value in shares.items() if other != name}
        if share and sum(rest.values()):
            changes[name] = {name: 0.0, **{other: value / sum(rest.values()) for other, value in rest.items()}}
    for number, part in enumerate(PARTS):
        if part not in NOT_TEXT and config.weights[number]:
            changes[part] = {"weights": (*config.weights[:number], 0, *config.weights[number + 1 :])}
    return {
        name: replace(config, identity=f"{config.identity} without {name}", **change)
        for name, change in changes.items()
    }


def groups(wishes: Mapping[str, str], grades: Grades) -> dict[str, list[int]]:
    """Groups of occupations: the numbers of people who hang together, by the shortest wish among them.

    Two people hang together who share a wish or a vacancy that is ACCEPTABLE for both, and so on along the chain.
    """
    leaders: dict[tuple[str, str], tuple[str, str]] = {}

    def leader(node: tuple[str, str]) -> tuple[str, str]:
        while leaders.setdefault(node, node) != node:
            leaders[node] = leaders[leaders[node]]
            node = leaders[node]
        return node

    for person, wish in wishes.items():
        leaders[leader(("person", person))] = leader(("wish", normal_form(wish)))
        for vacancy, grade in grades.get(person, {}).items():
            if grade >= ACCEPTABLE:
                leaders[leader(("vacancy", vacancy))] = leader(("person", person))
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, person in enumerate(wishes):
        members[leader(("person", person))].append(number)
    spoken = list(wishes.values())
    return {min((spoken[n] for n in found), key=lambda wish: (len(wish), wish)): found for found in members.values()}


@dataclass(frozen=True, slots=True)
class Rate:
    """A share and its Wilson interval (Wilson 1927); no share where there is nothing to count."""

    share: float | None
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, n: int) -> Rate:
        """The rate of `hits` among `n`."""
        if not n:
            return cls(None, 0.0, 1.0)
        z, p = NormalDist().inv_cdf((1 + LEVEL) / 2), hits / n
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
        return cls(round(p, 4), round(max(0.0, low), 4), round(min(1.0, high), 4))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a confidence word is worth: how often an item that carries it is acceptable, how often good."""

    word: Confidence
    items: int
    acceptable: Rate
    good: Rate


def calibration(words: Sequence[Confidence], grades: Sequence[int]) -> list[Calibration]:
    """What each word is worth, from the words of shown items and their grades."""
    said = {word: [grade for each, grade in zip(words, grades, strict=True) if each is word] for word in Confidence}
    return [
        Calibration(
            word, len(found), *(Rate.of(sum(g >= least for g in found), len(found)) for least in (ACCEPTABLE, GOOD))
        )
        for word, found in said.items()
    ]


def gini(loads: NDArray[np.int64]) -> float:
    """The Gini coefficient of how often vacancies are recommended: 0 all alike, towards 1 all on one."""
    if not len(loads) or not loads.sum():
        return 0.0
    ordered = np.sort(loads)
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))
