"""Senders: which addresses nobody reads, and which platforms pass an answer on to a person.

They are evidence of who can be answered; they never decide what is a rejection.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from springback.errors import RuleError
from springback.headers import Address
from springback.problems import describe
from springback.rule import SourceFile

Text = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Platform(_Entry):
    """`[[platform]]`: a system that sends for employers, and where an answer to it ends."""

    name: Text
    domains: tuple[Text, ...]
    reaches: Literal["nobody", "person"]
    person_if: tuple[Text, ...] = ()
    nobody_if: tuple[Text, ...] = ()
    note: str = ""


class _SendersFile(_Entry):
    schema_: Literal[1] = Field(alias="schema")
    no_reply: tuple[Text, ...] = ()
    platform: tuple[Platform, ...] = ()


@dataclass(frozen=True, slots=True)
class Senders:
    """What is known of senders."""

    no_reply: re.Pattern[str]
    platforms: tuple[Platform, ...]

    def nobody_reads(self, address: Address) -> str | None:
        """Return why nobody reads mail to an address, or None where a person may."""
        platform = self.platform_of(address)
        if platform and any(mark in address.local for mark in platform.person_if):
            return None
        if self.no_reply.search(address.local):
            return f"{address.address} is a no-reply address"
        if platform is None:
            return None
        if platform.reaches == "nobody" or any(mark in address.local for mark in platform.nobody_if):
            return f"{address.address} belongs to {platform.name}, which passes no answer on"
        return None

    def platform_of(self, address: Address) -> Platform | None:
        """Return the platform that owns the domain; look-alikes (notacme.com) own nothing."""
        for platform in self.platforms:
            for domain in platform.domains:
                if address.domain == domain or address.domain.endswith(f".{domain}"):
                    return platform
        return None


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
            platforms = [*entry.platform, *platforms]
    if problems:
        raise RuleError("Can't load the senders", problems)
    parts = (r"[-_.]?".join(re.escape(part) for part in word.lower().split("-")) for word in words)
    pattern = re.compile(rf"(?:^|[._+-])(?:{'|'.join(parts)})(?:$|[._+\d-])" if words else r"(?!)")
    return Senders(pattern, tuple(platforms))
