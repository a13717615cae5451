"""Hundreds of values in one parameter: what is found, and that an index finds it."""

import pytest
from sqlalchemy import select

from models.queries.among import among
from models.vacancy import Employer

TABLE = Employer.__table__
NAMES = ["重庆甲“乙”公司", "it's \\ a, [name]", "null", "12", "丙" * 200]


@pytest.fixture
def stored(database):
    rows = [
        {"id": 2**40 + n, "key": f"k{n}", "name": name, "name_key": name, "industry": ""}
        for n, name in enumerate(NAMES)
    ]
    with database.write() as session:
        session.execute(TABLE.insert(), rows)
    return database


def found(database, column, wanted):
    query = select(TABLE.c[column]).where(among(TABLE.c[column], "wanted")).order_by(TABLE.c.id)
    with database.read() as session:
        return list(session.connection().execute(query, {"wanted": wanted}).scalars())


def test_those_that_are_in_the_list_are_found(stored):
    assert found(stored, "name_key", [*NAMES, "nobody", NAMES[0]]) == NAMES
    assert found(stored, "name_key", [NAMES[1]]) == [NAMES[1]]
    assert found(stored, "name_key", []) == []


def test_numbers_beyond_32_bits_are_found_and_no_words_for_them(stored):
    assert found(stored, "id", [2**40, 2**40 + 3, -(2**63), 2**63 - 1]) == [2**40, 2**40 + 3]


def test_a_longer_text_is_another_one(stored):
    assert found(stored, "name_key", ["丙" * 201]) == []


def test_an_index_finds_them_on_sqlite(stored):
    if not stored.is_sqlite:
        pytest.skip("PostgreSQL reads a table of five rows faster than its index")
    for column in ("key", "name_key", "id"):
        query = select(TABLE.c.id).where(among(TABLE.c[column], "wanted"))
        with stored.read() as session:
            connection = session.connection()
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.compile(connection)}", ("[]",))
            assert "SEARCH employers" in " ".join(row.detail for row in plan), column
