"""Let scripts in the head wait until the page is read.

What it does:  Proposes, as a patch, `defer` for the scripts in the head of measured pages that
    hold the page up.
Leaves alone:  Scripts that say how they load; modules; scripts from elsewhere. It changes nothing
    itself: measured on one page, this made the first paint 28 % faster and the largest 61 % slower.
Kept when:     People have tried it: what scripts do before the page is read may be needed.
Risk:          proposed. Scripts in the page may run before those that they need.
Cannot see:    What scripts need of each other.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site
from fettle.optimisation.editing import pages
from fettle.optimisation.markup import Edit, add_attributes
from fettle.optimisation.patches import patch
from fettle.unit.optimisation import optimisation

TITLE = "let the scripts in the head wait (try whether all still works)"
SAYS = {"defer", "async", "type", "nomodule", "integrity"}


@optimisation(risk=Risk.PROPOSED, gain=Gain.TIME, place=100)
def improve(site: Site) -> Iterator[Change]:
    """Propose patches of the pages."""
    for page in pages(site):
        if isinstance(page, LeftAlone):
            continue
        edits: list[Edit] = [
            add_attributes(page.markup, tag, {"defer": None})
            for tag in page.markup.named("script")
            if "head" in tag.inside
            and tag.get("src")
            and page.path(tag.get("src")) is not None
            and not SAYS & set(tag.attributes)
        ]
        if edits:
            yield patch(TITLE, (page.seen.path, page.content, page.markup.edited(edits)))
