"""How Alembic connects: on the engine that the caller hands over."""

from alembic import context

from models import schema
from models.base import Base

assert schema.TABLES  # importing it registers every table

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
