"""Alerts as Prometheus's Alertmanager describes them, which Grafana does too, and adds to."""

from collections.abc import Callable, Mapping
from hashlib import sha256

from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

# Where an alert of a vendor is to be seen, and what more is said of it.
Describe = Callable[[Part], tuple[str | None, list[str]]]
Passed = Callable[[Mapping[str, str]], bool]


def read(payload: Part, posted: Posted, door: str, describe: Describe, passed: Passed) -> Mapped:
    """Return the signals of a payload; those whose labels are `passed` say nothing."""
    group = _group(payload)

    def one(part: Part) -> Signal | None:
        labels = part.texts("labels")
        if not labels and not part.text("fingerprint"):
            raise part.bad("labels", "is missing, and so is fingerprint: nothing tells which it is")
        status = part.needed("status")
        if status not in ("firing", "resolved"):
            raise part.bad("status", f"is {_signals.line(status, 60)!r}, not firing or resolved")
        if passed(labels):
            return None
        url, more = describe(part)
        firing = status == "firing"
        signal = Signal(
            source=_signals.source_of(posted, door),
            kind=SignalKind.ALERT,
            key=part.text("fingerprint") or _fingerprint(labels),
            firing=firing,
            title=_title(part, labels),
            text=_text(part, more),
            group=group,
            rule=labels.get("alertname"),
            labels=labels,
            started_at=part.moment("startsAt"),
            ended_at=None if firing else part.moment("endsAt"),
            url=url,
            runbook_url=part.part("annotations").first("runbook_url", "runbook"),
        )
        return _signals.settled(signal, posted.options)

    signals, rejected = _json.each(payload.needed_list("alerts"), payload.path("alerts"), one)
    return Mapped(signals, rejected, note=_note(payload))


def _group(payload: Part) -> str | None:
    """Return the key of the payload's group.

    None where it is grouped by nothing: then all that there is stands in one group.
    """
    return payload.text("groupKey") if payload.texts("groupLabels") else None


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Return what tells an alert apart that has no fingerprint (Alertmanager before 0.19)."""
    told = "\0".join(f"{name}\1{value}" for name, value in sorted(labels.items()))
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _title(part: Part, labels: Mapping[str, str]) -> str:
    said = part.part("annotations").first("summary", "title", "message")
    if said:
        return said
    name = labels.get("alertname") or part.text("fingerprint") or "An alert"
    place = labels.get("instance") or labels.get("pod") or labels.get("host")
    return f"{name} on {place}" if place else name


def _text(part: Part, more: list[str]) -> str:
    annotations = part.part("annotations")
    said = [annotations.first("description", "message"), *more]
    if runbook := annotations.first("runbook_url", "runbook"):
        said.append(f"Runbook: {runbook}")
    return "\n\n".join(text for text in said if text)


def _note(payload: Part) -> str | None:
    left_out = payload.text("truncatedAlerts")
    if left_out in (None, "0"):
        return None if payload.members["alerts"] else "alerts is an empty list"
    return f"{_signals.line(left_out, 60)} more alerts of the group were left out by their sender"
