"""Speak the HTTP API of a Prometheus: one question at a time, within bounds of time and size.

What no Prometheus answers (a page, half an answer, a redirect) is said in one sentence, and what it
warns of (`partial response`) is kept.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fettle.errors import CannotLook, NotAllowed, NotSupported, Unreachable
from fettle.model.quantity import say_duration
from fettle.model.watchpoint import PrometheusApi
from fettle.targets import site_address
from fettle.targets.credentials import authorization, without_user
from fettle.targets.outgoing import Answer, Outgoing

_LARGEST = 8 * 1024**2
_AT_ONCE = 4
_LONGEST_ADDRESS = 1_500  # proxies take some thousand bytes; what is longer is posted
_LONGEST = 200

Result = Sequence[Mapping[str, Any]]


@dataclass
class Api:
    """The API at one address; each question is asked once. Everything raises CannotLook.

    `within` is the longest that one question may take: the server is told so as well, and ends it.
    """

    point: PrometheusApi
    outgoing: Outgoing
    within: timedelta
    warnings: dict[str, None] = field(default_factory=dict)
    _asked: dict[str, asyncio.Task[Any]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def vector(self, question: str, at: datetime | None = None) -> Result:
        """Return the entries of an instant vector, of now unless a moment of its clock is given."""
        moment = {} if at is None else {"time": f"{at.timestamp():.0f}"}
        told = await self.once("query", {"query": question, **moment})
        match told:
            case {"resultType": "vector", "result": list() as result}:
                return [entry for entry in result if isinstance(entry, dict)]
        raise self.strange("it told no vector")

    async def once(self, path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        """Return the data of an answer; who has asked the same already is waited for."""
        key = f"{path}?{urlencode(query)}"
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._get(path, query))
        return await asyncio.shield(self._asked[key])

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        limited = dict(query)
        if path == "query":
            limited["timeout"] = f"{self.within.total_seconds():g}s"
        async with self._turns:
            answer = await self._called(f"{self._base}/api/v1/{path}", urlencode(limited))
        return self._told(answer, query.get("query", path))

    async def _called(self, url: str, form: str) -> Answer:
        headers = self._headers()
        if len(url) + len(form) < _LONGEST_ADDRESS:
            method, url, content = "GET", f"{url}?{form}", None
        else:
            method, content = "POST", form.encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return await self.outgoing.call(
                method, url, headers=headers, content=content, largest=_LARGEST
            )
        except NotAllowed as refused:
            raise CannotLook(refused.reason, remedy=refused.remedy) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        point = self.point
        permit = authorization(point.url, point.token, point.user, point.password)
        if permit is not None:
            headers["Authorization"] = permit
        if self.point.tenant is not None:
            headers["X-Scope-OrgID"] = self.point.tenant
        return headers

    @property
    def _base(self) -> str:
        return without_user(self.point.url).rstrip("/").removesuffix("/api/v1")

    def _told(self, answer: Answer, question: str) -> Any:  # noqa: ANN401 - JSON
        """Return the data of an answer; raises CannotLook for one that has none."""
        if len(answer.body) >= _LARGEST:
            raise CannotLook(
                f"it answered more than {_LARGEST:,} bytes to {question[:_LONGEST]}",
                remedy="name fewer series by selector in fettle.toml",
            )
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        match document:
            case {"status": "success", "data": data} if answer.status == 200:
                self._note(document.get("warnings"))
                return data
            case {"status": "error"}:
                kind, said = str(document.get("errorType", "")), str(document.get("error", ""))
                raise self._failed(answer.status, kind, said, question)
        raise self._no_answer(answer)

    def _note(self, warnings: object) -> None:
        """Keep what it warns of; what it only remarks (`PromQL info: …`) hides nothing."""
        for text in warnings if isinstance(warnings, list) else ():
            if isinstance(text, str) and not text.startswith("PromQL info"):
                self.warnings[text[:_LONGEST]] = None

    def _failed(self, status: int, kind: str, said: str, question: str) -> CannotLook:
        said = f"{kind or status}: {said[:_LONGEST]}"
        if kind in ("timeout", "canceled"):
            return CannotLook(
                f"it did not come to an answer within {say_duration(self.within)} ({said})",
                remedy="look again with a longer --timeout, or name fewer series by selector",
            )
        return CannotLook(
            f"it refused a question ({said})", remedy=f"ask it yourself: {question[:_LONGEST]}"
        )

    def _no_answer(self, answer: Answer) -> CannotLook:
        shown = site_address.shown(self._base)
        match answer.status:
            case 401 | 403:
                return Unreachable(
                    f"it does not let us ask (status {answer.status})",
                    remedy="give the token, or user and password, of its [[prometheus]]",
                )
            case 301 | 302 | 303 | 307 | 308:
                place = site_address.shown_location(answer.headers.get("location", ""))
                return Unreachable(
                    f"it sends on to {place}", remedy="write where it is now, without /graph"
                )
            case 404:
                return NotSupported(
                    f"{shown} has no API of a Prometheus",
                    remedy="give the address before /api/v1: https://host, or https://host/"
                    "prometheus as Mimir has it",
                )
            case 200:
                return self.strange("it answered something else than its JSON")
        return Unreachable(f"it answered status {answer.status}")

    def strange(self, why: str) -> NotSupported:
        """Return the error of an answer that no Prometheus gives."""
        return NotSupported(
            f"it does not answer as a Prometheus does: {why}",
            remedy=f"is {site_address.shown(self._base)} its address, and no log-in before it?",
        )

    async def close(self) -> None:
        """Give up what is still being asked."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
