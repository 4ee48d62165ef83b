"""What counts, what doesn't and what is told, over rule sets small enough to read at a glance."""

import base64
import quopri
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.classifier import Classifier
from springback.message import parse_message, rough_text
from springback.verdict import Verdict
from unit.making import classify, mail, rule_set

TABLE = """
[[decide]]
when = "decisive and veto"
then = "review"
[[decide]]
when = "decisive and job"
then = "rejection"
[[decide]]
when = "strong>=2 and job"
then = "rejection"
[[decide]]
when = "strong and weak"
then = "rejection"
[[decide]]
when = "decisive or guarded or strong"
then = "review"
"""

RULES = (
    """
language = "en"
common_words = ["the", "for", "you"]
[defaults]
guards = ["maybe"]
[guard.maybe]
why = "says what may be"
any = ["if you", "whether"]
hit = ["If you like.", "Whether or not."]
miss = ["You."]
[context.job]
any = ["role"]
hit = ["The role."]
miss = ["The roof."]
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
family = "chosen"
any = ["not been chosen", "chose {2} else"]
unless = ["yet"]
hit = ["You have not been chosen.", "We chose somebody else."]
miss = ["You have not been chosen yet."]
[[rule]]
id = "rej.closed"
label = "rejection"
tier = "decisive"
family = "closed"
kind = "closed"
any = ["has been filled"]
hit = ["It has been filled."]
miss = ["It is full."]
[[rule]]
id = "rej.unfortunately"
label = "rejection"
tier = "strong"
family = "sorry"
any = ["unfortunately we"]
hit = ["Unfortunately we must."]
miss = ["We must."]
[[rule]]
id = "rej.sorry"
label = "rejection"
tier = "strong"
family = "sorry"
any = ["sorry to say"]
hit = ["Sorry to say."]
miss = ["Sorry."]
[[rule]]
id = "rej.unable"
label = "rejection"
tier = "strong"
family = "unable"
needs = ["job"]
any = ["unable to offer"]
hit = ["The role: we are unable to offer it."]
miss = ["Unable to offer a parking lot."]
[[rule]]
id = "rej.wish"
label = "rejection"
tier = "weak"
any = ["wish you luck"]
hit = ["We wish you luck."]
miss = ["Luck."]
[[rule]]
id = "offer.made"
label = "offer"
vetoes = ["rejection"]
where = ["subject", "opening"]
any = ["pleased to offer"]
hit = ["Pleased to offer."]
miss = ["Pleased."]
[[rule]]
id = "stage.interview"
label = "stage"
stage = "interview"
any = ["your interview"]
hit = ["After your interview."]
miss = ["The interview."]
[[rule]]
id = "stage.final"
label = "stage"
stage = "final"
any = ["final round"]
hit = ["The final round."]
miss = ["Final."]
[[rule]]
id = "talk.no-feedback"
label = "no-feedback"
any = ["no feedback"]
hit = ["We give no feedback."]
miss = ["Feedback."]
[[rule]]
id = "talk.no-reply"
label = "do-not-reply"
any = ["do not reply"]
hit = ["Please do not reply."]
miss = ["Reply."]
"""
    + TABLE
)

REJECTED = "You have not been chosen for the role."


def verdict_on(text: str, **fields: str) -> Verdict:
    return classify(RULES, text, **fields)


def with_rule(lines: str) -> str:
    return f'{RULES}\n[[rule]]\nid = "own.rule"\nlabel = "rejection"\ntier = "decisive"\n{lines}'


def test_a_rejection_tells_its_evidence() -> None:
    verdict = verdict_on(f"Hello Robin,\n\n{REJECTED} We chose somebody else. Bye.")
    assert verdict.name == "rejection"
    assert [(one.rule, one.where, one.match, one.sentence) for one in verdict.evidence] == [
        ("rej.chosen", "text", "not been chosen", REJECTED),
        ("rej.chosen", "text", "chose somebody else", "We chose somebody else."),
    ]
    assert "2: decisive and job -> rejection" in verdict.line
    assert verdict.against == ()


