"""What it costs to look through earlier mail for a rejection, in a mailbox that holds very much of it."""

import re
import statistics
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

from bench import child, work
from bench.report import Bound, Cell, Report, Table
from support.dovecot import Dovecot

MAX_SEARCHES, MAX_HEADERS, MAX_LETTERS = 6, 200, 24  # for one rejection
MAX_WALL, MAX_CPU = 12.0, 30.0
MAX_MB = 150.0
SINGLE = 10  # rejections that come one a pass; the other ten come in one
OF_FIRM = 20  # mails of each firm that rejects
_SECONDS = 300  # that one pass may take
_DAYS = 730  # that the mail is spread over
_RECENT = 170  # days that those of the firms are spread over
_SEED = 20_261_123
_HEADERS = 200  # that the yardstick fetches
_FIRMS = tuple(
    f"{first} {second}"
    for second in ("Robotics", "Logistik")
    for first in (
        "Halvorsen", "Quennell", "Millpond", "Zephyr", "Brockhaus", "Castell", "Dunmore", "Eisvogel",
        "Fairbairn", "Gundlach",
    )
)  # fmt: skip
_ROLES = ("Data Analyst", "Backend Engineer", "Product Designer", "Office Manager")
_PEOPLE = ("Ada Brook", "Ben Okafor", "Carla Nunes", "Dilan Aydin", "Erik Sand", "Fiona Walsh", "Gita Rao")
_SHOPS = ("Northgate Outdoor", "Riverside Books", "Fairview Tickets", "Oakfield Garden", "Marlow Music")
_BOARDS = ("Jobfinder", "Careerdesk", "Workscout")
_THINGS = ("garden", "concert", "parcel", "invoice", "bicycle", "printer", "library", "journey", "dinner")
_HEAD = """\
Return-Path: <{address}>
Received: from mx.{domain} (mx.{domain} [192.0.2.7]) by mail.example.test (Postfix) with ESMTPS
 id {token} for <{own}>; {date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail;
 h=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type; bh={token}=; b={token}{token}=
From: {name} <{address}>
To: {to}
Subject: {subject}
Date: {date}
Message-ID: <{token}@{domain}>
{more}MIME-Version: 1.0
Content-Type: {kind}

"""
_BULK = "List-Id: <news.{domain}>\nList-Unsubscribe: <https://{domain}/u/{token}>\nPrecedence: bulk\n"
_FILLER = (
    "The {thing} arrives on Thursday, and the next one a week later. Most of it is as we said, and the "
    "rest can wait until the {thing} is back. Tell me what you think.\n"
) * 4
_INVITATION = """\
--=_1
Content-Type: text/plain; charset=utf-8

Hi Robin,

here is the invitation for our conversation about the {role} position.

{name}

--=_1
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:{token}
DTSTAMP:20260101T080000Z
DTSTART:{day}T100000Z
DTEND:{day}T110000Z
SUMMARY:Conversation
ORGANIZER;CN={name}:mailto:{address}
ATTENDEE;CN=Robin Ellery:mailto:{own}
END:VEVENT
END:VCALENDAR

--=_1--
"""
_REJECTION = """\
Hi Robin,

Thank you for your interest in {firm} and for the time you have put into
your application for the {role} role.

After careful consideration, we have decided to move forward with other
candidates whose experience more closely matches what we are looking for.

The {firm} Team
"""
_SEARCH, _EXAMINE, _FETCH = (re.compile(word) for word in (rb"UID SEARCH ", rb"EXAMINE ", rb"UID FETCH "))
_HISTORY = re.compile(rb"UID SEARCH .*SINCE ")
_HEADER = re.compile(rb"UID FETCH (\S+) \(?BODY\.PEEK\[HEADER\.FIELDS \(FROM ")
_ID = re.compile(rb"UID FETCH (\S+) \(?BODY\.PEEK\[HEADER\.FIELDS \(MESSAGE-ID ")
_LETTER = re.compile(rb"UID FETCH (\S+) \(?BODY\.PEEK\[\]")
Dated = tuple[datetime, bytes]


