"""The command line: one short function for each command, its work in a module of its own.

Results go to stdout, logs and errors to stderr. Exit codes: 0 done, 1 something failed, 2 wrong
use, configuration, rules or templates, 3 login or password, 4 server out of reach, 5 folder,
6 ledger, 7 (status only) the daemon is gone, 130 stopped by Ctrl-C.
"""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from springback.cli.groups import rules_app, templates_app
from springback.cli.options import ConfigOption, JsonOption
from springback.errors import InputError, SpringbackError, place_of
from springback.escape import escape
from springback.streams import require_streams, tell

_MAX_LINE = 4_000  # characters of an error

app = typer.Typer(
    name="springback",
    help="Find job rejections in your inbox; leave a gracious, threaded reply in Drafts. Never sends.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(rules_app, name="rules")
app.add_typer(templates_app, name="templates")


def main() -> None:
    """Run the program; an expected error is one line on stderr and an exit code."""
    require_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except SpringbackError as error:
        tell("\n".join(escape(line, _MAX_LINE) for line in str(error).split("\n")))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)  # the reader of our output has left; nothing more to say
    except Exception as error:  # noqa: BLE001 - its own text may hold mail or a secret
        tell(f"Can't go on: {place_of(error)}. This is a mistake in the program")
        sys.exit(1)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's signature
    from importlib.metadata import version

    if wanted:
        typer.echo(f"springback {version('springback')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def _time_span(text: str) -> timedelta:
    from springback.config import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from None


@app.command()
def run(
    config: ConfigOption = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="One pass over each account, then end.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="One pass that changes nothing; show what would be drafted."),
    ] = False,
    since: Annotated[
        timedelta | None,
        typer.Option(parser=_time_span, metavar="SPAN", help='Look at older mail too, as "30d".'),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Addresses, logins and folder names in the log too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch the inboxes and leave drafts, until stopped."""
    from springback.cli.run import run_daemon, run_once

    if once or dry_run:
        raise typer.Exit(run_once(config, since=since, dry_run=dry_run, as_json=as_json, verbose=verbose))
    if as_json:
        raise InputError(
            "Can't run: --json goes with --once or --dry-run. The daemon's log is JSON with log.format"
        )
    run_daemon(config, since=since, verbose=verbose)


@app.command()
def check(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, mboxes, folders; - for stdin.")
    ],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Classify saved mail and show the evidence."""
    from springback.cli.check import check_paths

    raise typer.Exit(check_paths(paths, config, as_json=as_json))


@app.command()
def preview(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A saved mail; - for stdin.")],
    config: ConfigOption = None,
    *,
    past: Annotated[
        list[str] | None,
        typer.Option("--past", metavar="PATH", help="Saved earlier mail: who was met, and how far it got."),
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if it is no rejection.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The draft's bytes as they would be stored.")] = False,
) -> None:
    """Show the draft that would be made of a saved mail."""
    from springback.cli.preview import preview_path

    raise typer.Exit(preview_path(path, config, past=past or [], anyway=anyway, raw=raw))


@app.command(name="list")
def list_(
    config: ConfigOption = None,
    *,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="How many, newest first.")
    ] = 50,
    full: Annotated[bool, typer.Option("--full", help="With the reasons and the letters.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what was found and drafted."""
    from springback.cli.listing import list_entries

    list_entries(config, limit=limit, full=full, as_json=as_json)


@app.command()
def status(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Show how the daemon and each account are doing; the exit code tells a monitor.

    0 fine, 1 something needs a look, 2 wrong use or configuration, 3 login or password, 4 server out of reach
    for half an hour or ever, 5 folder, 6 ledger, 7 the daemon is gone; the highest that applies.
    """
    from springback.cli.status import show_status

    raise typer.Exit(show_status(config, as_json=as_json))


@app.command()
def retry(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="What to begin anew with; none: list it.")
    ] = None,
    config: ConfigOption = None,
    *,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="Of this account only.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that there is.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Begin anew with drafts that are parked or refused, and with mails set aside."""
    from springback.cli.retry import retry_entries

    retry_entries(config, keys or [], account=account, everything=everything, as_json=as_json)


@app.command()
def demo(
    *,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave the mailbox running, to look at it in a mail program."),
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="The port of the mailbox; 0 for any.")
    ] = 0,
) -> None:
    """Run the whole program on a throw-away mailbox with sample mails."""
    from springback.cli.demo import run_demo

    run_demo(keep=keep, port=port)
