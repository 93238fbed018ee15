"""What Alertmanager's webhook sends, as its documentation has it."""

from collections.abc import Mapping, Sequence
from typing import Any


def webhook(
    alerts: Sequence[Mapping[str, Any]],
    *,
    group: Mapping[str, str] | None = None,
    url: str = "https://alertmanager.example",
) -> dict[str, Any]:
    """Give alerts as they are sent on, grouped by these labels, or by nothing."""
    labels = ", ".join(f'{name}="{value}"' for name, value in (group or {}).items())
    return {
        "version": "4",
        "groupKey": f"{{}}:{{{labels}}}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "fettle",
        "groupLabels": dict(group or {}),
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": url,
        "alerts": list(alerts),
    }
