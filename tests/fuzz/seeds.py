"""What fuzzing starts from: mails, rules, templates and answers as they should be, and known hostile ones."""

from collections.abc import Iterator

from bench.hostile import hostile_mails
from springback.demo.samples import sample_messages
from springback.library import rule_files, sender_files, template_files
from support.fakes import event
from support.mails import ordinary, receipt, rejection

MAX_BYTES = 8_192  # of an input: small ones are many; what large ones cost, the benchmark tells


def seeds(target: str) -> Iterator[bytes]:
    """Yield the seeds of a target, each within the bound."""
    for data in _SEEDS[target]():
        yield data[:MAX_BYTES]


def _mails() -> Iterator[bytes]:
    for make in (rejection, receipt, ordinary):
        yield make(1)
    yield from sample_messages()
    invited = rejection(2, extra="X-A: 1\n").replace(b"text/plain", b"text/calendar")
    yield invited.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + event().encode()
    yield from (raw for _, raw in hostile_mails())


def _rules() -> Iterator[bytes]:
    yield from (file.text.encode() for file in [*rule_files(), *sender_files()])


def _templates() -> Iterator[bytes]:
    yield from (text.encode() for text in template_files().values())


def _answers() -> Iterator[bytes]:
    yield b"Message-ID: <1@acme.example>\r\nIn-Reply-To: <2@acme.example>\r\nSubject: Fwd: Your job\r\n\r\n"
    yield event().encode()
    yield event(declined=["robin@ellery.example"], method="REPLY").replace("\n", "\r\n").encode()
    zone = "BEGIN:VTIMEZONE\nTZID:Home\nBEGIN:STANDARD\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n"
    zoned = event().replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT").replace("DTSTART:", "DTSTART;TZID=Home:")
    yield zoned.encode()


_SEEDS = {"parser": _mails, "story": _mails, "rules": _rules, "templates": _templates, "answers": _answers}
