"""The shape of a file of senders, and its parser."""

import re
import tomllib
from collections.abc import Iterable
from itertools import chain
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from springback.errors import RuleError
from springback.problems import describe
from springback.rule import SourceFile
from springback.senders import Platform, Senders

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LOCAL = re.compile(r"[!#-'*+\-/-9=?^-~.]{1,64}")  # as headers.py takes it, in lower case
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_ANY_ENDING = re.compile(r"[a-z0-9-]{1,63}\.\*")
_TENANT = re.compile(r"\{tenant\}(?:[._+-][a-z0-9._+-]*)?[@+]|@\{tenant\}\.")
_NO_WORD = re.compile(r"(?!)")


def _word(text: str) -> str:
    if not _WORD.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is no word of an address; write a-z, 0-9, and - where a part may begin")
    return text.lower()


def _domain(text: str) -> str:
    try:
        domain = text.lower().encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{text!r} is no domain; write it as firm.example, without @")
    return domain


def _address(text: str) -> str:
    local, _, domain = text.lower().rpartition("@")
    if not _LOCAL.fullmatch(local):
        raise ValueError(f"{text!r} is no address; write it as name@firm.example")
    return f"{local}@{_domain(domain)}"


def _address_or_domain(text: str) -> str:
    return f"@{_domain(text[1:])}" if text.startswith("@") else _address(text)


def _free(text: str) -> str:
    return text.lower() if _ANY_ENDING.fullmatch(text.lower()) else _domain(text)


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        known = '"{tenant}@", "{tenant}+", "{tenant}-jobs@" or "@{tenant}."'
        raise ValueError(f"{text!r} doesn't tell where the tenant stands; write it as {known}")
    return text


def _some(domains: tuple[str, ...]) -> tuple[str, ...]:
    if not domains:
        raise ValueError("is empty; give at least one")
    return domains


Text = Annotated[str, Field(min_length=1)]
Word = Annotated[str, AfterValidator(_word)]
Domain = Annotated[str, AfterValidator(_domain)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformEntry(_Entry):
    """`[[platform]]`: a system that sends for employers, and where an answer to it ends."""

    name: Text
    domains: Annotated[tuple[Domain, ...], AfterValidator(_some)]
    reaches: Literal["nobody", "person"]
    person_if: tuple[Text, ...] = ()
    nobody_if: tuple[Text, ...] = ()
    closes: bool = False
    tenant: tuple[Annotated[str, AfterValidator(_tenant)], ...] = ()
    note: str = ""

    def value(self) -> Platform:
        """Return what the entry says."""
        forms = tuple(_form(text) for text in self.tenant)
        person_if, nobody_if = _lower(self.person_if), _lower(self.nobody_if)
        return Platform(self.name, self.domains, self.reaches, person_if, nobody_if, self.closes, forms)


class SendersEntry(_Entry):
    """A whole file of senders."""

    schema_: Literal[1] = Field(alias="schema")
    no_reply: tuple[Word, ...] = ()
    shared: tuple[Word, ...] = ()
    surnames: tuple[Word, ...] = ()
    free: tuple[Annotated[str, AfterValidator(_free)], ...] = ()
    person: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    nobody: tuple[Annotated[str, AfterValidator(_address_or_domain)], ...] = ()
    platform: tuple[PlatformEntry, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        both = sorted({*self.person} & {*self.nobody})
        if both:
            raise ValueError(f"{both[0]} is listed under person and under nobody; take one away")
        return self


def parse_senders(files: list[SourceFile]) -> Senders:
    """Return what the files say together, later ones first asked; raises RuleError."""
    entries: list[SendersEntry] = []
    problems: list[str] = []
    for file in files:
        try:
            entries.append(SendersEntry.model_validate(tomllib.loads(file.text)))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{file.name}: not valid TOML: {error}")
        except RecursionError:
            problems.append(f"{file.name}: not valid TOML: it is nested too deeply")
        except ValidationError as error:
            problems += [f"{file.name}: {line}" for line in describe(error, SendersEntry)]
    if problems:
        raise RuleError("Can't load the senders", problems)
    surnames = [word for entry in entries for word in entry.surnames]
    return Senders(
        no_reply=_among_others(word for entry in entries for word in entry.no_reply),
        shared=_among_others([*(word for entry in entries for word in entry.shared), *surnames]),
        surnames=_behind_names(surnames),
        platforms=tuple(one.value() for entry in reversed(entries) for one in entry.platform),
        free=frozenset(chain.from_iterable(entry.free for entry in entries)),
        person=frozenset(chain.from_iterable(entry.person for entry in entries)),
        nobody=frozenset(chain.from_iterable(entry.nobody for entry in entries)),
    )


def _among_others(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds the words where each stands alone or between . _ + and -."""
    either = _either(words)
    return re.compile(rf"(?<![^._+-])(?:{either})(?![^._+\d-])") if either else _NO_WORD


def _behind_names(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of names or initials with one of the words behind them; two letters are a country."""
    either, name = _either(words), "(?:[a-z]|[a-z]{3,})"
    return re.compile(rf"(?P<names>{name}(?:[._-]{name})*)[._](?:{either})\d*") if either else _NO_WORD


def _either(words: Iterable[str]) -> str:
    return "|".join(word.replace("-", "[-_.]?") for word in words)


def _form(text: str) -> re.Pattern[str]:
    """Return the pattern of a form, which says how an address begins, or how its domain does."""
    before, after = text.split("{tenant}")
    return re.compile(rf"{'[^@]*@' if before else ''}(?P<tenant>[a-z0-9][a-z0-9_-]*){re.escape(after)}")


def _lower(marks: Iterable[str]) -> tuple[str, ...]:
    return tuple(mark.lower() for mark in marks)
