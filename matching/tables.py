"""What travels on a cluster: people, their lists and their plans as tables of Arrow, a row a person.

Several numbers of a person are one cell of bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import JSON, Boolean, Date, Float, Integer, String

from matching.index import Index
from matching.loading import Loaded
from matching.planner import Items, Offers, People, Plan
from matching.ranking import MINIMUM
from matching.serving import UNCOUNTED, Ints, Listed, cities_of, reach_of
from models.coded import Coded
from models.queries.seekers import ENGINE_COLUMNS

Batches = Iterator[pa.RecordBatch]

# Columns by the names of Spark's types.
ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "date": pa.date32(), "double": pa.float64(), "bigint": pa.int64(),
    "binary": pa.binary(),
}  # fmt: skip
SQL = (
    (JSON, "string"), (String, "string"), (Boolean, "boolean"), (Date, "date"), (Float, "double"), (Integer, "bigint"),
)  # fmt: skip
KNOWN = {column.key: next(kind for sql, kind in SQL if isinstance(column.type, sql)) for column in ENGINE_COLUMNS}
TOLD = {"number": "bigint", **KNOWN, "before_row": "binary", "before_over": "binary"}
FOUND = {
    "serving": "bigint", "rotation": "bigint", "least": "bigint", "before_level": "binary", "before_score": "binary",
    "offer_row": "binary", "offer_level": "binary", "offer_score": "binary", "complete": "boolean",
}  # fmt: skip
TO_PLAN = ("number", "before_row", "before_over", *(name for name in FOUND if name != "least"))
GIVEN = {
    "number": "bigint", "row": "binary", "level": "binary", "score": "binary", "over": "binary", "kept": "binary",
    "left": "binary", "reask": "boolean", "worth": "bigint", "bound": "bigint",
}  # fmt: skip


def ddl(kinds: Mapping[str, str]) -> str:
    """Columns as Spark is told of them."""
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


def _arrow(columns: Mapping[str, Any], kinds: Mapping[str, str]) -> pa.Table:
    """A table; arrays of one value a person, or bytes already in cells."""

    def column(values: Any, kind: str) -> pa.Array:
        return values if isinstance(values, pa.Array) else pa.array(values, ARROW[kind])

    return pa.table({name: column(columns[name], kind) for name, kind in kinds.items()})


def as_stored(columns: dict[str, Any], _day: date, _home_city: str) -> dict[str, Any]:
    """How a cluster sees people where they are read: as they are stored, the tasks make profiles of them."""
    return columns


def people_table(loaded: Loaded) -> pa.Table:
    """All that a task is told of people; equal wishes lie together, so that a task meets each of them once."""
    columns = loaded.people.known
    order = np.lexsort([Coded.of(columns[name]).code for name in ("skills", "intentions", "consent_personalised")])
    before = loaded.before
    told = {"number": np.arange(len(order)), **columns}
    told |= {"before_row": _cells(before.row), "before_over": _cells(before.over)}
    return _arrow(told, TOLD).take(order).combine_chunks()


def _cells(values: NDArray[Any], start: Ints | None = None) -> pa.Array:
    """One cell of bytes a person: the rows of a matrix, or an array from each start to the next."""
    if start is None:
        start = np.arange(len(values) + 1) * values.shape[1]
    ends = pa.py_buffer((start * values.itemsize).astype(np.int32))
    return pa.Array.from_buffers(pa.binary(), len(start) - 1, [None, ends, pa.py_buffer(np.ascontiguousarray(values))])


def numbers_in(table: pa.Table, name: str) -> NDArray[Any]:
    """A column of one number, or of one yes or no, a person."""
    return np.asarray(table[name].to_numpy())


def _inside(table: pa.Table, name: str, kind: Any) -> NDArray[Any]:
    """What the cells of a column hold, one after another; as memory of our own, which compiled code may write to."""
    return np.frombuffer(bytearray().join(table[name].to_pylist()), kind)


def triples_in(table: pa.Table, name: str, kind: Any) -> NDArray[Any]:
    """A column of cells with three values: people x 3."""
    return _inside(table, name, kind).reshape(-1, MINIMUM)


def listed_in(table: pa.Table) -> Listed:
    """The people of a table with their lists."""
    before = Items(
        triples_in(table, "before_row", np.int32), triples_in(table, "before_level", np.int8),
        triples_in(table, "before_score", np.int32), triples_in(table, "before_over", np.bool_),
    )  # fmt: skip
    people = People(numbers_in(table, "serving").astype(np.int8), numbers_in(table, "rotation").view(np.uint64), before)
    sizes = pc.binary_length(table["offer_level"]).to_numpy()
    offers = Offers.laid_out(
        np.append(0, np.cumsum(sizes, dtype=np.int64)), _inside(table, "offer_row", np.int32),
        _inside(table, "offer_level", np.int8), _inside(table, "offer_score", np.int32),
        numbers_in(table, "complete"),
    )  # fmt: skip
    return Listed(people, offers)


def with_lists(table: pa.Table, listed: Listed, index: Index) -> Batches:
    """People as they were told, with their lists."""
    (start, offers), people = listed.offers.packed(), listed.people
    found = _arrow({
        "serving": people.serving, "rotation": people.rotation.view(np.int64),
        "least": reach_of(listed, cities_of(index)).least,
        "before_level": _cells(people.before.level), "before_score": _cells(people.before.score),
        "offer_row": _cells(offers.row, start), "offer_level": _cells(offers.level, start),
        "offer_score": _cells(offers.score, start), "complete": offers.complete,
    }, FOUND)  # fmt: skip
    columns = {name: table[name] for name in TOLD} | {name: found[name] for name in FOUND}
    yield from pa.table(columns).to_batches()


def plan_table(numbers: Ints, plan: Plan) -> pa.Table:
    """A plan as a table; sums stand with the first person."""
    items, reask = plan.items, np.zeros(len(numbers), bool)
    reask[plan.reask] = True
    first = np.arange(len(numbers)) == 0
    return _arrow({
        "number": numbers, "row": _cells(items.row), "level": _cells(items.level), "score": _cells(items.score),
        "over": _cells(items.over), "kept": _cells(plan.kept), "left": _cells(plan.left), "reask": reask,
        "worth": first * plan.worth, "bound": first * plan.bound,
    }, GIVEN)  # fmt: skip


def plan_in(table: pa.Table) -> tuple[Ints, Plan]:
    """The people of a table and their plan."""
    items = Items(
        triples_in(table, "row", np.int32), triples_in(table, "level", np.int8), triples_in(table, "score", np.int32),
        triples_in(table, "over", np.bool_),
    )  # fmt: skip
    return numbers_in(table, "number"), Plan(
        items, triples_in(table, "kept", np.bool_), triples_in(table, "left", np.int8), UNCOUNTED,
        np.flatnonzero(numbers_in(table, "reask")), int(numbers_in(table, "worth").sum()),
        int(numbers_in(table, "bound").sum()),
    )  # fmt: skip