def test_other_mail_tells_that_nothing_fits() -> None:
    verdict = verdict_on("The role starts on Monday.")
    assert (verdict.name, verdict.kind, verdict.stage) == ("other", None, None)
    assert "no line" in verdict.line


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("You have NOT been\nchosen for the role.", "NOT been chosen"),
        ("You have not\u00a0been “chosen” for the role.", "not been “chosen"),
        ("You have n\u00adot been cho\u200bsen: role.", "n\u00adot been cho\u200bsen"),
        ("Role: we CHOSE — alas — Somebody else!", "CHOSE — alas — Somebody else"),
    ],
)
def test_evidence_is_quoted_as_written(text: str, written: str) -> None:
    verdict = verdict_on(text)
    assert verdict.name == "rejection"
    assert verdict.evidence[0].match == written
    assert written in verdict.evidence[0].sentence


def test_a_guard_silences_its_own_sentence_only() -> None:
    guarded = "If you have not been chosen for the role, we write."
    assert verdict_on(f"{guarded} Ana").name == "review"
    assert verdict_on(f"{guarded} We chose somebody else.").name == "rejection"
    assert verdict_on(f"Tell me if you can. {REJECTED}").name == "rejection"


def test_a_guarded_decisive_hit_is_never_lost() -> None:
    """A guard word can stand in the sentence of a true decision: a person must see it."""
    verdict = verdict_on("You asked whether we went on: you have not been chosen.")
    assert (verdict.name, verdict.evidence) == ("review", ())
    (against,) = verdict.against
    assert (against.rule, against.match) == ("guard.maybe", "whether")
    assert "rej.chosen doesn't count: says what may be" in against.why


def test_a_guarded_strong_hit_is_no_reason_for_a_review() -> None:
    assert verdict_on("Unfortunately we don't know whether the role is open.").name == "other"


@pytest.mark.parametrize("word", ["Whether", "If you"])
def test_a_guard_is_heeded_however_often_it_stands_before(word: str) -> None:
    before = "We ask whether it rains. If you ask. " * 30
    verdict = verdict_on(f"The role. {before}{word} you have not been chosen. {'Whether or not. ' * 30}")
    assert (verdict.name, verdict.evidence) == ("review", ())
    assert verdict_on(f"The role. {before * 2}You have not been chosen yet.").name == "other"
    assert (
        verdict_on(f"{before}You are. {f'{word} you have not been chosen. ' * 30}{REJECTED}").name
        == "rejection"
    )


def test_the_same_reason_against_is_told_a_few_times() -> None:
    verdict = verdict_on("Tell us whether you have not been chosen. " * 50)
    assert [(one.rule, one.match) for one in verdict.against] == [("guard.maybe", "whether")] * 3


@pytest.mark.parametrize("end", ["?", "?)", "?“", '?"', "? ”", "\u037e", "؟"])
def test_a_question_is_guarded(end: str) -> None:
    verdict = verdict_on(f"Have you not been chosen for the role{end}")
    assert (verdict.name, verdict.evidence) == ("review", ())
    assert [(one.rule, one.match, one.why) for one in verdict.against] == [
        ("rej.chosen", "not been chosen", "asks, and tells nothing")
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("You have not been chosen for the role? No.", "review"),
        (f"Questions? {REJECTED}", "rejection"),
        (f"{REJECTED} Any questions?", "rejection"),
        ("You have not been chosen for the role (why? see below).", "rejection"),
        ("Unfortunately we? Unable to offer the role.", "review"),
        ("Have you? You have not been chosen yet for the role?", "other"),
    ],
)
def test_only_the_question_itself_is_guarded(text: str, name: str) -> None:
    assert verdict_on(text).name == name


def test_what_speaks_against_a_rejection_may_ask() -> None:
    verdict = verdict_on(f"Are you pleased to offer? {REJECTED}")
    assert (verdict.name, verdict.against[0].rule) == ("review", "offer.made")


JOB = '[context.job]\nany = ["{word}"]\nhit = ["{word}."]\nmiss = ["Roof."]\n'
NEEDING = (
    '[[rule]]\nid="r.x"\nlabel="rejection"\nneeds=["job"]\nany=["no luck"]\nhit=["No luck."]\nmiss=["No."]\n'
)
CONTEXTS = (
    f'language = "en"\n{JOB.format(word="role")}{NEEDING}',
    f'language = "de"\n{JOB.format(word="stelle")}{NEEDING.replace("r.x", "r.de")}',
    JOB.format(word="cv"),
    NEEDING.replace("r.x", "r.all"),
)


