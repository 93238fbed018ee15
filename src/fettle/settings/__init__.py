"""Every option of Fettle: fettle.toml, overlaid with the environment.

`FETTLE_SECTION__NAME` in the environment is `[section] name` in the file;
`FETTLE_DATABASE__MAIN_DB__URL` is the `url` of the `[[database]]` called `main-db`.
In the file `${NAME}` stands for a variable of the environment, and `${file:PATH}` for the text of
another file (settings.references): secrets never stand in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import tomli
from pydantic import Field, PrivateAttr, ValidationError

from fettle.errors import BadSettings
from fettle.model.looking import (
    DEFAULT_FILE,
    CheckSettings,
    DatabaseSettings,
    FixSettings,
    IgnoreSettings,
    RawLimits,
    StoreSettings,
)
from fettle.model.target import Target
from fettle.settings import (
    backups,
    catalogue,
    environment,
    infrastructure,
    naming,
    references,
    watching,
    wrong,
)
from fettle.settings.application_errors import ErrorsSettings
from fettle.settings.backups import BackupSettings
from fettle.settings.budgets import BudgetSettings
from fettle.settings.catalogue import DependencySettings, ProbeSettings
from fettle.settings.certificates import CertificateSettings, CertificatesSettings
from fettle.settings.described import lists_of
from fettle.settings.environment import Origins
from fettle.settings.field import FieldSettings
from fettle.settings.infrastructure import CdnSettings, EdgeSettings, HostSettings
from fettle.settings.log_in import LogInSettings, OidcSettings
from fettle.settings.logs import LogSettings, LogsSettings
from fettle.settings.optimisation import OptimisationSettings
from fettle.settings.people import (
    EscalationSettings,
    HoursSettings,
    ScheduleSettings,
    TeamSettings,
)
from fettle.settings.prometheus import PrometheusSettings
from fettle.settings.references import Absent, References
from fettle.settings.review import ReviewSettings
from fettle.settings.rotation import RotationSettings
from fettle.settings.section import Section
from fettle.settings.security import ProjectSettings, SecuritySettings
from fettle.settings.sentry import SentrySettings
from fettle.settings.server import (
    HookSettings,
    InhibitSettings,
    IntakeSettings,
    KeepSettings,
    OutgoingSettings,
    ReceiverSettings,
    ServerSettings,
    StatusPageSettings,
)
from fettle.settings.solving import RemedySettings, SolvingSettings
from fettle.settings.tasks import (
    FreezeSettings,
    MaintenanceSettings,
    TaskSettings,
    as_json,
    files_of,
    procedures_of,
)
from fettle.settings.triage import (
    AiSettings,
    ClassSettings,
    InvestigateSettings,
    ServiceSettings,
    TriageSettings,
)
from fettle.settings.updates import UpdatesSettings
from fettle.settings.windows import WindowSettings


class Settings(Section):
    """Everything that can be set; implements model.looking.Looking."""

    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    log_in: LogInSettings = LogInSettings()
    intake: IntakeSettings = IntakeSettings()
    keep: KeepSettings = KeepSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    status_page: StatusPageSettings = StatusPageSettings()
    check: CheckSettings = CheckSettings()
    probe: ProbeSettings = ProbeSettings()
    fix: FixSettings = FixSettings()
    triage: TriageSettings = TriageSettings()
    investigate: InvestigateSettings = InvestigateSettings()
    errors: ErrorsSettings = ErrorsSettings()
    logs: LogsSettings = LogsSettings()
    solving: SolvingSettings = SolvingSettings()
    ai: AiSettings = AiSettings()
    review: ReviewSettings = ReviewSettings()
    maintenance: MaintenanceSettings = MaintenanceSettings()
    certificates: CertificatesSettings = CertificatesSettings()
    security: SecuritySettings = SecuritySettings()
    optimisation: OptimisationSettings = OptimisationSettings()
    updates: UpdatesSettings = UpdatesSettings()
    business_hours: HoursSettings = HoursSettings()
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of every database: limits.<check>.<name>"
    )
    database: tuple[DatabaseSettings, ...] = ()
    service: tuple[ServiceSettings, ...] = ()
    dependency: tuple[DependencySettings, ...] = ()
    prometheus: tuple[PrometheusSettings, ...] = ()
    host: tuple[HostSettings, ...] = ()
    cdn: tuple[CdnSettings, ...] = ()
    edge: tuple[EdgeSettings, ...] = ()
    class_: tuple[ClassSettings, ...] = Field((), alias="class")
    remedy: tuple[RemedySettings, ...] = ()
    ignore: tuple[IgnoreSettings, ...] = ()
    team: tuple[TeamSettings, ...] = ()
    escalation: tuple[EscalationSettings, ...] = ()
    window: tuple[WindowSettings, ...] = ()
    schedule: tuple[ScheduleSettings, ...] = ()
    task: tuple[TaskSettings, ...] = ()
    freeze: tuple[FreezeSettings, ...] = ()
    certificate: tuple[CertificateSettings, ...] = ()
    rotation: tuple[RotationSettings, ...] = ()
    backup: tuple[BackupSettings, ...] = ()
    project: tuple[ProjectSettings, ...] = ()
    budget: tuple[BudgetSettings, ...] = ()
    field: tuple[FieldSettings, ...] = ()
    inhibit: tuple[InhibitSettings, ...] = ()
    hook: tuple[HookSettings, ...] = ()
    log: tuple[LogSettings, ...] = ()
    sentry: tuple[SentrySettings, ...] = ()
    receiver: tuple[ReceiverSettings, ...] = ()
    oidc: tuple[OidcSettings, ...] = ()
    # The variable of the environment that gave a setting, by the setting's name.
    _variables: dict[str, str] = PrivateAttr(default_factory=dict)
    # The procedures of tasks as they are written: with references where secrets are.
    _procedures: dict[str, dict[str, Any]] = PrivateAttr(default_factory=dict)
    # What names a variable that nobody has set, and is needed by some only.
    _absent: tuple[Absent, ...] = PrivateAttr(default=())

    @property
    def allowed(self) -> tuple[str, ...]:
        """See model.looking.Looking.allowed."""
        return self.outgoing.allow

    @property
    def rdap(self) -> str | None:
        """See model.looking.Looking.rdap."""
        return self.probe.rdap

    @property
    def outside(self) -> tuple[Target, ...]:
        """See model.looking.Looking.outside."""
        return tuple(watching.outside(self))

    def needs(self, service: str) -> Sequence[str]:
        """See model.looking.Looking.needs."""
        return catalogue.needs(self, service)

    def changed(self, **sections: object) -> Self:
        """See model.looking.Looking.changed."""
        return self.model_copy(update=sections)

    def absent(self, *values: str) -> BadSettings | None:
        """See model.looking.Looking.absent."""
        absent = references.first_absent(self._absent, values)
        return None if absent is None else absent.error

    def refuse_any_absent(self) -> None:
        """Refuse settings that name a variable which nobody has set; raises BadSettings."""
        if self._absent:
            raise self._absent[0].error

    def note_absent(self, absent: Sequence[Absent]) -> None:
        """Keep which variables are not there."""
        self._absent = tuple(absent)

    def note_procedures(self, raw: Mapping[str, Any]) -> None:
        """Keep how the procedures of a file's tasks are written."""
        self._procedures.update(procedures_of(raw))

    def procedure_of(self, task: str) -> Mapping[str, Any] | None:
        """Return a task's procedure as it is written; None where no file has one."""
        found = self._procedures.get(task.replace("_", "-"))
        return None if found is None else as_json(found)

    def note_variables(self, variables: Mapping[str, str]) -> None:
        """Keep which variables of the environment gave which settings."""
        self._variables.update(variables)

    def variable_of(self, name: str) -> str | None:
        """Return the variable that gave a setting; None for what comes from elsewhere."""
        return self._variables.get(name)


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    `file` None means fettle.toml in the current folder, if there is one. Raises BadSettings with
    the place, the value and what would be right.
    """
    raw: dict[str, Any] = {}
    written: dict[str, Any] = {}
    meant = References(environ, str(file or DEFAULT_FILE))
    if file is not None or DEFAULT_FILE.exists():
        written = _read(file or DEFAULT_FILE)
        raw = meant.filled(written)
    origins = environment.overlay(raw, environ)
    settings = _valid(raw, file or DEFAULT_FILE, origins)
    settings.note_procedures(written)
    settings, absent = _with_task_files(settings, environ)
    settings.note_absent([*meant.absent, *absent])
    settings.note_variables({wrong.dotted(place): name for place, name in origins.items()})
    for section in lists_of(Settings):
        entries = getattr(settings, "class_" if section == "class" else section)
        _refuse_twins(section, list(filter(None, map(_label, entries))))
    _refuse_twins("errors.project", [one.name for one in settings.errors.project])
    settings = naming.as_declared(settings)
    backups.refuse_strangers(settings)
    infrastructure.refuse_strangers(settings)
    watching.refuse_twins(settings)  # that reads all that the catalogue refers to
    return settings


def _valid(raw: Mapping[str, Any], file: Path, origins: Origins) -> Settings:
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise BadSettings(wrong.said(error, raw, file, origins, lists_of(Settings))) from None


def _with_task_files(
    settings: Settings, environ: Mapping[str, str]
) -> tuple[Settings, Sequence[Absent]]:
    """Return the settings with the tasks of the folder that they name."""
    tasks, absent = settings.task, []
    for file, raw in files_of(settings.maintenance.tasks):
        meant = References(environ, str(file))
        tasks = (*tasks, *_valid(meant.filled(raw), file, {}).task)
        absent += meant.absent
        settings.note_procedures(raw)
    return settings.changed(task=tasks), absent


def _label(entry: object) -> str | None:
    """Return what an entry of a list goes by."""
    return getattr(entry, "id", None) or getattr(entry, "name", None)


def _refuse_twins(section: str, names: list[str]) -> None:
    """Refuse names that people cannot tell apart: `-` and `_` are equal."""
    many = Counter(name.replace("-", "_") for name in names)
    if twice := {name for name in names if many[name.replace("-", "_")] > 1}:
        raise BadSettings(f"[[{section}]]: two are called {', '.join(sorted(twice))}")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} is not TOML: {error}") from error
