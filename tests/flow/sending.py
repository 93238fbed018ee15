"""A sender of alerts, as Alertmanager is one: it says again what was not answered with 2xx."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.alertmanager import webhook

_PATIENCE_S = 5.0
_TIMES = 2  # that an alert begins; oftener, and it would flap


@dataclass
class Alert:
    """One alert as its source knows it."""

    key: str
    starts_at: datetime
    ends_at: datetime | None = None
    times: int = 1

    def document(self, group: str) -> dict[str, Any]:
        """Give it as Alertmanager writes it."""
        return {
            "status": "firing" if self.ends_at is None else "resolved",
            "labels": {"alertname": "Soaked", "instance": self.key, "severity": "critical"},
            "annotations": {"summary": f"{self.key} of {group} is in trouble"},
            "startsAt": self.starts_at.isoformat(),
            "endsAt": "0001-01-01T00:00:00Z" if self.ends_at is None else self.ends_at.isoformat(),
            "generatorURL": "http://prometheus.example/graph",
            "fingerprint": self.key,
        }


@dataclass
class Sender:
    """Posts to any of several servers. `accepted` are the deliveries that were answered with 2xx.

    `alerts` are the alerts by key as they were when last something about them was accepted, and
    `groups` the keys of each group.
    """

    doors: Sequence[str]
    chance: random.Random
    client: httpx.AsyncClient
    accepted: set[str] = field(default_factory=set)
    repeated: int = 0
    alerts: dict[str, Alert] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    async def say(self, group: str, alerts: Sequence[Alert]) -> None:
        """Send alerts until one of the servers has accepted them."""
        name = f"{group}-{self.chance.getrandbits(64):x}"
        documents = [alert.document(group) for alert in alerts]
        body = json.dumps(webhook(documents, group={"group": group}, url=name)).encode()
        while not await self._post(body):
            self.repeated += 1
            await asyncio.sleep(0.1)
        self.accepted.add(name)
        self.alerts |= {alert.key: alert for alert in alerts}

    async def _post(self, body: bytes) -> bool:
        door = self.chance.choice(self.doors)
        try:
            answer = await self.client.post(door, content=body, timeout=_PATIENCE_S)
        except httpx.HTTPError:
            return False
        assert answer.is_success or answer.status_code >= 500, answer.text
        return answer.is_success

    async def group(self, name: str, *, ends: bool) -> None:
        """Let a group live: its first alert begins first, and ends last where the group ends."""
        chance = random.Random(self.chance.random())
        alerts = [Alert(f"{name}-{n}", datetime.now(UTC)) for n in range(chance.randint(1, 4))]
        self.groups[name] = [alert.key for alert in alerts]
        await self.say(name, alerts[: chance.randint(1, len(alerts))])
        for _ in range(chance.randint(0, 4)):
            await asyncio.sleep(chance.random() * 3)
            await self._change(name, alerts, chance)
        await asyncio.sleep(chance.random() * 3)
        await self.say(name, alerts)
        if ends:
            await self._end(name, alerts[1:])
            await self._end(name, alerts)

    async def _change(self, name: str, alerts: Sequence[Alert], chance: random.Random) -> None:
        """Repeat what goes on, and let one that is not the first end, or begin once more."""
        if len(alerts) > 1:
            one = chance.choice(alerts[1:])
            if one.ends_at is None:
                one.ends_at = datetime.now(UTC)
            elif one.times < _TIMES:
                one.starts_at, one.ends_at, one.times = datetime.now(UTC), None, one.times + 1
        await self.say(name, alerts)

    async def _end(self, name: str, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            alert.ends_at = alert.ends_at or datetime.now(UTC)
        if alerts:
            await self.say(name, alerts)
