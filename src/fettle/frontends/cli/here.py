"""What `fettle check` looks at on this machine itself: access logs, and its own figures."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.model.quantity import parse_duration
from fettle.model.watchpoint import AccessLog, ThisHost, Watchpoint

if TYPE_CHECKING:
    from fettle.model.target import Target


def with_since(targets: "list[Target]", since: str | None, now: datetime) -> "list[Target]":
    """Return targets whose access logs are read from a moment on; raises WrongUsage."""
    if since is None:
        return targets
    begin = _moment(since, now)
    if not any(isinstance(point, AccessLog) for point in _points(targets)):
        raise WrongUsage(
            "--since is for access logs, and none is looked at",
            remedy="name one: fettle check /var/log/nginx/access.log --since 1h",
        )
    return [_from(target, begin) for target in targets]


def say_machine(targets: "Iterable[Target]") -> None:
    """Say which machine is looked at, where that of a host's name may be another one."""
    names = (platform.node(), platform.node().partition(".")[0])
    for target in targets:
        for point in target.watchpoints:
            on = point.on if isinstance(point, ThisHost | AccessLog) else None
            if on is None or {on, point.subject} & {*names}:
                continue
            what = "" if isinstance(point, ThisHost) else "the log of "
            click.echo(
                f"{point.subject}: {what}this machine, {names[0]}, is looked at; on a server the "
                f"workers labelled {on} look at theirs",
                err=True,
            )


def _points(targets: "Iterable[Target]") -> "Iterator[Watchpoint]":
    for target in targets:
        yield from target.watchpoints
        yield from _points(target.needs)


def _from(target: "Target", begin: datetime) -> "Target":
    points = tuple(
        replace(point, since=begin, last=None) if isinstance(point, AccessLog) else point
        for point in target.watchpoints
    )
    return replace(
        target, watchpoints=points, needs=tuple(_from(need, begin) for need in target.needs)
    )


def _moment(text: str, now: datetime) -> datetime:
    """Read how long ago, or when, something begins."""
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(
            f"--since: {text!r} is neither a duration nor a moment",
            remedy="write it like 1h, 2 days or 2026-11-20T10:00+01:00",
        ) from None
    return moment if moment.tzinfo is not None else moment.astimezone()
