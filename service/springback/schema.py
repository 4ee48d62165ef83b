"""The tables of the ledger; `migrations/` brings an older ledger to this form."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData()

# Up to which UID a folder has been dealt with. UIDs mean nothing under another UIDVALIDITY.
cursors = Table(
    "cursors",
    metadata,
    Column("account", String, primary_key=True),
    Column("folder", String, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("floor", DateTime(timezone=True), nullable=False),
)

# Rejections and mails for review, once each; `key` is the mail's fingerprint.
mails = Table(
    "mails",
    metadata,
    Column("account", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("message_id", String),
    Column("thread", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("sender_domain", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("verdict", String, nullable=False),
    Column("kind", String),
    Column("stage", String),
    Column("language", String),
    Column("company", String),
    Column("role", String),
    Column("contact", JSON, nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("rules", String, nullable=False),
    Column("no_draft", Text),
    Column("domain", String, nullable=False, server_default=""),  # the firm's own
    Column("notice", Boolean, nullable=False, server_default=false()),  # written by no person
    Column("words", String, nullable=False, server_default=""),  # digest of the letter's words
    Column("reminds", Boolean, nullable=False, server_default=false()),  # of an earlier letter
    Column("answered", Boolean, nullable=False, server_default=false()),  # by the person
)

# Drafts, written before they are sent to the server: `content` is what every try sends.
drafts = Table(
    "drafts",
    metadata,
    Column("account", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("source_id", String),
    Column("template", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", String, nullable=False),  # intent, done, refused, parked
    Column("folder", String, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uidnext", BigInteger, nullable=False),
    Column("uid", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("touched_at", DateTime(timezone=True), nullable=False),
    Column("note", Text),
    Column("subject", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
)

# Mails that are too young for a draft, and when they are old enough.
waiting = Table(
    "waiting",
    metadata,
    Column("account", String, primary_key=True),
    Column("folder", String, primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("due", DateTime(timezone=True), nullable=False),
    Column("sender", String, nullable=False, server_default=""),
    Column("subject", String, nullable=False, server_default=""),
    Column("sent_at", DateTime(timezone=True)),
)

# Mails that could not be read yet: the gap list behind the watermark.
failures = Table(
    "failures",
    metadata,
    Column("account", String, primary_key=True),
    Column("folder", String, primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("touched_at", DateTime(timezone=True), nullable=False),
)

# How the last pass of each account went.
passes = Table(
    "passes",
    metadata,
    Column("account", String, primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("succeeded_at", DateTime(timezone=True)),
    Column("ok", Boolean, nullable=False),
    Column("error", Text),
    Column("failures", Integer, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("drafted", Integer, nullable=False),
    Column("next_at", DateTime(timezone=True)),
    Column("mode", String),  # push, poll: how the daemon waits for mail
    Column("pushed_at", DateTime(timezone=True)),
    Column("kind", String),  # the class of the error
    Column("backlog", Integer, nullable=False, server_default="0"),
    Column("refused_logins", Integer, nullable=False, server_default="0"),
)

# How much each account took from its server on a day.
volume = Table(
    "volume",
    metadata,
    Column("account", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)

# What is wrong with the rules and templates on disk, where the last good ones are in force.
refused_files = Table(
    "refused_files",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("problem", Text, nullable=False),
)
