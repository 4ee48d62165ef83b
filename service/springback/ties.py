"""Whether an address is one of a firm's people, and by what."""

from dataclasses import dataclass

from springback.firm import Firm, bare, first_word, is_about, is_named, labels, registrable, ways
from springback.headers import Address
from springback.names import person_name
from springback.normal import normalise
from springback.senders import Senders

_TELLING = 4  # letters of a name that a domain holds by no chance


@dataclass(frozen=True, slots=True)
class Tie:
    """Why an address is a firm's; the stronger the surer."""

    strength: int
    reason: str


def tie_to(firm: Firm, address: Address, senders: Senders) -> Tie | None:
    """Return why an address belongs to a firm's people, or None; a look-alike domain does not."""
    if address.address.lower() in firm.addresses:
        return Tie(3, f"{address.address} is the address that the rejection came from")
    if senders.platform_of(address):
        return _tie_by_tenant(firm, address, senders)
    if senders.is_free(address.domain):
        return None
    return _tie_by_domain(firm, address)


def _tie_by_tenant(firm: Firm, address: Address, senders: Senders) -> Tie | None:
    platform, tenant = senders.platform_of(address), senders.tenant_of(address)
    if platform is None or tenant is None:
        return None
    if (platform.name, tenant) in firm.tenants:
        return Tie(3, f"the same tenant {tenant!r} of {platform.name}")
    if firm.name and bare(tenant) in labels(firm.name):
        return Tie(2, f"the tenant {tenant!r} of {platform.name} is called as {firm.name}")
    return None


def _tie_by_domain(firm: Firm, address: Address) -> Tie | None:
    domain = registrable(address.domain)
    if domain in firm.domains:
        return Tie(3, f"the same domain {domain}")
    if any(is_named(own, firm.name) for own in firm.domains):
        return None  # its domain is known: whatever else looks like its name isn't it
    if is_named(domain, firm.name):
        return Tie(2, f"the domain {domain} is called as {firm.name}")
    named = is_about(firm, address.name) and not _is_surname(firm, address.name)
    if named and not resembles(address.domain, firm):
        return Tie(1, f"the name {address.name!r} holds that of {firm.name}")
    return None


def resembles(domain: str, firm: Firm) -> bool:
    """Return whether a domain holds a firm's name without being the firm's: "acme-careers", "acme.evil"."""
    names = labels(firm.name) | {first_word(firm.words) or ""} if firm.name else frozenset[str]()
    return any(len(name) >= _TELLING and name in bare(domain) for name in names)


def _is_surname(firm: Firm, shown: str) -> bool:
    """Return whether a firm's one word is part of a person's name: "Usain Bolt" needn't be with Bolt."""
    words = normalise(person_name(shown) or "").replace("'", "").split()
    return len(firm.words) == 1 and len(words) > 1 and any(way[0] in words for way in ways(firm.name))
