"""A server that speaks OSV's API: which records are about a version, and the records.

Many versions are asked about in one question, and answers that come in pages are asked for to the
end. What one question fails at is said of the versions in it alone.

Source: OSV's API, POST /v1/querybatch and GET /v1/vulns/{id}.
"""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

import msgspec

from fettle.errors import CannotLook
from fettle.model.ports_updates import VersionAsked
from fettle.model.update import Passed
from fettle.targets.registries.asking import Asking, Reply, said

AT_ONCE = 500  # versions in one question; OSV itself takes a thousand
_MOST_PAGES = 50
_LONGEST_ID = 200
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class _Named(msgspec.Struct):
    id: str = ""


class _Result(msgspec.Struct):
    vulns: list[_Named] | None = None
    next_page_token: str | None = None


class _Results(msgspec.Struct):
    results: list[_Result | None] | None = None


class OsvServer:
    """Asks a server; implements model.ports_updates.AdvisoryServer."""

    def __init__(self, url: str, asking: Asking) -> None:
        self._url = url.rstrip("/")
        self._asking = asking

    @property
    def name(self) -> str:
        """See model.ports_updates.AdvisoryServer."""
        return urlsplit(self._url).netloc.rpartition("@")[2]

    async def ids(
        self, asked: Sequence[VersionAsked]
    ) -> Mapping[VersionAsked, Sequence[str] | Passed]:
        """See model.ports_updates.AdvisoryServer."""
        each = list(dict.fromkeys(asked))
        parts = [each[begin : begin + AT_ONCE] for begin in range(0, len(each), AT_ONCE)]
        told = await asyncio.gather(*map(self._part, parts))
        return {one: ids for part in told for one, ids in part.items()}

    async def record(self, id_: str) -> bytes:
        """See model.ports_updates.AdvisoryServer."""
        if not id_ or len(id_) > _LONGEST_ID:
            raise CannotLook(f"{self.name} names a record that has no name")
        url = f"{self._url}/v1/vulns/{quote(id_, safe='')}"
        return self._whole(await self._asking.ask("GET", url, _JSON), id_).body

    async def _part(
        self, part: Sequence[VersionAsked]
    ) -> dict[VersionAsked, Sequence[str] | Passed]:
        """Ask about some versions, page after page."""
        found: dict[VersionAsked, list[str]] = {one: [] for one in part}
        waiting: list[tuple[VersionAsked, str]] = [(one, "") for one in part]
        try:
            for _ in range(_MOST_PAGES):
                if not waiting:
                    return dict(found)
                results = await self._results(waiting)
                for (one, _), result in zip(waiting, results, strict=True):
                    found[one] += [named.id for named in result.vulns or ()]
                waiting = [
                    (one, result.next_page_token)
                    for (one, _), result in zip(waiting, results, strict=True)
                    if result.next_page_token
                ]
        except CannotLook as error:
            return {one: _passed(one, error.reason, error.remedy) for one in part}
        endless = f"{self.name} tells of more than {_MOST_PAGES} pages"
        over = {one for one, _ in waiting}
        return {one: _passed(one, endless) if one in over else ids for one, ids in found.items()}

    async def _results(self, asked: Sequence[tuple[VersionAsked, str]]) -> list[_Result]:
        queries = [
            {
                "package": {"ecosystem": one.ecosystem, "name": one.name},
                "version": one.version,
                **({"page_token": page} if page else {}),
            }
            for one, page in asked
        ]
        content = msgspec.json.encode({"queries": queries})
        url = f"{self._url}/v1/querybatch"
        reply = self._whole(await self._asking.ask("POST", url, _JSON, content), "questions")
        try:
            results = msgspec.json.decode(reply.body, type=_Results).results or []
        except (msgspec.DecodeError, RecursionError) as error:
            raise CannotLook(f"{self.name} speaks no API of OSV: {error}") from None
        if len(results) != len(queries):
            raise CannotLook(f"{self.name} gave {len(results)} answers to {len(queries)} questions")
        return [result or _Result() for result in results]

    def _whole(self, reply: Reply, what: str) -> Reply:
        if reply.status != 200:
            raise CannotLook(f"{self.name} answered {said(reply.status)}, asked for {what}")
        return reply


def _passed(one: VersionAsked, reason: str, remedy: str | None = None) -> Passed:
    return Passed(f"{one.name} {one.version}", reason, remedy)
