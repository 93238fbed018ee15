"""Write pages anew, as they are.

What it does:  Nothing that could make anything better: whoever keeps it takes chance for a gain.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, Risk, Site, Written
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.TIME, place=4)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    for page in site.pages:
        yield Written(page.path, site.tree.read(page.path))
