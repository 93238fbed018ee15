"""The first page: what runs, and what to do next."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

import fettle
from fettle.frontends.web import admission, answers
from fettle.model.user import Session
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

    async def welcome(_: Request, __: Session) -> Response:
        return answers.page("welcome.html", context)

    admission.page(app, "/", welcome)
