"""The plug-in units: what each kind of them is, and where they are found.

A unit is one module: its file's name is its id, its docstring is its page, its SQL lies beside it.
Built-in units and third parties' are found alike: an entry point of the group names a package, and
every module in it that defines a unit is one.
"""

import importlib
import pkgutil
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fettle.errors import WrongUsage
from fettle.model.finding import Finding, Verdict
from fettle.model.fix import Refusal, Steps
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, Task, regular
from fettle.model.window import Window
from fettle.unit.module import Module
from fettle.unit.module import Unit as Unit
from fettle.unit.optimisation import Optimisation
from fettle.unit.source import UpdateSource

if TYPE_CHECKING:
    from fettle.model.work import Doing

RowT = TypeVar("RowT")
LimitsT = TypeVar("LimitsT")
PremiseT = TypeVar("PremiseT")

CHECK_LABELS = ("Why it matters", "Verify", "Cure", "Ignore when", "Cannot see")
FIX_LABELS = ("What it does", "Refused when", "Undo", "Risk", "Verified by")
TASK_LABELS = ("Why it matters", "Passed when", "Failed when", "Could not check when", "Change it")
OPTIMISATION_LABELS = ("What it does", "Leaves alone", "Kept when", "Risk", "Cannot see")


@dataclass(frozen=True)
class NoLimits:
    """The limits of a unit that has none."""


@dataclass(frozen=True)
class Check(Unit, Generic[RowT, LimitsT]):
    """One question asked of one target; called with its rows, it judges them.

    Of a database, `reads` is the SQL file beside the module. A check without one judges readings
    (model.readings), of whichever target has a source of that kind of row.

    A file `<stem>.before_17.sql` is read instead on servers older than 17. `sees` is the predefined
    role without which other people's sessions or objects stay hidden, `extension` the one whose
    views it reads. A check of `cluster` scope gives the same answer in every database of a server.
    One that is read `twice`, for what only a difference between two moments can tell, is given both
    readings' rows, the earlier ones first. What counts `writes` knows nothing on a standby.
    """

    judge: Callable[[Sequence[RowT], LimitsT], Iterator[Verdict]]
    reads: str | None
    row: type[RowT]
    limits: type[LimitsT]
    cluster: bool = False
    sees: str | None = None
    extension: str | None = None
    twice: bool = False
    writes: bool = False

    def __call__(self, rows: Sequence[RowT], limits: LimitsT) -> list[Verdict]:
        """Judge: rows in, verdicts out, nothing else touched."""
        return list(self.judge(rows, limits))

    @property
    def category(self) -> str:
        """database, application, infrastructure or external."""
        return self.module.category

    @property
    def of_databases(self) -> bool:
        """Whether it is asked of databases; else of what has readings of its kind."""
        return self.reads is not None

    @cached_property
    def limit_kinds(self) -> Mapping[str, Any]:
        """The type of each limit, by its name; read once, for many targets are asked."""
        return typing.get_type_hints(self.limits)

    def files(self) -> list[Path]:
        """Return every SQL file of the check, the newest servers' first."""
        if self.reads is None:
            return []
        stem = self.reads.removesuffix(".sql")
        older = self.module.beside(self.reads).parent.glob(f"{stem}.before_*.sql")
        return [self.module.beside(self.reads), *sorted(older, reverse=True)]

    def statement(self, major: int) -> str:
        """Return the SQL for a server of this major version."""
        newest, *older = self.files()
        fitting = [file for file in older if major < int(file.stem.rpartition("_")[2])]
        return _sql(fitting[-1] if fitting else newest)


@dataclass(frozen=True)
class Fix(Unit, Generic[PremiseT]):
    """A cure; called with a finding and its premise, it plans.

    `reads` is the SQL file that reads the premise; it is given `subject` (the finding's) and
    `pids`. `cures` are the checks whose findings it plans from; `troubles` the wider names under
    which it is planned along with others (`unused_indexes`).
    """

    plan: Callable[[Finding, Sequence[PremiseT]], Steps | Refusal]
    reads: str
    premise: type[PremiseT]
    cures: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    def __call__(self, finding: Finding, premise: Sequence[PremiseT]) -> Steps | Refusal:
        """Plan; touches nothing."""
        return self.plan(finding, premise)

    def statement(self) -> str:
        """Return the SQL that reads the premise."""
        return _sql(self.module.beside(self.reads))


@dataclass(frozen=True)
class TaskUnit(Unit):
    """A task that comes with a package: when it comes, and what each of its steps does.

    One of whose steps some do nothing yet can be planned and shown, and is not run. One that is
    `on_databases` works on every database of the settings. Where none of the sections that it
    `needs` is in the settings there is nothing for it to do; `project.apply.by_clock` is one in
    which that is set.
    """

    task: Task
    on_databases: bool = False
    needs: tuple[str, ...] = ()
    doing: "dict[str, Doing]" = field(default_factory=dict, compare=False)

    def step(self, name: str) -> "Callable[[Doing], Doing]":
        """Make a function what the step of that name does; raises WrongUsage for no such step."""
        if name not in {step.name for step in self.task.procedure.steps}:
            raise WrongUsage(f"{self.module.name}: the task has no step {name!r}")

        def keep(function: "Doing") -> "Doing":
            self.doing[name] = function
            return function

        return keep

    @property
    def runs(self) -> bool:
        """Whether each of its steps does something, but those that a person does."""
        own = [one for one in self.task.procedure.steps if isinstance(one.act, RunOwn)]
        return all(step.name in self.doing for step in own)

    @property
    def id(self) -> str:
        """The file's name, as tasks are called: with hyphens."""
        return self.task.id


