"""Ask one check's question of one database, and stamp what it found with what the check knows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fettle.errors import CannotLook
from fettle.model.diagnosis import Outcome
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.ports import Database, Rows
from fettle.model.server import Server
from fettle.unit import AnyCheck
from fettle.unit.rows import decode

_COUNTS_NONE = Note("this is a standby, which counts no writes: ask the primary")


@dataclass(frozen=True)
class Look:
    """A check that was read once and whose answer is still to be judged."""

    check: AnyCheck
    limits: object
    first: Rows | None = None
    gap: Unknown | None = None


async def begin(database: Database, check: AnyCheck, limits: object) -> Look:
    """Read a check's rows; what hinders is kept as the gap it will be reported as."""
    if (missing := _missing_extension(check, database.server)) is not None:
        return Look(check, limits, gap=missing)
    try:
        statement = check.statement(database.server.major)
        return Look(check, limits, first=await database.read(statement))
    except CannotLook as error:
        return Look(check, limits, gap=Unknown(error.reason, error.remedy))


async def finish(database: Database, begun: Look) -> Outcome:
    """Judge what was read, after reading a second time where the check wants it.

    Whatever could not be looked at is Unknown, never clean.
    """
    check = begun.check
    if begun.gap is not None or begun.first is None:
        return Outcome(check.id, unknown=(begun.gap,) if begun.gap else ())
    try:
        rows = decode(begun.first, check.row)
        if check.twice:
            again = await database.read(check.statement(database.server.major))
            rows += decode(again, check.row)
        outcome = sorted_out(check, check(rows, begun.limits))
    except CannotLook as error:
        return Outcome(check.id, unknown=(Unknown(error.reason, error.remedy),))
    except Exception as error:  # noqa: BLE001 - one unit's bug must not end all looking
        return Outcome(check.id, unknown=(bug(check, error),))
    if check.writes and database.server.in_recovery:
        outcome = replace(outcome, notes=(*outcome.notes, _COUNTS_NONE))
    if (hidden := _hidden(check, database.server)) is not None:
        return replace(outcome, unknown=(*outcome.unknown, hidden))
    return outcome


async def look(database: Database, check: AnyCheck, limits: object) -> Outcome:
    """Ask one check's question and judge the answer."""
    return await finish(database, await begin(database, check, limits))


def sorted_out(check: AnyCheck, verdicts: Sequence[Verdict]) -> Outcome:
    """Return verdicts by kind, each finding with its check, category, title and impact."""
    impact = check.page.sections.get("Why it matters", "").replace("\n", " ")
    findings = [
        replace(
            verdict,
            check=check.id,
            category=check.category,
            title=check.page.title,
            impact=verdict.impact or impact,
        )
        for verdict in verdicts
        if isinstance(verdict, Finding)
    ]
    return Outcome(
        check.id,
        tuple(sorted(findings, key=lambda finding: -finding.severity)),
        tuple(dict.fromkeys(verdict for verdict in verdicts if isinstance(verdict, Unknown))),
        tuple(dict.fromkeys(verdict for verdict in verdicts if isinstance(verdict, Note))),
        tuple(verdict for verdict in verdicts if isinstance(verdict, Measurement)),
    )


def bug(check: AnyCheck, error: Exception) -> Unknown:
    """Return what is said of a check that failed itself."""
    return Unknown(
        f"the check itself failed: {type(error).__name__}: {error}",
        f"report it to whoever wrote {check.module.name}, and meanwhile --skip {check.id}",
    )


def _missing_extension(check: AnyCheck, server: Server) -> Unknown | None:
    if check.extension is None or check.extension in server.extensions:
        return None
    return Unknown(
        f"the extension {check.extension} is not installed in the database {server.database}",
        f"CREATE EXTENSION {check.extension}; -- fettle explain statement_statistics_missing",
    )


def _hidden(check: AnyCheck, server: Server) -> Unknown | None:
    if check.sees is None or server.holds(check.sees):
        return None
    return Unknown(
        f"the role {server.user} sees only its own part: it does not have {check.sees}",
        f"GRANT {check.sees} TO {server.role};",
    )
