"""Options that several commands share."""

import functools
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fettle.errors import WrongUsage
from fettle.model.looking import Looking
from fettle.model.quantity import iso_duration as iso
from fettle.model.quantity import parse_duration

if TYPE_CHECKING:
    from fettle.frontends.application import Application

DEFAULT_URL = "http://127.0.0.1:8470"  # where people reach a server that says nothing else

F = TypeVar("F", bound=Callable[..., Any])
LookingT = TypeVar("LookingT", bound=Looking)


def config(function: F) -> F:
    """`--config`: which fettle.toml."""
    option = click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The settings; fettle.toml in the current folder when there is one.",
    )
    return option(function)


def form(function: F) -> F:
    """`--format`: for people, or for programs."""
    option = click.option(
        "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
    )
    return option(function)


def output(function: F) -> F:
    """`--output`: the file that a report goes to."""
    option = click.option(
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write the report there.",
    )
    return option(function)


def fail_on(function: F) -> F:
    """`--fail-on`: from which severity on a command fails."""
    option = click.option(
        "--fail-on", metavar="SEVERITY", help="Exit 0 while everything is below it."
    )
    return option(function)


def limit(function: F) -> F:
    """`--limit`: of many things, how many are listed."""
    option = click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
    return option(function)


def store(function: F) -> F:
    """Add `--data` and `--database-url`."""
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Fettle's data directory; the platform's place when not given.",
    )
    url = click.option(
        "--database-url",
        metavar="URL",
        help="Keep the store in this PostgreSQL (15 or newer) instead of the embedded one.",
    )
    return data(url(function))


def work(function: F) -> F:
    """Add `--concurrency` and `--label`."""
    many = click.option(
        "--concurrency",
        default=16,
        show_default=True,
        type=click.IntRange(1, 100),
        help="How many runs are gone on with at once: most of them wait for an answer.",
    )
    label = click.option(
        "--label",
        multiple=True,
        metavar="NAME",
        help="Take work that belongs to this machine, too: db-host, web-1. Repeatable.",
    )
    return many(label(function))


def same_store() -> str:
    """Return what another command needs of this one's options to reach the same store.

    An address may hold a password, and is not said again.
    """
    given = click.get_current_context().params
    named = [name for name in ("config", "data") if given.get(name) is not None]
    said = [f" --{name} {shlex.quote(str(given[name]))}" for name in named]
    return "".join(said) + " --database-url URL" * (given.get("database_url") is not None)


def with_store(settings: LookingT, data: Path | None, url: str | None) -> LookingT:
    """Return the settings with the store that the command line names."""
    given: dict[str, Any] = {"data": data, "url": url}
    changed = {name: value for name, value in given.items() if value is not None}
    return settings.changed(store=replace(settings.store, **changed)) if changed else settings


def with_timeout(settings: LookingT, timeout: str | None) -> LookingT:
    """Return the settings with the time that the command line gives; raises WrongUsage.

    The server's own limit for each question follows from it.
    """
    given = duration("--timeout", timeout)
    if given is None:
        return settings
    return settings.changed(check=replace(settings.check, timeout=given))


def settings(function: Callable[..., int]) -> Callable[..., int]:
    """Add `--config`, `--data` and `--database-url`, and give the command what they come to.

    The command takes the application and `settings`, and whatever other options it has.
    """
    return _with(lambda application, file: application.settings(file), function)


def looking(function: Callable[..., int]) -> Callable[..., int]:
    """Do as `settings` does, for a command that needs no more of them than a look does."""
    return _with(lambda application, file: application.looking(file), function)


def _with(
    read: "Callable[[Application, Path | None], Looking]", function: Callable[..., int]
) -> Callable[..., int]:
    @functools.wraps(function)
    def called(
        application: "Application",
        /,
        config: Path | None,
        data: Path | None,
        database_url: str | None,
        **given: Any,  # noqa: ANN401 - click's options
    ) -> int:
        known = with_store(read(application, config), data, database_url)
        return function(application, settings=known, **given)

    return config(store(called))


def reach(function: Callable[..., int]) -> Callable[..., int]:
    """Add `--server` with its token, and what names a store; give the command its `reach`.

    The command takes the application and `reach`, and whatever other options it has.
    """

    @functools.wraps(function)
    def called(
        application: "Application",
        /,
        server: str | None,
        token: str | None,
        token_file: Path | None,
        **given: Any,  # noqa: ANN401 - click's options
    ) -> int:
        from fettle.frontends.cli.api import Reach

        place = {name: given.pop(name) for name in ("config", "data", "database_url")}
        return function(application, reach=Reach(server, token, token_file, **place), **given)

    added = click.option(
        "--server", metavar="URL", help="Ask this server, instead of the store within reach."
    )(called)
    added = click.option(
        "--token",
        metavar="TOKEN",
        envvar="FETTLE_TOKEN",
        help="The token for the server; FETTLE_TOKEN in the environment is not seen by others.",
    )(added)
    added = click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="A file that holds the token.",
    )(added)
    return config(store(added))


def verbosity(function: F) -> F:
    """`--quiet` and `--verbose`."""
    quiet = click.option("--quiet", "-q", is_flag=True, help="Print results and errors only.")
    verbose = click.option("--verbose", "-v", is_flag=True, help="Print all there is to know.")
    return quiet(verbose(function))


def moment(option: str, text: str | None, now: datetime) -> datetime | None:
    """Read `2h` from now on, or a moment like `2026-01-31T09:00`, of this machine's time zone.

    Raises WrongUsage.
    """
    if text is None:
        return None
    try:
        return now + parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(
            f"{option}: {text!r} is no moment", remedy="write it like 2h, or 2026-01-31T09:00"
        ) from None


def iso_duration(option: str, text: str | None) -> str:
    """Read a duration like `1h 30m` as the API takes it: `PT1H30M`; raises WrongUsage."""
    value = duration(option, text)
    return "" if value is None else iso(value)


def duration(option: str, text: str | None) -> timedelta | None:
    """Read a duration like `30s`; raises WrongUsage."""
    if text is None:
        return None
    try:
        value = parse_duration(text)
    except ValueError as error:
        raise WrongUsage(f"{option}: {error}") from None
    if not value:
        raise WrongUsage(f"{option}: it must be longer than nothing")
    return value
