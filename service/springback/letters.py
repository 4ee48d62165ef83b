"""Reply templates, checked when they are loaded and rendered in a sandbox.

What a template may use is fixed here; a name it doesn't know is an error before any mail is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from jinja2 import DictLoader, StrictUndefined, TemplateSyntaxError, meta
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from springback.errors import TemplateError
from springback.hints import did_you_mean

LETTERS = ("application", "interview", "final", "closed")
_ATTRIBUTION = "attribution"
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_MAX_LETTER = 20_000  # characters


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter may say; None and False where it isn't known, and then it isn't said."""

    my_name: str
    first_name: str | None = None
    contact_name: str | None = None
    company: str | None = None
    role: str | None = None
    ask_feedback: bool = False


@dataclass(frozen=True, slots=True)
class AttributionFacts:
    """What the line above the quoted mail may say."""

    sent: datetime
    writer: str


_KNOWN = {
    **dict.fromkeys(LETTERS, frozenset(LetterFacts.__dataclass_fields__)),
    _ATTRIBUTION: frozenset(AttributionFacts.__dataclass_fields__),
}


_ALL_FACTS = LetterFacts(
    my_name="Robin Ellery",
    first_name="Jane",
    contact_name="Jane Doe",
    company="Acme",
    role="Data Analyst",
    ask_feedback=True,
)


class Letters:
    """A complete, checked set of templates."""

    def __init__(self, texts: Mapping[str, str], default_language: str = "en") -> None:
        """Check the templates; raises TemplateError with every problem in them."""
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(dict(texts)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            autoescape=False,  # plain text; HTML escaping would show in the letter
        )
        self._names = frozenset(texts)
        self._default = default_language
        problems = [problem for name, text in texts.items() for problem in self._check(name, text)]
        wanted = (f"{default_language}/{letter}.txt.j2" for letter in (*LETTERS, _ATTRIBUTION))
        problems += [f"{name}: is missing" for name in wanted if name not in texts]
        problems = problems or list(self._try())
        if problems:
            raise TemplateError("Can't load the templates", problems)

    def letter(self, name: str, language: str | None, facts: LetterFacts) -> str:
        """Return a letter; raises TemplateError where its template fails on these facts."""
        return self._render(name, language, asdict(facts))

    def attribution(self, language: str | None, facts: AttributionFacts) -> str:
        """Return the line that stands above the quoted mail."""
        return self._render(_ATTRIBUTION, language, {"sent": facts.sent, "writer": facts.writer})

    def _check(self, name: str, text: str) -> list[str]:
        letter = name.rpartition("/")[2].removesuffix(".txt.j2")
        known = _KNOWN.get(letter)
        if known is None:
            return [f"{name}: no letter of this name is ever written.{did_you_mean(letter, _KNOWN)}"]
        try:
            used = meta.find_undeclared_variables(self._environment.parse(text))
            self._environment.from_string(text)
        except TemplateSyntaxError as error:
            return [f"{name}: line {error.lineno}: {error.message}"]
        return [
            f"{name}: no variable {variable!r}.{_hint(variable, known)}" for variable in sorted(used - known)
        ]

    def _try(self) -> Iterator[str]:
        """Yield what fails when each template is rendered, with all facts and with none."""
        sent = AttributionFacts(sent=datetime(2026, 11, 16, 9, 12, tzinfo=UTC), writer="Jane Doe")
        for name in sorted(self._names):
            language, _, letter = name.removesuffix(".txt.j2").partition("/")
            for facts in (_ALL_FACTS, LetterFacts(my_name="Robin Ellery")):
                try:
                    if letter == _ATTRIBUTION:
                        self.attribution(language, sent)
                    else:
                        self.letter(letter, language, facts)
                except TemplateError as error:
                    yield from error.problems
                    break

    def _render(self, letter: str, language: str | None, facts: Mapping[str, object]) -> str:
        name = f"{language}/{letter}.txt.j2"
        if name not in self._names:
            name = f"{self._default}/{letter}.txt.j2"
        try:
            text = self._environment.get_template(name).render(facts)
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError("Can't write the reply", [f"{name}: {error}"]) from None
        return _BLANK_LINES.sub("\n\n", text[:_MAX_LETTER]).strip()


def _hint(variable: str, known: frozenset[str]) -> str:
    listed = f" Known: {', '.join(sorted(known))}."
    hint = did_you_mean(variable, known)
    return hint if hint == listed else hint + listed
