"""A browser's SDK sends errors of a shop's page, whose source maps come later.

All of it is as a team has it: @sentry/browser in a bundle of esbuild's, shown by a server of the
shop's own, in Chromium; and sentry-cli, which uploads the maps.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.frontends.api import npm
from tests.frontends.api.sending_errors import a_sender, counted, digested, errors, shown
from tests.frontends.api.test_read_again import read
from tests.frontends.web.browsing import Visit

_PAGE = '<!doctype html><title>Shop</title><button>Buy</button><script src="app.js"></script>'


class Quiet(SimpleHTTPRequestHandler):
    """Shows the files of a folder."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def shown_by_a_server(folder: Path) -> Iterator[str]:
    """Serve a folder; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def build(folder: Path) -> None:
    """Build the shop, minified, and let sentry-cli write into it which map is of which file."""
    esbuild, options = npm.program("esbuild/bin/esbuild"), ("--bundle", "--minify", "--sourcemap")
    await npm.said(
        npm.node(), esbuild, npm.beside("shop.js"), *options, f"--outfile={folder}/app.js"
    )
    await npm.said(npm.sentry_cli(), "sourcemaps", "inject", str(folder))
    (folder / "index.html").write_text(_PAGE)


async def bought(visit: Visit, address: str) -> None:
    """Buy something in the shop, and wait until its SDK has sent what came of that."""
    context = await visit.browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(address)
        await page.get_by_role("button").click()
        assert await page.evaluate("flushed()")
    finally:
        await context.close()


async def upload(visit: Visit, folder: Path) -> None:
    """Upload the source maps of the shop, as a pipeline does that comes late, and read them."""
    token = visit.api.responder.headers["Authorization"].removeprefix("Bearer ")
    where = {"SENTRY_URL": visit.url, "SENTRY_AUTH_TOKEN": token}
    where |= {"SENTRY_ORG": "any", "SENTRY_PROJECT": "shop"}
    await npm.said(npm.sentry_cli(), "sourcemaps", "upload", str(folder), environ=where)
    await read(visit.api)


async def test_errors_of_a_page_reach_their_bug_before_and_after_their_source_maps(
    visit: Visit, tmp_path: Path
) -> None:
    api, dist = visit.api, tmp_path / "dist"
    sender = await a_sender(api)
    await build(dist)
    with shown_by_a_server(dist) as shop:
        dsn = f"http://{sender.key}@{visit.url.removeprefix('http://')}/{sender.project}"
        await bought(visit, f"{shop}?dsn={dsn}")
        await bought(visit, f"{shop}?dsn={dsn}&asks")
        await digested(api)
        (minified,) = await errors(api)
        await upload(visit, dist)
        await bought(visit, f"{shop}?dsn={dsn}")
        await digested(api)

    title = "TypeError: Cannot read properties of undefined (reading 'reduce')"
    assert (minified["title"], minified["culprit"], minified["events"]) == (title, "app.js", 2)
    (error,) = await errors(api)
    assert (error["id"], error["events"], error["users"]) == (minified["id"], 3, 1)
    assert error["culprit"] == "sdks/shop.js:amountOf"
    whole = await shown(api, error["id"])
    path = f"/api/v1/errors/{error['id']}/events/{whole['latest'][0]['id']}"
    event = (await api.viewer.get(path)).json()["event"]
    frames = event["raised"][0]["frames"]
    assert [frame["function"] for frame in frames[-2:]] == ["buy", "amountOf"]
    assert "cart.items.reduce" in frames[-1]["context"]
    assert (event["release"], event["environment"]) == ("shop@2.1.0", "production")
    assert [crumb["category"] for crumb in event["crumbs"]] == ["ui.click"]
    assert (await counted(api))["ignored"].keys() == {"session: no error"}
