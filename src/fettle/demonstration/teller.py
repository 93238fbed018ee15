"""Who tells the story: people of the shop, by the same API that everybody uses."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from fettle.demonstration.clock import Settable
from fettle.errors import ActFailed
from fettle.flow import absorb, digest
from fettle.flow.logs import Learning
from fettle.frontends.api.inside import Answer, call
from fettle.frontends.api.serving import Serving
from fettle.intake import own
from fettle.intake.logs.digest import Digester, digests
from fettle.model.error_event import ErrorEvent
from fettle.model.role import Caller, Role
from fettle.model.signal import Signal
from fettle.store import access, deliveries, errors, logs
from fettle.store.deliveries import Arrived, Settled

HOOK = "prod"
_DATED = Path(__file__).with_name("dated.sql").read_bytes()


@dataclass(frozen=True)
class Teller:
    """Lets things happen at the moment at which the clock stands; `asked` is when, by request."""

    app: FastAPI
    serving: Serving
    clock: Settable
    asked: dict[str, datetime] = field(default_factory=dict)

    async def ask(
        self,
        who: str,
        path: str,
        body: Mapping[str, object] | None = None,
        method: str = "POST",
    ) -> Answer:
        """Call the API as one of the people; raises ActFailed where it refuses."""
        sent = b"" if body is None else json.dumps(body).encode()
        caller, request = Caller(f"user:{who}", Role.RESPONDER), secrets.token_hex(8)
        self.asked[request] = self.clock.now()
        headers = {"x-request-id": request}
        answer = await call(self.app, caller, method, f"/api/v1/{path}", sent, headers)
        if not answer.ok:
            raise ActFailed(f"{who} cannot {method} {path}: {answer.status} {answer.reason}")
        return answer

    async def read(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return a document of the API."""
        return (await self.ask("ada", path, method="GET")).document

    async def act(self, who: str, number: int, act: str, **body: object) -> None:
        """Let somebody do something with an issue."""
        await self.ask(who, f"issues/{number}/{act}", body or None)

    async def report(self, who: str, text: str, service: str) -> int:
        """Let somebody report trouble; return the issue's number."""
        answer = await self.ask(who, "reports", {"text": text, "service": service})
        return int(answer.document["number"])

    async def arrive(self, *signals: Signal) -> int:
        """Let signals arrive in one delivery, and be taken; return the newest issue's number."""
        arrived = Arrived(self.clock.now(), HOOK, own.VENDOR, {}, own.written(signals))
        async with self.serving.pool.connection() as connection, connection.transaction():
            await deliveries.keep(connection, [arrived])
        while await absorb.absorb(self.serving.pool, self.serving.taking):
            pass
        newest = await self.read("issues?limit=1")
        return int(newest["items"][0]["number"])

    async def fail(self, project: str, *events: ErrorEvent) -> None:
        """Let an application send errors, each when it happened, and let them be digested."""
        async with self.serving.pool.connection() as connection, connection.transaction():
            of = await access.keep_project(connection, project)
        for event in events:
            async with self.serving.pool.connection() as connection, connection.transaction():
                await errors.keep(connection, [errors.happened(of.id, event.at, event)])
        while await digest.digest(self.serving.pool, self.serving.digesting):
            pass
        while await absorb.absorb(self.serving.pool, self.serving.taking):
            pass

    async def log(self, name: str, service: str, told: Sequence[tuple[datetime, str]]) -> None:
        """Let lines of a log come, those of a moment together, and let them be learnt."""
        settings, digester = self.serving.settings.logs, Digester(str)  # no line holds a secret
        async with self.serving.pool.connection() as connection, connection.transaction():
            begun = told[0][0]
            id_ = await logs.enter(connection, name, service, begun, settings.most_sources)
            for at, lines in groupby(told, key=lambda one: one[0]):
                found = list(digests(digester, (line.encode() for _, line in lines)))
                await logs.keep(connection, id_, found, at, late=False)
        learning = Learning(self.serving.pool, self.serving.clock, settings)
        while await learning.take():
            pass
        while await absorb.absorb(self.serving.pool, self.serving.taking):
            pass

    async def arrive_unread(self, body: bytes, reason: str) -> None:
        """Let something arrive that cannot be read."""
        arrived = Arrived(self.clock.now(), HOOK, "alertmanager", {}, body)
        async with self.serving.pool.connection() as connection, connection.transaction():
            (letter,) = await deliveries.keep(connection, [arrived])
            await deliveries.settle(connection, [Settled(letter, "dead", reason)])

    async def date_back(self) -> None:
        """Let the audit log say when all this happened: the store dates it itself, and by now."""
        requests, moments = list(self.asked), list(self.asked.values())
        async with self.serving.pool.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(_DATED, {"requests": requests, "moments": moments})

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.moment += timedelta(**by)
