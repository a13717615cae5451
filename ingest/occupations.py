"""Which occupation a title or wish stands for (its code of the 2022 classification), and how sure that is.

A whole title, or a part of it, that is a name has the code of the name. Any other is read from its end, where Chinese
keeps the head (a 门诊护士长 is a 护士长, no 护士): by the longest name that ends it, as far as the names most like it
agree (`Names.agreement`), and as far as that name means the same with more before it (`Names.kinship`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from math import sqrt

from rapidfuzz.distance import OSA

from ingest.occupation_names import DOER, LONGEST, SPOKEN, names
from models.occupations import occupations
from models.text import normal_form

# Least confidence of a code that is kept: of 400 real and sample titles judged by hand 97 % of these codes are right.
SURE = 0.7
READ = 200  # characters of a title that are read
PARTS = 8  # ... and parts of it
ALSO, PERHAPS_ALSO = 0.5, 0.85  # confidence left where another part of the title names, or may name, another occupation
EMPTY = 0.3  # likelihood that a head without a field means with more before it what it means alone
AMBIGUOUS = 0.6  # ... that a head of two characters is one at all: a 花木工 works with 花木, and is no 木工
LEADS = 0.8  # trust that who leads an occupation has its code
SLIP = 0.8  # trust in a name that was misspelt


@dataclass(frozen=True, slots=True)
class Coded:
    """A code, how sure it is in [0, 1], and the name that it comes by.

    The code is None where no name was found (""), and where the classification has no one code for that name (普工).
    """

    code: str | None
    confidence: float
    name: str


NOTHING = Coded(None, 0.0, "")


def occupation_codes(texts: Sequence[str]) -> list[str | None]:
    """The code of each text, which may be a code itself; None where it is not sure."""
    return [_sure_code(text) for text in texts]


def first_codes(texts: Sequence[tuple[str, str]]) -> list[str | None]:
    """The code of the first text of each pair (what was stated), or where none is sure, of the second (the title)."""
    return [_sure_code(stated) or _sure_code(title) for stated, title in texts]


def code_occupations(texts: Sequence[str]) -> list[Coded]:
    """The likeliest code of each text, however sure. A text has the same code in any company."""
    return [_coded(text[:READ]) for text in texts]


def _sure_code(text: str) -> str | None:
    coded = _coded(text[:READ])
    return coded.code if coded.confidence >= SURE else None


@lru_cache(maxsize=65_536)
def _coded(text: str) -> Coded:
    title = normal_form(text.encode("utf-8", "ignore").decode())[:READ]  # without lone surrogates, which are no text
    if official := occupations().get(title):
        return Coded(title, 1.0, official.name)
    if title in names().known:
        return _named(title)
    found = [reading for reading in map(_read, _parts(title)) if reading.name]
    best = max(found, key=_confidence, default=NOTHING)
    other = max((reading.confidence for reading in found if reading.code != best.code), default=None)
    doubt = 1.0 if other is None else ALSO if other >= ALSO else PERHAPS_ALSO
    return replace(best, confidence=best.confidence * doubt)


# ---------------------------------------------------------------- the parts of a title
BRACKETED = re.compile(r"[(\[{【《「『〔<][^()\[\]{}【】《》「」『』〔〕<>]*(?:[)\]}】》」』〕>]|$)")
# What separates parts. Between Latin letters / + & . - join (ui/ux, c++, node.js).
BETWEEN = re.compile(
    r"[^\w\s#/&.+-]+|_+|丨+|或者?|还是|(?<=\w\w)兼(?![职容])"
    r"|(?<![a-z0-9#+])(?:[/&+-]|\.(?!net)|\s)+|(?:[/&.-]|(?<!c)(?<!c\+)\+)+(?![a-z0-9.])"
)
AFTER_LATIN = re.compile(r"(?<=[a-z0-9+#]) (?=[^\x00-\x7f])")  # java 开发
TERMS = (  # nothing that is said of an occupation stands behind them
    r"(?:(?:周末|固定)?双休|单休|大小周|[五六七八]险(?:[一二两]金)?|[缴交买]?社保|公积金|[底均月年日]薪|[包管供][吃住食]住?"
    r"|吃住|食宿|日结|周结|[长常]?[白夜]班|[朝早]九晚.|高?提成|轻松|无压力|带薪|福利|待遇|年终奖|补贴|就近|近地铁|地铁[口旁边站]"
    r"|居家|不限|优先|不加班|免费|接受|无责|入职|\d[\d.~-]*[kw千万元+])"
)
AROUND = re.compile(
    rf"^{TERMS}+|(?<=..){TERMS}.*$"
    # Calls, how a wish begins, levels, kinds of employment.
    r"|^(?:[校社春秋]招|校园招聘|招聘?(?![聘商生标投募财牌待办揽考采呼录调]|专员|主管|经理|顾问|助理|总监|负责|官))"
    r"|^我?(?:想|要|来)?(?:找|做过|干过|从事|应聘|求职|希望从事|想[做当干])[个份]?|急[聘招需]|高薪|[诚直热][聘招]"
    r"|[初中]?高级(?!中学|工(?!程))|[初中]级(?!中学|工(?!程))|资深|实习(?!生|律师)|见习生?|储备(?!干部|粮)|应届生?|无经验|零基础"
    r"|(?<=..)(?:实习生|学徒工?)$|[兼全]职(?!律师)|[短长]期工?|临时(?!工)|周末|零工$"
    # Heads wanted, years, codes of posts.
    r"|\d+[名人位个](?!\w)|若干名?|^\d+[届年后]?|(?<=[^\x00-\x7f])[a-z]{0,3}\d+$"
)
POST = re.compile(r"(?<=..)(?:公益性?岗位?|岗位?|职位|人才|[的类]?工作|的活)$")
RANK = re.compile(r"[正副]?(?:经理|主管|总监|组长|领班|班长|主任|助理|专员|负责人|员工|实习生|学徒工?|师傅)")


def _parts(title: str) -> list[str]:
    """What a title names, one by one; what it has in brackets only where nothing else is left."""
    closed = title
    for _ in range(3):  # brackets in brackets
        closed = BRACKETED.sub(" ", closed)
    return list(islice(dict.fromkeys(_pieces(closed)), PARTS)) or list(islice(dict.fromkeys(_pieces(title)), PARTS))


def _pieces(text: str) -> Iterator[str]:
    for piece in BETWEEN.split(AFTER_LATIN.sub("", text)):
        for _ in range(2):  # a term may stand behind another; some are parts of names (社保专员, 3D打印工)
            before = piece
            if piece in names().known or (piece := POST.sub("", AROUND.sub("", piece).strip())) == before:
                break
        if 2 <= len(piece) <= LONGEST and not RANK.fullmatch(piece):
            yield piece


# ---------------------------------------------------------------- what a part means
ROLE = re.compile(r"(?<=..)(?:工程师|专员|人员|师傅|员|师|(?<!总)工)$")  # behind a name they change nothing
LEADER = re.compile(r"(?<=..)(?:经理|主管|负责人|组长|领班|班长|部长)$")
# Heads of a role alone. What they mean without more (研发经理: in software) says little about a 水泵研发经理.
EMPTY_HEAD = re.compile(
    r"(?:运营|设计|技术|研发|开发|应用|集成|系统|安全|工艺|工程|规划|管理|业务|生产|分析|测试|维护|执行)+部?副?"
    r"(?:总?工程师|经理|总监|主管|专员|负责人|师|员|助理|组长|专家|主任)?"
)
LATIN = re.compile(r"[a-z0-9+#.]+")


@lru_cache(maxsize=65_536)
def _read(part: str) -> Coded:
    """The surest way to read a part."""
    if part in names().known:
        return _named(part)
    readings = [*_as_hint(part), *_by_head(part), *_by_field(part), *_by_leader(part)] or _misspelt(part)
    return max(readings, key=_confidence, default=NOTHING)


def _confidence(reading: Coded) -> float:
    return reading.confidence


def _named(name: str) -> Coded:
    code, trust = names().known[name]
    return Coded(code, trust, name)


def _weighed(part: str, code: str | None, likelihood: float, trust: float, name: str) -> Coded:
    """Trust in the name, and the geometric mean of how likely it means such a part and how far names alike agree."""
    return Coded(code, trust * sqrt(likelihood * names().agreement(part, code)), name)


def _as_hint(part: str) -> Iterator[Coded]:
    if code := names().hints.get(part):
        yield _weighed(part, code, 1.0, SPOKEN, part)


def _by_head(part: str) -> Iterator[Coded]:
    """By the longest name that ends the part, with and without the role behind it."""
    for stem in dict.fromkeys((part, ROLE.sub("", part))):
        if head := names().head(stem):
            likelihood = EMPTY if EMPTY_HEAD.fullmatch(head) else 1.0
            if head != stem:
                likelihood *= names().kinship[head] * (AMBIGUOUS if len(head) == 2 and head[1] in "工员师手生" else 1.0)
            code, trust = names().known[head]
            yield _weighed(stem, code, likelihood, trust, head)


def _by_field(part: str) -> Iterator[Coded]:
    """By a name that has another doer behind the same field; a field alone is read so where it is not too short."""
    field = DOER.sub("", part)
    if (code := names().fields.get(field)) and (field != part or len(field) >= 4):
        yield _weighed(part, code, 1.0, SPOKEN, field)


def _by_leader(part: str) -> Iterator[Coded]:
    if (led := LEADER.sub("", part)) in names().known:
        reading = _named(led)
        yield replace(reading, confidence=reading.confidence * LEADS)


def _misspelt(part: str) -> Iterator[Coded]:
    """By the names that are one slip away, where they have one code and the part a pair of characters that no name has.

    A character too many or too few is a slip before the last two, another character only at the end (保育圆): elsewhere
    that is mostly another occupation.
    """
    slips = [name for name in names().alike(part) if _slipped(name, part)] if _may_be_slip(part) else []
    if slips and len({names().known[name].code for name in slips}) == 1:
        yield replace(_named(slips[0]), confidence=SLIP)


def _may_be_slip(part: str) -> bool:
    """Whether there is a name of such a form at all: for most parts there is none, and nothing more to look for."""
    ends = part[0] + part[-2:]
    return len(part) > 2 and not _left_of_names().isdisjoint(
        (part[:-1], f"{len(part) - 1}{ends}", f"{len(part) + 1}{ends}")
    )


@lru_cache(maxsize=1)
def _left_of_names() -> frozenset[str]:
    """What a slip leaves of each name: all but its end, or its length and its first and last two characters."""
    return frozenset(left for name in names().known for left in (name[:-1], f"{len(name)}{name[0]}{name[-2:]}"))


def _slipped(name: str, part: str) -> bool:
    if OSA.distance(name, part, score_cutoff=1) > 1 or LATIN.findall(name) != LATIN.findall(part):
        return False
    return name[:-1] == part[:-1] if len(name) == len(part) else name[0] == part[0] and name[-2:] == part[-2:]
