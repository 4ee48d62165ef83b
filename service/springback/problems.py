"""Validation errors told as lines a person can act on."""

from pydantic import BaseModel, ValidationError

from springback.hints import did_you_mean

_LIST = 'is no list; write ["..."], or for a table [[...]] with two brackets'
_REMEDY = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "string_type": "is no text; write it in quotes",
    "int_type": "is no whole number",
    "int_parsing": "is no whole number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "missing": "is missing; add it",
    "string_too_short": "is empty; write a text",
    "too_short": "is empty; give at least one",
}


def describe(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one line for each problem: where it stands, what is wrong, what to write."""
    lines = []
    for problem in error.errors(include_url=False):
        path = [part for part in problem["loc"] if not _is_branch(part)]
        where = _where(path)
        if problem["type"] == "extra_forbidden":
            known = _fields_at(model, path[:-1])
            lines.append(f"{where}: unknown key.{did_you_mean(str(path[-1]), known)}")
        elif problem["type"] in _REMEDY:
            lines.append(f"{where}: {_REMEDY[problem['type']]}")
        else:
            text = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{where}: {text[:1].lower()}{text[1:]}")
    return lines


def _is_branch(part: object) -> bool:
    return isinstance(part, str) and (part.startswith("function-") or part.endswith("]"))


def _where(path: list[int | str]) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "top level"


def _fields_at(model: type[BaseModel], path: list[int | str]) -> set[str]:
    current: object = model
    for part in (part for part in path if isinstance(part, str)):
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            if field is None:
                by_alias = {f.alias: f for f in current.model_fields.values() if f.alias}
                field = by_alias.get(str(part))
            current = _inner_model(field.annotation) if field else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return {field.alias or name for name, field in current.model_fields.items()}
    return set()


def _inner_model(annotation: object) -> object:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
