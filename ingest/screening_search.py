"""Where in one text of a vacancy do the rules apply, and what is then found?"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from ingest.screening_figures import (
    Hit,
    age_ceilings,
    child_ages,
    child_labour,
    long_hours,
    long_probation,
    no_rest,
    young_ages,
    young_in_barred_work,
)
from ingest.screening_pay import low_pay_in_words
from ingest.screening_personal import chat_accounts, hidden, id_numbers, invitations_to_chat, phone_numbers, starred
from ingest.screening_rules import Category, Rule, RuleBook, place_names
from ingest.screening_text import SHORT, Plain, bare, plain, spaced
from models.enums import Screening
from models.errors import Problem
from models.minimum_pay import MinimumPay

LONGEST_EXCERPT = 40  # characters of the text that a finding repeats
REACH = 40  # characters before and after what opens a rule that its patterns may hold
MOST_OF_A_RULE = 3  # findings in one field
PERSONAL = "personal_data"  # the category whose words are not repeated

_CLAUSE = re.compile(r"[,。;!?\n]")
_SENTENCE = re.compile(r"[。;!?\n]")
_AROUND = " ,，。；;:：、!！?？()（）[]【】\n"  # marks beside the words that are meant
# A clause that goes on with these says what the one before it was about: 男女, 均可.
_GOES_ON = re.compile(r"[,、]?(?:均可|皆可|都可|也可|亦可|都行|不限|无要求|不要求|一视同仁|男女不限)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `span` is the part of the sent field that is meant; personal data is starred in `excerpt`."""

    category: str
    rule: str
    level: Screening
    field: str
    span: tuple[int, int] | None
    excerpt: str
    articles: tuple[str, ...]
    message: str
    suggestion: str

    @property
    def problem(self) -> Problem:
        """What the sender is told: the words, what is wrong with them, the article, and how to put it right."""
        said = f"“{self.excerpt}”{self.message}" if self.excerpt else self.message
        return Problem(self.field, self.rule, f"{said}（依据{'、'.join(self.articles)}）", self.suggestion, self.span)


