"""`fettle`: its commands are the files beside this one, imported when they are called."""

import errno
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import fettle
from fettle.errors import FettleError, WrongUsage
from fettle.frontends.cli import exits
from fettle.frontends.cli.progress import with_verbosity

if TYPE_CHECKING:
    from fettle.frontends.application import Application


class Commands(click.Group):
    """The commands, listed from the folder; `-` and `_` are equal in their names.

    `folder` is the one beside this file: commands that have commands of their own have another.
    """

    folder = "commands"

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command, and see that what it wrote has come where it goes."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise FettleError(
                f"the disk is full: {error}", remedy="make room where it writes, and call it again"
            ) from error
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the files that hold a command."""
        files = (Path(__file__).parent / self.folder).glob("[!_]*.py")
        return sorted(file.stem for file in files)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by the first lines of their files: importing them all takes longer."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summary(name)) for name in self.list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        name = cmd_name.replace("-", "_")
        if name not in self.list_commands(ctx):
            return None
        path = f"fettle.frontends.cli.{self.folder}.{name}"
        command: click.Command = importlib.import_module(path).command  # noqa: TID251
        return with_verbosity(command)

    def _summary(self, name: str) -> str:
        """Return what the file of a command says of it, which begins "`fettle NAME`: "."""
        file = Path(__file__).parent / self.folder / f"{name}.py"
        with file.open(encoding="utf-8") as lines:
            said = lines.readline().strip().strip('"').partition("`: ")[2]
        return said[:1].upper() + said[1:]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes of `check`: 0 nothing at medium or above, 1 medium, 2 high or critical, "
    "3 something could not be looked at, 64 wrong usage, 70 internal error.",
)
@click.version_option(fettle.__version__, prog_name="fettle")
def group() -> None:
    """Keep a web application on PostgreSQL in good order: look, mend, prove it."""


def call(application: "Application") -> int:
    """Run the command line and return the exit code; the one place that catches everything."""
    # A pipe that is closed early (`| head`) ends us like any other tool; but see `loop.serve`.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _open_what_is_closed()
    try:
        result = group.main(prog_name="fettle", obj=application, standalone_mode=False)
    except FettleError as error:
        _drop_what_is_unwritten()
        return _fail(error)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return exits.INTERRUPTED
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return exits.USAGE
    except UnicodeEncodeError:
        typed = WrongUsage("what was typed is not text in UTF-8")
        return _report_bug() if all(map(_is_text, sys.argv)) else _fail(typed)
    except Exception:  # noqa: BLE001 - the boundary of the command line
        return _report_bug()
    return result if isinstance(result, int) else 0


def _open_what_is_closed() -> None:
    """Let what the caller has closed (`>&-`) be empty, or go nowhere; no file takes its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, nowhere)


def _is_text(typed: str) -> bool:
    """Whether what was typed was UTF-8: Python keeps other bytes as halves of characters."""
    return not any("\ud800" <= letter <= "\udfff" for letter in typed)


def _drop_what_is_unwritten() -> None:
    """Let what standard output could not take go nowhere: Python would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: FettleError) -> int:
    from fettle.frontends.report.visible import visible

    click.echo(f"fettle: {visible(error.reason)}", err=True)
    if error.remedy:
        click.echo(f"  → {visible(error.remedy)}", err=True)
    return exits.of_error(error)


def _report_bug() -> int:
    trace = traceback.format_exc(limit=-8)
    python = sys.version.split()[0]
    click.echo(
        f"fettle: this is a bug in Fettle {fettle.__version__} (Python {python}, {sys.platform}).\n"
        "Nothing of the following holds your data but names and paths; please send it:\n\n"
        f"{trace}",
        err=True,
    )
    return exits.INTERNAL
