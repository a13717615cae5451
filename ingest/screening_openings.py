"""Where in a text may any of many patterns begin? Arrays of pairs of letters answer it for all at once."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)

LETTERS = 2  # of a beginning that are told apart
WIDEST = 64  # letters of a class that are told one by one
SLOTS, FACTOR = 1 << 16, 31  # a pair of letters is a number under SLOTS; of some 3,000 pairs few fall together
BETWEEN = "\n"  # texts that are looked through as one
_TAKES_NOTHING = {ops.AT, ops.ASSERT, ops.ASSERT_NOT}
_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}

# The first letters of what a part of a pattern finds, and whether the next part goes on after them. Where it does not
# and there are fewer than LETTERS, anything may follow.
Heads = set[tuple[str, bool]]
ANYTHING: Heads = {("", False)}


class Openings(Generic[Key]):
    """The first letters of many patterns. What begins nowhere in a text need not be looked for in it.

    The parser of `re` reads the patterns. What it cannot tell letter by letter counts as anything, so that there may
    only be too many places, never too few; a pattern that may begin with any letter may begin everywhere.
    """

    def __init__(self, patterns: Iterable[tuple[Key, str]]) -> None:
        known: dict[str, dict[Key, None]] = defaultdict(dict)
        for key, pattern in patterns:
            for head in beginnings(pattern):
                known[head][key] = None
        self._everywhere = tuple(known.pop("", ()))
        self._keys = {head: tuple(keys) for head, keys in known.items()}
        self._letters = _table(ord(head) for head in known if len(head) == 1)
        self._pairs = _table(ord(head[0]) * FACTOR + ord(head[1]) for head in known if len(head) == LETTERS)

    def begun(self, texts: Sequence[str]) -> Iterator[tuple[int, int, Key]]:
        """Where in some texts each pattern may begin: the number of the text and the place in it, in order for each.

        The texts are looked through as one: many cost little more than a few.
        """
        yield from (
            (at, place, key)
            for key in self._everywhere
            for at in range(len(texts))
            for place in range(len(texts[at]) + 1)
        )
        text = BETWEEN.join(texts)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint16)
        possible = self._letters.take(codes)  # and a few more, that only look alike to the tables
        possible[:-1] |= self._pairs.take(codes[:-1] * FACTOR + codes[1:])
        places = possible.nonzero()[0]
        starts = np.cumsum([0, *(len(each) + len(BETWEEN) for each in texts)])
        numbers = np.searchsorted(starts, places, "right") - 1
        keys = self._keys
        for at, start, place in zip(numbers.tolist(), starts[numbers].tolist(), places.tolist(), strict=True):
            for head in (text[place], text[place : place + LETTERS]):
                for key in keys.get(head, ()):
                    yield at, place - start, key

    def places(self, texts: Sequence[str]) -> list[Mapping[Key, Sequence[int]]]:
        """Where each pattern may begin in each of some texts, in order; one without a place is not in that text."""
        found: list[defaultdict[Key, list[int]]] = [defaultdict(list) for _ in texts]
        for at, place, key in self.begun(texts):
            found[at][key].append(place)
        return [*found]


def _table(slots: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(SLOTS, dtype=np.bool_)
    table[[slot % SLOTS for slot in slots]] = True
    return table


def beginnings(pattern: str) -> set[str]:
    """The letters, up to LETTERS, that what a pattern finds may begin with; an empty one where that may be any."""
    heads = {head for head, _ in _sequence(parser.parse(pattern))}
    return {""} if "" in heads else {head for head in heads if len(head) == 1 or head[0] not in heads}


def _sequence(parts: Iterable[tuple[Any, Any]]) -> Heads:
    heads: Heads = {("", True)}
    for operator, argument in parts:
        open_heads = {head for head, goes_on in heads if goes_on}
        if not open_heads:
            break
        if operator in _TAKES_NOTHING:
            continue
        closed = {(head, False) for head, goes_on in heads if not goes_on}
        next_heads = _part(operator, argument)
        heads = closed | {_joined(head, after) for head in open_heads for after in next_heads}
    return heads


def _joined(head: str, after: tuple[str, bool]) -> tuple[str, bool]:
    whole = head + after[0]
    return whole[:LETTERS], after[1] and len(whole) < LETTERS


def _part(operator: Any, argument: Any) -> Heads:
    if operator is ops.LITERAL:
        return {(chr(argument), True)}
    if operator is ops.IN:
        return _class(argument)
    if operator is ops.BRANCH:
        return set().union(*map(_sequence, argument[1]))
    if operator is ops.SUBPATTERN:
        return _sequence(argument[-1])
    if operator is ops.ATOMIC_GROUP:
        return _sequence(argument)
    return _repeated(*argument) if operator in _REPEATS else ANYTHING


def _class(members: Iterable[tuple[Any, Any]]) -> Heads:
    letters: list[int] = []
    for operator, argument in members:
        if operator is ops.LITERAL:
            letters.append(argument)
        elif operator is ops.RANGE and argument[1] - argument[0] < WIDEST:
            letters += range(argument[0], argument[1] + 1)
        else:
            return ANYTHING
    return {(chr(letter), True) for letter in letters}


def _repeated(least: int, most: int, part: Iterable[tuple[Any, Any]]) -> Heads:
    """A part that comes again may be followed by itself: only its first time is told."""
    heads = _sequence(part)
    if most > 1:
        heads = {(head, False) for head, _ in heads}
    return heads | {("", True)} if least == 0 else heads
