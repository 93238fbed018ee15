"""Which file of a root an address means."""

import pytest

from fettle.model.root_address import address_of, beside, live_at, page_at, path_of, served_at


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a.css", "shop/a.css"),
        ("../a.css?v=1#x", "a.css"),
        ("/img/a%20b.jpg", "img/a b.jpg"),
        ("../../../etc/passwd", "etc/passwd"),
        ("https://shop.example/a.js", "a.js"),
        ("//shop.example/a.js", "a.js"),
        (" a.css ", "shop/a.css"),
        ("https://elsewhere.example/a.js", None),
        ("data:image/png;base64,AA", None),
        ("mailto:a@b", None),
        ("http://[", None),
        ("/", None),
    ],
)
def test_an_address_in_a_page_means_a_file_or_none(address: str, path: str | None) -> None:
    assert path_of(address, "shop/index.html", "https://shop.example/") == path


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://a.example/", "index.html"),
        ("https://a.example/shop/?a=1", "shop/index.html"),
        ("https://a.example/shop", "shop/index.html"),
        ("https://a.example/about", "about.html"),
        ("https://a.example/gone", None),
    ],
)
def test_a_page_is_found_as_servers_find_it(url: str, page: str | None) -> None:
    paths = frozenset({"index.html", "shop/index.html", "about.html"})

    assert page_at(url, paths) == page


def test_addresses_are_made_of_others() -> None:
    assert beside("a.jpg?v=1#x", ".avif") == "a.jpg.avif?v=1"
    assert address_of("img/a b.jpg", "shop/x/index.html") == "../../img/a%20b.jpg"
    assert served_at("http://127.0.0.1:1/", "https://a.example/b?c=1") == "http://127.0.0.1:1/b?c=1"
    assert live_at("https://a.example/b?c=1", "img/a b.jpg") == "https://a.example/img/a%20b.jpg"
