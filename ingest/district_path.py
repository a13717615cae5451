"""Which divisions a text names, read from left to right: each within what the names before it said."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import add
from typing import NamedTuple

from ingest.district_names import PLAIN_WORDS, Meaning, meaning_of, names
from models.districts import districts

# GB/T 2260 to two, four or six digits, or the code of a street or village that begins with one; .0 from a sheet.
CODE = re.compile(r"(\d\d(?:\d\d(?:\d\d(?:\d{3}(?:\d{3})?)?)?)?)(?:\.0)?")
WORD_MARKS = re.compile(r"[ /]+")
# What makes the name before it part of another one: 南京东路, 长安镇, 鄞县大道, 重庆大厦.
STREET = re.compile(
    r"[东西南北中前后环内外]?[一二三四五六七八九十]?"
    r"(?:路|街|大道|道|巷|弄|胡同|桥|大桥|立交|站|村|镇|乡|社区|小区|花园|苑|大厦|大楼|广场|公寓|门|湖|"
    r"酒店|宾馆|饭店|银行|大学(?!城))"
)
# After the short name of a county: an area that is not the county (江北新区 of 南京).
AREA = re.compile(r"新区|新城|高新|经开|经济|开发区|工业园|保税")
# A city's short name that as often means a county of a greater city (北京, 长春).
CONTESTED = frozenset({"朝阳"})
# 青岛市北区 is the 市北区 of 青岛: the 市 serves twice.
SHARED_MARK = re.compile(r"(?<=.市)(?=[中南北]区)")

Meanings = tuple[Meaning, ...]


@dataclass(slots=True)
class Walk:
    """The state of reading. `known` is what the place may be so far, `unread` the letters that said nothing.

    `home` is the city in which names are at home; `claim` that the text is a column for places, not a free
    address. For lists `given` is where each place begins and `done` gathers those that were complete when
    another began.
    """

    home: str
    claim: bool = True
    known: Meanings = ()
    given: Meanings | None = None
    done: list[Meanings] = field(default_factory=list)
    unread: str = ""

    def read(self, text: str) -> None:
        """Read on, in a text in normal form."""
        for word in WORD_MARKS.split(text):
            code = CODE.fullmatch(word) if self.claim else None
            if code:
                self._read_code(code[1])
            else:
                self._read_names(word)

    def _read_code(self, digits: str) -> None:
        """A code that is not known stands for the city or province that its first digits name."""
        code = digits[:6].ljust(6, "0")
        known = next((c for c in (code, code[:4] + "00", code[:2] + "0000") if c in districts()), None)
        meant = names().plain.get(digits[:9]) or ((meaning_of(known),) if known else ())
        taken = self._take(partial(_narrow, meant))
        if not taken or (known != code and not code.endswith("00")):
            self.unread += digits

    def _read_names(self, word: str) -> None:
        opens = names().opens
        read_to = free = 0  # what is read, and from where a name may begin: 青岛市北区
        for at, head in enumerate((*map(add, word, word[1:]), word[-1:])):
            if at < free or head not in opens:
                continue
            if end := self._read_name(word, at, at <= read_to or not word[at - 1].isalnum()):
                self.unread += "".join(filter(str.isalpha, word[read_to:at]))
                read_to = end
                free = end - 1 if SHARED_MARK.match(word, end) else end
        self.unread += "".join(filter(str.isalpha, word[read_to:]))

    def _read_name(self, word: str, at: int, clear: bool) -> int:
        """Take the longest name at `at` that fits; where it ends, 0 if none does. `clear`: a word begins here."""
        for end in names().ends(word, at):
            if STREET.match(word, end) and not names().begins(word, end):
                continue
            said = _Said(word[at:end], clear, bool(AREA.match(word, end)), word[end : end + 1].isalnum())
            if self._take(partial(_fitting, said, self.home, self.claim)):
                return end
        return 0

    def _take(self, fitting: Callable[[Meanings], Meanings]) -> bool:
        """Let what was read make the place finer or, in a list, begin the next place."""
        if found := fitting(self.known):
            self.known = found
            return True
        if self.given is None:
            return False
        found = fitting(self.given) or tuple(meaning for meaning in fitting(()) if meaning.alone)
        if found:
            self.done.append(self.known)
            self.known = found
        return bool(found)


class _Said(NamedTuple):
    """A name as it stands in a text: whether a word begins with it, and whether an area or more letters come after."""

    name: str
    clear: bool
    is_of_area: bool
    goes_on: bool


@lru_cache(maxsize=16_384)  # few names are said, and most within their own county
def _fitting(said: _Said, home: str, claim: bool, known: Meanings) -> Meanings:
    """What a name can mean after what is known so far."""
    owners = [meaning.code for meaning in known] or ([home] if claim else [])
    inside = next((m for o in owners if (m := names().inside.get((o, said.name)))), ())
    if inside and (said.clear or inside[0].full):
        return inside
    found = tuple(m for m in names().plain.get(said.name, ()) if _is_usable(m, home in m.regions, bool(known), said))
    if not known and said.name not in CONTESTED and any(meaning.alone for meaning in found):
        # With no company a name that a city bears is the city's (西安), not that of a county elsewhere.
        return tuple(meaning for meaning in found if meaning.alone or home in meaning.regions)
    return _narrow(found, known)


def _is_usable(meaning: Meaning, at_home: bool, accompanied: bool, said: _Said) -> bool:
    if said.name in PLAIN_WORDS:
        return accompanied or at_home
    if meaning.full:
        return True
    if not meaning.alone and (not said.clear or said.is_of_area):
        return False
    if not said.clear:
        return accompanied
    return accompanied or at_home or meaning.alone or not said.goes_on


def _narrow(found: Meanings, known: Meanings) -> Meanings:
    """The finer of each two meanings of which one lies in the other; all that was found if nothing is known."""
    if not known:
        return found
    finer: dict[Meaning, None] = {}
    for before in known:
        for meaning in found:
            if before.code in meaning.regions or before.now in meaning.regions:
                finer[meaning] = None
            elif meaning.code in before.regions:
                finer[before] = None
    return tuple(finer)
