"""The application around the API's parts: with all of them, or with those that are asked for."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

import fettle
from fettle.frontends.api import parts, problems
from fettle.frontends.api.answered import Answered
from fettle.frontends.api.described import Described
from fettle.frontends.api.observe import Figures, Observed
from fettle.frontends.api.patient import Patient
from fettle.frontends.api.proxied import Proxied
from fettle.frontends.api.secured import Secured
from fettle.frontends.api.serving import Serving


def bare(serving: Serving, figures: Figures, *saying: Callable[[ASGIApp], ASGIApp]) -> FastAPI:
    """Return the application without a route; what is `saying` says problems in its own way."""
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
    app.add_middleware(Patient)
    app.add_middleware(Answered)
    for say in saying:
        app.add_middleware(say)
    app.add_middleware(Secured)
    app.add_middleware(Observed, figures=figures)
    app.add_middleware(Proxied, proxies=serving.settings.server.trusted_proxies)
    return app


class AsAsked:
    """The API for who asks a few things of it: to make all of its routes takes a second.

    It answers as the server does: the parts that a path may be one of are added one after the
    other, in the server's order, until one has it.
    """

    def __init__(self, serving: Serving) -> None:
        self._app = bare(serving, Figures())
        self._added: list[APIRouter] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        for router in parts.about(scope["path"]):
            if router not in self._added:
                self._added.append(router)
                self._app.router.routes.extend(router.routes)
            if any(route.matches(scope)[0] is Match.FULL for route in router.routes):
                break
        await self._app(scope, receive, send)
