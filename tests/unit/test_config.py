"""The configuration: read as a whole, every problem told at once, with what to write instead."""

from datetime import timedelta
from pathlib import Path

import pytest

from springback.cli.common import configuration_if_any
from springback.config import Config, is_loopback, parse_duration
from springback.configfile import load_config, parse_config
from springback.errors import ConfigError, InputError
from springback.places import default_config_path

ACCOUNT = """
[[account]]
name = "home"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "imap.ellery.example"
"""


NO_HOST = "is no name or address of a server; write it alone, as imap.ellery.example"


def config(text: str = ACCOUNT, folder: Path = Path("/nowhere")) -> Config:
    return parse_config(text, "config.toml", folder)


def problems_of(text: str, folder: Path = Path("/nowhere")) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config(text, folder)
    assert str(caught.value).startswith("Can't use the configuration config.toml:")
    return list(caught.value.problems)


def test_the_least_configuration_has_sound_defaults() -> None:
    found = config()
    (account,) = found.account
    assert (account.port, account.tls, account.inbox, account.drafts) == (993, True, "INBOX", None)
    assert account.user == "robin@ellery.example"
    assert account.password.keyring
    assert found.poll.interval == timedelta(minutes=2)
    assert (found.reply.language, found.reply.quote, found.reply.unreachable) == ("en", True, "draft")
    assert found.log.level == "info"
    assert found.state_folder.name == "springback"


def test_own_addresses_are_compared_in_lower_case() -> None:
    (account,) = config(f'{ACCOUNT}aliases = ["R.Ellery@Mail.example"]\nlogin = "robin"').account
    assert account.own_addresses == {"robin@ellery.example", "r.ellery@mail.example"}
    assert account.user == "robin"


def test_every_problem_is_told_at_once() -> None:
    lines = problems_of(
        """
        [[account]]
        name = "my home"
        address = "Robin <robin@ellery.example>"
        hots = "imap.ellery.example"
        port = 70000
        [[account]]
        name = "work"
        address = "robin@work.example"
        full_name = ""
        host = "imap.work.example"
        password = "hunter2"
        tls = "perhaps"
        [poll]
        interval = "5 minutes"
        settle = 30
        [reply]
        unreachable = "never"
        language = "English"
        quote_lines = 0
        [log]
        level = "loud"
        [pol]
        """
    )
    starts = {line.partition(": ")[0] for line in lines}
    assert starts == {
        "account[1].name", "account[1].address", "account[1].hots", "account[1].host",
        "account[1].full_name", "account[1].port", "account[2].full_name", "account[2].password",
        "account[2].tls", "poll.interval", "poll.settle", "reply.unreachable", "reply.language",
        "reply.quote_lines", "log.level", "pol",
    }  # fmt: skip
    assert len(lines) == len(starts)
    assert not any("hunter2" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "account: is missing; add it"),
        ("account = []", "there is no account; add an [[account]]"),
        ("[[account]", "not valid TOML"),
        (f"x = {'[' * 9_000}", "not valid TOML: it is nested too deeply"),
        (ACCOUNT.replace("host", "hots"), "account[1].hots: unknown key. Did you mean 'host'?"),
        (ACCOUNT.replace("host", "hots"), "account[1].host: is missing; add it"),
        (f"{ACCOUNT}[repyl]", "repyl: unknown key. Did you mean 'reply'?"),
        (f"{ACCOUNT}[reply]\nquotes = true", "reply.quotes: unknown key. Did you mean 'quote'?"),
        (ACCOUNT.replace("robin@ellery.example", "robin"), "'robin' is no e-mail address; write it without"),
        (f'{ACCOUNT}aliases = ["x"]', "account[1].aliases[1]: 'x' is no e-mail address"),
        (f"{ACCOUNT}{ACCOUNT}", "two accounts are called 'home'; give each a name of its own"),
        (f"{ACCOUNT}tls = false", "account[1].tls: false is allowed to this machine only"),
        (f'{ACCOUNT}password = "hunter2"', "account[1].password: a password is never written here; write {"),
        (f"{ACCOUNT}password = {{}}", "give exactly one of keyring, command, env, file, cred"),
        (f'{ACCOUNT}password = {{ env = "A", file = "b" }}', "credential; found env, file"),
        (f'{ACCOUNT}password = {{ plain = "hunter2" }}', "account[1].password.plain: unknown key"),
        (f'{ACCOUNT}password = {{ command = "pass show x" }}', "account[1].password.command: "),
        *((ACCOUNT.replace("imap.ellery.example", host), f"account[1].host: {NO_HOST}") for host in (
            "imaps://imap.ellery.example", "imap.ellery.example:993", "imap..example", "", " ",
            "imap.ellery.example.", f"{'x' * 64}.example", ".".join(["x" * 60] * 5), "bücher.example",
        )),
        (ACCOUNT.replace("home", "my home"), "account[1].name: is no short name; use letters, "),
        (f'{ACCOUNT}login = "Zoë"', "account[1].login: holds more than plain letters, digits and marks"),
        (f'{ACCOUNT}[reply]\nlanguage = "English"', "reply.language: is no language; write two small"),
        (f"{ACCOUNT}[reply]\nminimum_age = 0", 'reply.minimum_age: is no time span; write for example "'),
        (f"{ACCOUNT}[reply]\nminimum_age = 0", 'or "2w", or "0" for none'),
        (f"{ACCOUNT}[poll]\ndaily_megabytes = {'9' * 5_000}", "not valid TOML: "),
        (f'{ACCOUNT}[poll]\ninterval = "{"9" * 5_000}d"', "poll.interval: is no time span"),
        (f'{ACCOUNT}password = "hunter2"', '{ file = "..." } or { credential = "..." }'),
        (f'{ACCOUNT}[poll]\ninterval = "0s"', "poll.interval: is no time span; write for example"),
        (f'{ACCOUNT}[poll]\ninterval = "9999999w"', "poll.interval: is no time span"),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_remedy(text: str, problem: str) -> None:
    lines = problems_of(text)
    assert any(problem in line for line in lines)
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "LOCALHOST", "127.0.0.9"])
def test_plain_text_is_allowed_on_this_machine(host: str) -> None:
    text = ACCOUNT.replace("imap.ellery.example", host) + "tls = false"
    assert not config(text).account[0].tls


