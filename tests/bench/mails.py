"""Ordinary mail in any number: newsletters, notices, discussions, attachments, few rejections.

The same number always gives the same mails, so that two runs measure the same work.
"""

import base64
import binascii
import hashlib
import os
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

SIZE = 20_000  # bytes of a mail, about
SMALL = 2_000
REJECTED_ONE_IN = 500
_SEED = 20_261_116
_POOL = 1_500  # paragraphs written once and combined ever anew

_NAMES = (
    "Ada Brook", "Ben Okafor", "Carla Nunes", "Dilan Aydin", "Erik Sand", "Fiona Walsh", "Gita Rao",
    "Hugo Leroy", "Ines Costa", "Jonas Weber", "Kim Tran", "Lena Novak", "Marco Bassi", "Nora Lind",
)  # fmt: skip
_PLACES = (
    "Northgate", "Riverside", "Hillcrest", "Fairview", "Lakeside", "Oakfield", "Stonebridge",
    "Westbrook", "Ashford", "Kingsmead", "Marlow", "Pinewood",
)  # fmt: skip
_THINGS = (
    "parser", "scheduler", "garden", "kitchen", "release", "workshop", "library", "bicycle",
    "report", "newsletter", "database", "printer", "survey", "budget", "train", "concert",
)  # fmt: skip
_TRAITS = (
    "slow", "new", "quiet", "useful", "broken", "simple", "early", "late", "popular", "small",
    "careful", "cheap",
)  # fmt: skip
# The words that rules look for, in the meanings that ordinary mail gives them.
_SENTENCES = (
    "The {trait} {thing} at {place} opens again on {day}.",
    "Please put the cursor in the right position before you paste the {thing}.",
    "From this position on the hill you can see the whole of {place}.",
    "The application crashes when the {thing} is {trait}.",
    "Restart the application and attach the log to the {thing} ticket.",
    "The role of the {thing} in this design is to keep the {trait} parts together.",
    "Give the account the reader role and try the {thing} again.",
    "Release candidate {number} of the {thing} is out for testing.",
    "A good candidate for the next {thing} is the one from {place}.",
    "I look forward to the {thing} on {day}.",
    "Could you forward this to whoever looks after the {thing}?",
    "Unfortunately the {thing} was {trait} again, so we took the bus to {place}.",
    "Unfortunately I can't make it on {day}, but {name} can.",
    "We decided to paint the {thing} green, which {name} likes.",
    "After some thought we decided to keep the {trait} {thing} for another year.",
    "{name} selected {number} photos of the {thing} for the page.",
    "No seats were selected, so the {thing} chose {number} of them for you.",
    "Thank you for your interest in the {thing}; {number} people have signed up.",
    "Thank you for your order of {number} items from {place}.",
    "Many other members asked about the {trait} {thing} on {day}.",
    "The interview with {name} about the {thing} is on page {number}.",
    "The job failed after {number} seconds because the {thing} was {trait}.",
    "We regret the inconvenience that the {trait} {thing} caused in {place}.",
    "Best of luck with the {thing}, and greetings to {name}.",
    "The position of the valve is {number} cm above the {thing}.",
    "Your team moves on to the next round on {day} in {place}.",
    "It's a match: {place} plays {place2} on {day} at {number} o'clock.",
    "Do you know whether the {thing} needs a {trait} cable?",
    "I measured it {number} times, and the {thing} is never as {trait} as the one in {place}.",
    "{name} wrote that the {thing} would be closed until {day}.",
    "If you are not able to come, tell {name} before {day}.",
    "The council will not be moving the {thing} to {place} this year.",
    "This week you can save {number} % on every {trait} {thing} in our {place} shop.",
    "The opening hours in {place} have changed: {day} is now the {trait} day.",
    "The patch touches {number} files; most of it is the {trait} {thing}.",
    "In my experience the {thing} is {trait} where the load is uneven.",
    "The {thing} arrives at {number} past nine, and the next one on {day}.",
    "Bread, milk, {number} eggs and the key of the {thing}, please.",
    "{name} is in {place} until {day} and has the {trait} {thing} with her.",
    "See the picture of the {thing} below; it was taken near {place}.",
    "The meeting starts at {number} past ten; {name} brings the cake.",
    "It rained for {number} hours, and the {thing} in {place} is under water.",
    "Most of the {thing} is written in a {trait} language that nobody here speaks.",
    "The invoice of {day} is attached; it covers {number} hours in {place}.",
    "Our {thing} turns {number} this year, and the party is in {place}.",
    "The walk from {place} to {place2} takes {number} minutes with the {trait} dog.",
    "Here is the list that {name} asked for on {day}.",
    "Version {number} of the {thing} is faster on {trait} machines.",
    "My {thing} stopped at {place}; can you pick me up?",
    "The recipe wants {number} g of butter and a {trait} oven.",
    "Nothing in {place} is as {trait} as the {thing} next door.",
    "Click below to see what {name} and {number} others say about the {thing}.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_REJECTIONS = (
    """\
Dear Robin,

Thank you for applying for the {role} position at {company}. After careful
consideration, we have decided to move forward with other candidates whose
experience more closely matches our needs.

We wish you all the best.

Kind regards,
{name}
""",
    """\
Hi Robin,

I enjoyed our interview on {day}. Unfortunately, we will not be moving forward
with your application for the {role} role at this time. The decision was not an
easy one.

Thank you for the time you took.

{name}
{company}
""",
    """\
Dear Robin,

thank you for your interest in the {role} position. We regret to inform you
that you have not been selected for this position.

Best wishes,
{name}
{company}
""",
    """\
Hello Robin,

the {role} position at {company} has been filled, so your application will
no longer be considered.

Thank you for your interest.

{name}
""",
)
_ROLES = ("Data Analyst", "Backend Engineer", "Product Designer", "Office Manager")
_STYLE = (
    '<style type="text/css">\n'
    "body,table,td,a{-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}\n"
    "table,td{mso-table-lspace:0pt;mso-table-rspace:0pt}\n"
    "img{-ms-interpolation-mode:bicubic;border:0;height:auto;outline:none;text-decoration:none}\n"
    "@media only screen and (max-width:600px){.c{width:100%!important}.h{display:none!important}"
    ".p{padding:10px 5%!important}.f{font-size:16px!important;line-height:1.4!important}}\n"
    + "".join(
        f".s{n}{{font-family:Helvetica,Arial,sans-serif;font-size:{n}px;line-height:1.5;color:#3{n}3}}\n"
        for n in range(10, 40)
    )
    + "</style>\n"
)
_HTML_HEAD = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head>'
    '<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
    "<title>{subject}</title>\n{style}</head>\n"
    '<body style="margin:0;padding:0;background-color:#f4f4f7">\n'
    '<div style="display:none;max-height:0;overflow:hidden">{preview}</div>\n'
    '<!--[if mso]><table width="600"><tr><td><![endif]-->\n'
    '<table border="0" cellpadding="0" cellspacing="0" width="100%"><tr><td align="center">\n'
    '<table class="c" border="0" cellpadding="0" cellspacing="0" width="600">\n'
)
_HTML_ROW = (
    '<tr><td class="p" align="left" style="padding:20px 30px;background-color:#ffffff;'
    'font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#333333">\n'
    '<img src="https://img.news.example/{token}.png" width="540" alt="" style="display:block" />\n'
    '<h2 style="margin:0 0 10px;font-size:20px">{title}</h2>\n'
    '<p style="margin:0 0 16px">{text}</p>\n'
    '<table border="0" cellpadding="0" cellspacing="0"><tr><td bgcolor="#1a73e8" '
    'style="border-radius:4px"><a href="https://click.news.example/ls/click?upn={token}{token}" '
    'target="_blank" style="display:inline-block;padding:10px 18px;color:#ffffff;'
    'text-decoration:none"><b>Read&nbsp;more</b></a></td></tr></table>\n</td></tr>\n'
)
_HTML_TAIL = (
    '<tr><td style="padding:20px;font-size:12px;color:#999999">You get this mail because you '
    'signed up at {place}. <a href="https://click.news.example/unsub?u={token}">Unsubscribe</a></td></tr>\n'
    "</table></td></tr></table>\n<!--[if mso]></td></tr></table><![endif]-->\n"
    '<img src="https://click.news.example/open?u={token}" width="1" height="1" alt="" />\n'
    "</body></html>\n"
)
_HEAD = (
    "Return-Path: <bounce-{number}@{domain}>\n"
    "Delivered-To: {to}\n"
    "Received: from mx{digit}.{domain} (mx{digit}.{domain} [192.0.2.{digit}])\n"
    "\tby mail.example.test (Postfix) with ESMTPS id {token}\n"
    "\tfor <{to}>; Mon, 16 Nov 2026 09:{minute:02}:07 +0100 (CET)\n"
    "Received: by mx{digit}.{domain} with SMTP id {token};\n"
    "\tMon, 16 Nov 2026 09:{minute:02}:01 +0100\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail;\n"
    "\th=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type;\n"
    "\tbh={token}=;\n\tb={token}{token}\n\t {token}{token}=\n"
    "From: {name} <{sender}@{domain}>\n"
    "To: Robin Ellery <{to}>\n"
    "Subject: {subject}\n"
    "Date: Mon, 16 Nov 2026 09:{minute:02}:00 +0100\n"
    "Message-ID: <{number}.{token}@{domain}>\n"
    "MIME-Version: 1.0\n"
)
_LIST = (
    "List-Id: The {thing} list <{thing}.lists.{domain}>\n"
    "List-Unsubscribe: <https://lists.{domain}/unsubscribe/{token}>\n"
    "Precedence: list\n"
)
_TO = "robin@example.test"


