"""Which trades have the names most like a text? The inner loops of the catalogue, in compiled code."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.compiled import compiled


class Names(NamedTuple):
    """The names of all trades, those of one trade side by side."""

    ends: NDArray[np.integer]  # n-grams + 1, into `having`
    having: NDArray[np.integer]  # the names that have an n-gram
    rarity: NDArray[np.float32]  # of each n-gram
    length: NDArray[np.float32]  # of each name
    first: NDArray[np.int64]  # trades + 1, into names


Numbers = NDArray[np.int64]
Values = NDArray[np.float64]


@compiled(error_model="numpy")
def nearest(ends: NDArray[np.integer], grams: NDArray[np.integer], names: Names, keep: int) -> tuple[Numbers, Values]:
    """For each text, given by its known n-grams, `keep` trades and their likenesses by their best names, best first.

    A likeness is the weight of the n-grams that both have over the length of the name. Of equals the lower number.
    """
    numbers = np.zeros((len(ends) - 1, keep), np.int64)
    values = np.zeros((len(ends) - 1, keep), np.float64)
    shared = np.zeros(len(names.length), np.float32)
    for text in range(len(ends) - 1):
        shared[:] = 0
        for at in range(ends[text], ends[text + 1]):
            weight = names.rarity[grams[at]]
            for name in names.having[names.ends[grams[at]] : names.ends[grams[at] + 1]]:
                shared[name] += weight
        for name in range(len(shared)):
            shared[name] /= names.length[name]
        size = 0
        for trade in range(len(names.first) - 1):
            top = shared[names.first[trade]]
            for name in range(names.first[trade] + 1, names.first[trade + 1]):
                top = shared[name] if shared[name] > top else top
            if size < keep or top > values[text, keep - 1]:
                size = _take(numbers, values, text, size, trade, top)
    return numbers, values


@compiled()
def best_of(ends: Numbers, texts: Numbers, numbers: Numbers, values: Values) -> tuple[Numbers, Values]:
    """For groups of texts the best trades of any of them, each trade once with its highest likeness."""
    best = np.zeros((len(ends) - 1, numbers.shape[1]), np.int64)
    highest = np.zeros((len(ends) - 1, numbers.shape[1]), np.float64)
    for group in range(len(ends) - 1):
        size = 0
        for at in range(ends[group], ends[group + 1]):
            for place in range(numbers.shape[1]):
                number, value = numbers[texts[at], place], values[texts[at], place]
                known = _place(best, group, size, number)
                if known == size or highest[group, known] < value:
                    size = _drop(best, highest, group, size, known)
                    size = _take(best, highest, group, size, number, value)
    return best, highest


# These work on a row of a table: a row of its own would be counted as one more owner each time.
@compiled()
def _take(numbers: Numbers, values: Values, row: int, size: int, number: int, value: float) -> int:
    """Put a trade among the best so far, the first `size` places, if it belongs there. How many there are then."""
    place = size
    while place and (
        values[row, place - 1] < value or (values[row, place - 1] == value and numbers[row, place - 1] > number)
    ):
        place -= 1
    if place == numbers.shape[1]:
        return size
    size = min(size + 1, numbers.shape[1])
    for behind in range(size - 1, place, -1):
        numbers[row, behind], values[row, behind] = numbers[row, behind - 1], values[row, behind - 1]
    numbers[row, place], values[row, place] = number, value
    return size


@compiled()
def _place(numbers: Numbers, row: int, size: int, number: int) -> int:
    """Where a trade is among the first `size`; `size` where it is not."""
    for place in range(size):
        if numbers[row, place] == number:
            return place
    return size


@compiled()
def _drop(numbers: Numbers, values: Values, row: int, size: int, place: int) -> int:
    """Take away what is at a place, if there is anything. How many there are then."""
    for behind in range(place, size - 1):
        numbers[row, behind], values[row, behind] = numbers[row, behind + 1], values[row, behind + 1]
    return min(size, max(place, size - 1))
