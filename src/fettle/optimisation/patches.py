"""Changes that people are to make: as patches, which `git apply` applies in the root."""

from collections.abc import Sequence
from difflib import unified_diff

from fettle.model.experiment import LeftAlone, Patch

_MOST_LINES = 20_000  # what is longer is written by a machine, and comparing it takes minutes
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')


def patch(title: str, *changed: tuple[str, bytes, bytes]) -> Patch | LeftAlone:
    """Return a change of files as one patch: of each its path, and its content before and after.

    It is LeftAlone where a text cannot say it: patches are in UTF-8, as they are printed and kept.
    """
    parts = []
    for path, before, after in changed:
        try:
            parts.append(_diff(path, before.decode("utf-8"), after.decode("utf-8")))
        except UnicodeDecodeError:
            return LeftAlone(path, "it is not in UTF-8: no patch of it can be shown")
        if parts[-1] is None:
            return LeftAlone(path, "it has too many lines to be compared")
    return Patch(changed[0][0], title, "".join(part for part in parts if part is not None))


def _diff(path: str, before: str, after: str) -> str | None:
    """Return a unified diff; None where it would take too long.

    There is no line `diff --git`: with one, paths would be those of a repository's top, wherever in
    it the root is.
    """
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > _MOST_LINES:
        return None
    names = (_named(f"a/{path}"), _named(f"b/{path}"))
    told = [f"--- {names[0]}\n", f"+++ {names[1]}\n", *list(unified_diff(old, new))[2:]]
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told
    )


def _lines(text: str) -> Sequence[str]:
    """Part a text where git does: at line feeds alone."""
    parts = text.split("\n")
    return [*(f"{part}\n" for part in parts[:-1]), *([parts[-1]] if parts[-1] else [])]


def _named(name: str) -> str:
    """Return a name as git reads it: a tab ends one with blanks, odd letters are quoted."""
    if set(name.encode("utf-8", "surrogateescape")) <= _PLAIN:
        return f"{name}\t" if " " in name else name
    told = "".join(
        chr(one) if one in _PLAIN else f"\\{one:03o}"
        for one in name.encode("utf-8", "surrogateescape")
    )
    return f'"{told}"'
