"""Amazon CloudWatch's alarms, through Amazon SNS.

Point it here:  SNS, Topics, Create subscription, Protocol HTTPS, Endpoint
                `https://HOST/hooks/KEY/sns`; the subscription is confirmed by itself. Let alarms
                notify the topic for In alarm and for OK. Raw message delivery is taken as well, but
                leave it off: what is raw carries no signature, and is believed for the key alone,
                or refused with `[[hook]] signed = true`.
Same alert:     the alarm's ARN.
It ends:        when the alarm's state is OK. INSUFFICIENT_DATA does not end it, and is an alert
                where you let the alarm notify for it.
How bad:        nothing in an alarm says so: `[[hook]] severities` can map ALARM and
                INSUFFICIENT_DATA, and triage decides otherwise.
Service:        none; set it with `[[hook]] service`.
Not read:       messages that are no CloudWatch alarm. A message whose signature is not right is
                refused with 403, and not kept; one that is torn is kept, and proved when it is
                replayed.
"""

from fettle.errors import NotAllowed
from fettle.intake import sns_envelope
from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

_STATES = {"ALARM": True, "INSUFFICIENT_DATA": True, "OK": False}
_NOTED = {
    sns_envelope.SUBSCRIPTION: "the subscription was asked for, and is confirmed",
    sns_envelope.UNSUBSCRIPTION: "the subscription has ended; nothing more will come",
}


def read(posted: Posted) -> Mapped:
    """Return what a message says; raises BadPayload, and NotAllowed for one that is not proved."""
    envelope = sns_envelope.opened(posted.body)
    if envelope is None:
        return Mapped((_signal(_json.whole(posted.body, "sns"), posted),))
    if not posted.proved:
        raise NotAllowed("the message is not proved to be of Amazon SNS", remedy="replay it")
    if note := _NOTED.get(envelope.kind):
        return Mapped(note=f"{_signals.line(envelope.topic, 250)}: {note}")
    return Mapped((_signal(_alarm(envelope.message), posted),))


def _alarm(message: str) -> Part:
    found = _json.document(message, "Message") if message.lstrip().startswith("{") else None
    if not isinstance(found, dict):
        said = _signals.line(message, 100)
        raise Part({}).bad("Message", f"is no CloudWatch alarm; it says {said!r}")
    return Part(found, "Message")


def _signal(alarm: Part, posted: Posted) -> Signal:
    if "NewStateValue" not in alarm.members:
        raise strange(alarm.members, "sns", f"{alarm.path('NewStateValue')}: is missing")
    state = alarm.needed("NewStateValue")
    firing = _STATES.get(state)
    if firing is None:
        raise alarm.bad("NewStateValue", f"is none of {', '.join(_STATES)}")
    name = alarm.needed("AlarmName")
    at = alarm.moment("StateChangeTime")
    signal = Signal(
        source=_signals.source_of(posted, "sns"),
        kind=SignalKind.ALERT,
        key=alarm.text("AlarmArn") or _own_key(alarm, name),
        firing=firing,
        title=f"{name} has too little data" if state == "INSUFFICIENT_DATA" else name,
        text="\n\n".join(
            filter(None, (alarm.text("AlarmDescription"), alarm.text("NewStateReason")))
        ),
        said_severity=state if firing else None,
        rule=_rule(alarm),
        labels=_labels(alarm),
        started_at=at if firing else None,
        ended_at=None if firing else at,
    )
    return _signals.settled(signal, posted.options)


def _rule(alarm: Part) -> str | None:
    """Return what is measured: alarms of several machines for one figure are of one kind."""
    trigger = alarm.part("Trigger")
    metric = trigger.text("MetricName")
    return f"{trigger.text('Namespace') or ''} {metric}" if metric else None


def _own_key(alarm: Part, name: str) -> str:
    account, region = alarm.text("AWSAccountId") or "", alarm.text("Region") or ""
    return f"{account}:{region}:{name}"


def _labels(alarm: Part) -> dict[str, str]:
    trigger = alarm.part("Trigger")
    given = trigger.members.get("Dimensions")
    parts = [Part(one) for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    dimensions = {one.text("name") or "": one.text("value") or "" for one in parts}
    named = {
        "account": alarm.text("AWSAccountId"),
        "region": alarm.text("Region"),
        "namespace": trigger.text("Namespace"),
        "metric": trigger.text("MetricName"),
    }
    return {**dimensions, **{name: value for name, value in named.items() if value is not None}}
