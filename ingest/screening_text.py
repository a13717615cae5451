"""What does a text say once its disguise is taken off, and where did each of its letters stand?"""

import csv
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import chain

from opencc import OpenCC

_FIRST, _LAST = "\u3400", "\u9fff"
_HANZI = f"{_FIRST}-{_LAST}"
# Marks that divide clauses, or enclose a word of their own, are part of what is said; all others are noise.
SEPARATOR = "\x1e"  # between texts that are read together; no text that came over the wire has it
_SPOKEN = f",。;:!?、\n()\\[\\]【】{SEPARATOR}"
# Noise between two Chinese characters hides a word: 限*男, 女 性 优 先. Beside digits and letters only blanks are.
# The letters that \w has too are those of most texts, and passed over by a table; so the class stands first, not its +.
_MARK = rf"[^\u4e00-\u9fa5a-z0-9\w{_SPOKEN}]"
_NOISE = re.compile(f"{_MARK}{_MARK}*")  # and the underscore, which is a letter to \w
_UNDERSCORE, _OTHER_NOISE = "_", "*"
# One character in brackets within a word: 男【士】优先. A sex in brackets is a word: 司机(男).
_BRACKETED = re.compile(rf"(?<=[{_HANZI}])[(\[【](?![男女])([{_HANZI}])[)\]】](?=[{_HANZI}])")


# The numbers of a list divide as a semicolon does: 1.会开车2.身体好. A decimal is followed by digits, save 2.18-35岁.
_NUMBERING = re.compile(r"(?<![0-9.])(?:[1-9]|1[0-9]|20)(?:[.、)](?![0-9])|\.(?=[0-9]{2}(?:[-~至到—后]|周?岁)))")
SHORT = 400  # code points of nearly all texts
SHORTEST_CHUNK = 3  # characters between blanks that are a saying of their own, not letters drawn apart


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without disguise. `places` has the index in the original of every character, and its length last.

    `gaps` are the places in `text` where blanks stood between two sayings: 工资月结 应届生优先.
    """

    text: str
    places: Sequence[int]
    gaps: Sequence[int] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original text that a part of the plain one was."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[start]


def plain(text: str) -> Plain:
    """NFKC, simplified, lower case, without blanks and inserted symbols, with the way back."""
    return _plain_again(text) if len(text) <= SHORT else _plain(text)


def _plain(text: str) -> Plain:
    flat, places = _flat(text)
    cuts = _noise(flat)
    ends = [0, *(end for _, end in cuts)]
    kept = list(zip(ends, [*(start for start, _ in cuts), len(flat)], strict=True))
    shown = _divided("".join([flat[start:end] for start, end in kept]))
    order = [*chain.from_iterable(range(start, end) for start, end in kept), len(flat)]
    straight = isinstance(places, range)  # every letter stands where it stood
    return Plain(shown, order if straight else [places[index] for index in order], _gaps(shown, order, cuts))


_plain_again = lru_cache(maxsize=1_024)(_plain)  # a text is opened by its grounds, then read


def _divided(text: str) -> str:
    return _NUMBERING.sub(lambda match: ";" * len(match[0]), text)


def _gaps(shown: str, order: Sequence[int], cuts: Sequence[tuple[int, int]]) -> list[int]:
    """Where a cut divides two chunks that are both long enough to say something."""
    found = [bisect_left(order, start) for start, _ in cuts]
    bounds = [0, *found, len(shown)]
    return [
        gap
        for before, gap, after in zip(bounds, found, bounds[2:], strict=False)
        if gap - before >= SHORTEST_CHUNK and after - gap >= SHORTEST_CHUNK
    ]


def bare(texts: Sequence[str]) -> list[str]:
    """What an alarm is looked for in: `plain` without any blank or symbol. Most texts give none, and need no more.

    Texts that only have to be made lower case are made bare as one: what divides them is part of no word.
    """
    whole = SEPARATOR.join(texts)
    is_usual = whole.count(SEPARATOR) < max(len(texts), 1) and _is_simple(whole)
    odd = set() if is_usual else {text for text in texts if SEPARATOR in text or not _is_simple(text)}
    usual = SEPARATOR.join([text for text in texts if text not in odd]) if odd else whole
    found = iter(_without_noise(_in_common_words(_lower(usual))).split(SEPARATOR))
    return [_without_noise(_flat(text)[0]) if text in odd else next(found) for text in texts]


def _is_simple(text: str) -> bool:
    """Whether a text stands in normal form and simplified characters, letter for letter."""
    return (
        unicodedata.is_normalized("NFKC", text) and len(text.lower()) == len(text) and not _traditional().search(text)
    )


def _without_noise(flat: str) -> str:
    flat = _NOISE.sub("", flat.replace(_UNDERSCORE, _OTHER_NOISE))
    return _BRACKETED.sub(r"\1", flat) if "(" in flat or "【" in flat or "[" in flat else flat


@lru_cache(maxsize=16)
def spaced(text: str) -> Plain:
    """The same with its blanks and symbols, where they are what tells words apart: 普工 男 包吃住."""
    flat, places = _flat(text)
    return Plain(_divided(flat), places)


@lru_cache(maxsize=64)  # a text that raises an alarm is looked at again
def _flat(text: str) -> tuple[str, Sequence[int]]:
    """Letter for letter where the text is in normal width, as all that came over the wire is."""
    flat = _simple(unicodedata.normalize("NFKC", text))
    if len(flat) == len(text):
        return _in_common_words(flat), range(len(text) + 1)
    pieces = [_simple_letter(letter) for letter in text]
    places = [index for index, piece in enumerate(pieces) for _ in piece]
    return _in_common_words("".join(pieces)), [*places, len(text)]


def _in_common_words(flat: str) -> str:
    """莫来, nv生 as 别来, 女生: words of our region and disguised ones for words that rules know, letter for letter."""
    pattern, common = _dialect()
    return pattern.sub(lambda match: common[match[0]], flat)


@lru_cache(maxsize=1)
def _dialect() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A search for `data/dialect.csv`, whose first column may say what must follow, and what is meant by each word."""
    text = resources.files("ingest").joinpath("data/dialect.csv").read_text("utf-8")
    rows = [(row["said"], row["plain"]) for row in csv.DictReader(text.splitlines())]
    return re.compile("|".join(said for said, _ in rows)), {said.partition("(")[0]: common for said, common in rows}


