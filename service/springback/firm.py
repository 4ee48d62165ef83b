"""The firm behind a rejection, and whether an earlier mail is one of its people's."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from springback.details import Details
from springback.headers import Address
from springback.message import Message
from springback.normal import normalise
from springback.senders import Senders

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEGAL = _words(
    """ag bv cic co coop corp corporation company eg ev gbr ggmbh gmbh group gruppe groep groupe grupo gruppo
    holding holdings inc incorporated kg kgaa lda limited llc llp lp ltd ltda mbh nv ohg oy ab as plc pty sa
    sarl sas se sgps sl slu spa srl srls the ug und and y e et en"""
)
# Legal forms that nobody says; of "Halden & Co." all is said.
_FORMS = _words(
    """ab ag bv eg ev ggmbh gmbh inc kg kgaa lda limited llc llp ltd ltda mbh nv ohg oy plc sa sarl sas se
    sgps sl slu spa srl srls ug"""
)
# First words of too many firms' names for one of them to be found by.
_GENERAL = _words(
    """alpha american bank beta blue city deutsche digital east erste euro europa european first general
    global grand great green hotel institut institute international klinik london national neue next north
    northern nova nuova open planet prime royal saint smart south stadt sun super swiss tech team union
    united universal university west white world"""
)
_TELLING = 4  # letters of a first word that a firm is found by
_UMLAUT = re.compile("([aou])e")
_IN_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_ADDRESS_IN_TEXT = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{3,253}")
_MAX_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class Firm:
    """What a firm goes by: its name's telling words, its own domains, its tenancies at platforms."""

    name: str | None
    words: tuple[str, ...]
    domains: frozenset[str]
    tenants: frozenset[tuple[str, str]]  # name of the platform, tenant
    addresses: frozenset[str]  # of freemail, where the domain tells nothing

    @property
    def known(self) -> bool:
        """Return whether there is anything to find it by."""
        return bool(self.words or self.domains or self.tenants or self.addresses)


@dataclass(frozen=True, slots=True)
class Tie:
    """Why an address is a firm's; the stronger the surer."""

    strength: int
    reason: str


def firm_of(message: Message, details: Details, senders: Senders) -> Firm:
    """Return the firm that a rejection comes from."""
    words = telling_words(details.company)
    domains: set[str] = set()
    tenants: set[tuple[str, str]] = set()
    addresses: set[str] = set()
    for address in (*([message.sender] if message.sender else ()), *message.reply_to):
        platform, tenant = senders.platform_of(address), senders.tenant_of(address)
        if platform:
            tenants.update({(platform.name, tenant)} if tenant else ())
        elif senders.is_free(address.domain):
            addresses.add(address.address.lower())
        else:
            domains.add(registrable(address.domain))
    for found in _ADDRESS_IN_TEXT.findall(message.text)[:_MAX_ADDRESSES]:
        domain = registrable(found.rpartition("@")[2].lower().strip("."))
        if is_named(domain, words) and not senders.platform_of(Address("", found)):
            domains.add(domain)
    return Firm(details.company, words, frozenset(domains), frozenset(tenants), frozenset(addresses))


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
    if firm.words and _bare(tenant) == _bare(_joined(firm.words)):
        return Tie(2, f"the tenant {tenant!r} of {platform.name} is called as {firm.name}")
    return None


def _tie_by_domain(firm: Firm, address: Address) -> Tie | None:
    domain = registrable(address.domain)
    if domain in firm.domains:
        return Tie(3, f"the same domain {domain}")
    if any(is_named(own, firm.words) for own in firm.domains):
        return None  # its domain is known: whatever else looks like its name isn't it
    if is_named(domain, firm.words):
        return Tie(2, f"the domain {domain} is called as {firm.name}")
    if is_about(firm, address.name):
        return Tie(1, f"the name {address.name!r} holds that of {firm.name}")
    return None


def is_about(firm: Firm, text: str) -> bool:
    """Return whether a text names the firm."""
    enough = len(firm.words) > 1 or len(_joined(firm.words)) >= _TELLING
    return enough and _contains(normalise(text).split(), firm.words)


def telling_words(name: str | None) -> tuple[str, ...]:
    """Return the words of a firm's name that tell it, in normal form: without legal forms."""
    words = normalise(name or "").replace("'", "").split()
    return tuple(word for word in words if word not in _LEGAL) or tuple(words)


def spellings(name: str | None) -> tuple[tuple[str, ...], ...]:
    """Return the telling words of a firm's name in the ways that they may be written: ü as u, ue and ü."""
    written = unicodedata.normalize("NFC", (name or "").lower())
    told = telling_words(name)
    ways = [told, telling_words(written.translate(_IN_ASCII))]
    kept = tuple(word for word in re.findall(r"[^\W_]+", written) if normalise(word) in told)
    return tuple(dict.fromkeys(way for way in (*ways, kept) if way))


def spoken_name(name: str) -> str:
    """Return a firm's name as one says it: "Nordalpe Energie" of "Nordalpe Energie GmbH & Co. KG"."""
    words, cut = name.split(), False
    while len(words) > 1:
        if normalise(words[-1]).replace(" ", "") in _FORMS:
            words, cut = words[:-1], True
        elif cut and words[-2] == "&" and words[-1].startswith("Co"):
            words = words[:-2]
        else:
            break
    return " ".join(words).rstrip(",") or name


def first_word(words: tuple[str, ...]) -> str | None:
    """Return the first word of a firm's name where it is enough to find the firm by."""
    if words and len(words[0]) >= _TELLING and words[0] not in _GENERAL:
        return words[0]
    return None


def registrable(domain: str) -> str:
    """Return the part of a domain that somebody registered: "acme.co.uk" of "mail.acme.co.uk"."""
    return _suffixes().privatesuffix(domain.lower()) or domain.lower()


def is_named(domain: str, words: tuple[str, ...]) -> bool:
    """Return whether a registrable domain is called as the firm, or by its first word alone."""
    if not words:
        return False
    label = _bare(domain.partition(".")[0])
    first = first_word(words) if len(words) > 1 else None
    return label == _bare(_joined(words)) or (first is not None and label == _bare(first))


def _joined(words: Iterable[str]) -> str:
    return "".join(words)


def _bare(label: str) -> str:
    """Return a label in the letters that "Grüneberg", "grueneberg" and "gruneberg" have in common."""
    return _UMLAUT.sub(r"\1", normalise(label.replace("-", "").replace("_", "")).replace(" ", ""))


def _contains(text: list[str], words: tuple[str, ...]) -> bool:
    size = len(words)
    return any(tuple(text[start : start + size]) == words for start in range(len(text) - size + 1))


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - dear, and most mail needs none

    return PublicSuffixList()  # the list that comes with the library; nothing is fetched
