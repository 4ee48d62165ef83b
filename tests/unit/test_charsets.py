"""Bytes become the text their writer meant, whatever charset they claim."""

import encodings.aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.charsets import decode_base64, decode_text, decode_words


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"plain", None, "plain"),
        (b"plain", "us-ascii", "plain"),
        ("für".encode(), "utf-8", "für"),
        ("für".encode(), None, "für"),
        ("für".encode("latin-1"), None, "für"),
        ("für".encode("latin-1"), "iso-8859-1", "für"),
        ("für".encode("latin-1"), "x-unknown", "für"),
        ("für".encode("latin-1"), "us-ascii", "für"),
        ("für".encode("latin-1"), "utf-8", "f\ufffdr"),
        ("für".encode()[:2], "utf-8", "f\ufffd"),
        ("für – “so”".encode(), "iso-8859-1", "für – “so”"),
        ("für".encode(), "us-ascii", "für"),
        ("für".encode(), "x-unknown", "für"),
        ("für".encode(), '"utf-8"', "für"),
        ("„Łódź".encode("iso-8859-2", "ignore"), "iso-8859-2", "Łódź"),
        ("“won’t”".encode("cp1252"), "windows-1252", "“won’t”"),
        ("“won’t”".encode("cp1252"), None, "“won’t”"),
        ("残念".encode("iso-2022-jp"), "iso-2022-jp", "残念"),
        ("残念".encode("shift_jis"), "shift_jis", "残念"),
        ("遗憾".encode("gb18030"), "gb2312", "遗憾"),
        ("für".encode("utf-16"), "utf-16", "für"),
        ("für".encode("utf-7"), "utf-7", "für"),
        (b"\x81", "iso-8859-1", "\ufffd"),
        (b"\\xe9 \xe9", "unicode_escape", "\\xe9 é"),
        (b"ab", "zlib", "ab"),
        (b"\xe9t\xe9", "zlib", "été"),
        (b"\xe9t\xe9", "rot13", "été"),
        (b"\xe9t\xe9", "base64", "été"),
        (b"\xe9t\xe9", "utf-8\0", "été"),
        (b"\xe9t\xe9", "", "été"),
        (b"", "utf-16", ""),
    ],
)
def test_decoded_text(data: bytes, charset: str | None, text: str) -> None:
    assert decode_text(data, charset) == text


def test_windows_quotes_under_a_latin_name_are_quotes() -> None:
    """Mailers declare iso-8859-1 and write Windows-1252, which has quotes where that has nothing."""
    assert decode_text(b"won\x92t", "iso-8859-1") == "won’t"


CHARSETS = sorted({*encodings.aliases.aliases.values(), "idna", "punycode", "unicode_escape", "?"})


ODD_BYTES = [
    b"abc", bytes(range(256)), b"+2AA-", b"\xed\xa0\x80", b"\x1b$B\xff", b"\xff\xfe\xd8", b"\\ud800\xff"
]  # fmt: skip


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_charset_of_the_library_stops_the_daemon(charset: str) -> None:
    """Whatever is decoded can also be stored: it holds no half letters."""
    for data in ODD_BYTES:
        assert decode_text(data, charset).encode("utf-8")


@given(st.binary(max_size=60), st.one_of(st.none(), st.sampled_from(CHARSETS), st.text(max_size=9)))
def test_decoding_never_raises(data: bytes, charset: str | None) -> None:
    decode_text(data, charset).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?f=C3=BCr_Sie?=", "für Sie"),
        ("=?UTF-8?B?ZsO8cg==?=", "für"),
        ("=?iso-8859-1?Q?f=FCr?= Sie", "für Sie"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?q?f=C3?= =?utf-8?q?=BCr?=", "für"),
        ("=?utf-8?b?ZsM=?= =?utf-8?b?vHI=?=", "für"),
        ("=?utf-8?q?f=C3=BC?= =?iso-8859-1?q?f=FC?=", "füfü"),
        ("=?utf-8*en?q?hi?=", "hi"),
        ("=?x-unknown?q?f=C3=BCr?=", "für"),
        ("=?us-ascii?q?f=FCr?=", "für"),
        ("=?utf-8?q?=A?=", "=A"),
        ("=?utf-8?b?ZsO8cg?=", "für"),
        ("=?utf-8?b?!!!!?=", ""),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("a=?utf-8?q?b?=c", "abc"),
        ("fünf =?utf-8?q?b?=", "fünf b"),
        ("=?utf-7?q?+2AA-?=", "?"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(value) == text


@given(st.text(max_size=40))
def test_text_that_a_mailer_encodes_comes_back(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    words = [f"=?utf-8?q?={byte:02X}?=" for byte in text.encode()]
    assert decode_words(" ".join(words)) == text


@given(st.text(st.sampled_from("=?utf-8qQbB ab_\r\n*é"), max_size=60))
def test_broken_words_never_raise(value: str) -> None:
    decode_words(value).encode("utf-8")


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"a G!V s b G 8 =", b"hello"),
        (b"aGVsbG8=\r\n-- \r\nlist footer", b"hello"),
        (b"", b""),
        (b"====", b""),
    ],
)
def test_base64(data: bytes, decoded: bytes) -> None:
    assert decode_base64(data).startswith(decoded)


@given(st.binary(max_size=80))
def test_base64_never_raises(data: bytes) -> None:
    assert len(decode_base64(data)) <= len(data)
