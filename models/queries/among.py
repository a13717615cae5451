"""How does a query ask for hundreds of values at once, and costs no more than for one?

Written out, so many values make a long statement, anew each time: to build, to parse and to bind it costs more than to
find the rows. Here they are one parameter, and the statement stays the same.
"""

from typing import Any

from sqlalchemy import ARRAY, JSON, ColumnElement, Dialect, String, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], name: str) -> ColumnElement[Any]:
    """The condition that a column has one of the values of a list; the list is the parameter of that name."""
    return _Among(column, bindparam(name, type_=_Values(column.type)))


class _Values(TypeDecorator[Any]):
    """A list as a database takes it: an array, or on SQLite its JSON text."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the driver is given."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(JSON())
        # Without its length: as one of a column of 18 letters a longer text would be cut, and found.
        return dialect.type_descriptor(ARRAY(Text() if isinstance(self.of, String) else self.of))


class _Among(FunctionElement[Any]):
    """`column` = any of a list. Of no type: SQLite would compare a Boolean with 1, and use no index for that."""

    name = "among"
    inherit_cache = True


@compiles(_Among)
def _any_of_array(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **how)} = ANY ({compiler.process(values, **how)})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = element.clauses
    each = f"SELECT value FROM json_each({compiler.process(values, **how)})"  # noqa: S608 - a parameter
    return f"{compiler.process(column, **how)} IN ({each})"
