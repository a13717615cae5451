"""Which weights of the text parts rank judged sets best, and do they hold for occupations they were not learned from?

Few numbers are learned: the shares of the evidence, and the weights of the text parts of the score. The search
starts from the present ones, moves points within a table, and stays there unless a move clearly pays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from matching.config import Config, engine_config
from matching.eligibility import Limits
from matching.evaluation import FIGURES, SEED, Judgement
from matching.index import Index
from matching.plain import by_cities
from matching.ranking import order_keys, tie_keys
from matching.scoring import Part, Scoring, text_evidence
from matching.seekers import Profile, Seekers
from models.configuration import Configuration
from models.errors import ZhipeiError

SHARES = ("characters", "words", "trades")  # of the table [evidence]
TEXT_PARTS = ("intention", "meaning", "level")  # of the table [weights]
STEPS = (1, 2, 4, 8)  # points moved at once, from one weight to another of its table
CAP = 2  # no weight more than doubles or halves in one fit
LEAST_GAIN = 0.002  # what a move must add to the objective: less is noise
FOLDS = 5
DEPTH = 10  # of the lists that are judged
NDCG = FIGURES.index("ndcg10")

Person = tuple[str, int]  # the name of a set, the number of a person in it
Rows = list[list[int]]  # for each person the index rows of the list, the best first


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights that are learned, in the order of SHARES and of TEXT_PARTS. The sum of each never changes."""

    evidence: tuple[int, ...]
    score: tuple[int, ...]

    @classmethod
    def of(cls, configuration: Configuration) -> Weights:
        """Those of a configuration. ZhipeiError when one is no whole number: there are no points to move."""
        evidence, score = configuration.tables["evidence"], configuration.tables["weights"]
        values = [evidence[name] for name in SHARES], [score[name] for name in TEXT_PARTS]
        if any(value != int(value) for table in values for value in table):
            raise ZhipeiError(f"[evidence] 的 {'、'.join(SHARES)} 应为整数，才能学习权重：请按比例放大")
        return cls(*(tuple(map(int, table)) for table in values))

    def tables(self) -> dict[str, dict[str, int]]:
        """As they stand in the configuration file."""
        return {
            "evidence": dict(zip(SHARES, self.evidence, strict=True)),
            "weights": dict(zip(TEXT_PARTS, self.score, strict=True)),
        }

    def within(self, configuration: Configuration) -> Configuration:
        """The configuration with these weights in the place of its own."""
        merged = {name: {**configuration.tables[name], **values} for name, values in self.tables().items()}
        return Configuration(f"{configuration.identity} with {self}", {**configuration.tables, **merged})

    def moves(self, present: Weights) -> Iterator[Weights]:
        """The weights that are one move away, within CAP of the present ones."""
        for evidence in _moved(self.evidence, present.evidence):
            yield replace(self, evidence=evidence)
        for score in _moved(self.score, present.score):
            yield replace(self, score=score)


