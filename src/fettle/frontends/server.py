"""The server's application: API, doors, pages, health; composed here."""

from collections.abc import Callable, Sequence

from fastapi import FastAPI

from fettle.frontends.api import composed, parts
from fettle.frontends.api.doors import Doors
from fettle.frontends.api.error_doors import ErrorDoors
from fettle.frontends.api.field_doors import FieldDoors
from fettle.frontends.api.health import Health
from fettle.frontends.api.log_doors import LogDoors
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.pings import Pings
from fettle.frontends.api.sentry_releases import SentryReleases
from fettle.frontends.api.sentry_uploads import SentryUploads
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import (
    about,
    acknowledge,
    admission,
    approve,
    assets,
    catalogue,
    databases,
    elsewhere,
    invited,
    login,
    maintenance,
    me,
    oncall,
    overview,
    review,
    status,
    target,
    targets,
    task_run,
    totp,
    update,
    update_run,
)
from fettle.frontends.web import audit as audit_page
from fettle.frontends.web import error as error_page
from fettle.frontends.web import errors as errors_page
from fettle.frontends.web import figures as figures_page
from fettle.frontends.web import fixes as fixes_page
from fettle.frontends.web import intake as intake_page
from fettle.frontends.web import issue as issue_page
from fettle.frontends.web import issues as issues_page
from fettle.frontends.web import known_errors as known_errors_page
from fettle.frontends.web import logs as logs_page
from fettle.frontends.web import optimisation as optimisation_page
from fettle.frontends.web import optimisations as optimisations_page
from fettle.frontends.web import remedies as remedies_page
from fettle.frontends.web import reviews as reviews_page
from fettle.frontends.web import settings as settings_page
from fettle.frontends.web import silences as silences_page
from fettle.frontends.web import triage as triage_page
from fettle.frontends.web import updates as updates_page
from fettle.frontends.web import users as users_page
from fettle.frontends.web.astray import Astray
from fettle.frontends.web.live import Live
from fettle.frontends.web.shell import Pages
from fettle.store.store import Store

# In the order of the navigation.
_PAGES: Sequence[Callable[[Pages], None]] = (
    overview.install,
    issues_page.install,
    issue_page.install,
    errors_page.install,
    error_page.install,
    logs_page.install,
    reviews_page.install,
    review.install,
    targets.install,
    target.install,
    databases.install,
    fixes_page.install,
    known_errors_page.install,
    remedies_page.install,
    oncall.install,
    maintenance.install,
    task_run.install,
    updates_page.install,
    update_run.install,
    update.install,
    silences_page.install,
    figures_page.install,
    intake_page.install,
    optimisations_page.install,
    optimisation_page.install,
    audit_page.install,
    settings_page.install,
    triage_page.install,
    catalogue.install,
    status.install,
)


def make(serving: Serving, store: Store) -> FastAPI:
    """Return the application over an open store."""
    figures = Figures()
    app = composed.bare(serving, figures, Astray)
    # The doors stand first, those of errors before all: a request is held against one route after
    # the other, and to go past all of the API's costs as much as to keep what was sent.
    app.router.routes.extend(ErrorDoors(serving, figures).routes())
    app.router.routes.extend(FieldDoors(serving, figures).routes())
    app.router.routes.extend(LogDoors(serving, figures).routes())
    app.router.routes.extend(Doors(serving, figures).routes())
    app.router.routes.extend(Pings(serving, figures).routes())
    # As they are: what FastAPI includes, it makes anew at the first request, which takes seconds.
    for router in parts.every():
        app.router.routes.extend(router.routes)
    app.router.routes.extend(SentryReleases(serving).routes())
    app.router.routes.extend(SentryUploads(serving).routes())
    app.state.health = Health(serving, store, figures)
    app.router.routes.extend(app.state.health.routes())
    acknowledge.install(app, serving)
    approve.install(app, serving)
    app.router.routes.extend(assets.routes())
    _add_pages(app, serving, store)
    return app


def _add_pages(app: FastAPI, serving: Serving, store: Store) -> None:
    """Add the pages, those of the navigation in its order."""
    pages = Pages(app, serving, admission.admit)
    for install in _PAGES:
        install(pages)
    about.install(pages, store)
    for page in (login, invited, elsewhere, me, totp, users_page):
        page.install(app)
    app.state.pages = pages
    app.state.live = Live(serving, serving.changes, admission.admit)
    app.add_route("/live", app.state.live.stream, include_in_schema=False)
