"""Which wordings may a vacancy not hold, of which law is each, and how would it be said lawfully?

The rules are data: `data/screening.toml`. A category lists the words that open it, the lawful compounds that are
struck out first, and its rules; a rule has patterns over the plain text, or names a reader of figures in code.
"""

import csv
import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

from ingest.screening_openings import Openings
from models.districts import Level, districts
from models.enums import Screening
from models.errors import ZhipeiError

NOTHING = "(?!)"  # is found nowhere
HOME_PROVINCE = "500000"
_NAMED = re.compile(r"<([a-z_]+[0-9]?)(?::([a-z_]+))?>")
_LINES = re.compile(r"\n\s*")  # long alternatives are written over several lines
_GAP = "[^,。;!?\\n]{{0,{}}}?"  # within one clause
# 重庆市 is called 重庆, 甘孜藏族自治州 甘孜.
_PLACE_SUFFIX = re.compile(
    "(?:特别行政区|(?:维吾尔|壮族|回族)自治区|(?:(?:土家|苗|藏|彝|羌|回|侗|壮|傣|白|布依|朝鲜|景颇|傈僳|哈尼)族){1,2}自治[州县]"
    "|(?:蒙古|哈萨克|柯尔克孜)(?:族)?(?:藏族)?自治[州县]|自治[区州县]|地区|[省市区县盟])$"
)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One kind of wording, looked for in the text with blanks (`spaced`) or without lawful compounds (`struck`).

    `fields` limits where. `spared` in the same clause (or sentence, `by_sentence`) makes it lawful, `softened`
    anywhere in the vacancy makes BLOCKED a REVIEW, `needed` must stand there too. Every finding of a pattern holds
    what `opens` says: it only spares time. Patterns are long, and compiled when a text first asks for them.
    """

    category: str
    name: str
    level: Screening
    patterns: str
    reader: str
    spaced: bool
    struck: bool
    by_sentence: bool
    fields: frozenset[str]
    except_fields: frozenset[str]
    spared: re.Pattern[str] | None
    softened: re.Pattern[str] | None
    needed: re.Pattern[str] | None
    opens: re.Pattern[str] | None
    articles: tuple[str, ...]
    message: str
    suggestion: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What is looked for; nothing where a reader of figures looks."""
        return _compiled(self.patterns)

    def applies_to(self, field: str) -> bool:
        """Whether the rule is looked for in a field, named without its index."""
        return (not self.fields or field in self.fields) and field not in self.except_fields

    @property
    def milder(self) -> "Rule":
        """The rule where it cannot be sure: a person looks."""
        return replace(self, level=Screening.REVIEW) if self.level is Screening.BLOCKED else self


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# What may begin in a text of a category: a rule at what opens it, what is lawful, the name of a place.
Opening = Rule | str
LAWFUL, PLACES = "○", "◆"


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """One ground. None of its rules needs to be tried where none of `words` is found: patterns, one a first letter.

    `places`: names of places matter.
    """

    name: str
    label: str
    words: tuple[str, ...]
    lawful: re.Pattern[str] | None
    places: bool
    rules: tuple[Rule, ...]

    @lru_cache(maxsize=1024)  # noqa: B019 - there are few categories, and they live as long as their book
    def rules_for(self, field: str) -> tuple[Rule, ...]:
        """The rules that are looked for in a field, named without its index."""
        return tuple(rule for rule in self.rules if rule.applies_to(field))

    def openings(self, texts: Sequence[str]) -> list[Mapping[Opening, Sequence[int]]]:
        """Where in each of some plain texts its rules, what is lawful and places may begin."""
        return _openings(self).places(texts)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a form asks for that nobody may ask: its label, and what its codes stand for."""

    label: str
    values: Mapping[str, str]
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """All rules of one version. `identity` changes when a byte of them does; another process reads `text` itself."""

    text: str
    identity: str
    categories: tuple[Category, ...]
    columns: Mapping[str, Column]

    def __reduce__(self) -> tuple[Callable[[str], "RuleBook"], tuple[str]]:
        return read_rules, (self.text,)

    def opened(self, texts: Sequence[str]) -> list[set[Category]]:
        """The categories of which each of some plain texts holds a word."""
        found: list[set[Category]] = [set() for _ in texts]
        for number, place, (category, words) in _words(self).begun(texts):
            if category not in found[number] and _compiled(words).match(texts[number], place):
                found[number].add(category)
        return found

    def rule(self, category: str, name: str) -> Rule:
        """A rule by its names. StopIteration where there is none."""
        return next(rule for rule in self._rules() if (rule.category, rule.name) == (category, name))

    def check(self) -> None:
        """Compile every pattern. re.error where one is none."""
        for rule in self._rules():
            _ = rule.pattern

    def _rules(self) -> Iterator[Rule]:
        return (rule for category in self.categories for rule in category.rules)


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The rules that ship."""
    return read_rules(resources.files("ingest").joinpath("data/screening.toml").read_text("utf-8"))


def rules_in(path: Path | None) -> RuleBook:
    """The rules in a file, an edited copy of those that ship; without one, these. ZhipeiError where it is not one."""
    if path is None:
        return rule_book()
    try:
        book = read_rules(path.read_text("utf-8"))
        book.check()
    except (OSError, KeyError, ValueError, re.error) as error:  # TOML errors are ValueErrors
        raise ZhipeiError(f"审核规则文件有误：{path}：{error}") from error
    return book


