"""Hand notifications over: to 170 services through apprise, or to a webhook, signed.

A webhook gets JSON with the headers `Fettle-Id` (the idempotency key: the same for each try),
`Fettle-Timestamp` and `Fettle-Signature`: `v1=` and the hex HMAC-SHA256, under the webhook's
secret, of the id, the timestamp and the body joined by full stops.
"""

import asyncio
import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fettle.errors import ActFailed, FettleError
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.severity import Severity
from fettle.targets.outgoing import Outgoing

if TYPE_CHECKING:
    from apprise import NotifyBase

_PATIENCE_S = 15
_CALM = frozenset({Event.DIGEST, Event.REMINDER, Event.REPORT, Event.TEST})
_CUT = 4000
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Of ntfy, LaMetric and Matrix: the address is of the service itself, and names no host.
_ELSEWHERE = frozenset({"cloud", "t2bot"})


class Notifier:
    """Hand messages over; implements model.ports.Notify."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def hand_over(self, queued: Queued, receiver: Receiver, now: datetime) -> None:
        """Return when the receiver's service has taken the message; raises ActFailed."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if urlsplit(receiver.address).scheme in ("http", "https"):
                    await self._webhook(queued, receiver, now)
                else:
                    await self._service(queued, receiver)
        except TimeoutError:
            raise ActFailed(f"{receiver.name} has not taken it within {_PATIENCE_S} s") from None
        except ActFailed:
            raise
        except FettleError as error:
            raise ActFailed(f"{receiver.name}: {error.reason}", remedy=error.remedy) from error

    async def examine(self, receiver: Receiver) -> None:
        """Return when its address can be told as the settings are; raises ActFailed.

        Nothing is handed over, and nobody is called.
        """
        try:
            parts = urlsplit(receiver.address)
            if parts.scheme in ("http", "https"):
                await self._outgoing.permitted(str(parts.hostname), parts.port or 443)
            else:
                await self._known(receiver)
        except ActFailed:
            raise
        except FettleError as error:
            raise ActFailed(error.reason, remedy=error.remedy) from error

    async def _webhook(self, queued: Queued, receiver: Receiver, now: datetime) -> None:
        body = json.dumps(document(queued), ensure_ascii=False).encode()
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Fettle-Id": str(queued.id),
            "Fettle-Timestamp": timestamp,
        }
        if receiver.secret:
            headers["Fettle-Signature"] = signature(
                receiver.secret, str(queued.id), timestamp, body
            )
        answer = await self._outgoing.call("POST", receiver.address, headers=headers, content=body)
        if not 200 <= answer.status < 300:
            raise ActFailed(f"{receiver.name} answered {answer.status}")

    async def _known(self, receiver: Receiver) -> "NotifyBase":
        """Return the service of an address, which may be called."""
        import apprise

        # One that leads elsewhere could lead to where nobody has allowed it.
        asset = apprise.AppriseAsset(http_redirects=False)
        service = apprise.Apprise.instantiate(receiver.address, asset=asset)
        if not isinstance(service, apprise.NotifyBase):
            raise ActFailed(
                f"the address of {receiver.name} is none that apprise knows",
                remedy="write it as apprise does: mailto://…, slack://…, or as https://…",
            )
        if (host := host_of(service)) is not None:
            await self._outgoing.permitted(host, int(service.port or 443))
        return service

    async def _service(self, queued: Queued, receiver: Receiver) -> None:
        service = await self._known(receiver)
        message = queued.message
        taken = await service.async_notify(
            # a mail's subject of two lines is refused, and nobody would hear of the issue
            title=_UNSEEN.sub(" ", message.title).strip()[:250],
            body=words(message)[:_CUT],
            notify_type=_kind(message),
            body_format="text",
        )
        if not taken:
            raise ActFailed(f"{receiver.name} has not taken it")


def host_of(service: "NotifyBase") -> str | None:
    """Return the host that a service's address names, where it is a server of somebody's own.

    Elsewhere what stands in the host's place is a topic, a token or an account.
    """
    templates: tuple[str, ...] = service.templates
    if getattr(service, "mode", None) in _ELSEWHERE:
        return None
    if not any("{host}" in template for template in templates):
        return None
    return str(getattr(service, "smtp_host", None) or service.host)  # mail goes by its own


def signature(secret: str, id_: str, timestamp: str, body: bytes) -> str:
    """Return a webhook's signature, as its receiver reckons it too."""
    signed = f"{id_}.{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def words(message: Message) -> str:
    """Return a message for people, with its links."""
    links = []
    if message.acknowledge_url:
        act = "Decide" if message.event is Event.WAITS else "Acknowledge"
        links.append(f"{act}: {message.acknowledge_url}")
    if message.url:
        links.append(f"Look: {message.url}")
    return "\n".join([message.body, "", *links]).rstrip()


def document(queued: Queued) -> dict[str, object]:
    """Return a message as a webhook gets it."""
    message = queued.message
    return {
        "schema": "fettle.notification/1",
        "id": str(queued.id),
        "event": str(message.event),
        "issue": message.issue,
        "title": message.title,
        "body": message.body,
        "severity": None if message.severity is None else str(message.severity),
        "priority": message.priority,
        "status": message.status,
        "url": message.url,
        "acknowledge_url": message.acknowledge_url,
        "created_at": queued.created_at.isoformat(timespec="seconds"),
    }


def _kind(message: Message) -> str:
    if message.event is Event.RESOLVED:
        return "success"
    if message.severity is not None and message.severity >= Severity.HIGH:
        return "failure"
    return "info" if message.event in _CALM else "warning"
