"""A Diagnosis as one page that needs nothing else: no script, no picture, no other address."""

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from pathlib import Path

import fettle
from fettle.frontends.report.blocks import (
    Block,
    Card,
    Code,
    Fold,
    Grid,
    Mark,
    Name,
    Pairs,
    Prose,
    Section,
    Story,
    Tree,
)
from fettle.frontends.report.elements import Html, document, element, joined
from fettle.frontends.report.story import PAGE, WHOLE, story
from fettle.model.diagnosis import Diagnosis

_STYLE = Path(__file__).with_name("html.css")
# Nothing may be loaded nor run, even if an escape were missing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

Place = Callable[[str], str]


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:
    """Return the page."""
    return of_stories([story(diagnosis, WHOLE if verbose else PAGE) for diagnosis in diagnoses])


def of_stories(stories: Sequence[Story]) -> str:
    """Return a page that tells several stories, one below the other."""
    targets = ", ".join(told.target for told in stories)
    style = Html(_STYLE.read_text(encoding="utf-8"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Fettle: {targets}"),
        element("style", style),
    )
    reports = (_report(told, number) for number, told in enumerate(stories, 1))
    made = element("footer", f"Fettle {fettle.__version__}")
    body = element("body", _contents(stories), element("main", *reports, made))
    return document(head=head, body=body)


def _place(number: int) -> Place:
    """Return what makes anchors of one target's names, which are equal in every target."""
    return lambda anchor: f"t{number}-{anchor}"


def _slug(section: Section) -> str:
    return section.title.lower().replace(" ", "-")


def _contents(stories: Sequence[Story]) -> Html:
    entries: list[Html] = []
    for number, told in enumerate(stories, 1):
        place = _place(number)
        links = (_entry(section, place) for section in told.sections)
        target = element("a", _bdi(told.target), href=f"#{place('top')}")
        entries.append(element("li", target, " ", _mark(told.status), element("ul", *links)))
    return element("nav", element("ul", *entries), aria_label="Contents")


def _entry(section: Section, place: Place) -> Html:
    """Return a section's line in the contents, with the kinds of findings below it."""
    link = element("a", section.title, href=f"#{place(_slug(section))}")
    firsts = (
        (card, next((block for block in card.blocks if isinstance(block, Name)), None))
        for card in section.blocks
        if isinstance(card, Card)
    )
    kinds = [
        element(
            "li", element("a", card.title, href=f"#{place(name.anchor)}"), class_=card.mark.tone
        )
        for card, name in firsts
        if name is not None
    ]
    return element("li", link, element("ul", *kinds) if kinds else "")


def _report(told: Story, number: int) -> Html:
    place = _place(number)
    head = element(
        "header",
        element("h1", _bdi(told.target), " ", _mark(told.status)),
        element("p", *_listed(told.facts), class_="facts"),
        element("p", *(part for mark in told.tally for part in (_mark(mark), " ")), class_="tally"),
        id=place("top"),
    )
    sections = (
        element(
            "section",
            element("h2", section.title),
            *(_block(block, place) for block in section.blocks),
            id=place(_slug(section)),
        )
        for section in told.sections
    )
    return element("article", head, *sections)


def _listed(texts: Sequence[str]) -> Iterator[Html]:
    for position, text in enumerate(texts):
        yield joined(" · " if position else "", element("span", text))


def _mark(mark: Mark) -> Html:
    return element("span", mark.text, class_=f"mark {mark.tone}")


def _bdi(name: str) -> Html:
    """Keep a name's direction of writing to itself."""
    return element("bdi", name)


@singledispatch
def _block(block: Block, place: Place) -> Html:  # noqa: ARG001
    """Return one block's element."""
    raise TypeError(f"there is no way to draw a {type(block).__name__}")


@_block.register
def _prose(prose: Prose, place: Place) -> Html:  # noqa: ARG001
    lead = prose.lead.strip()
    start = joined(element("b", lead, class_="lead"), " ") if lead else ""
    kind = " ".join(filter(None, ["hanging" if len(lead) in range(1, 6) else "", prose.tone]))
    return element("p", start, element("span", prose.text, dir="auto"), class_=kind or None)


@_block.register
def _code(code: Code, place: Place) -> Html:  # noqa: ARG001
    return element("pre", element("code", "\n".join(code.lines)), class_=code.kind, tabindex="0")


@_block.register
def _name(name: Name, place: Place) -> Html:
    marks = (joined(" ", _mark(mark)) for mark in name.marks)
    return element("h4", _bdi(name.text), *marks, id=place(name.anchor))


@_block.register
def _grid(grid: Grid, place: Place) -> Html:  # noqa: ARG001
    sides = ["right" if column.right else None for column in grid.columns]
    head = (
        element("th", column.label, class_=side, scope="col")
        for column, side in zip(grid.columns, sides, strict=True)
    )
    rows = (
        element(
            "tr",
            *(
                element("td", _bdi(text), class_=side or ("long" if len(text) > 40 else None))
                for text, side in zip(row, sides, strict=True)
            ),
        )
        for row in grid.rows
    )
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    more = element("p", grid.more, class_="dim") if grid.more else ""
    return element("div", element("div", table, class_="scroll", tabindex="0"), more)


@_block.register
def _pairs(pairs: Pairs, place: Place) -> Html:  # noqa: ARG001
    entries = (
        element("div", element("dt", label), element("dd", _bdi(text)))
        for label, text in pairs.pairs
    )
    return element("dl", *entries)


@_block.register
def _tree(tree: Tree, place: Place) -> Html:
    branches = (
        element(
            "li",
            _mark(branch.mark),
            " ",
            element("a", _bdi(branch.name), href=f"#{place(branch.anchor)}")
            if branch.anchor
            else _bdi(branch.name),
            element("div", branch.text, class_="dim"),
        )
        for branch in tree.branches
    )
    root = element("p", element("b", _bdi(tree.root)), " ", element("span", tree.aside))
    more = element("p", tree.more, class_="dim") if tree.more else ""
    return element("div", root, element("ul", *branches), more, class_="tree")


@_block.register
def _card(card: Card, place: Place) -> Html:
    aside = element("span", card.aside, class_="aside")
    title = element(
        "h3", _mark(card.mark), " ", element("span", card.title, class_="title"), " ", aside
    )
    blocks = (_block(block, place) for block in card.blocks)
    return element("div", title, *blocks, class_=f"card {card.mark.tone}")


@_block.register
def _fold(fold: Fold, place: Place) -> Html:
    blocks = (_block(block, place) for block in fold.blocks)
    return element("details", element("summary", fold.title), *blocks)
