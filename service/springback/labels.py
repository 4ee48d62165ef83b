"""The words that rules and verdicts are written in."""

from typing import Literal

Label = Literal[
    "rejection",
    "receipt",
    "interview",
    "assessment",
    "offer",
    "hold",
    "withdrawn",
    "bulk",
    "other-domain",
    "account",
    "survey",
    "regret",
    "farewell",
    "stage",
    "no-feedback",
    "do-not-reply",
]
Tier = Literal["decisive", "strong", "weak"]
Status = Literal["active", "experimental", "retired"]
Kind = Literal["decision", "closed"]
Stage = Literal["application", "interview", "final"]
VerdictName = Literal["rejection", "review", "other"]