class Segment(NamedTuple):
    """One text of a vacancy. `lead` and `tail` are words of the form around it that are not part of the text."""

    field: str
    text: str
    lead: str = ""
    tail: str = ""

    @property
    def whole(self) -> str:
        """The text as a reader of the form understands it: 性别要求:男."""
        return f"{self.lead}{self.text}{self.tail}" if self.lead or self.tail else self.text


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule may need to know of the whole vacancy. `least` is None where no minimum pay is known or due."""

    title: str
    least: MinimumPay | None
    part_time: bool
    reachable: bool  # a contact or an address is given


def alarms(book: RuleBook, text: str) -> bool:
    """Whether a text needs a closer look."""
    return _alarms_short(book, text) if len(text) <= SHORT else book.alarms(bare(text))


@lru_cache(maxsize=65_536)
def _alarms_short(book: RuleBook, text: str) -> bool:
    return book.alarms(bare(text))


def findings(segment: Segment, book: RuleBook, scene: Scene) -> Iterator[Finding]:
    """What one text holds, ground by ground; of two rules of a ground that meet in a place, the first speaks."""
    flat, field = plain(segment.whole), segment.field.partition("[")[0]
    for category in book.categories:
        if not category.words.search(flat.text):
            continue
        taken: list[tuple[int, int]] = []
        for rule in category.rules_for(field):
            form = spaced(segment.whole) if rule.spaced else flat
            for found, span in _of_rule(segment, form, category, rule, scene):
                if not any(start < span[1] and span[0] < end for start, end in taken):
                    taken.append(span)
                    yield found


def finding(
    rule: Rule, field: str, span: tuple[int, int] | None, words: str, figures: Mapping[str, str] | None = None
) -> Finding:
    """What a rule says of words of a field; `figures` are named in its message."""
    message = rule.message.format(**figures) if figures else rule.message
    excerpt = hidden(words) if rule.category == PERSONAL else starred(words)[:LONGEST_EXCERPT]
    return Finding(rule.category, rule.name, rule.level, field, span, excerpt, rule.articles, message, rule.suggestion)


def _of_rule(
    segment: Segment, form: Plain, category: Category, rule: Rule, scene: Scene
) -> Iterator[tuple[Finding, tuple[int, int]]]:
    around = f"{scene.title}\n{form.text}"
    if rule.needed and not rule.needed.search(around):
        return
    marks = _SENTENCE if rule.by_sentence else _CLAUSE
    text = _prepared(form.text, category) if rule.struck else form.text
    lawless = (
        hit for hit in _hits(text, rule, scene) if not (rule.spared and rule.spared.search(clause(form, hit, marks)))
    )
    hits = list(islice(lawless, MOST_OF_A_RULE))
    used = rule.milder if hits and rule.softened and rule.softened.search(around) else rule
    for hit in hits:
        span = _within(segment, *form.span(hit.start, hit.end))
        yield finding(used, segment.field, span, segment.text[slice(*span)], hit.figures), span


def _within(segment: Segment, start: int, end: int) -> tuple[int, int]:
    """A span of the whole, as one of the text alone: without marks around it, and all of it where it is only meant."""
    size, before = len(segment.text), len(segment.lead)
    start, end = max(0, min(start - before, size)), max(0, min(end - before, size))
    words = segment.text[start:end]
    start, end = start + len(words) - len(words.lstrip(_AROUND)), end - len(words) + len(words.rstrip(_AROUND))
    return (start, end) if start < end else (0, size)


@lru_cache(maxsize=64)
def _prepared(text: str, category: Category) -> str:
    """The text with lawful compounds struck out and places marked, letter for letter. One text has many rules."""
    if category.lawful:
        text = category.lawful.sub(lambda match: "○" * len(match[0]), text)
    return place_names().sub(lambda match: "◆" * len(match[0]), text) if category.places else text


def clause(form: Plain, hit: Hit, marks: re.Pattern[str] = _CLAUSE) -> str:
    """The clause or sentence around a hit, and the next one where that only goes on. Blanks divide as marks do."""
    text = form.text
    starts = [mark.end() for mark in marks.finditer(text, 0, hit.start)]
    start = max(starts[-1] if starts else 0, max((gap for gap in form.gaps if gap <= hit.start), default=0))
    end = min(_end(text, marks, hit.end), min((gap for gap in form.gaps if gap >= hit.end), default=len(text)))
    return text[start : _end(text, marks, end + 1) if _GOES_ON.match(text, end) else end]


def _end(text: str, marks: re.Pattern[str], start: int) -> int:
    mark = marks.search(text, start)
    return mark.start() if mark else len(text)


def _hits(text: str, rule: Rule, scene: Scene) -> Iterator[Hit]:
    if rule.reader:
        yield from _READERS[rule.reader](text, scene)
    else:
        for start, end in _windows(text, rule.opens):
            for match in rule.pattern.finditer(text, start, end):
                yield Hit(*match.span())


def _windows(text: str, opens: re.Pattern[str] | None) -> list[tuple[int, int]]:
    """Where a pattern can be found: around what every finding of it holds, to the end of the clause after that."""
    if opens is None:
        return [(0, len(text))]
    windows: list[tuple[int, int]] = []
    for found in opens.finditer(text):
        if windows and found.end() <= windows[-1][1] - REACH:
            continue
        start, end = max(0, found.start() - REACH), _end(text, _CLAUSE, _end(text, _CLAUSE, found.end()) + 1)
        end = max(end, min(found.end() + REACH, len(text)))
        if windows and start <= windows[-1][1]:
            start = windows.pop()[0]
        windows.append((start, end))
    return windows


def _low_pay(text: str, scene: Scene) -> Iterator[Hit]:
    if scene.least:
        yield from low_pay_in_words(text, scene.least, scene.part_time)


def _only_chat(text: str, scene: Scene) -> Iterator[Hit]:
    """A chat account and a call to use it, where neither contact nor address is given."""
    if not scene.reachable and next(chat_accounts(text), None):
        yield from invitations_to_chat(text)


_READERS: Mapping[str, Callable[[str, Scene], Iterator[Hit]]] = {
    "age_ceilings": lambda text, scene: age_ceilings(text),
    "child_ages": lambda text, scene: child_ages(text),
    "child_labour": lambda text, scene: child_labour(text),
    "young_ages": lambda text, scene: young_ages(text),
    "young_in_barred_work": lambda text, scene: young_in_barred_work(text, scene.title),
    "long_probation": lambda text, scene: long_probation(text),
    "no_rest": lambda text, scene: no_rest(text),
    "long_hours": lambda text, scene: long_hours(text),
    "low_pay_in_words": _low_pay,
    "phone_numbers": lambda text, scene: phone_numbers(text),
    "chat_accounts": lambda text, scene: chat_accounts(text),
    "id_numbers": lambda text, scene: id_numbers(text),
    "chat_only": _only_chat,
}
