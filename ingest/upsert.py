"""What happens to the stored row, by (source, external_id) and content: created, updated, unchanged, outdated."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Table, bindparam, select, update
from sqlalchemy.orm import Session

from ingest.verdicts import Effect
from models.base import Base
from models.bulk import insert_columns
from models.database import take_revisions
from models.queries.among import among

_sorted = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
READER = 3  # goes into every content hash: raising it makes unchanged pushes be read anew by better readers


@dataclass(frozen=True, slots=True)
class Draft:
    """A record ready to be stored. `values` lack only source, external_id, content and revision."""

    external_id: str
    content: bytes
    updated_at: datetime | None
    values: dict[str, Any]


def content_hash(document: Mapping[str, Any]) -> bytes:
    """16 bytes that change when any field of a wire record but `updated_at` does."""
    text = _sorted({**document, "updated_at": None, "reader": READER})
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Rules:
    """What is special about a table: its counter of revisions, the columns that decide, and two decisions.

    `merge(stored, values)` keeps what an update must not reset; `confirm(stored, values)` gives the columns
    that an unchanged push still renews, empty when nothing does.
    """

    rows: type[Base]
    counter: str
    columns: Sequence[str]
    merge: Callable[[Any, dict[str, Any]], dict[str, Any]]
    confirm: Callable[[Any, dict[str, Any]], dict[str, Any]]

    @property
    def table(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.rows.__tablename__]


def stored_rows(session: Session, rules: Rules, source: str, drafts: Iterable[Draft]) -> dict[str, dict[str, Any]]:
    """What is stored under the names of some records: id, content and the columns that decide."""
    wanted = {"source": source, "names": [draft.external_id for draft in drafts]}
    rows = session.connection().execute(_stored(rules), wanted).mappings()
    return {row["external_id"]: dict(row) for row in rows}


def ids_of(session: Session, rules: Rules, source: str, names: Iterable[str]) -> dict[str, int]:
    """The ids of rows that are stored, by name."""
    rows = session.connection().execute(_ids(rules), {"source": source, "names": list(names)})
    return {row.external_id: row.id for row in rows}


def upsert(
    session: Session,
    rules: Rules,
    source: str,
    drafts: Sequence[Draft],
    stored: Mapping[str, dict[str, Any]],
    dry_run: bool = False,
) -> list[Effect]:
    """The effect on each record, in order; `stored` is what `stored_rows` gives.

    A record sent twice in one batch is taken in order: the later meets what the earlier left. The newest
    `updated_at` stands; without one a record counts as newest.
    """
    pending: dict[str, dict[str, Any]] = {}
    effects: list[Effect] = []
    for draft in drafts:
        name = draft.external_id
        known = pending.get(name) or stored.get(name)
        effect, row = _decide(rules, known, draft)
        effects.append(effect)
        if row is not None:
            own = {"source": source, "external_id": name, "content": draft.content}
            pending[name] = {**known, **row, **own} if known else {**row, **own}
    if not dry_run and pending:
        _write(session, rules, list(pending.values()), stored)
    return effects


@lru_cache(maxsize=2)
def _stored(rules: Rules) -> Executable:
    return _named(rules, ("id", "external_id", "content", *rules.columns))


@lru_cache(maxsize=2)
def _ids(rules: Rules) -> Executable:
    return _named(rules, ("id", "external_id"))


def _named(rules: Rules, columns: Iterable[str]) -> Executable:
    """The query for some columns of the rows of a source with some names."""
    table = rules.table.c
    ours = table.source == bindparam("source")
    return select(*(table[name] for name in columns)).where(ours, among(table.external_id, "names"))


def _decide(rules: Rules, known: dict[str, Any] | None, draft: Draft) -> tuple[Effect, dict[str, Any] | None]:
    """The effect of one record on what is known, and the columns to write beside its names and content."""
    if known is None:
        return Effect.CREATED, draft.values
    before = known.get("updated_at")
    if before and draft.updated_at and draft.updated_at < before:
        return Effect.OUTDATED, None
    if known["content"] == draft.content:
        return Effect.UNCHANGED, rules.confirm(known, draft.values) or None
    return Effect.UPDATED, rules.merge(known, draft.values)


def _write(session: Session, rules: Rules, rows: list[dict[str, Any]], stored: Mapping[str, dict[str, Any]]) -> None:
    first = take_revisions(session, rules.counter, len(rows))
    for offset, row in enumerate(rows):
        row["revision"] = first + offset
    created = [row for row in rows if row["external_id"] not in stored]
    changed = [row for row in rows if row["external_id"] in stored]
    if created:
        insert_columns(session, rules.rows, {name: [row[name] for row in created] for name in created[0]})
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in changed:
        values = {name: value for name, value in row.items() if name not in ("id", "source", "external_id")}
        alike[tuple(values)].append({"row_id": row["id"], **values})
    for values_of_rows in alike.values():
        session.execute(update(rules.table).where(rules.table.c.id == bindparam("row_id")), values_of_rows)
