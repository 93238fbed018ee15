"""The server's application: API, doors, pages, health; composed here."""

from fastapi import FastAPI

import fettle
from fettle.frontends.api import (
    audit,
    deploys,
    fixes,
    heartbeats,
    intake,
    issues,
    moves,
    people,
    problems,
    reports,
    silences,
    triage,
    users,
    work,
)
from fettle.frontends.api.described import Described
from fettle.frontends.api.doors import Doors
from fettle.frontends.api.health import Health
from fettle.frontends.api.observe import Figures, Observed
from fettle.frontends.api.patient import Patient
from fettle.frontends.api.pings import Pings
from fettle.frontends.api.proxied import Proxied
from fettle.frontends.api.secured import Secured
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import acknowledge, elsewhere, invited, login, me, totp, welcome
from fettle.frontends.web import users as users_page
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
    for part in (
        issues,
        moves,
        work,
        reports,
        fixes,
        deploys,
        silences,
        people,
        intake,
        heartbeats,
        triage,
        users,
        audit,
    ):
        app.include_router(part.router)
    app.router.routes.extend(Doors(serving, figures).routes())
    app.router.routes.extend(Pings(serving, figures).routes())
    app.state.health = Health(serving, store, figures)
    app.router.routes.extend(app.state.health.routes())
    welcome.install(app, store, serving.url)
    acknowledge.install(app, serving)
    for page in (login, invited, elsewhere, me, totp, users_page):
        page.install(app)
    app.add_middleware(Patient)
    app.add_middleware(Secured)
    app.add_middleware(Observed, figures=figures)
    app.add_middleware(Proxied, proxies=serving.settings.server.trusted_proxies)
    return app
