"""`--quiet` and `--verbose` everywhere, and what is said beside a command's results."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fettle.settings import Settings

_QUIET = "fettle.quiet"
_VERBOSE = "fettle.verbose"
_LOG = "fettle.log"
_PATIENT_S = 3.0  # a worker takes what waits within a second


def say(message: str) -> None:
    """Say something that is neither a result nor an error; nothing with `--quiet`.

    Where a log is written it is said there, in its turn.
    """
    context = click.get_current_context(silent=True)
    if context is not None and (log := context.meta.get(_LOG)) is not None:
        log.say(message)
    elif context is None or not context.meta.get(_QUIET):
        from fettle.frontends.report.visible import visible

        click.echo(visible(message), err=True)


def show(message: str) -> None:
    """Say a secret that is meant to be seen, where a log is written: it is not cut out."""
    click.get_current_context().meta[_LOG].show(message)


def verbose() -> bool:
    """Whether all there is to know is to be printed."""
    return bool(click.get_current_context().meta.get(_VERBOSE))


class Waiting:
    """Says once that nobody has taken something, when that takes long."""

    def __init__(self) -> None:
        self._waited_s = 0.0

    def passed(self, seconds: float) -> None:
        """Let time pass in which it waits."""
        before, self._waited_s = self._waited_s, self._waited_s + seconds
        if before < _PATIENT_S <= self._waited_s:
            say("It waits for a worker.")


@contextmanager
def logged(settings: "Settings") -> Iterator[None]:
    """Write a log to standard error as the settings and the command line ask, until this ends."""
    from fettle.frontends import logs

    context = click.get_current_context()
    level = logging.INFO
    if context.meta.get(_QUIET):
        level = logging.ERROR
    elif context.meta.get(_VERBOSE):
        level = logging.DEBUG
    form = settings.server.log or ("text" if sys.stderr.isatty() else "json")
    with logs.installed(form, level) as log:
        context.meta[_LOG] = log
        try:
            yield
        finally:
            del context.meta[_LOG]


def with_verbosity(command: click.Command) -> click.Command:
    """Give a command `--quiet` and `--verbose`, where it does not bring its own."""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            with_verbosity(part)
    elif "quiet" not in {parameter.name for parameter in command.params}:
        command.params.append(
            click.Option(
                ("--quiet", "-q"),
                is_flag=True,
                expose_value=False,
                callback=_remember,
                help="Print results and errors only.",
            )
        )
        command.params.append(
            click.Option(
                ("--verbose", "-v"),
                is_flag=True,
                expose_value=False,
                callback=_remember_verbose,
                help="Print all there is to know.",
            )
        )
    return command


def _remember(context: click.Context, _: click.Parameter, quiet: bool) -> None:
    if quiet:
        context.meta[_QUIET] = True


def _remember_verbose(context: click.Context, _: click.Parameter, verbose: bool) -> None:
    if verbose:
        context.meta[_VERBOSE] = True
