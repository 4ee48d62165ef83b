"""Senders: which addresses nobody reads, which many share, and whose mail a platform carries.

They are evidence of who can be answered; they never decide what is a rejection.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from springback.headers import Address

# What platforms call their own machines where a customer's name could stand.
_MACHINES = frozenset({"app", "apply", "candidate", "email", "eu", "mail", "na", "reply", "us", "www"})
_TOKEN = re.compile(r"(?=.*\d)[0-9a-f-]{8,}")
_ENDING = re.compile(r"[a-z]{2,3}(?:\.[a-z]{2})?")  # what "*" stands for in "yahoo.*"
_LETTER = re.compile(r"[a-z]")
_BETWEEN = re.compile(r"[._-]")


@dataclass(frozen=True, slots=True)
class Platform:
    """A system that sends for employers, and where an answer to it ends."""

    name: str
    domains: tuple[str, ...]
    reaches: Literal["nobody", "person"]
    person_if: tuple[str, ...] = ()
    nobody_if: tuple[str, ...] = ()
    closes: bool = False
    tenant: tuple[re.Pattern[str], ...] = ()  # of an address without the platform's domain


@dataclass(frozen=True, slots=True)
class Senders:
    """What is known of senders."""

    no_reply: re.Pattern[str]
    shared: re.Pattern[str]
    surnames: re.Pattern[str]  # names, then a word of `shared` that is a surname too
    platforms: tuple[Platform, ...]
    free: frozenset[str]
    person: frozenset[str]
    nobody: frozenset[str]  # addresses, and domains with an @ before them

    def nobody_reads(self, address: Address) -> str | None:  # noqa: PLR0911 - one for each reason
        """Return why nobody reads mail to an address, or None where a person may."""
        if address.address.lower() in self.person:
            return None
        if self._is_listed(address):
            return f"{address.address} is listed under nobody in senders.toml"
        platform = self.platform_of(address)
        if platform and platform.closes:
            return f"{address.address} belongs to {platform.name}, which lets nobody answer after a rejection"
        if platform and any(mark in address.local for mark in platform.person_if):
            return None
        if self.no_reply.search(address.local):
            return f"{address.address} is a no-reply address"
        if platform is None:
            return None
        if platform.reaches == "nobody" or any(mark in address.local for mark in platform.nobody_if):
            return f"{address.address} belongs to {platform.name}, which passes no answer on"
        return None

    def is_shared(self, address: Address) -> bool:
        """Return whether an address is a role's or a team's rather than one person's."""
        local = address.local.partition("+")[0]  # a tag sorts somebody's mail
        if address.address.lower() in self.person or not self.shared.search(local):
            return False
        named = self.surnames.fullmatch(local)
        if named is None:
            return True
        firm = set(re.split(r"[.-]", address.domain))
        names = _BETWEEN.split(named["names"])
        return any(name in firm or self.shared.search(name) for name in names)

    def is_free(self, domain: str) -> bool:
        """Return whether anybody can have an address there, so that the domain tells no firm."""
        domain = domain.lower()
        name, _, ending = domain.partition(".")
        return domain in self.free or (f"{name}.*" in self.free and bool(_ENDING.fullmatch(ending)))

    def platform_of(self, address: Address) -> Platform | None:
        """Return the platform that owns the domain; look-alikes (notacme.com) own nothing."""
        owned = self._owned(address)
        return owned[0] if owned else None

    def tenant_of(self, address: Address) -> str | None:
        """Return whose mail an address of a platform carries, in lower case; None where it doesn't tell."""
        owned = self._owned(address)
        if owned is None:
            return None
        platform, domain = owned
        rest = f"{address.local}@{address.domain.removesuffix(domain)}"
        found = (match["tenant"] for form in platform.tenant if (match := form.match(rest)))
        return next((tenant for tenant in found if self._is_name(tenant)), None)

    def _owned(self, address: Address) -> tuple[Platform, str] | None:
        for platform in self.platforms:
            for domain in platform.domains:
                if address.domain == domain or address.domain.endswith(f".{domain}"):
                    return platform, domain
        return None

    def _is_listed(self, address: Address) -> bool:
        above = (f"@{domain}" for domain in _domains_above(address.domain))
        return address.address.lower() in self.nobody or any(domain in self.nobody for domain in above)

    def _is_name(self, tenant: str) -> bool:
        if tenant in _MACHINES or _TOKEN.fullmatch(tenant) or self.no_reply.search(tenant):
            return False
        return bool(_LETTER.search(self.shared.sub("", tenant)))


def _domains_above(domain: str) -> Iterator[str]:
    """Yield a domain and those that it lies below."""
    while domain:
        yield domain
        domain = domain.partition(".")[2]