def mails(count: int, size: int = SIZE) -> Iterator[bytes]:
    """Yield that many mails, from a cache under the temporary folder once they were written."""
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir(), f"springback-bench-{os.getuid()}")
    cache = folder / f"{code}-{size}-{count}"
    if not cache.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        draft = cache.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            for mail in write_mails(count, size):
                file.write(len(mail).to_bytes(4, "big") + mail)
        draft.rename(cache)
    with cache.open("rb") as file:
        while length := file.read(4):
            yield file.read(int.from_bytes(length, "big"))


def write_mails(count: int, size: int = SIZE) -> Iterator[bytes]:
    """Yield that many mails of about a size, written anew."""
    writer = _Writer(Random(_SEED), size)  # noqa: S311 - the same mails each time are the point
    for number in range(count):
        yield writer.mail(number)


def rejection(number: int) -> bytes:
    """Return a rejection; each number is another application."""
    return _Writer(Random(_SEED + number), SMALL, pool=20).rejection(number)  # noqa: S311 - as above


class _Writer:
    """Writes one mail after the other."""

    def __init__(self, random: Random, size: int, pool: int = _POOL) -> None:
        self._random = random
        self._size = size
        self._paragraphs = [self._paragraph() for _ in range(pool)]
        self._wrapped = [textwrap.fill(text, 72) for text in self._paragraphs]
        self._quoted = [textwrap.indent(text, "> ") for text in self._wrapped]
        self._file = base64.encodebytes(random.randbytes(size)).decode()
        # Kind of mail and its share in a hundred, after what private inboxes hold.
        kinds: tuple[tuple[Callable[[int], str], int], ...] = (
            (self._newsletter, 38),
            (self._html_only, 22),
            (self._discussion, 25),
            (self._with_attachment, 15),
        )
        self._kinds = [kind for kind, share in kinds for _ in range(share)]

    def mail(self, number: int) -> bytes:
        """Return the mail of a number."""
        if number % REJECTED_ONE_IN == REJECTED_ONE_IN // 2:
            return self.rejection(number)
        return self._random.choice(self._kinds)(number).replace("\n", "\r\n").encode()

    def rejection(self, number: int) -> bytes:
        """Return a rejection of plain text."""
        text = self._random.choice(_REJECTIONS).format(
            role=self._random.choice(_ROLES),
            company=f"Company {number}",
            name=self._random.choice(_NAMES),
            day=self._random.choice(_DAYS),
        )
        head = self._head(number, "Your application", domain=f"company-{number}.example")
        mail = f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}"
        return mail.replace("\n", "\r\n").encode()

    def _newsletter(self, number: int) -> str:
        """Return a mail in two versions, the plain one whole or nearly empty."""
        subject = self._subject()
        html, titles = self._html(subject, self._size * 7 // 10)
        plain = "\n\n".join(titles) + "\n\n" + self._fill(self._wrapped, self._size * 2 // 10)
        if number % 8 == 0:
            plain = "This mail is best read as HTML.\n"
        return (
            self._head(number, subject) + f'Content-Type: multipart/alternative; boundary="=_{number}"\n'
            f"\n--=_{number}\nContent-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: 7bit\n\n{plain}\n--=_{number}\n{_html_part(html)}\n"
            f"--=_{number}--\n"
        )

    def _html_only(self, number: int) -> str:
        subject = self._subject()
        html, _ = self._html(subject, self._size * 9 // 10)
        return self._head(number, subject) + _html_part(html)

    def _discussion(self, number: int) -> str:
        """Return an answer with quotes, every second one by way of a list."""
        head = self._head(number, f"Re: {self._subject()}")
        if number % 2:
            thing, token = self._random.choice(_THINGS), self._token()
            head += _LIST.format(thing=thing, domain="lists.example", token=token)
        pieces = ["Hi Robin,", f"On Sun, 15 Nov 2026 at 10:14, {self._name()} wrote:"]
        length = len(head)
        while length < self._size:
            pieces += self._random.choices(self._quoted, k=2)
            pieces += self._random.choices(self._wrapped, k=2)
            length += sum(map(len, pieces[-4:]))
        text = "\n\n".join([*pieces, f"-- \n{self._name()}\n"])
        return f"{head}Content-Type: text/plain; charset=utf-8; format=flowed\n\n{text}"

    def _with_attachment(self, number: int) -> str:
        lines = max(1, self._size * 8 // 10 // 77)
        start = self._random.randrange(max(1, len(self._file) // 77 - lines)) * 77
        text = self._fill(self._wrapped, self._size // 10)
        return (
            f"{self._head(number, self._subject())}"
            f'Content-Type: multipart/mixed; boundary="=_{number}"\n\n--=_{number}\n'
            f"Content-Type: text/plain; charset=utf-8\n\nHi Robin,\n\n{text}\n--=_{number}\n"
            f'Content-Type: application/pdf; name="report-{number}.pdf"\n'
            f'Content-Disposition: attachment; filename="report-{number}.pdf"\n'
            f"Content-Transfer-Encoding: base64\n\n{self._file[start : start + lines * 77]}\n"
            f"--=_{number}--\n"
        )

    def _html(self, subject: str, size: int) -> tuple[str, list[str]]:
        """Return an HTML letter of about a size, and the titles in it."""
        style = _STYLE if size > len(_STYLE) * 2 else ""
        preview, place = self._random.choice(self._paragraphs)[:90], self._random.choice(_PLACES)
        pieces = [_HTML_HEAD.format(subject=subject, style=style, preview=preview)]
        tail = _HTML_TAIL.format(place=place, token=self._token())
        titles: list[str] = []
        length = len(pieces[0]) + len(tail)
        while not titles or length < size:
            title, text = self._subject(), self._random.choice(self._paragraphs)
            pieces.append(_HTML_ROW.format(title=title, text=text, token=self._token()))
            titles.append(title)
            length += len(pieces[-1])
        return "".join([*pieces, tail]), titles

    def _head(self, number: int, subject: str, domain: str = "") -> str:
        name = self._name()
        return _HEAD.format(
            number=number,
            domain=domain or f"{self._random.choice(_PLACES).lower()}.example",
            digit=number % 9 + 1,
            minute=number % 60,
            token=self._token(),
            name=name,
            sender=name.lower().replace(" ", "."),
            subject=subject,
            to=_TO,
        )

    def _fill(self, paragraphs: list[str], size: int) -> str:
        pieces: list[str] = []
        length = 0
        while length < size:
            pieces.append(self._random.choice(paragraphs))
            length += len(pieces[-1])
        return "\n\n".join(pieces)

    def _paragraph(self) -> str:
        return " ".join(self._sentence() for _ in range(self._random.randint(2, 6)))

    def _sentence(self) -> str:
        choice = self._random.choice
        return choice(_SENTENCES).format(
            thing=choice(_THINGS), place=choice(_PLACES), place2=choice(_PLACES), day=choice(_DAYS),
            name=choice(_NAMES), trait=choice(_TRAITS), number=self._random.randint(2, 90),
        )  # fmt: skip

    def _subject(self) -> str:
        choice = self._random.choice
        return f"The {choice(_TRAITS)} {choice(_THINGS)} in {choice(_PLACES)}"

    def _name(self) -> str:
        return self._random.choice(_NAMES)

    def _token(self) -> str:
        return f"{self._random.getrandbits(256):064x}"


def _html_part(html: str) -> str:
    encoded = binascii.b2a_qp(html.encode(), istext=True).decode()
    return f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{encoded}"
