"""How is a made-up value drawn? From seeded dice, and from decks that keep their shares in every stretch."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

Card = TypeVar("Card")


class Dice(random.Random):
    """Seeded dice. The draws of one record never depend on how many records follow it."""

    def pick(self, values: Sequence[Card]) -> Card:
        """One of the values, each as likely."""
        return values[int(self.random() * len(values))]

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def some(self, values: Sequence[Card], count: int) -> list[Card]:
        """Up to `count` different ones of the values, in any order."""
        pool = list(values)
        return [pool.pop(int(self.random() * len(pool))) for _ in range(min(count, len(pool)))]


def deck(dice: Dice, shares: Mapping[str, int]) -> Iterator[str]:
    """Endless cards: `shares[name]` of each name, dealt to the last before they are shuffled again.

    A deck of 100 cards gives every hundred its shares. Shuffling goes on as cards are dealt (Fisher and Yates).
    """
    roll = dice.random
    cards = [name for name, share in shares.items() for _ in range(share)]
    while True:
        for left in range(len(cards), 0, -1):
            chosen = int(roll() * left)
            card = cards[chosen]
            cards[chosen], cards[left - 1] = cards[left - 1], card
            yield card


class Dealer:
    """One deck a table of shares, all shuffled with the same dice."""

    def __init__(self, dice: Dice, tables: Mapping[str, Mapping[str, int]]) -> None:
        self._decks = {name: deck(dice, shares) for name, shares in tables.items()}

    def __call__(self, table: str) -> str:
        """The next card of a table's deck."""
        return next(self._decks[table])
