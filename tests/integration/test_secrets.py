"""A password, a token and an id_secret that can be told from all else are nowhere but where they belong."""

import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from springback.configfile import parse_config
from springback.connecting import connect
from springback.errors import ConfigError, SpringbackError
from springback.rounds import replier_for
from support.dovecot import Dovecot
from support.mails import rejection
from support.program import Program, kill
from support.scripted import ScriptedServer

MARK = "Zq7xKv9Wm3"
PASSWORD, TOKEN, ID_SECRET = f"{MARK}-password-Zq", f"{MARK}.token.Zq", f"{MARK}-id-secret-Zq"
# The helper also tells what it can see of the daemon.
HELPER = """\
import os, pathlib, sys
here = pathlib.Path(sys.argv[0]).parent
(here / "seen-by-the-helper").write_text(repr(dict(os.environ)) + repr(sys.argv))
print((here / "password").read_text())
"""
CRASH = """\
import sys
import springback.mailbox, springback.cli.run, springback.cli, springback.connecting
def crash(*values, **named):
    raise RuntimeError(f"crashed with {{values}} {{named}} {mark}")
{where} = crash
sys.argv = ["springback", *sys.argv[1:]]
springback.cli.main()
"""
ACCOUNT = """\
[[account]]
name = "home"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "127.0.0.1"
port = {port}
tls = false
login_method = "{method}"
password = {{ env = "MARKED" }}
"""
OFFERS = "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN\r\n{tag} OK done\r\n"


def forms() -> Iterator[bytes]:
    """Yield the marker as it is, and as it stands in base64 at any of its three places."""
    yield MARK.encode()
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + MARK.encode())
        yield encoded[4 if shift else 0 : -4]


FORMS = tuple(forms())


def holds(data: bytes) -> bool:
    return any(form in data for form in FORMS)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that everything is written into: state, cache, temporary files, home."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def program_of(world: Path) -> Program:
    program = Program(world)
    program.password.write_text(f"{PASSWORD}\n")
    program.set_reply(f'id_secret = "{ID_SECRET}"')
    program.add_section('[log]\nlevel = "debug"\nformat = "json"\n')
    program.config.chmod(0o600)
    return program


def assert_kept(world: Path, *allowed: str) -> None:
    """Every file but the allowed ones is without the marker."""
    looked_at = [path for path in world.rglob("*") if path.is_file() and path.name not in allowed]
    assert [path for path in looked_at if holds(path.read_bytes()) or holds(str(path).encode())] == []


def test_the_search_finds_what_it_looks_for() -> None:
    for shift in range(4):
        assert holds(b"a" * shift + MARK.encode())
        assert holds(base64.b64encode(b"a" * shift + MARK.encode() + b"tail"))
        blob = f"user=robin{'n' * shift}\x01auth=Bearer {TOKEN}\x01\x01"
        assert holds(base64.b64encode(blob.encode()))


