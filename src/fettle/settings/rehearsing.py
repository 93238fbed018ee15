"""Settings of a project's updates: how they are rehearsed, and how what passed is applied."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from fettle.model.looking import Duration
from fettle.model.quantity import Bytes
from fettle.settings.certificates import WholePath, variable
from fettle.settings.section import Section

_BRANCH = r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$"


def _bytes(value: object) -> object:
    return Bytes.parse(str(value)) if isinstance(value, str | int) else value


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(f"{path!r} is not in the project's folder: write it from there on")
    return path


Variable = Annotated[str, AfterValidator(variable)]
Inside = Annotated[str, AfterValidator(_inside)]


class RehearsalSettings(Section, arbitrary_types_allowed=True):
    """How a project's updates are tried."""

    test: tuple[str, ...] = Field(
        (), description="the words of the command that tests it, run without a shell"
    )
    setup: tuple[str, ...] = Field(
        (), description="the words of a command that is run before the tests, without the network"
    )
    within: Duration = Field(
        timedelta(minutes=30), gt=timedelta(0), description="the longest that the tests may take"
    )
    fetch_within: Duration = Field(
        timedelta(minutes=15),
        gt=timedelta(0),
        description="the longest that raising, or installing, may take",
    )
    memory: Annotated[Bytes, BeforeValidator(_bytes)] = Field(
        Bytes.parse("4 GiB"), description="what the tests may hold of memory, all together"
    )
    processes: int = Field(1024, ge=8, description="how many processes the tests may have")
    variables: tuple[Variable, ...] = Field(
        (), description="names of variables of the environment that the tests are given"
    )
    visible: tuple[WholePath, ...] = Field(
        (), description="files and folders besides the system's that the tests may read"
    )
    database: str | None = Field(
        None, description="the [[database]] that the tests are given a copy of"
    )
    database_variable: Variable = Field(
        "DATABASE_URL", description="the variable in which the tests find the copy's address"
    )
    image_check: tuple[str, ...] = Field(
        (),
        description="the words of a command that is run in a new image, without the network; its "
        "own health check when not given",
    )
    python: WholePath | None = Field(
        None, description="the Python of its environment; that of its .venv if not given"
    )
    requirements: tuple[Inside, ...] = Field(
        (),
        description="what pip installs from, in this order; requirements*.txt when not given",
    )
    builds: bool = Field(
        False,
        description="packages may run code of theirs as they are installed; in the sandbox only",
    )
    without_isolation: bool = Field(
        False, description="rehearse also where nothing keeps the tests from the rest: dangerous"
    )


class ApplySettings(Section):
    """How what passed its rehearsal is applied to a project."""

    how: Literal["commit", "in-place"] = Field(
        "commit", description="commit: on a branch of its own; in-place: where it is in use"
    )
    branch: str = Field(
        "fettle/update",
        pattern=_BRANCH,
        max_length=100,
        description="what branches are called, with the run's number behind it",
    )
    remote: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="the remote that a branch is pushed to; to none when not given",
    )
    pull_request: Literal["gh", "glab"] | None = Field(
        None, description="the program that opens a pull request for a branch that was pushed"
    )
    by_clock: bool = Field(
        False,
        description="the task weekly-updates tries what is worth taking, and applies what passed",
    )
    install_arguments: tuple[str, ...] = Field(
        (),
        description="what the client is given besides as it installs, in place: --no-dev, "
        "--omit=dev",
    )
    reload: tuple[str, ...] = Field(
        (), description="the words of the command that lets services take what is new, in place"
    )
    check: tuple[str, ...] = Field(
        (), description="the words of the command that says whether it works, in place"
    )
    within: Duration = Field(
        timedelta(minutes=2),
        gt=timedelta(0),
        description="the longest that reload, and check, may take",
    )
    watch: tuple[str, ...] = Field(
        (), description="targets of fettle.toml that must be no worse after it than before"
    )
    watch_for: Duration = Field(
        timedelta(minutes=15),
        ge=timedelta(0),
        description="how long `watch` and `check` are looked at after it, in place: what becomes "
        "worse is taken back, and its versions are held; 0s for not at all",
    )
    watch_every: Duration = Field(
        timedelta(minutes=1), gt=timedelta(0), description="how often they are looked at then"
    )
