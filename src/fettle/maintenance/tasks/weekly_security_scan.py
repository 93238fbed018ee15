"""Known weaknesses are found before others find them.

Why it matters:  Most break-ins use a weakness that was known, and closed by an update, months ago.
Passed when:     Dependencies, packages, exposed settings, TLS, and the database's roles were looked
    at, all that is configured, and nothing was found at or above the severity that was set.
Failed when:     Something was found; each with what closes it.
Could not check when:  An auditor, a list of advisories or a grant is missing; the report says of
    what there was no look.
Change it:       Whose dependencies are audited: [[project]]; from which severity on it fails:
    [security] fail_from. Another window or time: a [[task]] with the id weekly-security-scan and
    what is to be different. Not at all: enabled = false in it.
"""

from collections.abc import Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from fettle.errors import CannotLook
from fettle.maintenance.security import database, packages, report, web
from fettle.model.security import Look, Named, Skipped
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep, There
from fettle.model.window import Window
from fettle.model.work import Told, Work, passed, unknown
from fettle.unit import task

DEPENDENCIES = "Look for known weaknesses of dependencies"
EXPOSED = "Look at how the machines and the database are exposed"
UPDATES = "Look for updates that close weaknesses"
REPORT = "Write the security report"

TASK = task(
    __name__,
    name="Weekly security scan",
    description="Look for known weaknesses in what is installed and how it is set up",
    frequency=Frequency.WEEKLY,
    category=Category.SECURITY,
    automation=Automation.FULL,
    window=Window(
        time(3), ZoneInfo("UTC"), timedelta(hours=3), timedelta(hours=2), weekdays=frozenset({6})
    ),
    procedure=Procedure(
        steps=(
            TaskStep(
                DEPENDENCIES,
                RunOwn(),
                timeout=timedelta(hours=1),
                idempotent=True,
                there=There.PROJECTS,
            ),
            TaskStep(EXPOSED, RunOwn(), idempotent=True, there=There.EXPOSED),
            TaskStep(UPDATES, RunOwn(), idempotent=True, there=There.MACHINES),
            TaskStep(REPORT, RunOwn(), idempotent=True),
        ),
        estimated_duration=timedelta(hours=2),
        # what was found is a failure, and the rest is looked at and reported all the same
        continue_on_error=True,
    ),
)


@TASK.step(DEPENDENCIES)
async def dependencies(work: Work) -> Told:
    """Have the dependencies of each project audited."""
    scan, look = work.tools.security, Look()
    for project in _reached(work, scan.projects):
        await work.say(f"the dependencies of {project}")
        look += packages.of_audits(await scan.audit(project, work.say))
    if not scan.projects:
        look += _none(packages.DEPENDENCIES, "no [[project]] is configured", "[[project]]")
    return _told(work, look)


@TASK.step(EXPOSED)
async def exposed(work: Work) -> Told:
    """Look who comes into each database and what they may do, and what each site gives."""
    scan, look = work.tools.security, Look()
    for name in _reached(work, scan.databases):
        await work.say(f"the database {name}")
        try:
            async with scan.database(name) as connected:
                look += await database.look(name, connected)
        except CannotLook as error:
            look += Look(skipped=(Skipped(database.AREA, name, error.reason, error.remedy),))
    if not scan.databases:
        look += _none(database.AREA, "no [[database]] is configured", "[[database]]")
    look += web.of_sites(await scan.sites(_reached(work, scan.services)))
    if not scan.services:
        look += _none(web.AREA, "no [[service]] has a url", "[[service]] url")
    return _told(work, look)


@TASK.step(UPDATES)
async def updates(work: Work) -> Told:
    """Look which updates close weaknesses: of this machine's packages, and of dependencies."""
    scan = work.tools.security
    seen = await scan.packages()
    look = packages.of_packages(seen, work.now(), scan.stale_after, work.label)
    audited = report.read(work.earlier(DEPENDENCIES), DEPENDENCIES)
    for closing in packages.closed_by_updates(audited.weaknesses):
        await work.say(f"closes a weakness of a dependency: {closing}")
    return _told(work, look)


@TASK.step(REPORT)
async def written(work: Work) -> Told:
    """Write down what was found, what was looked at, and what was not."""
    look = Look()
    for step in (DEPENDENCIES, EXPOSED, UPDATES):
        for left in work.everywhere(step):
            look += report.read(left, step)
    says = report.summary(look)
    whole = report.report(look)
    if look.skipped or not look.looked:
        told = unknown(says, "the report says what would let the rest be looked at")
        return Told(told.outcome, told.says, told.remedy, report.kept(look), whole)
    return passed(says, report.kept(look), whole)


def _reached(work: Work, those: Sequence[Named]) -> Sequence[str]:
    return [one.name for one in those if work.reaches(one.on)]


def _told(work: Work, look: Look) -> Told:
    scan, today = work.tools.security, work.now().date()
    known = report.accept(look, lambda subject: scan.accepted(subject, today))
    return report.told(known, scan.fail_from)


def _none(area: str, reason: str, setting: str) -> Look:
    remedy = f"{setting} in fettle.toml, where there is any"
    return Look(unset=(Skipped(area, "everything", reason, remedy),))
