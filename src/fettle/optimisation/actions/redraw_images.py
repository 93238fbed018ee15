"""Offer images as AVIF and WebP, which look the same.

What it does:  Writes each JPEG and PNG that a measured page shows as AVIF and WebP beside it, at
    the lowest quality that nobody tells apart side by side (SSIMULACRA 2 of 80), and lets browsers
    choose by <picture>; the image itself stays for those that know neither. What is not smaller by
    a tenth is not offered.
Leaves alone:  Images that move, are broken, turned by EXIF, of 16 bits, CMYK or with a colour
    profile; those in a <picture> or with a srcset already, and those that scripts give sources.
Kept when:     Each image passes the gate of images; the page looks as before; fewer bytes are
    loaded and nothing is slower.
Risk:          gated. A style sheet that says `parent > img` may mean it no more.
Cannot see:    Images of style sheets and of scripts.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.model.root_address import beside
from fettle.optimisation.editing import Page, pages
from fettle.optimisation.markup import Edit, Tag
from fettle.unit.optimisation import optimisation

if TYPE_CHECKING:
    from fettle.optimisation.pictures import Redrawing

LEAST = 2048  # bytes; below that the request takes longer than the image
FORMS = {"AVIF": ".avif", "WEBP": ".webp"}  # browsers take the first that they know
ENOUGH = 0.9


class _Work:
    """The images that were redrawn: each once, whichever pages show it."""

    def __init__(self, site: Site, redrawing: "Redrawing") -> None:
        self._site, self._redrawing = site, redrawing
        self._paths = frozenset(site.tree.paths())
        self.done: dict[str, dict[str, bytes]] = {}
        self.passed: dict[str, str] = {}

    def of(self, path: str) -> dict[str, bytes]:
        """Return what an image is offered as, by the ending of its name."""
        if path not in self.done and path not in self.passed:
            self._redraw(path)
        return self.done.get(path, {})

    def _redraw(self, path: str) -> None:
        from fettle.optimisation.pictures import examine

        if path not in self._paths or self._site.tree.size(path) < LEAST:
            return
        if any(path + ending in self._paths for ending in FORMS.values()):
            self.passed[path] = "there is one beside it already"
            return
        content = self._site.tree.read(path)
        drawn = examine(path, content)
        if isinstance(drawn, str):
            self.passed[path] = drawn
            return
        offered: dict[str, bytes] = {}
        most = len(content) * ENOUGH
        for form, ending in FORMS.items():
            smaller = self._redrawing.smallest(content, drawn, form)
            if smaller is not None and len(smaller) < most:
                offered[ending] = smaller
        # the first that a browser knows is taken: it must be the smallest
        if len(offered) == 2 and len(offered[".webp"]) <= len(offered[".avif"]):
            del offered[".avif"]
        if offered:
            self.done[path] = offered
        else:
            self.passed[path] = "no form that looks the same is smaller by a tenth"


@optimisation(risk=Risk.GATED, gain=Gain.BYTES, place=10)
def improve(site: Site) -> Iterator[Change]:
    """Write the images, and the pages that offer them."""
    from fettle.optimisation.pictures import REDRAWING

    work = _Work(site, REDRAWING)
    for page in pages(site):
        if isinstance(page, LeftAlone):
            yield page
            continue
        edits = [edit for tag, path in page.images() for edit in _offered(page, tag, path, work)]
        if edits:
            yield Written(page.seen.path, page.markup.edited(edits))
    for path, offered in work.done.items():
        for ending, content in offered.items():
            yield Written(path + ending, content, of=path)
    yield from (LeftAlone(path, why) for path, why in work.passed.items())


def _offered(page: Page, tag: Tag, path: str, work: _Work) -> Iterator[Edit]:
    if "picture" in tag.inside or tag.get("srcset"):
        return
    if page.moved_by_scripts(tag):
        work.passed[path] = "a script may give it another source"
        return
    offered = work.of(path)
    if not offered:
        return
    # as if the picture were not there: what lays the image out goes on to
    sources = "".join(
        f'<source type="image/{ending[1:]}" srcset="{_plain(beside(tag.get("src"), ending))}">'
        for ending in offered
    )
    yield Edit(tag.start, tag.start, f'<picture style="display:contents">{sources}')
    yield Edit(tag.end, tag.end, "</picture>")


def _plain(address: str) -> str:
    """Return an address as a srcset may name it, in which blanks and commas part addresses."""
    escaped = address.replace(" ", "%20").replace(",", "%2C")
    return escaped.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
