"""How rows enter and leave the database by the hundred thousand: as columns, at the speed of the driver."""

from __future__ import annotations

import time
from array import array
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Dialect,
    Float,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Text,
    cast,
)
from sqlalchemy.orm import Session

from models.base import Base, UtcDateTime
from models.coded import Coded, numbering
from models.database import Database

ROWS_A_TRANSACTION = 10_000  # some 20 ms on SQLite
ROWS_A_STATEMENT = 50  # SQLite: more binds fit, but gain nothing
ROWS_A_FETCH = 300  # what one fetch brings should stay in the processor's cache until it is laid out
UNSHARED = {"external_id"}  # of what is no number: hardly two rows have it in common
# Who waits for the one writer of SQLite tries again every few milliseconds (models/database): a rest of this length,
# after so many seconds of work, lets one of them in.
WORK_SECONDS, REST_SECONDS = 0.075, 0.01

Columns = Mapping[str, NDArray[Any] | Sequence[Any]]  # all of one length; bytes as an array of rows x width, uint8
Arrays = dict[str, NDArray[np.int64]]
Part = TypeVar("Part")

# Binary COPY: a signature with no flags and no extension, the rows, an end (PostgreSQL manual, "COPY").
COPY_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_END = b"\xff\xff"
WIRE_TYPES = (
    (SmallInteger, ">i2"), (BigInteger, ">i8"), (Integer, ">i4"), (Boolean, "?"), (Float, ">f8"),
)  # fmt: skip


def in_turns(database: Database, parts: Iterable[Part], work: Callable[[Session, Part], object]) -> None:
    """Do the work on each part in a transaction of its own; other writers get in between."""
    worked = 0.0
    for part in parts:
        begun = time.monotonic()
        with database.write() as session:
            work(session, part)
        worked += time.monotonic() - begun
        if database.is_sqlite and worked > WORK_SECONDS:
            time.sleep(REST_SECONDS)
            worked = 0.0


def write_columns(database: Database, table: type[Base], columns: Columns) -> None:
    """Insert rows, given as columns, in short transactions: who reads meanwhile sees a part of them."""

    def insert(session: Session, start: int) -> None:
        part = {name: values[start : start + ROWS_A_TRANSACTION] for name, values in columns.items()}
        insert_columns(session, table, part)

    in_turns(database, range(0, _length(columns), ROWS_A_TRANSACTION), insert)


def insert_columns(session: Session, table: type[Base], columns: Columns) -> None:
    """Insert rows, given as columns, in the transaction of the session: arrays as they are, lists as the ORM would.

    ValueError when columns differ in length, or when a number does not fit its column.
    """
    if not _length(columns):
        return
    dialect = session.get_bind().dialect
    kinds = [Base.metadata.tables[table.__tablename__].columns[name] for name in columns]
    for column in kinds:
        _check(column, columns[column.name])
    if dialect.name == "sqlite":
        _insert_values(session, kinds, [_plain(column, columns[column.name], dialect) for column in kinds])
    elif all(isinstance(values, np.ndarray) for values in columns.values()):
        _copy_binary(session, kinds, _records(kinds, columns))
    else:
        values = [_plain(column, columns[column.name], dialect) for column in kinds]
        _copy_rows(session, kinds, zip(*values, strict=True))


