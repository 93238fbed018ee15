"""Sentry: issue alerts, metric alerts, and issues that are created, resolved and archived.

Point it here:  Settings, Custom Integrations, Create New Integration, Internal Integration, with
                the Webhook URL `https://HOST/hooks/KEY/sentry`, Alert Rule Action on, and the
                webhooks for `issue` on; then add it as an action to alert rules. The legacy
                WebHooks plugin of a project may point here too.
Same alert:     the issue's id, whichever rule told of it; of metric alerts the rule's id.
It ends:        when the issue is resolved or archived, which needs the `issue` webhooks; metric
                alerts end by themselves.
How bad:        the level of the event (fatal, error, warning, info, debug), or critical and warning
                of a metric alert.
Service:        a tag service, else the project.
Not read:       who an issue is assigned to, comments, installations and what else is sent.
"""

import re
from collections.abc import Callable, Mapping

from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Facts, Signal, SignalKind

_ISSUE_ACTIONS = {
    "created": True,
    "unresolved": True,
    "resolved": False,
    "archived": False,
    "ignored": False,
}
_METRIC_ACTIONS = {"critical": True, "warning": True, "resolved": False}
_PROJECT = re.compile(r"/projects/[^/?#]{1,100}/([^/?#]{1,100})/")


def read(posted: Posted) -> Mapped:
    """Return what a webhook says; raises BadPayload."""
    body = _json.whole(posted.body, "sentry")
    resource = posted.headers.get("sentry-hook-resource") or _resource(body)
    if (reader := _READERS.get(resource)) is None:
        return Mapped(note=f"Sentry's {_signals.line(resource, 60)} says nothing of an alert")
    return reader(body, posted)


def _resource(body: Part) -> str:
    """Return what a body is about that came without the header, which some proxies drop."""
    data = body.part("data").members
    for member, resource in (
        ("metric_alert", "metric_alert"),
        ("event", "event_alert"),
        ("error", "error"),
        ("issue", "issue"),
    ):
        if member in data:
            return resource
    if {"project", "culprit"} <= body.members.keys():
        return "legacy"
    raise strange(body.members, "sentry", "the header Sentry-Hook-Resource is missing")


def _issue(body: Part, posted: Posted) -> Mapped:
    action = body.needed("action")
    if action == "assigned":
        return Mapped(note="who a Sentry issue is assigned to says nothing of an alert")
    firing = _ISSUE_ACTIONS.get(action)
    if firing is None:
        raise body.bad("action", f"is none of {', '.join(_ISSUE_ACTIONS)} and assigned")
    issue = body.needed_part("data").needed_part("issue")
    return Mapped((_of_issue(issue, posted, firing=firing, created=action == "created"),))


def _activity(body: Part, posted: Posted) -> Mapped:
    issue = body.needed_part("data").needed_part("issue")
    firing = issue.text("status") in ("unresolved", None)
    return Mapped((_of_issue(issue, posted, firing=firing, created=False),))


def _of_issue(issue: Part, posted: Posted, *, firing: bool, created: bool) -> Signal:
    project = issue.part("project")
    said = [issue.text("culprit"), issue.part("metadata").text("value")]
    if state := issue.first("substatus", "status"):
        said.append(f"In Sentry it is {state}.")
    signal = Signal(
        source=_signals.source_of(posted, "sentry"),
        kind=SignalKind.ERROR,
        key=f"issue:{issue.needed('id')}",
        firing=firing,
        title=issue.first("title", "shortId") or f"Sentry issue {issue.needed('id')}",
        text="\n".join(filter(None, said)),
        said_severity=issue.text("level"),
        service=project.first("slug", "name"),
        labels=_named(
            project=project.text("slug"),
            platform=issue.text("platform"),
            short_id=issue.text("shortId"),
            category=issue.text("issueCategory"),
        ),
        facts=Facts(users_affected=_count(issue.text("userCount"))),
        # First ever seen: the beginning of this episode only where it is the first.
        started_at=issue.moment("firstSeen") if created else None,
        url=issue.first("web_url", "permalink"),
    )
    return _signals.settled(signal, posted.options)


