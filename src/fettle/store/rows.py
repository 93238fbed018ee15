"""What a command keeps over one connection: diagnoses, plans, runs. SQL stands in queries/."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fettle.model.diagnosis import Earlier
from fettle.model.fix import CutOff, FixRun, JournalEntry, KeptPlan
from fettle.model.severity import Severity
from fettle.model.target import Kind
from fettle.store import access, fixes, issues, statements
from fettle.store.failures import told
from fettle.store.fixes import Hung, WantedPlans, WantedRuns
from fettle.store.statements import Connection

Json = Mapping[str, Any]


class Tables:
    """The tables of one store, over one connection; each call is committed when it returns.

    Each raises StoreError when the store cannot be read or written. Implements
    resolution.mend.Records.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save_diagnosis(self, document: Json, kind: Kind = Kind.DATABASE) -> None:
        """Keep a `fettle.check/1` document of a target of a kind."""
        with told():
            await statements.run(
                self._connection,
                "save_diagnosis",
                target=document["target"],
                kind=kind.value,
                started_at=document["started_at"],
                document=statements.json(document),
            )

    async def last_diagnosis(self, target: str) -> Earlier | None:
        """Return what was saved last of a target, or None."""
        with told():
            rows = await statements.run(self._connection, "last_diagnosis", target=target)
        return earlier(rows[0]["document"], rows[0]["started_at"]) if rows else None

    async def save_plan(self, document: Json, actor: str) -> None:
        """Keep a `fettle.plan/1` document."""
        with told():
            await fixes.save_plan(self._connection, document, actor)

    async def keep_plans(
        self, documents: Sequence[Json], actor: str, issue: int | None, now: datetime
    ) -> None:
        """Keep plans, and let them hang on an issue; raises NotFound when there is none."""
        why = f"{actor} asked for it"
        with told():
            async with self._connection.transaction():
                for document in documents:
                    await fixes.save_plan(self._connection, document, actor)
                if issue is not None:
                    await issues.find(self._connection, issue)
                    hung = [Hung(issue, document["plan"], why) for document in documents]
                    await fixes.hang(self._connection, hung, now)

    async def find_plan(self, id_: str) -> Json:
        """Return a plan's document by its id or the beginning of it; raises WrongUsage."""
        with told():
            return (await fixes.find_plan(self._connection, id_)).document

    async def note_act(self, run: FixRun) -> None:
        """Note in the audit log that somebody acted; the plan, if it was one's, waits no more."""
        act = "apply fix" if run.undoes is None else "undo fix"
        detail = {"run": run.id, "plan": run.plan, "status": str(run.status)}
        subject = f"{run.target}: {run.subject}"
        with told():
            async with self._connection.transaction():
                await access.write_audit(self._connection, run.actor, act, subject, None, detail)
                if run.undoes is None:
                    await fixes.take_plan(self._connection, run.plan)

    async def plans(self, limit: int = 50) -> list[KeptPlan]:
        """Return the latest plans."""
        with told():
            return await fixes.plans(self._connection, WantedPlans(fixes.EVER), limit)

    async def begin_run(self, run: FixRun, steps: Json, undo: Json | None) -> FixRun:
        """Keep that a run begins, with its undo. Raises Refused while one of its subject runs."""
        with told():
            return await fixes.begin_run(self._connection, run, steps, undo)

    async def leave_unsure(self, target: str, subject: str) -> None:
        """Mark a subject's run, whose process has died, as unsure; the caller holds its lock."""
        with told():
            await fixes.leave_unsure(self._connection, target, subject)

    async def end_run(self, run: FixRun) -> None:
        """Keep how a run ended; one that undid another marks that one as undone."""
        with told():
            await fixes.end_run(self._connection, run)

    async def find_run(self, id_: str) -> tuple[FixRun, Json | None]:
        """Return a run by its id or the beginning of it, with its undo; raises WrongUsage."""
        with told():
            return await fixes.find_run(self._connection, id_)

    async def cut_off(self, run: str) -> CutOff:
        """Return what a run that was cut off was to do, and whether it had begun to."""
        with told():
            return await fixes.cut_off(self._connection, run)

    async def runs(self, limit: int = 50) -> list[FixRun]:
        """Return the latest runs."""
        with told():
            return await fixes.runs(self._connection, WantedRuns(), limit)

    def journal(self, run: FixRun) -> "RunJournal":
        """Return the journal of a run."""
        return RunJournal(self, run.id)

    async def write_journal(self, run: str, event: str, detail: Json) -> None:
        """Append an entry to a run's journal."""
        with told():
            await fixes.write_journal(self._connection, run, event, detail)

    async def read_journal(self, run: str) -> list[JournalEntry]:
        """Return a run's journal, the oldest entry first."""
        with told():
            return await fixes.read_journal(self._connection, run)

    async def kept(self, schema: str) -> list[str]:
        """Return the names of the tables that hold what was kept."""
        with told():
            rows = await statements.run(self._connection, "kept_tables", schema=schema)
        return [row["name"] for row in rows]


class RunJournal:
    """The journal of one run; implements model.ports.Journal."""

    def __init__(self, tables: Tables, run: str) -> None:
        self._tables = tables
        self._run = run

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        """Append an entry; it is on disk when this returns."""
        await self._tables.write_journal(self._run, event, detail)


def earlier(document: Json, started_at: datetime) -> Earlier:
    """Return what is remembered of an earlier diagnosis, from its `fettle.check/1` document."""
    found = [*document["findings"], *document["accepted"]]
    severities = {finding["key"]: Severity.named(finding["severity"]) for finding in found}
    asked = {entry["check"] for entry in [*found, *document["unknown"]]}
    return Earlier(started_at, severities, frozenset({*asked, *document["clean"]}))