@pytest.mark.parametrize(
    ("text", "speaking"),
    [
        ("No luck.", set()),
        ("No luck, role.", {"r.x", "r.all"}),
        ("No luck. Stelle!", {"r.de", "r.all"}),
        ("No luck. CV!", {"r.x", "r.de", "r.all"}),
        ("No luck. Role, Stelle!", {"r.x", "r.de", "r.all"}),
    ],
)
def test_a_context_is_one_in_its_own_language_or_in_all(text: str, speaking: set[str]) -> None:
    """What is a job in one language is a loan in another."""
    verdict = Classifier(rule_set(*CONTEXTS)).classify(parse_message(mail(text, subject="")))
    assert {one.rule for one in verdict.evidence} == speaking
    missing = {one.rule for one in verdict.against if one.why == "needs the context job"}
    assert missing == {"r.x", "r.de", "r.all"} - speaking


def test_unless_silences_the_rule_in_its_sentence() -> None:
    verdict = verdict_on("You have not been chosen yet for the role.")
    assert verdict.name == "other"
    assert [(one.rule, one.match) for one in verdict.against] == [("rej.chosen", "yet")]
    assert verdict_on(f"Not yet. {REJECTED}").name == "rejection"


def test_needs_looks_at_the_whole_mail() -> None:
    missing = verdict_on("We are unable to offer a place.", subject="Hello")
    assert missing.name == "other"
    assert [one.why for one in missing.against] == ["needs the context job"]
    assert verdict_on("Unable to offer a place.", subject="The role").evidence
    assert verdict_on("Unable to offer a place.\n\nThe role is gone.", subject="").evidence


def test_a_context_in_quoted_text_is_no_context() -> None:
    assert verdict_on("We are unable to offer it.\n> the role", subject="Hi").evidence == ()


@pytest.mark.parametrize(
    ("where", "mails"),
    [
        ("subject", {"subject": "We part ways"}),
        ("sender", {"from": "We part ways <a@firm.example>"}),
        ("header:X-Note", {"x_note": "we part ways"}),
        ("text", {"text": "Hello.\n\nWe part ways."}),
        ("opening", {"text": "Hello.\n\nWe part ways."}),
        ("quoted", {"text": "Hello.\n\n> We part ways."}),
        ("forwarded", {"text": "Hi\n\n----- Forwarded message -----\nWe part ways."}),
    ],
)
def test_a_rule_looks_only_where_it_says(where: str, mails: dict[str, str]) -> None:
    lines = 'any = ["we part ways"]\nhit = ["We part ways."]\nmiss = ["We part."]'
    fields: dict[str, str] = {"text": "The role.", **mails}
    found = classify(with_rule(f'where = ["{where}"]\n{lines}'), **fields)
    place = "text" if where == "opening" else where.lower()
    assert [(one.rule, one.where.lower()) for one in found.evidence] == [("own.rule", place)]
    elsewhere = [p for p in ("subject", "text", "sender", "quoted", "header:X-Note") if p != where]
    elsewhere = [one for one in elsewhere if (one, where) != ("text", "opening")]
    listed = ", ".join(f'"{one}"' for one in elsewhere)
    assert classify(with_rule(f"where = [{listed}]\n{lines}"), **fields).evidence == ()


def test_the_opening_ends_after_a_few_sentences() -> None:
    """A veto far down is a footer: it must not cancel a real message."""
    offer = "We are pleased to offer a newsletter."
    assert verdict_on(f"{offer} {REJECTED}").name == "review"
    assert verdict_on(f"{REJECTED} {'We thank you. ' * 8}{offer}").name == "rejection"


def test_a_family_counts_once() -> None:
    assert verdict_on("Unfortunately we are sorry to say. The role.").name == "review"
    assert verdict_on("Unfortunately we are unable to offer the role.").name == "rejection"


def test_a_family_counts_at_its_heaviest() -> None:
    rules = with_rule('family = "sorry"\nany = ["that is all"]\nhit=["That is all."]\nmiss=["All."]')
    assert classify(rules, "Sorry to say, that is all for the role.").name == "rejection"


def test_a_veto_makes_a_rejection_a_question() -> None:
    verdict = verdict_on(REJECTED, subject="Pleased to offer")
    assert verdict.name == "review"
    assert "1: decisive and veto -> review" in verdict.line
    assert [(one.rule, one.why) for one in verdict.against] == [("offer.made", "speaks of offer instead")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The role has been filled.", "closed"),
        (REJECTED, "decision"),
        (f"{REJECTED} It has been filled.", "decision"),
        ("The role has been filled. We wish you luck.", "closed"),
        ("Unfortunately we: the role has been filled.", "closed"),
        ("The role: nothing.", None),
    ],
)
def test_kind(text: str, kind: str | None) -> None:
    """`closed` only where nobody judged the person: then no feedback is asked for."""
    assert verdict_on(text).kind == kind


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        (REJECTED, None),
        (f"Thanks for your interview. {REJECTED}", "interview"),
        (f"Thanks for your interview and the final round. {REJECTED}", "final"),
        (f"The final round came before your interview. {REJECTED}", "final"),
    ],
)
def test_the_furthest_stage_wins(text: str, stage: str | None) -> None:
    assert verdict_on(text).stage == stage


