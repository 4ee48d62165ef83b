"""Which folder is Drafts: told by the person, the server or its name; never guessed."""

import pytest

from springback.errors import FolderError
from springback.folders import Folder, find_by_use, find_drafts


def folders(*names: str, delimiter: str = "/") -> list[Folder]:
    """Return folders; a flag may follow the name."""
    return [
        Folder(name, frozenset(flag for flag in flags.split() if flag), delimiter)
        for name, _, flags in (entry.partition(" \\") for entry in names)
        for flags in [f"\\{flags}" if flags else ""]
    ]


@pytest.mark.parametrize(
    ("listed", "drafts"),
    [
        (["INBOX", "Drafts"], "Drafts"),
        (["INBOX", "Entw. \\drafts", "Sent"], "Entw."),
        (["INBOX", "Notes \\drafts", "Drafts"], "Notes"),
        (["INBOX", "[Gmail]/Drafts \\drafts"], "[Gmail]/Drafts"),
        (["INBOX", "[Gmail]/Entwürfe"], "[Gmail]/Entwürfe"),
        (["INBOX", "Entwürfe"], "Entwürfe"),
        (["INBOX", "BROUILLONS"], "BROUILLONS"),
        (["INBOX", "Borradores"], "Borradores"),
        (["INBOX", "Bozze"], "Bozze"),
        (["INBOX", "Concepten"], "Concepten"),
        (["INBOX", "Rascunhos"], "Rascunhos"),
        (["INBOX", "Wersje robocze"], "Wersje robocze"),
        (["INBOX", "Черновики"], "Черновики"),
        (["INBOX", "下書き"], "下書き"),
        (["INBOX", "Drafts", "Archive/Drafts"], "Drafts"),
        (["INBOX", "Drafts \\noselect", "Draft"], "Draft"),
        (["INBOX", "Old \\drafts \\noselect", "Drafts"], "Drafts"),
        (["INBOX", "Gone \\drafts \\nonexistent", "Drafts"], "Drafts"),
    ],
)
def test_the_drafts_folder_is_found(listed: list[str], drafts: str) -> None:
    assert find_drafts(folders(*listed), None) == drafts


def test_folders_below_the_inbox_are_found() -> None:
    """Courier keeps every folder below INBOX, with a dot between."""
    assert find_drafts(folders("INBOX", "INBOX.Drafts", delimiter="."), None) == "INBOX.Drafts"
    assert find_drafts(folders("INBOX", "INBOX.Entwürfe", delimiter="."), None) == "INBOX.Entwürfe"


def test_a_server_without_hierarchy_is_served() -> None:
    assert find_drafts(folders("INBOX", "Drafts", delimiter=""), None) == "Drafts"


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (["INBOX", "A \\drafts", "B \\drafts"], "'A' or 'B'"),
        (["INBOX", "Drafts", "Entwürfe"], "'Drafts' or 'Entwürfe'"),
        (["INBOX", "Sent"], "no folder is marked or named as it. The server has: INBOX, Sent"),
        (["INBOX", "Drafts \\noselect"], "no folder is marked or named as it"),
        ([], "no folder is marked or named as it"),
    ],
)
def test_a_doubt_is_left_to_the_person(listed: list[str], told: str) -> None:
    with pytest.raises(FolderError) as caught:
        find_drafts(folders(*listed), None)
    assert told in str(caught.value)
    assert 'Write drafts = "..." in the account' in str(caught.value)


def test_the_persons_word_comes_first() -> None:
    listed = folders("INBOX", "Mine", "Drafts \\drafts")
    assert find_drafts(listed, "Mine") == "Mine"


@pytest.mark.parametrize("configured", ["Draft", "drafts", "Drafts \\noselect"])
def test_a_name_that_the_server_does_not_have_is_an_error(configured: str) -> None:
    name = configured.partition(" ")[0]
    listed = folders("INBOX", configured if " " in configured else "Drafts")
    with pytest.raises(FolderError) as caught:
        find_drafts(listed, name)
    assert f"Can't find the Drafts folder {name!r}. The server has: INBOX" in str(caught.value)


def test_a_long_list_of_folders_is_told_in_part() -> None:
    with pytest.raises(FolderError) as caught:
        find_drafts(folders(*(f"Folder {number}" for number in range(500))), None)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("listed", "use", "found"),
    [
        (["INBOX", "Sent"], "\\sent", "Sent"),
        (["INBOX", "Gesendete Elemente"], "\\sent", "Gesendete Elemente"),
        (["INBOX", "X \\sent", "Sent"], "\\sent", "X"),
        (["INBOX", "Papierkorb"], "\\trash", "Papierkorb"),
        (["INBOX", "Deleted Items"], "\\trash", "Deleted Items"),
        (["INBOX", "Trash", "Bin"], "\\trash", None),
        (["INBOX"], "\\trash", None),
    ],
)
def test_other_folders_are_found_or_left_alone(listed: list[str], use: str, found: str | None) -> None:
    assert find_by_use(folders(*listed), use) == found
