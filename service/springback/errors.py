"""The errors a person may meet; each text tells the failed step, the thing, and what to do next."""

import traceback
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from springback.escape import without_addresses

_TELLING = 3  # characters; a shorter word is part of many


class SpringbackError(Exception):
    """Base of every expected failure; printed as one line, never as a traceback."""

    exit_code = 1

    def __init__(self, *told: str, private: Mapping[str, str] | None = None) -> None:
        """`private` are the words of the text that no log may hold, each with what stands there instead."""
        self.private = dict(private or {})
        super().__init__(*told)

    def __str__(self) -> str:
        return " ".join(str(arg) for arg in self.args)

    @property
    def discreet(self) -> str:
        """The text without addresses, logins and folder names, for what other people may read."""
        text = str(self)
        for word in sorted(self.private, key=len, reverse=True):
            if len(word) >= _TELLING:
                text = text.replace(word, self.private[word])
        return without_addresses(text)


class ProblemsError(SpringbackError):
    """Several problems found in one reading; `problems` holds one line for each."""

    exit_code = 2

    def __init__(self, step: str, problems: Sequence[str]) -> None:
        self.step = step
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{step}:", *(f"  {line}" for line in self.problems)]))


class ConfigError(ProblemsError):
    """The configuration can't be used as it is."""


class RuleError(ProblemsError):
    """Rule files can't be used as they are."""


class TemplateError(ProblemsError):
    """Reply templates can't be used as they are."""


class LabelError(ProblemsError):
    """Labelled mail can't be measured on."""


class RetryError(ProblemsError):
    """Keys on the command line name nothing that could be retried."""


class InputError(SpringbackError):
    """A path or option on the command line can't be used."""

    exit_code = 2


class OutputError(SpringbackError):
    """What a command prints can't be written."""


class SecretError(SpringbackError):
    """The password of an account can't be had."""

    exit_code = 3


class LoginRefusedError(SpringbackError):
    """The server refused the login; trying again at once would risk a lock-out."""

    exit_code = 3


class MailboxUnavailableError(SpringbackError):
    """The server can't be reached or broke off; worth another try later."""

    exit_code = 4


class UnreachableError(MailboxUnavailableError):
    """No connection came about, so that nobody counts the next try as another login."""


class ThrottledError(MailboxUnavailableError):
    """The server asks to be left alone, for `rest` where it tells."""

    def __init__(self, text: str, rest: timedelta | None = None) -> None:
        self.rest = rest
        super().__init__(text)


class VolumeError(MailboxUnavailableError):
    """What may be read of an account in a day is used up, by `older` mail or not; it goes on after `rest`."""

    def __init__(self, text: str, rest: timedelta, *, older: bool = False) -> None:
        self.rest = rest
        self.older = older
        super().__init__(text)


class CommandRefusedError(MailboxUnavailableError):
    """The server said no to one command, `passing` where for now only; the connection goes on."""

    def __init__(self, text: str, *, passing: bool = False, private: Mapping[str, str] | None = None) -> None:
        self.passing = passing
        super().__init__(text, private=private)


class FetchBrokenError(MailboxUnavailableError):
    """The connection broke while mails were fetched; `uids` are those that may have broken it."""

    def __init__(self, text: str, uids: Sequence[int], *, private: Mapping[str, str] | None = None) -> None:
        self.uids = tuple(uids)
        super().__init__(text, private=private)


class FolderError(SpringbackError):
    """A folder that is needed doesn't exist or can't be told apart; a person has to name it."""

    exit_code = 5


class ForbiddenCommandError(SpringbackError):
    """A command that Springback never sends was about to be sent; nothing left the machine."""


class LedgerError(SpringbackError):
    """The ledger can't be opened or belongs to another run."""

    exit_code = 6


def place_of(error: BaseException) -> str:
    """Return where an unexpected error arose, without its text, which may hold mail or a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return f"unexpected {type(error).__name__} at {place}"
