"""Senders: which addresses nobody reads, and which platforms pass an answer on to a person.

They are evidence of who can be answered; they never decide what is a rejection.
"""

import re
from dataclasses import dataclass
from typing import Literal

from springback.headers import Address


@dataclass(frozen=True, slots=True)
class Platform:
    """A system that sends for employers, and where an answer to it ends."""

    name: str
    domains: tuple[str, ...]
    reaches: Literal["nobody", "person"]
    person_if: tuple[str, ...] = ()
    nobody_if: tuple[str, ...] = ()


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
