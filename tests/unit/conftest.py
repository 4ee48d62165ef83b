"""Settings that hold for every unit test, and what several of them need."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: no example is timed.
settings.register_profile("springback", deadline=None)
settings.load_profile("springback")


@pytest.fixture
def barred() -> Iterator[Path]:
    """A folder with a file that lets nobody in, beside it a mail; where root tests, it becomes a stranger."""
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "barred")
        folder.mkdir()
        (folder / "file").touch()
        Path(base, "mail").write_text("Subject: One\n\nOne.\n")
        Path(base).chmod(0o755)
        folder.chmod(0)
        if is_root:
            os.seteuid(65_534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o700)
