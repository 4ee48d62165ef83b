"""What the commands show of a reply: to whom and why, how far and why, the letter."""

from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import mail, rejection
from support.program import Program

MAILS = Path(__file__).parents[2] / "service" / "springback" / "demo" / "mail"
UNREAD = mail(
    "Dear Robin,\n\nthank you for applying for the Data Analyst position at Company 7. We have decided to "
    "move forward\nwith other candidates.\n\nThe Company 7 Team\n",
    sender="Company 7 <no-reply@company-7.example>",
    message_id="<notice@company-7.example>",
)
RECRUITER = mail(
    "Hello Robin,\n\nthank you for your application. When could you start?\n\nJane\n",
    sender="Jane Doe <jane.doe@company-7.example>",
    subject="Data Analyst: one question",
    date="Mon, 02 Nov 2026 10:00:00 +0100",
    message_id="<question@company-7.example>",
)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program whose account no server has."""
    program = Program(tmp_path)
    program.texts.append(
        '[[account]]\nname = "personal"\naddress = "robin@ellery.example"\nfull_name = "Robin Ellery"\n'
        'host = "imap.ellery.example"\n'
    )
    program.config.write_text("\n".join(program.texts))
    return program


def test_preview_finds_people_in_saved_mail(program: Program, tmp_path: Path) -> None:
    past = tmp_path / "past"
    past.mkdir()
    (past / "1.eml").write_bytes(RECRUITER)
    saved = tmp_path / "rejection.eml"
    saved.write_bytes(UNREAD)
    alone = program.run("preview", str(saved))
    assert "To: (empty: nobody is known who could answer" in alone.out
    done = program.run("preview", str(saved), "--past", str(past))
    assert done.code == 0, done.err
    assert (
        "To: jane.doe@company-7.example\nSubject: Re: Data Analyst: one question\n\nHello Jane,\n" in done.out
    )
    assert "no-reply@company-7.example is a no-reply address; so it goes to Jane Doe" in done.out
    assert "> thank you for your application. When could you start?" in done.out


def test_preview_tells_how_far_it_got_and_why(program: Program) -> None:
    done = program.run("preview", str(MAILS / "13-absage-die-niemand-liest.eml"), "--past", str(MAILS))
    assert (
        "  stage    interview: calendar: 'Kennenlernen: Robin Ellery (Datenanalyse)' on 2026-10-29"
        in done.out
    )
    assert "am 29. Oktober" in done.out.replace("\n", " ")


@pytest.mark.dovecot
def test_list_tells_the_reasons_and_the_letter(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    assert program.run("run", "--once").code == 0
    dovecot.deliver(account_user, rejection(1, to=account_user))
    assert program.run("run", "--once").code == 0
    shown = program.run("list", "--full").out
    assert (
        "  to       jane.doe@company-1.example: From is jane.doe@company-1.example, and nothing says" in shown
    )
    assert "  stage    application: the rejection says 'Your application'" in shown
    assert (
        "\nTo: jane.doe@company-1.example\nSubject: Re: Your application for the Data Analyst role (1)"
        in shown
    )
    assert "\nHello Jane,\n" in shown
    assert "> After careful consideration" in shown


@pytest.mark.dovecot
def test_list_tells_which_draft_still_wants_an_addressee(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    assert program.run("run", "--once").code == 0
    dovecot.deliver(account_user, UNREAD)
    assert program.run("run", "--once").code == 0
    assert "drafted, To is empty" in program.run("list").out


def test_templates_of_ones_own_are_tried_and_every_problem_is_told(program: Program, tmp_path: Path) -> None:
    own = tmp_path / "letters"
    (own / "de").mkdir(parents=True)
    (own / "en").mkdir()
    (own / "de" / "closed.txt.j2").write_text("Hallo {{ firstname }},\n")
    (own / "en" / "final.txt.j2").write_text(
        "{% if variant == 2 and indirect %}{{ role|no_filter }}{% endif %}"
    )
    (own / "en" / "interview.txt.j2").write_text("{% if variant == 2 %}{{ last_met.day }}{% endif %}")
    done = program.run("templates", "test", "--templates", str(own))
    assert done.code == 2
    assert done.out == ""
    assert (
        "de/closed.txt.j2: no variable 'firstname'. Did you mean 'first_name'? Known: ask_feedback,"
        in done.err
    )
    assert "en/final.txt.j2: No filter named 'no_filter'" in done.err
    (own / "de" / "closed.txt.j2").unlink()
    (own / "en" / "final.txt.j2").unlink()
    done = program.run("templates", "test", "--templates", str(own))
    assert "en/interview.txt.j2: " in done.err, "a wording that fails where nothing is known"


def test_a_template_of_ones_own_replaces_the_packaged_one(program: Program, tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "closed.txt.j2").write_text("Mine, {{ my_name }}")
    done = program.run(
        "templates", "test", "--templates", str(tmp_path), "--language", "en", "--letter", "closed"
    )
    assert done.code == 0, done.err
    assert done.out.count("Mine, Robin Ellery") == 12
    assert done.out.endswith("18 letters in 1 languages: all can be written\n")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--language", "dee", "no language 'dee'. Did you mean 'de'?"),
        ("--letter", "interviews", "no letter 'interviews'. Did you mean 'interview'?"),
        ("--templates", "/nowhere/at/all", "/nowhere/at/all: there is no such folder"),
    ],
)
def test_what_cannot_be_tested_is_told(program: Program, option: str, value: str, told: str) -> None:
    done = program.run("templates", "test", option, value)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""
