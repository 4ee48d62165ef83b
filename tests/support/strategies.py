"""Mails of any kind for property tests: as they should be, as they come, and as nobody should send them."""

import base64
import binascii

from hypothesis import strategies as st

from support.fakes import event
from support.mails import rejection

LETTERS = (
    "Thank you for applying for the Data Analyst position at Acme.",
    "After careful consideration, we have decided to move forward with other candidates.",
    "Unfortunately, we will not be moving forward with your application.",
    "Leider müssen wir Ihnen mitteilen, dass wir uns für andere Bewerber entschieden haben.",
    "Nous avons le regret de vous informer que votre candidature n'a pas été retenue.",
    "If you are not selected, keep an eye on our jobs page.",
    "We can't give individual feedback. Please do not reply to this mail.",
    "Dear Robin,", "Kind regards,", "Jane Doe", "Acme Recruiting",
    "On Mon, 2 Nov 2026 at 10:14, Robin <robin@ellery.example> wrote:",
    "---------- Forwarded message ----------", "-----Original Message-----", "From: Jane\nSent: Monday\n",
    "> quoted", "> > twice", "> " * 40 + "deep", "-- ", "\u201cwe have chosen other candidates for it\u201d",
)  # fmt: skip
EVIL = (
    "\r\nBcc: thief@evil.example", "\nX-A: 1", "\r", "\0", "\x1b[31mred\x1b]0;title\x07", "\u202eright",
    "\u2066x\u2069",
    "\u200b", "\u00ad", "\ufeff", "\u2028", "\u2029", "\x85", "\ufdfa", "+2D0-", "{{ 7*7 }}",
    "{% for %}", "${x}", "%s%n", "{0}",
    "<b>", "<!--", "<a ", "&#8238;", "&#x1b;", "&#0;", "&#1114112;", "=?utf-8?q?=0D=0ABcc:_x?=",
    "=?utf-8?b?4oCu?=", "=?x?q??=", "\U000e0041", "\u3164", "\U0001d173", "\u180e", "\u061c",
    "e\u0301" * 30, "漢字",
)  # fmt: skip
CHARSETS = (
    "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-7", "utf-16", "utf-16le", "utf-32",
    "gb18030", "hz",
    "big5", "shift_jis", "iso-2022-jp", "iso-2022-kr", "euc-kr", "koi8-r", "x-unknown-8bit", "cp-850",
    "zlib_codec", "zip", "rot13",
    "hex", "idna", "punycode", "unicode-escape", "undefined", "mbcs", "utf\0-8", '"utf-8', "",
    "a" * 3_000, "ütf",
)  # fmt: skip
FIELDS = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Sender",
    "List-Id", "Auto-Submitted", "Precedence", "Return-Path", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
_HTML = (
    "<p>{}</p>", "<div>{}</div>", "<br>{}", "<blockquote type=cite>{}</blockquote>",
    "<span style='display:none'>{}</span>",
    "<table><tr><td>{}", "<pre>{}</pre>", "<script>{}</script>", "<style>{}", "<!-- {} -->",
    "<![CDATA[{}]]>", "<b>{}",
    "<div style='color:#fff;background:#fff'>{}</div>", "<template>{}</template>", "<a href=x>{}</a>",
    "&lt;{}&gt;",
)  # fmt: skip

lines = st.one_of(st.sampled_from(LETTERS), st.sampled_from(EVIL), st.text(max_size=60))
texts = st.lists(lines, max_size=12).map("\n".join)
joined = st.lists(lines, max_size=4).map("".join)


def _word(text: str, charset: str, encoding: str) -> str:
    data = text.encode("utf-8", "replace")
    inner = base64.b64encode(data) if encoding in "bB" else binascii.b2a_qp(data, header=True)
    return f"=?{charset}?{encoding}?{inner.decode('latin-1').replace(chr(10), '')}?="


words = st.builds(_word, joined, st.sampled_from(CHARSETS), st.sampled_from("bBqQx"))
addresses = st.one_of(
    st.sampled_from(
        (
            "Jane Doe <jane.doe@acme.example>",
            "no-reply@acme.example",
            '"Doe, Jane" <jane@acme.example>',
            "Robin <robin@ellery.example>",
            "<@>",
            "a@b",
            "(" * 60,
            '"' * 60,
            "undisclosed:;",
            "jane@münchen.example",
            "jane@acme.example, kim@acme.example",
            "MAILER-DAEMON@acme.example",
            "Jane\u202e <jane@acme.example>",
        )
    ),
    st.builds("{} <{}@acme.example>".format, st.one_of(words, joined), st.text(max_size=12)),
    joined,
)
ids = st.one_of(
    st.sampled_from(
        (
            "<one@acme.example>",
            "<[foo]@bar>",
            "<a\r\n b@c>",
            "<>",
            "<a>",
            f"<{'x' * 80}@eu-west-1.example>",
            f"<{'y' * 1_000}@acme.example>",
            "<one@acme.example> <two@acme.example>",
            "<a\0b@c>",
            '<"a b"@c>',
            "<ä@b>",
        )
    ),
    joined,
)
dates = st.one_of(
    st.sampled_from(
        (
            "Mon, 16 Nov 2026 09:12:00 +0100",
            "",
            "now",
            "Mon, 99 Nov 2026 99:99:99 +9999",
            "1 Jan 0001 00:00 +2359",
            "31 Dec 9999 23:59:59 -2359",
            "Mon, 16 Nov 2026 09:12:00 -0000",
            "1 Jan 99999999999 00:00 +0000",
        )
    ),
    st.text(max_size=30),
)
_VALUES = {
    "From": addresses, "To": addresses, "Cc": addresses, "Reply-To": addresses, "Date": dates,
    "Message-ID": ids,
    "In-Reply-To": ids, "References": st.lists(ids, max_size=40).map("\r\n ".join),
}  # fmt: skip


