"""What does the service give 120 hand-written people, and is it right? Run as a script it prints the whole gallery."""

import re
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from brute_force import BruteForce
from factories import HOME, NOW, TODAY
from intaking import take_seekers, take_vacancies
from postings import REAL, postings
from sqlalchemy.orm import Session

from api.fitting import fit_meaning
from api.market import sample_vacancies, vacancies
from api.market.settings import settings as sample_market
from api.service import Matching
from api.settings import Settings
from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from ingest.verdicts import Verdict
from matching.index import build_index
from matching.meaning import Meaning
from models.database import VACANCY_REVISIONS, watermark
from models.enums import Confidence, Mark, Rung
from models.identity import Keyring
from models.queries.seekers import find_seeker
from models.queries.vacancies import open_vacancies
from models.seeker import JobSeeker
from models.text import normal_form
from models.vacancy import Vacancy

PEOPLE = Path(__file__).parents[1] / "matching/gallery.toml"
REAL_FILES = ("zhilian_2026", "job51_2026", "job51_2024")
REAL_CITIES = {"重庆": "500000", "武汉": "420100"}  # as the files name them
LEAST = 3  # different real postings of an expected trade within the limits fill a list; one may be a slip of a title
TITLES = PEOPLE.with_name("gallery_titles.toml")
DEMO, OPENINGS, SEED = "demo", 5_000, 7  # the market of `zhipei demo`, longer: every trade in reach of everyone
GUIDANCE, NOTHING = "GUIDANCE", "NOTHING"  # what is right for who said nothing, and for what nobody offers
IN_WORDS = {GUIDANCE: "就近和最新，注明先做职业指导", NOTHING: "没有这种岗位，不硬凑"}

Document = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """One of the people: the wire record, what is right for it, and why. `absurd` has groups opened into trades."""

    id: str
    record: Document
    expects: tuple[str, ...]
    absurd: frozenset[str]
    why: str
    odd: bool

    @classmethod
    def of(cls, name: str, table: Mapping[str, Any]) -> "Person":
        """The person of one table of the file."""
        right, who = table["right"], dict(table["who"])
        record = {"external_id": name, "registration": {"district": who.pop("district")}, **who, **table["wants"]}
        expects, named = tuple(right["expects"]), set(right.get("absurd", ()))
        trades = sample_market().trades.values()
        absurd = named - {trade.group for trade in trades} | {t.key for t in trades if t.group in named}
        return cls(name, record, expects, frozenset(absurd - set(expects)), right["why"], right.get("odd", False))

    @property
    def trades(self) -> tuple[str, ...]:
        """The trades of which the first item should be; none where nothing is of use or offered."""
        return tuple(name for name in self.expects if name not in (GUIDANCE, NOTHING))

    def living_in(self, city: str) -> Document:
        """The same record of somebody who lives and looks in another city."""
        moved = {"registration": {"district": city}, "districts": [city]}
        return {**self.record, **moved, "external_id": f"{self.id}:{city}"}


def people() -> list[Person]:
    """All of them, in the order of the file."""
    return [Person.of(name, table) for name, table in tomllib.loads(PEOPLE.read_text("utf-8")).items()]


class Market:
    """Vacancies taken in through the public road on a fixed day, and the service that answers from them."""

    def __init__(self, folder: Path, sources: Mapping[str, Iterable[Row]]) -> None:
        self.settings = Settings(
            _env_file=None, database_url=f"sqlite:///{folder / 'gallery.db'}", data_dir=folder,
            secret_keys=Keyring.new_key(), home_city=HOME, config=None,
        )  # fmt: skip
        self.database = self.settings.database
        self.database.migrate()
        for source, rows in sources.items():
            with self.database.write() as session:
                take_vacancies(session, rows, self._intake(source))
        fit_meaning(self.settings)
        with self.database.read() as session:
            rows_open = open_vacancies(session, TODAY)
            mark, meaning = watermark(session, VACANCY_REVISIONS), Meaning.stored(self.settings.meaning_file)
            index = build_index(rows_open, mark, self.settings.engine, meaning)
        self.matching = Matching(index, self.settings.engine, HOME, NOW)

    def take(self, records: Iterable[Document]) -> list[Verdict]:
        """Take people in, as a partner system would push them."""
        with self.database.write() as session:
            return take_seekers(session, rows_of(records), self._intake("gallery"))

    def stored(self, names: Iterable[str]) -> list[JobSeeker]:
        """The people as they are stored."""
        with self.database.read() as session:
            return [found for name in names if (found := find_seeker(session, "gallery", name))]

    def answers(self, persons: Sequence[JobSeeker]) -> list[Document]:
        """What a broker is told about each."""
        with self.database.read() as session:
            return [self.matching.recommendations(session, person, fresh=True) for person in persons]

    def _intake(self, source: str) -> Intake:
        return Intake(source, Policy.of(self.settings.configuration), NOW, HOME, self.settings.keyring)


