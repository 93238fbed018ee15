"""What every page promises, whatever stands in it: for eyes, for readers, and on a phone.

The pages are found by their links, so that a new one is looked at by itself.
"""

import re

import pytest

from tests.demonstration import hostile, telling
from tests.demonstration.walk import ALONE, Walk
from tests.frontends.web.browsing import Visit, violations

WRONG = ("/issues/999", "/issues?status=nonsense", "/triage?days=x")
BAD = re.compile(r"<(?:img src=x|script>|/bdi><b>)|[\u202a-\u202e\u2066-\u2069\0\x1b]")
# What somebody writes on stays as they wrote it; its direction ends with it.
TYPED = re.compile(r"<textarea[^>]*>.*?</textarea>|<input[^>]*>", re.DOTALL)
# What else is wrong is so on every screen.
OF_SIGHT = ("color-contrast", "target-size", "scrollable-region-focusable", "meta-viewport")
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story."""
    return telling.SETTINGS


async def walked(visit: Visit) -> list[str]:
    """Let something bad stand in every text that reaches a page; return every page."""
    await hostile.tell(visit.api)
    async with await visit.client() as client:
        walk = Walk(visit.api.app, client)
        await walk.go("/issues/1", "/", *ALONE)
        return [*walk.paths, *WRONG]


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)], ids=["desk", "phone"])
async def test_pages_are_accessible_whatever_stands_in_them(
    visit: Visit, *, phone: bool, dark: bool
) -> None:
    context = await visit.context(phone=phone, dark=dark)
    page = await context.new_page()
    found = []
    for path in await walked(visit):
        await page.goto(visit.url + path)
        rules = OF_SIGHT if phone else None
        found += [f"{path}: {one}" for one in await violations(page, rules)]
        width, seen = await page.evaluate(WIDTHS)
        if width > seen:
            found.append(f"{path}: is {width} wide, of {seen}")
        assert await page.title() != "hit"
    await context.close()
    # A browser complains of pages that answer with an error; it is meant to.
    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]
    assert found == [], "\n".join(found)


async def test_nothing_from_outside_is_markup_or_turns_what_stands_beside_it(visit: Visit) -> None:
    paths = await walked(visit)
    found = []
    async with await visit.client() as client:
        for path in paths:
            whole = (await client.get(path)).text
            text = TYPED.sub("", whole)
            found += [
                f"{path}: {text[max(0, one.start() - 330) : one.end() + 20]!r}"
                for one in BAD.finditer(text)
            ]
            if len(whole) > 500_000:
                found.append(f"{path}: has {len(whole)} characters")
    assert found == [], "\n".join(found)
