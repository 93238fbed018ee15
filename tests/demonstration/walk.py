"""Every page of a site, found by its links: a page that is new is found by itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape

import httpx
from fastapi import FastAPI
from starlette.routing import Match, Route

_LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
# What is no page, or is reached by nobody who is logged in.
NOT_PAGES = ("/api/", "/healthz", "/readyz", "/metrics", "/static/", "/ping/", "/live", "/hooks/")
NOT_HTML = (".csv", ".json", ".md")
ALONE = ("/login", "/status", "/parts")


@dataclass
class Walk:
    """The addresses that were found, by their route, at most `most` of each; files are none."""

    app: FastAPI
    client: httpx.AsyncClient
    most: int = 1
    found: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def paths(self) -> Sequence[str]:
        """The addresses, in the order in which they were found."""
        return [path for paths in self.found.values() for path in paths]

    @property
    def missed(self) -> Sequence[str]:
        """The routes of pages that no link leads to."""
        seen = {*self.found, *self.files}
        return sorted(route.path for route in pages(self.app) if route.path not in seen)

    async def go(self, *begin: str) -> None:
        """Follow links from there on, until nothing new is found."""
        ahead = list(begin)
        for path in ahead:
            answer = await self._look(path)
            if answer is not None:
                ahead += [unescape(link) for link in _LINK.findall(answer.text)]

    async def _look(self, path: str) -> httpx.Response | None:
        """Look at an address; None where enough of its kind were seen, or it is no page."""
        route = self._route(path.partition("?")[0])
        seen = self.found.get(route, []) if route else []
        # a page that takes a query has been seen with another one
        alike = {one.partition("?")[0] for one in seen}
        if route is None or path.partition("?")[0] in alike or len(seen) >= self.most:
            return None
        answer = await self.client.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            self.files.add(route)
            return None
        if answer.is_success:
            self.found.setdefault(route, []).append(path)
        return answer

    def _route(self, path: str) -> str | None:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        for route in pages(self.app):
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return None


def pages(app: FastAPI) -> Iterator[Route]:
    """Give the routes that answer with pages, as far as can be told."""
    for route in app.routes:
        if isinstance(route, Route) and not route.include_in_schema:
            looked_at = "GET" in (route.methods or ()) and not route.path.startswith(NOT_PAGES)
            if looked_at and not route.path.endswith(NOT_HTML):
                yield route
