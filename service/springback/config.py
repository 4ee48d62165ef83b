"""The configuration as frozen values, each key checked where it stands."""

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from springback.masked import Secret

_ADDRESS = re.compile(r"[^\s<>@,;:\"]+@[^\s<>@,;:\".]+(?:\.[^\s<>@,;:\".]+)+")
_DURATION = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_LONGEST = timedelta(days=36_525)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: object) -> timedelta:
    """Return the time span of "90s", "5m", "12h", "30d" or "2w"; raises ValueError."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or len(match[1]) > 6 or not int(match[1]):  # noqa: PLR2004 - keeps timedelta in range
        raise ValueError('is no time span; write for example "90s", "5m", "12h", "30d" or "2w"')
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if span > _LONGEST:
        raise ValueError("is over a hundred years; write a shorter span")
    return span


def _without_nul(text: object) -> object:
    if isinstance(text, str) and "\0" in text:
        raise ValueError("holds a NUL character; remove it")
    return text


def _address(text: object) -> object:
    if isinstance(text, str) and not (text.isascii() and _ADDRESS.fullmatch(text)):
        raise ValueError(f"{text!r} is no e-mail address; write it without name or brackets")
    return text


def _expanded(text: object) -> object:
    text = _without_nul(text)
    return os.path.expanduser(text) if isinstance(text, str) else text  # noqa: PTH111 - pydantic makes the Path


def _duration_or_none(text: object) -> timedelta:
    try:
        return timedelta() if text == "0" else parse_duration(text)
    except ValueError as error:
        raise ValueError(f'{error}, or "0" for none') from None


def _like(pattern: str, told: str) -> AfterValidator:
    """Return the check that all of a text fits a pattern; `told` says what it isn't, and what to write."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(told)
        return text

    return AfterValidator(check)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
DurationOrNone = Annotated[timedelta, BeforeValidator(_duration_or_none)]
EmailAddress = Annotated[str, BeforeValidator(_address)]
UserPath = Annotated[Path, BeforeValidator(_expanded)]
Text = Annotated[str, BeforeValidator(_without_nul), Field(min_length=1)]
SecretText = Annotated[str, Field(min_length=1), AfterValidator(Secret)]
Name = Annotated[
    str, _like(r"[\w.@+-]+", "is no short name; use letters, digits and the marks . _ @ + -, without spaces")
]
Host = Annotated[
    str,
    # The bounds are those of DNS (RFC 1035 2.3.4).
    _like(
        r"(?=.{1,253}\Z)[A-Za-z0-9:-]{1,63}(\.[A-Za-z0-9-]{1,63})*",
        "is no name or address of a server; write it alone, as imap.ellery.example",
    ),
]
Login = Annotated[
    str, _like(r"[\x20-\x7e]+", "holds more than plain letters, digits and marks; write it in ASCII")
]
Language = Annotated[str, _like(r"[a-z]{2}", 'is no language; write two small letters, as "en"')]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Password(_Section):
    """`[account.password]`: where the password is; exactly one of the keys."""

    keyring: bool = False
    command: tuple[Text, ...] | None = None
    env: Text | None = None
    file: UserPath | None = None
    credential: Text | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name)]
        if len(given) != 1:
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"give exactly one of {known}; found {', '.join(given) or 'none'}")
        return self


class Account(_Section):
    """`[[account]]`: one mailbox, and whose it is."""

    name: Name
    address: EmailAddress
    full_name: Text
    aliases: tuple[EmailAddress, ...] = ()
    host: Host
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    tls: bool = True
    ca_file: UserPath | None = None
    login: Login | None = None
    login_method: Literal["password", "xoauth2", "oauthbearer"] = "password"
    password: Password = Password(keyring=True)
    inbox: Text = "INBOX"
    drafts: Text | None = None
    history: tuple[Text, ...] | None = None
    signature: str = ""

    @field_validator("tls")
    @classmethod
    def _plain_text_stays_here(cls, tls: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if not tls and "host" in info.data and not is_loopback(info.data["host"]):
            raise ValueError(
                "false is allowed to this machine only (127.0.0.1, ::1, localhost); "
                "remove it, and give ca_file for a server with a certificate of its own"
            )
        return tls

    @property
    def user(self) -> str:
        """Return the login name: the address unless another is given."""
        return self.login or self.address

    @property
    def own_addresses(self) -> frozenset[str]:
        """Return every address of the person, in lower case."""
        return frozenset(address.lower() for address in (self.address, *self.aliases))


class Paths(_Section):
    """`[paths]`: the person's own rules and templates, and the state of the daemon."""

    rules: UserPath | None = None
    templates: UserPath | None = None
    state: UserPath | None = None


class Poll(_Section):
    """`[poll]`: when to look, how much at most, and how long an unanswered draft stays unsettled."""

    push: bool = True
    interval: Duration = timedelta(minutes=2)
    daily_megabytes: Annotated[int, Field(ge=10, le=1_000_000)] = 1_000
    settle: Duration = timedelta(seconds=60)


class Reply(_Section):
    """`[reply]`: what a draft looks like."""

    language: Language = "en"
    quote: bool = True
    quote_lines: Annotated[int, Field(ge=1, le=500)] = 20
    unreachable: Literal["draft", "skip"] = "draft"
    history: DurationOrNone = timedelta(days=180)
    minimum_age: DurationOrNone = timedelta()
    maximum_age: Duration = timedelta(days=14)
    id_secret: SecretText | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _old_enough_in_time(self) -> Self:
        if self.minimum_age >= self.maximum_age:
            raise ValueError("minimum_age must be below maximum_age, or nothing would ever be drafted")
        return self


class Log(_Section):
    """`[log]`: how much is told, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Metrics(_Section):
    """`[metrics]`: figures for Prometheus, on this machine only."""

    port: Annotated[int, Field(ge=1, le=65535)] | None = None


class Config(_Section):
    """A whole configuration."""

    account: tuple[Account, ...]
    paths: Paths = Paths()
    poll: Poll = Poll()
    reply: Reply = Reply()
    log: Log = Log()
    metrics: Metrics = Metrics()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if not self.account:
            raise ValueError("there is no account; add an [[account]]")
        names = [account.name for account in self.account]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two accounts are called {twice[0]!r}; give each a name of its own")
        return self

    @property
    def state_folder(self) -> Path:
        """Return the folder that holds the ledger."""
        return self.paths.state or Path(platformdirs.user_state_dir("springback"))

    @property
    def secret_variables(self) -> frozenset[str]:
        """Return which variables of the environment hold passwords."""
        return frozenset(account.password.env for account in self.account if account.password.env)


def is_loopback(host: str) -> bool:
    """Return whether a host name means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