def read_columns(session: Session, query: Select[*tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    """The answer of a query by columns: values as the ORM gives them, JSON as its text.

    Numbers and outside names are a list a column. Of all other columns rows share the values: each different one is
    kept and converted once, so that it is cheap to look up and to parse once.
    """
    columns = [
        cast(column, Text).label(column.key) if isinstance(column.type, JSON) else column
        for column in query.selected_columns
    ]
    shared = [not isinstance(column.type, Integer | Float) and column.key not in UNSHARED for column in columns]
    numbers = [numbering() if share else None for share in shared]
    read: list[Any] = [array("i") if share else [] for share in shared]
    with session.connection().execute(query.with_only_columns(*columns)) as result:
        dialect, cursor = result.dialect, result.cursor
        codes = [described[1] for described in cursor.description]
        while rows := cursor.fetchmany(ROWS_A_FETCH):
            for values, number, found in zip(read, numbers, zip(*rows, strict=True), strict=True):
                values.extend(found if number is None else map(number.__getitem__, found))
    converted = map(partial(_converted, dialect), columns, codes, numbers, read)
    return dict(zip(query.selected_columns.keys(), converted, strict=True))


def _converted(
    dialect: Dialect, column: ColumnElement[Any], code: Any, number: Mapping[Any, int] | None, read: Any
) -> Sequence[Any]:
    """A column as it is wanted, from what the driver gave."""
    convert = column.type.dialect_impl(dialect).result_processor(dialect, code)
    if number is not None:
        return Coded(tuple(map(convert, number) if convert else number), np.array(read, np.int32))
    return list(map(convert, read)) if convert else read


def named_rows(columns: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    """Columns as rows whose values have the names of the columns."""
    row = namedtuple("row", columns)  # type: ignore[misc]  # the columns are those of a query
    return map(row._make, zip(*columns.values(), strict=True))


def read_arrays(session: Session, query: Select[*tuple[Any, ...]]) -> Arrays:
    """The answer of a query whose columns are all whole numbers and never empty, as one array a column."""
    names = query.selected_columns.keys()
    with session.connection().execute(query) as result:
        rows: Any = result.cursor
        numbers = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, len(names))
    return {name: np.ascontiguousarray(numbers[:, place]) for place, name in enumerate(names)}


def _length(columns: Columns) -> int:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}")
    return next(iter(lengths.values()), 0)


def _check(column: Column[Any], values: NDArray[Any] | Sequence[Any]) -> None:
    """ValueError for an array that its column cannot hold: NumPy would cut its numbers, SQLite take them."""
    if not isinstance(values, np.ndarray):
        return
    if values.ndim > 1 and values.dtype != np.uint8:
        raise ValueError(f"{column.name}: bytes are an array of uint8")
    if isinstance(column.type, Integer):
        limits = np.iinfo(_wire_type(column, values))
        if values.dtype.kind not in "iu" or values.min() < limits.min or values.max() > limits.max:
            raise ValueError(f"{column.name}: not all are whole numbers from {limits.min} to {limits.max}")


def _plain(column: Column[Any], values: NDArray[Any] | Sequence[Any], dialect: Dialect) -> list[Any]:
    """A column as a list of what the driver takes."""
    if isinstance(values, np.ndarray):
        return list((_blobs(values) if values.ndim > 1 else values).tolist())
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return list(values)
    if isinstance(column.type, Date | UtcDateTime):  # of most of them rows have few
        known = {value: process(value) for value in set(values)}
        return list(map(known.__getitem__, values))
    return list(map(process, values))


def _blobs(values: NDArray[Any]) -> NDArray[np.void]:
    return np.ascontiguousarray(values).view(f"V{values.shape[1]}").ravel()


def _insert_values(session: Session, columns: Sequence[Column[Any]], values: Sequence[list[Any]]) -> None:
    """SQLite: many rows a statement, their values laid out one after another."""
    width, rows = len(columns), len(values[0])
    flat: list[Any] = [None] * (rows * width)
    for place, column in enumerate(values):
        flat[place::width] = column
    cursor = _driver(session).cursor()
    step = ROWS_A_STATEMENT * width
    full = len(flat) - len(flat) % step
    cursor.executemany(_statement(columns, ROWS_A_STATEMENT), (flat[at : at + step] for at in range(0, full, step)))
    if full < len(flat):
        cursor.execute(_statement(columns, rows % ROWS_A_STATEMENT), flat[full:])


def _statement(columns: Sequence[Column[Any]], rows: int) -> str:
    row = f"({','.join('?' * len(columns))})"
    return f"INSERT INTO {_target(columns)} VALUES {','.join([row] * rows)}"  # noqa: S608 - names of our own


def _records(columns: Sequence[Column[Any]], given: Columns) -> NDArray[np.void]:
    """PostgreSQL: rows as binary COPY wants them: the number of fields, then the size and the value of each."""
    arrays = {column.name: np.asarray(given[column.name]) for column in columns}
    layout = [("fields", ">i2")]
    for column in columns:
        layout += [(f"size of {column.name}", ">i4"), (column.name, _wire_type(column, arrays[column.name]))]
    records = np.empty(_length(given), layout)
    records["fields"] = len(columns)
    for name, values in arrays.items():
        records[name] = _blobs(values) if values.ndim > 1 else values
        records[f"size of {name}"] = records.dtype[name].itemsize
    return records


def _wire_type(column: Column[Any], values: NDArray[Any]) -> str:
    if isinstance(column.type, LargeBinary):
        return f"V{values.shape[1]}"
    for kind, code in WIRE_TYPES:
        if isinstance(column.type, kind):
            return code
    raise ValueError(f"{column.name}: give a list, its values are of any length")


def _copy_binary(session: Session, columns: Sequence[Column[Any]], records: NDArray[np.void]) -> None:
    with _driver(session).cursor().copy(f"COPY {_target(columns)} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(COPY_HEAD + records.tobytes() + COPY_END)


def _copy_rows(session: Session, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]) -> None:
    """PostgreSQL: rows with values of any length."""
    with _driver(session).cursor().copy(f"COPY {_target(columns)} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _target(columns: Sequence[Column[Any]]) -> str:
    return f"{columns[0].table.name} ({','.join(column.name for column in columns)})"


def _driver(session: Session) -> Any:
    """The driver's own connection, inside the transaction of the session."""
    return session.connection().connection.driver_connection
