"""From a vendor's payload to Signals: what a mapping is given, what it answers, where they are."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from fettle.errors import NotFound
from fettle.intake import alerts
from fettle.model.severity import Severity
from fettle.model.signal import Signal


@dataclass(frozen=True)
class Template:
    """How the generic door reads a payload of one's own: a path or a template for each field.

    `items` is the path of the list whose members are alerts; None when the payload is one. What is
    None is looked for under the names that are common.
    """

    items: str | None = None
    title: str | None = None
    text: str | None = None
    key: str | None = None
    firing: str | None = None
    resolved_when: tuple[str, ...] = ("resolved", "ok", "up", "closed", "recovered", "false", "0")
    severity: str | None = None
    service: str | None = None
    group: str | None = None
    started_at: str | None = None
    url: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HookOptions:
    """What the settings say about one hook: what is added to each of its signals, and mapped.

    `signed` takes only what it is proved of who sent it.
    """

    service: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    template: Template = Template()
    signed: bool = False


@dataclass(frozen=True)
class Posted:
    """What somebody sent to a door, as it came.

    `hook` is the name of the key it was sent with, and begins the source of its signals
    (`<hook>/<vendor>`). `headers` have names in small letters. `proved` is whether it was proved
    who sent it, where the vendor signs.
    """

    hook: str
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    options: HookOptions = HookOptions()
    proved: bool = False


@dataclass(frozen=True)
class Rejected:
    """A part of a payload that cannot be read: its path, and why."""

    at: str
    reason: str


@dataclass(frozen=True)
class Mapped:
    """What a payload says.

    `acknowledged` are the keys of alerts that somebody has acknowledged at the source. `note` says
    why there is nothing to do, where a payload says nothing of an alert (a test, a subscription).
    """

    signals: tuple[Signal, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    acknowledged: tuple[str, ...] = ()
    note: str | None = None


# Those that say how a body is to be read; the others are forgotten, for they can hold secrets.
_READ_BY = ("content-type", "sentry-hook-resource")
_READ_BY_PREFIX = ("ce-", "x-amz-sns-")


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that mappings read, by their names in small letters."""
    named = {name.lower(): value for name, value in headers.items()}
    return {
        name: value
        for name, value in named.items()
        if name in _READ_BY or name.startswith(_READ_BY_PREFIX)
    }


Read = Callable[[Posted], Mapped]


@dataclass(frozen=True)
class _Door:
    """A mapping, and what its module says of it."""

    read: Read
    page: str


# What the docstring of each mapping says: it is the page of its door.
DOOR_LABELS = ("Point it here", "Same alert", "It ends", "How bad", "Service", "Not read")


@cache
def _doors() -> Mapping[str, _Door]:
    found: dict[str, _Door] = {}
    for info in pkgutil.iter_modules(alerts.__path__):
        if not info.name.startswith("_"):
            name = f"{alerts.__name__}.{info.name}"
            module = importlib.import_module(name)  # noqa: TID251 - the doors' registry
            found[info.name.replace("_", "-")] = _Door(module.read, module.__doc__ or "")
    return found


def vendors() -> Mapping[str, Read]:
    """Return every mapping by the name of its door, as it stands in a URL: `uptime-kuma`."""
    return {name: door.read for name, door in _doors().items()}


def pages() -> Mapping[str, str]:
    """Return what is written of every door, by its name; the labels in it are DOOR_LABELS."""
    return {name: door.page for name, door in _doors().items()}


def mapping_of(vendor: str) -> Read:
    """Return a vendor's mapping; raises NotFound. In names `-` and `_` are equal."""
    try:
        return _doors()[vendor.replace("_", "-")].read
    except KeyError:
        raise NotFound(
            f"nobody reads the payloads of {vendor!r}",
            remedy=f"the doors are {', '.join(sorted(_doors()))}",
        ) from None
