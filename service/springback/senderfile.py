"""The shape of a file of senders, and its parser."""

import re
import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from springback.errors import RuleError
from springback.problems import describe
from springback.rule import SourceFile
from springback.senders import Platform, Senders

Text = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformEntry(_Entry):
    """`[[platform]]`: a system that sends for employers, and where an answer to it ends."""

    name: Text
    domains: tuple[Text, ...]
    reaches: Literal["nobody", "person"]
    person_if: tuple[Text, ...] = ()
    nobody_if: tuple[Text, ...] = ()
    note: str = ""

    def value(self) -> Platform:
        """Return what the entry says."""
        return Platform(self.name, self.domains, self.reaches, self.person_if, self.nobody_if)


class _SendersFile(_Entry):
    schema_: Literal[1] = Field(alias="schema")
    no_reply: tuple[Text, ...] = ()
    platform: tuple[PlatformEntry, ...] = ()


def parse_senders(files: list[SourceFile]) -> Senders:
    """Return what the files say together, later ones first asked; raises RuleError."""
    words: list[str] = []
    platforms: list[Platform] = []
    problems: list[str] = []
    for file in files:
        try:
            entry = _SendersFile.model_validate(tomllib.loads(file.text))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{file.name}: not valid TOML: {error}")
        except ValidationError as error:
            problems += [f"{file.name}: {line}" for line in describe(error, _SendersFile)]
        else:
            words += entry.no_reply
            platforms = [*(one.value() for one in entry.platform), *platforms]
    if problems:
        raise RuleError("Can't load the senders", problems)
    parts = (r"[-_.]?".join(re.escape(part) for part in word.lower().split("-")) for word in words)
    pattern = re.compile(rf"(?:^|[._+-])(?:{'|'.join(parts)})(?:$|[._+\d-])" if words else r"(?!)")
    return Senders(pattern, tuple(platforms))
