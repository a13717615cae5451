"""Where in one text of a vacancy do the rules apply, and what is then found?"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from ingest.screening_rules import LAWFUL, PLACES, Category, Opening, Rule, RuleBook, place_names
from ingest.screening_text import Plain, bare, plain, spaced
from models.enums import Screening
from models.errors import Problem
from models.minimum_pay import MinimumPay

LONGEST_EXCERPT = 40  # characters of the text that a finding repeats
LONG = 400  # code points, from which nearly every text raises an alarm and is read at once
REACH = 40  # characters before and after what opens a rule that its patterns may hold
MOST_OF_A_RULE = 3  # findings in one field
PERSONAL = "personal_data"  # the category whose words are not repeated

SENTENCE_MARKS = "。;!?\n"
_CLAUSE = re.compile(f"[,{SENTENCE_MARKS}]")
_SENTENCE = re.compile(f"[{SENTENCE_MARKS}]")
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


class Reading:
    """One text as the rules of a category read it: where they may open, and what its lawful compounds leave of it."""

    __slots__ = ("_struck", "category", "form", "places")

    def __init__(self, form: Plain, category: Category, places: Mapping[Opening, Sequence[int]]) -> None:
        self.form, self.category, self.places = form, category, places
        self._struck: str | None = None

    def matches(self, opening: Opening, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """What a pattern finds in the text, or in the same with letters struck out, at all places where it begins."""
        return (found for place in self.places.get(opening, ()) if (found := pattern.match(text, place)))

    @property
    def struck(self) -> str:
        """The text with lawful compounds struck out and places marked, letter for letter. One text has many rules."""
        if self._struck is None:
            text = self.form.text
            if self.category.lawful:
                text = _covered(text, self.matches(LAWFUL, self.category.lawful, text), LAWFUL)
            if self.category.places:
                text = _covered(text, self.matches(PLACES, place_names(), text), PLACES)
            self._struck = text
        return self._struck


def _covered(text: str, found: Iterator[re.Match[str]], letter: str) -> str:
    """The text with a letter for each of those in what was found, from the left."""
    parts, last = [], 0
    for one in found:
        if one.start() >= last:
            parts += [text[last : one.start()], letter * len(one[0])]
            last = one.end()
    return "".join(parts) + text[last:]


def grounds(book: RuleBook, texts: Collection[str]) -> dict[str, list[Reading] | None]:
    """Those of some texts that need a closer look, and how each is read then: of a long one that is not known yet."""
    short = [text for text in texts if len(text) <= LONG]
    loud = [text for text, found in zip(short, book.opened(bare(short)), strict=True) if found]
    known: dict[str, list[Reading] | None] = dict.fromkeys(text for text in texts if len(text) > LONG)
    return known | dict(zip(loud, _readings(book, [plain(text) for text in loud]), strict=True))


def _readings(book: RuleBook, forms: Sequence[Plain]) -> list[list[Reading]]:
    """How the categories that each of some texts opens read it. Their patterns are looked for in all texts at once."""
    opened = book.opened([form.text for form in forms])
    readings: list[list[Reading]] = [[] for _ in forms]
    for category in book.categories:
        numbers = [number for number, known in enumerate(opened) if category in known]
        places = category.openings([forms[number].text for number in numbers]) if numbers else []
        for number, found in zip(numbers, places, strict=True):
            readings[number].append(Reading(forms[number], category, found))
    return readings


def findings(segment: Segment, readings: Sequence[Reading] | None, book: RuleBook, scene: Scene) -> Iterator[Finding]:
    """What one text holds, ground by ground; of two rules of a ground that meet in a place, the first speaks."""
    field = segment.field.partition("[")[0]
    for reading in _readings(book, [plain(segment.whole)])[0] if readings is None else readings:
        taken: list[tuple[int, int]] = []
        for rule in reading.category.rules_for(field):
            read = _with_blanks(segment, reading.category) if rule.spaced else reading
            for found, span in _of_rule(segment, read, rule, scene):
                if not any(start < span[1] and span[0] < end for start, end in taken):
                    taken.append(span)
                    yield found


def _with_blanks(segment: Segment, category: Category) -> Reading:
    form = spaced(segment.whole)
    return Reading(form, category, category.openings([form.text])[0])


def finding(
    rule: Rule, field: str, span: tuple[int, int] | None, words: str, figures: Mapping[str, str] | None = None
) -> Finding:
    """What a rule says of words of a field; `figures` are named in its message."""
    message = rule.message.format(**figures) if figures else rule.message
    excerpt = hidden(words) if rule.category == PERSONAL else starred(words)[:LONGEST_EXCERPT]
    return Finding(rule.category, rule.name, rule.level, field, span, excerpt, rule.articles, message, rule.suggestion)


def _of_rule(segment: Segment, reading: Reading, rule: Rule, scene: Scene) -> Iterator[tuple[Finding, tuple[int, int]]]:
    if rule.opens and rule not in reading.places:
        return
    form, around = reading.form, f"{scene.title}\n{reading.form.text}"
    if rule.needed and not rule.needed.search(around):
        return
    marks = _SENTENCE if rule.by_sentence else _CLAUSE
    lawless = (
        hit for hit in _hits(reading, rule, scene) if not (rule.spared and rule.spared.search(clause(form, hit, marks)))
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


def _hits(reading: Reading, rule: Rule, scene: Scene) -> Iterator[Hit]:
    text = reading.struck if rule.struck else reading.form.text
    if rule.reader:
        yield from _READERS[rule.reader](text, scene)
        return
    opened = reading.matches(rule, rule.opens, text) if rule.opens else None
    for start, end in [(0, len(text))] if opened is None else _windows(text, opened):
        for match in rule.pattern.finditer(text, start, end):
            yield Hit(*match.span())


def _windows(text: str, opened: Iterator[re.Match[str]]) -> list[tuple[int, int]]:
    """Where a pattern can be found: in the sentence around what every finding of it holds, to the end of the clause
    after that."""
    windows: list[tuple[int, int]] = []
    for found in opened:
        if windows and found.end() <= _last(text, windows[-1][1]):
            continue
        start, end = _around(text, *found.span())
        if windows and start <= windows[-1][1]:
            start, last = windows.pop()
            end = max(end, last)
        windows.append((start, end))
    return windows


def _last(text: str, end: int) -> int:
    """Up to where what opens within a window needs no other; a window to the end of its sentence has all of it."""
    return end if text[end : end + 1] in SENTENCE_MARKS else end - REACH


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(0, start - REACH)
    begun = max(text.rfind(mark, first, start) for mark in SENTENCE_MARKS)  # with its mark, as some patterns want it
    ended = _end(text, _SENTENCE, end)
    after = ended if ended <= end + REACH else max(_end(text, _CLAUSE, _end(text, _CLAUSE, end) + 1), end + REACH)
    return max(first, begun), min(after, ended)


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
