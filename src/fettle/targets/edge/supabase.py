"""Supabase's Management API: how the edge functions of a project ran.

https://supabase.com/docs/reference/api: v1-list-all-functions, v1-get-project-function-combined-
stats. The figures come a row a minute; times are milliseconds.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.readings import Functions
from fettle.model.watchpoint import EdgeFunctions
from fettle.targets.edge.calls import asked
from fettle.targets.outgoing import Outgoing

_GRANT = "may read the project (one of the account's access tokens)"
_MOST = 50  # functions asked about in one look: the API allows 120 calls a minute
_AT_ONCE = 4
_INTERVAL, OVER = "1hr", timedelta(hours=1)


async def functions(point: EdgeFunctions, outgoing: Outgoing) -> Sequence[Functions | Unknown]:
    """Return how a project's functions ran in the last hour; raises CannotLook."""
    base = f"{point.url.rstrip('/')}/v1/projects/{quote(point.project, safe='')}"
    listed = await asked(outgoing, f"{base}/functions", point.token, grant=_GRANT)
    if not isinstance(listed, list):
        raise CannotLook(
            "what answers is no Management API of Supabase",
            remedy="leave out url, or set it to https://api.supabase.com",
        )
    wanted = [
        one
        for one in listed
        if isinstance(one, dict)
        and one.get("id")
        and (not point.functions or one.get("slug") in point.functions)
    ]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def told(one: Mapping[str, Any]) -> Functions | Unknown:
        async with turns:
            return await _of(point, outgoing, base, one)

    found: list[Functions | Unknown] = list(await asyncio.gather(*map(told, wanted[:_MOST])))
    if len(wanted) > _MOST:
        found.append(
            Unknown(
                f"{point.subject}: {len(wanted) - _MOST} functions were not asked about",
                'name those that matter: functions = ["checkout"]',
            )
        )
    return found


async def _of(
    point: EdgeFunctions, outgoing: Outgoing, base: str, one: Mapping[str, Any]
) -> Functions | Unknown:
    slug = str(one.get("slug") or one["id"])
    query = urlencode({"function_id": one["id"], "interval": _INTERVAL})
    url = f"{base}/analytics/endpoints/functions.combined-stats?{query}"
    try:
        document = await asked(outgoing, url, point.token, grant=_GRANT)
    except CannotLook as error:
        return Unknown(f"{point.subject}/{slug}: {error.reason}", error.remedy)
    wrong = document.get("error") if isinstance(document, dict) else None
    rows = document.get("result") if isinstance(document, dict) else None
    if wrong or not isinstance(rows, list):
        said = wrong.get("message") if isinstance(wrong, dict) else wrong
        return Unknown(f"{point.subject}/{slug}: Supabase answers: {said or 'no figures'}")
    return _summed(f"{point.subject}/{slug}", [row for row in rows if isinstance(row, dict)])


def _summed(subject: str, rows: Sequence[Mapping[str, Any]]) -> Functions:
    """Return the hour that its minutes make: an average counts as often as there were calls."""
    calls = failed = taken_ms = timed = 0.0
    for row in rows:
        count = _number(row, "requests_count") or 0.0
        mean = _number(row, "avg_execution_time")
        calls += count
        failed += _number(row, "server_err_count") or 0.0
        if mean is not None:
            taken_ms += mean * count
            timed += count
    return Functions(subject, calls, taken_ms / timed / 1000 if timed else None, OVER, failed)


def _number(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    try:
        number = math.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