@st.composite
def fields(draw: st.DrawFn) -> str:
    """Return a header field, often a broken one."""
    name = draw(st.sampled_from(FIELDS))
    value = draw(st.one_of(_VALUES.get(name, joined), words, joined))
    return name + draw(st.sampled_from((": ", ":", " : ", "\t:", ""))) + value


html = st.recursive(
    texts,
    lambda inner: st.builds(str.format, st.sampled_from(_HTML), inner) | st.tuples(inner, inner).map("".join),
    max_leaves=8,
)
deep = st.builds(
    lambda tag, many, text: f"<{tag}>" * many + text,
    st.sampled_from(("div", "p", "b", "ul", "table", "span")),
    st.integers(0, 600),
    texts,
)
calendars = st.one_of(
    st.builds(
        event,
        st.sampled_from(("2026-11-03", "0001-01-01", "99999-99-99", "")),
        by=st.sampled_from(("jane.doe@acme.example", "", "\0")),
        summary=joined, method=st.sampled_from(("REQUEST", "CANCEL", "REPLY", "X", "")), uid=joined,
        sequence=st.integers(-5, 2**40),
    ),
    st.lists(st.sampled_from(event().split("\n")) | joined, max_size=30).map("\r\n".join),
)  # fmt: skip


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset, "replace")
    except (LookupError, ValueError):
        return text.encode()


@st.composite
def parts(draw: st.DrawFn, depth: int = 0) -> bytes:
    """Return a part with its own header: text in any charset and encoding, a tree of parts, or a mail."""
    kind = draw(
        st.sampled_from(
            ("plain", "html", "calendar", "multipart", "message", "none") if depth < 4 else ("plain", "html")
        )
    )
    if kind == "multipart":
        boundary = draw(st.sampled_from(("x", "x" * 70, "=_a'()+_,-./:=?", " ", "", "--")))
        inner = draw(st.lists(parts(depth + 1), max_size=4))
        sub = draw(st.sampled_from(("mixed", "alternative", "related", "digest", "report", "signed")))
        own = f'Content-Type: multipart/{sub}; boundary="{boundary}"\r\n\r\n'.encode()
        end = draw(st.sampled_from((b"--", b"", b"--\r\nepilogue")))
        mark = b"--" + boundary.encode()
        return own + b"".join(b"\r\n" + mark + b"\r\n" + one for one in inner) + b"\r\n" + mark + end
    if kind == "message":
        return b"Content-Type: message/rfc822\r\n\r\n" + draw(mails(depth + 1))
    text: str = draw({"html": html | deep, "calendar": calendars}.get(kind, texts))
    charset = draw(st.sampled_from(CHARSETS))
    data = _encoded(text, draw(st.sampled_from((charset, "utf-8"))))
    encoding = draw(
        st.sampled_from(("", "7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "BASE64 "))
    )
    if encoding.strip().lower() == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = binascii.b2a_qp(data)
    head = "" if kind == "none" else f"Content-Type: text/{kind}; charset={charset}\r\n"
    head += f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    head += draw(
        st.sampled_from(
            ("", "Content-Disposition: attachment; filename=a\r\n", "Content-Disposition: inline\r\n")
        )
    )
    return head.encode("utf-8", "replace") + b"\r\n" + data


@st.composite
def mails(draw: st.DrawFn, depth: int = 0) -> bytes:
    """Return a mail of any kind, whole or cut off, with line ends of any kind."""
    head = "\r\n".join(draw(st.lists(fields(), max_size=12)))
    raw = head.encode("utf-8", "replace") + b"\r\n" * bool(head) + draw(parts(depth))
    return _worn(draw, raw)


@st.composite
def rejections(draw: st.DrawFn) -> bytes:
    """Return a rejection with something evil in each place that a reply takes up."""
    evil = st.one_of(st.sampled_from(EVIL), st.text(max_size=20))
    sender = draw(st.sampled_from(("Jane Doe <jane.doe@acme.example>",)) | addresses)
    raw = rejection(
        draw(st.integers(0, 9)),
        sender=sender.replace("\n", "\n "),
        subject=f"Your application for the Data Analyst role {draw(evil)}".replace("\n", "\n "),
        message_id=draw(st.sampled_from(("<one@acme.example>",)) | ids),
        extra="".join(f"{one}\n" for one in draw(st.lists(fields(), max_size=3))),
    )
    raw = raw.replace(b"Data Analyst position", f"Data {draw(evil)} Analyst position".encode())
    raw = raw.replace(b"Jane Doe\r\n", f"Jane {draw(evil)} Doe\r\n".encode())
    return _worn(draw, raw) if draw(st.booleans()) else raw


def _worn(draw: st.DrawFn, raw: bytes) -> bytes:
    """Return the bytes as they are, or cut off, with other line ends, or with one byte changed."""
    how = draw(st.sampled_from(("as it is", "as it is", "cut", "lf", "cr", "changed")))
    if how == "cut":
        return raw[: draw(st.integers(0, len(raw)))]
    if how in ("lf", "cr"):
        return raw.replace(b"\r\n", b"\n" if how == "lf" else b"\r")
    if how == "changed" and raw:
        at = draw(st.integers(0, len(raw) - 1))
        return raw[:at] + bytes([draw(st.integers(0, 255))]) + raw[at + 1 :]
    return raw
