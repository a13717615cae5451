"""May this vacancy be shown? What in it is against which law, where, and how would it be said lawfully?

`screen` is a pure function of a vacancy's words and figures, the day and the rules (`data/screening.toml`). Texts are
read without disguise, lawful compounds go first, then conditions near a protected word, negation and offers
(`domain.md` 4). One search decides for most vacancies that there is nothing to find.
"""

import hashlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

from ingest.pay import Pay, pay_from_range, read_pay
from ingest.schemas import PayWire, VacancyWire
from ingest.screening_contradictions import contradictions
from ingest.screening_pay import least_pay, pay_under_minimum
from ingest.screening_rules import RuleBook, rule_book
from ingest.screening_search import Finding, Reading, Scene, Segment, finding, findings, grounds
from ingest.screening_text import SEPARATOR, plain
from models.enums import EmploymentKind, Screening
from models.errors import FieldError
from models.minimum_pay import MinimumPay
from models.vacancy import Vacancy

__all__ = ["Finding", "Screened", "Wording", "digest_of", "screen", "screen_all", "stored_wording", "wording_of"]

PREFERRED = "优先"

_PLAIN_PAY = re.compile(r"[0-9.,~\-+*·/千万百元kKwW薪年月日天时小周以上下起左右面议每至到及]*")
_STATED = re.compile("优先|可|限|不|要|招|收|免|欢迎")
_UNLIMITED = re.compile("不限|无")
_PART_TIME = re.compile("兼职|小时工(?!作)|钟点工|非全日制(?!本|大|专|学|教|硕|研|统)")
_TRAINING = re.compile("[实见]习")
_GRAVITY = {Screening.BLOCKED: 0, Screening.REVIEW: 1, Screening.OK: 2}


@dataclass(slots=True)  # frozen, it would take twice the time
class Wording:
    """What of a vacancy is screened: its words as they were sent, and what was read of pay, kind and place.

    `columns` holds what a form asked for in columns of its own (sex, age, marriage, hukou), by header.
    """

    title: str
    description: str = ""
    skills: Sequence[str] = ()
    preferences: Sequence[str] = ()
    certificates: Sequence[str] = ()
    education: str = ""
    experience: str = ""
    hours: str = ""
    pay_text: str = ""
    pay: Pay | None = None
    kind: EmploymentKind | None = None
    district: str | None = None
    remote: bool = False
    address: str = ""
    contact: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screened:
    """The gravest level of all findings, the findings from the gravest down, and the rules that were applied."""

    verdict: Screening
    findings: tuple[Finding, ...]
    rules: str


def wording_of(
    wire: VacancyWire, values: Mapping[str, Any], pay: Pay | None, columns: Mapping[str, str] | None = None
) -> Wording:
    """What is screened of a vacancy on the wire; `values` are those that `read_vacancy` has read so far."""
    return Wording(
        wire.title, wire.description, _distinct(wire.skills), wire.preferences, wire.certificates, wire.education,
        wire.experience, wire.hours, "" if isinstance(wire.pay, PayWire) else wire.pay, pay,
        EmploymentKind(values["kind"]), values["district"], values["remote"], wire.address, wire.contact, columns or {},
    )  # fmt: skip


def stored_wording(vacancy: Vacancy) -> Wording:
    """The same of a vacancy that is stored: equal to what was screened when it came in."""
    said = vacancy.stated
    sent = said.get("pay", "")
    return Wording(
        vacancy.title, vacancy.description, vacancy.skills, vacancy.preferences, said.get("certificates", ()),
        said.get("education", ""), said.get("experience", ""), said.get("hours", ""),
        "" if isinstance(sent, dict) else sent, _read_again(sent), EmploymentKind(vacancy.kind), vacancy.district,
        vacancy.remote, vacancy.address, vacancy.contact,
    )  # fmt: skip


def _read_again(sent: str | dict[str, Any]) -> Pay | None:
    """A stored pay; None where readers of today would refuse it."""
    try:
        if isinstance(sent, dict):
            low, high = sent.get("min"), sent.get("max")
            return pay_from_range(low, high, sent.get("unit", "month")) if low or high else None
        return read_pay(sent) if sent else None
    except FieldError:
        return None


def _distinct(entries: Sequence[str]) -> list[str]:
    """As intake stores them."""
    return list(dict.fromkeys(filter(None, entries)))


def digest_of(wording: Wording) -> bytes:
    """16 bytes that change with anything that is screened. Of contact and address only whether they are given."""
    figures = wording.pay and not wording.pay_text and (wording.pay.minimum, wording.pay.maximum, wording.pay.unit)
    parts = (
        wording.title, wording.description, wording.education, wording.experience, wording.hours, wording.pay_text,
        str(figures), str(wording.kind), str(wording.district), f"{wording.remote}", f"{bool(wording.address)}",
        f"{bool(wording.contact)}", *wording.skills, SEPARATOR, *wording.preferences, SEPARATOR,
        *wording.certificates, SEPARATOR, *(f"{name}:{value}" for name, value in wording.columns.items()),
    )  # fmt: skip
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def screen(wording: Wording, on: date, rules: RuleBook | None = None) -> Screened:
    """What a vacancy may not say, on a day. Pure; reads nothing but the rules and the code lists."""
    return screen_all([wording], on, rules)[0]


