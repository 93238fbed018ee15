"""What every page promises: no violation of accessibility, no complaint, no sideways scrolling."""

import pytest

from tests.frontends.web.browsing import Visit, violations

HOSTILE = (
    "<img src=x onerror=document.title='hit'>&lt;b&gt;\u202eteg\u202c مرحبا 🧯 " + "w" * 10_000
)
PAGES = (
    "/",
    "/issues",
    "/issues/1",
    "/issues/1/timeline",
    "/issues/999",
    "/parts",
    "/issues?status=nonsense",
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_pages_are_accessible_whatever_stands_in_them(
    visit: Visit, *, phone: bool, dark: bool
) -> None:
    await visit.api.report(HOSTILE, title=HOSTILE[:500], service="shop")
    await visit.api.report("The shop is slow", service="shop")
    for path in PAGES:
        async with visit.open(path, phone=phone, dark=dark) as page:
            assert await violations(page) == [], path
            width, seen = await page.evaluate(
                "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert width <= seen, path
            assert await page.title() != "hit"
    # A browser complains of pages that answer with an error; it is meant to.
    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]
