"""Let every script in the head wait, and put what style sheets import into them.

What it does:  The first paint is earlier; what a script puts in, and it may be the largest, later.
"""

import re
from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, Risk, Site, Written
from fettle.model.root_address import path_of
from fettle.optimisation.sheets import imported, without
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.TIME, place=3)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages and the style sheets."""
    for page in site.pages:
        deferred = re.sub(rb"<script (?=src)", b"<script defer ", site.tree.read(page.path))
        yield Written(page.path, deferred)
    for path in site.tree.paths():
        if not path.endswith(".css"):
            continue
        text = site.tree.read(path).decode()
        own = [str(path_of(one.address, path)) for one in imported(text)]
        if own:
            joined = [site.tree.read(one).decode() for one in own]
            yield Written(path, "\n".join([*joined, without(text, len(own))]).encode())
