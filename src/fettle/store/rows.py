"""Fettle's own tables: what is kept, and how it is found again. SQL stands in queries/."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from fettle.errors import Refused, WrongUsage
from fettle.model.diagnosis import Earlier
from fettle.model.fix import FixRun, JournalEntry, RunStatus
from fettle.model.severity import Severity
from fettle.store.failures import failed

Json = Mapping[str, Any]
Connection = psycopg.AsyncConnection[Any]

_QUERIES = Path(__file__).with_name("queries")
_SHORTEST_ID = 6


class Tables:
    """The tables of one store, over one connection; each call is committed when it returns.

    Each raises StoreError when the store cannot be read or written.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save_diagnosis(self, document: Json) -> None:
        """Keep a `fettle.check/1` document."""
        await self._run(
            "save_diagnosis",
            target=document["target"],
            started_at=document["started_at"],
            document=_json(document),
        )

    async def last_diagnosis(self, target: str) -> Earlier | None:
        """Return what was saved last of a target, or None."""
        rows = await self._run("last_diagnosis", target=target)
        if not rows:
            return None
        document = rows[0]["document"]
        found = [*document["findings"], *document["accepted"]]
        severities = {finding["key"]: Severity.named(finding["severity"]) for finding in found}
        asked = {entry["check"] for entry in [*found, *document["unknown"]]}
        return Earlier(rows[0]["started_at"], severities, frozenset({*asked, *document["clean"]}))

    async def save_plan(self, document: Json, actor: str) -> None:
        """Keep a `fettle.plan/1` document."""
        await self._run(
            "save_plan",
            id=document["plan"],
            fix=document["fix"],
            target=document["target"],
            subject=document["subject"],
            created_by=actor,
            document=_json(document),
        )

    async def find_plan(self, id_: str) -> Json:
        """Return a plan's document by its id or the beginning of it; raises WrongUsage."""
        prefix = id_ if id_.startswith("sha256:") else f"sha256:{id_}"
        row = await self._only("find_plans", "plan", id_, prefix)
        document: Json = row["document"]
        return document

    async def plans(self, limit: int = 50) -> list[dict[str, Any]]:
        """Return the latest plans: document, created_at, created_by."""
        return await self._run("list_plans", limit=limit)

    async def begin_run(self, run: FixRun, undo: Json | None) -> FixRun:
        """Keep that a run begins, with its undo. Raises Refused while one of its subject runs."""
        rows = await self._run(
            "begin_fix_run",
            plan=run.plan,
            unit=run.fix,
            target=run.target,
            subject=run.subject,
            actor=run.actor,
            undoes=run.undoes,
            undo=_json(undo) if undo is not None else None,
        )
        if not rows:
            raise Refused(f"another run is at work on {run.subject}", remedy="fettle fix list")
        return run.begun(rows[0]["id"], rows[0]["started_at"])

    async def leave_unsure(self, target: str, subject: str) -> None:
        """Mark a subject's run, whose process has died, as unsure; the caller holds its lock."""
        await self._run("leave_unsure", target=target, subject=subject)

    async def end_run(self, run: FixRun) -> None:
        """Keep how a run ended; one that undid another marks that one as undone."""
        await self._run(
            "end_fix_run",
            id=run.id,
            status=str(run.status),
            verified=run.verified,
            reason=run.reason,
            finished_at=run.finished_at,
        )
        if run.undoes and run.status is RunStatus.DONE:
            await self._run("mark_undone", id=run.undoes)

    async def find_run(self, id_: str) -> tuple[FixRun, Json | None]:
        """Return a run by its id or the beginning of it, with its undo; raises WrongUsage."""
        row = dict(await self._only("find_fix_runs", "run", id_, id_.lower()))
        undo = row.pop("undo")
        return _fix_run(row), undo

    async def runs(self, limit: int = 50) -> list[FixRun]:
        """Return the latest runs."""
        rows = await self._run("list_fix_runs", limit=limit)
        return [_fix_run({k: v for k, v in row.items() if k != "undo"}) for row in rows]

    def journal(self, run: FixRun) -> "RunJournal":
        """Return the journal of a run."""
        return RunJournal(self, run.id)

    async def write_journal(self, run: str, event: str, detail: Json) -> None:
        """Append an entry to a run's journal."""
        await self._run("write_journal", run=run, event=event, detail=_json(detail))

    async def read_journal(self, run: str) -> list[JournalEntry]:
        """Return a run's journal, the oldest entry first."""
        rows = await self._run("read_journal", run=run)
        return [JournalEntry(row["at"], row["event"], row["detail"]) for row in rows]

    async def kept(self, schema: str) -> list[str]:
        """Return the names of the tables that hold what was kept."""
        return [row["name"] for row in await self._run("kept_tables", schema=schema)]

    async def _only(self, query: str, noun: str, given: str, prefix: str) -> Json:
        long_enough = len(prefix.removeprefix("sha256:")) >= _SHORTEST_ID
        rows = await self._run(query, prefix=prefix) if long_enough else []
        if len(rows) == 1:
            return rows[0]
        why = f"there is no {noun} {given}" if not rows else f"several {noun}s begin with {given}"
        raise WrongUsage(why, remedy="fettle fix list shows the latest")

    async def _run(self, query: str, **values: object) -> list[dict[str, Any]]:
        try:
            async with self._connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(_sql(query).encode(), values)
                return await cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise failed(error, "the store cannot be read or written") from error


class RunJournal:
    """The journal of one run; implements model.ports.Journal."""

    def __init__(self, tables: Tables, run: str) -> None:
        self._tables = tables
        self._run = run

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        """Append an entry; it is on disk when this returns."""
        await self._tables.write_journal(self._run, event, detail)


@cache
def _sql(name: str) -> str:
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _json(document: Json) -> Jsonb:
    return Jsonb(_storable(document))


def _storable(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON without what a jsonb cannot hold: NUL characters and lone surrogates."""
    if isinstance(value, str):
        return re.sub("[\0\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value


def _fix_run(row: dict[str, Any]) -> FixRun:
    return FixRun(**{**row, "status": RunStatus(row["status"])})
