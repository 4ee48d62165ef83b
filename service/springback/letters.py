"""Reply templates, checked when they are loaded and rendered in a sandbox.

What a template may use is fixed here; a name it doesn't know is an error before any mail is read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from jinja2 import DictLoader, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.runtime import Context

from springback import wording
from springback.articles import at_firm, with_article
from springback.errors import TemplateError
from springback.facts import LETTERS, AttributionFacts, LetterFacts
from springback.hints import did_you_mean
from springback.letterlanguage import MAX_TEMPLATE, LetterEnvironment, refusals
from springback.specimens import SENT, specimens

_ATTRIBUTION = "attribution"
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_MAX_TOLD = 300  # characters of what went wrong


_KNOWN = {
    **dict.fromkeys(LETTERS, frozenset(LetterFacts.__dataclass_fields__)),
    _ATTRIBUTION: frozenset(AttributionFacts.__dataclass_fields__),
}


class Letters:
    """A complete, checked set of templates."""

    def __init__(
        self,
        texts: Mapping[str, str],
        default_language: str = "en",
        *,
        trusted: Mapping[str, str] | None = None,
    ) -> None:
        """Check the templates; raises TemplateError with every problem in them.

        Those that are the same in `trusted` are known to be right.
        """
        self._environment = LetterEnvironment(DictLoader(dict(texts)), _FILTERS)
        self._names = frozenset(texts)
        self._default = default_language
        suspect = [name for name in sorted(texts) if texts[name] != (trusted or {}).get(name)]
        problems = [
            problem for name in suspect for problem in self._check(name, texts[name]) or self._try(name)
        ]
        wanted = (f"{default_language}/{letter}.txt.j2" for letter in (*LETTERS, _ATTRIBUTION))
        problems += [f"{name}: is missing" for name in wanted if name not in texts]
        if problems:
            raise TemplateError("Can't load the templates", problems)

    def letter(self, name: str, language: str | None, facts: LetterFacts) -> str:
        """Return a letter; raises TemplateError where its template fails on these facts."""
        return self._render(name, language, _values(facts))

    def attribution(self, language: str | None, facts: AttributionFacts) -> str:
        """Return the line that stands above the quoted mail."""
        return self._render(_ATTRIBUTION, language, _values(facts))

    def _check(self, name: str, text: str) -> list[str]:
        letter = name.rpartition("/")[2].removesuffix(".txt.j2")
        known = _KNOWN.get(letter)
        if known is None:
            return [f"{name}: no letter of this name is ever written.{did_you_mean(letter, _KNOWN)}"]
        if len(text) > MAX_TEMPLATE:
            return [f"{name}: is over {MAX_TEMPLATE:,} characters; a letter is a page of text"]
        try:
            tree = self._environment.parse(text)
            # Jinja takes a name that is set in a branch for one that comes from outside.
            own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
            used = meta.find_undeclared_variables(tree) - own
            self._environment.from_string(text)
        except TemplateSyntaxError as error:
            return [f"{name}: line {error.lineno}: {error.message}"]
        except (RecursionError, SyntaxError, MemoryError, ValueError) as error:
            return [f"{name}: can't be read ({type(error).__name__}); it nests too deeply"]
        return [f"{name}: line {line}: {told}" for line, told in refusals(tree, known - own)] + [
            f"{name}: no variable {variable!r}.{_hint(variable, known)}" for variable in sorted(used - known)
        ]

    def _try(self, name: str) -> list[str]:
        """Return what fails when a template is rendered with all sorts of facts."""
        language, _, letter = name.removesuffix(".txt.j2").partition("/")
        try:
            if letter == _ATTRIBUTION:
                self.attribution(language, AttributionFacts(sent=SENT, writer="Jane Doe"))
            else:
                for specimen in specimens(language):
                    self.letter(letter, language, specimen.facts)
        except TemplateError as error:
            return list(error.problems)
        return []

    def _render(self, letter: str, language: str | None, facts: Mapping[str, object]) -> str:
        name = f"{language}/{letter}.txt.j2"
        if name not in self._names:
            name = f"{self._default}/{letter}.txt.j2"
        try:
            text = self._environment.get_template(name).render(facts)
        except Exception as error:  # noqa: BLE001 - a template may ask anything of any value
            told = str(error) or type(error).__name__
            raise TemplateError("Can't write the reply", [f"{name}: {told[:_MAX_TOLD]}"]) from None
        return _BLANK_LINES.sub("\n\n", text).strip()


def _values(facts: LetterFacts | AttributionFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


@pass_context
def _day(context: Context, value: date) -> str:
    return wording.day(value, _language(context))


@pass_context
def _date(context: Context, value: date) -> str:
    return wording.long_date(value, _language(context))


@pass_context
def _all(context: Context, people: Sequence[str]) -> str:
    return wording.names(people, _language(context))


@pass_context
def _at(context: Context, company: str) -> str:
    return at_firm(company, _language(context))


def _language(context: Context) -> str:
    return (context.name or "").partition("/")[0]


_FILTERS: Mapping[str, Callable[..., str]] = {
    "day": _day,
    "date": _date,
    "clock": wording.clock,
    "names": _all,
    "at": _at,
    "with_article": with_article,
}


def _hint(variable: str, known: frozenset[str]) -> str:
    listed = f" Known: {', '.join(sorted(known))}."
    hint = did_you_mean(variable, known)
    return hint if hint == listed else hint + listed
