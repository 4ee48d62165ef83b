"""What is measured: the bare loop and the real pass, each run in a process of its own."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient import IMAPClient

from bench import child

USER = "robin@example.test"
_BATCH = 200


def bare_loop(host: str, port: int, ca_file: str, debug: int | None = None) -> dict[str, Any]:
    """Fetch every mail in batches, as the shortest program would, and count."""
    watch = child.Stopwatch()
    count = 0
    with login(host, port, ca_file) as client:
        if debug is not None:
            client._imap.debug = debug
        client.select_folder("INBOX", readonly=True)
        uids = client.search(["SINCE", (datetime.now(UTC) - timedelta(days=1)).date()])
        for start in range(0, len(uids), _BATCH):
            for data in client.fetch(uids[start : start + _BATCH], ["BODY.PEEK[]"]).values():
                count += bool(data[b"BODY[]"])
    return {"mails": count, **watch.read()}


def one_pass(host: str, port: int, ca_file: str, state: str, since: float | None) -> dict[str, Any]:
    """Do what `springback run --once` does."""
    # Here, as the bare loop's process must not carry the program.
    from springback.config import Config  # noqa: PLC0415
    from springback.ledger import Ledger  # noqa: PLC0415
    from springback.log import configure_logging  # noqa: PLC0415
    from springback.rounds import Rounds  # noqa: PLC0415
    from springback.workshop import load_toolbox  # noqa: PLC0415

    os.environ["BENCH_PASSWORD"] = "secret"  # noqa: S105 - of the private server
    account = {
        "name": "bench", "address": USER, "full_name": "Robin Ellery", "host": host, "port": port,
        "ca_file": ca_file, "password": {"env": "BENCH_PASSWORD"},
    }  # fmt: skip
    config = Config.model_validate({"account": [account], "paths": {"state": state}})
    configure_logging(config.log)
    tools = load_toolbox()
    ledger = Ledger(config.state_folder)
    watch = child.Stopwatch()
    with ledger.locked():
        done = Rounds(config, ledger, tools).once(
            config.account[0], since=timedelta(seconds=since) if since else None
        )
    reading = watch.read()
    ledger.close()
    if done.failed:
        raise RuntimeError(f"{done.failed} mails were not dealt with")
    return {"mails": done.looked_at, "drafted": len(done.drafted), **reading}


def login(host: str, port: int, ca_file: str) -> Any:  # noqa: ANN401 - IMAPClient has no types
    """Return a client as a script would make it."""
    context = ssl.create_default_context(cafile=ca_file)
    client = IMAPClient(host, port, ssl_context=context, timeout=60)
    client.login(USER, "secret")
    return client
