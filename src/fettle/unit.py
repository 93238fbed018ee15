"""The plug-in units: what a check and a fix are, where they are found, and their limits.

A unit is one module: its file's name is its id, its docstring is its page, its SQL lies beside it.
Built-in units and third parties' are found alike: an entry point of the group names a package, and
every module in it that defines a unit is one.
"""

import dataclasses
import importlib
import pkgutil
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from fettle.errors import BadSettings, CannotLook, WrongUsage
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.fix import Refusal, Steps
from fettle.model.ports import Rows
from fettle.model.quantity import Bytes, Ratio, parse_duration, say_duration

RowT = TypeVar("RowT")
LimitsT = TypeVar("LimitsT")
PremiseT = TypeVar("PremiseT")

CHECK_LABELS = ("Why it matters", "Verify", "Cure", "Ignore when", "Cannot see")
FIX_LABELS = ("What it does", "Refused when", "Undo", "Risk", "Verified by")


@dataclass(frozen=True)
class NoLimits:
    """The limits of a unit that has none."""


@dataclass(frozen=True)
class Page:
    """A unit's page: the title, and the labelled sections of its docstring."""

    title: str
    sections: Mapping[str, str]

    @classmethod
    def read(cls, docstring: str) -> "Page":
        """Read `Label:  text` sections; a section's further lines are indented."""
        title, _, rest = docstring.strip().partition("\n")
        sections: dict[str, str] = {}
        label = None
        for line in rest.splitlines():
            if match := re.match(r"([A-Z][\w ]+):(?:\s+(.*))?$", line):
                label = match[1]
                sections[label] = match[2] or ""
            elif label:
                sections[label] = f"{sections[label]}\n{line.strip()}"
        return cls(title.rstrip("."), {key: text.strip() for key, text in sections.items()})


@dataclass(frozen=True)
class _Module:
    """Where a unit is defined; its id, page and SQL follow from that."""

    name: str

    @property
    def id(self) -> str:
        """The file's name."""
        return self.name.rpartition(".")[2]

    @property
    def category(self) -> str:
        """The folder's name."""
        return self.name.split(".")[-2]

    @cached_property
    def page(self) -> Page:
        """The docstring, as labelled sections."""
        return Page.read(sys.modules[self.name].__doc__ or "")

    def beside(self, file: str) -> Path:
        """Return the path of a file in the same folder."""
        return Path(sys.modules[self.name].__file__ or "").with_name(file)


@dataclass(frozen=True)
class Check(Generic[RowT, LimitsT]):
    """One question asked of one database; called with its rows, it judges them.

    `reads` is the SQL file beside the module. A file `<stem>.before_17.sql` is read instead on
    servers older than 17. `sees` is the predefined role without which other people's sessions or
    objects stay hidden, `extension` the one whose views it reads. A check of `cluster` scope
    gives the same answer in every database of a server. One that is read `twice`, for what only a
    difference between two moments can tell, is given both readings' rows, the earlier ones first.
    What counts `writes` knows nothing on a standby.
    """

    module: _Module
    judge: Callable[[Sequence[RowT], LimitsT], Iterator[Verdict]]
    reads: str
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
    def id(self) -> str:
        """The file's name."""
        return self.module.id

    @property
    def page(self) -> Page:
        """What `fettle explain` shows."""
        return self.module.page

    @property
    def category(self) -> str:
        """database, application, infrastructure or external."""
        return self.module.category

    def files(self) -> list[Path]:
        """Return every SQL file of the check, the newest servers' first."""
        stem = self.reads.removesuffix(".sql")
        older = self.module.beside(self.reads).parent.glob(f"{stem}.before_*.sql")
        return [self.module.beside(self.reads), *sorted(older, reverse=True)]

    def statement(self, major: int) -> str:
        """Return the SQL for a server of this major version."""
        newest, *older = self.files()
        fitting = [file for file in older if major < int(file.stem.rpartition("_")[2])]
        return _sql(fitting[-1] if fitting else newest)


@dataclass(frozen=True)
class Fix(Generic[PremiseT]):
    """A cure; called with a finding and its premise, it plans.

    `reads` is the SQL file that reads the premise; it is given `subject` (the finding's) and
    `pids`. `cures` are the checks whose findings it plans from; `troubles` the wider names under
    which it is planned along with others (`unused_indexes`).
    """

    module: _Module
    plan: Callable[[Finding, Sequence[PremiseT]], Steps | Refusal]
    reads: str
    premise: type[PremiseT]
    cures: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    def __call__(self, finding: Finding, premise: Sequence[PremiseT]) -> Steps | Refusal:
        """Plan; touches nothing."""
        return self.plan(finding, premise)

    @property
    def id(self) -> str:
        """The file's name."""
        return self.module.id

    @property
    def page(self) -> Page:
        """What `fettle explain` shows."""
        return self.module.page

    def statement(self) -> str:
        """Return the SQL that reads the premise."""
        return _sql(self.module.beside(self.reads))


