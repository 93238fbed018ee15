"""Nothing moves on a page while it comes: neither by its scripts, nor by what they bring."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Page

from fettle.demonstration import story
from fettle.model.role import Role
from tests.demonstration import telling
from tests.demonstration.walk import ALONE, Walk
from tests.frontends.web.browsing import Visit

MOST = 0.02
MOVED = """
() => new Promise((done) => {
  let sum = 0;
  const moved = [];
  new PerformanceObserver((list) => list.getEntries().forEach((shift) => {
    if (shift.hadRecentInput) return;
    sum += shift.value;
    const said = ({ node }) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 120);
    moved.push(...shift.sources.map(said));
  })).observe({ type: "layout-shift", buffered: true });
  // What scripts bring has come when the stream says that it is live.
  const known = () => (document.querySelector("#stream:not(.known)")
    ? setTimeout(known, 20)
    : requestAnimationFrame(() => setTimeout(() => done({ sum, moved }), 50)));
  known();
})
"""


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story."""
    return telling.SETTINGS


async def told(visit: Visit) -> list[str]:
    """Let the story end now; return every page."""
    visit.api.clock.moment = datetime.now(UTC) - story.LASTS
    known = await telling.tell(visit.api)
    await telling.keep(visit.api)
    for number in range(60):
        await visit.api.act(known.fixing, "note", text=f"Shard {number} of 60 is done.")
    visit.role = Role.ADMIN
    async with await visit.client() as client:
        walk = Walk(visit.api.app, client)
        await walk.go(f"/issues/{known.fixing}", "/", *ALONE)
        return [*walk.paths, f"/issues/{known.new}", "/nowhere"]


async def moved(page: Page, url: str) -> str | None:
    """Look at a page; return what moved on it, if it was more than a little."""
    await page.goto(url)
    found = await page.evaluate(MOVED)
    return f"{url}: {found['sum']:.3f} {found['moved']}" if found["sum"] > MOST else None


@pytest.mark.parametrize(
    ("phone", "dark", "zone"),
    [
        pytest.param(False, False, "UTC", marks=pytest.mark.soak, id="desk"),
        pytest.param(True, True, "Asia/Kolkata", id="phone-elsewhere"),
    ],
)
async def test_nothing_moves_while_a_page_comes(
    visit: Visit, *, phone: bool, dark: bool, zone: str
) -> None:
    paths = await told(visit)
    context = await visit.context(phone=phone, dark=dark, zone=zone)
    page = await context.new_page()
    found = [await moved(page, visit.url + path) for path in paths]
    await context.close()

    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]
    assert [one for one in found if one] == []
