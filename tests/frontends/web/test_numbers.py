"""A number in an address or a form that none of ours can be is refused, and no bug."""

import pytest

from fettle.frontends.web import numbers
from fettle.model.role import Role
from tests.frontends.web.site import Site

NONE = ("9" * 19, "9" * 5000, "\u0663", "-1", "1.0", "0x1", " 1", "1\n")
PAGES = (
    "/audit?cursor={}",
    "/databases/main-db?look={}",
    "/issues/1/review?version={}",
    "/issues/1/timeline?cursor={}",
    "/issues/{}",
    "/issues/{}/review",
    "/triage?days={}",
)
FORMS = (
    ("/intake/replay", "id"),
    ("/issues/1/merge", "into"),
    ("/issues/1/review/write", "version"),
    ("/issues/1/step", "step"),
    ("/issues/1/assign", "version"),
)


def test_what_is_no_number_of_ours_is_none() -> None:
    assert [text for text in (*NONE, "") if numbers.read(text) is not None] == []


@pytest.mark.parametrize("number", [0, 1, 2**53, 10**18 - 1])
def test_a_number_is_read_as_it_is_written(number: int) -> None:
    assert numbers.read(str(number)) == number


async def test_no_number_makes_a_page_fail(site: Site) -> None:
    root = await site.user("root", Role.ADMIN)
    asked = [page.format(text) for page in PAGES for text in ("0", "9" * 18, *NONE[:4])]
    found = {path: (await root.get(path)).status_code for path in asked}

    assert {path[:40]: status for path, status in found.items() if status >= 500} == {}
    assert {status for path, status in found.items() if "9" * 19 in path} <= {400, 404}


async def test_no_number_makes_a_form_fail(site: Site) -> None:
    root = await site.user("root", Role.ADMIN)
    found = {}
    for path, name in FORMS:
        for text in ("9" * 18, *NONE[:4]):
            await root.get("/about")
            answer = await root.send(path, {name: text, "section": "summary"})
            found[path, text[:20]] = answer.status_code

    assert {one: status for one, status in found.items() if status >= 500} == {}
