"""The page of a unit: what its docstring says, by labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A unit's page: the title, and the labelled sections of its docstring."""

    title: str
    sections: Mapping[str, str]

    @classmethod
    def read(cls, docstring: str) -> "Page":
        """Read `Label:  text` sections; a section's further lines are indented."""
        title, _, rest = docstring.strip().partition("\n")
        sections: dict[str, str] = {}
        label = None
        for line in rest.splitlines():
            if match := re.match(r"([A-Z][\w ]+):(?:\s+(.*))?$", line):
                label = match[1]
                sections[label] = match[2] or ""
            elif label:
                sections[label] = f"{sections[label]}\n{line.strip()}"
        return cls(title.rstrip("."), {key: text.strip() for key, text in sections.items()})
