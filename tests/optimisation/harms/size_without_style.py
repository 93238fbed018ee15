"""Give images their width and height alone.

What it does:  Where a style sheet says of their width alone, they are distorted.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.optimisation.editing import pages
from fettle.optimisation.markup import add_attributes
from fettle.optimisation.pictures import size_of
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.STABILITY, place=2)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    for page in pages(site):
        assert not isinstance(page, LeftAlone)
        edits = []
        for tag, path in page.images():
            if (size := size_of(path, site.tree.read(path))) is not None:
                sized = {"width": str(size[0]), "height": str(size[1]), "style": ""}
                edits.append(add_attributes(page.markup, tag, sized))
        yield Written(page.seen.path, page.markup.edited(edits))
