"""Text that is nobody's to see."""

import base64

_PART = 8  # characters


class Secret(str):
    """A password, a token or a key: the text itself, but hidden wherever it is shown or formatted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('...')"

    def __format__(self, _spec: str) -> str:
        return "..."

    def is_told_by(self, text: str) -> bool:
        """Return whether a text holds this secret or a telling part of it, as it is or in base64."""
        forms = [str.__str__(self), *(_in_base64(self, shift) for shift in range(3))]
        return any(
            form[at : at + _PART] in text for form in forms for at in range(max(1, len(form) - _PART + 1))
        )


def _in_base64(secret: str, shift: int) -> str:
    """Return what of a secret stands in base64 that began so many bytes before it."""
    data = secret.encode("utf-8", "replace")[(3 - shift) % 3 :]
    return base64.b64encode(data[: len(data) // 3 * 3]).decode() or secret
