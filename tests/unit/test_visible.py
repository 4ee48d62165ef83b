"""What a reader sees of an HTML mail is what the rules see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.visible import MAX_HTML, visible_text


@pytest.mark.parametrize(
    "hidden",
    [
        "<span style='display:none'>HIDDEN</span>",
        "<div style='color: red; DISPLAY : NONE !important'>HIDDEN</div>",
        "<div style='visibility: hidden'>HIDDEN</div>",
        "<div hidden>HIDDEN</div>",
        "<div hidden=''><p>HIDDEN</p></div>",
        "<div style='mso-hide:all'>HIDDEN</div>",
        "<div style='font-size:0'>HIDDEN</div>",
        "<div style='font-size: 0px; line-height: 0'>HIDDEN</div>",
        "<div style='font-size:0.0pt'>HIDDEN</div>",
        "<div style='max-height:0;overflow:hidden'>HIDDEN</div>",
        "<div style='opacity:0'>HIDDEN</div>",
        "<div style='opacity: 0.0;'>HIDDEN</div>",
        "<p style='color:#ffffff;background-color:#FFFFFF'>HIDDEN</p>",
        "<p style='background: white; color: white'>HIDDEN</p>",
        "<!-- HIDDEN -->",
        "<!--[if mso]><p>HIDDEN</p><![endif]-->",
        "<style>HIDDEN { a: b }</style>",
        "<script>HIDDEN()</script>",
        "<template><p>HIDDEN</p></template>",
        "<title>HIDDEN</title>",
        "<noscript>HIDDEN</noscript>",
        "<svg><text>HIDDEN</text></svg>",
        "<div style='display:none'><table><tr><td><p>HIDDEN</td></tr></table></div>",
    ],
)
def test_hidden_parts_are_not_read(hidden: str) -> None:
    """Hidden words would be evidence that nobody can find again."""
    text, cut = visible_text(f"<p>Before</p>{hidden}<p>After</p>")
    assert text == "Before\n\nAfter"
    assert not cut


@pytest.mark.parametrize(
    "shown",
    [
        "<p style='display:block'>SHOWN</p>",
        "<p style='font-size:0.9em'>SHOWN</p>",
        "<p style='font-size:10px'>SHOWN</p>",
        "<p style='opacity:0.5'>SHOWN</p>",
        "<p style='max-height:05em'>SHOWN</p>",
        "<p style='color:#333;background:#fff'>SHOWN</p>",
        "<p style='color:white'>SHOWN</p>",
        "<p style=''>SHOWN</p>",
        "<p class='hidden'>SHOWN</p>",
        "<center>SHOWN</center>",
        "<button>SHOWN</button>",
        "<o:p>SHOWN</o:p>",
        "<unknown>SHOWN</unknown>",
    ],
)
def test_what_is_shown_is_read(shown: str) -> None:
    assert "SHOWN" in visible_text(f"<p>Before</p>{shown}<p>After</p>")[0]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain words", "plain words"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<p>a<p>b", "a\n\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a<br><br>b", "a\n\nb"),
        ("<div>a</div><div>b</div>c", "a\n\nb\n\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb"),
        ("a <b>bold</b> c", "a bold c"),
        ("un<i>for</i>tunately", "unfortunately"),
        ("<p>many\n   spaces\tand\r\nlines</p>", "many spaces and lines"),
        ("<pre>two\nlines  kept</pre>", "two\nlines  kept"),
        ("not&nbsp;selected", "not\u00a0selected"),
        ("we&rsquo;ve &amp; f&uuml;r &#8220;x&#8221;", "we’ve & für “x”"),
        ("1 &lt; 2", "1 < 2"),
        ("<a href='http://x.example/y'>link</a>", "link"),
        ("<img alt='picture' src='x'>", ""),
        ("<p>open <b>tags <i>never closed", "open tags never closed"),
        ("", ""),
        ("   \n ", ""),
        ("<>", "<>"),
        ("<![CDATA[x]]>a", "a"),
        ("<?xml version='1.0'?><!DOCTYPE html><p>a</p>", "a"),
        ("<p>a</p><?xml:namespace prefix = o />b", "a\n\nb"),
        ("https://firm.example/jobs.html", "https://firm.example/jobs.html"),
        ("letter.html", "letter.html"),
    ],
)
def test_layout(html: str, text: str) -> None:
    assert visible_text(html)[0] == text


def lines_of(html: str) -> list[str]:
    return [line.rstrip() for line in visible_text(html)[0].splitlines() if line.strip(" >")]


@pytest.mark.parametrize(
    "quote",
    [
        "<blockquote type='cite'>{}</blockquote>",
        "<blockquote class='gmail_quote' style='margin:0'>{}</blockquote>",
        "<blockquote class='x moz-cite y'>{}</blockquote>",
        "<div type='cite'>{}</div>",
    ],
)
def test_a_quoted_block_is_quoted_line_by_line(quote: str) -> None:
    inner = "<p>old one<br>old two</p><div>old three</div>old four<pre>old five\nold six</pre>"
    assert lines_of(f"<p>mine</p>{quote.format(inner)}<p>mine again</p>") == [
        "mine", "> old one", "> old two", "> old three", "> old four", "> old five", "> old six",
        "mine again",
    ]  # fmt: skip


def test_quotes_within_quotes_end_where_the_outer_one_ends() -> None:
    html = (
        "<blockquote type=cite>a<blockquote type=cite>b</blockquote>c</blockquote>"
        "mine<blockquote type=cite>d</blockquote>"
    )
    assert lines_of(html) == ["> a", "> b", "> c", "mine", "> d"]


def test_an_indented_paragraph_is_no_quote() -> None:
    assert lines_of("<blockquote>indented</blockquote>") == ["indented"]


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "blockquote type=cite", "font"])
def test_text_below_deep_nesting_is_kept_and_told(tag: str) -> None:
    """The parser silently drops what nests too deeply: a phrase could be hidden there."""
    text, cut = visible_text(f"<{tag}>" * 3_000 + "You were not selected.")
    assert "You were not selected." in text
    assert cut


def test_ordinary_nesting_is_not_cut() -> None:
    html = "<table><tr><td>" * 30 + "deep" + "</td></tr></table>" * 30 + "<p>x" * 500 + "<br>" * 500
    text, cut = visible_text(html)
    assert text.startswith("deep")
    assert not cut


@pytest.mark.parametrize("piece", ["<p>x</p>", "<b>x</b>", "<a href='y'>x</a> "])
def test_a_flood_of_tags_is_cut(piece: str) -> None:
    text, cut = visible_text("First words. " + piece * 30_000)
    assert text.startswith("First words.")
    assert cut


def test_long_html_is_cut() -> None:
    text, cut = visible_text("word " * MAX_HTML)
    assert cut
    assert text.startswith("word")
    assert len(text) <= MAX_HTML


@pytest.mark.parametrize(
    "bomb",
    [
        "<" + "a" * 250_000,
        "<!--" * 60_000,
        "<a " * 80_000,
        "<style" * 40_000,
        "&" * 250_000,
        "&#" + "1" * 250_000,
        "<pre>a" + " " * 250_000 + "b</pre>",
        "<p style='opacity:0" + " " * 250_000 + "x'>a",
        "<p style='" + "; " * 120_000 + "'>a",
        "<p style='" + "display " * 30_000 + "'>a",
        "<blockquote type=cite>" * 10_000,
    ],
)
def test_hostile_html_still_answers(bomb: str) -> None:
    """Each of these once took minutes in one pattern or parser or another."""
    assert isinstance(visible_text(bomb)[0], str)


TAGS = st.sampled_from(
    ["<p>", "</p>", "<div style='display:none'>", "</div>", "<blockquote type=cite>", "<br>", "\n",
     "</blockquote>", "<table>", "<td>", "</table>", "<!--", "-->", "<pre>", "</pre>", "<b", ">",
     "<style>", "</style>", "&nbsp;", "&", "<?xml", "<!DOCTYPE", "\0", "\ud7ff", "word ", "é"]
)  # fmt: skip


@given(st.lists(TAGS, max_size=30))
def test_no_html_stops_the_reader(pieces: list[str]) -> None:
    text, _ = visible_text("".join(pieces))
    assert text == text.strip()
