"""What wakes workers: Procrastinate, in a schema of its own; nothing else in Fettle knows of it.

A job says no more than "look at run N". It is lost without harm, since workers look for runs that
were overlooked; it comes twice without harm, since only one can take the run. So no lock, retry or
status of its is relied upon, and the whole schema can be dropped and made anew.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from psycopg import sql

from fettle.errors import StoreError, StoreTooNew
from fettle.store.pool import Pool
from fettle.store.runs import Queued
from fettle.store.store import QUEUE_SCHEMA, Connection

Look = Callable[[UUID], Awaitable[None]]

_LOCK = 847001  # the advisory lock's number; store.migrate has the one before it
_ANYWHERE = "any"
_JOB = "look_at_run"
_LOOK = "look"
_log = logging.getLogger(__name__)


class Queue:
    """The jobs that wake workers, over the connections of one process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._job = self._app.task(name=_JOB, pass_context=True)(_called)

    async def tell(self, connection: Connection, queued: Queued) -> None:
        """Let a worker look at a run, once the connection's transaction commits."""
        await self._app.open_async(self._pool)
        job = self._job.configure(
            queue=_queue(queued.label), queueing_lock=str(queued.run), connection=connection
        )
        try:
            async with connection.transaction():  # a job that is there already spoils nothing
                await job.defer_async(run=str(queued.run))
        except AlreadyEnqueued:
            pass
        except ConnectorException as error:
            raise _cause(error) from error

    async def serve(
        self, look: Look, labels: Sequence[str], concurrency: int, beat: timedelta, stale: timedelta
    ) -> None:
        """Look at the runs that one is told of, until this is cancelled or the queue fails.

        It ends, returning or raising, when the store goes away, or a worker's row of its own; what
        was being looked at is cancelled then. Call it again.
        """
        await self._app.open_async(self._pool)
        await self._app.run_worker_async(
            additional_context={_LOOK: look},
            queues=[_ANYWHERE, *(_queue(label) for label in labels)],
            concurrency=concurrency,
            install_signal_handlers=False,
            delete_jobs="always",
            shutdown_graceful_timeout=0,
            fetch_job_polling_interval=5,
            update_heartbeat_interval=beat.total_seconds(),
            stalled_worker_timeout=stale.total_seconds(),
        )

    async def clear(self, stale: timedelta) -> None:
        """Remove the jobs of workers that show no life; their runs are told of anew."""
        await self._app.open_async(self._pool)
        jobs = self._app.job_manager
        try:
            for job in await jobs.get_stalled_jobs(
                seconds_since_heartbeat=int(stale.total_seconds())
            ):
                if job.id is not None:
                    await jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        except ConnectorException as error:
            cause = _cause(error)
            if not isinstance(cause, psycopg.errors.RaiseException):  # another one has removed it
                raise cause from error


async def _called(context: JobContext, run: str) -> None:
    look: Look = context.additional_context[_LOOK]
    await look(UUID(run))


def _queue(label: str | None) -> str:
    return _ANYWHERE if label is None else f"on:{label}"


def _cause(error: BaseException) -> Exception:
    """Return the driver's error that the package wraps."""
    cause = error.__cause__
    return cause if isinstance(cause, psycopg.Error) else psycopg.OperationalError(str(error))


# Its schema


async def prepare(connection: Connection, schema: str = QUEUE_SCHEMA) -> None:
    """Make the queue's schema, or bring it up to the installed package. Forward only.

    A new one is the package's schema as a whole; from then on its migrations, each in a transaction
    of its own (a new value of an enum type can be used only after it was committed). Which were
    applied is kept beside them. Safe when two processes start at once. Raises StoreError.
    """
    try:
        await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            await _bring_up(connection, schema, _migrations())
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the engine's queue cannot be made: {error.diag.message_primary}",
            remedy=f"CREATE SCHEMA {schema} AUTHORIZATION the role, or GRANT CREATE ON DATABASE "
            "to it",
        ) from error


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


async def _bring_up(connection: Connection, schema: str, files: Sequence[Path]) -> None:
    if (applied := await _applied(connection, schema)) is None:
        await _make(connection, schema, files)
        return
    if unknown := sorted(applied - {file.name for file in files}):
        raise StoreTooNew(
            f"the engine's queue has {unknown[-1]}, which this Fettle does not know",
            remedy="start the newer Fettle; or, when no other is at work, DROP SCHEMA "
            f"{schema} CASCADE: it is made anew, and no run is lost",
        )
    for file in files:
        if file.name not in applied:
            async with connection.transaction():
                await _step_into(connection, schema)
                await connection.execute(file.read_bytes())
                await _record(connection, [file])
            _log.info("applied %s to the engine's queue", file.name)


async def _make(connection: Connection, schema: str, files: Sequence[Path]) -> None:
    async with connection.transaction():
        found = await connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,))
        if await found.fetchone() is None:
            await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        await _step_into(connection, schema)
        await connection.execute(SchemaManager.get_schema().encode())
        await connection.execute(
            "CREATE TABLE applied (name text PRIMARY KEY, sha256 text NOT NULL,"
            " at timestamptz NOT NULL DEFAULT now())"
        )
        await connection.execute("COMMENT ON TABLE applied IS 'The queue package''s migrations'")
        await _record(connection, files)


async def _step_into(connection: Connection, schema: str) -> None:
    await connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))


async def _applied(connection: Connection, schema: str) -> set[str] | None:
    table = sql.Identifier(schema, "applied")
    found = await connection.execute("SELECT to_regclass(%s)", (table.as_string(connection),))
    row = await found.fetchone()
    if row is None or row[0] is None:
        return None
    rows = await connection.execute(sql.SQL("SELECT name FROM {}").format(table))
    return {name for (name,) in await rows.fetchall()}


async def _record(connection: Connection, files: Iterable[Path]) -> None:
    rows: list[tuple[Any, ...]] = [
        (file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany("INSERT INTO applied (name, sha256) VALUES (%s, %s)", rows)
