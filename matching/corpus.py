"""What do vacancies say? Their texts in columns, a row a vacancy, and what that means: trades, vectors, levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.counts import Counts, Numbers, Things
from matching.meaning import Sayings, Vectors
from matching.terms import MOST_CHARACTERS, grams, parts, tokens, words
from matching.vocabulary import CHARACTERS, WORDS
from matching.wording import level_bits, plain, substance
from models.text import normal_form

Spoken = tuple[str, Sequence[str], str, str]  # title, skills, description, industry


def spoken(row: Any) -> Spoken:
    """What a vacancy says."""
    return row.title, row.skills, row.description, row.industry


@dataclass(frozen=True, slots=True)
class Texts:
    """The n-grams of titles, the words of all fields (a title's twice), skill tags, level classes.

    Benefits, virtues and headings are gone. Equal texts make equal columns, byte by byte, however they were read.
    """

    terms: Counts  # block + term: twice the frequency, and one more where the description says it
    tags: Counts
    levels: NDArray[np.int32]  # one bit a class

    @classmethod
    def joined(cls, several: Sequence[Texts]) -> Texts:
        """Several, one behind the other."""
        return cls(
            Counts.joined([texts.terms for texts in several]),
            Counts.joined([texts.tags for texts in several]),
            np.concatenate([texts.levels for texts in several]),
        )

    def __len__(self) -> int:
        return len(self.levels)

    def take(self, rows: NDArray[np.integer]) -> Texts:
        """Those of some vacancies."""
        return Texts(self.terms.take(rows), self.tags.take(rows), self.levels[rows])

    @property
    def counts(self) -> Counts:
        """How often each vacancy has each term."""
        return self.terms.valued(self.terms.matrix.data >> 1)

    @property
    def said(self) -> Sayings:
        """What the meaning is read from."""
        grams = np.array([name[0] == CHARACTERS for name in self.terms.names], bool)[self.terms.matrix.indices]
        described = (self.terms.matrix.data & 1).astype(bool)
        return Sayings(self.terms.where(grams).renamed(_bare), self.tags, self.terms.where(described).renamed(_bare))


@dataclass(frozen=True, slots=True)
class Corpus:
    """What an index is made of."""

    counts: Counts
    levels: NDArray[np.int32]
    shares: sp.csr_array  # vacancies x trades, int64 at SHARE_SCALE
    vectors: Vectors


def _bare(term: str) -> str:
    return term[1:]


class Reader:
    """Puts texts into columns. Each distinct segment, tag and industry is looked at once."""

    def __init__(self) -> None:
        self._terms, self._tags = Numbers(), Numbers()
        self._all, self._described, self._named = Things(), Things(), Things()
        self._levels: list[int] = []
        self._segments = _Segments(self._terms)
        self._tagged: dict[str, tuple[list[int], list[int]]] = {}
        self._industries: dict[str, list[int]] = {}

    def add(self, title: str, skills: Iterable[str], description: str, industry: str) -> None:
        """The next vacancy."""
        normal = normal_form(title[:MOST_CHARACTERS])
        letters = [self._terms[CHARACTERS + gram] for gram in grams(normal)]
        named = self._numbers(tokens(normal))
        described = self._numbers(tokens(plain(description)[:MOST_CHARACTERS])) if description else []
        tags = [self._tagged.get(tag) or self._tag(tag) for tag in skills]
        worded = chain.from_iterable(numbers for _, numbers in tags)
        self._all.add(letters, named, named, worded, described, self._industry(industry))
        self._described.add(described)
        self._named.add(chain.from_iterable(numbers for numbers, _ in tags))
        self._levels.append(level_bits(title))

    def texts(self) -> Texts:
        """All that was added."""
        names, terms = self._all.counted(self._terms)
        _, described = self._described.counted(self._terms)
        described.data[:] = 1
        tags = Counts(*self._named.counted(self._tags))
        return Texts(Counts(names, sp.csr_array(2 * terms + described)), tags, np.array(self._levels, np.int32))

    def _numbers(self, segments: Iterable[str]) -> list[int]:
        return list(chain.from_iterable(map(self._segments.__getitem__, segments)))

    def _tag(self, tag: str) -> tuple[list[int], list[int]]:
        """The number of a tag that names a skill, and those of its words."""
        skills = substance([tag])
        found = (
            [self._tags[skill] for skill in skills],
            [self._terms[WORDS + word] for skill in skills for word in words(skill)],
        )
        self._tagged[tag] = found
        return found

    def _industry(self, industry: str) -> list[int]:
        if industry not in self._industries:
            self._industries[industry] = [self._terms[WORDS + word] for word in words(industry)]
        return self._industries[industry]


class _Segments(dict[str, tuple[int, ...]]):
    """The numbers of the words in a segment."""

    def __init__(self, terms: Numbers) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, segment: str) -> tuple[int, ...]:
        self[segment] = numbers = tuple(self._terms[WORDS + word] for word in parts(segment))
        return numbers
