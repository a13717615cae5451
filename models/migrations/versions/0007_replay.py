"""What people's records said before they changed, kept by the database itself, so that past nights can be replayed.

On SQLite a batch operation that makes `job_seekers` anew drops the trigger: a later migration that does so has to
make it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = (
    "id", "revision", "source", "external_id", "state", "district", "unemployed_since", "kinds", "intentions",
    "skills", "certificates", "education", "experience", "districts", "mobility", "pay_floor", "shift_limits", "fixed",
    "labels", "consent_other_city", "consent_personalised", "adult_on",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "former_seekers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("superseded", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=True),
        sa.Column("unemployed_since", sa.Date(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("intentions", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("education", sa.SmallInteger(), nullable=True),
        sa.Column("experience", sa.Double(), nullable=True),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("mobility", sa.String(length=16), nullable=False),
        sa.Column("pay_floor", sa.Integer(), nullable=True),
        sa.Column("shift_limits", sa.JSON(), nullable=False),
        sa.Column("fixed", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("consent_other_city", sa.Boolean(), nullable=False),
        sa.Column("consent_personalised", sa.Boolean(), nullable=False),
        sa.Column("adult_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["job_seekers.id"], name=op.f("fk_former_seekers_id_job_seekers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "revision", name=op.f("pk_former_seekers")),
    )
    _keep_former()


def _keep_former() -> None:
    """Whoever changes a record, what it said is kept in the same transaction."""
    when = "AFTER UPDATE ON job_seekers FOR EACH ROW WHEN (OLD.revision <> NEW.revision)"
    columns, old = ", ".join(KEPT), ", ".join(f"OLD.{name}" for name in KEPT)
    keep = f"INSERT INTO former_seekers ({columns}, superseded) VALUES ({old}, NEW.revision);"  # noqa: S608 - names of our own
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER job_seekers_keep_former {when} BEGIN {keep} END")
        return
    op.execute(
        f"CREATE FUNCTION keep_former_seeker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {keep} RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER job_seekers_keep_former {when} EXECUTE FUNCTION keep_former_seeker()")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER job_seekers_keep_former")
    else:
        op.execute("DROP TRIGGER job_seekers_keep_former ON job_seekers")
        op.execute("DROP FUNCTION keep_former_seeker()")
    op.drop_table("former_seekers")
