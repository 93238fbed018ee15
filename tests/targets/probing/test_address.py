"""Addresses as requests need them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import WrongUsage
from fettle.targets.probing import address


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "authority"),
    [
        ("https://shop.example", "shop.example", 443, "/", "shop.example"),
        ("http://Shop.Example.:80/", "shop.example", 80, "/", "shop.example"),
        ("http://shop.example:8080/a?b=c#d", "shop.example", 8080, "/a?b=c", "shop.example:8080"),
        ("https://[::1]:8443/x", "::1", 8443, "/x", "[::1]:8443"),
        ("https://bücher.example/ä ö?q=ü", None, 443, "/%C3%A4%20%C3%B6?q=%C3%BC", None),
        ("https://shop.example/%41%2f", "shop.example", 443, "/%41%2f", "shop.example"),
        ("https://my_host/", "my_host", 443, "/", "my_host"),
    ],
)
def test_it_is_taken_apart(
    url: str, host: str | None, port: int, target: str, authority: str | None
) -> None:
    read = address.read(url)

    assert (read.port, read.target) == (port, target)
    assert read.host == (host or "xn--bcher-kva.example")
    assert read.authority == (authority or "xn--bcher-kva.example")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/b", "https://shop.example/b"),
        ("c", "https://shop.example/a/c"),
        ("//other.example/", "https://other.example"),
        ("http://shop.example/x", "http://shop.example/x"),
        ("?page=2", "https://shop.example/a/b"),
    ],
)
def test_a_redirect_is_read_from_where_it_was_told(location: str, shown: str) -> None:
    assert address.read("https://shop.example/a/b").to(location).shown == shown


@pytest.mark.parametrize(
    "url",
    ["", "shop.example", "ftp://x", "https://", "https://:80/", "http://a:99999/", "http://a b/"],
)
def test_what_is_none_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage, match="no address of a site"):
        address.read(url)


@given(st.text(max_size=60))
def test_whatever_is_given_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"http://shop.example/{text}"):
        try:
            read = address.read(url)
        except WrongUsage:
            continue
        assert read.target.isascii()
        assert read.target.isprintable()
        assert " " not in read.target
        assert read.host
        assert read.host.isascii()