def _event_alert(body: Part, posted: Posted) -> Mapped:
    data = body.needed_part("data")
    rule = data.text("triggered_rule")
    return Mapped((_of_event(data.needed_part("event"), posted, rule=rule),))


def _error(body: Part, posted: Posted) -> Mapped:
    return Mapped((_of_event(body.needed_part("data").needed_part("error"), posted, rule=None),))


def _of_event(event: Part, posted: Posted, *, rule: str | None) -> Signal:
    """Return an event's signal; when it happened is not when the trouble began."""
    tags = _tags(event)
    project = _PROJECT.search((event.text("url") or "")[: _signals.URL])
    said = [event.text("culprit"), event.text("message")]
    signal = Signal(
        source=_signals.source_of(posted, "sentry"),
        kind=SignalKind.ERROR,
        key=f"issue:{event.first('issue_id', 'groupID') or event.needed('issue_id')}",
        firing=True,
        title=event.first("title", "message") or f"Sentry issue {event.needed('issue_id')}",
        text="\n".join(filter(None, (*said, f"The rule: {rule}" if rule else None))),
        said_severity=event.text("level") or tags.get("level"),
        service=tags.get("service") or (project[1] if project else None),
        labels={**tags, **_named(rule=rule, platform=event.text("platform"))},
        url=event.first("web_url", "issue_url"),
    )
    return _signals.settled(signal, posted.options)


def _legacy(body: Part, posted: Posted) -> Mapped:
    event = body.part("event")
    tags = _tags(event)
    signal = Signal(
        source=_signals.source_of(posted, "sentry"),
        kind=SignalKind.ERROR,
        key=f"issue:{body.needed('id')}",
        firing=True,
        title=event.text("title") or body.first("message", "culprit") or body.needed("message"),
        text="\n".join(filter(None, (body.text("culprit"), body.text("message")))),
        said_severity=body.text("level"),
        service=tags.get("service") or body.first("project_slug", "project"),
        labels={**tags, **_named(project=body.first("project_slug", "project"))},
        url=body.text("url"),
    )
    return Mapped((_signals.settled(signal, posted.options),))


def _metric_alert(body: Part, posted: Posted) -> Mapped:
    action = body.needed("action")
    firing = _METRIC_ACTIONS.get(action)
    if firing is None:
        raise body.bad("action", f"is none of {', '.join(_METRIC_ACTIONS)}")
    data = body.needed_part("data")
    alert = data.needed_part("metric_alert")
    rule = alert.part("alert_rule")
    title = alert.text("title") or rule.text("name") or data.text("description_title")
    signal = Signal(
        source=_signals.source_of(posted, "sentry"),
        kind=SignalKind.ALERT,
        key=f"metric_alert:{rule.text('id') or alert.needed('id')}",
        firing=firing,
        title=title or alert.needed("title"),
        text="\n".join(
            filter(None, (data.text("description_title"), data.text("description_text")))
        ),
        said_severity=action if firing else None,
        rule=rule.first("id", "name"),
        service=_only(alert.members.get("projects")),
        labels=_named(rule=rule.text("name"), environment=rule.text("environment")),
        started_at=alert.moment("date_started") if firing else None,
        ended_at=None if firing else alert.moment("date_closed"),
        url=data.text("web_url"),
    )
    return Mapped((_signals.settled(signal, posted.options),))


_READERS: Mapping[str, Callable[[Part, Posted], Mapped]] = {
    "issue": _issue,
    "activity_alert": _activity,
    "event_alert": _event_alert,
    "error": _error,
    "metric_alert": _metric_alert,
    "legacy": _legacy,
}


def _tags(event: Part) -> dict[str, str]:
    """Return an event's tags, which are pairs: `[["environment", "prod"], …]`."""
    pairs = event.members.get("tags")
    found: dict[str, str] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        match pair:
            case [str() as name, str() as value]:
                found[name] = value
            case _:
                continue
    return found


def _named(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _only(projects: object) -> str | None:
    """Return the project of a metric alert that watches one alone."""
    match projects:
        case [str() as project]:
            return project
        case _:
            return None


def _count(text: str | None) -> int | None:
    if text is None or len(text) > 12 or not text.isascii() or not text.isdigit():
        return None
    return int(text) or None
