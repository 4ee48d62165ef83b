"""Rules and templates of one's own: a folder that can't be read is told, by every command alike."""

from collections.abc import Callable
from pathlib import Path

import pytest

from springback.errors import ProblemsError
from springback.library import rule_files, sender_files, template_files


@pytest.mark.parametrize("files", [rule_files, sender_files, template_files])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, files: Callable[[Path], object]) -> None:
    folder = tmp_path / "nothing"
    with pytest.raises(ProblemsError, match=rf"Can't read the .*:\n  {folder}: there is no such folder"):
        files(folder)


@pytest.mark.parametrize("files", [rule_files, sender_files, template_files])
def test_a_folder_out_of_reach_is_told(barred: Path, files: Callable[[Path], object]) -> None:
    """It isn't taken for an empty one: what a person has switched off would be in force again."""
    with pytest.raises(ProblemsError, match=rf"{barred}: Permission denied"):
        files(barred)
