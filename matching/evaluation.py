"""How good a ranking is: nDCG@10, P@3, all3 on judged sets; coverage, Gini and load of a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

GOOD, ACCEPTABLE = 3, 1  # grades: the category itself, a sibling of it


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


def quality(lists: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]) -> Quality:
    """The quality of ranked lists (person -> vacancy ids) under grades (person -> vacancy id -> 0..3).

    nDCG@10 with gain 2^grade - 1 (Burges et al. 2005); P@3 counts grade 3; all3 is the share of people whose
    first three are all of grade 1 or better.
    """
    ndcg = p3 = all3 = 0.0
    for person, ranked in lists.items():
        judged = grades.get(person, {})
        gained = [judged.get(vacancy, 0) for vacancy in ranked[:10]]
        ideal = _dcg(sorted(judged.values(), reverse=True)[:10])
        ndcg += _dcg(gained) / ideal if ideal else 0.0
        p3 += sum(grade >= GOOD for grade in gained[:3]) / 3
        all3 += len(gained) >= 3 and all(grade >= ACCEPTABLE for grade in gained[:3])
    n = max(1, len(lists))
    short = sum(len(ranked) < 3 for ranked in lists.values())
    return Quality(len(lists), round(ndcg / n, 4), round(p3 / n, 4), round(all3 / n, 4), short)


def _dcg(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / np.log2(place + 2) for place, grade in enumerate(grades)))


def gini(loads: NDArray[np.int64]) -> float:
    """The Gini coefficient of how often vacancies are recommended: 0 all alike, towards 1 all on one."""
    if not len(loads) or not loads.sum():
        return 0.0
    ordered = np.sort(loads)
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))
