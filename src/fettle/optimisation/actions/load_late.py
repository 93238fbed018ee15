"""Load images below what is shown first when they are near.

What it does:  Gives the images of measured pages that stand below the first screen, on each of
    the screens, `loading="lazy"`.
Leaves alone:  What is shown first, the largest paint, and images that say how they load.
Kept when:     The page looks as before once it was scrolled through; fewer bytes are loaded, or
    it is faster, and nothing is slower.
Risk:          gated. An image may come while somebody waits for it.
Cannot see:    Screens that are larger than those that were measured.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.optimisation.editing import pages
from fettle.optimisation.markup import add_attributes
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.BYTES, place=30)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    for page in pages(site):
        if isinstance(page, LeftAlone):
            yield page
            continue
        edits = [
            add_attributes(page.markup, tag, {"loading": "lazy"})
            for tag, path in page.images()
            if not {"loading", "fetchpriority"} & set(tag.attributes)
            and page.shown(path)
            and not any(one.seen for one in page.shown(path))
            and path not in page.seen.largest
        ]
        if edits:
            yield Written(page.seen.path, page.markup.edited(edits))
