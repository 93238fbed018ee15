"""Routes that are guessed from what was asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.targets.access_logs.routes import NOT_HTTP, Routes


@pytest.mark.parametrize(
    ("request_", "route"),
    [
        ("GET /", "GET /"),
        ("GET /checkout", "GET /checkout"),
        ("POST /api/v2/orders", "POST /api/v2/orders"),
        ("GET /orders/1234/items/9", "GET /orders/{id}/items/{id}"),
        ("GET /u/6f9619ff-8b86-d011-b42d-00cf4fc964ff", "GET /u/{id}"),
        ("GET /c/507f1f77bcf86cd799439011", "GET /c/{id}"),
        ("GET /i/01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET /i/{id}"),
        ("GET /pay/cus_9s6XKzkNRiz8i3", "GET /pay/{id}"),
        ("GET /day/2026-11-20", "GET /day/{id}"),
        ("GET /mail/ada@shop.example", "GET /mail/{id}"),
        ("GET /suche/gr%C3%BCn", "GET /suche/{id}"),
        ("GET /_next/static/chunks/main-5d41402abc4b.js", "GET /_next/static/chunks/main.{id}.js"),
        ("GET /app.css?v=3#x", "GET /app.css"),
        ("GET /deadbeef", "GET /deadbeef"),  # a word that happens to be of those letters
        ("gibberish", NOT_HTTP),
    ],
)
def test_ids_are_masked_and_words_are_kept(request_: str, route: str) -> None:
    assert Routes().of(request_) == route


def test_a_folder_of_very_many_pages_is_one_route() -> None:
    routes = Routes()
    before = routes.of("GET /blog/on-cakes")
    for number in range(200):
        last = routes.of(f"GET /blog/on-{'x' * number}cakes")
    assert before == "GET /blog/on-cakes"
    assert last == "GET /blog/{name}"
    assert routes.again(before) == last
    assert routes.of("GET /about") == "GET /about"


def test_what_nobody_serves_teaches_nothing() -> None:
    routes = Routes()
    for number in range(500):
        routes.of(f"GET /blog/guess-{'x' * number}", served=False)
    assert routes.of("GET /blog/on-cakes") == "GET /blog/on-cakes"


@given(st.text(max_size=400))
def test_any_text_has_a_route_that_is_short(text: str) -> None:
    assert len(Routes().of(f"GET /{text}")) <= 140
