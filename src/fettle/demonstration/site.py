"""A demonstration from its beginning to its end: made, told, worked on, and thrown away.

Nothing of the environment, of a fettle.toml or of a store that is there already reaches it: the
application is wired anew, with settings of its own, over a folder of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from fettle import unit
from fettle.demonstration import entrance, folder, past, shop, sink, story, work
from fettle.demonstration.clock import ToldClock
from fettle.demonstration.shop import Shop
from fettle.demonstration.teller import Teller
from fettle.flow import watch
from fettle.frontends import server
from fettle.frontends.api.serving import Serving
from fettle.frontends.application import Application, Shown
from fettle.frontends.web.templates import compile_all
from fettle.model.looking import StoreSettings
from fettle.model.ports import Clock
from fettle.settings import Settings
from fettle.store import servers

SETTINGS = story.SETTINGS + Path(__file__).with_name("shop.toml").read_text(encoding="utf-8")
_RUNS_AT_ONCE = 4
# Those that are asked whether they answer; in here the sink answers for all of them.
_ASKED = {
    "shop": "SERVICE__SHOP",
    "search": "SERVICE__SEARCH",
    "payments": "DEPENDENCY__PAYMENTS",
}

Wire = Callable[[Mapping[str, str], Clock], Application]
ResultT = TypeVar("ResultT")


@asynccontextmanager
async def opened(wire: Wire, url: str, hurry: asyncio.Event) -> AsyncIterator[Shown]:
    """Have a demonstration, at an address; `hurry` lets its work end at once.

    Raises StoreError where its store cannot be made.
    """
    clock = ToldClock(datetime.now(UTC) - past.LASTS - story.LASTS)
    async with AsyncExitStack() as stack:
        data = stack.enter_context(folder.made())
        imported = await stack.enter_async_context(_beside(_imported))
        made = await (await stack.enter_async_context(_beside(lambda: shop.prepared(data))))
        port = await stack.enter_async_context(sink.listening())
        application = wire(_environ(made, port), clock)
        settings = _settings(application, data)
        store = await stack.enter_async_context(application.store(settings))
        planted = await stack.enter_async_context(_beside(made.plant))
        serving = await stack.enter_async_context(application.serving(settings, store, url))
        teller = Teller(server.make(serving, store), serving, clock)
        await past.tell(teller)
        told = await story.tell(teller)
        await teller.date_back()
        clock.go()
        await planted
        await imported
        await stack.enter_async_context(made.at_work())
        await stack.enter_async_context(_at_work(application, serving, hurry))
        await work.done(teller, told)
        yield Shown(teller.app, await entrance.add(teller.app, serving), told.new)


@asynccontextmanager
async def _at_work(
    application: Application, serving: Serving, hurry: asyncio.Event
) -> AsyncIterator[None]:
    """Have a worker, and the checks that are made by themselves.

    Nothing else that a server sees to: nobody outside is told that this one lives, and that its
    store stands on the server that it watches is meant to be so.
    """
    async with serving.pool.connection() as connection:
        await servers.started(connection, serving.url, serving.clock.now())
        await watch.prepare(connection, serving.settings, serving.clock)
    async with application.working(serving, (), _RUNS_AT_ONCE, hurry):
        yield


@asynccontextmanager
async def _beside(act: Callable[[], ResultT]) -> AsyncIterator["asyncio.Future[ResultT]"]:
    """Do something in a thread, which cannot be cancelled: it is waited for at the end."""
    doing = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        yield asyncio.shield(doing)
    finally:
        await asyncio.wait([doing])


def _imported() -> None:
    """Import and compile what the first look at a page and at the database need."""
    unit.checks()
    unit.fixes()
    compile_all()


def _environ(made: Shop, port: int) -> dict[str, str]:
    """Return all that the demonstration's application has of an environment."""
    told = {
        f"FETTLE_RECEIVER__{name}__URL": f"json://127.0.0.1:{port}/{name.lower()}"
        for name in ("PAGER", "CHAT")
    }
    asked = {
        f"FETTLE_{variable}__URL": f"http://127.0.0.1:{port}/{name}"
        for name, variable in _ASKED.items()
    }
    return {**made.variables, **told, **asked}


def _settings(application: Application, data: Path) -> Settings:
    file = data / "fettle.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return application.settings(file).changed(store=StoreSettings(data=data))
