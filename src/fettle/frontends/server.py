"""The server's application: API, doors, pages, health; composed here."""

from fastapi import FastAPI

import fettle
from fettle.frontends.api import (
    actions,
    audit,
    deploys,
    filters,
    fixes,
    heartbeats,
    intake,
    issues,
    moves,
    people,
    problems,
    reports,
    reviews,
    silences,
    triage,
    users,
    work,
)
from fettle.frontends.api import figures as figures_api
from fettle.frontends.api.answered import Answered
from fettle.frontends.api.described import Described
from fettle.frontends.api.doors import Doors
from fettle.frontends.api.health import Health
from fettle.frontends.api.observe import Figures, Observed
from fettle.frontends.api.patient import Patient
from fettle.frontends.api.pings import Pings
from fettle.frontends.api.proxied import Proxied
from fettle.frontends.api.secured import Secured
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import (
    about,
    acknowledge,
    admission,
    assets,
    catalogue,
    databases,
    elsewhere,
    invited,
    login,
    me,
    oncall,
    overview,
    review,
    status,
    totp,
)
from fettle.frontends.web import audit as audit_page
from fettle.frontends.web import figures as figures_page
from fettle.frontends.web import fixes as fixes_page
from fettle.frontends.web import intake as intake_page
from fettle.frontends.web import issue as issue_page
from fettle.frontends.web import issues as issues_page
from fettle.frontends.web import reviews as reviews_page
from fettle.frontends.web import settings as settings_page
from fettle.frontends.web import silences as silences_page
from fettle.frontends.web import triage as triage_page
from fettle.frontends.web import users as users_page
from fettle.frontends.web.live import Live
from fettle.frontends.web.shell import Pages
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
        redirect_slashes=False,  # it would lead to whatever the caller's Host says
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
        filters,
        deploys,
        silences,
        people,
        intake,
        heartbeats,
        triage,
        reviews,
        actions,
        figures_api,
        users,
        audit,
    ):
        app.include_router(part.router)
    app.router.routes.extend(Doors(serving, figures).routes())
    app.router.routes.extend(Pings(serving, figures).routes())
    app.state.health = Health(serving, store, figures)
    app.router.routes.extend(app.state.health.routes())
    acknowledge.install(app, serving)
    app.router.routes.extend(assets.routes())
    _add_pages(app, serving, store)
    app.add_middleware(Patient)
    app.add_middleware(Answered)
    app.add_middleware(Secured)
    app.add_middleware(Observed, figures=figures)
    app.add_middleware(Proxied, proxies=serving.settings.server.trusted_proxies)
    return app


def _add_pages(app: FastAPI, serving: Serving, store: Store) -> None:
    """Add the pages, those of the navigation in its order."""
    pages = Pages(app, serving, admission.admit)
    for page in (overview, issues_page, issue_page, reviews_page, review, databases, fixes_page):
        page.install(pages)
    for page in (oncall, silences_page, figures_page, intake_page, audit_page, settings_page):
        page.install(pages)
    for page in (triage_page, catalogue, status):
        page.install(pages)
    about.install(pages, store)
    for page in (login, invited, elsewhere, me, totp, users_page):
        page.install(app)
    app.state.pages = pages
    app.state.live = Live(serving, serving.changes, admission.admit)
    app.add_route("/live", app.state.live.stream, include_in_schema=False)