def _moved(values: Sequence[int], present: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for step in STEPS:
        for giver, taker in permutations(range(len(values)), 2):
            moved = list(values)
            moved[giver] -= step
            moved[taker] += step
            if all(new <= CAP * old and old <= CAP * new for new, old in zip(moved, present, strict=True)):
                yield tuple(moved)


class Bench:
    """A judged set made ready: the lists of its people under any weights, as `recommend.by_score` has them.

    What no weight changes is worked out once, the evidence once for each of its shares; a trial is then a
    weighted sum. `judged` judges the lists of everybody.
    """

    def __init__(
        self, people: Sequence[Profile], index: Index, configuration: Configuration, now: datetime,
        judged: Callable[[Rows], Judgement],
    ) -> None:  # fmt: skip
        self._size, self._configuration, self._judged = len(people), configuration, judged
        config = engine_config(configuration)
        self._crowds = [
            _Crowd(numbers, Limits(Seekers.of([people[number] for number in numbers]), index, config, now))
            for numbers in by_cities(people).values()
        ]
        self._judgements: dict[Weights, Judgement] = {}

    def __len__(self) -> int:
        return self._size

    def lists(self, weights: Weights, k: int = DEPTH) -> Rows:
        """The index rows of the `k` best-scored vacancies for each person."""
        config = engine_config(weights.within(self._configuration))
        found = {number: rows for crowd in self._crowds for number, rows in crowd.lists(config, k)}
        return [found[number] for number in range(self._size)]

    def judgement(self, weights: Weights) -> Judgement:
        """How these weights do for each person; kept."""
        if weights not in self._judgements:
            self._judgements[weights] = self._judged(self.lists(weights))
        return self._judgements[weights]


class _Crowd:
    """The people who want the same cities, against the vacancies there."""

    def __init__(self, numbers: Sequence[int], limits: Limits) -> None:
        seekers, index = limits.seekers, limits.index
        self._numbers, self._limits = numbers, limits
        self._market = index.market(seekers.place[0].cities)
        self._people = np.arange(len(seekers))[:, None]
        ties = index.facts.tie[self._market.rows]
        self._tie = np.array([tie_keys(tie, ties, limits.config.seed) for tie in seekers.tie])
        text = text_evidence(limits, self._market)
        self._parts = Scoring(limits).parts(self._people, self._market.rows[None, :], text)
        self._intentions: dict[tuple[float, ...], NDArray[np.int16]] = {}

    def lists(self, config: Config, k: int) -> Iterator[tuple[int, list[int]]]:
        """The number of each person, and the rows of the list."""
        limits = replace(self._limits, config=config)
        _, *others = self._parts  # the first of PARTS is the intention
        score = Scoring(limits).score(self._people, [self._intention(limits), *others])
        keys = order_keys(np.zeros(score.shape, np.int8), score, self._tie)
        best = np.argsort(keys, axis=1)[:, :k]
        yield from zip(self._numbers, self._market.rows[best].tolist(), strict=True)

    def _intention(self, limits: Limits) -> Part:
        config = limits.config
        shares = (config.characters_share, config.words_share, config.trades_share)
        if shares not in self._intentions:
            evidence, rows = text_evidence(limits, self._market).intention, self._market.rows[None, :]
            intention = Scoring(self._limits).intention(self._people, rows, evidence)
            self._intentions[shares] = intention.astype(np.int16)  # 0..10000
        return self._intentions[shares].astype(np.int64)


@dataclass(frozen=True, slots=True)
class Fit:
    """What was learned, and how it does where it was not learned."""

    present: Weights
    whole: Weights  # from all sets together
    folds: tuple[Weights, ...]  # from all but one fold each
    alone: Mapping[str, Weights]  # from one set
    crossed: Mapping[str, Judgement]  # a set's people, each judged by weights that never saw its group


def fit(
    benches: Mapping[str, Bench], present: Weights, groups: Iterable[Sequence[Person]],
    progress: Callable[[], None],
) -> Fit:  # fmt: skip
    """Learn from all sets together, from each alone, and by folds of whole groups. `progress` hears each search."""
    crossed = {name: np.empty((len(bench), len(FIGURES))) for name, bench in benches.items()}
    learned = []
    for fold in folds(groups):
        learned.append(search(benches, present, fold))
        for name, number in fold:
            crossed[name][number] = benches[name].judgement(learned[-1]).figures[number]
        progress()
    whole = search(benches, present)
    progress()
    alone = {}
    for name, bench in benches.items():
        alone[name] = search({name: bench}, present)
        progress()
    shown = {name: bench.judgement(present).shown for name, bench in benches.items()}  # no weight hides a vacancy
    judged = {name: Judgement(figures, shown[name]) for name, figures in crossed.items()}
    return Fit(present, whole, tuple(learned), alone, judged)


def folds(groups: Iterable[Sequence[Person]]) -> list[set[Person]]:
    """Whole groups in FOLDS parts of about as many people: the largest first, else in an order of a fixed seed."""
    given = list(groups)
    shuffled = [given[place] for place in np.random.default_rng(SEED).permutation(len(given))]
    parts: list[set[Person]] = [set() for _ in range(FOLDS)]
    for group in sorted(shuffled, key=len, reverse=True):
        min(parts, key=len).update(group)
    return parts


def search(benches: Mapping[str, Bench], present: Weights, left_out: Collection[Person] = ()) -> Weights:
    """The weights that serve the people of all sets best, but for those `left_out`.

    The objective is the mean over the sets of nDCG@10 relative to that of the present weights: a set counts the
    same whether it is hard or large. From the present weights the best move is taken while it adds LEAST_GAIN.
    """
    seen = {
        name: np.array([(name, number) not in left_out for number in range(len(bench))], bool)
        for name, bench in benches.items()
    }
    best, reached = present, 1.0
    while True:
        found = {weights: _relative(benches, weights, present, seen) for weights in best.moves(present)}
        next_best = max(found, key=found.__getitem__, default=best)
        if found.get(next_best, 0.0) < reached + LEAST_GAIN:
            return best
        best, reached = next_best, found[next_best]


def _relative(
    benches: Mapping[str, Bench], weights: Weights, present: Weights, seen: Mapping[str, NDArray[np.bool_]]
) -> float:
    """The objective; 1 for the present weights. A set where they gain nothing, or of which nobody is seen, counts 1."""
    ratios = []
    for name, bench in benches.items():
        now, before = (float(bench.judgement(each).figures[seen[name], NDCG].sum()) for each in (weights, present))
        ratios.append(now / before if before else 1.0)
    return sum(ratios) / len(ratios)


def holds(benches: Mapping[str, Bench], found: Fit) -> bool:
    """Whether learning pays on groups that it never saw: by LEAST_GAIN in the mean of the sets, and in none a loss."""
    gains = []
    for name, bench in benches.items():
        crossed, before = (
            each.figures[:, NDCG].sum() for each in (found.crossed[name], bench.judgement(found.present))
        )
        gains.append(float(crossed / before) - 1 if before else 0.0)
    return found.whole != found.present and min(gains) >= 0 and sum(gains) / len(gains) >= LEAST_GAIN
