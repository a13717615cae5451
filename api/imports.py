"""How a file of vacancies or people is taken in: a chunk a transaction, a verdict for every row."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.settings import Settings
from ingest.files import MOST_ROWS, Row, RowFile, read_file
from ingest.intake import Intake, Store, read_seekers, read_vacancies
from ingest.policy import Policy
from ingest.verdicts import Verdict
from models.errors import FieldError, Refused
from models.times import now

Noun = Literal["vacancies", "seekers"]
Also = Callable[[Session, Sequence[Verdict]], None]

CHUNK = 500  # rows a transaction: none waits long, and what is told as stored is stored
MOST_LETTERS = 2_000_000  # of a chunk: its rows are in memory at once, and what was read of them
COLUMNS = ("row", "external_id", "verdict", "effect", "field", "rule", "span", "message", "fix", "findings")
ROADS: dict[Noun, Callable[[Iterable[Row], Intake], Store]] = {"vacancies": read_vacancies, "seekers": read_seekers}


@dataclass(slots=True)
class Counts:
    """How many rows got which verdict and effect, and which rules spoke."""

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        rules = (f"{problem.field}:{problem.rule}" for problem in verdict.problems)
        self.count(verdict.verdict.value, verdict.effect.value, rules)

    def count(self, verdict: str, effect: str, rules: Iterable[str]) -> None:
        """Count one verdict by its words."""
        self.rows += 1
        self.verdicts[verdict] += 1
        self.effects[effect] += 1
        self.rules.update(rules)

    def as_dict(self) -> dict[str, Any]:
        """The counts by name, the most frequent first."""
        tables = {"verdicts": self.verdicts, "effects": self.effects, "rules": self.rules}
        return {"rows": self.rows, **{name: dict(table.most_common()) for name, table in tables.items()}}


def import_file(settings: Settings, path: Path, noun: Noun, source: str, dry_run: bool) -> Iterator[Verdict]:
    """The verdict of every row of a file, in order, each told after its chunk was committed.

    Refused when the file as a whole cannot be read.
    """
    return import_rows(settings, open_file(path, noun), noun, source, dry_run)


def open_file(path: Path, noun: Noun, name: str = "", most: int = MOST_ROWS) -> RowFile:
    """The rows of a file (see `read_file`). Refused when the file as a whole cannot be read."""
    try:
        return read_file(path, noun, name, most)
    except FieldError as error:
        raise Refused(f"文件不能读取：{error.message}", [error.at("file")]) from error


def file_facts(found: RowFile) -> dict[str, Any]:
    """What was read of a file, and which of its sheets and columns were not."""
    columns = found.columns
    return {
        "sheet": found.sheet,
        "unread_sheets": list(found.unread),
        "unknown_columns": list(columns.unknown) if columns else [],
        "dropped_columns": list(columns.dropped) if columns else [],
    }


def import_rows(
    settings: Settings, rows: Iterable[Row], noun: Noun, source: str, dry_run: bool = False
) -> Iterator[Verdict]:
    """Likewise for rows from anywhere."""
    return (verdict for _, verdict in taken_rows(settings, rows, noun, source, dry_run))


def taken_rows(
    settings: Settings, rows: Iterable[Row], noun: Noun, source: str, dry_run: bool = False, also: Also | None = None
) -> Iterator[tuple[Row, Verdict]]:
    """Likewise, each row with its verdict. `also` is done with the verdicts of a chunk, in its transaction."""
    policy = Policy.of(settings.configuration)
    keyring, rules = settings.keyring, settings.rules
    for chunk in _chunks(rows):
        store = ROADS[noun](chunk, Intake(source, policy, now(), settings.home_city, keyring, dry_run, rules))
        opened = settings.database.read() if dry_run else settings.database.write()
        with opened as session:
            verdicts = store(session)
            if also and not dry_run:
                also(session, verdicts)
        yield from zip(chunk, verdicts, strict=True)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    letters = 0
    for row in rows:
        chunk.append(row)
        letters += sum(len(value) for value in (row.document or {}).values() if isinstance(value, str))
        if len(chunk) == CHUNK or letters > MOST_LETTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def write_verdicts(verdicts: Iterable[Verdict], path: Path) -> Iterator[Verdict]:
    """The same verdicts, each written as a line of a csv file on its way."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for verdict in verdicts:
            writer.writerow(verdict_line(verdict))
            yield verdict


def verdict_line(verdict: Verdict) -> Sequence[Any]:
    """A verdict as a csv line: its first problem in full, the further ones and the findings as field:rule."""
    first, others = (verdict.problems[0], verdict.problems[1:]) if verdict.problems else (None, ())
    noted = "; ".join(f"{found.field}:{found.rule}" for found in (*others, *verdict.findings))
    told = (first.field, first.rule, _span(first.span), first.message, first.fix) if first else ("",) * 5
    return (verdict.row, inert(verdict.external_id), verdict.verdict.value, verdict.effect.value, *told, noted)


def inert(text: str) -> str:
    """A cell that a spreadsheet program takes for text, never for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _span(span: tuple[int, int] | None) -> str:
    return f"{span[0]}-{span[1]}" if span else ""
