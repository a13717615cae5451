"""What words mean beyond their letters: vectors of title n-grams and skill words, fitted on our own vacancies.

Titles and skills of one vacancy say the same thing twice. The n-grams of titles that keep company with the same
skill words get similar vectors (positive pointwise mutual information, Levy and Goldberg 2014, reduced by a
singular value decomposition, Halko, Martinsson and Tropp 2011). A text's vector is the sum of its parts. All
that is compared afterwards is whole numbers: the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.counts import Counts
from matching.terms import words
from models.errors import ZhipeiError

DIMENSIONS = 64
LARGEST = 127  # the length of a vector
ALIKE = LARGEST * LARGEST  # the product of a vector with itself, about
SCALE = 10_000  # of a cosine of 1
# Of 100 pairs of skills at or above this, 90 were of one line of work (76 % between .7 and .8), but hardly one
# in five the same skill: java and mysql, 钢筋绑扎 and 钢筋下料. No threshold tells one skill from its neighbour.
NEAR_SKILL = 8_000
PRECISION = 1 << 12  # of the rows that are summed
SEEN = 2  # a feature of fewer vacancies than this says nothing
MOST_TITLES, MOST_SKILLS = 80_000, 40_000  # features kept, the most frequent first
TOO_COMMON = 0.3  # a skill word of more vacancies than this tells none apart
SMOOTHING = 0.75  # of the skill words' frequencies (Levy, Goldberg and Dagan 2015)
FORMAT = 1
MOST_KEPT = 65_536  # single skills whose vectors are kept

Vectors = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says: n-grams of its title, skill tags, and further words, of which known tags count as skills."""

    grams: Sequence[str]
    skills: Sequence[str] = ()
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sayings:
    """What many texts say, like `Said` each, in columns. How often a text says a thing does not matter."""

    grams: Counts
    skills: Counts
    words: Counts

    @classmethod
    def of(cls, said: Sequence[Said]) -> Sayings:
        """The columns of texts."""
        return cls(*(Counts.of([getattr(text, column.name) for text in said]) for column in fields(cls)))

    def skill_words(self, tags: Set[str], names: Mapping[str, int]) -> sp.csr_array:
        """Each skill tag and its words, and of the other words those that are tags themselves: texts x known names."""
        words = Counts.of([_words_of(tag) for tag in self.skills.names]).onto(names)
        others = self.words.onto({word: names[word] for word in self.words.names if word in tags}, len(names))
        return sp.csr_array(self.skills.matrix @ words + others)

    def __len__(self) -> int:
        return len(self.grams)


