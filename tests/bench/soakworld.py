"""The world of a soak: mailboxes on a server, mail that arrives, a person at work, a network that fails."""

import email
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from bench.hostile import hostile_mails
from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.imapserver import session
from support.mails import ordinary, receipt, rejection
from support.wire import CuttingProxy, Ending

_ENDINGS: tuple[Ending, ...] = ("close", "reset", "half", "silence")
_FOLDERS = ("Drafts", "Sent", "Trash")
_HOSTILE = (
    "20,000 encoded words in Subject",
    "32,000 addresses in To",
    "20,000 quotes in From",
    "HTML: 1 MB of '<div>'",
    "HTML: 20,000 times '<!--'",
    "plain: 1 MB of spaces",
    "plain: 1 MB of quoted lines",
)


@dataclass
class Box:
    """A mailbox, its way to the server, and what has to be in it."""

    user: str
    proxy: CuttingProxy
    wanted: set[str] = field(default_factory=set)  # ids of rejections
    hostile: set[str] = field(default_factory=set)  # ids of mails that may have a draft, or none
    taken: set[str] = field(default_factory=set)  # ids whose draft the person deleted for good
    touched: set[str] = field(default_factory=set)  # ids of drafts that the person is done with
    delivered: list[bytes] = field(default_factory=list)
    seen: Mapping[str, str] = field(default_factory=dict)


class World:
    """Acts at random; everything follows from the seed and from time."""

    def __init__(self, server: Dovecot, ledger: Path, chance: random.Random) -> None:
        self.boxes: list[Box] = []
        self.faults: Counter[str] = Counter()
        self.deeds: Counter[str] = Counter()
        self._server = server
        self._ledger = ledger
        self._chance = chance
        self._numbers = count(1)
        known = dict(hostile_mails())
        self._hostile = [known[name] for name in _HOSTILE]

    def add(self, user: str, proxy: CuttingProxy) -> None:
        """Add a mailbox that is reached by a proxy."""
        self._server.add_user(user)
        self.boxes.append(Box(user, proxy))

    def mail_arrives(self) -> None:
        """Deliver a rejection, something else, or something hostile."""
        box, number = self._chance.choice(self.boxes), next(self._numbers)
        kind = self._chance.choices(("rejection", "other", "hostile"), (5, 4, 1))[0]
        if kind == "rejection":
            raw = rejection(number, to=box.user)
            box.wanted.add(_id(raw, "Message-ID"))
        elif kind == "other":
            raw = self._chance.choice((receipt, ordinary))(number)
        else:
            mark = f"<{number}.hostile@acme.example>"
            raw = self._chance.choice(self._hostile).replace(b"<1@acme.example>", mark.encode())
            box.hostile.add(mark)
        self._server.deliver(box.user, raw)
        box.delivered.append(raw)
        self.deeds[f"{kind} mails"] += 1

    def person_acts(self) -> None:
        """Edit, send or delete a draft, as a mail program does."""
        box = self._chance.choice(self.boxes)
        with session(self._server, box.user) as client:
            if not client.folder_exists("Drafts"):
                return
            client.select_folder("Drafts")
            drafts = client.fetch(client.search(), ["BODY.PEEK[]"])
            found = {uid: data[b"BODY[]"] for uid, data in drafts.items()}
            fresh = [uid for uid, raw in found.items() if _id(raw, "Message-ID") not in box.touched]
            if fresh:
                uid = self._chance.choice(fresh)
                self._act(client, box, uid, found[uid])

    def _act(self, client: Any, box: Box, uid: int, raw: bytes) -> None:  # noqa: ANN401 - IMAPClient has no types
        mark = _id(raw, "Message-ID")
        deed = self._chance.choice(("edited", "sent", "deleted", "deleted for good"))
        if deed == "deleted for good":
            # Where nobody knows yet whether a draft was stored, one without a trace may be stored again.
            if not self._is_settled(mark):
                return
            box.taken.add(_id(raw, "In-Reply-To"))
        elif deed == "edited":
            again = f"<{next(self._numbers)}.edited@ellery.example>"
            box.touched.add(again)
            client.append("Drafts", raw.replace(mark.encode(), again.encode(), 1), [rb"\Draft", rb"\Seen"])
        else:
            folder = "Sent" if deed == "sent" else "Trash"
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, raw, [rb"\Seen"])
        box.touched.add(mark)
        client.delete_messages([uid])
        client.uid_expunge([uid])
        self.deeds[f"drafts {deed}"] += 1

    def _is_settled(self, message_id: str) -> bool:
        with closing(sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True, timeout=30)) as connection:
            query = "SELECT state FROM drafts WHERE message_id = ?"
            return bool(connection.execute(query, (message_id,)).fetchone() == ("done",))

    def fault(self, freeze: Callable[[float], None]) -> None:
        """Let something go wrong that is over after some seconds."""
        box = self._chance.choice(self.boxes)
        kind = self._chance.choices(
            ("cut", "black hole", "refused", "server restarted", "frozen"), (5, 2, 2, 2, 2)
        )[0]
        span = self._chance.uniform(1, 5)
        if kind == "cut":
            ending = self._chance.choice(_ENDINGS)
            box.proxy.cut(self._chance.choice(("client", "server")), self._chance.randrange(6_000), ending)
            kind = f"cut ({ending})"
        elif kind == "black hole":
            box.proxy.black_hole()
            time.sleep(span)
            box.proxy.forward()
        elif kind == "refused":
            box.proxy.refuse()
            time.sleep(span)
            box.proxy.forward()
        elif kind == "server restarted":
            self._server.restart()
        else:
            freeze(span)
        self.faults[kind] += 1

    def look(self) -> None:
        """Look at every inbox: what was there has to be there as it was; raises AssertionError."""
        for box in self.boxes:
            now = self._server.snapshot(box.user)
            assert box.seen.items() <= now.items(), f"{box.user}: mail in the inbox was changed"
            box.seen = now

    def calm(self) -> None:
        """End every fault."""
        for box in self.boxes:
            box.proxy.forward()

    def missing(self) -> list[str]:
        """Return the rejections that have no draft yet."""
        return [one for box in self.boxes for one in box.wanted - box.taken if not self.answers(box)[one]]

    def answers(self, box: Box) -> Counter[str]:
        """Return how many answers a mailbox holds, by the mail that they answer."""
        stored = [raw for folder in _FOLDERS for raw in self._server.messages(box.user, folder)]
        return Counter(_id(raw, "In-Reply-To") for raw in stored)

    def broken_promises(self) -> list[str]:
        """Return what isn't as promised: drafts, inboxes, commands."""
        self.look()
        found = []
        for box in self.boxes:
            answers = self.answers(box)
            expected = Counter(dict.fromkeys(box.wanted - box.taken, 1))
            optional = {one for one in box.hostile if answers[one] == 1}
            if answers - expected != Counter(dict.fromkeys(optional, 1)) or expected - answers:
                found.append(f"{box.user}: {dict((answers - expected) + (expected - answers))}")
            inbox = self._server.messages(box.user)
            flags = {one.partition(" ")[0].partition(":2,")[2] for one in list(box.seen.values())[1:]}
            if sorted(inbox) != sorted(box.delivered) or flags - {""}:
                found.append(f"{box.user}: the inbox isn't what was delivered")
            outside = self._server.verbs(box.user) - ALLOWED
            if outside:
                found.append(f"{box.user}: {sorted(outside)}")
        return found


def _id(raw: bytes, header: str) -> str:
    head = raw.partition(b"\r\n\r\n")[0][:20_000].partition(b"\n\n")[0]
    return str(email.message_from_bytes(head).get(header, "")).strip()
