"""What people decide about applications' errors, and what is told of them.

Whoever changes a group locks its keys and then the group, decides (intake.errors.states, pure), and
keeps what came of it with the signals that it makes: together, or not at all. What was merged is
told by the group that it was merged into.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fettle.errors import NotFound, Refused
from fettle.flow import absorb, error_issues, tend
from fettle.flow.absorb import Taking
from fettle.flow.error_news import SOURCE, Told, as_told, signal_of, tell
from fettle.flow.source_maps import Readable
from fettle.flow.tend import Desk
from fettle.intake.errors import grouping, states
from fettle.intake.errors.releases import newest_of
from fettle.intake.errors.rules import GroupingRules
from fettle.intake.errors.states import Changed, News
from fettle.model.deploy import Deploy
from fettle.model.error_group import ErrorGroup, GroupState, Muting, ResolvedBy
from fettle.model.known_error import Recognised
from fettle.resolution.recognise import Recogniser
from fettle.store import error_counts, errors, errors_shown, issues
from fettle.store.errors import HeldKey
from fettle.store.errors_shown import Shown
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.moves import By

_ENDED = (GroupState.RESOLVED, GroupState.MUTED)


@dataclass(frozen=True)
class Quiet:
    """Until what a bug is muted; see model.error_group.Muting."""

    until: datetime | None = None
    events: int | None = None
    events_an_hour: int | None = None


@dataclass(frozen=True)
class Merging:
    """That errors of a project become one: why, and who says so."""

    project: str
    why: str
    by: By


async def resolve(
    connection: Connection, desk: Desk, id_: int, by: By, resolved: ResolvedBy
) -> None:
    """Say that a bug is fixed. Raises NotFound, and Refused where it is so already."""
    shown = await _found(connection, id_)
    project = shown.group.project
    releases = (await error_counts.releases(connection, [project])).get(project, ())
    newest = newest_of(releases)
    await _change(
        connection,
        desk,
        shown,
        lambda group: states.resolve(group, by.at, by.actor, resolved, newest),
    )


async def to_issue(connection: Connection, taking: Taking, id_: int, by: By) -> int:
    """Let a bug be an issue that is worked on; return its number, which it may have already.

    Raises NotFound, and Refused where it is held for resolved or something keeps it quiet.
    """
    shown = await _found(connection, id_)
    group = shown.group
    if group.state is GroupState.RESOLVED:
        raise Refused("the error is held for fixed", remedy=f"fettle error reopen {group.id}")
    number = await errors_shown.issue_of(connection, SOURCE, str(group.id))
    if number is not None:
        if not (await issues.find(connection, number)).status.is_live:
            why = f"error {group.id} is to be resolved, and was not fixed"
            await tend.move(connection, taking.desk, number, lambda one: moves.reopen(one, by, why))
        return number
    keys = await errors_shown.keys_of(connection, group.id)
    event = await errors.latest_of_keys(connection, [key.id for key in keys])
    told = Told(group, shown.project, News.ASKED, f"{by.actor} asks for it", event)
    persons = await errors_shown.persons_of(connection, [group.id])
    signal = signal_of(taking.desk, told, persons.get(group.id, 0))
    opened = await absorb.at_once(connection, taking, signal)
    if opened is None:
        raise Refused(
            f"error {group.id} opens no issue: a silence, a window or a rule keeps it quiet",
            remedy="fettle silence list shows the silences",
        )
    return opened


async def known_of(
    connection: Connection, recogniser: Recogniser, shown: Shown, readable: Readable, now: datetime
) -> Recognised:
    """Return which known errors a bug may be, by its latest event that is kept."""
    keys = await errors_shown.keys_of(connection, shown.group.id)
    event = await errors.latest_of_keys(connection, [key.id for key in keys])
    if event is None:
        return recogniser.recognise(shown.group.title)
    text, facts = as_told(await readable.one(connection, shown.group.project, event, now))
    return recogniser.recognise(text, facts)


async def reopen(connection: Connection, desk: Desk, id_: int, by: By) -> None:
    """Say that a bug is not fixed after all. Raises NotFound, Refused."""
    shown = await _found(connection, id_)
    await _change(connection, desk, shown, lambda group: states.reopen(group, by.at, by.actor))


async def mute(connection: Connection, desk: Desk, id_: int, by: By, quiet: Quiet) -> None:
    """Let a bug be quiet until something. Raises NotFound, Refused."""
    muting = Muting(by.at, by.actor, quiet.until, quiet.events, quiet.events_an_hour)
    shown = await _found(connection, id_)
    await _change(connection, desk, shown, lambda group: states.mute(group, muting))


async def unmute(connection: Connection, desk: Desk, id_: int, by: By) -> None:
    """Let a bug be heard of again. Raises NotFound, Refused."""
    shown = await _found(connection, id_)
    await _change(connection, desk, shown, lambda group: states.unmute(group, by.at, by.actor))


async def deployed(connection: Connection, desk: Desk, deploy: Deploy) -> None:
    """Let what was to be resolved by the next deploy of an application be so from now on."""
    names = [deploy.service, *_also(desk, deploy.service)]
    for id_ in await errors.resolved_by_deploy(connection, names):
        shown = await _found(connection, id_)
        await _change(connection, desk, shown, lambda group: states.on_deploy(group, deploy.at))


async def merge(
    connection: Connection, desk: Desk, id_: int, by: By, others: Sequence[int]
) -> None:
    """Let other bugs of the same application be this one. Raises NotFound, Refused."""
    target = await _found(connection, id_)
    found = [await _found(connection, other) for other in others]
    merged = {one.group.id: one for one in found if one.group.id != target.group.id}
    for one in merged.values():
        if one.group.project != target.group.project:
            raise Refused(f"error {one.group.id} is of another application: {one.project}")
    if not merged:
        raise Refused("it is one error already")
    keys = await errors.lock_keys(connection, [target.group.id, *merged])
    groups = await errors.to_change(connection, [target.group.id, *merged])
    await _still(connection, [target, *merged.values()])
    whole = groups.pop(target.group.id)
    why = f"it is error {whole.id}"
    told = Merging(target.project, why, by)
    await become_one(connection, desk, told, (whole, [*groups.values()]), keys)


async def become_one(
    connection: Connection,
    desk: Desk,
    merging: Merging,
    groups: tuple[ErrorGroup, Sequence[ErrorGroup]],
    keys: Sequence[HeldKey],
) -> ErrorGroup:
    """Let a group take in others, whose end is told; return it as it is then.

    Their keys, all of them, and the groups are locked.
    """
    target, merged = groups
    await errors.move_keys(connection, [key.id for key in keys], target.id)
    await errors.merge_into(connection, [one.id for one in merged], target.id)
    whole = _summed(target, keys)
    whole = replace(whole, version=whole.version + 1)
    await errors.update_groups(connection, [whole])
    await error_issues.take_in(connection, desk, (whole, merging.project), merged, merging.by)
    ends = [
        Told(one, merging.project, News.RESOLVED, merging.why)
        for one in merged
        if one.state is not GroupState.RESOLVED
    ]
    await tell(connection, desk, ends)
    return whole


async def split(
    connection: Connection,
    desk: Desk,
    id_: int,
    by: By,
    *,
    rules: GroupingRules,
    keys: Sequence[int] = (),
    merged: int | None = None,
) -> int:
    """Let keys of a bug stand by themselves, or a bug that was merged; return the id of that.

    What was merged into such a bug goes with it. Raises NotFound, and Refused where nothing would
    be left, or nothing was merged.
    """
    shown = await _found(connection, id_)
    whole = shown.group.id
    held = await errors.lock_keys(connection, [whole])
    lines = _lines(held, await errors.merged_below(connection, whole))
    wanted = {key.id for key in held if key.id in keys or merged in lines[key.id]}
    if unknown := set(keys) - wanted:
        raise NotFound(f"error {whole} has no key {min(unknown)}")
    if merged is not None and (merged == whole or not wanted):
        raise NotFound(f"error {merged} was not merged into {whole}")
    parted = [key for key in held if key.id in wanted]
    left = [key for key in held if key.id not in wanted]
    if not left:
        raise Refused("these are all its keys: nothing would be left")
    origin = merged or _all_of([lines[key.id] for key in parted], [lines[key.id] for key in left])
    groups = await errors.to_change(connection, [whole, *([origin] if origin else [])])
    if origin is None:
        alone = await _of_its_own(connection, rules, groups[whole], parted, desk.clock.now())
        (made,) = await errors.insert_groups(connection, [(alone, shown.known)])
        parted_group = replace(alone, id=made)
        await _take_along(connection, made, parted, left, lines)
    else:
        made = origin
        parted_group = _summed(groups[origin], parted)
        await errors.merge_into(connection, [origin], None)
        await error_issues.take_out(connection, whole, origin, by)
    await errors.move_keys(connection, [key.id for key in parted], made)
    rest = _summed(groups[whole], left)
    await errors.update_groups(
        connection,
        [replace(one, version=one.version + 1) for one in (rest, parted_group)],
    )
    if parted_group.state not in _ENDED:
        why = f"it was split from error {whole}"
        await tell(connection, desk, [Told(parted_group, shown.project, News.NEW, why)])
    return made


async def _found(connection: Connection, id_: int) -> Shown:
    shown = await errors_shown.find(connection, id_)
    if shown is None:
        raise NotFound(f"there is no error {id_}", remedy="fettle error list shows them")
    return shown


async def _change(
    connection: Connection, desk: Desk, shown: Shown, decide: Callable[[ErrorGroup], Changed]
) -> None:
    """Lock a group, decide about it, and keep it with what is news of it."""
    groups = await errors.to_change(connection, [shown.group.id])
    await _still(connection, [shown])
    changed = decide(groups[shown.group.id])
    group = replace(changed.group, version=changed.group.version + 1)
    await errors.update_groups(connection, [group])
    if changed.news is not None:
        await tell(connection, desk, [Told(group, shown.project, changed.news, changed.why)])


async def _still(connection: Connection, shown: Sequence[Shown]) -> None:
    """Refuse what was merged into another one before it was locked."""
    for one in shown:
        if (await _found(connection, one.group.id)).group.id != one.group.id:
            raise Refused(
                f"error {one.group.id} has just been merged into another one", remedy="look again"
            )


def _lines(keys: Sequence[HeldKey], merged_into: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the merged groups that keys came by, each into the next, by the ids of the keys."""
    found: dict[int, list[int]] = {}
    for key in keys:
        line, group = found.setdefault(key.id, []), key.origin
        while group in merged_into:
            line.append(group)
            group = merged_into[group]
    return found