def test_remarks_on_replying_are_passed_on() -> None:
    plain = verdict_on(REJECTED)
    assert (plain.feedback_refused, plain.reply_refused) == (False, False)
    told = verdict_on(f"{REJECTED} We give no feedback. Please do not reply.")
    assert (told.feedback_refused, told.reply_refused) == (True, True)


def test_an_experimental_rule_is_told_but_never_acts() -> None:
    rules = with_rule('status="experimental"\nany=["adieu"]\nhit=["Adieu."]\nmiss=["Bye."]')
    verdict = classify(rules, "Adieu, role.")
    assert (verdict.name, verdict.evidence) == ("other", ())
    (against,) = verdict.against
    assert (against.rule, against.match) == ("own.rule", "Adieu")
    assert "experimental" in against.why


def test_a_retired_rule_is_silent() -> None:
    rules = with_rule('status="retired"\nany=["adieu"]\nhit=["Adieu."]\nmiss=["Bye."]')
    verdict = classify(rules, "Adieu, role.")
    assert (verdict.name, verdict.evidence, verdict.against) == ("other", (), ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"Thanks, Ana!\n\n> {REJECTED}", "quoted"),
        (f"See below.\n\n-------- Forwarded Message --------\n\n{REJECTED}", "forwarded"),
    ],
)
def test_what_others_wrote_never_counts_but_is_told(text: str, place: str) -> None:
    verdict = verdict_on(text)
    assert (verdict.name, verdict.evidence) == ("other", ())
    assert [(one.rule, one.why) for one in verdict.against] == [("rej.chosen", f"stands in {place} text")]


def test_a_mail_that_was_cut_is_never_answered() -> None:
    """What was not read might take the rejection back."""
    verdict = verdict_on(REJECTED + "\n\n" + "The role. " * 40_000)
    assert verdict.name == "review"
    assert "too long to read as a whole" in verdict.line


def test_a_rule_is_told_a_few_times_at_most() -> None:
    verdict = verdict_on(f"{REJECTED}\n\n" * 10)
    assert 1 <= len(verdict.evidence) <= 3


def test_a_phrase_does_not_reach_into_the_next_sentence() -> None:
    assert verdict_on("A role you have not been. Chosen few.").name == "other"
    assert verdict_on("You know whom we chose. Somebody else asks for the role.").name == "other"


@pytest.mark.parametrize(
    ("text", "language"),
    [(REJECTED, "en"), ("The role for you.", "en"), ("Guten Tag", None), ("the", None)],
)
def test_language(text: str, language: str | None) -> None:
    assert verdict_on(text, subject="").language == language


def html_of(body: str) -> bytes:
    return mail(f"<html><body>{body}</body></html>", content_type="text/html; charset=utf-8")


def encoded(text: str, subtype: str, encoding: str) -> bytes:
    data = text.encode()
    body = base64.encodebytes(data) if encoding == "base64" else quopri.encodestring(data)
    return mail(
        body.decode(),
        content_type=f"text/{subtype}; charset=utf-8",
        content_transfer_encoding=encoding,
    )


def alternative(text: str) -> bytes:
    message = EmailMessage()
    message["From"] = "ana@firm.example"
    message.set_content("Please use HTML.")
    message.add_alternative(f"<p>Hello Robin,</p><p>{text}</p><p>Ana</p>", subtype="html")
    return message.as_bytes()