@dataclass(frozen=True)
class Meaning:
    """Fitted vectors: a row of whole numbers for each title n-gram and each skill word."""

    titles: dict[str, int]
    skills: dict[str, int]
    tags: frozenset[str]  # the skill words that vacancies name as skills
    title_rows: NDArray[np.int32]
    skill_rows: NDArray[np.int32]
    _kept: dict[str, NDArray[np.int8]] = field(default_factory=dict, compare=False, repr=False)  # of single skills

    @classmethod
    def none(cls) -> Meaning:
        """Nothing fitted yet: no text is like any other."""
        empty = np.zeros((0, DIMENSIONS), np.int32)
        return cls({}, {}, frozenset(), empty, empty)

    @classmethod
    def fit(cls, said: Sequence[Said] | Sayings, seed: int) -> Meaning:
        """Vectors from what vacancies say in their titles and as their skills."""
        from sklearn.utils.extmath import randomized_svd  # one second that no other command pays

        said = said if isinstance(said, Sayings) else Sayings.of(said)
        counts = zip(said.skills.names, said.skills.texts.tolist(), strict=True)
        tags = frozenset(tag for tag, count in counts if count >= SEEN and len(tag) > 1)
        names = sorted({word for tag in said.skills.names for word in _words_of(tag)} | tags)
        words = said.skill_words(tags, {name: column for column, name in enumerate(names)})
        left = _Features.of(said.grams.names, said.grams.matrix, MOST_TITLES, 1.0)
        right = _Features.of(names, words, MOST_SKILLS, TOO_COMMON)
        if min(left.matrix.shape[1], right.matrix.shape[1]) <= DIMENSIONS:
            return cls.none()  # too few vacancies to learn from
        information = _information((left.matrix.T @ right.matrix).tocoo())
        u, strength, v = randomized_svd(information, DIMENSIONS, n_iter=4, random_state=seed)
        u, v = u * np.sqrt(strength), v.T * np.sqrt(strength)
        rows = _whole(left.rarity[:, None] * u), _whole(right.rarity[:, None] * v)
        return cls(left.names, right.names, tags & right.names.keys(), *rows)

    @cached_property
    def identity(self) -> str:
        """A short digest that changes with any number; empty when nothing is fitted."""
        if not self.titles:
            return ""
        digest = hashlib.blake2b(self._names().encode(), digest_size=8)
        digest.update(self.title_rows.tobytes() + self.skill_rows.tobytes())
        return digest.hexdigest()

    def vectors(self, said: Sequence[Said] | Sayings) -> Vectors:
        """The vectors of texts, texts x DIMENSIONS: title and skills in equal shares; zero where nothing is known."""
        if isinstance(said, Sayings):
            grams, words = said.grams.onto(self.titles), said.skill_words(self.tags, self.skills)
        else:
            grams = incidence([text.grams for text in said], self.titles)
            words = incidence([_skill_words(text, self.tags) for text in said], self.skills)
        titles, skills = unit(_sums(grams, self.title_rows)), unit(_sums(words, self.skill_rows))
        return unit(titles.astype(np.int64) + skills)

    def alike(self, left: Sequence[Said], right: Sequence[Said]) -> NDArray[np.int64]:
        """The cosines of all pairs of texts, left x right, at SCALE; below 0 counts as 0."""
        return _cosines(self.vectors(left), self.vectors(right))

    def of_skills(self, skills: Sequence[str]) -> Vectors:
        """The vectors of single skills, skills x DIMENSIONS: vacancies name the same few again and again."""
        kept = [(skill, self._kept.get(skill)) for skill in skills]  # another thread may take some out
        found = {skill: vector for skill, vector in kept if vector is not None}
        fresh = [skill for skill in dict.fromkeys(skills) if skill not in found]
        if fresh:
            read = dict(zip(fresh, self.vectors([Said((), [skill]) for skill in fresh]), strict=True))
            for _ in range(len(self._kept) + len(fresh) - MOST_KEPT):
                self._kept.pop(next(iter(self._kept), ""), None)
            self._kept.update(read)
            found |= read
        return np.array([found[skill] for skill in skills], np.int8).reshape(-1, DIMENSIONS)

    def near_skills(self, asked: Sequence[str], known: Sequence[str]) -> list[str | None]:
        """For each skill asked for the known one that keeps most of its company; None where none comes near.

        Near is the same line of work, not the same skill: who knows one may well know the other, or soon will.
        """
        if not (asked and known):
            return [None] * len(asked)
        alike = _cosines(self.of_skills(asked), self.of_skills(known))
        best = alike.argmax(axis=1)
        return [known[at] if row[at] >= NEAR_SKILL else None for at, row in zip(best, alike, strict=True)]

    def save(self, path: Path) -> None:
        """Write the file; a reader finds the old one or the new one, never a part."""
        partial = path.with_suffix(f".{os.getpid()}.partial.npz")
        names = np.frombuffer(self._names().encode(), np.uint8)
        np.savez(partial, names=names, title_rows=self.title_rows, skill_rows=self.skill_rows)
        os.replace(partial, path)

    @classmethod
    def load(cls, path: Path) -> Meaning:
        """The vectors of a file. ZhipeiError when it is not one of this version."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                names = json.loads(stored["names"].tobytes())
                if names["format"] != FORMAT:
                    raise ValueError(names["format"])
                titles, skills = ({name: row for row, name in enumerate(names[key])} for key in ("titles", "skills"))
                return cls(titles, skills, frozenset(names["tags"]), stored["title_rows"], stored["skill_rows"])
        except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            raise ZhipeiError(f"词义文件不可用：{path.name}，请重新运行 zhipei fit meaning") from error

    @classmethod
    def stored(cls, path: Path) -> Meaning:
        """The vectors of a file; none where there is no file, or one that cannot be used: that costs quality only."""
        if not path.is_file():
            return cls.none()
        try:
            return cls.load(path)
        except ZhipeiError as error:
            logging.getLogger(__name__).warning("meaning file not used: %s", error.detail)
            return cls.none()

    def _names(self) -> str:
        names = {"titles": list(self.titles), "skills": list(self.skills), "tags": sorted(self.tags)}
        return json.dumps({"format": FORMAT, **names}, ensure_ascii=False)


@lru_cache(maxsize=65_536)
def _words_of(tag: str) -> tuple[str, ...]:
    return (tag, *words(tag))


def _skill_words(said: Said, tags: Set[str]) -> list[str]:
    """Each skill tag and its words; and of the other words those that are tags themselves."""
    return [word for tag in said.skills for word in _words_of(tag)] + [word for word in said.words if word in tags]


@dataclass(frozen=True, slots=True)
class _Features:
    """The features of texts: their columns, how rare each is, and the texts as rows of length 1."""

    names: dict[str, int]
    rarity: NDArray[np.float64]
    matrix: sp.csr_array

    @classmethod
    def of(cls, names: Sequence[str], texts: sp.csr_array, most: int, common: float) -> _Features:
        """The features of at least SEEN texts and at most a share `common` of them, the `most` frequent."""
        total, counts = texts.shape[0], np.bincount(texts.indices, minlength=len(names))
        limit = common * total if common < 1 else total
        kept = np.flatnonzero((counts >= SEEN) & (counts <= limit))
        kept = kept[np.lexsort((kept, -counts[kept]))][:most]  # names are in order
        rarity = np.log((total + 1) / (counts[kept] + 0.5))
        matrix = _ones(texts[:, kept]).astype(float) @ sp.diags_array(rarity)
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        scaled = sp.diags_array(1 / np.where(lengths == 0, 1, lengths)) @ matrix
        return cls({names[column]: place for place, column in enumerate(kept.tolist())}, rarity, scaled)


def incidence(texts: Sequence[Iterable[str]], names: Mapping[str, int]) -> sp.csr_array:
    """Which text has which known feature: texts x features, ones."""
    columns = [[names[feature] for feature in dict.fromkeys(text) if feature in names] for text in texts]
    indptr = np.cumsum([0, *(len(row) for row in columns)])
    indices = np.fromiter((column for row in columns for column in row), np.int64, int(indptr[-1]))
    return sp.csr_array((np.ones(len(indices), np.int64), indices, indptr), shape=(len(texts), len(names)))


def _information(together: sp.coo_array) -> sp.csr_array:
    """Positive pointwise mutual information of co-occurrences."""
    rows, columns = together.coords
    total = together.data.sum()
    left = np.bincount(rows, together.data, together.shape[0])
    right = np.bincount(columns, together.data, together.shape[1]) ** SMOOTHING
    right *= total / right.sum()
    information = np.log(together.data * total / (left[rows] * right[columns]))
    more = information > 0
    return sp.csr_array((information[more], (rows[more], columns[more])), shape=together.shape)


def _whole(rows: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.asarray(np.rint(rows / np.abs(rows).max() * PRECISION), np.int32)


def _sums(texts: sp.csr_array, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """The sum of each text's rows. Of the type of the rows: a large table is not copied for the text of a request."""
    return np.asarray(_ones(texts) @ rows, np.int64)


def _ones(texts: sp.csr_array) -> sp.csr_array:
    return sp.csr_array((np.ones(texts.nnz, np.int32), texts.indices, texts.indptr), shape=texts.shape)


def _cosines(left: Vectors, right: Vectors) -> NDArray[np.int64]:
    """All pairs, left x right, at SCALE; below 0 counts as 0."""
    products = left.astype(np.int64) @ right.astype(np.int64).T
    return np.asarray(np.clip(products * SCALE // ALIKE, 0, SCALE))


def unit(sums: NDArray[np.int64]) -> Vectors:
    """Each row at the length LARGEST, in whole numbers; a zero row stays zero."""
    lengths = np.sqrt((sums * sums).sum(axis=1, dtype=np.int64).astype(np.float64))
    return np.rint(sums * (LARGEST / np.where(lengths == 0, 1, lengths))[:, None]).astype(np.int8)
