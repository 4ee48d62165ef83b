"""What goes wrong at a person's: one line naming the step, the thing and the remedy; the rest goes on."""

from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import rejection
from support.program import Program, Run

pytestmark = pytest.mark.dovecot

CLOSED = 1  # a port that nobody listens at; one that was free may be taken by another test


def with_a_good_account(tmp_path: Path, dovecot: Dovecot, user: str, **broken: object) -> tuple[Program, Run]:
    """Return a pass over a broken account and a good one that has a rejection."""
    program = Program(tmp_path)
    program.add_account(dovecot, user, name="broken", **broken)
    program.add_account(dovecot, user, name="good")
    dovecot.fill(user, [rejection(1)])
    return program, program.run("run", "--once", "--since", "30d")


@pytest.mark.parametrize(
    ("broken", "code", "told"),
    [
        pytest.param(
            {"password": '{ env = "PATH" }'}, 3,
            ["Can't log in to localhost:", "Authentication failed", "app password"], id="wrong password",
        ),
        pytest.param(
            {"password": '{ env = "NO_SUCH_VARIABLE" }'}, 3,
            ["Can't get the password of broken", "NO_SUCH_VARIABLE"], id="no password",
        ),
        pytest.param(
            {"port": CLOSED}, 4,
            ["Can't connect to localhost:", "Connection refused"], id="closed port",
        ),
        pytest.param(
            {"host": '"nowhere.invalid"'}, 4,
            ["Can't connect to nowhere.invalid:", "Check `host`"], id="unknown host",
        ),
        pytest.param(
            {"host": '"127.0.0.2"'}, 4,
            ["Can't connect", "127.0.0.2"], id="wrong address",
        ),
        pytest.param(
            {"inbox": '"Nowhere"'}, 5,
            ["Can't open 'Nowhere'", "Check that the folder exists"], id="no such inbox",
        ),
        pytest.param(
            {"drafts": '"Nowhere"'}, 5,
            ["Can't find the Drafts folder 'Nowhere'", "INBOX", "Sent"], id="no such drafts",
        ),
    ],
)  # fmt: skip
def test_one_line_and_the_other_account_goes_on(
    tmp_path: Path, dovecot: Dovecot, account_user: str,
    broken: dict[str, object], code: int, told: list[str],
) -> None:  # fmt: skip
    _, done = with_a_good_account(tmp_path, dovecot, account_user, **broken)
    lines = [line for line in done.err.splitlines() if line.startswith("springback: broken: ")]
    assert len(lines) == 1, done.err
    for words in told:
        assert words in lines[0]
    assert "Traceback" not in done.err
    assert done.code == code
    assert "good: 1 mail looked at, 1 drafted" in done.out
    assert len(dovecot.messages(account_user, "Drafts")) == 1


def test_a_certificate_that_does_not_verify(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    other = tmp_path / "other-ca.pem"
    program = Program(tmp_path)
    other.write_text(Path(__file__).with_name("unrelated-ca.pem").read_text())
    program.add_account(dovecot, account_user, ca_file=f'"{other}"')
    done = program.run("run", "--once")
    assert done.code == 4
    assert "its certificate doesn't verify" in done.err
    assert "ca_file" in done.err
    assert dovecot.commands(account_user) == []


def test_a_failed_account_is_told_by_status(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    program, _ = with_a_good_account(tmp_path, dovecot, account_user, port=CLOSED)
    status = program.run("status")
    assert status.code == 4
    assert "failed" in status.out
    assert "Connection refused" in status.out


def test_a_wrong_key_in_the_configuration(tmp_path: Path, dovecot: Dovecot) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, "robin@example.test", adress='"x"', tls="false", host='"mail.example"')
    program.add_section('[pol]\ninterval = "soon"\n')
    program.set_reply('unreachable = "never"')
    done = program.run("run", "--once")
    assert done.code == 2
    assert "account[1].adress: unknown key. Did you mean 'address'?" in done.err
    assert "Did you mean 'poll'?" in done.err
    assert "reply.unreachable" in done.err
    assert done.err.startswith("springback: Can't use the configuration")


def test_rules_and_templates_are_checked_before_any_mail(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    rules = tmp_path / "rules"
    templates = tmp_path / "templates" / "en"
    rules.mkdir()
    templates.mkdir(parents=True)
    program = Program(tmp_path)
    program.texts[0] = program.texts[0].replace(
        "[paths]\n", '[paths]\nrules = "rules"\ntemplates = "templates"\n'
    )
    program.add_account(dovecot, account_user)
    (rules / "mine.toml").write_text(
        'schema = 1\n[[rule]]\nid = "my.rule"\nlabel = "rejection"\nany = ["the ship has sailed"]\n'
    )
    done = program.run("run", "--once")
    assert done.code == 2
    assert "my.rule" in done.err
    assert "no examples that must hit" in done.err
    assert "no examples that must miss" in done.err
    (rules / "mine.toml").unlink()
    (templates / "closed.txt.j2").write_text("Hello {{ frist_name }},\n")
    done = program.run("run", "--once")
    assert done.code == 2
    assert "no variable 'frist_name'. Did you mean 'first_name'?" in done.err
    assert dovecot.commands(account_user) == []


def test_a_mail_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    hostile = [
        b"",
        b"\0" * 5000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 5000,
        b"From: " + b'"' * 9000 + b"\r\n\r\nWe decided to move forward with other candidates.\r\n",
        b"Subject: =?zlib_codec?b?eA==?=\r\nFrom: a@b.example\r\nMessage-ID: <[x]@y>\r\n\r\nhi\r\n",
    ]
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    dovecot.fill(account_user, [*hostile, rejection(1)])
    before = dovecot.snapshot(account_user)
    done = program.run("run", "--once", "--since", "30d")
    assert "1 drafted" in done.out
    assert "Traceback" not in done.err
    assert dovecot.snapshot(account_user) == before
