"""Read a Sentry by its API, hosted or a team's own.

1. What is called is the address of the settings, within the organization that they name, and
   nothing that an answer names: a page's cursor is all that is taken from one.
2. The token is sent in a header, and stands in no message.
3. What no Sentry answers (a page of a proxy, a redirect, half an answer) is said in one sentence.

Source: https://docs.sentry.io/api/
"""

import email.utils
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from fettle.errors import FettleError, NotAllowed, NotFound, TooLarge, TooMuch, Unreachable
from fettle.model.ports import Clock
from fettle.model.sentry import UNRESOLVED, SentryIssue, SentryPage
from fettle.settings.sentry import SentrySettings
from fettle.targets.outgoing import Answer, Outgoing

_LARGEST = 4 * 1024**2  # an event has a MiB as it was sent, and is told with more around it
_PAGE = 100
_LONGEST_WAIT_S, _USUAL_WAIT_S = 3600, 30
_LONGEST = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"[0-9A-Za-z:._-]{1,200}")
_LINK = re.compile(r'<[^<>]*>((?:;\s*[\w-]+="[^"]*")*)')
_PARAMETER = re.compile(r';\s*([\w-]+)="([^"]*)"')


class SentryApi:
    """One organization of a Sentry; implements model.ports.Sentry."""

    def __init__(self, settings: SentrySettings, outgoing: Outgoing, clock: Clock) -> None:
        self._settings = settings
        self._outgoing = outgoing
        self._clock = clock

    async def issues(self, project: str, cursor: str | None = None) -> SentryPage:
        """See model.ports.Sentry."""
        query = {
            "query": "is:unresolved",
            "sort": "date",
            "statsPeriod": "24h",
            "limit": str(_PAGE),
        }
        if cursor is not None:
            query["cursor"] = cursor
        organization, asked_at = self._settings.organization, self._clock.now()
        path = f"/projects/{_part(organization)}/{_part(project)}/issues/?{urlencode(query)}"
        answer = await self._ask("GET", path, f"the project {project}")
        found = self._document(answer, list)
        return SentryPage([self._issue(one, asked_at) for one in found], _next(answer.headers))

    async def issue(self, id_: str) -> SentryIssue:
        """See model.ports.Sentry."""
        asked_at = self._clock.now()
        answer = await self._ask("GET", self._path(id_), f"issue {id_}")
        return self._issue(self._document(answer, dict), asked_at)

    async def named(self, short_id: str) -> SentryIssue:
        """See model.ports.Sentry."""
        path = f"/organizations/{_part(self._settings.organization)}/shortids/{_part(short_id)}/"
        found = self._document(await self._ask("GET", path, f"issue {short_id}"), dict)
        # its group has no counts by the hour, and in old releases there is none
        return await self.issue(_number(found.get("groupId"), self._said))

    async def latest_event(self, id_: str) -> bytes:
        """See model.ports.Sentry."""
        path = f"{self._path(id_)}events/latest/"
        return (await self._ask("GET", path, f"the latest event of issue {id_}")).body

    async def resolve(self, id_: str, *, in_next_release: bool) -> None:
        """See model.ports.Sentry."""
        wish: dict[str, object] = {"status": "resolved"}
        if in_next_release:
            wish["statusDetails"] = {"inNextRelease": True}
        await self._ask("PUT", self._path(id_), f"issue {id_}", json.dumps(wish).encode())

    def _path(self, id_: str) -> str:
        return f"/organizations/{_part(self._settings.organization)}/issues/{_part(id_)}/"

    @property
    def _said(self) -> str:
        return f"the Sentry {self._settings.name}"

    async def _ask(self, method: str, path: str, what: str, content: bytes | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._settings.token}", "Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        answer = await self._outgoing.call(
            method,
            f"{self._settings.url}/api/0{path}",
            headers=headers,
            content=content,
            largest=_LARGEST,
        )
        if not 200 <= answer.status < 300:
            raise self._refused(answer, method, what)
        if len(answer.body) >= _LARGEST:
            raise TooLarge(f"{self._said}: {what} is told in more than {_LARGEST:,} bytes")
        return answer

    def _refused(self, answer: Answer, method: str, what: str) -> FettleError:
        match answer.status:
            case 401:
                return NotAllowed(
                    f"{self._said} does not know the token",
                    remedy=f"make another one there, for [[sentry]] {self._settings.name}: token",
                )
            case 403:
                scope = "event:write" if method == "PUT" else "event:read and project:read"
                return NotAllowed(
                    f"{self._said} does not let the token at {what}",
                    remedy=f"it needs the scopes {scope}, and a member of the project's team",
                )
            case 404:
                where = f"{self._settings.url}, organization {self._settings.organization}"
                return NotFound(f"{self._said} has not {what} ({where})")
            case 429:
                wait = _wait_s(answer.headers, self._clock.now())
                return TooMuch(f"{self._said} wants to be left alone", retry_after_s=wait)
            case 301 | 302 | 303 | 307 | 308:
                place = answer.headers.get("location", "")[:_LONGEST]
                return Unreachable(
                    f"{self._said} sends on to {place}",
                    remedy=f"write where it is now as [[sentry]] {self._settings.name}: url",
                )
        return Unreachable(f"{self._said} answered {answer.status} for {what}")

    def _document(self, answer: Answer, kind: type) -> Any:  # noqa: ANN401 - JSON
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, kind):
            raise self._strange("it answered something else than JSON of a Sentry")
        return found

    def _strange(self, why: str) -> Unreachable:
        return Unreachable(
            f"{self._said} does not answer as a Sentry does: {why}",
            remedy=f"is {self._settings.url} its address, and no proxy's before it?",
        )

    def _issue(self, found: object, asked_at: datetime) -> SentryIssue:
        """Return an issue; raises Unreachable for what is none."""
        if not isinstance(found, dict):
            raise self._strange("an issue is no object")
        id_ = _number(found.get("id"), self._said)
        seen = _moment(found.get("lastSeen"))
        if seen is None:
            raise self._strange(f"issue {id_} has no lastSeen")
        whole, details = found.get("lifetime"), found.get("statusDetails")
        # where a list is of some weeks only, the count of all time stands beside it
        count = whole.get("count") if isinstance(whole, dict) else None
        project = found.get("project")
        return SentryIssue(
            id_,
            _text(found.get("shortId")) or id_,
            _text(project.get("slug")) if isinstance(project, dict) else "",
            _text(found.get("title")),
            _text(found.get("status")) or UNRESOLVED,
            _count(found.get("count") if count is None else count),
            min(_moment(found.get("firstSeen")) or seen, seen),
            seen,
            asked_at,
            _text(found.get("issueCategory")) or "error",
            isinstance(details, dict) and details.get("inNextRelease") is True,
            _hours(found.get("stats")),
        )


