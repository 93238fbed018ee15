"""What is to become of certificates: which are due, which are in use, which prove to be right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fettle.maintenance.outcomes import together
from fettle.model.certificates import Held, Kept, Missed, Place, Seen, Where
from fettle.model.quantity import say_count, say_duration
from fettle.model.report import Report, Section, Table
from fettle.model.run import Json
from fettle.model.work import Told, failed, passed, unknown

_NONE = (
    "no certificate is looked at: no service has an https address, and there is no [[certificate]]"
)
_BY_CHECKS = (
    "The check certificate_expiring looks at the address of a service each time that the service "
    "is looked at."
)
_BY_THIS = (
    "What is watched by this task alone is looked at when it runs: a [[service]] with that https "
    "address is looked at more often."
)
_ALONE = "this task alone"
_LAST_SHARE = 0.3  # as the check certificate_expiring has it
_SEE_LOADS = (
    "see what the server loads: its configuration names another file, or another machine answers "
    "there"
)
_SEE_COPIES = "see what copies it there: a hook of what renews it, or [[certificate]] reload"


class Before(NamedTuple):
    """How a certificate in a place was when the run began."""

    serial: str
    believed: bool


@dataclass(frozen=True)
class Standing:
    """A certificate of the settings with what was seen of it now."""

    kept: Kept
    seen: Sequence[Seen]

    @property
    def store(self) -> Seen | None:
        """What whoever renews it keeps."""
        return next((one for one in self.seen if one.place.where is Where.STORE), None)

    @property
    def hosts(self) -> Sequence[Seen]:
        """What is shown of it."""
        return [one for one in self.seen if one.place.where is Where.HANDSHAKE]

    @property
    def uses(self) -> Sequence[Seen]:
        """What is shown of it, and the copies that lie elsewhere."""
        return [one for one in self.seen if one.place.where is not Where.STORE]


def read(seen: Sequence[Seen], now: datetime, within: timedelta) -> Told:
    """Say when certificates run out; what is due is no failure yet."""
    if not seen:
        return unknown(_NONE, "[[certificate]] with a name and hosts; or enabled = false")
    held = [one for one in seen if isinstance(one, Held)]
    each = {one.serial: one for one in held}
    due = [one for one in each.values() if is_due(one, now, within)]
    says = f"{say_count(len(each), 'certificate')} in {say_count(len(held), 'place')}"
    if held:
        first = min(held, key=lambda one: one.not_after)
        says += f", {len(due)} of them due; the first {_runs_out(first, now)}"
    return together(list(_missed(seen)), says, [_row(one) for one in held])


def is_due(held: Held, now: datetime, within: timedelta) -> bool:
    """Whether a certificate is to be renewed; a short-lived one is in the last third of its life.

    What renews by itself does so when a third is left.
    """
    life = held.not_after - held.not_before
    return held.not_after - now < (life * _LAST_SHARE if is_short_lived(held, within) else within)


def is_short_lived(held: Held, within: timedelta) -> bool:
    """Whether a certificate never has as much left as others: what renews it does so by itself.

    Of a file, or of one that is not believed, nobody knows that anything does.
    """
    trusted = held.place.where is not Where.FILE and not held.distrust
    return trusted and held.not_after - held.not_before <= within


def before_of(rows: Json) -> dict[str, Before]:
    """Return how certificates were, of what `read` has left, by what `key` says of their places."""
    given = rows if isinstance(rows, list) else []
    return {
        str(row["place"]): Before(str(row["serial"]), row["believed"] is True)
        for row in given
        if isinstance(row, dict)
    }


def key(place: Place) -> str:
    """Return what a place is known by in what is kept of a run."""
    return f"{place.where.value}:{place.name}"


def to_renew(standing: Standing, now: datetime, within: timedelta) -> Told | None:
    """Return None where a certificate is to be renewed, else what is to be said of it."""
    kept, store = standing.kept, standing.store
    if kept.renewed_by is None:
        return not_renewed(standing.seen, now, within)
    if isinstance(store, Missed):
        return unknown(
            f"{kept.name}: {store.reason}",
            store.remedy or f"obtain the first one with {kept.renewed_by} by hand",
        )
    if store is None or not is_due(store, now, within):
        return passed(f"{kept.name} is not due")
    return None


def not_renewed(seen: Sequence[Seen], now: datetime, within: timedelta) -> Told:
    """Judge certificates that nothing renews."""
    wrong = [
        failed(
            f"{one.place.name} {_runs_out(one, now)}, and nothing here renews it",
            "renew it by hand, or say in a [[certificate]] what renews it",
        )
        for one in seen
        if isinstance(one, Held) and is_due(one, now, within)
    ]
    return together([*wrong, *_missed(seen)], "nothing is due")


def renewed(name: str, before: Held, after: Seen | None, now: datetime) -> Told:
    """Judge what lies in the store after it was renewed, by what lay there before."""
    if not isinstance(after, Held):
        reason = after.reason if after is not None else "it is gone"
        return failed(f"{name} cannot be read after it was renewed: {reason}")
    if after.serial == before.serial or after.not_after <= before.not_after:
        return failed(
            f"{name} was not renewed: what is kept of it {_runs_out(after, now)} as before",
            "see what the log of the step says",
        )
    if lost := sorted(set(before.names) - set(after.names)):
        return failed(
            f"the new certificate of {name} is not for {', '.join(lost)} any more",
            "name all its domains in [[certificate]] arguments",
        )
    return passed(f"{name} was renewed, and now {_runs_out(after, now)}")


def is_changed(standing: Standing, before: dict[str, Before]) -> bool:
    """Whether its store holds another certificate than when the run began."""
    store = standing.store
    was = before.get(key(store.place)) if store is not None else None
    return isinstance(store, Held) and was is not None and was.serial != store.serial


def is_to_load(standing: Standing, before: dict[str, Before]) -> bool:
    """Whether what is kept of a certificate is not what is shown of it, as far as is known."""
    store, uses = standing.store, standing.uses
    if not isinstance(store, Held):
        return False
    seen = [one for one in uses if isinstance(one, Held)]
    if any(one.serial != store.serial for one in seen):
        return True
    return is_changed(standing, before) and len(seen) < max(1, len(uses))


@dataclass(frozen=True)
class Proof:
    """What a handshake with each host came to; `broke` says that it was better before."""

    told: Told
    broke: bool = False


def proved(standing: Standing, before: dict[str, Before], now: datetime) -> Proof:
    """Judge what the hosts of a certificate show, by what is kept of it, and what they showed."""
    name, store = standing.kept.name, standing.store
    if not isinstance(store, Held):
        return Proof(unknown(f"{name}: what is kept of it cannot be read"))
    if not standing.hosts:
        return Proof(
            unknown(
                f"{name} has no hosts: no handshake can prove it",
                "[[certificate]] hosts says where it is shown",
            )
        )
    parts = [_proved(name, one, store, before.get(key(one.place))) for one in standing.uses]
    hosts = say_count(len(standing.hosts), "host")
    says = f"{name} is shown by {hosts} and {_runs_out(store, now)}"
    broke = is_changed(standing, before) and any(part.broke for part in parts)
    return Proof(together([part.told for part in parts], says), broke)


def _proved(name: str, seen: Seen, store: Held, was: Before | None) -> Proof:
    host = seen.place.name
    if isinstance(seen, Missed):
        said = f"{host} {_verb(seen)} nothing: {seen.reason}"
        if was is None:
            return Proof(unknown(said, seen.remedy))
        return Proof(failed(f"{said}; it did before", seen.remedy), broke=True)
    if seen.serial != store.serial:
        return Proof(
            failed(
                f"{host} {_verb(seen)} not the certificate that is kept of {name}, but one that "
                f"is valid until {seen.not_after:%Y-%m-%d}",
                _SEE_LOADS if seen.place.where is Where.HANDSHAKE else _SEE_COPIES,
            )
        )
    if seen.distrust:
        reasons = ", ".join(seen.distrust)
        return Proof(
            failed(
                f"{host} shows the certificate, and it is not believed: {reasons}",
                "see that the server shows the whole chain, and for which names it is; a private "
                "authority is named by [[certificate]] authority",
            ),
            broke=was is not None and was.believed,
        )
    return Proof(passed(f"{host} {_verb(seen)} it"))


def _verb(seen: Seen) -> str:
    return "shows" if seen.place.where is Where.HANDSHAKE else "holds"


def watched(
    seen: Sequence[Seen], now: datetime, within: timedelta, elsewhere: Sequence[Json] = ()
) -> Told:
    """Say of each certificate until when it is valid, and who looks at it until the next run.

    The report is of those, too, of which this has been said `elsewhere`.
    """
    if not seen:
        return unknown(_NONE, "[[certificate]] with a name and hosts; or enabled = false")
    short = [
        failed(f"{one.place.name} {_runs_out(one, now)}", "see what the steps before say of it")
        for one in seen
        if isinstance(one, Held) and is_due(one, now, within)
    ]
    alone = sum(one.place.watched_by is None for one in seen)
    by = f"; {alone} of them by nobody but this task" if alone else ""
    brief = [one for one in seen if isinstance(one, Held) and is_short_lived(one, within)]
    but = f", but {len(brief)} that {_live(brief)} for less" if brief else ""
    says = f"all {len(seen)} are valid for {say_duration(within)} at least{but}, and watched{by}"
    told = together([*short, *_missed(seen)], says)
    mine: Json = {"says": told.says, "rows": [list(_row_of(one, now)) for one in seen]}
    report = _report([*elsewhere, mine])
    return Told(told.outcome, told.says, told.remedy, mine, report)


def _live(brief: Sequence[Held]) -> str:
    return "lives" if len(brief) == 1 else "live"


def _report(left: Sequence[Json]) -> Report:
    """Return the report of all that was said, here and elsewhere: what runs out first is first."""
    each: list[Any] = [one for one in left if isinstance(one, Mapping)]
    rows = [tuple(map(str, row)) for one in each for row in one["rows"]]
    rows.sort(key=lambda row: (bool(row[3]), row[2]))
    columns = ("where", "certificate", "valid until (UTC)", "days left", "issuer", "watched by")
    sections = [Section("Until when they are valid", table=Table(columns, tuple(rows)))]
    if any(row[-1] == _ALONE for row in rows):
        sections.append(Section("Who watches them", (_BY_CHECKS, _BY_THIS)))
    return Report("Certificates", "; ".join(one["says"] for one in each), tuple(sections))


def _row_of(seen: Seen, now: datetime) -> tuple[str, ...]:
    by = f"the service {seen.place.watched_by}" if seen.place.watched_by else _ALONE
    if isinstance(seen, Held):
        days = (seen.not_after - now) / timedelta(days=1)
        until, left, issuer = f"{seen.not_after:%Y-%m-%d %H:%M}", f"{days:.1f}", seen.issuer
    else:
        until, left, issuer = f"could not be looked at: {seen.reason}", "", ""
    return (seen.place.name, seen.place.of or "", until, left, issuer, by)


def _missed(seen: Sequence[Seen]) -> Iterator[Told]:
    for one in seen:
        if isinstance(one, Missed):
            yield unknown(f"{one.place.name} could not be looked at: {one.reason}", one.remedy)


def _row(held: Held) -> Json:
    return {
        "place": key(held.place),
        "serial": held.serial,
        "until": held.not_after.isoformat(),
        "believed": not held.distrust,
    }


def _runs_out(held: Held, now: datetime) -> str:
    left = held.not_after - now
    on = f"on {held.not_after:%Y-%m-%d}"
    if left <= timedelta():
        return f"ran out {say_duration(-left)} ago, {on}"
    return f"runs out in {say_duration(left)}, {on}"
