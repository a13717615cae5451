"""What happens to the stored row, by (source, external_id) and content: created, updated, unchanged, outdated."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from ingest.verdicts import Effect
from models.base import AnyRow, Base
from models.bulk import insert_columns
from models.database import take_revisions

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


def upsert(
    session: Session, rules: Rules, source: str, drafts: Sequence[Draft], dry_run: bool = False
) -> list[tuple[Effect, int | None]]:
    """The effect on each record, in order, and the id of its row (None in a dry run of a new one).

    A record sent twice in one batch is taken in order: the later meets what the earlier left. The newest
    `updated_at` stands; without one a record counts as newest.
    """
    stored = _stored(session, rules, source, [draft.external_id for draft in drafts])
    pending: dict[str, dict[str, Any]] = {}
    effects: list[Effect] = []
    for draft in drafts:
        known = pending.get(draft.external_id) or stored.get(draft.external_id)
        effect, row = _decide(rules, known, draft)
        effects.append(effect)
        if row is not None:
            pending[draft.external_id] = {
                **(known or {}),
                **row,
                "source": source,
                "external_id": draft.external_id,
            }
    if not dry_run and pending:
        _write(session, rules, source, list(pending.values()), stored)
    return [
        (effect, (pending.get(draft.external_id) or stored[draft.external_id]).get("id"))
        for draft, effect in zip(drafts, effects, strict=True)
    ]


def _stored(session: Session, rules: Rules, source: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = [rules.table.c[name] for name in ("id", "external_id", "content", *rules.columns)]
    query = select(*columns).where(rules.table.c.source == source, rules.table.c.external_id.in_(set(names)))
    return {row.external_id: _as_dict(row) for row in session.execute(query)}


def _ids(session: Session, rules: Rules, source: str, names: Sequence[str]) -> dict[str, int]:
    """What the database gave rows that were just stored."""
    columns = rules.table.c
    query = select(columns.external_id, columns.id).where(columns.source == source, columns.external_id.in_(names))
    return {row.external_id: row.id for row in session.execute(query)}


def _as_dict(row: AnyRow) -> dict[str, Any]:
    return dict(row._mapping)


def _decide(rules: Rules, known: dict[str, Any] | None, draft: Draft) -> tuple[Effect, dict[str, Any] | None]:
    """The effect of one record on what is known, and the columns to write."""
    if known is None:
        return Effect.CREATED, {**draft.values, "content": draft.content}
    before = known.get("updated_at")
    if before and draft.updated_at and draft.updated_at < before:
        return Effect.OUTDATED, None
    if known["content"] == draft.content:
        renewed = rules.confirm(known, draft.values)
        return Effect.UNCHANGED, renewed or None
    return Effect.UPDATED, {**rules.merge(known, draft.values), "content": draft.content}


def _write(
    session: Session, rules: Rules, source: str, rows: list[dict[str, Any]], stored: dict[str, dict[str, Any]]
) -> None:
    first = take_revisions(session, rules.counter, len(rows))
    for offset, row in enumerate(rows):
        row["revision"] = first + offset
    created = [row for row in rows if row["external_id"] not in stored]
    changed = [row for row in rows if row["external_id"] in stored]
    if created:
        insert_columns(session, rules.rows, {name: [row[name] for row in created] for name in created[0]})
        ids = _ids(session, rules, source, [row["external_id"] for row in created])
        for row in created:
            row["id"] = ids[row["external_id"]]
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in changed:
        values = {name: value for name, value in row.items() if name not in ("id", "source", "external_id")}
        alike[tuple(values)].append({"row_id": row["id"], **values})
    for values_of_rows in alike.values():
        session.execute(update(rules.table).where(rules.table.c.id == bindparam("row_id")), values_of_rows)
