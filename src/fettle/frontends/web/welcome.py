"""The first page: what runs, and what to do next."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.requests import Request

import fettle
from fettle.frontends.web.templates import render
from fettle.store.store import Store


@dataclass(frozen=True)
class Welcome:
    """What welcome.html is given: versions, and where the store is."""

    fettle: str
    postgres: str
    migration: int
    data: str | None
    url: str


def install(app: FastAPI, store: Store, url: str) -> None:
    """Add the page to the application; `url` is where people reach it."""
    version = f"{store.version // 10000}.{store.version % 10000}"
    data = str(store.data) if store.data else None
    context = Welcome(fettle.__version__, version, store.migration, data, url)

    async def welcome(_: Request) -> HTMLResponse:
        return HTMLResponse(render("welcome.html", context))

    app.add_route("/", welcome, methods=["GET", "HEAD"], include_in_schema=False)
