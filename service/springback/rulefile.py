"""The shape of a rule file: what TOML may say, key by key; unknown keys are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from springback.labels import Kind, Label, Stage, Status, Tier, VerdictName

Text = Annotated[str, Field(min_length=1)]
Texts = tuple[Text, ...]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
ListName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Place = Annotated[
    str, Field(pattern=r"^(subject|opening|text|cited|quoted|forwarded|sender|header:[A-Za-z-]+)$")
]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhrasesEntry(_Entry):
    """`[guard.NAME]` or `[context.NAME]`: phrases under a name, with examples."""

    why: str = ""
    any: Texts = ()
    regex: Texts = ()
    hit: Texts = ()
    miss: Texts = ()
    note: str = ""
    source: str = ""


class RuleEntry(_Entry):
    """`[[rule]]`: a new rule, or with `extends` a change to one that exists."""

    id: RuleId | None = None
    extends: RuleId | None = None
    label: Label | None = None
    tier: Tier | None = None
    family: Name | None = None
    status: Status | None = None
    kind: Kind | None = None
    stage: Stage | None = None
    where: tuple[Place, ...] | None = None
    needs: tuple[Name, ...] | None = None
    guards: tuple[Name, ...] | None = None
    vetoes: tuple[Label, ...] | None = None
    any: Texts = ()
    regex: Texts = ()
    unless: Texts = ()
    remove: Texts = ()
    hit: Texts = ()
    miss: Texts = ()
    todo_hit: Texts = ()
    todo_miss: Texts = ()
    note: str = ""
    source: str = ""
    since: str = ""


class DetailEntry(_Entry):
    """`[[detail]]`: regular expressions over the text as written, with named groups."""

    id: RuleId
    where: tuple[Place, ...] = ("subject", "text")
    after: Texts = ()
    regex: Texts
    hit: Texts
    miss: Texts
    note: str = ""
    source: str = ""


class DecideEntry(_Entry):
    """`[[decide]]`: one line of the decision table."""

    when: Text
    then: VerdictName


class DefaultsEntry(_Entry):
    """`[defaults]`: what a rule of this file has where it says nothing itself."""

    where: tuple[Place, ...] = ("subject", "text")
    guards: tuple[Name, ...] = ()


class RuleFileEntry(_Entry):
    """A whole rule file."""

    schema_: Literal[1] = Field(alias="schema")
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    common_words: Texts = ()
    off: tuple[RuleId, ...] = ()
    defaults: DefaultsEntry = DefaultsEntry()
    words: dict[ListName, Annotated[Texts, Field(min_length=1)]] = {}
    fragments: dict[ListName, Text] = {}
    guard: dict[Name, PhrasesEntry] = {}
    context: dict[Name, PhrasesEntry] = {}
    rule: tuple[RuleEntry, ...] = ()
    detail: tuple[DetailEntry, ...] = ()
    decide: tuple[DecideEntry, ...] = ()
