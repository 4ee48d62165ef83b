"""How each account is doing, its volume by day, refused files, and whose mails wait for their time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the tables."""
    for column in (
        sa.Column("mode", sa.String),
        sa.Column("pushed_at", sa.DateTime(timezone=True)),
        sa.Column("kind", sa.String),
        sa.Column("backlog", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("passes", column)
    for column in (
        sa.Column("sender", sa.String, nullable=False, server_default=""),
        sa.Column("subject", sa.String, nullable=False, server_default=""),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("waiting", column)
    op.create_table(
        "volume",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "refused_files",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("problem", sa.Text, nullable=False),
    )
