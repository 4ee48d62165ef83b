"""What tells an application, the text of each draft, and mails that wait for their time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    for column in (
        sa.Column("domain", sa.String, nullable=False, server_default=""),
        sa.Column("notice", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("words", sa.String, nullable=False, server_default=""),
        sa.Column("reminds", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("answered", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("mails", column)
    # What was drafted to nobody answered a notice.
    op.execute("UPDATE mails SET notice = 1 WHERE json_extract(contact, '$.address') IS NULL")
    op.execute("UPDATE mails SET domain = sender_domain")
    op.drop_index("mails_by_thread", "mails")
    for name in ("subject", "text"):
        op.add_column("drafts", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "waiting",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("folder", sa.String, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
        sa.Column("uid", sa.BigInteger, primary_key=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
    )
