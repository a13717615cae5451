"""Does the fast road cut texts as jieba does, and how much faster is it? On real postings where they are at hand."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

import synthetic
from segmentation import _tokenizer

from matching.terms import MOST_CHARACTERS, RUN, parts, tokens
from models.text import normal_form

PORTION = 500
Made = TypeVar("Made")


@dataclass(frozen=True)
class Cut:
    """How many texts were cut by both, how many alike, and the CPU seconds that each took."""

    real: bool
    texts: int
    equal: int
    bytes: int
    normal: float  # the normal form, which both need
    ours: float
    jieba: float

    @property
    def ratio(self) -> float:
        """How many times as fast as jieba, both on texts in normal form."""
        return self.jieba / self.ours


def measure(most: int) -> Cut:
    """Cut texts by both roads, by turns: into words and, in search mode, the words within them."""
    real, roads = synthetic.DATA.is_dir(), (_words, _jieba_words)
    for cut in roads:
        cut("加载词典")
    texts, equal, size, spent = 0, 0, 0, [0.0, 0.0, 0.0]
    told = iter(islice(_texts(real), most))
    while some := list(islice(told, PORTION)):
        normal, spent_on_it = _timed(_normal, some)
        cuts = [_timed(cut, normal) for cut in roads]
        spent = [sum(pair) for pair in zip(spent, (spent_on_it, *(took for _, took in cuts)), strict=True)]
        texts += len(some)
        equal += sum(a == b for a, b in zip(*(found for found, _ in cuts), strict=True))
        size += sum(len(text.encode()) for text in normal)
    return Cut(real, texts, equal, size, *spent)


def _timed(work: Callable[[str], Made], texts: Iterable[str]) -> tuple[list[Made], float]:
    """What comes of each text, and the CPU seconds for all."""
    start = time.process_time()
    made = list(map(work, texts))
    return made, time.process_time() - start


def _normal(text: str) -> str:
    return normal_form(text[:MOST_CHARACTERS])


def _words(normal: str) -> list[str]:
    """`matching.terms.words` of a text in normal form."""
    return list(chain.from_iterable(map(parts, tokens(normal))))


def _jieba_words(normal: str) -> list[str]:
    """`segmentation.jieba_words` of a text in normal form."""
    found = chain.from_iterable(map(_tokenizer().lcut_for_search, RUN.findall(normal)))
    return [word for word in found if not word.isspace()]


def _texts(real: bool) -> Iterator[str]:
    told: Iterable[tuple[str, str]] = synthetic.real_texts() if real else _invented()
    return (f"{title} {body}" for title, body in told)


def _invented() -> Iterator[tuple[str, str]]:
    return ((opening.title, opening.description) for opening in synthetic.vacancies(1_000_000))
