"""What does a title, a wish, a skill list or a description say once the words around the occupation are gone?"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.districts import Level, aliases, districts
from models.text import normal_form

CHONGQING = "500000"  # home: its counties are named without their city
LONGEST = 200  # characters of a title or wish that are read: what stands beyond names no occupation

_LISTS = tomllib.loads(resources.files("matching").joinpath("data/wording.toml").read_text("utf-8"))


def _words(*names: str) -> list[str]:
    """The words of lists, each called section.name."""
    lists = [_LISTS[section][key] for section, key in (name.split(".") for name in names)]
    return [word for words in lists for word in words.split()]


def _any(*names: str) -> str:
    """A pattern of any word of the lists, the longest first. No two branches begin alike: `re` then skips fast."""
    branches: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(set(_words(*names)), key=lambda word: (-len(word), word)):
        branches[re.escape(word[0])].append(re.escape(word[1:]))
    return "(?:" + "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in branches.items()) + ")"


def _head(text: str) -> str:
    """The part of a title or wish that is read, in normal form."""
    return normal_form(normal_form(text)[:LONGEST])


def _settled(step: Callable[[str], str], text: str) -> str:
    """The text after a step that is repeated until it changes nothing."""
    while (after := step(text)) != text:
        text = after
    return text


# ---------------------------------------------------------------- terms, calls and figures
_OFFERS = ("offers.pay", "offers.insurance", "offers.leave", "offers.board", "offers.prospect")
_CALLS = ("titles.calls", "titles.employers")
_TERMS = re.compile(_any(*_OFFERS, *_CALLS))
_SHIFTS = re.compile(_any("offers.shifts") + "(?![长主车次])")  # 行政班长 and 早班车司机 are occupations
_COMPOUND_TERMS = re.compile(
    rf"(?<![面钱背红皮书箱荷]){_any('offers.providers')}{{1,3}}{_any('offers.provided')}++(?![饮厅馆具费])"
    rf"|(?<!\d){_any('offers.denials')}{_any('offers.denied')}"
)
# 招聘 before a title, but not in that of a recruiter (招聘专员) or of who attracts others (招商, 招生).
_CALLING = re.compile(
    r"(?:^|(?<=\W))招聘?(?!$|专|助理|主管|经理|总监|顾问|负责|运营|实习|管理|hr|bp"
    r"|[岗官师组员生商投标募聘采调待牌手财办考行联银金远]|工专)"
    r"|(?<=\w\w)招聘?中?$"
)
_DIGIT = re.compile(r"\d")
_N, _TO = r"\d+(?:\.\d+)?", r"[-~—至到/]"
_UNIT = r"(?:k(?![a-z0-9]|视频|超|高清|电视)|w(?![a-z0-9])|千(?![瓦克斤米伏])|万(?![级科达向象])|元|块钱?|薪)"
_FIGURES = re.compile(
    rf"(?P<name>{_any('titles.numbers')})"
    # Pay, years of graduation, heads wanted, hours, ages, experience.
    rf"|{_N}{_UNIT}?(?:{_TO}{_N})?{_UNIT}(?:[/每一个]*(?:月|天|日|小?时|年|单))?(?:以上|左右|起|\+)*"
    rf"|20[12]\d[年届级]*|\d\d届|\d+(?:{_TO}\d+)?[名人位](?!\w)|[5-9]险(?:[12]金)?"
    rf"|\d\d?(?::\d\d|点半?)(?:{_TO}*\d\d?(?::\d\d|点半?))?|{_N}个?小时(?!工)制?|\d+天(?!然)"
    rf"|(?:1[6-9]|[2-6]\d)(?:{_TO}[2-6]\d)?周?岁(?:以[上下内])?"
    rf"|\d+(?:{_TO}\d+)?年(?![级制])(?:及?以上)?(?:工作)?(?:经验)?"
    # Codes of posts and levels.
    r"|(?:职位|岗位)?编号:?[a-z0-9-]*|(?<![a-z0-9])(?:[pt]\d\d?(?:[-~/+][pt]?\d\d?)*\+?|[a-z]{2,4}\d\d-\d{2,}"
    r"|(?:mj|j|cc|cj|id|no|zp|jr|tj|gw)[:.]?\d{3,}|[a-z]{1,3}\d{5,}|[a-z]\d{4}[a-z]?)(?![a-z0-9])"
    # A bare number; 9.6米, 32位, 3-6岁, 1对1 and 3d are parts of occupations.
    r"|(?<![a-z0-9.对])(?P<bare>\d++(?:[.:/-]\d++)*+)(?P<more>(?:[+%起]|以上|左右)*)"
    r"(?![a-z0-9.]|[米吨轴座级位维相岁寸吋英对号线档代类])"
)


def _without_terms(text: str) -> str:
    """The text with a comma for every offer, call and figure in it."""
    for pattern in (_COMPOUND_TERMS, _TERMS, _SHIFTS):
        text = pattern.sub(",", text)
    if "招" in text:
        text = _CALLING.sub(",", text)
    return _FIGURES.sub(_figure, text) if _DIGIT.search(text) else text


def _figure(found: re.Match[str]) -> str:
    if found["name"] or (found["bare"] and not found["more"]):
        return found["name"] or ""  # 中国移动10086客服: a number alone does not part the words around it
    return ","


# ---------------------------------------------------------------- places
# 上海菜, 广东话: no word of its own without the name. 重庆菜市场 and 重庆话务员 only begin alike.
_JOINED = re.compile(rf"菜(?![市鸟场品])|话(?![务术剧费])|舞(?![蹈台美厅])|戏(?![曲剧水])|{_any('places.joined')}")
_BEFORE_PLACE = re.compile(_any("places.heads") + ":?")
_BEFORE_PLACE_AT_END = re.compile(_any("places.heads") + "$")
_AFTER_PLACE = re.compile(_any("places.tails"))
_OF_NEXT_WORD = frozenset("域场政民容值立级委长袍面")  # 重庆市场专员, 海南区域经理: 市 and 区 belong to what follows
_LONGEST_PLACE = 16


@dataclass(frozen=True, slots=True)
class _Places:
    """Names of places. `full` ones say what they are (南岸区), `short` ones need not (重庆; 南岸 at home). Others are
    places only where they stand alone (`lone`) or behind their city (`within`).
    """

    full: frozenset[str]
    short: frozenset[str]
    lone: frozenset[str]
    within: Mapping[str, frozenset[str]]
    edges: frozenset[str]  # the first two letters of all these, and the last two: most texts have none

    def after(self, text: str, start: int) -> int:
        """Where the places that begin at `start` end: 重庆市渝北区 is two."""
        inside: frozenset[str] = frozenset()
        while (end := self._end(text, start, inside)) > start:
            inside, start = self.within.get(text[start:end], frozenset()), end
        return start

    def before(self, text: str) -> int:
        """Where the places that end the text begin."""
        end = len(text)
        while (start := self._start(text, end)) < end:
            end = start
        return end

    def _end(self, text: str, start: int, inside: frozenset[str]) -> int:
        if text[start : start + 2] not in self.edges:
            return start
        for end in range(min(len(text), start + _LONGEST_PLACE), start + 1, -1):
            name = text[start:end]
            if name in self.full and text[end : end + 1] not in _OF_NEXT_WORD:
                return end
            if (name in self.short or name in inside) and not _JOINED.match(text, end):
                return end
        return start

    def _start(self, text: str, end: int) -> int:
        if text[max(end - 2, 0) : end] in self.edges:
            for start in range(max(end - _LONGEST_PLACE, 0), end - 1):
                if text[start:end] in self.full or text[start:end] in self.short:
                    return start
        return end


@lru_cache(maxsize=1)
def _places() -> _Places:
    words, never = set(_words("places.words")), set(_words("places.never"))
    full, short, lone = set[str](), set[str](), set[str]()
    within: defaultdict[str, set[str]] = defaultdict(set)
    for place in districts().values():
        name, plain = normal_form(place.name), normal_form(place.short_name)
        full |= {name, plain + name[-1]}
        lone.add(plain)
        if place.city == CHONGQING or (place.level is not Level.COUNTY and place.successor is None):
            short.add(plain)
        if place.level is Level.COUNTY and place.city:
            city = districts()[place.city]
            for spelling in (city.name, city.short_name):
                within[normal_form(spelling)].add(plain)
    for alias in aliases():
        if alias.within in ("", CHONGQING):
            (full if alias.kind in ("historic", "street") else lone).add(normal_form(alias.name))
    full, short, lone = full - short - lone - never, short - words - never, (lone | short) - never
    return _Places(
        frozenset(full), frozenset(short), frozenset(lone),
        {city: frozenset(counties) for city, counties in within.items()},
        frozenset(edge for name in full | lone for edge in (name[:2], name[-2:])),
    )  # fmt: skip


def _without_places(part: str) -> str:
    """A part of a title or wish without the places it begins and ends with; '' where it is nothing else."""
    places, start = _places(), 0
    end = places.after(part, start)
    if not end and (head := _BEFORE_PLACE.match(part)):
        start = head.end()
        end = places.after(part, start)
    if end > start:
        tail = _AFTER_PLACE.match(part, end)
        part = part[tail.end() if tail else end :].removeprefix("的")
        if len(part) < 2:
            return ""
    elif part[start:] in places.lone:
        return ""
    start = places.before(part)
    return part if start == len(part) else _BEFORE_PLACE_AT_END.sub("", part[:start])


# ---------------------------------------------------------------- titles
_BRACKETS = r"()\[\]{}【】《》「」『』〔〕<>"
_BRACKETED = re.compile(rf"[(\[{{【《「『〔<][^{_BRACKETS}]*(?:[)\]}}】》」』〕>]|$)")
_LEVELS = re.compile(
    rf"({_any('titles.level_names')}|[高中初]级工(?![程艺]))|[高中初](?:[/、-]?[高中初])+级|{_any('titles.levels')}"
)
# What separates the parts of a title. Between Latin letters / + & . - join (ui/ux, c++, node.js, r&d).
_SOFT = r"|_+|丨+|(?<![cf])#+|(?<![a-z0-9#+])(?:[/&+-]|\.(?!net)|\s)+|(?:[/&.-]|(?<!c)(?<!c\+)\+)+(?![a-z0-9.])"
_PARTS = re.compile(rf"([^\w\s#/&.+-]+{_SOFT})")
_JOINS = frozenset("/、&")
_LONGEST_JOINED = 6
_LATIN = re.compile(r"[\x21-\x7f]{1,12}")
_AFTER_LATIN = re.compile(r"(?<=[a-z0-9+#]) (?=[^\x00-\x7f])")  # java 开发
_OCCUPATIONS = re.compile(_any("titles.occupations"))
_ENDINGS = tuple(_words("titles.endings"))
_NO_OCCUPATIONS = tuple(_words("titles.no_occupations"))
_POST = re.compile(rf"(?<=\w\w)(?<!站)(?<!公益)(?<!公益性){_any('titles.posts')}$")


@lru_cache(maxsize=262_144)
def cleaned(title: str) -> str:
    """The occupation words of a title, in normal form; where none would remain, the normal form itself.

    Without brackets and what they hold, levels, terms, shifts, calls, figures, places at its ends, and the parts
    that name no occupation beside one that does.
    """
    return _settled(_cleaned, _head(title))


def _cleaned(title: str) -> str:
    closed = _settled(_without_brackets, title)
    parts = _parts(closed) or _parts(title)  # what stands in brackets, where nothing else does
    kept = " ".join(_naming(parts))
    return normal_form(kept) if kept and kept != title else title


def _without_brackets(text: str) -> str:
    return _BRACKETED.sub("", text)


def _parts(text: str) -> list[tuple[str, str]]:
    """The parts of a title that are left, each with the mark behind it."""
    text = _LEVELS.sub(r"\1", _without_terms(text))
    pieces = [*_PARTS.split(text), ""]
    parts = ((_without_places(part.strip(" &-/")), mark) for part, mark in zip(pieces[::2], pieces[1::2], strict=True))
    return [(_POST.sub("", _AFTER_LATIN.sub("", part)), mark) for part, mark in parts if part]


def _naming(parts: list[tuple[str, str]]) -> Iterable[str]:
    """The parts that name an occupation; all where none of them says a field.

    With a Latin word before it (web/前端) or what is joined to it (语文/数学老师), which share its role.
    """
    kept: dict[str, bool] = {}  # to whether it says a field
    joined = ""
    for part, mark in parts:
        if _is_occupation(part):
            kept[joined + part] = len(_ROLES.sub("", joined + part)) > 1
            joined = ""
        elif _LATIN.fullmatch(part):
            joined = f"{joined} {part}" if joined else part
        else:
            joined = joined + part if mark in _JOINS and len(part) <= _LONGEST_JOINED else ""
    return kept if any(kept.values()) else dict.fromkeys(part for part, _ in parts)


def _is_occupation(part: str) -> bool:
    return not part.endswith(_NO_OCCUPATIONS) and (part.endswith(_ENDINGS) or bool(_OCCUPATIONS.search(part)))


# ---------------------------------------------------------------- domain and levels
_ROLES = re.compile(rf"{_any('roles.general')}|(?<![{''.join(_words('roles.bound'))}])[员师](?!\w)")
LEVELS = ("director", "manager", "supervisor", "assistant", "staff", "engineer", "consultant", "worker", "apprentice")
_CLASS = re.compile(
    rf"{_any('roles.none')}|"
    + "|".join(rf"(?P<{name}>{_any(f'roles.{name}')}(?!程))" for name in LEVELS)
    + r"|(?P<staff_ending>员(?!\w))|(?P<worker_ending>工(?!\w))|(?P<end>\W)"
)


@lru_cache(maxsize=65_536)
def domain(wish: str) -> str:
    """A wish without words of level and role, in normal form; the whole where fewer than two characters remain."""
    return _settled(_field, _head(wish))


def role_spans(normal: str) -> list[tuple[int, int]]:
    """Where the words of level and role stand in a text that is in normal form."""
    return [found.span() for found in _ROLES.finditer(normal)]


def _field(wish: str) -> str:
    field = normal_form(_ROLES.sub("", wish)).strip(" /-,、")
    return field if len(field) > 1 else wish


@lru_cache(maxsize=262_144)
def levels(title: str) -> frozenset[str]:
    """The level classes of a title: the last role of each of its parts. 经理助理 is an assistant, 主管/经理 both.

    Of director, manager, supervisor, assistant, staff, engineer, consultant, worker and apprentice.
    """
    found: set[str | None] = set()
    last = None
    for role in _CLASS.finditer(_head(title)):
        if role.lastgroup == "end":
            found.add(last)
            last = None
        elif role.lastgroup:
            last = role.lastgroup.removesuffix("_ending")
    return frozenset(level for level in (*found, last) if level)


def level_bits(title: str) -> int:
    """The same, one bit a class of LEVELS."""
    return sum(1 << LEVELS.index(level) for level in levels(title))


def namings(title: str) -> list[str]:
    """What a title calls the job: as it stands, and without the words around the occupation."""
    return list(dict.fromkeys((title, cleaned(title))))


# ---------------------------------------------------------------- wishes
_CLAUSES = re.compile(rf"([^\w\s#/&.+{_BRACKETS}-]+{_SOFT}|或者|还是|要么|(?<=\w)或(?=\w))")
_KEPT_MARKS = frozenset("/、,+&-.|")
_EDGES = re.compile(r"^[^\w.(【\[]+|[^\w+#)】\]]+$")
_YEARS = re.compile(
    r"(?:从事|[做干当搞开跑整学上])?[过了]?(?:差不多|大概|将近|至少|[快有约近])?"
    r"(?:[\d一二两三四五六七八九十百几数好多]+(?:年|个月|载)(?![级制生])[多半]?|大?半辈子|一辈子)(?:以上|左右|来|了|的)*"
)
# What is gone before an occupation where the rest shows what it is: 有..证, 对..感兴趣, 在厂里做过.., 会开..
_HOLDING = re.compile(
    r"^(?:有|持有?|拥有|具备|具有)(?=.+(?:证|证书|驾照|执照|经验|经历|基础|技术)$)|^对(?=.+兴趣$)|^[和跟与](?=.+(?:[相有]关|对口))"
    r"|^在[^在]{1,10}?(?:[做干当]过?|打工|上班|[里头](?=开|修))(?=\w)|^在(?![线岗职校建])(?=\w\w)|^会(?=[开修炒用电打写画讲缝剪焊装带教])"
)
_ASKING = re.compile(rf"^.*(?={_any('wishes.asking')}..)")
_REFUSAL = re.compile(
    rf"(?:但是?|不过|反正|其他的?|别的|我|本人|[就也都])*+{_any('wishes.refusals')}|.*(?:除外|以外|[不莫](?:去|干|做|要|考虑))$"
)
_CONDITION = re.compile(rf"(?!{_any('wishes.condition_names')}){_any('wishes.conditions')}")
_CONDITION_OF = re.compile(rf"^[^的]*?{_CONDITION.pattern}[^的]*的")
_OPENING = re.compile(
    rf"(?!{_any('wishes.opening_names')})"
    rf"(?:(?P<opening>{_any('wishes.openings')})|(?P<measure>{_any('wishes.measures')})|{_any('wishes.fillers')})"
)
_END = re.compile(rf"{_any('wishes.ends')}$")
_END_NAMES = tuple(_words("wishes.end_names"))
_EMPTY = re.compile(rf"{_any('wishes.empty')}*+")


@lru_cache(maxsize=65_536)
def asked(wish: str) -> str:
    """The occupation as said in a wish, without the padding around it, in normal form.

    "想找个开叉车的工作,离家近点" is "开叉车". '' where nothing is asked for: 随便, 都可以, only terms, only refusals.
    """
    return _settled(_asked, _head(wish))


def _asked(wish: str) -> str:
    wish = _BRACKETED.sub(lambda found: found[0] if _asked(found[0].strip(_BRACKETS)) else "", wish)
    marks, clauses = ["", *(pieces := _CLAUSES.split(wish))[1::2]], pieces[::2]
    phrases = [_phrase(clause) for clause in clauses]
    if phrases == clauses:
        return normal_form(_EDGES.sub("", wish))
    said: dict[str, str] = {}  # each phrase once, with the mark before it
    for mark, phrase in zip(marks, phrases, strict=True):
        if phrase and phrase not in said:
            said[phrase] = "" if not said else mark if mark in _KEPT_MARKS else " "
    return normal_form("".join(mark + phrase for phrase, mark in said.items()))


def _phrase(clause: str) -> str:
    """What one clause asks for; '' for terms, refusals and padding."""
    if _REFUSAL.match(clause):
        return ""
    clause = _YEARS.sub("", _without_terms(clause)).strip(" ,").removeprefix("的")
    clause = _ASKING.sub("", _without_conditions(_HOLDING.sub("", clause)))
    clause = _without_end(_without_opening(_without_places(clause)))
    return "" if _EMPTY.fullmatch(clause) else clause


def _without_conditions(clause: str) -> str:
    found = _CONDITION.search(clause)
    if not found:
        return clause
    of = _CONDITION_OF.sub("", clause)  # 离家近的保洁
    if of and of != clause:
        return of
    return next((part for part in (clause[: found.start()], clause[found.end() :]) if _is_occupation(part)), "")


def _without_opening(clause: str) -> str:
    """Without what a wish begins with. Fillers alone are no opening: they begin occupations too."""
    end, opened = 0, False
    while found := _OPENING.match(clause, end):
        opened |= found.lastgroup == "opening" or (found.lastgroup == "measure" and found.end() > 1)
        end = found.end()
    return clause[end:] if opened else clause


def _without_end(clause: str) -> str:
    while not clause.endswith(_END_NAMES) and (found := _END.search(clause)):
        clause = clause[: found.start()]
    return clause.strip(" ,-/")


# ---------------------------------------------------------------- skills
_NO_TAGS = frozenset(_words("tags.nothing"))
_NO_SKILL = re.compile(
    _any(*_OFFERS, *_CALLS, "offers.shifts", "tags.benefits", "tags.virtues")
    + rf"|{_any('tags.qualities')}(?=.*?{_any('tags.grades')})|{_COMPOUND_TERMS.pattern}"
)
_AROUND_BENEFIT = re.compile(rf"{_any('tags.around', 'tags.grades')}|[\d\W_]+(?:月薪|[薪天年届kw万千元]|小?时)?")
_BENEFIT = re.compile(
    rf"(?!.*{_any('tags.duties')})(?:{_any('tags.begins')}|.*?{_any('tags.contains')}|.*{_any('tags.ends')}$"
    r"|[\d.~-]+(?:[薪天年届kw万千元]|小?时)+$)"
)


def substance(tags: Iterable[str]) -> list[str]:
    """The tags that name a skill, in normal form and in their order: no benefits, no boilerplate, no virtues."""
    return [tag for tag in map(_skill, tags) if tag]


@lru_cache(maxsize=65_536)
def _skill(tag: str) -> str:
    normal = normal_form(tag)
    if len(normal) > LONGEST:
        return normal  # a text, no tag
    rest = _NO_SKILL.sub("", normal)
    nothing = normal in _NO_TAGS or (rest != normal and not _AROUND_BENEFIT.sub("", rest))
    return "" if nothing or _BENEFIT.match(normal) else normal


# ---------------------------------------------------------------- descriptions
_HEADING = re.compile(_any("descriptions.closings", "descriptions.headings"))
_CLOSINGS = frozenset(_words("descriptions.closings"))
_AFTER_HEADING = ":】]> "
_SENTENCE = re.compile(r"[,、。;!?()\s]+")
_NO_DUTY = re.compile(_any(*_OFFERS, "descriptions.contacts", "descriptions.benefits"))
_DUTY = re.compile(_any("descriptions.duties"))
_NUMBERING = re.compile(r"\(\d\d?\)|\d(?<![a-z\d.]\d)\d?(?:[、)]|\.(?!\d))|[①-⑳【】]")


def plain(description: str) -> str:
    """The duties and demands of a description, in normal form.

    Without headings, sections of terms and of the employer, clauses of benefits and of contacts.
    """
    return normal_form(_settled(_plain, normal_form(description)))


def _plain(text: str) -> str:
    kept, start, closed = [], 0, False
    for heading in _HEADING.finditer(text):
        if _is_heading(text, heading):
            kept.append("" if closed else text[start : heading.start()])
            start, closed = heading.end(), heading[0] in _CLOSINGS
    kept.append("" if closed else text[start:])
    sections = (_NUMBERING.sub(" ", section.lstrip(_AFTER_HEADING)) for section in kept)
    return " ".join(" ".join(map(_without_benefits, sections)).split())


def _is_heading(text: str, found: re.Match[str]) -> bool:
    """Whether marks or figures set the words off: 福利:, 任职要求1、 and 【待遇】 are headings, 福利优厚 is none."""
    before, after = text[: found.start()][-1:], text[found.end() : found.end() + 1]
    if after.isdigit() and found[0] not in _CLOSINGS:
        return True
    return after in (":", "】", "]", ">") or not (before.isalnum() or after.isalpha())


def _without_benefits(section: str) -> str:
    if not _NO_DUTY.search(section):
        return section
    clauses = _SENTENCE.split(section)
    return ",".join(clause for clause in clauses if not _NO_DUTY.search(clause) or _DUTY.search(clause))
