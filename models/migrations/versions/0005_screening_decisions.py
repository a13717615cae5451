"""What people decide about findings, the appeals, the passes of new rules, and how a vacancy stands to them.

A vacancy of before has neither a digest nor a version of the rules: its next push, or a pass of the rules, gives
them. What waited for a person goes on waiting, since the day it was last confirmed.
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = ("screening_decisions", "screening_appeals")


def upgrade() -> None:
    op.add_column("vacancies", sa.Column("wording", sa.LargeBinary(length=16), nullable=True))
    op.add_column("vacancies", sa.Column("screening_rules", sa.String(length=40), server_default="", nullable=False))
    op.add_column("vacancies", sa.Column("decision_id", sa.BigInteger(), nullable=True))
    op.add_column("vacancies", sa.Column("waiting_since", UtcDateTime(), nullable=True))
    op.create_index("ix_vacancies_waiting_since", "vacancies", ["waiting_since"], unique=False)
    op.add_column(
        "duplicate_decisions", sa.Column("same", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("UPDATE vacancies SET waiting_since = confirmed_at WHERE screening = 'REVIEW'")
    _create_tables()
    for table in KEPT:
        _protect(table)


def _create_tables() -> None:
    op.create_table(
        "screening_appeals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("vacancy_id", BIG_ID, nullable=False),
        sa.Column("wording", sa.LargeBinary(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("appealed_by", sa.String(length=64), nullable=False),
        sa.Column("appealed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vacancy_id"], ["vacancies.id"], name=op.f("fk_screening_appeals_vacancy_id_vacancies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_appeals")),
    )
    op.create_index("ix_screening_appeals_vacancy_id", "screening_appeals", ["vacancy_id"], unique=False)
    op.create_table(
        "screening_decisions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("vacancy_id", BIG_ID, nullable=False),
        sa.Column("wording", sa.LargeBinary(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", sa.Boolean(), nullable=False),
        sa.Column("appeal_id", BIG_ID, nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("rules", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vacancy_id"], ["vacancies.id"], name=op.f("fk_screening_decisions_vacancy_id_vacancies")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["screening_appeals.id"], name=op.f("fk_screening_decisions_appeal_id_screening_appeals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_decisions")),
    )
    op.create_index(
        "ix_screening_decisions_vacancy_id_wording", "screening_decisions", ["vacancy_id", "wording"], unique=False
    )
    op.create_index("ix_screening_decisions_appeal_id", "screening_decisions", ["appeal_id"], unique=False)
    op.create_table(
        "screening_reruns",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("rules", sa.String(length=40), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("last_id", BIG_ID, nullable=False),
        sa.Column("difference", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_reruns")),
    )


def _protect(table: str) -> None:
    """What was decided or objected stays written: the database itself refuses to change or remove it."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION refuse_{table}_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}_change()"
    )


def downgrade() -> None:
    op.drop_table("screening_reruns")
    op.drop_table("screening_decisions")
    op.drop_table("screening_appeals")
    if op.get_bind().dialect.name != "sqlite":
        for table in KEPT:
            op.execute(f"DROP FUNCTION refuse_{table}_change()")
    op.drop_column("duplicate_decisions", "same")
    op.drop_index("ix_vacancies_waiting_since", "vacancies")
    for name in ("waiting_since", "decision_id", "screening_rules", "wording"):
        op.drop_column("vacancies", name)
