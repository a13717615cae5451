"""How a wish reads to an index: weights of terms, a vector, level classes; each distinct text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.catalogue import clauses
from matching.config import Config
from matching.facts import sure_trades
from matching.index import Index
from matching.meaning import Said
from matching.terms import characters
from matching.wording import level_bits
from models.text import normal_form

MOST_WISHES = 65_536  # distinct wishes whose reading is kept
Skills = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish, or a person's skills in the place of one."""

    row: dict[int, int]  # weights of terms and trades at WISH_SCALE
    vector: NDArray[np.int8]
    levels: int  # one bit a class
    trade: int  # the trade that it surely is, else UNKNOWN


def read_wishes(index: Index, texts: Sequence[str | Skills], config: Config) -> list[Wish]:
    """The readings of wishes (texts) and of skills (tuples of names), in order; the latest are kept by the index."""
    kept = index.wishes
    found = {text: kept.get((text, config.identity)) for text in texts}
    fresh = [text for text, wish in found.items() if wish is None]
    if fresh:
        found.update(zip(fresh, _read(index, fresh, config), strict=True))
        for _ in range(len(kept) + len(fresh) - MOST_WISHES):
            kept.pop(next(iter(kept), None), None)
        kept.update({(text, config.identity): found[text] for text in fresh})
    return [wish for text in texts if (wish := found[text])]


def _namings(text: str | Skills) -> list[str]:
    """A wish as it stands and each of its clauses: one of them may be the name of a trade. Or each skill."""
    if not isinstance(text, str):
        return [normal_form(skill) for skill in text]
    return list(dict.fromkeys((text, *clauses(text))))


def _read(index: Index, texts: Sequence[str | Skills], config: Config) -> list[Wish]:
    said = [
        Said(characters(text)) if isinstance(text, str) else Said((), [normal_form(skill) for skill in text])
        for text in texts
    ]
    shares, vectors = index.senses.read([_namings(text) for text in texts], said)
    trades = sure_trades(shares)
    wishes = []
    for number, text in enumerate(texts):
        start, end = shares.indptr[number], shares.indptr[number + 1]
        own = dict(zip(shares.indices[start:end].tolist(), shares.data[start:end].tolist(), strict=True))
        if isinstance(text, str):
            row, levels = index.vocabulary.wish(text, own, config), level_bits(text)
        else:
            row, levels = index.vocabulary.skill(" ".join(text)), 0
        wishes.append(Wish(row, vectors[number], levels, int(trades[number])))
    return wishes
