"""The settings are found by words: of their names, their values, and what they do."""

from fettle.model.role import Role
from tests.frontends.web.site import Site

FOUND = {
    "shortest PASSWORD": "log_in.shortest_password",
    "links in notifications": "server.public_url",
    "no such words": "No setting has all these words.",
}


async def test_a_setting_is_found_by_words(site: Site) -> None:
    root = await site.user("root", Role.ADMIN)
    pages = {words: (await root.get(f"/settings?q={words}")).text for words in FOUND}

    shown = {words: [one for one in FOUND.values() if one in page] for words, page in pages.items()}
    assert shown == {words: [one] for words, one in FOUND.items()}
