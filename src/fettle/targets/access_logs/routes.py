"""Routes of a web application, guessed from what was asked: ids are masked, and few are kept apart.

What stands in an address is chosen by whoever asks. So there is an end to the number of routes:
`/blog/…` becomes one when very many pages are below it, and what nobody serves is one together.
"""

import re
from collections import defaultdict

from fettle.model.route import masked, path_of

NOT_HTTP = "(not HTTP)"
NOT_FOUND = "(not found)"
REST = "(other)"

_CHILDREN = 150  # pages below one folder, from which on they are of one kind
_FOLDERS = 5_000
_DEEPEST = 12  # parts of a path; nobody's routes are deeper
_LONGEST = 120
_REQUEST = re.compile(r"([A-Z]{2,20}) (\S*)")


class Routes:
    """Names routes, and learns which folders hold very many pages."""

    def __init__(self) -> None:
        self._below: dict[str, set[str]] = defaultdict(set)
        self._many: set[str] = set()
        self._known: dict[str, str] = {}  # masked paths, as they were collapsed

    def of(self, request: str, *, served: bool = True) -> str:
        """Return the route of a request, `GET /products/7?page=2` → `GET /products/{id}`.

        What was not `served` teaches nothing: anybody can ask for anything.
        """
        match = _REQUEST.match(request)
        if match is None:
            return NOT_HTTP
        path = path_of(match[2])
        if not path.startswith("/"):
            return f"{match[1]} {path[:_LONGEST]}"
        parts = [masked(part) for part in path[1:].split("/", _DEEPEST)[:_DEEPEST]]
        whole = "/".join(parts)
        shown = self._known.get(whole)
        if shown is None:
            if served:
                self._learn(parts)
            shown = self._collapsed(parts)
            if served:
                self._known[whole] = shown
        return f"{match[1]} {shown}"

    def again(self, route: str) -> str:
        """Return what a route is by what has been learnt since."""
        method, _, path = route.partition(" ")
        return f"{method} {self._collapsed(path.split('/')[1:])}" if path[:1] == "/" else route

    def _learn(self, parts: list[str]) -> None:
        """Count what stands below each folder; at the top stand an application's own names."""
        if len(self._below) > _FOLDERS:
            self._below.clear()
        if len(self._known) > _FOLDERS:
            self._known.clear()
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder in self._many:
                return
            below = self._below[folder]
            below.add(parts[depth])
            if len(below) > _CHILDREN:
                self._many.add(folder)
                self._known.clear()
                del self._below[folder]

    def _collapsed(self, parts: list[str]) -> str:
        shown: list[str] = []
        for part in parts:
            shown.append("{name}" if "/".join(shown) in self._many and part != "{id}" else part)
        return ("/" + "/".join(shown))[:_LONGEST]
