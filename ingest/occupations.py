"""Which occupation code a title or wish stands for, where that is sure; None never blocks anything."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from models.occupations import occupations
from models.text import normal_form

SURE = 88.0  # least rapidfuzz ratio of a title and a name that counts as the same occupation
LONGEST = 30  # the names are short; a long title is compared by its cleaned head
CODE = re.compile(r"[1-8]-\d\d-\d\d-\d\d")
BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
# What titles carry beside the occupation: level, terms, benefits after a mark.
AROUND = re.compile(
    r"^(?:急聘|急招|高薪|诚聘|招聘|直招)|^(?:初级|中级|高级|资深|实习)|[-—_/|+·,，:：;；\s].*$|\d.*$|若干名?$"
)


def occupation_codes(texts: Sequence[str]) -> list[str | None]:
    """The code of each text, which may be a code itself; None where no name is near enough."""
    cleaned = [_clean(text) for text in texts]
    found = {text: _exact().get(text) for text in set(cleaned)}
    unknown = [text for text, code in found.items() if code is None and 2 <= len(text) <= LONGEST]
    found.update(_nearest(unknown))
    return [
        text if CODE.fullmatch(text) and text in occupations() else found[clean]
        for text, clean in zip(texts, cleaned, strict=True)
    ]


@lru_cache(maxsize=262_144)
def _clean(text: str) -> str:
    """The occupation words of a title, in normal form."""
    core = AROUND.sub("", BRACKETS.sub("", normal_form(text[:200])).strip()).strip()
    return AROUND.sub("", core)


@lru_cache(maxsize=1)
def _exact() -> dict[str, str]:
    """Normal form of every name to its code. An official name stands before another's alias."""
    names: dict[str, str] = {}
    for own in (False, True):
        for occupation in occupations().values():
            for name in (occupation.name,) if own else occupation.aliases:
                names[normal_form(name)] = occupation.code
    return names


def _nearest(texts: Sequence[str]) -> dict[str, str | None]:
    if not texts:
        return {}
    names = list(_exact())
    scores = process.cdist(texts, names, scorer=fuzz.ratio, score_cutoff=SURE)
    best = scores.argmax(axis=1)
    return {
        text: _exact()[names[column]] if scores[row, column] >= SURE else None
        for row, (text, column) in enumerate(zip(texts, best, strict=True))
    }