@lru_cache(maxsize=65_536)
def _simple_letter(letter: str) -> str:
    return _simple(unicodedata.normalize("NFKC", letter))


def _simple(text: str) -> str:
    if not text.isascii() and _traditional().search(text):
        text = str(_converter().convert(text))
    return _lower(text)


def _lower(text: str) -> str:
    return text.lower().replace("♂", "男").replace("♀", "女").replace("🚹", "男").replace("🚺", "女")


def _noise(flat: str) -> list[tuple[int, int]]:
    """What is to be cut out, in order; no two parts overlap."""
    cuts = []
    last = len(flat)
    for found in _NOISE.finditer(flat.replace(_UNDERSCORE, _OTHER_NOISE)):
        start, end = found.span()
        before, after = flat[start - 1 : start], flat[end : end + 1]
        chinese = (_FIRST <= before <= _LAST) + (_FIRST <= after <= _LAST)
        blank = found[0].isspace() or not found[0].isprintable()
        if chinese == 2 or (blank and (chinese or start == 0 or end == last or before in _SPOKEN or after in _SPOKEN)):
            cuts.append((start, end))
    if "(" in flat or "【" in flat or "[" in flat:
        for found in _BRACKETED.finditer(flat):
            cuts += [(found.start(), found.start() + 1), (found.end() - 1, found.end())]
    return sorted(cuts)


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    """The letters that are not simplified, so that all other texts need no conversion."""
    convert = _converter().convert
    return re.compile(
        "[" + "".join(letter for letter in map(chr, range(0x3400, 0xA000)) if convert(letter) != letter) + "]"
    )


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
