"""What issues tell of updates: critical weaknesses of what is in use, that an update closes.

Each place of a package is one piece of trouble, whatever version closes it. It is over when it is
known no more: an update that is gone while its weakness stays, or that could not be looked for,
ends nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from fettle.flow import update_news
from fettle.flow.update_news import HOOK
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.update import Package
from fettle.model.update_kept import KeptOpen, KeptUpdate, rated
from fettle.settings import Settings
from fettle.store import update_checks
from fettle.store.statements import Connection
from fettle.store.update_checks import WantedUpdates

_MOST_NAMED = 10


async def file(connection: Connection, settings: Settings, url: str | None, now: datetime) -> None:
    """File what began and what is over, by what is kept now; the caller is in a transaction."""
    wanted = WantedUpdates(worst=Severity.CRITICAL)
    updates = await update_checks.updates(connection, wanted)
    open_ = await update_checks.weaknesses(connection)
    before = await update_checks.alarms(connection)
    services = {one.name for one in settings.service}
    begun = {_key(one.update.package, one.update.where): one for one in _alarming(updates)}
    stays = {key for key in _open(open_) if key in before and key not in begun}
    signals = [_signal(key, one, services, url) for key, one in begun.items()]
    signals += [_over(key, title) for key, title in before.items() if key not in {*begun, *stays}]
    titles = {
        **{key: before[key] for key in stays},
        **{one.key: one.title for one in signals if one.firing},
    }
    await update_checks.keep_alarms(connection, titles, now)
    news = [one for one in signals if not one.firing or before.get(one.key) != one.title]
    for one in news:
        await update_news.tell(connection, one, now)


def _alarming(updates: Iterable[KeptUpdate]) -> Iterator[KeptUpdate]:
    return (one for one in updates if one.worst is Severity.CRITICAL)


def _open(weaknesses: Iterable[KeptOpen]) -> Iterator[str]:
    for one in weaknesses:
        if one.accepted is None and rated(one.open.advisory) is Severity.CRITICAL:
            yield _key(one.open.installed.package, one.open.installed.where)


def _key(package: Package, where: str) -> str:
    return f"{package.ecosystem.value}/{package.name}/{where}"


def _signal(key: str, one: KeptUpdate, services: set[str], url: str | None) -> Signal:
    update = one.update
    labels: Mapping[str, str] = {"package": update.package.name, "where": update.where}
    return Signal(
        HOOK,
        SignalKind.CHECK,
        key,
        firing=True,
        title=f"{update.package.name} {update.current} has a critical weakness; "
        f"{update.version} closes it",
        text="\n".join(_says(one)),
        severity=Severity.CRITICAL,
        service=one.project if one.project in services else None,
        group=update.package.name,
        labels=labels if one.project is None else {**labels, "project": one.project},
        started_at=one.first_seen,
        url=None if url is None else f"{url}/updates/{update.id}",
    )


def _says(one: KeptUpdate) -> Iterator[str]:
    update = one.update
    for advisory in update.advisories[:_MOST_NAMED]:
        accepted = " (accepted)" if advisory.id in one.accepted else ""
        yield f"- {advisory.id}{accepted}: {advisory.summary}".rstrip(": ")
    yield f"\nIt is in use in {update.where}."
    yield from (f"It is held: {reason}" for reason in update.held)
    if one.project is not None:
        yield f"Try it on the project's own tests: fettle update rehearse {update.id}"


def _over(key: str, title: str) -> Signal:
    return Signal(
        HOOK,
        SignalKind.CHECK,
        key,
        firing=False,
        title=f"Over: {title}",
        text="It is in use no more.",
    )
