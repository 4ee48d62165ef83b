"""The part of Jinja that letters are written in: what makes no template costly, however it is written.

Whatever a template says, it is rendered in bounded time and memory: loops go over what is known of an
application and don't nest, nothing calls itself, and every text on the way is bounded.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import wraps
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_TEMPLATE = 50_000  # characters of a template
MAX_LETTER = 20_000  # characters of a letter, and of each text on the way to it
_MAX_NUMBER = 1_000_000
_TOO_LONG = f"a text grows to over {MAX_LETTER:,} characters"

_FILTERS = """
    capitalize count d default first int join last length list lower reject replace reverse round select sort
    string title trim truncate unique upper wordcount
""".split()  # noqa: SIM905 - a row of words
_METHODS = frozenset(
    """
    capitalize count endswith isoformat lower lstrip replace rstrip split startswith strftime strip title
    upper
    """.split()  # noqa: SIM905 - as above
)
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.AssignBlock,
    nodes.With, nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.CondExpr, nodes.Filter, nodes.Test,
    nodes.Call, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div,
    nodes.FloorDiv, nodes.Mod, nodes.Keyword,
)  # fmt: skip


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which every text and every list is bounded."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """Return the text of a letter, or of a block of it; raises SecurityError where it is too long."""
        return "".join(_upto(pieces, len))

    def __init__(self, loader: BaseLoader, filters: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            autoescape=False,  # plain text; HTML escaping would show in the letter
            finalize=lambda value: "" if value is None else value,  # what isn't known is nothing
        )
        known = {**{name: self.filters[name] for name in _FILTERS}, "replace": _replaced, **filters}
        self.filters = {name: _bounding(one) for name, one in known.items()}
        self.globals = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Joined().visit(super()._parse(source, name, filename))  # type: ignore[no-any-return]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - of any type
        """Return the result; raises SecurityError where it grows too large."""
        if operator not in "+-" and not (_is_small(left) and _is_small(right)):
            raise SecurityError(f"{operator!r} is for numbers up to {_MAX_NUMBER:,}")
        return _bounded(super().call_binop(context, operator, left, right))

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, PYI063 - as Jinja has it
        """Return what a method returns; raises SecurityError where it grows too large."""
        if getattr(__obj, "__name__", "") == "replace" and isinstance(getattr(__obj, "__self__", None), str):
            return _replaced(__obj.__self__, *args, **kwargs)
        return _bounded(super().call(__context, __obj, *args, **kwargs))


def refusals(tree: nodes.Template, known: AbstractSet[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and what is wrong there, for what letters can't be written in."""
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _NODES):
            yield (
                node.lineno,
                f"{type(node).__name__!r} has no place in a letter; if, for and set have",
            )
        elif isinstance(node, nodes.Call) and not _is_method(node.node):
            yield node.lineno, f"only methods of a text can be called: {', '.join(sorted(_METHODS))}"
        elif isinstance(node, nodes.For):
            if node.recursive or any(node.find_all(nodes.For)):
                yield node.lineno, "a loop within a loop has no place in a letter"
            elif not _is_known(node.iter, known):
                yield node.lineno, "a loop goes over a variable, such as met, or over a list in brackets"


def _is_method(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr in _METHODS


def _is_known(node: nodes.Node | None, known: AbstractSet[str]) -> bool:
    while isinstance(node, nodes.Filter):
        node = node.node
    return isinstance(node, (nodes.List, nodes.Tuple)) or (
        isinstance(node, nodes.Name) and node.name in known
    )


class _Joined(NodeTransformer):
    """Has `a ~ b` joined by the filter, which is bounded."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - named after the node
        parts = nodes.List([self.visit(part) for part in node.nodes], lineno=node.lineno)
        return nodes.Filter(parts, "join", [], [], None, None, lineno=node.lineno)


def _is_small(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) <= _MAX_NUMBER


def _bounding(one: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(one)  # what Jinja notes at a filter is kept
    def bounding(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of any type
        result = one(*args, **kwargs)
        return _bounded(list(_upto(result)) if isinstance(result, Iterator) else result)

    return bounding


def _upto(values: Iterable[Any], size: Callable[[Any], int] = lambda _: 1) -> Iterator[Any]:
    total = 0
    for value in values:
        total += size(value)
        if total > MAX_LETTER:
            raise SecurityError(_TOO_LONG)
        yield value


def _bounded(value: Any) -> Any:  # noqa: ANN401 - of any type
    if isinstance(value, (str, list, tuple)) and len(value) > MAX_LETTER:
        raise SecurityError(_TOO_LONG)
    return value


def _replaced(text: object, old: str, new: str, count: int = -1) -> str:
    whole, old, new = str(text), str(old), str(new)
    times = whole.count(old)
    if len(whole) + (min(times, count) if count >= 0 else times) * len(new) > MAX_LETTER:
        raise SecurityError(_TOO_LONG)
    return whole.replace(old, new, count)
