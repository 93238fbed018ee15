"""Cloudflare's GraphQL Analytics API: a zone's cache, and an account's Workers.

Its figures are sampled where there are many; it answers 200 also when it could not answer.
https://developers.cloudflare.com/analytics/graphql-api/
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fettle.errors import CannotLook
from fettle.model.readings import Caching, Functions
from fettle.model.watchpoint import CloudflareZone, EdgeFunctions
from fettle.targets.edge.calls import asked
from fettle.targets.outgoing import Outgoing

_CACHE = """
query Cache($zone: string!, $from: Time!, $until: Time!) {
  viewer {
    zones(filter: {zoneTag: $zone}) {
      httpRequestsAdaptiveGroups(
        limit: 100
        filter: {datetime_geq: $from, datetime_lt: $until, requestSource: "eyeball"}
      ) {
        count
        avg { sampleInterval }
        dimensions { cacheStatus }
      }
    }
  }
}
"""
_WORKERS = """
query Workers($account: string!, $from: Time!, $until: Time!) {
  viewer {
    accounts(filter: {accountTag: $account}) {
      workersInvocationsAdaptive(
        limit: 1000
        filter: {datetime_geq: $from, datetime_lt: $until}
      ) {
        sum { requests errors wallTime }
        dimensions { scriptName }
      }
    }
  }
}
"""
# https://developers.cloudflare.com/cache/concepts/cache-responses/: answered by the cache, also
# while it asks whether that is still so; and what the cache might have answered and did not.
_HITS = frozenset(("hit", "stale", "revalidated", "updating"))
_MISSES = frozenset(("miss", "expired"))
_READS_ANALYTICS = "reads the zone's analytics: Zone, Analytics, Read"
_READS_ACCOUNT = "reads the account's analytics: Account, Account Analytics, Read"
_MICROSECONDS = 1e6  # wallTime is told in these


async def cache(point: CloudflareZone, outgoing: Outgoing, now: datetime) -> Sequence[Caching]:
    """Return what a zone's cache answered; raises CannotLook.

    What may not be cached (dynamic, bypass) is no part of the rate, and is told beside it.
    """
    variables = {"zone": point.zone, **_span(now, point.last)}
    told = await _query(point, _CACHE, variables, outgoing, _READS_ANALYTICS)
    zones = told.get("zones") or []
    if not zones:
        raise CannotLook(
            "Cloudflare knows no such zone, or the token may not see it",
            remedy="zone is the Zone ID on the zone's overview; the token " + _READS_ANALYTICS,
        )
    hits = misses = beside = 0.0
    sampled = False
    for group in zones[0]["httpRequestsAdaptiveGroups"]:
        status, count = group["dimensions"]["cacheStatus"].lower(), group["count"]
        sampled = sampled or (group.get("avg") or {}).get("sampleInterval", 1) > 1
        if status in _HITS:
            hits += count
        elif status in _MISSES:
            misses += count
        else:
            beside += count
    return [Caching(point.subject, hits, misses, point.last, sampled, beside)]


async def workers(point: EdgeFunctions, outgoing: Outgoing, now: datetime) -> Sequence[Functions]:
    """Return how the Workers of an account ran; raises CannotLook."""
    variables = {"account": point.project, **_span(now, point.last)}
    told = await _query(point, _WORKERS, variables, outgoing, _READS_ACCOUNT)
    accounts = told.get("accounts") or []
    if not accounts:
        raise CannotLook(
            "Cloudflare knows no such account, or the token may not see it",
            remedy="project is the Account ID of Workers' overview; the token " + _READS_ACCOUNT,
        )
    sums: dict[str, list[float]] = {}
    for group in accounts[0]["workersInvocationsAdaptive"]:
        of = sums.setdefault(group["dimensions"]["scriptName"], [0.0, 0.0, 0.0])
        for place, name in enumerate(("requests", "errors", "wallTime")):
            of[place] += group["sum"][name]
    return [
        Functions(
            f"{point.subject}/{name}",
            calls,
            taken / _MICROSECONDS / calls if calls else None,
            point.last,
            failed,
        )
        for name, (calls, failed, taken) in sorted(sums.items())
    ]


def _span(now: datetime, last: timedelta) -> Mapping[str, str]:
    return {"from": f"{now - last:%Y-%m-%dT%H:%M:%SZ}", "until": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


async def _query(
    point: CloudflareZone | EdgeFunctions,
    query: str,
    variables: Mapping[str, str],
    outgoing: Outgoing,
    grant: str,
) -> Mapping[str, Any]:
    """Return what is told to the viewer; an answer of errors is none, whatever its status."""
    body = {"query": query, "variables": variables}
    document = await asked(outgoing, point.url, point.token, body=body, grant=grant)
    try:
        if errors := document.get("errors"):
            said = "; ".join(str(error["message"]) for error in errors)[:300]
            raise CannotLook(f"Cloudflare answers: {said}", remedy=_remedy(said, grant))
        viewer: Mapping[str, Any] = document["data"]["viewer"]
    except (AttributeError, KeyError, TypeError):
        raise CannotLook(
            "what answers is no GraphQL API of Cloudflare",
            remedy="leave out url, or set it to https://api.cloudflare.com/client/v4/graphql",
        ) from None
    return viewer


def _remedy(said: str, grant: str) -> str | None:
    words = said.lower()
    if "auth" in words or "access" in words or "permission" in words:
        return f"give a token that {grant}"
    if "limit" in words or "budget" in words:
        return "look again in five minutes: Cloudflare lets ask so often only"
    return None
