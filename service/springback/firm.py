"""The firm behind a rejection: its name in all its spellings, its domains and tenancies."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
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
    sarl sas se sgps sl slu spa srl srls the ug und and y e et en trust council nhs foundation"""
)
# Legal forms that nobody says; of "Halden & Co." all is said.
_FORMS = _words(
    """ab ag bv eg ev ggmbh gmbh inc kg kgaa lda limited llc llp ltd ltda mbh nv ohg oy plc sa sarl sas se
    sgps sl slu spa srl srls ug"""
)
# What joins two names, and is the first word of "E.ON" and "Y Combinator".
_JOINING = _words("and e en et und y")
# First words of too many firms' names for one of them to be found by.
_GENERAL = _words(
    """alpha american autohaus banca banco bank banque best beta blue body care city cloud data deutsche
    digital east energy erste euro europa european first food general global grand great green health
    home hotel house institut institute international kanzlei klinik klinikum landkreis life london media
    ministry mobel national neue next north northern nova nuova open people planet praxis prime royal
    saint smart societe solar south stadt stadtwerke stiftung sun super swiss talent team tech union
    united universal universidad universidade universita universitat universite universiteit university
    verein verlag west white work world"""
)
# What From shows beside a firm's name: "Acme Hiring Team", "Karriere bei Acme", "Acme via Greenhouse".
_DEPARTMENT = re.compile(
    r"^(?:(?:the|das|your|dein|ihr)\s+)?(?:(?:careers?|jobs?|karriere|bewerbungen?|recrutement|empleo|lavora|vagas|"
    r"recruitment|recruiting|hr|talent|people)\s+(?:at|bei|chez|en|presso|na|team)\s+)?|"
    r"\s+(?:via|through|über|por)\s.*$|"
    r"(?:[\s|,:–-]+(?:hiring|recruit(?:ing|ment|er)?s?|talent|acquisition|people|careers?|jobs?|hr|human|resources|"
    r"team|applications?|notifications?|karriere|bewerb\w*|personal\w*|recrutement|rh|rrhh|empleo|selección|talento|"
    r"recrutamento|seleção|vagas|selezione|vacatures?|werving|no-?reply))+$",
    re.IGNORECASE,
)
_TELLING = 4  # letters of a first word that a firm is found by
_MAX_LOOKED = 500  # characters of a subject or a name that a firm is looked for in
_GENITIVE = re.compile(r"'s\b")
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


def firm_of(
    message: Message, details: Details, senders: Senders, own: AbstractSet[str] = frozenset()
) -> Firm:
    """Return the firm that a rejection comes from; `own` are the person's addresses, which tell none.

    Where the letter doesn't name it, or breaks off, it is who From shows, unless that is a person.
    """
    name = _shown(message, details, senders)
    words = telling_words(name)
    domains: set[str] = set()
    tenants: set[tuple[str, str]] = set()
    addresses: set[str] = set()
    for address in (*([message.sender] if message.sender else ()), *message.reply_to):
        if address.address.lower() in own:
            continue
        platform, tenant = senders.platform_of(address), senders.tenant_of(address)
        if platform:
            tenants.update({(platform.name, tenant)} if tenant else ())
        elif senders.is_free(address.domain):
            addresses.add(address.address.lower())
        else:
            domains.add(registrable(address.domain))
    for match in islice(_ADDRESS_IN_TEXT.finditer(message.text), _MAX_ADDRESSES):
        domain = registrable(match[0].rpartition("@")[2].lower().strip("."))
        if is_named(domain, name) and not senders.platform_of(Address("", match[0])):
            domains.add(domain)
    return Firm(name, words, frozenset(domains), frozenset(tenants), frozenset(addresses))


def _shown(message: Message, details: Details, senders: Senders) -> str | None:
    """Return the firm's name: the letter's, or the one in From that says more."""
    sender = message.sender
    if sender is None or not (senders.nobody_reads(sender) or senders.is_shared(sender)):
        return details.company
    name = _DEPARTMENT.sub("", sender.name[:_MAX_LOOKED]).strip(" -–|,:")
    words, told = telling_words(name), telling_words(details.company)
    if not words or name == details.name or senders.platform_of(Address("", f"x@{''.join(words)}.com")):
        return details.company
    return name if words[: len(told)] == told else details.company


def is_about(firm: Firm, text: str) -> bool:
    """Return whether a subject, or the name that somebody goes by, holds the firm's."""
    if len(firm.words) == 1 and len(firm.words[0]) < _TELLING:
        return False
    words = normalise(text[:_MAX_LOOKED])
    # "McDonald's" bears the mark that "Acme's" only has here.
    shown = (words, _GENITIVE.sub("", words))
    return any(_contains(one.replace("'", "").split(), ways(firm.name)) for one in shown)


def telling_words(name: str | None) -> tuple[str, ...]:
    """Return the words of a firm's name that tell it, in normal form: without legal forms."""
    words = normalise(name or "").replace("'", "").split()
    first = words[:1] if words[:1] and words[0] in _JOINING else []
    return (*first, *(word for word in words[len(first) :] if word not in _LEGAL)) or tuple(words)


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


def is_named(domain: str, name: str | None) -> bool:
    """Return whether a registrable domain is called as a firm, or by the first telling word alone.

    Letter by letter: of "müller", "mueller" and "muller" each may be Müller's, and "boing" isn't Boeing's.
    """
    if not name:
        return False
    label = domain.partition(".")[0]
    if label.startswith("xn--"):
        try:
            label = label.encode().decode("idna")
        except UnicodeError:
            return False
    return bare(label) in labels(name) | _firsts(name)


def _joined(words: Iterable[str]) -> str:
    return "".join(words)


def bare(label: str) -> str:
    """Return a part of a domain without hyphens."""
    return label.lower().replace("-", "").replace("_", "")


@lru_cache(maxsize=256)
def labels(name: str) -> frozenset[str]:
    """Return what a domain or a tenant is called that bears a firm's whole name."""
    spoken = normalise(spoken_name(name)).replace("'", "").split()
    return frozenset(filter(None, map(_joined, (*spellings(name), spoken))))


@lru_cache(maxsize=256)
def _firsts(name: str) -> frozenset[str]:
    told = telling_words(name)
    return frozenset(words[0] for words in spellings(name) if len(told) > 1 and first_word(told))


@lru_cache(maxsize=256)
def ways(name: str | None) -> frozenset[tuple[str, ...]]:
    """Return the telling words of a firm's name in normal form, each way to spell them."""
    return frozenset(telling_words(" ".join(words)) for words in spellings(name))


def _contains(text: Sequence[str], wanted: Iterable[tuple[str, ...]]) -> bool:
    return any(
        tuple(text[start : start + len(words)]) == words
        for words in wanted
        for start in range(len(text) - len(words) + 1)
    )


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - dear, and most mail needs none

    return PublicSuffixList()  # the list that comes with the library; nothing is fetched
