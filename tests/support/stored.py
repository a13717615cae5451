"""What is stored, looked at and changed behind the product's back."""

from sqlalchemy import func, select, text

from models.database import Database


def change(database: Database, statement: str) -> None:
    """Run a statement."""
    with database.write() as session:
        session.execute(text(statement))


def count(database: Database, table: type) -> int:
    """How many rows a table has."""
    with database.read() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()
