"""The first form of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "cursors",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("folder", sa.String, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("watermark", sa.BigInteger, nullable=False),
        sa.Column("floor", time, nullable=False),
    )
    op.create_table(
        "mails",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("message_id", sa.String),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("sender_domain", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("sent_at", time),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("stage", sa.String),
        sa.Column("language", sa.String),
        sa.Column("company", sa.String),
        sa.Column("role", sa.String),
        sa.Column("contact", sa.JSON, nullable=False),
        sa.Column("explanation", sa.JSON, nullable=False),
        sa.Column("rules", sa.String, nullable=False),
        sa.Column("no_draft", sa.Text),
    )
    op.create_index("mails_by_thread", "mails", ["account", "sender_domain", "thread"])
    op.create_table(
        "drafts",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("source_id", sa.String),
        sa.Column("template", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uidnext", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("touched_at", time, nullable=False),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "failures",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("folder", sa.String, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
        sa.Column("uid", sa.BigInteger, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("touched_at", time, nullable=False),
    )
    op.create_table(
        "passes",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("started_at", time, nullable=False),
        sa.Column("succeeded_at", time),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("looked_at", sa.Integer, nullable=False),
        sa.Column("drafted", sa.Integer, nullable=False),
        sa.Column("next_at", time),
    )
