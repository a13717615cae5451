"""What do many rows share? A column of few different values: each of them once, and for each row its number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Coded(Sequence[Value]):
    """Values, no two of them equal; `code` has for each row the place of its own among them."""

    values: Sequence[Value]
    code: NDArray[np.int32]

    @classmethod
    def of(cls, column: Iterable[Value]) -> Coded[Value]:
        """One value a row, numbered in the order in which they are met."""
        if isinstance(column, Coded):
            return column
        if isinstance(column, (list, tuple)) and len(column) == 1:  # a request: nothing to number
            return cls((column[0],), _FIRST)
        number = numbering()
        code = np.fromiter(map(number.__getitem__, column), np.int32)
        return cls(tuple(number), code)

    @classmethod
    def combined(cls, function: Callable[..., Value], *columns: Coded[Any]) -> Coded[Value]:
        """What a function says of each row's values in some columns, asked once of each combination that occurs."""
        if len(columns[0]) == 1:  # a request: nothing to sort
            return cls((function(*(column[0] for column in columns)),), _FIRST)
        sizes = [len(column.values) for column in columns]
        together = np.ravel_multi_index([column.code for column in columns], sizes)
        _, first, code = np.unique(together, return_index=True, return_inverse=True)
        said = cls.of(map(function, *(Coded(column.values, column.code[first]) for column in columns)))
        return cls(said.values, said.code[code])

    def __len__(self) -> int:
        return len(self.code)

    def __iter__(self) -> Iterator[Value]:
        return map(self.values.__getitem__, self.code.tolist())

    @overload
    def __getitem__(self, row: int) -> Value: ...

    @overload
    def __getitem__(self, row: slice) -> Coded[Value]: ...

    def __getitem__(self, row: int | slice) -> Value | Coded[Value]:
        return Coded(self.values, self.code[row]) if isinstance(row, slice) else self.values[self.code[row]]

    def take(self, rows: NDArray[np.int64]) -> Coded[Value]:
        """The column of some rows, without the values that none of them has."""
        own = Coded.of(self.code[rows].tolist())
        return Coded([self.values[place] for place in own.values], own.code)

    def mapped(self, function: Callable[[Value], Other]) -> Coded[Other]:
        """What a function says of each row's value, asked once of each value."""
        if len(self.values) == 1:
            return Coded((function(self.values[0]),), self.code)
        said = Coded.of([function(value) for value in self.values])
        return Coded(said.values, said.code[self.code])

    def each(self, function: Callable[[Value], Any], dtype: Any) -> NDArray[Any]:
        """The same as an array: one number a row, or a row of them where the function gives a list."""
        return np.array([function(value) for value in self.values], dtype)[self.code]


_FIRST = np.zeros(1, np.int32)  # the code of a single row
_FIRST.setflags(write=False)


def numbering(known: Iterable[Any] = ()) -> defaultdict[Any, int]:
    """Numbers for values, given when a value is first asked for: 0, 1, 2 ... behind those that are known."""
    number: defaultdict[Any, int] = defaultdict(None, {value: place for place, value in enumerate(known)})
    number.default_factory = number.__len__
    return number
