"""Grafana: alerts of its unified alerting, by a webhook contact point.

Point it here:  Alerting, Contact points, Integration Webhook, with the URL
                `https://HOST/hooks/KEY/grafana`; then a notification policy that uses it. Leave
                the payload as it is, and resolved messages on.
Same alert:     its fingerprint, which is the same as long as its labels are. Grafana's group is
                kept where the policy groups by labels.
It ends:        when Grafana says that it is resolved.
How bad:        the label severity, else priority or level.
Service:        the label service, service_name, app or application.
Not read:       the test that a contact point can send; payloads of a template of one's own (send
                those to the door `generic`), and of the legacy alerting before Grafana 11.
"""

from collections.abc import Mapping

from fettle.intake.alerts import _json, _prometheus, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted

_TEST = {"alertname": "TestAlert", "instance": "Grafana"}


def read(posted: Posted) -> Mapped:
    """Return what a notification says; raises BadPayload."""
    payload = _json.whole(posted.body, "grafana", "alerts", "orgId")
    if payload.text("version") != "1":
        why = "version: only 1 of Grafana's webhook is read"
        raise strange(payload.members, "grafana", why)
    mapped = _prometheus.read(payload, posted, "grafana", _described, _is_test)
    if not mapped.signals and not mapped.rejected and not mapped.note:
        return Mapped(note="a test of the contact point arrived; it is no alert")
    return mapped


def _is_test(labels: Mapping[str, str]) -> bool:
    return _TEST.items() <= labels.items()


def _described(part: Part) -> tuple[str | None, list[str]]:
    values = part.texts("values")
    shown = ", ".join(f"{name} = {value}" for name, value in list(values.items())[:20])
    said = [f"Measured: {_signals.cut(shown, 1000)}" if shown else part.text("valueString") or ""]
    if silence := part.text("silenceURL"):
        said.append(f"Silence it at Grafana: {silence}")
    return part.first("panelURL", "dashboardURL", "generatorURL"), said