def _part(text: str) -> str:
    """Return a part of a path, which leads nowhere else."""
    return quote(text, safe="")


def _number(value: object, said: str) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 30):
        raise Unreachable(f"{said} does not answer as a Sentry does: an issue has no id")
    return text


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _count(value: object) -> int:
    """Return how many; they are told as texts."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(found, _EPOCH)  # a year 1 stands for no moment


def _hours(stats: object) -> Mapping[datetime, int]:
    """Return how many came in each of the last hours."""
    rows = stats.get("24h") if isinstance(stats, dict) else None
    found = {}
    for row in rows[:48] if isinstance(rows, list) else ():
        match row:
            case [int() | float() as at, int() as number] if 0 <= at < 2**32 and number > 0:
                found[
                    datetime.fromtimestamp(at, UTC).replace(minute=0, second=0, microsecond=0)
                ] = min(number, 10**15)
    return found


def _next(headers: Mapping[str, str]) -> str | None:
    """Return the cursor of the next page, which a Link names: its address is not called."""
    for link in _LINK.finditer(headers.get("link", "")[:10_000]):
        said = dict(_PARAMETER.findall(link[1]))
        if said.get("rel") == "next" and said.get("results") == "true":
            cursor = said.get("cursor", "")
            return cursor if _CURSOR.fullmatch(cursor) else None
    return None


def _wait_s(headers: Mapping[str, str], now: datetime) -> int:
    """Return how long it wants to be left alone."""
    said = headers.get("retry-after", "").strip()
    until = headers.get("x-sentry-rate-limit-reset", "").strip()
    seconds: float = _USUAL_WAIT_S
    if said.isdecimal() and len(said) < 10:
        seconds = int(said)
    elif (at := _http_date(said)) is not None:
        seconds = (at - now).total_seconds()
    elif until.isdecimal() and len(until) < 12:
        seconds = int(until) - now.timestamp()
    return math.ceil(min(max(seconds, 1), _LONGEST_WAIT_S))


def _http_date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def apis(
    settings: Sequence[SentrySettings], outgoing: Outgoing, clock: Clock
) -> Mapping[str, SentryApi]:
    """Return what reads each Sentry, by its name."""
    return {one.name: SentryApi(one, outgoing, clock) for one in settings}