@pytest.mark.dovecot
def test_a_life_with_a_marked_secret(
    world: Path, dovecot: Dovecot, account_user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper doesn't see the passwords of other accounts either."""
    monkeypatch.setenv("MARKED_PASSWORD", PASSWORD)
    dovecot.add_user(account_user, PASSWORD)
    dovecot.fill(account_user, [rejection(1), rejection(2)])
    program = program_of(world)
    (world / "helper.py").write_text(HELPER)
    command = json.dumps([sys.executable, str(world / "helper.py")])
    program.add_account(dovecot, account_user, name="home", password=f"{{ command = {command} }}")
    program.add_account(dovecot, account_user, name="wrong", login='"nobody@example.test"')
    program.add_account(dovecot, account_user, name="token", login_method='"xoauth2"')
    variable = '{ env = "MARKED_PASSWORD" }'
    program.add_account(dovecot, account_user, name="other", password=variable, inbox='"Nowhere"')
    runs = [
        program.run("run", "--dry-run", "--since", "30d", "--verbose"),
        program.run("run", "--once", "--since", "30d", "--verbose"),
        program.run("status", "--json"),
        program.run("list", "--full"),
    ]
    assert [run.code for run in runs] == [5, 5, 5, 0]
    assert len(dovecot.messages(account_user, "Drafts")) == 2
    process = program.start("run", "--verbose")
    try:
        deadline = time.monotonic() + 30
        while "pass_done" not in program.log and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "pass_done" in program.log
        assert not holds(Path(f"/proc/{process.pid}/cmdline").read_bytes())
    finally:
        kill(process)  # in the middle of whatever it does
    for run in runs:
        assert not holds(f"{run.out}{run.err}".encode())
    assert b"PATH" in (world / "seen-by-the-helper").read_bytes()
    assert (world / "state" / "ledger.sqlite").exists()
    assert_kept(world, "password", "config.toml")


@pytest.mark.dovecot
@pytest.mark.parametrize(
    "where",
    ["springback.connecting.find_password", "springback.cli.run.load_toolbox"],
)  # fmt: skip
def test_a_crash_tells_its_place_and_nothing_else(
    world: Path, dovecot: Dovecot, account_user: str, where: str
) -> None:
    dovecot.add_user(account_user, PASSWORD)
    program = program_of(world)
    program.add_account(dovecot, account_user)
    code = CRASH.format(where=where, mark=PASSWORD)
    program._command = lambda arguments: [  # type: ignore[method-assign]
        sys.executable, "-c", code, *arguments, "--config", str(program.config),
    ]  # fmt: skip
    done = program.run("run", "--once", "--verbose")
    assert done.code == 1
    assert "unexpected RuntimeError at" in done.err
    assert "Traceback" not in done.err
    assert not holds(f"{done.out}{done.err}".encode())
    assert_kept(world, "password", "config.toml")


@pytest.mark.parametrize(
    "broken",
    [
        f'id_secret = ["{ID_SECRET}"]', f'id_secert = "{ID_SECRET}"', f'id_secret = "{ID_SECRET}',
        f'id_secret = {{ key = "{ID_SECRET}" }}', f"id_secret = {ID_SECRET}",
        f'[[account]]\npassword = "{PASSWORD}"', f'[[account]]\npassword = {{ plain = "{PASSWORD}" }}',
    ],
)  # fmt: skip
def test_a_broken_configuration_is_told_without_its_secrets(tmp_path: Path, broken: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f'[reply]\nquote = "{MARK}"\n{broken}\n', "config.toml", tmp_path)
    assert not holds(str(caught.value).encode())


def test_no_value_shows_its_secret() -> None:
    text = f'{ACCOUNT.format(port=993, method="password")}[reply]\nid_secret = "{ID_SECRET}"\n'
    config = parse_config(text, "config.toml", Path("/"))
    assert config.reply.id_secret == ID_SECRET
    replier = replier_for(config.account[0], config.reply)
    for value in (config, config.reply, config.model_dump(), replier, config.reply.id_secret):
        assert not holds(f"{value!r}".encode())


@pytest.mark.parametrize("method", ["password", "xoauth2"])
@pytest.mark.parametrize("echo", ["line", "base64", "out of order"])
def test_a_server_that_echoes_the_secret_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, method: str, echo: str
) -> None:
    secret = PASSWORD if method == "password" else TOKEN
    monkeypatch.setenv("MARKED", secret)
    told = {
        "line": f"{{tag}} NO [AUTHENTICATIONFAILED] {secret} is wrong\r\n",
        "base64": f"{{tag}} NO no {base64.b64encode(secret.encode()).decode()}\r\n",
        "out of order": f"{secret} is out of order\r\n",
    }[echo]
    with ScriptedServer({"CAPABILITY": OFFERS, "LOGIN": told, "AUTHENTICATE": told}) as server:
        config = parse_config(ACCOUNT.format(port=server.port, method=method), "config.toml", Path("/"))
        with pytest.raises(SpringbackError, match="answers with the password or token") as caught:
            connect(config.account[0])
    error = caught.value
    assert not holds(f"{error}{error!r}{error.discreet}".encode())