AnyCheck = Check[Any, Any]
AnyFix = Fix[Any]
Unit = AnyCheck | AnyFix


def check(
    *,
    reads: str,
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
        module = _Module(judge.__module__)
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
        module = _Module(plan.__module__)
        return Fix(module, plan, reads, _element(plan, 1), cures, troubles)

    return unit


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
def fixes() -> Mapping[str, AnyFix]:
    """Return every fix that is installed, by id, in the order of their ids."""
    return {unit.id: unit for unit in _found("fettle.fixes", Fix)}


UnitT = TypeVar("UnitT", AnyCheck, AnyFix)


def _found(group: str, kind: type[UnitT]) -> Iterable[UnitT]:
    units: dict[str, UnitT] = {}
    for entry in entry_points(group=group):
        for unit in _in_package(entry.value, kind):
            if unit.id in units:
                raise WrongUsage(
                    f"two units are called {unit.id}: {units[unit.id].module.name} and "
                    f"{unit.module.name}",
                    remedy="rename one of the files, or uninstall one of the packages",
                )
            units[unit.id] = unit
    return sorted(units.values(), key=lambda unit: unit.id)


def _in_package(name: str, kind: type[UnitT]) -> Iterator[UnitT]:
    package = importlib.import_module(name)  # noqa: TID251 - the registry of units
    for info in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not info.ispkg:
            module = importlib.import_module(info.name)  # noqa: TID251 - the registry of units
            here = [found for found in vars(module).values() if isinstance(found, kind)]
            yield from (unit for unit in here if unit.module.name == info.name)


def decode(rows: Rows, row: type[RowT]) -> list[RowT]:
    """Make typed rows of an answer, once, at the edge; the columns may come in any order.

    Raises CannotLook when a column is missing, which is a server that the SQL does not fit.
    """
    hints = typing.get_type_hints(row)
    missing = set(hints) - set(rows.columns)
    if missing:
        raise CannotLook(f"the answer lacks {', '.join(sorted(missing))}")
    places = [rows.columns.index(name) for name in hints]
    converters = [
        (position, convert)
        for position, hint in enumerate(hints.values())
        if (convert := _converter(hint)) is not None
    ]
    typed = []
    for values in rows.values:
        fields = [values[place] for place in places]
        for position, convert in converters:
            if fields[position] is not None:
                fields[position] = convert(fields[position])
        typed.append(row(*fields))
    return typed


def _converter(hint: object) -> Callable[[Any], object] | None:
    kinds = set(typing.get_args(hint)) or {hint}
    for kind in (Ratio, Bytes, Relation, float):
        if kind in kinds:
            return kind
    origin = typing.get_origin(hint)
    return tuple if origin is tuple else None


def limits_of(unit: AnyCheck, *settings: Mapping[str, object], where: str) -> Any:  # noqa: ANN401 - each unit's own
    """Return a check's limits: its defaults, overlaid with each of `settings` in turn.

    Raises BadSettings for a name the check does not have, and for a value that is not of the
    limit's kind.
    """
    hints = typing.get_type_hints(unit.limits)
    values: dict[str, object] = {}
    for layer in settings:
        for name, raw in layer.items():
            if name not in hints:
                known = ", ".join(hints) or "none"
                raise BadSettings(f"{where}: {unit.id} has no limit {name}; it has {known}")
            try:
                values[name] = parse_limit(raw, hints[name])
            except ValueError as error:
                raise BadSettings(f"{where}: {unit.id}.{name}: {error}") from error
    return unit.limits(**values)


def parse_limit(raw: object, kind: type) -> object:
    """Read a limit as it stands in fettle.toml or on the command line; ValueError if it cannot."""
    text = str(raw).strip()
    if kind is timedelta:
        bare = isinstance(raw, int | float) and not isinstance(raw, bool)
        return parse_duration(f"{text}s" if bare else text)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{raw!r} is neither true nor false")
        return text.lower() == "true"
    if kind is str:
        return text
    numbers: dict[type, Callable[[str], int | float]] = {
        Ratio: Ratio.parse,
        Bytes: Bytes.parse,
        int: _whole,
        float: _number,
    }
    value = numbers[kind](text)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{raw!r} is not a number from zero on")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def default_limits(unit: AnyCheck) -> list[tuple[str, str]]:
    """Return the names and the defaults of a check's limits, as people read them."""
    return [(field.name, _shown(field.default)) for field in dataclasses.fields(unit.limits)]


def _shown(value: object) -> str:
    if isinstance(value, timedelta):
        return say_duration(value)
    return f"{value:,}" if type(value) is int else str(value)
