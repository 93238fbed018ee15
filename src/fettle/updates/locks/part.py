"""A part of a file that somebody else wrote: each step into it knows where it is."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from fettle.errors import UnreadableLock


@dataclass(frozen=True)
class Part:
    """A value of a file, and where in it; what is not as it should be raises UnreadableLock."""

    file: str
    path: str
    value: object

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, key: str) -> "Part":
        """Return what stands under a key, which must be there."""
        table = self.table()
        if key not in table:
            raise self.wrong(f"has no {key}")
        return self._under(key, table[key])

    def get(self, key: str) -> "Part":
        """Return what stands under a key; an empty part where there is nothing."""
        return self._under(key, self.table().get(key))

    def items(self) -> Iterator[tuple[str, "Part"]]:
        """Yield the keys of a table with what stands there; nothing of an empty part."""
        for key, value in self.table().items():
            yield str(key), self._under(str(key), value)

    def each(self) -> Iterator["Part"]:
        """Yield the members of a list; nothing of an empty part."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.wrong("is no list")
        for place, value in enumerate(self.value, 1):
            yield Part(self.file, f"{self.path}[{place}]", value)

    def table(self) -> dict[object, object]:
        """Return the value as a table; an empty one of an empty part."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.wrong("is no table")
        return self.value

    def text(self, key: str) -> str:
        """Return the text under a key, which must be there."""
        part = self.at(key)
        if not isinstance(part.value, str) or not part.value:
            raise part.wrong("is no text")
        return part.value

    def text_or(self, key: str, otherwise: str = "") -> str:
        """Return the text under a key; `otherwise` where there is none."""
        value = self.table().get(key)
        return value if isinstance(value, str) else otherwise

    def flag(self, key: str) -> bool:
        """Whether what stands under a key is true, also where all is text (YAML read plainly)."""
        return self.table().get(key) in (True, "true")

    def wrong(self, says: str) -> UnreadableLock:
        """Return the error to raise about this part."""
        return UnreadableLock(f"{self.file}: {self.path or 'it'} {says}")

    def _under(self, key: str, value: object) -> "Part":
        return Part(self.file, f"{self.path}.{key}" if self.path else key, value)


def of_toml(text: str, file: str) -> Part:
    """Read TOML; raises UnreadableLock."""
    try:
        return Part(file, "", tomllib.loads(text))
    except ValueError as error:  # a number of thousands of digits is refused by int
        raise UnreadableLock(f"{file} is no TOML: {error}") from None
    except RecursionError:
        raise UnreadableLock(f"{file} is nested deeper than any tool writes") from None


def of_json(text: str, file: str) -> Part:
    """Read JSON; raises UnreadableLock."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnreadableLock(f"{file} is no JSON: {error}") from None
    except RecursionError:
        raise UnreadableLock(f"{file} is nested deeper than any tool writes") from None
    if not isinstance(value, dict):
        raise UnreadableLock(f"{file} is no table of JSON")
    return Part(file, "", value)
