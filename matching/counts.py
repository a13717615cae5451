"""How often does each text have each named thing? Sparse columns with names, in one order whatever their history."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Numbers(dict[str, int]):
    """Names, each numbered when first met."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


class Things:
    """The things of texts by number, one text behind the other."""

    def __init__(self) -> None:
        self._things, self._ends = array("i"), array("q", [0])

    def add(self, *parts: Iterable[int]) -> None:
        """The things of the next text."""
        for part in parts:
            self._things.extend(part)
        self._ends.append(len(self._things))

    def counted(self, numbers: Numbers) -> tuple[list[str], sp.csr_array]:
        """The names in order, and how often each text has each of them."""
        names = sorted(numbers)
        place = np.empty(len(names), np.int32)
        place[np.fromiter(map(numbers.__getitem__, names), np.int64, len(names))] = np.arange(len(names))
        indices = place[np.frombuffer(self._things, np.int32)]
        ones = np.ones(len(indices), np.int32)
        matrix = _matrix(ones, indices, np.frombuffer(self._ends, np.int64), len(names))
        matrix.sum_duplicates()
        return names, matrix


@dataclass(frozen=True, slots=True)
class Counts:
    """A row a text, a column a name. No column is empty, names are in order, and so are the columns of a row."""

    names: list[str]
    matrix: sp.csr_array  # int32

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]]) -> Counts:
        """The counts of texts that are given by their things."""
        numbers, things = Numbers(), Things()
        for text in texts:
            things.add(map(numbers.__getitem__, text))
        return cls(*things.counted(numbers))

    @classmethod
    def joined(cls, parts: Sequence[Counts]) -> Counts:
        """The texts of several counts, one behind the other."""
        if len(parts) == 1:
            return parts[0]
        names: list[str] = []
        for part in parts:
            known = set(names)
            names += [name for name in part.names if name not in known]
            names.sort()  # two sorted runs: merged in linear time
        column = dict(zip(names, range(len(names)), strict=True))
        moved = [np.fromiter(map(column.__getitem__, part.names), np.int32, len(part.names)) for part in parts]
        indices = [place[part.matrix.indices] for place, part in zip(moved, parts, strict=True)]
        lengths = np.concatenate([np.diff(part.matrix.indptr) for part in parts])
        data = np.concatenate([part.matrix.data for part in parts])
        return cls(names, _matrix(data, np.concatenate(indices), _ends(lengths), len(names)))

    def take(self, rows: NDArray[np.integer]) -> Counts:
        """The counts of some texts, with the names that these have."""
        return Counts(self.names, self.matrix[rows]).used()

    def where(self, kept: NDArray[np.bool_]) -> Counts:
        """The entries that are kept, a mark for each in the order of the matrix, with the names that these have."""
        return Counts(self.names, _kept(self.matrix, kept, self.matrix.indices, len(self.names))).used()

    def used(self) -> Counts:
        """The same without empty columns."""
        has = np.zeros(len(self.names), bool)
        has[self.matrix.indices] = True
        place = np.cumsum(has, dtype=np.int32) - 1
        indices = place[self.matrix.indices]
        return Counts(
            list(compress(self.names, has)), _matrix(self.matrix.data, indices, self.matrix.indptr, has.sum())
        )

    def valued(self, values: NDArray[np.int32]) -> Counts:
        """The same entries with other values."""
        return Counts(self.names, _matrix(values, self.matrix.indices, self.matrix.indptr, len(self.names)))

    def renamed(self, name: Callable[[str], str]) -> Counts:
        """The same with other names, which must come in the same order."""
        return Counts([name(old) for old in self.names], self.matrix)

    def onto(self, known: Mapping[str, int], width: int | None = None) -> sp.csr_array:
        """The counts of known names: texts x width, at the columns that `known` gives them; others drop out."""
        column = np.fromiter((known.get(name, -1) for name in self.names), np.int32, len(self.names))
        columns = column[self.matrix.indices]
        return _kept(self.matrix, columns >= 0, columns, len(known) if width is None else width)

    @property
    def texts(self) -> Ints:
        """For each name the number of texts that have it."""
        return np.bincount(self.matrix.indices, minlength=len(self.names))

    def __iter__(self) -> Iterator[list[str]]:
        """The names that each text has."""
        for start, end in zip(self.matrix.indptr[:-1], self.matrix.indptr[1:], strict=True):
            yield [self.names[column] for column in self.matrix.indices[start:end]]


def _kept(matrix: sp.csr_array, kept: NDArray[np.bool_], columns: NDArray[np.int32], width: int) -> sp.csr_array:
    before = np.concatenate([[0], np.cumsum(kept)])
    return _matrix(matrix.data[kept], columns[kept], before[matrix.indptr], width)


def _ends(lengths: NDArray[np.integer]) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _matrix(data: NDArray[np.int32], indices: NDArray[np.int32], ends: NDArray[np.integer], width: int) -> sp.csr_array:
    """Always of the same types, so that equal counts are equal in every byte."""
    shape = (len(ends) - 1, int(width))
    return sp.csr_array((data.astype(np.int32, copy=False), indices, ends.astype(np.int32, copy=False)), shape=shape)
