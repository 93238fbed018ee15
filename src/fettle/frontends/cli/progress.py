"""`--quiet` and `--verbose` everywhere, and what is said beside a command's results."""

import click

_QUIET = "fettle.quiet"


def say(message: str) -> None:
    """Say something that is neither a result nor an error; nothing with `--quiet`."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get(_QUIET):
        click.echo(message, err=True)


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
                help="Print all there is to know.",
            )
        )
    return command


def _remember(context: click.Context, _: click.Parameter, quiet: bool) -> None:
    if quiet:
        context.meta[_QUIET] = True
