"""How moments are said on pages: by the server, and by a browser the same way."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.frontends.web import passing
from tests.frontends.web.browsing import Visit

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
SAID = [
    (timedelta(), "just now"),
    (timedelta(seconds=59), "just now"),
    (timedelta(seconds=60), "1 min ago"),
    (timedelta(minutes=59, seconds=59), "59 min ago"),
    (timedelta(hours=1), "1 h ago"),
    (timedelta(hours=47, minutes=59), "47 h ago"),
    (timedelta(days=2), "31 Dec 2025, 12:00"),
    (timedelta(seconds=-1), "now"),
    (timedelta(minutes=-5), "in 5 min"),
    (timedelta(hours=-47), "in 47 h"),
    (timedelta(days=-8), "10 Jan, 12:00"),
]


def written(ago: timedelta) -> str:
    return (NOW - ago).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(("ago", "said"), SAID)
def test_a_moment_is_said_by_how_far_it_is(ago: timedelta, said: str) -> None:
    assert passing.moment(written(ago), NOW) == said


def test_until_when_something_lasts_is_said_by_the_calendar() -> None:
    assert passing.calendar(written(timedelta(hours=-3)), NOW) == "2 Jan, 15:00"


async def test_a_browser_says_moments_as_the_server_does_whatever_its_clock_shows(
    visit: Visit,
) -> None:
    context = await visit.context(zone="UTC")
    page = await context.new_page()
    await page.clock.set_fixed_time("2031-07-01T03:04:05Z")  # the server's shows another year
    await page.goto(f"{visit.url}/parts")
    now = visit.api.clock.now()
    at = [(now - ago).isoformat() for ago, _ in SAID]
    texts = await page.evaluate(
        """async (moments) => {
          const [given] = document.getElementsByClassName("moment");
          const made = moments.map((at) => Object.assign(given.cloneNode(true), { dateTime: at }));
          document.querySelector("#live").append(...made);
          await new Promise(requestAnimationFrame);
          return made.map((one) => one.textContent);
        }""",
        at,
    )
    await context.close()

    assert texts == [passing.moment(moment, now) for moment in at]


async def test_without_scripts_and_on_paper_a_moment_is_said_exactly(visit: Visit) -> None:
    shown = """() => getComputedStyle(document.querySelector(".moment"), "::after").content"""
    hidden = """() => getComputedStyle(document.querySelector(".moment > span")).display"""
    async with visit.open("/parts", scripts=False) as page:
        title = await page.locator(".moment").first.get_attribute("title")
        assert title is not None
        assert title.endswith(" UTC")
    async with visit.open("/parts") as page:
        await page.emulate_media(media="print")
        assert await page.evaluate(shown) == f'"{title}"'
        assert await page.evaluate(hidden) == "none"
