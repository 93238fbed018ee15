"""The report as a page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from hypothesis import example, given
from syrupy.assertion import SnapshotAssertion

import fettle
from fettle.frontends.report import html
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import HtmlPicture
from tests.frontends.report.sample import HEALTHY, MARKUP, SAMPLE, UNREACHABLE

VOID = {"meta", "br", "hr"}


@dataclass
class Page:
    """What a browser makes of a page."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page, and complains of an element that is closed by another's end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.page.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.page.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.page.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(written: str) -> Page:
    reader = Reader()
    reader.feed(written)
    reader.close()
    assert reader.page.open == []
    return reader.page


def test_the_whole_page(snapshot: SnapshotAssertion) -> None:
    written = html.write([SAMPLE, HEALTHY, UNREACHABLE], False)

    assert written.replace(f"Fettle {fettle.__version__}", "Fettle X") == snapshot(
        extension_class=HtmlPicture
    )


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    written = html.write([SAMPLE, HEALTHY, UNREACHABLE], True)
    page = read(written)

    assert {tag for tag, _ in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
    } == set()
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    style = "".join(re.findall(r"<style>(.*?)</style>", written, re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style
    policies = [attributes.get("content") or "" for _, attributes in page.elements]
    assert any(policy.startswith("default-src 'none';") for policy in policies)


def test_every_link_of_the_contents_leads_somewhere_and_no_anchor_is_there_twice() -> None:
    page = read(html.write([SAMPLE, HEALTHY, SAMPLE], False))
    anchors = [value for _, attributes in page.elements if (value := attributes.get("id"))]
    links = {value for _, attributes in page.elements if (value := attributes.get("href"))}

    assert len(anchors) == len(set(anchors))
    assert links
    assert {link.removeprefix("#") for link in links} <= set(anchors)


def test_markup_in_a_name_is_text() -> None:
    page = read(html.write([SAMPLE], False))

    assert any(MARKUP in text for text in page.texts)


@given(TEXTS)
@example("<script>alert(1)</script>")
@example('" onmouseover="alert(1)')
@example("</style><script>")
@example("--><!--")
@example("&lt;b&gt;")
def test_no_text_from_outside_makes_an_element(name: str) -> None:
    expected = read(html.write([SAMPLE, odd("plain")], True))
    page = read(html.write([odd(name)], False))

    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in expected.elements}
    kinds = {key for _, attributes in expected.elements for key in attributes}
    assert {key for _, attributes in page.elements for key in attributes} <= kinds


def test_statements_are_there_to_copy() -> None:
    written = html.write([SAMPLE], False)

    assert (
        '<pre class="sql" tabindex="0"><code>SELECT pg_terminate_backend(4242);</code>' in written
    )
