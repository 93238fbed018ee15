"""The shape of what arrived, as the API and `fettle intake --format json` give it."""

import base64
from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.intake.errors.terms import Terms
from fettle.intake.settled import terms_of
from fettle.settings import Settings
from fettle.settings.server import IntakeSettings
from fettle.store.statements import Row

LetterKind = Literal["delivery", "error", "lines"]
DeliveryState = Literal["waiting", "taken", "dead"]


class CountsDocument(TypedDict):
    """What came of what one key sent."""

    hook: str
    """What the key is called; Fettle's own signals come by keys of their own names."""
    vendor: str
    outcomes: dict[str, int]
    """How many came to what: accepted, suppressed, dropped, dead, refused and others."""
    reasons: dict[str, dict[str, int]]
    """By the outcome, why and how often, for what is not plain."""


class QuotaDocument(TypedDict):
    """How much may be sent by a key; what is over it is answered with 429, and dropped."""

    of: Literal["errors", "deliveries"]
    key: str | None
    """What the key is called; null: each that has no quota of its own."""
    rate: float
    """So many a second, on average."""
    burst: int
    """So many at once."""


class IntakeDocument(TypedDict):
    """What arrived within days, and what came of it."""

    schema: Literal["fettle.intake/1"]
    days: int
    items: list[CountsDocument]
    quotas: list[QuotaDocument]


class DeliveryItem(TypedDict):
    """What somebody sent, in a list."""

    id: int
    received_at: str
    hook: str
    vendor: str
    state: DeliveryState
    reason: str | None
    """Why it is dead, or which of its parts were refused."""
    settled_at: str | None
    replays: int
    """How often it was taken again."""
    bytes: int


class DeliveryDocument(DeliveryItem):
    """What somebody sent, as it came."""

    schema: Literal["fettle.delivery/1"]
    headers: dict[str, str]
    """Those that are read: none that holds a secret."""
    body: str | None
    """Null where it is no text in UTF-8."""
    base64: str | None
    """It byte by byte, where it is no text."""


class DeliveriesDocument(TypedDict):
    """A page of a list of deliveries."""

    schema: Literal["fettle.deliveries/1"]
    items: list[DeliveryItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class DeadLetterItem(TypedDict):
    """Something that was accepted and could not be taken, in a list."""

    letter: str
    """What `fettle intake` calls it: the number of a delivery, `error-17`, `lines-4`."""
    kind: LetterKind
    """A delivery that could not be read, an error that could not be digested, lines of a log."""
    id: int
    received_at: str
    hook: str
    """What the key is called, or the log."""
    vendor: str
    reason: str
    bytes: int
    replays: int | None
    """How often a delivery was taken again."""


class DeadLettersDocument(TypedDict):
    """A page of what was accepted and could not be taken."""

    schema: Literal["fettle.dead_letters/1"]
    items: list[DeadLetterItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class DeadLetterDocument(DeadLetterItem):
    """An error or lines that could not be taken, as they were kept."""

    schema: Literal["fettle.dead_letter/1"]
    body: str
    """JSON: the error, scrubbed; or kinds of lines, scrubbed."""


class NotReplayedDocument(TypedDict):
    """A delivery that is not taken again, and why."""

    id: int
    reason: str


class ReplayedDocument(TypedDict):
    """The ids of those that wait now, and those that stay as they are."""

    schema: Literal["fettle.replayed/1"]
    replayed: list[int]
    """Deliveries."""
    errors: list[int]
    lines: list[int]
    refused: list[NotReplayedDocument]
    """Deliveries of which nobody could prove who sent them."""


def counted(rows: Sequence[Row]) -> list[CountsDocument]:
    """Return counts as they are kept by what they are of."""
    found: dict[tuple[str, str], CountsDocument] = {}
    for row in rows:
        place = row["hook"], row["vendor"]
        one = found.setdefault(
            place, {"hook": place[0], "vendor": place[1], "outcomes": {}, "reasons": {}}
        )
        outcome = row["outcome"]
        one["outcomes"][outcome] = one["outcomes"].get(outcome, 0) + row["number"]
        if row["reason"]:
            one["reasons"].setdefault(outcome, {})[row["reason"]] = row["number"]
    return list(found.values())


def quotas(settings: Settings) -> list[QuotaDocument]:
    """Return how much may be sent: of applications' errors, and of all else."""
    terms, intake = terms_of(settings), settings.intake
    names = [one.name for one in settings.errors.project]
    return [
        *(_quota("errors", name, terms(name or "")) for name in (None, *names)),
        _quota("deliveries", None, intake),
    ]


def _quota(
    of: Literal["errors", "deliveries"], key: str | None, given: Terms | IntakeSettings
) -> QuotaDocument:
    return {"of": of, "key": key, "rate": given.rate, "burst": given.burst}


def of_deliveries(rows: Sequence[Row], next_: str | None) -> DeliveriesDocument:
    """Return a page of deliveries."""
    return {"schema": "fettle.deliveries/1", "items": [_item(row) for row in rows], "next": next_}


def of_dead(rows: Sequence[Row], next_: str | None) -> DeadLettersDocument:
    """Return a page of dead letters."""
    return {
        "schema": "fettle.dead_letters/1",
        "items": [dead_item(row) for row in rows],
        "next": next_,
    }


def dead_item(row: Row) -> DeadLetterItem:
    """Return a dead letter in a list."""
    kind, id_ = row["kind"], row["id"]
    return {
        "letter": str(id_) if kind == "delivery" else f"{kind}-{id_}",
        "kind": kind,
        "id": id_,
        "received_at": said(row["received_at"]),
        "hook": row["hook"],
        "vendor": row["vendor"],
        "reason": row["reason"] or "",
        "bytes": row["bytes"] or 0,
        "replays": row["replays"],
    }


def of_dead_letter(row: Row) -> DeadLetterDocument:
    """Return an error or lines that are dead."""
    return {"schema": "fettle.dead_letter/1", **dead_item(row), "body": row["body"]}


def of_delivery(row: Row) -> DeliveryDocument:
    """Return a delivery with what it holds."""
    held = bytes(row["body"])
    try:
        body, coded = held.decode(), None
    except UnicodeDecodeError:
        body, coded = None, base64.b64encode(held).decode()
    return {
        "schema": "fettle.delivery/1",
        **_item(row),
        "headers": row["headers"],
        "body": body,
        "base64": coded,
    }


def _item(row: Row) -> DeliveryItem:
    return {
        "id": row["id"],
        "received_at": said(row["received_at"]),
        "hook": row["hook"],
        "vendor": row["vendor"],
        "state": row["state"],
        "reason": row["reason"],
        "settled_at": moment(row["settled_at"]),
        "replays": row["replays"],
        "bytes": row["bytes"],
    }
