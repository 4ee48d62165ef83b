"""The ledger's schema over time (alembic): an older ledger is brought forward when it is opened."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa

from springback.errors import LedgerError

HEAD = "0004"  # the newest revision; a test compares it with the scripts


def upgrade(
    connection: sa.Connection, alone: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """Bring the ledger to the newest form, an older one while nobody else works with it.

    Raises LedgerError where a newer Springback made it, and what `alone` raises.
    """
    current = revision(connection)
    if current == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - costs 0.2 s, needed once in a ledger's life
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    config = alembic_config(connection)
    try:
        ScriptDirectory.from_config(config).get_revision(current or HEAD)
    except CommandError:
        raise LedgerError(
            f"Can't use the ledger: its revision {current!r} is of a newer Springback. "
            "Update Springback, or give it another paths.state"
        ) from None
    with alone() if current else nullcontext():
        command.upgrade(config, "head")


def revision(connection: sa.Connection) -> str | None:
    """Return the revision of a ledger, or None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def alembic_config(connection: sa.Connection | None) -> Any:  # noqa: ANN401 - alembic's Config
    """Return alembic's configuration, without a file."""
    from alembic.config import Config  # noqa: PLC0415 - as in upgrade

    config = Config()
    config.set_main_option("script_location", "springback:migrations")
    config.attributes["connection"] = connection
    return config
