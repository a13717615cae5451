"""Which employers are known, and new ones made known."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from models.bulk import Columns, insert_columns
from models.queries.among import among
from models.text import normal_form
from models.vacancy import Employer


class EmployerName(NamedTuple):
    """An employer as a record names it; `uscc` is empty where it was not given."""

    name: str
    uscc: str


def employer_ids(session: Session, named: Iterable[EmployerName]) -> dict[EmployerName, int]:
    """The id of each named employer; unknown ones are stored. A bare name means the one known by that name.

    The caller holds the counter of vacancies: nobody else stores the same employer at this moment.
    """
    wanted = {employer: normal_form(employer.name)[:200] for employer in dict.fromkeys(named) if employer.name}
    known = _known(session, wanted)
    unknown = {employer: key for employer, key in wanted.items() if employer not in known}
    if unknown:
        _store(session, {employer.uscc or f"name:{key}": (employer, key) for employer, key in unknown.items()})
        known |= _known(session, unknown)
    return known


def _store(session: Session, new: Mapping[str, tuple[EmployerName, str]]) -> None:
    employers, names = zip(*new.values(), strict=True)
    columns: Columns = {
        "key": list(new), "name": [employer.name for employer in employers], "name_key": names,
        "uscc": [employer.uscc or None for employer in employers], "industry": [""] * len(new),
    }  # fmt: skip
    insert_columns(session, Employer, columns)


def _known(session: Session, wanted: Mapping[EmployerName, str]) -> dict[EmployerName, int]:
    codes = {employer.uscc for employer in wanted if employer.uscc}
    names = {key for employer, key in wanted.items() if not employer.uscc}
    by_code, by_name = _ids(session, _by("key"), codes), _ids(session, _by("name_key"), names)
    found = {e: by_code.get(e.uscc) if e.uscc else by_name.get(key) for e, key in wanted.items()}
    return {employer: identity for employer, identity in found.items() if identity is not None}


def _ids(session: Session, query: Select[Any], wanted: set[str]) -> dict[str, int]:
    """The id of each that is found, of several the oldest one's."""
    rows = session.connection().execute(query, {"wanted": list(wanted)}).all() if wanted else ()
    return {key: identity for identity, key in sorted(map(tuple, rows), reverse=True)}


@lru_cache(maxsize=2)
def _by(column: str) -> Select[Any]:
    return select(_TABLE.c.id, _TABLE.c[column]).where(among(_TABLE.c[column], "wanted"))


_TABLE = cast(Table, Employer.__table__)