def rows_of(documents: Iterable[Document]) -> Iterator[Row]:
    """Documents as numbered rows."""
    return (Row(number, document, None) for number, document in enumerate(documents, 1))


@cache
def trades_of_demo() -> dict[str, str]:
    """The trade that each vacancy of the sample market was made from, by its external_id."""
    return {sample.record["external_id"]: sample.trade for sample in sample_vacancies(OPENINGS, SEED, TODAY)}


def demo_market(folder: Path) -> Market:
    """The sample market."""
    return Market(folder, {DEMO: rows_of(vacancies(OPENINGS, SEED, TODAY))})


def real_market(folder: Path) -> Market:
    """The real postings of REAL_CITIES; REAL must be there."""
    return Market(folder, {name: postings(name, lambda cells: cells["city"][:2] in REAL_CITIES) for name in REAL_FILES})


@cache
def _titles() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    """What makes a post a desk's; the titles of the trades of hands, and of all others."""
    table = tomllib.loads(TITLES.read_text("utf-8"))
    worked, sat = ({trade: re.compile(it) for trade, it in table[kind].items()} for kind in ("workers", "office"))
    return re.compile(table["desk"]), worked, sat


@cache
def trades_of_title(title: str) -> frozenset[str]:
    """The trades of the sample market that a real posting is of, by its title alone: no ranking has a say in it."""
    desk, worked, sat = _titles()
    normal = normal_form(title)
    worked = {} if desk.search(normal) else worked
    return frozenset(trade for known in (worked, sat) for trade, titles in known.items() if titles.search(normal))


@dataclass(frozen=True)
class Judged:
    """A person, the answer, the trades that each item may be of, and what is wrong with it."""

    person: Person
    answer: Document
    trades: tuple[frozenset[str], ...]
    miss: str  # why the first item is not the right one; empty when it is
    absurdities: tuple[str, ...]

    @property
    def faults(self) -> str:
        """Everything that is wrong, in one line; empty when nothing is."""
        return "；".join(filter(None, (self.miss, *self.absurdities)))


def judge(person: Person, answer: Document, trades: Sequence[frozenset[str]]) -> Judged:
    """One person's answer, whose items are of these trades."""
    wrong = [found & person.absurd if not found & set(person.expects) else frozenset() for found in trades]
    absurd = tuple(f"第 {n} 条不该有：{'、'.join(sorted(found))}" for n, found in enumerate(wrong, 1) if found)
    return Judged(person, answer, tuple(trades), _miss(person, answer["items"], trades), absurd)


def _miss(person: Person, items: Sequence[Document], trades: Sequence[frozenset[str]]) -> str:
    if person.expects == (NOTHING,):
        return "不该说完全符合" if any(map(claims, items)) else ""
    if GUIDANCE in person.expects and not _guides(items, anywhere=bool(person.trades)):
        return "应为就近和最新，注明先做职业指导，不说完全符合"
    if GUIDANCE not in person.expects and (not items or is_guidance(items[0])):
        return "没有按意向推荐"
    return "" if not person.trades or trades[0] & set(person.trades) else f"第 1 条是{items[0]['vacancy']['title']}"


def _guides(items: Sequence[Document], anywhere: bool) -> bool:
    """Whether somebody who said no wish gets three that say so, near unless a certificate leads further."""
    near = anywhere or all(map(is_near, items))
    return len(items) == 3 and near and all(map(is_guidance, items)) and not any(map(claims, items))


def claims(item: Document) -> bool:
    """Whether the broker reads that an item meets all wishes."""
    return bool(item["rung"]["label"] == Rung.EXACT.label or item["confidence"]["code"] != Confidence.LOW)


def is_guidance(item: Document) -> bool:
    """Whether an item is marked as given without a wish."""
    return any(mark["code"] == Mark.GUIDANCE for mark in item["marks"])


def is_near(item: Document) -> bool:
    """Whether an item lies where the person wants to be."""
    return bool(item["parts"]["distance"]["value"] == 100)


def admitted(market: Market, person: JobSeeker, vacancies: Iterable[Vacancy]) -> Iterator[int]:
    """The rungs on which every limit but the words admits these vacancies to a person, by the rules written plainly."""
    plain = BruteForce([], market.settings.engine, NOW, HOME)
    for vacancy in vacancies:
        limits = (plain._place(person, vacancy), plain._pay(person, vacancy), plain._kind(person, vacancy))
        if None not in limits and not plain._barred(person, vacancy):
            yield max(limits)


