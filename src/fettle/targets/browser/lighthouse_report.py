"""A report of Lighthouse, read: figures, the waterfall, and the audits that a page failed.

Its schema is that of the versions 12 and 13; what is not there is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fettle.errors import CannotLook, Unreachable
from fettle.model.finding import Evidence
from fettle.model.measurement import Audit, Request, Visit
from fettle.targets.browser.network import KINDS

Json = Mapping[str, Any]

_FIGURES = {
    "fcp": "first-contentful-paint",
    "lcp": "largest-contentful-paint",
    "cls": "cumulative-layout-shift",
    "tbt": "total-blocking-time",
    "tti": "interactive",
    "server_response": "server-response-time",
}
_OF_A_PAGE = frozenset({"diagnostics", "insights"})
_PASSED = 0.9
_LONGEST, _LONGEST_URL, _MOST_ROWS, _MOST_COLUMNS, _MOST_REQUESTS = 300, 500, 20, 6, 5000
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def visit_of(report: object, called: str) -> Visit:
    """Return the visit that a report is of; raises CannotLook."""
    if not isinstance(report, dict) or not isinstance(report.get("audits"), dict):
        raise CannotLook("Lighthouse gave a report that is of another shape")
    if wrong := report.get("runtimeError"):
        raise Unreachable(f"Lighthouse: {called}: {_text(_unlinked(_said(wrong)))}")
    audits: Json = report["audits"]
    requests = tuple(_requests(audits))
    return Visit(
        url=str(report.get("finalDisplayedUrl") or report.get("finalUrl") or called)[:_LONGEST_URL],
        browser=f"Lighthouse {_text(report.get('lighthouseVersion'))}, {_browser(report)}",
        figures=dict(_figures(audits)),
        requests=requests,
        audits=tuple(_failed(report)),
    )


def _said(wrong: object) -> str:
    return str(wrong.get("message") or wrong.get("code")) if isinstance(wrong, dict) else str(wrong)


def _browser(report: Json) -> str:
    agent = str(_under(report, "environment", "hostUserAgent") or "")
    found = re.search(r"(?:Headless)?Chrome/[\d.]+", agent)
    return found[0] if found else "a browser"


def _figures(audits: Json) -> Iterator[tuple[str, float]]:
    for name, id_ in _FIGURES.items():
        if (value := _number(_under(audits, id_, "numericValue"))) is not None:
            yield name, value
    metrics = _items(audits, "metrics")
    if metrics and (first := _number(metrics[0].get("timeToFirstByte"))) is not None:
        yield "ttfb", first


def _requests(audits: Json) -> Iterator[Request]:
    for one in _items(audits, "network-requests")[:_MOST_REQUESTS]:
        if not str(one.get("url", "")).startswith("http"):
            continue
        status = _number(one.get("statusCode"))
        yield Request(
            url=str(one["url"])[:_LONGEST_URL],
            kind=KINDS.get(str(one.get("resourceType")), "other"),
            start_ms=_number(one.get("networkRequestTime")) or 0.0,
            end_ms=_number(one.get("networkEndTime")),
            transferred=round(_number(one.get("transferSize")) or 0),
            decoded=round(_number(one.get("resourceSize")) or 0),
            status=round(status) if status and status > 0 else None,
            mime=str(one.get("mimeType", ""))[:100],
            protocol=str(one.get("protocol", ""))[:40],
            priority=str(one.get("priority", ""))[:40],
        )


def _failed(report: Json) -> Iterator[Audit]:
    """Yield the audits that the page failed, but those that are a figure themselves."""
    for ref in _under(report, "categories", "performance", "auditRefs") or ():
        if not isinstance(ref, dict) or ref.get("group") not in _OF_A_PAGE:
            continue
        audit = report["audits"].get(ref.get("id"))
        score = _number(audit.get("score")) if isinstance(audit, dict) else None
        if score is not None and score < _PASSED:
            yield _audit(str(ref["id"]), audit)


def _audit(id_: str, audit: Json) -> Audit:
    given = audit.get("metricSavings")
    savings = given.items() if isinstance(given, dict) else ()
    saved = {str(name): value for name, one in savings if (value := _number(one)) and name != "CLS"}
    rows = _items({id_: audit}, id_)[:_MOST_ROWS]
    why = _unlinked(str(audit.get("description", "")))
    return Audit(
        re.sub(r"[^\w-]", "", id_)[:80],
        _text(audit.get("title")),
        _text(audit.get("displayValue")),
        _text(why.partition(". ")[0]),
        saved,
        round(_number(_under(audit, "details", "overallSavingsBytes")) or 0),
        tuple(_row(one) for one in rows),
    )


def _row(item: Json) -> Evidence:
    """Return what of a row are words and figures."""
    plain = {
        str(name)[:40]: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in item.items()
        if isinstance(value, str | int | float | bool)
    }
    if isinstance(snippet := _under(item, "node", "snippet"), str):
        plain["element"] = snippet[:_LONGEST]
    return dict(list(plain.items())[:_MOST_COLUMNS])


def _items(audits: Json, id_: str) -> Sequence[Json]:
    found = _under(audits, id_, "details", "items")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _under(document: object, *names: str) -> Any:  # noqa: ANN401 - JSON
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e12 else None


def _unlinked(text: str) -> str:
    return _LINK.sub(r"\1", text)


def _text(value: object) -> str:
    return " ".join(str(value or "").split())[:_LONGEST]
