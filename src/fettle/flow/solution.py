"""The whole resolution of an issue's error, put together from what is kept; it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.flow import deploys, solving
from fettle.flow.error_news import SOURCE
from fettle.flow.recognise import recognition_of, text_of
from fettle.flow.solving import Offer
from fettle.flow.tend import Desk
from fettle.intake import own
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import GroupState
from fettle.model.investigation import Investigation
from fettle.model.issue import Issue
from fettle.model.known_error import KnownError
from fettle.model.remedy import Rate, Record
from fettle.model.signal import Signal
from fettle.resolution.enquiry import Around, CameIn, Enquiry, Found, enquiries
from fettle.resolution.guards import Acted, opens_until
from fettle.resolution.record import rate
from fettle.store import (
    alerts,
    error_counts,
    errors,
    errors_shown,
    investigations,
    remedies,
)
from fettle.store.errors_shown import Shown
from fettle.store.remedies import Recognition, Recorded, Told
from fettle.store.statements import Connection

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_BREAKERS = timedelta(days=30)  # one that nobody used for longer is told of no more


@dataclass(frozen=True)
class KnownOf:
    """What is known of an issue's error, what may be done about it, and how often that helped."""

    recognition: Recognition
    offers: Sequence[Offer]
    rates: Mapping[str, Rate]


async def known_of(connection: Connection, desk: Desk, issue: Issue) -> KnownOf | None:
    """Return what is known of an issue's error; None where that was not asked yet."""
    found = await remedies.recognition(connection, issue.number)
    if found is None or found.done_at is None:
        return None
    return await _with_offers(connection, desk, issue, found)


async def known_or_read(connection: Connection, desk: Desk, issue: Issue, text: str) -> KnownOf:
    """Return what is known of an issue's error; read now, and not kept, where nobody has asked."""
    known = await known_of(connection, desk, issue)
    if known is not None:
        return known
    read = recognition_of(Told(issue.number, text), desk.cures.read().recognise(text), None)
    return await _with_offers(connection, desk, issue, read)


async def _with_offers(
    connection: Connection, desk: Desk, issue: Issue, found: Recognition
) -> KnownOf:
    offers: Sequence[Offer] = ()
    if found.answered and found.known is not None:
        offers = await solving.offers(connection, desk, issue, found.known)
    recorded = await remedies.records(connection)
    named = [one["class"] for one in found.matches]
    return KnownOf(
        found, offers, {one: rate_of(one, desk.cures.known.get(one), recorded) for one in named}
    )


def rate_of(id_: str, known: KnownError | None, recorded: Sequence[Recorded]) -> Rate:
    """Return how often anything helped against a known error; None is known no more."""
    its = [one.record for one in recorded if one.known == id_]
    whole = Record(sum(one.attempts for one in its), sum(one.resolved for one in its))
    return rate(whole, None if known is None else known.rate)


async def told(connection: Connection, issue: Issue) -> Told:
    """Return what an issue was told with."""
    signal = await _first(connection, issue)
    if signal is None:
        return Told(issue.number, f"{issue.title}\n{issue.description}".strip())
    return Told(issue.number, text_of(signal))


async def _first(connection: Connection, issue: Issue) -> Signal | None:
    """Return what was said first of an issue."""
    document = await alerts.first_signal(connection, issue.number)
    return None if document is None else own.of_document(document)


async def printed_enquiries(
    connection: Connection, desk: Desk, issue: Issue
) -> tuple[Enquiry, ...]:
    """Return where to look for an error that a program printed; nothing of what people told."""
    signal = await _first(connection, issue)
    if signal is None or not signal.kind.printed:
        return ()
    return await _analysed(connection, desk, issue, text_of(signal), signal)


async def analysed(
    connection: Connection, desk: Desk, issue: Issue, text: str
) -> tuple[Enquiry, ...]:
    """Return where to look for what nobody knows."""
    return await _analysed(connection, desk, issue, text, await _first(connection, issue))


async def _analysed(
    connection: Connection, desk: Desk, issue: Issue, text: str, signal: Signal | None
) -> tuple[Enquiry, ...]:
    catalogue = desk.policy.catalogue
    needed = [
        need for service in issue.classification.services for need in catalogue.needs(service)
    ]
    shown = await _told_of(connection, signal)
    around = Around(
        issue.milestones.started,
        await deploys.about(connection, desk, issue),
        [
            found
            for one in await investigations.of_issue(connection, issue.number)
            for found in _found(one)
        ],
        needed,
        None if shown is None else await latest(connection, shown),
        await _came_in(connection, shown),
    )
    return enquiries(text, around)


async def _told_of(connection: Connection, signal: Signal | None) -> Shown | None:
    """Return the application's error of which was told; None where it is no such."""
    if signal is None or signal.source != SOURCE or not signal.key.isdecimal():
        return None
    return await errors_shown.find(connection, int(signal.key))


async def latest(connection: Connection, shown: Shown) -> ErrorEvent | None:
    """Return the latest time that an application's error came; None where none is kept."""
    keys = await errors_shown.keys_of(connection, shown.group.id)
    return await errors.latest_of_keys(connection, [key.id for key in keys])


async def _came_in(connection: Connection, shown: Shown | None) -> CameIn | None:
    """Return the release that an error came with; None where its application had none before."""
    if shown is None:
        return None
    group = shown.group
    back = group.state is GroupState.REGRESSED
    release = group.last_release if back else group.first_release
    known = (await error_counts.releases(connection, [group.project])).get(group.project, ())
    place = known.index(release) if release in known else 0
    heard = [
        one.first_seen
        for one in await errors_shown.releases_of(connection, group)
        if one.release == release
    ]
    if not (place and heard):
        return None
    return CameIn(known[place], heard[0], known[place - 1])


def _found(one: Investigation) -> list[Found]:
    if one.snapshot is None:
        return []
    return [
        Found(one.target, found["title"], found["subject"], found["severity"])
        for found in one.snapshot.document["findings"]
    ]


@dataclass(frozen=True)
class Used:
    """How many acts there were, and which remedies pause until when."""

    within_hour: int
    within_day: int
    breakers: Sequence[tuple[str, str, datetime]]


async def used(connection: Connection, desk: Desk) -> Used:
    """Return how much of the budgets is used, and which breakers are open."""
    now = desk.clock.now()
    begun = await remedies.acted(connection, "", "", now - _BREAKERS, 0)
    acts = [Acted(one.remedy, one.target, one.at, one.outcome, one.ended_at) for one in begun]
    pairs = sorted({(one.remedy, one.target) for one in acts})
    breakers = []
    for remedy, target in pairs:
        its = [one for one in acts if (one.remedy, one.target) == (remedy, target)]
        until = opens_until(its, desk.cures.limits)
        if until is not None:
            breakers.append((remedy, target, until))
    return Used(
        sum(one.at > now - _HOUR for one in acts),
        sum(one.at > now - _DAY for one in acts),
        breakers,
    )