def render(judged: Judged) -> str:
    """One person for reading: wish, items with rung, score and reasons, what was expected, ok or not."""
    record, person = judged.person.record, judged.person
    said = {
        "想找": record.get("intentions", ()),
        "会": record.get("skills", ()),
        "证": record.get("certificates", ()),
        "地点": record["districts"],
        "底线": [str(record["pay_floor"])] if "pay_floor" in record else (),
        "不上": record.get("shift_limits", ()),
    }
    lines = [
        f"{person.id} {'不对' if judged.faults else 'ok'}  "
        + "  ".join(f"{k}：{'、'.join(v)}" for k, v in said.items() if v),
        f"     应为：{'、'.join(IN_WORDS.get(name, name) for name in person.expects)}（{person.why}）",
        *(_item_line(item, found) for item, found in zip(judged.answer["items"], judged.trades, strict=True)),
    ]
    if judged.answer["certificate"]:
        lines.append(f"     {judged.answer['certificate']['text']}")
    return "\n".join([*lines, *([f"     >>> {judged.faults}"] if judged.faults else ())])


def _item_line(item: Document, trades: frozenset[str]) -> str:
    vacancy = item["vacancy"]
    place = f"{vacancy['district_name']}  {vacancy['pay']}"
    verdict = f"{item['rung']['label']} {item['score']} {item['confidence']['label']}"
    reasons = "；".join(reason for reason in item["reasons"] if not reason.startswith(("工作地点", "薪酬")))
    named = f"（{'、'.join(sorted(trades))}）" if trades else ""
    return f"  {item['rank']}. {vacancy['title']}{named}  {place}  [{verdict}]\n       {reasons}"


def summary(gallery: Sequence[Judged]) -> str:
    """How many got the right first item, and who got something absurd."""
    right = sum(not judged.miss for judged in gallery)
    absurd = [judged.person.id for judged in gallery if judged.absurdities]
    return f"{len(gallery)} 人：第一条对的 {right} 人（{right / len(gallery):.1%}）；有荒唐推荐的 {len(absurd)} 人 {' '.join(absurd)}"


def demo_gallery(folder: Path) -> tuple[Market, list[Judged]]:
    """Everyone against the sample market. ValueError when intake refuses a record."""
    market, everyone, trades = demo_market(folder), people(), trades_of_demo()
    answers = market.answers(_taken(market, [person.record for person in everyone]))
    found = [[frozenset({trades[item["vacancy"]["external_id"]]}) for item in answer["items"]] for answer in answers]
    return market, [judge(*each) for each in zip(everyone, answers, found, strict=True)]


def real_gallery(folder: Path) -> tuple[Market, list[Judged]]:
    """Those whom real postings can serve against them."""
    market = real_market(folder)
    served = fitting(market)
    answers = market.answers([stored for _, stored in served])
    found = [[trades_of_title(item["vacancy"]["title"]) for item in answer["items"]] for answer in answers]
    return market, [judge(person, *each) for (person, _), *each in zip(served, answers, found, strict=True)]


def fitting(market: Market) -> list[tuple[Person, JobSeeker]]:
    """Those for whom a city has LEAST postings of an expected trade within all limits, in the city that has most.

    Titles say the trade, the plain rules the limits: what the ranking makes of either has no part in it.
    """
    with market.database.read() as session:
        postings = open_vacancies_by_trade(session)
    found = []
    for person in people():
        wanted = [posting for trade in person.trades for posting in postings[trade]]
        moved = _taken(market, [person.living_in(city) for city in REAL_CITIES.values()])
        counts = [within(market, stored, wanted) for stored in moved]
        if max(counts) >= LEAST:
            found.append((person, moved[counts.index(max(counts))]))
    return found


def within(market: Market, person: JobSeeker, postings: Iterable[Vacancy]) -> int:
    """How many different vacancies among these hold all that a person wants but the words: one posted twice is one."""
    return len({posting.cluster for posting in postings if 0 in admitted(market, person, [posting])})


def open_vacancies_by_trade(session: Session) -> dict[str, list[Vacancy]]:
    """The open real postings of each trade, by their titles."""
    found: dict[str, list[Vacancy]] = defaultdict(list)
    for vacancy in open_vacancies(session, TODAY):
        for trade in trades_of_title(vacancy.title):
            found[trade].append(vacancy)
    return found


def _taken(market: Market, records: Sequence[Document]) -> list[JobSeeker]:
    refused = [verdict for verdict in market.take(records) if not verdict.accepted]
    if refused:
        raise ValueError(f"intake refuses {refused[0].external_id}: {refused[0].problems}")
    return market.stored(record["external_id"] for record in records)


def main() -> None:
    """Print the gallery: the sample market, then real postings where they are."""
    hang = {"样例市场": demo_gallery} | ({"真实岗位": real_gallery} if REAL.is_dir() else {})
    parts = {}
    for name, gallery_of in hang.items():
        with tempfile.TemporaryDirectory() as folder:
            market, parts[name] = gallery_of(Path(folder))
            market.database.close()
    for name, gallery in parts.items():
        sys.stdout.write(f"======== {name} ========\n" + "\n\n".join(map(render, gallery)) + "\n\n")
    for name, gallery in parts.items():
        sys.stdout.write(f"{name}：{summary(gallery)}\n")


if __name__ == "__main__":
    main()
