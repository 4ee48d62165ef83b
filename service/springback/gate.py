"""What is never answered, whatever it says (RFC 3834 2, RFC 5230 4.5-4.6, where they fit a draft)."""

from collections.abc import Set as AbstractSet

from springback.headers import Headers

_SYSTEM = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "listserv", "majordomo"})
_ONCE = ("from", "reply-to", "message-id", "subject")


def no_letter(headers: Headers, own_addresses: AbstractSet[str] = frozenset()) -> str | None:
    """Return why a mail can't be a letter to the person, or None: its own or a machine's words."""
    senders = headers.addresses("from")
    if any(sender.address.lower() in own_addresses for sender in senders):
        return "it is the person's own mail"
    if any(sender.local in _SYSTEM or sender.local.endswith("-request") for sender in senders):
        return "it comes from the mail system"
    if headers.raw("content-type").lower().startswith("multipart/report"):
        return "it is a delivery report"
    if headers.raw("auto-submitted").lower().startswith("auto-replied"):
        return "it is an automatic reply"
    return None


def stop_reason(headers: Headers, own_addresses: AbstractSet[str]) -> str | None:  # noqa: PLR0911 - one for each reason
    """Return why a mail is never answered, or None where nothing forbids it."""
    senders = headers.addresses("from")
    if not senders:
        return "it names no sender"
    reason = no_letter(headers, own_addresses)
    if reason:
        return reason
    if headers.count("return-path") and headers.raw("return-path").replace(" ", "") == "<>":
        return "it is a bounce or an automatic notice (empty Return-Path)"
    if headers.count("list-id") or headers.count("list-post"):
        return "it comes from a mailing list"
    doubled = [name for name in _ONCE if headers.count(name) > 1]
    if doubled:
        return f"its header has more than one {doubled[0].title()}"
    if len(senders) > 1 or len(headers.addresses("reply-to")) > 1:
        return "an answer would go to more than one mailbox"
    return None
