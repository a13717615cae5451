"""Why this vacancy for this person, or why not: the same numbers that ranked it, and the words that met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np

from matching.config import NEVER, Config
from matching.eligibility import Limits
from matching.index import Index
from matching.recommend import Block, Item, recommend
from matching.seekers import Profile, Seekers
from matching.terms import characters, words
from matching.vocabulary import CHARACTERS, WISH_SCALE, WORDS
from models.enums import Constraint, Mark, Rung
from models.text import normal_form

Span = tuple[int, int]


class Standing(StrEnum):
    """How a vacancy stands to one limit or wish of a person."""

    MET = "met"
    UNKNOWN = "unknown"
    BENT = "bent"
    BARRED = "barred"


# Which mark says that a met limit was met only because a fact is missing.
UNKNOWN_BY: Mapping[Constraint, Mark] = {
    Constraint.PLACE: Mark.COUNTY_UNKNOWN,
    Constraint.PAY: Mark.PAY_UNKNOWN,
    Constraint.EDUCATION: Mark.EDUCATION_UNKNOWN,
    Constraint.SHIFT: Mark.SHIFT_UNKNOWN,
    Constraint.CERTIFICATE: Mark.CERTIFICATE_TO_GET,
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One pair, judged. `rung` and `rank` (among all that the person may be shown) are None when barred."""

    rung: Rung | None
    rank: int | None
    admitted: int
    chosen: bool
    item: Item
    standings: Mapping[Constraint, Standing]


def trace(profile: Profile, vacancy_id: int, index: Index, config: Config, now: datetime) -> Trace | None:
    """What the engine says of a pair; None when the vacancy is not open (closed, incomplete, past its end)."""
    row = index.row_of(vacancy_id)
    if row is None:
        return None
    block = Block(Limits(Seekers.of([profile]), index, config, now), index.market(None))
    level = block.level[0]
    keys = block.keys(0)
    barred = level[row] >= NEVER
    item = block.item(0, row, same_employer=False)
    outcome = recommend([profile], index, config, now)[0]
    return Trace(
        rung=None if barred else config.ladder[level[row]],
        rank=None if barred else int((keys[level < NEVER] < keys[row]).sum()) + 1,
        admitted=int((level < NEVER).sum()),
        chosen=any(found.row == row for found in outcome.items),
        item=item,
        standings={
            constraint: _standing(constraint, int(np.broadcast_to(levels, block.level.shape)[0, row]), item)
            for constraint, levels in block.levels.items()
        },
    )


def _standing(constraint: Constraint, level: int, item: Item) -> Standing:
    if level >= NEVER:
        return Standing.BARRED
    if level > 0:
        return Standing.BENT
    return Standing.UNKNOWN if UNKNOWN_BY.get(constraint) in item.marks else Standing.MET


@dataclass(frozen=True, slots=True)
class TermMatch:
    """Words that a wish and a vacancy share, and where they stand in both (normal form, code points).

    `share` is the part of the wish's whole weight that they carry, in permille.
    """

    term: str
    share: int
    wish: str
    wish_span: Span
    field: str
    field_span: Span


def term_matches(profile: Profile, vacancy: Any, index: Index, config: Config) -> list[TermMatch]:
    """The shared words of a person's best-met wish (else the skills) and a vacancy, heaviest first."""
    fields = {
        "title": normal_form(vacancy.title),
        "skills": normal_form(" ".join(vacancy.skills)),
        "description": normal_form(vacancy.description),
    }
    said = profile.wishes or ((profile.skills,) if profile.skills else ())
    best = max((_shared(wish, fields, index, config) for wish in said), key=_weight, default=[])
    return sorted(best, key=lambda match: (-match.share, match.wish_span))


def _weight(matches: Sequence[TermMatch]) -> int:
    return sum(match.share for match in matches)


def _shared(wish: str, fields: Mapping[str, str], index: Index, config: Config) -> list[TermMatch]:
    """The longest stretches of a wish found in the title, then the words found elsewhere."""
    text = normal_form(wish)
    weights = index.vocabulary.wish(wish, config)

    def share(block: str, terms: Sequence[str]) -> int:
        columns = {index.vocabulary.terms.get(block + term) for term in set(terms)} - {None}
        return sum(weights.get(column, 0) for column in columns if column is not None) * 1000 // WISH_SCALE

    found: list[TermMatch] = []
    for start, end in _stretches(text, fields["title"]):
        stretch = text[start:end]
        at = fields["title"].index(stretch)
        weight = share(CHARACTERS, characters(stretch)) + share(WORDS, words(stretch))
        found.append(TermMatch(stretch, weight, text, (start, end), "title", (at, at + len(stretch))))
    covered = {match.term for match in found}
    for word in dict.fromkeys(words(text)):
        place = next((name for name in ("skills", "description") if word in fields[name]), None)
        if place and word not in covered and len(word) > 1 and not any(word in term for term in covered):
            start, at = text.find(word), fields[place].index(word)
            if start >= 0:
                span = (at, at + len(word))
                found.append(TermMatch(word, share(WORDS, [word]), text, (start, start + len(word)), place, span))
    return found


def _stretches(wish: str, title: str) -> Iterator[Span]:
    """The longest stretches of a wish, from the left, that the title holds; blanks alone are none."""
    start = 0
    while start < len(wish):
        end = start
        while end < len(wish) and wish[start : end + 1] in title:
            end += 1
        if wish[start:end].strip():
            yield start, end
        start = max(end, start + 1)
