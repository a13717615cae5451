"""Which employers are known, and new ones made known."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.text import normal_form
from models.vacancy import Employer


class EmployerName(NamedTuple):
    """An employer as a record names it; `uscc` is empty where it was not given."""

    name: str
    uscc: str


def employer_ids(session: Session, named: Iterable[EmployerName]) -> dict[EmployerName, int]:
    """The id of each named employer; unknown ones are stored. A bare name means the one known by that name."""
    wanted = {employer: normal_form(employer.name)[:200] for employer in named if employer.name}
    known = _known(session, wanted)
    unknown = {employer: key for employer, key in wanted.items() if employer not in known}
    new = {
        employer.uscc or f"name:{key}": {
            "key": employer.uscc or f"name:{key}", "name": employer.name, "name_key": key,
            "uscc": employer.uscc or None, "industry": "",
        }
        for employer, key in unknown.items()
    }  # fmt: skip
    if new:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        # Another sender may store the same employer at this moment: theirs stands.
        unseen = dialect.insert(Employer.__table__).on_conflict_do_nothing(index_elements=["key"])
        session.execute(unseen, list(new.values()))
        known |= _known(session, unknown)
    return known


def _known(session: Session, wanted: dict[EmployerName, str]) -> dict[EmployerName, int]:
    columns = select(Employer.id, Employer.key, Employer.name_key)
    codes = {employer.uscc for employer in wanted if employer.uscc}
    by_key = {row.key: row.id for row in session.execute(columns.where(Employer.key.in_(codes)))}
    by_name: dict[str, int] = {}
    names = {key for employer, key in wanted.items() if not employer.uscc}
    for row in session.execute(columns.where(Employer.name_key.in_(names)).order_by(Employer.id)):
        by_name.setdefault(row.name_key, row.id)
    found = {e: by_key.get(e.uscc) if e.uscc else by_name.get(key) for e, key in wanted.items()}
    return {employer: identity for employer, identity in found.items() if identity is not None}
