"""Logging in with an access token, on a real server: fetched afresh, tried once more, never kept."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from springback.config import Account
from springback.connecting import connect
from springback.errors import LoginRefusedError, MailboxUnavailableError, SecretError
from support.dovecot import Dovecot, require_dovecot
from support.mails import rejection
from support.program import Program
from support.tokens import TokenServer

pytestmark = pytest.mark.dovecot
USER = "robin@example.test"
METHODS = ["xoauth2", "oauthbearer"]
HELPER = """\
import pathlib, sys
tokens = pathlib.Path(sys.argv[1])
first, _, rest = tokens.read_text().partition("\\n")
tokens.write_text(rest or first)
print(first)
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


@pytest.fixture(scope="module")
def server(provider: TokenServer) -> Iterator[Dovecot]:
    require_dovecot()
    with Dovecot(token_port=provider.port) as server:
        server.add_user(USER)
        yield server


@pytest.fixture
def helper(tmp_path: Path, provider: TokenServer, server: Dovecot) -> Path:
    """The file that a token helper takes the next token from; the last one stays."""
    provider.good = {"good~1": USER, "good~2": USER, "of.another": "kim@example.test"}
    provider.asked.clear()
    server.clear_commands(USER)
    return tmp_path / "tokens"


def account(server: Dovecot, tokens: Path, method: str = "xoauth2", **changes: object) -> Account:
    values = {
        "name": "personal", "address": USER, "full_name": "Robin Ellery", "host": "localhost",
        "port": server.imaps_port, "ca_file": server.ca_file, "login_method": method,
        "password": {"command": [sys.executable, "-c", HELPER, str(tokens)]},
    }  # fmt: skip
    return Account.model_validate({**values, **changes})


@pytest.mark.parametrize("method", METHODS)
def test_a_good_token_opens_the_mailbox(
    server: Dovecot, provider: TokenServer, helper: Path, method: str
) -> None:
    helper.write_text("good~1")
    mailbox = connect(account(server, helper, method))
    assert mailbox.examine("INBOX").uidvalidity
    mailbox.close()
    assert set(provider.asked) == {"good~1"}


@pytest.mark.parametrize("method", METHODS)
def test_a_token_that_ran_out_is_fetched_anew_once(
    server: Dovecot, provider: TokenServer, helper: Path, method: str
) -> None:
    helper.write_text("stale\ngood~2")
    connect(account(server, helper, method)).close()
    assert [*dict.fromkeys(provider.asked)] == ["stale", "good~2"]


@pytest.mark.parametrize(
    ("tokens", "tried"),
    [
        pytest.param("stale\nstaler\ngood~1", ["stale", "staler"], id="twice refused"),
        pytest.param("stale", ["stale"], id="the helper has no other"),
        pytest.param("of.another", ["of.another"], id="somebody else's"),
    ],
)
def test_a_refused_token_is_a_refused_login(
    server: Dovecot, provider: TokenServer, helper: Path, tokens: str, tried: list[str]
) -> None:
    helper.write_text(tokens)
    with pytest.raises(LoginRefusedError, match="Check that the token of account 'personal'") as caught:
        connect(account(server, helper))
    assert [*dict.fromkeys(provider.asked)] == tried
    assert not any(token in str(caught.value) for token in tried)
    assert server.commands(USER) == []


def test_a_token_that_runs_out_within_a_session_means_another_connection(
    server: Dovecot, provider: TokenServer, helper: Path
) -> None:
    """The server hangs up; the next connection takes what the helper has by then."""
    helper.write_text("good~1\ngood~2")
    mailbox = connect(account(server, helper))
    mailbox.examine("INBOX")
    del provider.good["good~1"]
    server.restart()
    with pytest.raises(MailboxUnavailableError):
        mailbox.uids_after(0)
    mailbox.abort()
    again = connect(account(server, helper))
    assert again.examine("INBOX").uidvalidity
    again.close()
    assert [*dict.fromkeys(provider.asked)] == ["good~1", "good~2"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("raise SystemExit(7)", "ended with code 7", id="exit code"),
        pytest.param("print()", "isn't an access token", id="nothing"),
        pytest.param("print('invalid_grant: sign in again')", "isn't an access token", id="garbage"),
        pytest.param("print('x' * 50_000)", "over 16384 bytes", id="too long"),
        pytest.param("print('a\\rb')", "isn't an access token", id="a line break"),
        pytest.param("import time; time.sleep(60)", "it took too long", id="never ends"),
    ],
)
def test_a_helper_that_fails_is_no_refused_login(
    server: Dovecot, helper: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    if "sleep" in code:
        monkeypatch.setattr("springback.secret._COMMAND_SECONDS", 2)
    command = {"command": [sys.executable, "-c", code]}
    with pytest.raises(SecretError, match=told) as caught:
        connect(account(server, helper, password=command))
    assert "token of personal" in str(caught.value)
    assert server.commands(USER) == []


def test_a_method_that_the_server_lacks_costs_no_token(dovecot: Dovecot, helper: Path) -> None:
    helper.write_text("good~1")
    with pytest.raises(LoginRefusedError, match="doesn't offer XOAUTH2"):
        connect(account(dovecot, helper))


def test_a_token_never_goes_out_of_its_field(server: Dovecot, helper: Path) -> None:
    r"""XOAUTH2 has no escaping: a \x01 in the token would begin another field."""
    helper.write_text(f"good~1\x01user={quote(USER)}")
    with pytest.raises(SecretError):
        connect(account(server, helper))


def test_the_whole_job_with_a_token(tmp_path: Path, server: Dovecot, helper: Path) -> None:
    helper.write_text("stale\ngood~1")
    server.fill(USER, [rejection(1)])
    program = Program(tmp_path)
    (tmp_path / "helper.py").write_text(HELPER)
    command = json.dumps([sys.executable, str(tmp_path / "helper.py"), str(helper)])
    password = f"{{ command = {command} }}"
    program.add_account(server, USER, login_method='"oauthbearer"', password=password)
    done = program.run("run", "--once", "--since", "30d")
    assert done.code == 0, done.err
    assert "1 drafted" in done.out
    assert len(server.messages(USER, "Drafts")) == 1
