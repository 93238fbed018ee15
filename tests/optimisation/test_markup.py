"""Pages are changed in place: every byte that is not meant to change is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.optimisation import markup
from fettle.optimisation.markup import Markup, add_attributes, remove_attribute

PAGE = b"""<!doctype html>
<html><head><!-- <img src=no> --><script>var a = "<img src=no>";</script>
<style>p::before { content: "<img src=no>" }</style></head>
<BODY><p  class = x >a < b &amp; c<IMG SRC=a.jpg ><img alt='>' src="b.png"/>
<noscript><img src=no></noscript><template><img src=no></template>
<textarea><img src=no></textarea><div/><p>\xc3\xa4<img
  src = 'c.webp'
  alt></body>"""


def read(content: bytes) -> Markup:
    page = markup.read(content)
    assert page is not None
    return page


def test_only_what_is_markup_is_a_tag() -> None:
    page = read(PAGE)

    assert [tag.get("src") for tag in page.named("img")] == ["a.jpg", "b.png", "c.webp"]
    assert [page.text[tag.start : tag.end] for tag in page.named("img")] == [
        "<IMG SRC=a.jpg >",
        """<img alt='>' src="b.png"/>""",
        "<img\n  src = 'c.webp'\n  alt>",
    ]


def test_what_is_around_a_tag_is_known() -> None:
    [image] = read(b"<figure><p>a<br><picture><source><img>").named("img")

    assert image.inside == ("figure", "p", "picture")


def test_attributes_are_put_where_they_belong_and_nothing_else_changes() -> None:
    page = read(PAGE)
    edits = [add_attributes(page, tag, {"src": "n", "width": "3"}) for tag in page.named("img")]

    done = page.edited(edits).decode()

    assert '<IMG src="n" width="3">' in done
    assert """<img alt='>' src="n" width="3"/>""" in done
    assert """<img\n  src="n"\n  alt width="3">""" in done
    for old, new in (
        ('<IMG src="n" width="3">', "<IMG SRC=a.jpg >"),
        ("""<img alt='>' src="n" width="3"/>""", """<img alt='>' src="b.png"/>"""),
        ("""<img\n  src="n"\n  alt width="3">""", "<img\n  src = 'c.webp'\n  alt>"),
    ):
        done = done.replace(old, new)
    assert done.encode() == PAGE


def test_a_value_cannot_end_its_attribute() -> None:
    page = read(b"<img>")
    [image] = page.named("img")

    done = read(page.edited([add_attributes(page, image, {"alt": '"><script>'})]))

    assert [tag.name for tag in done.tags] == ["img"]
    assert done.tags[0].get("alt") == '"><script>'


@pytest.mark.parametrize(
    ("source", "without"),
    [
        ("<img loading=lazy src=a>", "<img src=a>"),
        ("<img src=a loading='lazy'>", "<img src=a>"),
        ("<img src=a LOADING>", "<img src=a>"),
        ("<img src=a>", "<img src=a>"),
    ],
)
def test_an_attribute_is_taken_away(source: str, without: str) -> None:
    assert remove_attribute(source, "loading") == without


def test_a_page_in_another_encoding_stays_in_it() -> None:
    content = '<meta charset="iso-8859-1"><p>ä<img>'.encode("latin-1")
    page = read(content)
    [image] = page.named("img")

    assert page.edited([]) == content
    assert "ä".encode("latin-1") in page.edited([add_attributes(page, image, {"alt": "ä"})])


def test_a_page_that_cannot_be_written_back_is_not_read() -> None:
    assert markup.read(b"<p>\xff") is None
    assert markup.read(b'<meta charset="no-such">') is None


@given(st.text(st.sampled_from("<>/='\" \nabi!-img&;sctpyle"), max_size=80))
def test_whatever_is_read_is_written_back_as_it_was(text: str) -> None:
    page = markup.read(text.encode())

    assert page is not None
    assert page.edited([]) == text.encode()
    for tag in page.tags:
        assert page.text[tag.start] == "<"
        assert tag.start < tag.end <= len(page.text)
