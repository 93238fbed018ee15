"""Regular expressions that people write: on RE2, which no text can make slow."""

from typing import Any

import re2


def compiled(expression: str, *, dot_is_any: bool = False) -> Any:  # noqa: ANN401 - re2 has no types
    """Return an expression that can be searched for; raises ValueError, which says what is wrong.

    `dot_is_any` is whether a dot stands for the end of a line, too.
    """
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = dot_is_any
    try:
        return re2.compile(encodable(expression), options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise ValueError(f"{expression!r} is no expression: {reason}") from None


def compiled_of_something(expression: str) -> Any:  # noqa: ANN401 - re2 has no types
    """Return an expression that does not fit every text; raises ValueError."""
    found = compiled(expression)
    if found.search("") is not None:
        raise ValueError(f"{expression!r} fits every text, even an empty one")
    return found


def encodable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which RE2 cannot be given."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
