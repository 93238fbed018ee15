"""The server's application: API, doors, pages, health; composed here."""

import psycopg
from fastapi import FastAPI
from prometheus_client import generate_latest
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import fettle
from fettle.flow import own_store
from fettle.frontends.api import (
    audit,
    heartbeats,
    intake,
    issues,
    moves,
    people,
    problems,
    reports,
    silences,
    triage,
)
from fettle.frontends.api.described import Described
from fettle.frontends.api.doors import Doors
from fettle.frontends.api.observe import Figures, Observed
from fettle.frontends.api.pings import Pings
from fettle.frontends.api.secured import Secured
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import acknowledge, welcome
from fettle.store.store import Store


def make(serving: Serving, store: Store) -> FastAPI:
    """Return the application over an open store."""
    figures = Figures()
    app = Described(
        title="Fettle",
        version=fettle.__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.serving = serving
    app.state.figures = figures
    problems.install(app)
    for part in (issues, moves, reports, silences, people, intake, heartbeats, triage, audit):
        app.include_router(part.router)
    app.router.routes.extend(Doors(serving, figures).routes())
    app.router.routes.extend(Pings(serving, figures).routes())
    _observation(app, serving, store, figures)
    welcome.install(app, store, serving.url)
    acknowledge.install(app, serving)
    app.add_middleware(Secured)
    app.add_middleware(Observed, figures=figures)
    return app


def _observation(app: FastAPI, serving: Serving, store: Store, figures: Figures) -> None:
    async def healthz(_: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        """Say whether the store answers, is migrated, and lives on a server that it watches."""
        try:
            async with serving.pool.connection(timeout=5) as connection:
                await connection.execute("SELECT FROM migration LIMIT 1")
                warnings = await own_store.warnings(connection)
        except (psycopg.Error, PoolTimeout) as error:
            reason = " ".join(str(error).split())
            return JSONResponse({"status": "unavailable", "store": reason}, status_code=503)
        return JSONResponse({"status": "ok", "migration": store.migration, "warnings": warnings})

    async def metrics(_: Request) -> Response:
        """Give the figures of this process, as Prometheus reads them."""
        return Response(generate_latest(figures.registry), media_type="text/plain; version=0.0.4")

    for path, answer in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)
