"""How often the login of each account was refused since its last good pass."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("passes", sa.Column("refused_logins", sa.Integer, nullable=False, server_default="0"))