def history(report: Report, count: int) -> None:
    """Measure passes that answer rejections whose address nobody reads, beside a plain search and fetch."""
    with Dovecot() as server, tempfile.TemporaryDirectory() as folder:
        server.add_user(work.USER)
        writer = _Writer()
        for name, size in (("INBOX", count * 8 // 10), ("Sent", count // 10), ("Archive", count // 10)):
            dated = sorted(writer.folder(name, size), key=lambda one: one[0])
            server.fill(work.USER, (raw for _, raw in dated), name, [when for when, _ in dated])
        passes = _Passes(server, writer, str(Path(folder, "state")))
        first_start = passes.run()
        singles, yardsticks = [], []
        for number in range(SINGLE):
            singles.append(passes.run(number))
            yardsticks.append(_yardstick(server))
        idle = passes.run()
        together = passes.run(*range(SINGLE, len(_FIRMS)))
        lost = _lost(server, writer)
    many = len(_FIRMS) - SINGLE
    each = {name: (together[name] - idle[name]) / many for name in together if name != "peak MB"}
    plain = _median(yardsticks)
    rows: list[dict[str, Cell]] = [
        {"what": "first start, nothing to answer", **first_start},
        {"what": "first rejection, the server's cache cold", **singles[0]},
        {"what": "second rejection", **singles[1]},
        {"what": f"median of the next {SINGLE - 2}", **_median(singles[2:])},
        {"what": "a pass with nothing new", **idle},
        {"what": f"a pass with {many} rejections", **together},
        {"what": "each of them, without the pass itself", **each},
        {"what": f"plain SEARCH SINCE and {_HEADERS} headers", **plain},
    ]
    report.tables.append(Table(f"Earlier mail of {count:,}, {OF_FIRM} of each firm that rejects", rows))
    report.bounds += [
        Bound(
            "wall time of a rejection / of a plain search and fetch",
            each["wall s"] / plain["wall s"],
            MAX_WALL,
        ),
        Bound(
            "CPU time of a rejection / of a plain search and fetch", each["CPU s"] / plain["CPU s"], MAX_CPU
        ),
        Bound("searches in history, a rejection", max(one["of it history"] for one in singles), MAX_SEARCHES),
        Bound("headers, a rejection", max(one["headers"] for one in singles), MAX_HEADERS),
        Bound("letters, a rejection", max(one["letters"] for one in singles), MAX_LETTERS),
        Bound("rejections whose recruiter isn't found", lost, 0),
        Bound(f"peak MB, {count:,} mails", max(one["peak MB"] for one in (*singles, together)), MAX_MB),
    ]


class _Passes:
    """Passes over the account, and what the server was told in each."""

    def __init__(self, server: Dovecot, writer: "_Writer", state: str) -> None:
        self._server = server
        self._writer = writer
        self._state = state

    def run(self, *rejections: int) -> dict[str, float]:
        """Return what a pass costs that finds the rejections of these firms."""
        self._server.fill(work.USER, map(self._writer.rejection, rejections))
        self._server.clear_commands(work.USER)
        reading = child.run(
            work.one_pass,
            _SECONDS,
            host=self._server.host,
            port=self._server.imaps_port,
            ca_file=str(self._server.ca_file),
            state=self._state,
            since=None,
        )
        if reading["drafted"] != len(rejections):
            raise RuntimeError(f"{reading['drafted']} drafts were made instead of {len(rejections)}")
        told = self._server.commands(work.USER)
        return {
            "wall s": reading["wall"],
            "CPU s": reading["cpu"],
            "peak MB": reading["peak_mb"],
            "commands": len(told),
            "SEARCH": len(_uids(told, _SEARCH)),
            "of it history": len(_uids(told, _HISTORY)),
            "EXAMINE": len(_uids(told, _EXAMINE)),
            "FETCH": len(_uids(told, _FETCH)),
            "headers": sum(_uids(told, _HEADER)),
            "letters": sum(_uids(told, _LETTER)) - reading["mails"],
            "ids": sum(_uids(told, _ID)),
            "drafts": reading["drafted"],
        }


def _uids(told: Iterable[bytes], pattern: re.Pattern[bytes]) -> list[int]:
    """Return of each command that matches how many mails it names."""
    counts = []
    for command in told:
        match = pattern.match(command)
        if match:
            spans = (
                part.partition(b":")[::2] for part in (match[1] if match.lastindex else b"1").split(b",")
            )
            counts.append(sum(int(last or first) - int(first) + 1 for first, last in spans))
    return counts


def _yardstick(server: Dovecot) -> dict[str, float]:
    """Return what a script pays that searches by date alone, and reads the newest headers."""
    watch = child.Stopwatch()
    with work.login(server.host, server.imaps_port, str(server.ca_file)) as client:
        client._imap.debug = 0
        client.select_folder("INBOX", readonly=True)
        uids = client.search(["SINCE", (datetime.now(UTC) - timedelta(days=180)).date()])
        client.fetch(uids[-_HEADERS:], ["BODY.PEEK[HEADER]"])
    reading = watch.read()
    return {"wall s": reading["wall"], "CPU s": reading["cpu"]}


def _lost(server: Dovecot, writer: "_Writer") -> int:
    """Return for how many firms no draft goes to their recruiter."""
    drafts = server.messages(work.USER, "Drafts")
    recruiters = [writer.recruiter(number)[1].encode() for number in range(len(_FIRMS))]
    return sum(not any(b"<%b>" % one in draft for draft in drafts) for one in recruiters)


def _median(readings: list[dict[str, float]]) -> dict[str, float]:
    medians = {name: statistics.median(one[name] for one in readings) for name in readings[0]}
    return {name: int(value) if value == int(value) else value for name, value in medians.items()}


class _Writer:
    """Writes the mail of two years, always the same but for its days."""

    def __init__(self) -> None:
        self._random = Random(_SEED)  # noqa: S311 - the same mails each time are the point
        self._now = datetime.now(UTC).replace(microsecond=0)

    def folder(self, name: str, size: int) -> Iterator[Dated]:
        """Yield the mails of a folder: those of the firms, newsletters, and letters of all kinds."""
        share = {"INBOX": 12, "Sent": 5, "Archive": 3}[name]
        bulk = size // 16 if name == "INBOX" else 0
        for number in range(len(_FIRMS)):
            for count in range(share):
                yield self._of_firm(number, count, sent=name == "Sent")
        for _ in range(bulk):
            yield self._newsletter()
        for _ in range(size - bulk - share * len(_FIRMS)):
            yield self._letter(sent=name == "Sent")

    def recruiter(self, number: int) -> tuple[str, str]:
        """Return name and address of who recruits for a firm."""
        name = _PEOPLE[number % len(_PEOPLE)]
        return name, f"{name.replace(' ', '.').lower()}@{_domain(_FIRMS[number])}"

    def rejection(self, number: int) -> bytes:
        """Return what the platform of a firm sends, now."""
        firm, role = _FIRMS[number], _role(number)
        return self._mail(
            (firm, "no-reply@us.greenhouse-mail.io"),
            f"Your application to {firm}",
            _REJECTION.format(firm=firm, role=role),
            self._now,
        )

    def _of_firm(self, number: int, count: int, *, sent: bool) -> Dated:
        """Return a mail between the person and a recruiter; the first of a folder is an invitation."""
        name, address = self.recruiter(number)
        when = self._when(_RECENT)
        subject = f"{_role(number)} at {_FIRMS[number]}: our conversation"
        if sent:
            return when, self._mail(None, f"Re: {subject}", _filler(self._random), when, to=(name, address))
        if count:
            return when, self._mail((name, address), subject, _filler(self._random), when)
        body = _INVITATION.format(
            role=_role(number), name=name, address=address, own=work.USER, token=self._token(),
            day=f"{when + timedelta(days=3):%Y%m%d}",
        )  # fmt: skip
        kind = 'multipart/alternative; boundary="=_1"'
        return when, self._mail((name, address), subject, body, when, kind=kind)

    def _newsletter(self) -> Dated:
        """Return a newsletter of a shop, or of a job board that names a role that was applied for."""
        when, choice = self._when(_DAYS), self._random.choice
        if self._random.random() < 0.5:
            board = choice(_BOARDS)
            writer, subject = (board, f"jobs@{_domain(board)}"), f"{choice(_ROLES)}: 12 new jobs for you"
        else:
            shop = choice(_SHOPS)
            writer, subject = (shop, f"news@{_domain(shop)}"), f"This week: every {choice(_THINGS)} for less"
        more = _BULK.format(domain=writer[1].partition("@")[2], token=self._token())
        return when, self._mail(writer, subject, _filler(self._random) * 2, when, more=more)

    def _letter(self, *, sent: bool) -> Dated:
        when, name = self._when(_DAYS), self._random.choice(_PEOPLE)
        other = (
            name,
            f"{name.split()[0].lower()}@{self._random.choice(_THINGS)}-{self._random.randrange(400)}.example",
        )
        subject = f"The {self._random.choice(_THINGS)} of {self._random.choice(_PEOPLE)}"
        body = _filler(self._random)
        if sent:
            return when, self._mail(None, subject, body, when, to=other)
        return when, self._mail(other, subject, body, when)

    def _mail(
        self,
        writer: tuple[str, str] | None,
        subject: str,
        body: str,
        when: datetime,
        *,
        to: tuple[str, str] | None = None,
        more: str = "",
        kind: str = "text/plain; charset=utf-8",
    ) -> bytes:
        own = ("Robin Ellery", work.USER)
        name, address = writer or own
        head = _HEAD.format(
            name=name, address=address, domain=address.partition("@")[2], own=work.USER, subject=subject,
            to="{} <{}>".format(*(to or own)), date=format_datetime(when), token=self._token(), more=more,
            kind=kind,
        )  # fmt: skip
        return f"{head}{body}".replace("\n", "\r\n").encode()

    def _when(self, days: int) -> datetime:
        return self._now - timedelta(seconds=self._random.randrange(86_400, days * 86_400))

    def _token(self) -> str:
        return f"{self._random.getrandbits(128):032x}"


def _filler(random: Random) -> str:
    return (
        f"Hi Robin,\n\n{_FILLER.format(thing=random.choice(_THINGS))}\nSee you,\n{random.choice(_PEOPLE)}\n"
    )


def _role(number: int) -> str:
    return _ROLES[number % len(_ROLES)]


def _domain(name: str) -> str:
    return f"{name.replace(' ', '-').lower()}.example"