AnyCheck = Check[Any, Any]
AnyFix = Fix[Any]


def check(
    *,
    reads: str | None = None,
    limits: type[LimitsT],
    cluster: bool = False,
    sees: str | None = None,
    extension: str | None = None,
    twice: bool = False,
    writes: bool = False,
) -> Callable[
    [Callable[[Sequence[RowT], LimitsT], Iterator[Verdict]]],
    Check[RowT, LimitsT],
]:
    """Make a judge a Check; its row's type is read from its first parameter."""

    def unit(
        judge: Callable[[Sequence[RowT], LimitsT], Iterator[Verdict]],
    ) -> Check[RowT, LimitsT]:
        module = Module(judge.__module__)
        row = _element(judge, 0)
        return Check(module, judge, reads, row, limits, cluster, sees, extension, twice, writes)

    return unit


def fix(
    *, reads: str, cures: tuple[str, ...], troubles: tuple[str, ...] = ()
) -> Callable[[Callable[[Finding, Sequence[PremiseT]], Steps | Refusal]], Fix[PremiseT]]:
    """Make a planner a Fix; its premise's type is read from its second parameter."""

    def unit(
        plan: Callable[[Finding, Sequence[PremiseT]], Steps | Refusal],
    ) -> Fix[PremiseT]:
        module = Module(plan.__module__)
        return Fix(module, plan, reads, _element(plan, 1), cures, troubles)

    return unit


def task(  # noqa: PLR0913 - what a task is
    module: str,
    *,
    name: str,
    description: str,
    frequency: Frequency,
    category: Category,
    automation: Automation,
    window: Window,
    procedure: Procedure,
    on_databases: bool = False,
    needs: tuple[str, ...] = (),
) -> TaskUnit:
    """Make a unit of what the module of that name defines."""
    found = Module(module)
    defined = Task(
        id=found.id.replace("_", "-"),
        name=name,
        window=regular(window, frequency),
        procedure=procedure,
        description=description,
        category=category,
        automation=automation,
        frequency=frequency,
        shipped=True,
    )
    return TaskUnit(found, defined, on_databases, needs)


def _element(function: Callable[..., object], position: int) -> Any:  # noqa: ANN401 - any row type
    """Return X of the parameter at `position`, which is annotated Sequence[X]."""
    hints = list(typing.get_type_hints(function).values())
    return typing.get_args(hints[position])[0]


@cache
def _sql(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def checks() -> Mapping[str, AnyCheck]:
    """Return every check that is installed, by id, in the order of their ids."""
    return {unit.id: unit for unit in _found("fettle.checks", Check)}


@cache
def checks_of_databases() -> Mapping[str, AnyCheck]:
    """Return every check that is asked of databases, by id, in the order of their ids.

    Their SQL lies beside them: folders without any are not even imported, which a look at a
    database would wait for.
    """
    found = _found("fettle.checks", Check, reading=True)
    return {unit.id: unit for unit in found if unit.of_databases}


@cache
def fixes() -> Mapping[str, AnyFix]:
    """Return every fix that is installed, by id, in the order of their ids."""
    return {unit.id: unit for unit in _found("fettle.fixes", Fix)}


@cache
def tasks() -> Mapping[str, TaskUnit]:
    """Return every task that is installed, by id, in the order of their ids."""
    return {unit.id: unit for unit in _found("fettle.tasks", TaskUnit)}


@cache
def sources() -> Mapping[str, UpdateSource]:
    """Return every update source that is installed, by id, in the order of their ids."""
    return {unit.id: unit for unit in _found("fettle.update_sources", UpdateSource)}


@cache
def optimisations() -> Mapping[str, Optimisation]:
    """Return every optimisation that is installed, by id, in the order in which they are tried."""
    found = _found("fettle.optimisations", Optimisation)
    return {unit.id: unit for unit in sorted(found, key=lambda unit: (unit.place, unit.id))}


UnitT = TypeVar("UnitT", bound=Unit)


def _found(group: str, kind: type[UnitT], *, reading: bool = False) -> Iterable[UnitT]:
    units: dict[str, UnitT] = {}
    for entry in entry_points(group=group):
        for unit in _in_package(entry.value, kind, reading=reading):
            if unit.id in units:
                raise WrongUsage(
                    f"two units are called {unit.id}: {units[unit.id].module.name} and "
                    f"{unit.module.name}",
                    remedy="rename one of the files, or uninstall one of the packages",
                )
            units[unit.id] = unit
    return sorted(units.values(), key=lambda unit: unit.id)


def _in_package(name: str, kind: type[UnitT], *, reading: bool) -> Iterator[UnitT]:
    """Yield the units of a package; with `reading`, only those in folders that hold SQL."""
    package = importlib.import_module(name)  # noqa: TID251 - the registry of units
    for info in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not info.ispkg and (not reading or _holds_sql(info)):
            module = importlib.import_module(info.name)  # noqa: TID251 - the registry of units
            here = [found for found in vars(module).values() if isinstance(found, kind)]
            yield from (unit for unit in here if unit.module.name == info.name)


def _holds_sql(info: pkgutil.ModuleInfo) -> bool:
    folder = getattr(info.module_finder, "path", None)
    return folder is None or any(Path(folder).glob("*.sql"))
