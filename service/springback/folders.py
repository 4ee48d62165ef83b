"""Which folder of a server is Drafts, Sent or Trash: told by the server, the person, or its name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from springback.errors import FolderError
from springback.escape import escape

# What servers call the folder where they don't flag it (RFC 6154): its last part, in lower case.
_NAMES = {
    "\\drafts": """
        drafts, draft, draftbox, entwürfe, entwurf, brouillons, brouillon, borradores, borrador, concepten,
        concept, bozze, bozza, rascunhos, rascunho, utkast, kladder, luonnokset, szkice, wersje robocze,
        koncepty, piszkozatok, черновики, чернетки, taslaklar, πρόχειρα, 草稿, 草稿箱, 下書き""",
    "\\sent": """
        sent, sent items, sent messages, sent mail, gesendet, gesendete, gesendete objekte,
        gesendete elemente, envoyés, éléments envoyés, messages envoyés, enviados, elementos enviados,
        itens enviados, inviati, inviata, posta inviata, verzonden, verzonden items, skickat, sendt,
        lähetetyt, wysłane, отправленные, gönderilmiş, 已发送, 送信済み""",
    "\\archive": """
        archive, archives, archiv, archivé, archivo, archivio, archief, arquivo, arkiv, arkisto, archiwum,
        all mail""",
    "\\trash": """
        trash, deleted, deleted items, deleted messages, bin, papierkorb, gelöschte objekte,
        gelöschte elemente, corbeille, éléments supprimés, papelera, elementos eliminados, cestino,
        posta eliminata, prullenbak, verwijderde items, lixo, lixeira, papperskorg, papirkurv, roskakori,
        kosz, корзина, çöp, 已删除, ゴミ箱""",
}
_KNOWN = {use: frozenset(name.strip() for name in names.split(",")) for use, names in _NAMES.items()}


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
            "Correct `drafts` of the account",
            private=_private(folders, configured),
        )
    found = _find(folders, "\\drafts")
    if len(found) == 1:
        return found[0]
    reason = "no folder is marked or named as it" if not found else f"it may be {_quoted(found)}"
    raise FolderError(
        f"Can't tell which folder holds Drafts: {reason}. The server has: {_names(folders)}. "
        'Write drafts = "..." in the account',
        private=_private(folders, *found),
    )


def find_by_use(folders: Sequence[Folder], use: str) -> str | None:
    r"""Return the one folder of a special use (as "\\sent"), or None where that isn't sure."""
    found = _find(folders, use)
    return found[0] if len(found) == 1 else None


def find_history(folders: Sequence[Folder], inbox: str, configured: Sequence[str] | None) -> tuple[str, ...]:
    r"""Return the folders that earlier mail is looked for in: the configured ones, else the usual ones.

    Those are all mail where the server offers such a folder, else the inbox, Sent and Archive. Raises
    FolderError where a configured one doesn't exist.
    """
    if configured is not None:
        usable = {folder.name for folder in folders if folder.selectable} | {inbox}
        missing = [name for name in configured if name not in usable]
        if missing:
            raise FolderError(
                f"Can't find the folder {_quoted(missing)} of `history`. The server has: {_names(folders)}. "
                "Correct `history` of the account",
                private=_private(folders, *missing),
            )
        return tuple(configured)
    everything = [folder.name for folder in folders if folder.selectable and "\\all" in folder.flags]
    if everything:
        return tuple(everything[:1])
    others = (find_by_use(folders, "\\sent"), find_by_use(folders, "\\archive"))
    return tuple(dict.fromkeys((inbox, *(name for name in others if name))))


def _find(folders: Sequence[Folder], use: str) -> list[str]:
    usable = [folder for folder in folders if folder.selectable]
    flagged = [folder.name for folder in usable if use in folder.flags]
    if flagged:
        return flagged
    named = [folder for folder in usable if folder.leaf in _KNOWN[use]]
    top = min((_level(folder) for folder in named), default=0)
    return [folder.name for folder in named if _level(folder) == top]


def _level(folder: Folder) -> int:
    return folder.name.count(folder.delimiter) if folder.delimiter else 0


def _quoted(names: Iterable[str]) -> str:
    return " or ".join(repr(name) for name in names)


def _names(folders: Sequence[Folder]) -> str:
    names = [escape(folder.name) for folder in folders if folder.selectable]
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004 - one screen


def _private(folders: Sequence[Folder], *named: str) -> dict[str, str]:
    """Return what no log may hold of a text that names folders."""
    return {_names(folders): "(its folders)", **{repr(name): "(a folder)" for name in named}}
