"""Every page as it is written for the same story: a template that changes is seen in review.

`pytest tests/frontends/web/test_snapshots.py --snapshot-update` keeps them anew.
"""

import re

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import fettle
from fettle.model.role import Role
from tests.demonstration import telling
from tests.demonstration.walk import ALONE, Walk
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in

# What is reached by who has a secret address, or leads elsewhere at once.
NOT_LINKED = {
    "/acknowledge/{token}",
    "/approve/{token}",
    "/fixes/plannings/{planning:uuid}",  # of what somebody let be planned
    "/fixes/runs/{run:uuid}",  # nothing was run: that takes a database
    "/known-errors/{id}/edit",  # of one that people wrote; the form is that of a new one
    "/issues/{number:number}/timeline",  # of one with more than its own page holds
    "/login",  # who is logged in is led away
    "/optimisations/{run}/pictures/{picture:number}",
    "/oidc/callback",
    "/oidc/{provider}/start",
    "/maintenance/runs/{number:number}/report.md",  # of one that has written a report
    "/maintenance/runs/{number:number}/report.pdf",
    "/maintenance/{token}.ics",
    "/oncall/{token}.ics",
    "/welcome/{link}",
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STABLE = (
    (_ID, "ID"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:PLAN"),
    (re.compile(r"<code class=\"soft\">[0-9a-f]{16}</code>"), '<code class="soft">REQUEST</code>'),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00| UTC)"), "TIME"),
    (re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC"), "TIME"),
    (re.compile(r"(?<=<span>)\d{1,2} [A-Z][a-z]{2}( \d{4})?, \d\d:\d\d(?=</span>)"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"(/static/)[^/\"]+/"), r"\1HASH/"),
    (re.compile(r"((?:data-csrf|name=\"(?:csrf|once)\" value|mark)=\"?)[\w.=-]+"), r"\1CSRF"),
    (re.compile(r"[\w-]{40,}"), "TOKEN"),
    (re.compile(rf"{re.escape(fettle.__version__)}(?=<)"), "VERSION"),
    (re.compile(r"((?:PostgreSQL|>version) )[\d.]+"), r"\1N"),
)


class Html(SingleFileSnapshotExtension):
    """A file for each page."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story."""
    return telling.SETTINGS


def stable(name: str, text: str) -> str:
    """Return a page without what differs from one time to the next."""
    for pattern, instead in STABLE:
        text = pattern.sub(instead, text)
    if name != "overview" and "<main" in text:  # what is around a page is looked at once
        text = text[text.index("<main") : text.index("</main>")]
    if name == "settings":  # they have a page of docs that is made from them
        text = text[: text.index("<tr>")]
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _name(path: str) -> str:
    """Return what a page's file is called: an id is another each time."""
    return _ID.sub("ID", path.strip("/").replace("/", "-")) or "overview"


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Give snapshots that are files of their own."""
    return snapshot.use_extension(Html)


async def test_pages_are_written_as_they_were(api: Api, snapshot: SnapshotAssertion) -> None:
    told = await telling.tell(api)
    await telling.keep(api)
    cookie = await let_in(api, "http://fettle", Role.ADMIN)
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers={"cookie": f"fettle={cookie}"}
    ) as browser:
        walk = Walk(api.app, browser)
        await walk.go(f"/issues/{told.new}", "/", *ALONE)
        pages = {path: (await browser.get(path)).text for path in walk.paths}

    named = {_name(path): text for path, text in pages.items()}
    changed = [name for name, text in named.items() if stable(name, text) != snapshot(name=name)]
    assert changed == []
    assert set(walk.missed) - NOT_LINKED == set()
