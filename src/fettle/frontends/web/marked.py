"""Markdown as HTML that a page may hold: what people write in reviews, and no markup of theirs.

It is CommonMark with tables and tasks; addresses and issues (`#12`) become links. HTML and pictures
are text, and links lead to http and https alone.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from fettle.frontends.web.said import harmless

_LONGEST = 20_000  # characters; more is cut, so that a page stays one that can be read
_REST = "\n\n… the rest stands in its Markdown"
_OUTSIDE = re.compile(r"https?://", re.IGNORECASE)
_LEADS = re.compile(
    r"(?P<url>https?://[^\s<>()]{1,2000}[^\s<>().,;:!?'\"*_])|(?<![\w&/])#(?P<issue>[1-9]\d{0,11})\b"
)
_TASK = re.compile(r"\[(?P<done>[ xX])\]\s+")


def html(text: str) -> Markup:
    """Return a text as HTML; a very long one is cut, and says so."""
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + _REST
    return Markup(_reader().render(harmless(cut)))  # noqa: S704 - the reader escapes what it is given


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = lambda url: bool(_OUTSIDE.match(url))  # type: ignore[method-assign]
    reader.core.ruler.push("tasks", _mark_tasks)
    reader.core.ruler.push("leads", _lead)
    reader.core.ruler.push("page", _fit_in)
    reader.add_render_rule("task", _task)
    reader.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return reader


def _fit_in(state: StateCore) -> None:
    """Let headings stand below the page's own, and bring no styles."""
    for token in state.tokens:
        token.attrs.pop("style", None)
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"


def _mark_tasks(state: StateCore) -> None:
    """Make `- [x] …` a task: its box is told, and it cannot be ticked here."""
    opens = ["list_item_open", "paragraph_open"]
    for item, paragraph, text in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        said = text.children or []
        if (
            [item.type, paragraph.type] == opens
            and said
            and (found := _TASK.match(said[0].content))
        ):
            item.attrSet("class", "task")
            said[0].content = said[0].content[found.end() :]
            said.insert(0, Token("task", "", 0, meta={"done": found["done"] != " "}))


def _lead(state: StateCore) -> None:
    """Make links of addresses and issues that stand in the text, and say of links what they are."""
    for token in state.tokens:
        if token.children:
            token.children = list(_with_links(token.children))


def _with_links(tokens: Sequence[Token]) -> Iterator[Token]:
    within = 0
    for token in tokens:
        within += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "link_open":
            token.attrSet("rel", "noreferrer nofollow")
        if token.type == "text" and not within:
            yield from _parted(token.content)
        else:
            yield token


def _parted(text: str) -> Iterator[Token]:
    begin = 0
    for found in _LEADS.finditer(text):
        yield Token("text", "", 0, content=text[begin : found.start()])
        opens = Token("link_open", "a", 1)
        opens.attrSet("href", found["url"] or f"/issues/{found['issue']}")
        if found["url"]:
            opens.attrSet("rel", "noreferrer nofollow")
        yield from (opens, Token("text", "", 0, content=found[0]), Token("link_close", "a", -1))
        begin = found.end()
    yield Token("text", "", 0, content=text[begin:])


def _task(_: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: EnvType) -> str:
    said, box = ("done", "☑") if tokens[at].meta["done"] else ("not done", "☐")
    return f'<span role="img" aria-label="{said}">{box}</span> '