def screen_all(wordings: Sequence[Wording], on: date, rules: RuleBook | None = None) -> list[Screened]:
    """The same of many: which of their texts need a closer look is found at once."""
    book = rules or rule_book()
    said = [_said(wording, book) for wording in wordings]
    opened = grounds(book, set(chain.from_iterable(said)) - {""})
    return [
        _screened(wording, on, book, {} if opened.keys().isdisjoint(texts) else opened)
        for wording, texts in zip(wordings, said, strict=True)
    ]


def _screened(wording: Wording, on: date, book: RuleBook, opened: Mapping[str, list[Reading] | None]) -> Screened:
    least = _least(wording.district, wording.remote, on) if not _is_training(wording) else None
    found = [*_in_words(wording, book, least, opened), *_in_figures(wording, book, least)]
    found.sort(key=lambda one: _GRAVITY[one.level])
    return Screened(found[0].level if found else Screening.OK, tuple(found), book.identity)


def _said(wording: Wording, book: RuleBook) -> list[str]:
    """All that is looked through of a vacancy."""
    return [
        wording.title, wording.description, wording.education, wording.experience, wording.hours,
        _unusual(wording.pay_text), *wording.skills, *wording.certificates,
        *(each.whole for each in _of_a_form(wording, book)),
    ]  # fmt: skip


def _in_words(
    wording: Wording, book: RuleBook, least: MinimumPay | None, opened: Mapping[str, list[Reading] | None]
) -> Iterator[Finding]:
    """What the texts say. Most of them open no ground, and cost no more than that search."""
    if not opened:
        return
    told = [*_texts(wording, opened), *(each for each in _of_a_form(wording, book) if each.whole in opened)]
    reachable = bool(wording.contact or wording.address)
    scene = Scene(plain(wording.title).text, least, _is_part_time(wording), reachable)
    for segment in told:
        yield from findings(segment, opened[segment.whole], book, scene)


def _in_figures(wording: Wording, book: RuleBook, least: MinimumPay | None) -> Iterator[Finding]:
    """Pay under the minimum in the pay field, and fields that the text contradicts."""
    if wording.pay and wording.pay.stated and least:
        short = pay_under_minimum(wording.pay, wording.pay_text, least, _is_part_time(wording))
        if short:
            rule = book.rule("wage", "pay_below_minimum")
            rule = rule if wording.district else rule.milder  # of an unknown place only the lowest figure is known
            yield finding(rule, "pay", None, wording.pay_text, {"least": short})
    fields = (wording.pay, wording.education, wording.experience)
    for name, where, span in contradictions(wording.title, wording.description, *fields):
        yield finding(book.rule("contradiction", name), where, span, getattr(wording, where)[slice(*span)])


def _unusual(pay: str) -> str:
    """A pay notation, unless it holds figures and units only."""
    return "" if _PLAIN_PAY.fullmatch(pay) else pay


def _texts(wording: Wording, opened: Container[str]) -> Iterator[Segment]:
    """The texts of a vacancy that open a ground."""
    for name in ("title", "description", "education", "experience", "hours"):
        if (text := getattr(wording, name)) in opened:
            yield Segment(name, text)
    if (pay := _unusual(wording.pay_text)) in opened:
        yield Segment("pay", pay)
    for name in ("skills", "certificates"):
        for index, entry in enumerate(getattr(wording, name)):
            if entry in opened:
                yield Segment(f"{name}[{index}]", entry)


def _of_a_form(wording: Wording, book: RuleBook) -> Iterator[Segment]:
    """The texts that mean more than they say because of the column they stand in."""
    yield from _columns(wording, book)
    for index, entry in enumerate(wording.preferences):
        # An entry may be only the name of those who are preferred: 男性, 残疾人.
        yield Segment(f"preferences[{index}]", entry, tail="" if _STATED.search(entry) else PREFERRED)


def _columns(wording: Wording, book: RuleBook) -> Iterator[Segment]:
    """What columns ask for that nobody may ask, as a sentence: 性别:男, 年龄:35岁以下, 户口要求:限本市户口."""
    for header, value in wording.columns.items():
        column = book.columns.get(header.strip().lower())
        said = column.values.get(value.strip().lower(), value) if column else ""
        if column is None or not said.strip():
            continue
        if _UNLIMITED.search(said):
            yield Segment(header, said, f"{column.label}:")
        else:
            tail = "" if column.after and said.endswith(column.after) else column.after
            yield Segment(header, said, f"{column.label}:{column.before}", tail)


def _is_part_time(wording: Wording) -> bool:
    return wording.kind is EmploymentKind.GIG or bool(_PART_TIME.search(f"{wording.title},{wording.hours}"))


def _is_training(wording: Wording) -> bool:
    """Whether no wage is paid: a trainee's allowance is none."""
    return wording.kind is EmploymentKind.INTERNSHIP or bool(_TRAINING.search(wording.title))


@lru_cache(maxsize=4096)
def _least(district: str | None, remote: bool, on: date) -> MinimumPay | None:
    return least_pay(district, remote, on)