WRITTEN: list[Callable[[str], bytes]] = [
    mail,
    lambda text: mail("See the role.", subject=text),
    lambda text: mail(text.replace(" ", "\r\n")),
    lambda text: encoded(text, "plain", "base64"),
    lambda text: encoded(text, "plain", "quoted-printable"),
    lambda text: encoded(f"<p>{text}</p>", "html", "base64"),
    lambda text: encoded(f"<p style='a: b'>{text}</p>", "html", "quoted-printable"),
    alternative,
    lambda text: html_of(f"<p>{text}</p>"),
    lambda text: html_of(text.replace(" ", "&nbsp;")),
    lambda text: html_of(text.replace(" ", "&#160;")),
    lambda text: html_of(text.replace(" ", "<br>")),
    lambda text: html_of(text.replace("chosen", "<b>chosen</b>")),
    lambda text: html_of(text.replace("chosen", "ch<b>os</b>en")),
    lambda text: html_of(text.replace("chosen", "cho<wbr>sen")),
    lambda text: html_of(text.replace("chosen", "cho&shy;sen")),
    lambda text: html_of(text.replace("chosen", "&#99;hose&#x6e;")),
    lambda text: html_of(text.replace("chosen", "<span\nstyle='x'>chosen</span\n>")),
    lambda text: html_of(text.replace("chosen", "<!-- <p>x</p> -->chosen")),
    lambda text: html_of(text.replace("chosen", "<!--[if mso]><i>a > b</i><![endif]-->chosen")),
    lambda text: html_of(f"<style>p > a {{x: y}}</style>{text}"),
    lambda text: html_of(f"<span style='display:none'>Preview</span>{text}"),
    lambda text: html_of(f"Preview<span>You</span> {text}"),
    lambda text: html_of(f"<table><tr><td>Hi</td><td>{text}</td></tr></table>"),
    lambda text: html_of(f"<div>Hi</div>{text}<div>x</div>"),
    lambda text: html_of(f"<script>if (a < b) c()</script>{text}"),
]

CLASSIFIER = Classifier(rule_set(RULES))


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("text", ["Role: you have not been chosen.", "Whether not been chosen."])
def test_the_quick_look_lets_no_rejection_pass(written: Callable[[str], bytes], text: str) -> None:
    """A mail that the quick look puts aside is never read again."""
    raw = written(text)
    assert CLASSIFIER.classify(parse_message(raw)).name in ("rejection", "review")
    assert CLASSIFIER.worth_reading(rough_text(raw))


def test_the_quick_look_spares_ordinary_mail() -> None:
    assert not CLASSIFIER.worth_reading(rough_text(mail("Lunch at noon? The role of soup.")))


BITS = st.sampled_from(
    ["not been chosen", "We chose ", "somebody ", "else", "role", " ", "\n", "<br>", "<p>", "<b>",
     "</b>", "<i>", "</i>", "<div>", "</div>", "&nbsp;", "&amp;", "<!-- x -->", "if you ", "> ",
     "<td>", "unfortunately", " we ", "&rsquo;", "\u00ad", "\u200b", "é", "<a href='x'>", "</a>"]
)  # fmt: skip


@given(st.lists(BITS, max_size=25), st.sampled_from(["plain", "html"]))
def test_the_quick_look_never_overlooks(bits: list[str], subtype: str) -> None:
    raw = mail("".join(bits), content_type=f"text/{subtype}; charset=utf-8")
    if CLASSIFIER.classify(parse_message(raw)).name != "other":
        assert CLASSIFIER.worth_reading(rough_text(raw))


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-7", "utf-16", "zlib", "iso-2022-jp"]))
def test_no_mail_stops_the_classifier(body: bytes, charset: str) -> None:
    head = f"From: a@firm.example\nContent-Type: text/html; charset={charset}\n\n".encode()
    raw = head + body + REJECTED.encode()
    CLASSIFIER.worth_reading(rough_text(raw))
    assert CLASSIFIER.classify(parse_message(raw)).name in ("rejection", "review", "other")


def test_a_guarded_experimental_rule_does_not_act_either() -> None:
    rules = with_rule('status="experimental"\nguards=["maybe"]\nany=["adieu"]\nhit=["Adieu."]\nmiss=["Bye."]')
    assert classify(rules, "If you are not chosen, adieu for this role.").name == "other"


@pytest.mark.parametrize("tag", ["o:p", "nobr", "bdi", "label", "strike", "custom-tag"])
def test_the_screen_joins_words_as_a_reader_sees_them(tag: str) -> None:
    """Whatever tag stands within a word, a mail that is a rejection is worth reading."""
    html = f"<p>You have not been cho<{tag}></{tag}>sen for the role.</p>"
    raw = mail(html, content_type="text/html; charset=utf-8")
    assert CLASSIFIER.classify(parse_message(raw)).name != "other"
    assert CLASSIFIER.worth_reading(rough_text(raw))
