"""`springback demo`: the daemon's own pass, over the wire, on a mailbox that is thrown away."""

import signal
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

from rich.rule import Rule

from springback.cli.common import console
from springback.cli.run import show_report
from springback.config import Account, Config, Log, Password, Paths, Reply
from springback.demo.samples import sample_messages
from springback.demo.server import DemoServer, serve
from springback.ledger import Ledger
from springback.log import configure_logging
from springback.mailbox import Mailbox
from springback.rounds import Rounds
from springback.workshop import load_toolbox

_ALL_OF_IT = timedelta(days=36_500)


def run_demo(*, keep: bool, port: int) -> None:
    """Fill a mailbox on this machine, run a pass over it and show everything."""
    out = console()
    messages = sample_messages()
    with (
        tempfile.TemporaryDirectory(prefix="springback-demo-") as folder,
        serve(messages, port=port) as server,
    ):
        out.print(
            f"A throw-away IMAP server runs on {server.host}:{server.port}, "
            f"with {len(messages)} mails in the inbox of {server.user}.\n",
            markup=False,
        )
        config = _config(server, Path(folder))
        configure_logging(config.log)
        ledger = Ledger(config.state_folder)
        rounds = Rounds(
            config,
            ledger,
            load_toolbox(),
            connect=lambda account: Mailbox(account, server.password),
        )
        account = config.account[0]
        report = rounds.once(account, since=_ALL_OF_IT)
        show_report(account.name, report, dry_run=False, texts=True)
        again = rounds.once(account, since=_ALL_OF_IT)
        ledger.close()
        out.print(
            f"\nA second pass over the same mail made {len(again.drafted)} drafts. "
            "Nothing was sent; the inbox is as it was.",
            markup=False,
        )
        if keep:
            _keep(server)


def _config(server: DemoServer, folder: Path) -> Config:
    account = Account(
        name="demo",
        address=server.user,
        full_name="Robin Ellery",
        host=server.host,
        port=server.port,
        tls=False,
        password=Password(env="SPRINGBACK_DEMO"),
    )
    reply = Reply(maximum_age=_ALL_OF_IT)  # the sample mails keep their dates
    return Config(account=(account,), paths=Paths(state=folder), reply=reply, log=Log(level="warning"))


def _keep(server: DemoServer) -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Raised wherever the program just is, an interrupt may get lost.
        signal.signal(number, lambda *_: over.set())
    out = console()
    out.print(Rule())
    out.print(
        "The mailbox stays until you press Ctrl-C. Add an IMAP account to your mail program:\n"
        f"  server   {server.host}, port {server.port}, connection security: none\n"
        f"  user     {server.user}\n"
        f"  password {server.password}\n"
        "or look with:\n"
        f"  neomutt -n -F /dev/null -e 'set ssl_force_tls=no ssl_starttls=no imap_pass={server.password} "
        f"folder=imap://{server.user.replace('@', '%40')}@{server.host}:{server.port}/ "
        "postponed=+Drafts' -f =Drafts",
        markup=False,
    )
    over.wait()
    raise KeyboardInterrupt
