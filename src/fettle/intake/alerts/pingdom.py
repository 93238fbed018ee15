"""Pingdom: state changes of uptime and transaction checks.

Point it here:  Integrations, Add integration, Type Webhook, with the URL
                `https://HOST/hooks/KEY/pingdom`; then choose it in each check. The door `generic`
                takes the same.
Same alert:     the check's id.
It ends:        when the check's state is UP, or SUCCESS for a transaction.
How bad:        the check's importance: HIGH or LOW.
Service:        a tag of the form service:NAME.
Not read:       BeepManager's webhooks, which Pingdom no longer sets up.
"""

from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

_FIRING = {"DOWN": True, "FAILING": True, "UP": False, "SUCCESS": False}


def read(posted: Posted) -> Mapped:
    """Return what a state change says; raises BadPayload."""
    change = _json.whole(posted.body, "pingdom", "check_id", "current_state")
    if change.text("version") not in ("1", None):
        raise strange(change.members, "pingdom", "version: only 1 of Pingdom's webhook is read")
    state = change.needed("current_state")
    firing = _FIRING.get(state)
    if firing is None:
        raise change.bad("current_state", "is none of DOWN, UP, FAILING and SUCCESS")
    at = change.moment("state_changed_timestamp") or change.moment("state_changed_utc_time")
    name = change.text("check_name") or f"check {change.needed('check_id')}"
    signal = Signal(
        source=_signals.source_of(posted, "pingdom"),
        kind=SignalKind.PROBE,
        key=change.needed("check_id"),
        firing=firing,
        title=f"{name} is {state}",
        text=_text(change),
        said_severity=change.text("importance_level"),
        rule=_signals.ANSWERS,
        labels=_labels(change),
        started_at=at if firing else None,
        ended_at=None if firing else at,
        url=change.part("check_params").text("full_url"),
    )
    return Mapped((_signals.settled(signal, posted.options),))


def _text(change: Part) -> str:
    said = [change.first("long_description", "description"), change.text("custom_message")]
    probes = (change.part(name).text("location") for name in ("first_probe", "second_probe"))
    said.extend(f"Seen from {place}." for place in probes if place)
    return "\n".join(filter(None, said))


def _labels(change: Part) -> dict[str, str]:
    named = {
        "check": change.text("check_name"),
        "check_type": change.text("check_type"),
        "host": change.part("check_params").text("hostname"),
    }
    tags = change.members.get("tags")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    split = (tag.partition(":") for tag in texts)
    tagged = {name: value for name, colon, value in split if colon}
    return {**tagged, **{name: value for name, value in named.items() if value is not None}}
