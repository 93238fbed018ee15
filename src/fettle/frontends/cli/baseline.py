"""`--baseline`: the findings of an earlier report, which are known."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fettle.errors import WrongUsage

_SCHEMA = "fettle.check/1"


@dataclass(frozen=True)
class Baseline:
    """What was known of each target that the report is about."""

    known: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def keys(self, target: str) -> frozenset[str]:
        """Return the keys of the findings that are known of a target.

        The report of one target holds for every other too: the same database has another address
        from elsewhere. Of several each holds for its own.
        """
        if len(self.known) == 1:
            (only,) = self.known.values()
            return only
        return self.known.get(target, frozenset())


def read(file: Path) -> Baseline:
    """Read a report that `fettle check --format json` wrote; raises WrongUsage."""
    try:
        reports = _documents(file.read_text("utf-8"))
        return Baseline({one["target"]: _keys(one) for one in reports})
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = f"it has no {error}" if isinstance(error, KeyError) else error
        raise WrongUsage(
            f"--baseline {file} is no report of fettle check: {said}",
            remedy=f"fettle check --format json --output {file}",
        ) from None


def _documents(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the reports: one a line, or whatever else stands between two of them."""
    decoder = json.JSONDecoder()
    rest = text.strip()
    if not rest:
        raise ValueError("it is empty")
    while rest:
        document, end = decoder.raw_decode(rest)
        if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
            raise ValueError(f"its schema is not {_SCHEMA}")
        yield document
        rest = rest[end:].lstrip()


def _keys(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        str(finding["key"]) for finding in [*document["findings"], *document.get("accepted", ())]
    )
