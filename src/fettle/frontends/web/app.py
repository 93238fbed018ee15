"""The server's application: health, readiness, and the page that says what to do next."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import fettle
from fettle.store.store import Store

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class Welcome:
    """What welcome.html is given: versions, and where the store is."""

    fettle: str
    postgres: str
    migration: int
    data: str | None
    url: str


def make(store: Store, url: str) -> FastAPI:
    """Return the application over an open store; `url` is where people reach it."""
    app = FastAPI(
        title="Fettle", version=fettle.__version__, openapi_url="/api/openapi.json", docs_url=None
    )

    @app.middleware("http")
    async def secured(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        """The store answers, and is migrated."""
        try:
            await store.connection.execute("SELECT FROM migration LIMIT 1")
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            return JSONResponse({"status": "unavailable", "store": reason}, status_code=503)
        return JSONResponse({"status": "ok", "migration": store.migration})

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def welcome() -> HTMLResponse:
        """What runs, and what to do next."""
        version = f"{store.version // 10000}.{store.version % 10000}"
        data = str(store.data) if store.data else None
        context = Welcome(fettle.__version__, version, store.migration, data, url)
        return HTMLResponse(_TEMPLATES.get_template("welcome.html").render(page=context))

    return app
