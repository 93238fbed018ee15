"""Results and errors as they are kept."""

import json
from typing import cast

from fettle.errors import FettleError
from fettle.model.run import Json
from fettle.store.statements import storable

_LONGEST_ERROR = 2_000  # characters; enough for a person, and a row stays small


def as_kept(value: object) -> Json:
    """Return a value as it will be read; raises TypeError or ValueError when it is no JSON.

    So a function sees the same the first time and each time after: a tuple is a list, and a text
    has no NUL characters.
    """
    return cast("Json", json.loads(json.dumps(_clean(value), allow_nan=False)))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {
            storable(key) if isinstance(key, str) else key: _clean(part)
            for key, part in value.items()
        }
    return [_clean(part) for part in value] if isinstance(value, list | tuple) else value


def in_words(error: BaseException) -> str:
    """Return what went wrong, for the row."""
    if isinstance(error, FettleError):
        said = error.reason + (f" ({error.remedy})" if error.remedy else "")
    else:
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
    return said[:_LONGEST_ERROR]
