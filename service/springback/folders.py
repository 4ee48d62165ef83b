"""Which folder of a server is Drafts, Sent or Trash: told by the server, the person, or its name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from springback.errors import FolderError

# What servers call the folder where they don't flag it (RFC 6154), last part, in lower case.
_NAMES = {
    "\\drafts": frozenset(
        ["drafts", "draft", "draftbox", "entwürfe", "entwurf", "brouillons", "brouillon", "borradores", "borrador", "concepten", "concept", "bozze", "bozza", "rascunhos", "rascunho", "utkast", "kladder", "luonnokset", "szkice", "wersje", "robocze", "koncepty", "piszkozatok", "черновики", "чернетки", "taslaklar", "πρόχειρα", "草稿", "草稿箱", "下書き"]
    )
    | {"wersje robocze"},
    "\\sent": frozenset(
        ["sent", "gesendet", "gesendete", "envoyés", "enviados", "verzonden", "inviati", "inviata", "skickat", "sendt", "lähetetyt", "wysłane", "отправленные", "gönderilmiş", "已发送", "送信済み"]
    )
    | {"sent items", "sent messages", "sent mail", "gesendete objekte", "gesendete elemente",
       "éléments envoyés", "messages envoyés", "elementos enviados", "posta inviata",
       "verzonden items", "itens enviados"},
    "\\trash": frozenset(
        ["trash", "deleted", "bin", "papierkorb", "corbeille", "papelera", "prullenbak", "cestino", "lixo", "lixeira", "papperskorg", "papirkurv", "roskakori", "kosz", "корзина", "çöp", "已删除", "ゴミ箱"]
    )
    | {"deleted items", "deleted messages", "gelöschte objekte", "gelöschte elemente",
       "éléments supprimés", "elementos eliminados", "posta eliminata", "verwijderde items"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the server lists it: flags in lower case, name decoded."""

    name: str
    flags: frozenset[str]
    delimiter: str

    @property
    def selectable(self) -> bool:
        """Return whether it can hold mail at all."""
        return not self.flags & {"\\noselect", "\\nonexistent"}

    @property
    def leaf(self) -> str:
        """Return the last part of the name, in lower case."""
        return (self.name.rsplit(self.delimiter, 1)[-1] if self.delimiter else self.name).lower()


def find_drafts(folders: Sequence[Folder], configured: str | None) -> str:
    """Return the name of the Drafts folder.

    Order: the configured name, the server's flag, a known name. Raises FolderError where none or
    several fit; a folder is never guessed and never created.
    """
    if configured:
        if any(folder.name == configured and folder.selectable for folder in folders):
            return configured
        raise FolderError(
            f"Can't find the Drafts folder {configured!r}. The server has: {_names(folders)}. "
            "Correct `drafts` of the account"
        )
    found = _find(folders, "\\drafts")
    if len(found) == 1:
        return found[0]
    reason = "no folder is marked or named as it" if not found else f"it may be {_quoted(found)}"
    raise FolderError(
        f"Can't tell which folder holds Drafts: {reason}. The server has: {_names(folders)}. "
        'Write drafts = "..." in the account'
    )


def find_by_use(folders: Sequence[Folder], use: str) -> str | None:
    r"""Return the one folder of a special use (as "\\sent"), or None where that isn't sure."""
    found = _find(folders, use)
    return found[0] if len(found) == 1 else None


def _find(folders: Sequence[Folder], use: str) -> list[str]:
    usable = [folder for folder in folders if folder.selectable]
    flagged = [folder.name for folder in usable if use in folder.flags]
    if flagged:
        return flagged
    named = [folder for folder in usable if folder.leaf in _NAMES[use]]
    top = min((_level(folder) for folder in named), default=0)
    return [folder.name for folder in named if _level(folder) == top]


def _level(folder: Folder) -> int:
    return folder.name.count(folder.delimiter) if folder.delimiter else 0


def _quoted(names: Iterable[str]) -> str:
    return " or ".join(repr(name) for name in names)


def _names(folders: Sequence[Folder]) -> str:
    names = [folder.name for folder in folders if folder.selectable]
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004 - one screen