@pytest.mark.parametrize(
    "host", ["imap.ellery.example", "10.0.0.1", "localhost.ellery.example", "", "192.168.0.1"]
)
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        (" 5 m ", timedelta(minutes=5)),
    ],
)
def test_time_spans(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "5", "m", "0m", "-5m", "5 minutes", "1h30m", "1.5h", 5, None, "٥m5"])
def test_what_is_no_time_span(text: object) -> None:
    with pytest.raises(ValueError, match="is no time span"):
        parse_duration(text)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    for name in ("rules", "letters"):
        (tmp_path / name).mkdir()
    (tmp_path / "ca.pem").write_text("x")
    path = tmp_path / "config.toml"
    path.write_text(
        f'{ACCOUNT}ca_file = "ca.pem"\npassword = {{ file = "secret" }}\n'
        '[paths]\nrules = "rules"\ntemplates = "letters"\nstate = "state"\n'
    )
    found = load_config(path)
    assert found.paths.rules == tmp_path / "rules"
    assert found.paths.templates == tmp_path / "letters"
    assert found.state_folder == tmp_path / "state"
    assert found.account[0].ca_file == tmp_path / "ca.pem"
    assert found.account[0].password.file == tmp_path / "secret"


def test_absolute_and_home_paths_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/robin")
    assert config(f'{ACCOUNT}[paths]\nstate = "/var/x"').paths.state == Path("/var/x")
    assert config(f'{ACCOUNT}[paths]\nstate = "~/x"').paths.state == Path("/home/robin/x")


def test_missing_folders_and_files_are_told_at_once(tmp_path: Path) -> None:
    text = f'{ACCOUNT}ca_file = "ca.pem"\n[paths]\nrules = "rules"\ntemplates = "letters"\n'
    lines = problems_of(text, tmp_path)
    assert [line.partition(":")[0] for line in lines] == [
        "paths.rules", "paths.templates", "account[1].ca_file",
    ]  # fmt: skip


LONG = "x" * 256  # more than a name may have


def test_folders_and_files_out_of_reach_are_told_by_key(barred: Path) -> None:
    text = f'{ACCOUNT}ca_file = "{barred / "file"}"\n[paths]\nrules = "{barred}"\ntemplates = "/{LONG}"\n'
    assert problems_of(text) == [
        f"paths.rules: can't read {barred}: Permission denied; correct or remove the key",
        f"paths.templates: can't read /{LONG}: File name too long; correct or remove the key",
        f"account[1].ca_file: can't read {barred / 'file'}: Permission denied; correct or remove the key",
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[paths]\nstate = "a\\u0000b"', "paths.state"),
        ('password = { file = "a\\u0000b" }', "account[1].password.file"),
        ('password = { command = ["a", "b\\u0000"] }', "account[1].password.command[2]"),
        ('password = { credential = "a\\u0000b" }', "account[1].password.credential"),
    ],
)
def test_a_nul_is_told_by_key(text: str, key: str) -> None:
    assert problems_of(ACCOUNT + text) == [f"{key}: holds a NUL character; remove it"]


def test_a_default_configuration_out_of_reach_is_told(barred: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't taken for one that isn't there: its rules would be left out in silence."""
    monkeypatch.setenv("SPRINGBACK_CONFIG", str(barred / "file"))
    with pytest.raises(InputError, match=f"Can't read the configuration {barred / 'file'}: .*Permission"):
        configuration_if_any(None)
    monkeypatch.setenv("SPRINGBACK_CONFIG", str(barred.parent / "nothing" / "config.toml"))
    assert configuration_if_any(None) is None


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no .*config\.toml\. Copy config\.example\.toml"):
        load_config(tmp_path / "config.toml")


def test_a_mark_at_the_start_of_the_file_is_read_over(tmp_path: Path) -> None:
    """As some editors write it."""
    (tmp_path / "config.toml").write_text(ACCOUNT, "utf-8-sig")
    assert load_config(tmp_path / "config.toml").account[0].name == "home"


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_can_not_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "config.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match="Can't read the configuration"):
        load_config(path)


def test_the_environment_may_name_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPRINGBACK_CONFIG", "/x/y.toml")
    assert default_config_path() == Path("/x/y.toml")
    monkeypatch.delenv("SPRINGBACK_CONFIG")
    assert default_config_path().parts[-2:] == ("springback", "config.toml")
