"""What runs, and what to do next."""

from dataclasses import dataclass

from starlette.responses import Response

import fettle
from fettle.frontends.web.shell import Look, Pages
from fettle.store.store import Store


@dataclass(frozen=True)
class AboutPage:
    """What about.html is given: versions, and where the store is."""

    fettle: str
    postgres: str
    migration: int
    data: str | None
    url: str


def install(pages: Pages, store: Store) -> None:
    """Add the page."""
    version = f"{store.version // 10000}.{store.version % 10000}"
    data = str(store.data) if store.data else None
    page = AboutPage(fettle.__version__, version, store.migration, data, pages.serving.url)

    async def show(look: Look) -> Response:
        return look.page("about.html", page, "About Fettle")

    pages.add("/about", show)