@lru_cache(maxsize=4)
def read_rules(text: str) -> RuleBook:
    """The rules in a TOML text. KeyError, re.error or tomllib.TOMLDecodeError where it is not one.

    What `Rule.pattern` is made of is compiled, and found wrong, only when it is used or checked.
    """
    tables = tomllib.loads(text)
    people = {name: known.split() for name, known in tables.get("people", {}).items()}
    expand = _expander({**tables["phrases"], **people})
    for table in tables["category"].values():
        table["words"] = [
            *table["words"].split(),
            *chain.from_iterable(people[name] for name in table.get("people", ())),
        ]
    categories = tuple(_category(name, table, expand) for name, table in tables["category"].items())
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    identity, columns = f"{tables['version']}-{digest}", dict(_columns(tables["column"]))
    return RuleBook(text, identity, categories, columns)


@lru_cache(maxsize=1)
def laws() -> Mapping[str, str]:
    """What each law is called for people, by the name that rules use: 就业促进法 is 《就业促进法》."""
    text = resources.files("ingest").joinpath("data/laws.csv").read_text("utf-8")
    return {row["law"]: row["title"] for row in csv.DictReader(text.splitlines())}


def law_names(articles: Iterable[str]) -> tuple[str, ...]:
    """'劳动法 36', '劳动法 38' as an employer reads them: 《劳动法》第36、38条. KeyError for a law not in the list."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for article in articles:
        law, _, number = article.partition(" ")
        numbers[laws()[law]].append(number)
    return tuple(title + _numbered([number for number in known if number]) for title, known in numbers.items())


def _numbered(numbers: Sequence[str]) -> str:
    return f"第{'、'.join(numbers)}条" if numbers and numbers[0].isdigit() else "".join(numbers)


def _expander(phrases: Mapping[str, Any]) -> Callable[[Iterable[str] | str], str]:
    """Gives one pattern of many, with <names> replaced by their phrases, <gap4> by up to 4 characters, and
    <refuse:people> by the phrase `refuse` said of `people`: these stand in it where it has an @."""
    known: dict[str, str] = {}

    def phrase(match: re.Match[str]) -> str:
        name, people = match[1], match[2]
        if name.startswith("gap"):
            return _GAP.format(name[3:])
        if match[0] not in known:
            said = phrases[name]
            known[match[0]] = expand(said.replace("@", f"<{people}>") if people else said)
        return known[match[0]]

    def expand(parts: Iterable[str] | str) -> str:
        joined = _LINES.sub("", parts if isinstance(parts, str) else "|".join(parts))
        return "(?:" + _NAMED.sub(phrase, joined) + ")"

    return expand


@lru_cache(maxsize=1)
def place_names() -> re.Pattern[str]:
    """Provinces, cities, and the counties at home, by full and short name, longest first."""
    names = set()
    for known in districts().values():
        if known.level is not Level.COUNTY or known.province == HOME_PROVINCE:
            short = _PLACE_SUFFIX.sub("", known.name)
            names |= {known.name, short if len(short) > 1 else known.name}
    return re.compile("|".join(_by_first_letter(sorted(names, key=len, reverse=True))))


@lru_cache(maxsize=8)
def _words(book: RuleBook) -> Openings[tuple[Category, str]]:
    return Openings(((category, words), words) for category in book.categories for words in category.words)


@lru_cache(maxsize=256)
def _openings(category: Category) -> Openings[Opening]:
    """A category that is about places may open at the name of one, too: ◆ stands for each of its letters."""
    patterns: list[tuple[Opening, str]] = [(rule, rule.opens.pattern) for rule in category.rules if rule.opens]
    if category.places:
        patterns += [(opening, place_names().pattern) for opening in (PLACES, *(opening for opening, _ in patterns))]
    if category.lawful:
        patterns.append((LAWFUL, category.lawful.pattern))
    return Openings(patterns)


def _by_first_letter(words: Iterable[str]) -> tuple[str, ...]:
    """Patterns for many words, each of which begins with a letter of its own: a search leaps over all others."""
    branches: dict[str, list[str]] = defaultdict(list)
    for word in words:
        branches[word[0]].append(word[1:])
    return tuple(f"{first}(?:{'|'.join(rests)})" for first, rests in branches.items())


def _category(name: str, table: Mapping[str, Any], expand: Callable[[Iterable[str] | str], str]) -> Category:
    return Category(
        name,
        table["label"],
        _by_first_letter(table["words"]),
        re.compile(expand(table["lawful"])) if "lawful" in table else None,
        table.get("places", False),
        tuple(_rule(name, {**table, **rule}, expand) for rule in table["rule"]),
    )


def _rule(category: str, table: Mapping[str, Any], expand: Callable[[Iterable[str] | str], str]) -> Rule:
    """A rule; what it does not say is as its category says."""

    def pattern(key: str) -> re.Pattern[str] | None:
        return re.compile(expand(table[key])) if table.get(key) else None

    return Rule(
        category,
        table["name"],
        Screening(table["level"]),
        expand(table["patterns"]) if table.get("patterns") else NOTHING,
        table.get("reader", ""),
        table.get("spaced", False),
        table.get("struck", True),
        table.get("scope") == "sentence",
        frozenset(table.get("fields", ())),
        frozenset(table.get("except_fields", ())),
        pattern("spared"),
        pattern("softened"),
        pattern("needed"),
        pattern("opens"),
        law_names(table["articles"]),
        table["message"],
        table["suggestion"],
    )


def _columns(tables: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Column]]:
    for table in tables:
        column = Column(table["label"], table.get("values", {}), table.get("before", ""), table.get("after", ""))
        yield from ((name, column) for name in table["names"])
