"""Prometheus Alertmanager: its webhook, version 4.

Point it here:  a receiver in alertmanager.yml: `webhook_configs: [{url: https://HOST/hooks/KEY/alertmanager}]`.
                Leave `send_resolved` as it is, true. Mimir's, VictoriaMetrics' and Thanos' alerting
                send the same.
Same alert:     its fingerprint, which is the same as long as its labels are. Alertmanager's group
                is kept where `group_by` names labels; one group of everything is none.
It ends:        when Alertmanager says that it is resolved.
How bad:        the label severity, else priority or level.
Service:        the label service, service_name, app or application; `job` names a scrape, and is
                none.
Not read:       silences and inhibitions: Alertmanager does not send what they hold back.
"""

from fettle.intake.alerts import _json, _prometheus
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted


def read(posted: Posted) -> Mapped:
    """Return what a notification says; raises BadPayload."""
    payload = _json.whole(posted.body, "alertmanager", "alerts", "version")
    if payload.text("version") != "4":
        why = "version: only 4 of Alertmanager's webhook is read"
        raise strange(payload.members, "alertmanager", why)
    return _prometheus.read(payload, posted, "alertmanager", _described, lambda _: False)


def _described(part: Part) -> tuple[str | None, list[str]]:
    return part.text("generatorURL"), []
