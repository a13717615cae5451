"""The rows of a night: items without a second index or rowid, what left, how often each vacancy was used."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("snapshot", sa.String(length=64), nullable=True))
    op.drop_index("ix_recommendations_vacancy_id", "recommendations")
    if op.get_bind().dialect.name == "sqlite":
        _remake_items(sqlite_with_rowid=False)
    else:
        op.drop_constraint("fk_recommendations_run_id_runs", "recommendations", type_="foreignkey")
    op.create_table(
        "departures",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("seeker_id", BIG_ID, nullable=False),
        sa.Column("vacancy_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "seeker_id", "vacancy_id", name=op.f("pk_departures")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loads",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("vacancy_id", BIG_ID, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "vacancy_id", name=op.f("pk_loads")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO loads (run_id, vacancy_id, people) SELECT run_id, vacancy_id, count(*) FROM recommendations "
        "WHERE rank <= 3 GROUP BY run_id, vacancy_id"
    )


def _remake_items(*constraints: sa.Constraint, **layout: bool) -> None:
    op.rename_table("recommendations", "old_recommendations")
    op.create_table(
        "recommendations",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("seeker_id", BIG_ID, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("vacancy_id", sa.BigInteger(), nullable=False),
        sa.Column("vacancy_revision", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("rung", sa.SmallInteger(), nullable=False),
        sa.Column("marks", sa.SmallInteger(), nullable=False),
        sa.Column("parts", sa.LargeBinary(length=8), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "seeker_id", "rank", name=op.f("pk_recommendations")),
        *constraints,
        **layout,
    )
    op.execute("INSERT INTO recommendations SELECT * FROM old_recommendations ORDER BY run_id, seeker_id, rank")
    op.drop_table("old_recommendations")


def downgrade() -> None:
    op.drop_table("loads")
    op.drop_table("departures")
    if op.get_bind().dialect.name == "sqlite":
        _remake_items(sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_recommendations_run_id_runs")))
    else:
        op.create_foreign_key("fk_recommendations_run_id_runs", "recommendations", "runs", ["run_id"], ["id"])
    op.create_index("ix_recommendations_vacancy_id", "recommendations", ["vacancy_id"])
    op.drop_column("runs", "snapshot")
