"""Where duplicates are looked for, and what people decided about them.

Vacancies of before have no block: their next push, which newer readers read anew, gives them one.
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vacancies", sa.Column("block", sa.BigInteger(), nullable=True))
    op.create_index("ix_vacancies_block", "vacancies", ["block"], unique=False)
    op.create_table(
        "duplicate_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("second_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["vacancies.id"], name=op.f("fk_duplicate_decisions_first_id_vacancies"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["vacancies.id"], name=op.f("fk_duplicate_decisions_second_id_vacancies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decisions")),
    )
    op.create_index("ix_duplicate_decisions_first_id", "duplicate_decisions", ["first_id"], unique=False)
    op.create_index("ix_duplicate_decisions_second_id", "duplicate_decisions", ["second_id"], unique=False)


def downgrade() -> None:
    op.drop_table("duplicate_decisions")
    op.drop_index("ix_vacancies_block", "vacancies")
    op.drop_column("vacancies", "block")
