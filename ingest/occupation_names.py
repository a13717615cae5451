"""What is every occupation called, how far is each name to be trusted, and which names are like a given one?"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.occupations import group, occupations
from models.text import normal_form
from models.trades import trades

OFFICIAL, ALIAS, SPOKEN = (
    1.0,
    0.97,
    0.9,
)  # how far names are to be trusted: an official name, a trade's, how people talk
LONGEST = 30  # characters of a name
NEIGHBOURS = 20  # names that have a vote on what a text means
END, WEIGHT_OF_END = "$", 1.5  # the end is a character too, and n-grams with it weigh more: there stands the head
STILL = 0.6  # share of the titles with something before a name that mean the same, where all in the catalogue differ

# The other names in the classification are its 工种, which can be trusted, and categories of job boards, which cannot.
WORK_TYPE = re.compile(r"(?!.*(?:/|专员|人员))...+(?:[工员师]|司机)")
CRAFTS = "3456"  # the classes (first digit of a code) that have 工种
# What is said of who does an occupation, behind its field: 电梯维保 技师 is 电梯维保 工.
DOER = re.compile(r"(?<=..)(?:工程师|专员|人员|师傅|技师|操作[工员]|工人|[大中小技]工|司机|驾驶员|员|师|工)$")
INSIDE_LATIN = re.compile(r"(?<=[a-z0-9+#.])[a-z0-9+#.]")


class Name(NamedTuple):
    """A name of an occupation: its code, None where the classification has no one code for it, and the trust in it."""

    code: str | None
    trust: float


class Names:
    """All names by their normal form.

    `hints` are names with a code that is right only where other names agree; `fields` are names without their doer;
    `kinship` is how likely a name still means its code with something before it.
    """

    def __init__(self) -> None:
        self.known: dict[str, Name] = {}
        for trust, claims in _claims():
            self.known = {text: Name(code, trust) for text, code in _unanimous(claims).items()} | self.known
        self.hints = self._new(_unanimous(_other_names()))
        self.fields = self._new(_unanimous((DOER.sub("", text), name.code) for text, name in self._trusted()))
        self.kinship = _kinship(self.known)
        self._grams = NGrams(list(self.known))
        self._trust = np.array([name.trust for name in self.known.values()])
        self._codes = np.array([name.code or "" for name in self.known.values()])

    def head(self, text: str) -> str:
        """The longest name that ends a text, "" where there is none. No name begins within a Latin word."""
        inside = {found.start() for found in INSIDE_LATIN.finditer(text)}
        starts = (at for at in range(len(text) - 1) if at not in inside and text[at:] in self.known)
        return text[start:] if (start := next(starts, None)) is not None else ""

    def agreement(self, text: str, code: str | None) -> float:
        """The share of the names most like a text that have this code, each name by its likeness and its trust."""
        near, likeness = self._grams.nearest(text)
        votes = self._trust[near] * likeness**4
        return float(votes[self._codes[near] == (code or "")].sum() / votes.sum()) if near.size else 0.0

    def alike(self, text: str) -> list[str]:
        """The names most like a text, where a pair of its characters is in no name at all."""
        if all(pair in self._grams for pair in pairs(text)):
            return []
        return [self._grams.texts[row] for row in self._grams.nearest(text)[0].tolist()]

    def _trusted(self) -> Iterator[tuple[str, Name]]:
        return ((text, name) for text, name in self.known.items() if name.trust > SPOKEN)

    def _new(self, codes: Mapping[str, str | None]) -> dict[str, str]:
        """Those with a code that are not known by a better claim."""
        return {text: code for text, code in codes.items() if code and text not in self.known}


@lru_cache(maxsize=1)
def names() -> Names:
    """All names of all occupations."""
    return Names()


class NGrams:
    """Texts by their characters and pairs of characters: which of them are like another text (cosine, rare ones count
    more).
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        numbers: dict[str, int] = {}
        found = [[numbers.setdefault(gram, len(numbers)) for gram in _grams(text)] for text in texts]
        row = np.repeat(np.arange(len(found), dtype=np.int32), [len(each) for each in found])
        gram = np.fromiter((number for each in found for number in each), np.int32, len(row))
        count = np.bincount(gram)
        ends = np.array([WEIGHT_OF_END if text.endswith(END) else 1.0 for text in numbers])
        square = (np.log1p(len(texts) / count) * ends) ** 2
        length = np.sqrt(np.bincount(row, square[gram]))
        order = np.argsort(gram, kind="stable")
        stops = np.cumsum(count).tolist()
        self._rows, self._shares = row[order], (square[gram] / length[row])[order]
        self._places = dict(zip(numbers, map(slice, [0, *stops], stops), strict=True))
        self._squares = dict(zip(numbers, square.tolist(), strict=True))

    def __contains__(self, gram: str) -> bool:
        return gram in self._places

    def nearest(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows of the texts that are most like one, the likest first, and how like in (0, 1]; at most NEIGHBOURS,
        and none half as like as the first.
        """
        grams = [gram for gram in _grams(text) if gram in self]
        if not grams:
            return np.empty(0, np.int64), np.empty(0)
        places = [self._places[gram] for gram in grams]
        rows, shares = (np.concatenate([each[place] for place in places]) for each in (self._rows, self._shares))
        shared = np.bincount(rows, shares)
        near = np.flatnonzero(shared > shared.max() / 2)
        likeness = shared[near] / sqrt(sum([self._squares[gram] for gram in grams]))
        first = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
        return near[first], likeness[first]


def pairs(text: str) -> list[str]:
    """The pairs of characters of a text, the last with its end, each once."""
    return list(dict.fromkeys((text + END)[at : at + 2] for at in range(len(text))))


def _grams(text: str) -> list[str]:
    return [*dict.fromkeys(text), *pairs(text)]


def _claims() -> Iterator[tuple[float, Iterable[tuple[str, str]]]]:
    """Names with the code that each claims, the surest claims first: a name belongs to the first that claims it."""
    market = trades().values()
    yield OFFICIAL, ((each.name, each.code) for each in occupations().values() if _single(each.code))
    yield OFFICIAL, ((trade.name, trade.code) for trade in market)
    yield ALIAS, ((name, trade.code) for trade in market for name in trade.aliases)
    yield SPOKEN, ((text, code) for text, code in _other_names() if code[0] in CRAFTS and WORK_TYPE.fullmatch(text))
    spoken = ((text, trade.code) for trade in market for text in trade.spoken)
    yield SPOKEN, ((form, code) for text, code in spoken for form in (text, text.removesuffix("的")))


def _other_names() -> Iterator[tuple[str, str]]:
    return ((text, each.code) for each in occupations().values() for text in each.aliases)


def _unanimous(claims: Iterable[tuple[str, str | None]]) -> dict[str, str | None]:
    """The normal form of each name, and its code: None where it is claimed for several, or for none."""
    codes: defaultdict[str, set[str | None]] = defaultdict(set)
    for text, code in claims:
        if 2 <= len(form := normal_form(text)) <= LONGEST:
            codes[form].add(code if code and _single(code) else None)
    return {form: next(iter(claimed)) if len(claimed) == 1 else None for form, claimed in codes.items()}


def _single(code: str) -> bool:
    """Whether a code means one occupation. One that ends in -00 may be a 小类 with several others in it."""
    return not code.endswith("-00") or _sizes()[group(code)] == 1


@lru_cache(maxsize=1)
def _sizes() -> Counter[str]:
    return Counter(map(group, occupations()))


def _kinship(known: Mapping[str, Name]) -> dict[str, float]:
    """For each name: of the longer names that end with it, how many mean the same?

    The catalogue lists above all those that do not, so that even where none does (X车工 is hardly ever a 车工) the
    share among all titles is taken to be STILL; it rises to 1 where two in five do.
    """
    same, longer = Counter[str](), Counter[str]()
    for text, name in known.items():
        for head in (text[at:] for at in range(1, len(text) - 1)) if name.code else ():
            if head in known:
                longer[head] += 1
                same[head] += known[head].code == name.code
    return {text: min(1.0, STILL + (same[text] + 1) / (longer[text] + 2)) for text in known}
