"""A minified stack is read as it was written, the same from each build; no map breaks anything."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload
from fettle.intake.errors import grouping
from fettle.intake.errors._enclosing import function_around
from fettle.intake.errors.source_map import SourceMap, read_map
from fettle.intake.errors.source_maps import mapped, plain_path, wanted
from fettle.model.error_event import ErrorEvent, Minified
from tests.intake.errors.bundling import DEBUG_IDS, event, map_of


def readable(build: int) -> ErrorEvent:
    """Return the event of a build with the stack that people wrote."""
    found = event(build)
    return mapped(found, {file: read_map(map_of(build)) for file in wanted(found)})


def stack(found: ErrorEvent) -> list[tuple[object, ...]]:
    """Return the frames of an event, where they have a line."""
    frames = found.raised[0].frames
    return [(one.function, one.file, one.line, one.column) for one in frames if one.line]


def test_a_stack_is_where_it_was_written() -> None:
    assert stack(readable(1)) == [
        ("placeOrder", "src/main.ts", 12, 10),
        ("checkout", "src/main.ts", 4, 22),
        ("Cart.total", "src/cart.ts", 15, 23),
        ("Cart.total", "src/cart.ts", 15, 51),
        ("amountOf", "src/cart.ts", 20, 28),
    ]
    raised_at = readable(1).raised[0].frames[-1]
    assert raised_at.context == "  const unit = line.price!.amount"
    assert raised_at.before[-1] == "function amountOf(line: Line): number {"
    assert raised_at.after[0] == "  return unit * line.quantity"


def test_the_place_in_the_minified_file_stays_beside() -> None:
    raised_at = readable(1).raised[0].frames[-1]

    assert raised_at.minified == Minified("o", "https://shop.example/assets/app-1.js", 3, 323)


def test_what_no_map_is_of_stays_as_it_came() -> None:
    assert readable(1).raised[0].frames[3].function == "Array.reduce"
    assert mapped(event(1), {}) == event(1)


def test_the_same_error_of_two_builds_is_one() -> None:
    """Of another build even the minified names are others."""
    one, two = event(1), event(2)

    assert stack(one) != stack(two)
    assert grouping.group_key(readable(1)) == grouping.group_key(readable(2))
    assert grouping.culprit(readable(1)) == grouping.culprit(readable(2))


def test_its_map_is_known_by_the_debug_id_and_by_release_and_file() -> None:
    (one,) = wanted(event(1)).values()

    assert (one.debug_id, one.release, one.dist) == (UUID(DEBUG_IDS[1]), "shop@1.1", None)
    assert one.file == "~/assets/app-1.js"
    (by_name,) = wanted(event(1, debug_meta=None, dist="7")).values()
    assert (by_name.debug_id, by_name.release, by_name.dist) == (None, "shop@1.1", "7")
    assert not wanted(event(1, debug_meta=None, release=None))
    assert not wanted(readable(1))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://shop.example/assets/app.js?v=1#x", "~/assets/app.js"),
        ("~/assets/app.js", "~/assets/app.js"),
        ("app:///dist/server.js", "~/dist/server.js"),
        ("/srv/shop/dist/server.js", "~/srv/shop/dist/server.js"),
        ("https://shop.example", "~/"),
    ],
)
def test_a_file_is_the_same_from_each_host(url: str, path: str) -> None:
    assert plain_path(url) == path


def test_images_that_cannot_be_read_are_noted_and_cost_nothing() -> None:
    file = "https://shop.example/assets/app-1.js"
    bad = {"type": "sourcemap", "code_file": file, "debug_id": "none"}
    found = event(1, debug_meta={"images": [bad, 7, None, {"type": "sourcemap"}]})

    assert found.images == {}
    assert found.notes == ("debug_meta.images[0].debug_id: is no debug id",)
    assert event(1, debug_meta={"images": "x"}).notes == (
        "debug_meta.images: is a text where a list belongs",
    )


def test_a_map_is_the_same_after_it_was_kept() -> None:
    found = read_map(map_of(2))
    kept = SourceMap.unpacked(found.packed())

    places = [(line, column) for line in range(1, 6) for column in range(1, 900, 7)]
    assert [kept.find(*place) for place in places] == [found.find(*place) for place in places]
    assert any(found.find(*place) for place in places)


def written(mappings: object, **more: object) -> bytes:
    """Return a map of one source."""
    return json.dumps(
        {"version": 3, "sources": ["a.ts"], "names": ["n"], "mappings": mappings} | more
    ).encode()


def test_names_of_the_map_tell_what_is_called_where_no_sources_are_in_it() -> None:
    bare = json.loads(map_of(1))
    del bare["sourcesContent"]
    found = event(1)
    frames = (
        mapped(found, dict.fromkeys(wanted(found), read_map(json.dumps(bare).encode())))
        .raised[0]
        .frames
    )

    names = [one.function for one in frames]
    assert frames[-1].context is None
    assert names[0] is None  # "s" says nothing: the next build calls it otherwise
    assert names[1] == "checkout"  # as it was called
    assert names[2] == "r.total"  # a name that no minifier gives
    assert names[-1] == "amountOf"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "is a list, and no object"),
        (b"[" * 100_000, "is not JSON"),
        (written("AAAA", version=2), "version: is not 3: it is no source map"),
        (written(7), "mappings: is a number, and no text"),
        (written("AAAA", sources="x"), "sources: is a text, and no list"),
        (written("AAAA!"), "mappings: 'AAAA!' is no segment of 1, 4 or 5 numbers in base 64"),
        (written("AA"), "mappings: 'AA' is no segment of 1, 4 or 5 numbers in base 64"),
        (written("g"), "mappings: 'g' is no segment of 1, 4 or 5 numbers in base 64"),
        (written("ggggggggggggB"), "is no segment"),
        (written("ACAA"), "mappings: line 1, column 1 is of place in source 1, which is absent"),
        (written("ADAA"), "is of place in source -1, which is absent"),
        (written("AADA"), "is of place in source 0, which is absent"),
        (written("AAAAC"), "mappings: line 1, column 1 is of name 1, which is absent"),
        (written("EAAA,FAAA"), "mappings: line 1 goes backwards"),
        (written("AAAA", sections=[7]), "sections[0]: has no offset with line and column, or no"),
    ],
)
def test_what_is_no_map_is_told_why(body: bytes, said: str) -> None:
    with pytest.raises(BadPayload) as refused:
        read_map(body)

    assert said in refused.value.reason


def test_sections_stand_behind_one_another() -> None:
    one, two = (json.loads(written("AAAA,CAAC", sources=[name])) for name in ("a.ts", "b.ts"))
    found = read_map(
        written(
            None,
            sections=[
                {"offset": {"line": 0, "column": 0}, "map": one},
                {"offset": {"line": 0, "column": 100}, "map": two},
            ],
        )
    )

    places = [found.find(1, column) for column in (1, 2, 50, 101, 102)]
    assert [(one.source, one.column) for one in places if one] == [
        ("a.ts", 1),
        ("a.ts", 2),
        ("a.ts", 2),
        ("b.ts", 1),
        ("b.ts", 2),
    ]
    assert found.find(2, 1) is None


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("webpack:///./src/cart.ts?a1b2", "src/cart.ts"),
        ("webpack://shop/./src/cart.ts", "src/cart.ts"),
        ("../../src/cart.ts", "src/cart.ts"),
        ("turbopack:///[project]/src/cart.ts", "[project]/src/cart.ts"),
        ("https://cdn.example/lib.ts", "https://cdn.example/lib.ts"),
        (None, "<anonymous>"),
    ],
)
def test_a_source_is_called_the_same_by_each_bundler(source: str | None, path: str) -> None:
    found = read_map(written("AAAA", sources=[source])).find(1, 1)

    assert found is not None
    assert found.source == path


def test_libraries_are_not_the_applications_own() -> None:
    found = event(1)
    of_library = read_map(written("AAAA;;AAAA", sources=["../node_modules/lib/index.js"]))
    frames = mapped(found, dict.fromkeys(wanted(found), of_library)).raised[0].frames

    assert [one.in_app for one in frames if one.minified] == [False] * 5


@given(st.text("ABCDEFGgh+/,;", max_size=60), st.integers(1, 5), st.integers(1, 50))
def test_whatever_mappings_say_they_are_read_or_refused(text: str, line: int, column: int) -> None:
    try:
        found = read_map(written(text, sources=["a", "b"], names=["m", "n"]))
    except BadPayload:
        return
    assert found.find(line, column) == SourceMap.unpacked(found.packed()).find(line, column)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=400))
def test_each_place_is_found_whatever_stands_before_it(steps: list[int]) -> None:
    """More segments than there are between two notes."""
    columns = [sum(steps[: place + 1]) for place in range(len(steps))]
    mappings = ",".join(f"{_digits(step)}AA{_digits(1)}" for step in steps)
    found = read_map(written(mappings))

    for place, column in enumerate(columns):
        at = found.find(1, column + 1)
        assert at is not None
        assert at.column == place + 2
    assert found.find(1, columns[0]) is None


def _digits(number: int) -> str:
    """Write a number in base 64, variable in length."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    left, made = number << 1, ""
    while True:
        left, bits = left >> 5, left & 31
        made += digits[bits | (32 if left else 0)]
        if not left:
            return made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("function total(a) {\n  return a.b.c\n}", "total"),
        ("export const total = async (a: A): Promise<B> => {\n  return a.b\n}", "total"),
        ("const total = function (a) {\n  if (a) {\n    return a.b\n  }\n}", "total"),
        ("class Cart extends Base {\n  async total(a) {\n    return a.b\n  }\n}", "Cart.total"),
        ("class Cart {\n  #sum(a: A): B {\n    return a.b\n  }\n}", "Cart.#sum"),
        ("export default {\n  total(a) {\n    for (;;) {\n      a.b\n    }\n  }\n}", "total"),
        ("const api = {\n  total: (a) => {\n    return a.b\n  }\n}", "total"),
        ("if (a) {\n  a.b\n}", None),
        ("a.b", None),
        ("x".ljust(100_000) + "\n  a.b", None),
    ],
)
def test_a_function_is_told_by_what_was_written_around(text: str, name: str | None) -> None:
    lines = text.split("\n")
    line = max(place for place, one in enumerate(lines) if "a.b" in one)

    assert function_around(lines, line, lines[line].index("a.b") + 2) == name


def test_a_stack_that_was_mapped_is_not_mapped_again() -> None:
    once = readable(1)

    assert mapped(once, {"src/main.ts": read_map(map_of(1))}) == once
    assert replace(once, raised=event(1).raised) == event(1)
