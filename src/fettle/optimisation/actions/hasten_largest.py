"""Load the picture first that was measured as the largest paint.

What it does:  Gives the image that was the largest paint of a measured page
    `fetchpriority="high"`, and takes `loading="lazy"` from it; where it is one of a style sheet,
    the page is given a preload for it. Which one it is was measured: it is not taken to be the
    first of the page.
Leaves alone:  Pages whose largest paint is a text, or a picture from elsewhere; images that have
    a priority.
Kept when:     The page looks as before, and it is faster for sure.
Risk:          gated. What else is loaded first comes later.
Cannot see:    A largest paint that is another on other screens.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.model.root_address import address_of
from fettle.optimisation.editing import Page, pages
from fettle.optimisation.markup import Edit, Tag, remove_attribute
from fettle.optimisation.markup import add_attributes as added
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.TIME, place=92)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    for page in pages(site):
        if isinstance(page, LeftAlone):
            yield page
            continue
        edits = [edit for path in sorted(page.seen.largest) for edit in _hastened(page, path)]
        if edits:
            yield Written(page.seen.path, page.markup.edited(edits))


def _hastened(page: Page, path: str) -> Iterator[Edit]:
    shown = [tag for tag, own in page.images() if own == _plain(path)]
    if not shown:
        yield from _preloaded(page, path)
    elif "fetchpriority" not in shown[0].attributes:
        yield _first(page, shown[0])


def _plain(path: str) -> str:
    """Return the path of the image that stands for those that are offered beside it."""
    for ending in (".avif", ".webp"):
        stem = path.removesuffix(ending)
        if stem != path and "." in stem.rpartition("/")[2]:
            return stem
    return path


def _first(page: Page, tag: Tag) -> Edit:
    edit = added(page.markup, tag, {"fetchpriority": "high"})
    if tag.get("loading").lower() == "lazy":
        return Edit(edit.start, edit.end, remove_attribute(edit.text, "loading"))
    return edit


def _preloaded(page: Page, path: str) -> Iterator[Edit]:
    """Yield the preload of a picture that no tag of the page names."""
    preloads = {page.path(tag.get("href")) for tag in page.markup.named("link") if tag.get("href")}
    head = next(page.markup.named("head"), None)
    if head is not None and path not in preloads:
        address = address_of(path, page.seen.path)
        link = f'<link rel="preload" as="image" href="{address}" fetchpriority="high">'
        yield Edit(head.end, head.end, link)
