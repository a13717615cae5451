"""What the name of a place may mean: every division that bears it, today's and former ones, and the aliases."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from models.districts import Alias, District, Level, aliases, current, districts
from models.text import normal_form

# Names that are plain words as well: they mean a division only where its city is known.
PLAIN_WORDS = frozenset(
    [
        *("城区", "郊区", "矿区", "新区", "市郊区", "市中区", "老城区", "新城区", "古城区", "新市区", "城关区"),
        *("东区", "西区", "南区", "北区", "城东区", "城西区", "城南区", "城北区", "城中区"),
    ]
)
# An alias that ends so can stand in the middle of a sentence; a bare one could be part of another word.
SUFFIXES = ("省", "市", "区", "县", "镇", "乡", "街道")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One division that a name may mean.

    `code` is the division named, perhaps a former one, `now` the one that stands there today; `regions` is all
    that they lie in, themselves included. `full`: the name says that it is a division (渝中区), a short one
    (渝中) does not. `alone`: a city or province of today, which people name by its short name alone.
    `renamed`: the name or its code is no longer in force. `group`: one of several counties meant together.
    """

    code: str
    now: str
    regions: frozenset[str]
    full: bool
    alone: bool
    renamed: bool
    group: bool = False

    def __hash__(self) -> int:
        return hash(self.code)


class Names:
    """All names in normal form. `plain` mean something anywhere, `inside` only right in one division.

    `opens` has the lengths of the names that begin with two letters, the longest first.
    """

    def __init__(self) -> None:
        plain: defaultdict[str, set[Meaning]] = defaultdict(set)
        inside: defaultdict[tuple[str, str], set[Meaning]] = defaultdict(set)
        for district in districts().values():
            for name, full in _spellings(district):
                plain[normal_form(name)].add(_meaning(district, full))
        for alias in aliases():
            name = normal_form(alias.name)
            (inside[alias.within, name] if alias.within else plain[name]).update(_alias_meanings(alias))
        self.plain = {name: _fullest(found) for name, found in plain.items()}
        self.inside = {key: _fullest(found) for key, found in inside.items()}
        self.opens = _lengths([*plain, *(name for _, name in inside)])

    def ends(self, text: str, start: int) -> Iterator[int]:
        """Where a name that begins at `start` may end, the farthest first."""
        for length in self.opens.get(text[start : start + 2], ()):
            if start + length <= len(text):
                yield start + length

    def begins(self, text: str, start: int) -> bool:
        """Whether some name begins at `start`."""
        return any(text[start:end] in self.plain for end in self.ends(text, start))


@lru_cache(maxsize=1)
def names() -> Names:
    """The one index of names."""
    return Names()


@lru_cache(maxsize=8192)
def meaning_of(code: str) -> Meaning:
    """The meaning of a known code."""
    return _meaning(districts()[code], full=True)


def _spellings(district: District) -> Iterator[tuple[str, bool]]:
    """The name, the colloquial one (石柱县, 红河州, 浦东区) and the short one."""
    short = district.short_name
    yield district.name, True
    if short != district.name:
        yield short, False
        if not district.name.endswith("地区"):
            yield short + district.name[-1], True


def _meaning(district: District, full: bool) -> Meaning:
    now = districts()[current(district.code)]
    return Meaning(
        code=district.code,
        now=now.code,
        regions=frozenset({*_path(district), *_path(now)}),
        full=full,
        alone=district is now and district.level is not Level.COUNTY,
        renamed=district is not now,
    )


def _path(district: District) -> Iterator[str]:
    return (code for code in (district.code, district.city, district.province) if code)


def _alias_meanings(alias: Alias) -> Iterator[Meaning]:
    for code in alias.codes:
        meaning = _meaning(districts()[code], alias.name.endswith(SUFFIXES))
        renamed = alias.kind in ("historic", "moved_town")
        yield replace(meaning, alone=False, renamed=renamed, group=len(alias.codes) > 1)


def _fullest(found: set[Meaning]) -> tuple[Meaning, ...]:
    return tuple(sorted(found, key=lambda meaning: (not meaning.full, meaning.code)))


def _lengths(known: list[str]) -> Mapping[str, tuple[int, ...]]:
    by_start: defaultdict[str, set[int]] = defaultdict(set)
    for name in known:
        by_start[name[:2]].add(len(name))
    return {start: tuple(sorted(found, reverse=True)) for start, found in by_start.items()}
