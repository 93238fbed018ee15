"""How the server is: `/healthz` for who restarts it, `/readyz` for who sends to it, `/metrics`."""

import logging

import psycopg
from prometheus_client import generate_latest
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.flow import own_store
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.frontends.api.stored import ALIVE_WITHIN, StoreFigures
from fettle.store import workers
from fettle.store.store import Store

_PATIENCE_S = 5.0

_log = logging.getLogger(__name__)


class Health:
    """What one server says of itself."""

    def __init__(self, serving: Serving, store: Store, figures: Figures) -> None:
        self._pool = serving.pool
        self._migration = store.migration
        self._figures = figures
        self._stored = StoreFigures(serving.pool, serving.clock)
        self._leaving = False
        self._said: str | None = None
        figures.registry.register(self._stored)

    def leave(self) -> None:
        """Say from now on that the server is about to stop."""
        self._leaving = True

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
        ]

    async def _healthz(self, _: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    async def _readyz(self, _: Request) -> Response:
        """Say whether to send here: the store answers, is migrated, and the server stays.

        A server without a worker takes what comes, and it waits: that is said, and is no reason
        to send elsewhere.
        """
        if self._leaving:
            return JSONResponse({"status": "stopping"}, status_code=503)
        try:
            async with self._pool.connection(timeout=_PATIENCE_S) as connection:
                await connection.execute("SELECT FROM migration LIMIT 1")
                worker = await workers.lives(connection, ALIVE_WITHIN)
                warnings = await own_store.warnings(connection)
        except (psycopg.Error, PoolTimeout) as error:
            self._say(" ".join(str(error).split()))
            said = {"status": "unavailable", "store": "does not answer"}
            return JSONResponse(said, status_code=503)
        self._said = None
        return JSONResponse(
            {
                "status": "ok",
                "store": "ok",
                "migration": self._migration,
                "worker": "alive" if worker else "none",
                "warnings": warnings,
            }
        )

    def _say(self, reason: str) -> None:
        """Log why the store does not answer, once: who balances asks every other second."""
        if reason != self._said:
            _log.warning("not ready: the store does not answer: %s", reason)
        self._said = reason

    async def _metrics(self, _: Request) -> Response:
        """Give the figures of this process and of the store, as Prometheus reads them."""
        await self._stored.look()
        return Response(
            generate_latest(self._figures.registry), media_type="text/plain; version=0.0.4"
        )