def _all_of(parted: Sequence[Sequence[int]], left: Sequence[Sequence[int]]) -> int | None:
    """Return the merged group that keys, by their lines, are all of; None where there is none."""
    elsewhere = {group for line in left for group in line}
    shared = set(parted[0]).intersection(*parted[1:]) - elsewhere
    return next((group for group in reversed(parted[0]) if group in shared), None)


async def _take_along(
    connection: Connection,
    made: int,
    parted: Sequence[HeldKey],
    left: Sequence[HeldKey],
    lines: Mapping[int, Sequence[int]],
) -> None:
    """Let a new group have keys: as merged groups that they are all of, else as its own."""
    elsewhere = {group for key in left for group in lines[key.id]}
    own, moved = [], set()
    for key in parted:
        whole = [group for group in lines[key.id] if group not in elsewhere]
        if whole:
            moved.add(whole[-1])
        else:
            own.append(key.id)
    await errors.merge_into(connection, sorted(moved), made)
    await errors.own_keys(connection, own, made)


def _summed(group: ErrorGroup, keys: Sequence[HeldKey]) -> ErrorGroup:
    """Return a group with the counts of its keys."""
    by_first = sorted(keys, key=lambda key: key.first_seen)
    by_last = sorted(keys, key=lambda key: key.last_seen, reverse=True)
    return replace(
        group,
        events=sum(key.events for key in keys),
        first_seen=by_first[0].first_seen,
        last_seen=by_last[0].last_seen,
        first_release=next((key.first_release for key in by_first if key.first_release), None),
        last_release=next((key.last_release for key in by_last if key.last_release), None),
    )


async def _of_its_own(
    connection: Connection,
    rules: GroupingRules,
    whole: ErrorGroup,
    parted: Sequence[HeldKey],
    now: datetime,
) -> ErrorGroup:
    """Return the group that keys make by themselves, called after its latest event."""
    alone = _summed(replace(whole, id=0, version=1), parted)
    event = await errors.latest_of_keys(connection, [key.id for key in parted])
    if event is None:
        return alone
    event = await Readable().one(connection, whole.project, event, now)
    return replace(
        alone,
        title=grouping.title(event, rules),
        culprit=grouping.culprit(event),
        level=event.level,
    )


def _also(desk: Desk, service: str) -> Sequence[str]:
    """Return the other names of a service, by which an application may be called."""
    services = desk.policy.catalogue.services
    return next((one.also for one in services if one.name == service), ())
