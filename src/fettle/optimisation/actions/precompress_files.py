"""Pack texts beforehand, so that they are sent packed best.

What it does:  Writes each text (pages, style sheets, scripts, SVG, JSON …) packed by Brotli,
    Zstandard and gzip beside it, for servers that send such files: nginx with `gzip_static` and
    `brotli_static`, Caddy with `precompressed`.
Leaves alone:  Files below 1 KiB or above 8 MiB, and what would be less than a tenth smaller.
Kept when:     Fewer bytes are loaded, and nothing is slower.
Risk:          automatic. Whoever changes a file later must pack it anew, or remove what is beside.
Cannot see:    Whether the live server sends them; the look at the live page tells.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, Risk, Site, Written
from fettle.optimisation.packing import ENDINGS, TEXTS, packed
from fettle.unit.optimisation import optimisation

LEAST, MOST = 1024, 8 * 1024 * 1024


@optimisation(risk=Risk.AUTOMATIC, gain=Gain.BYTES, place=90)
def improve(site: Site) -> Iterator[Change]:
    """Write what is packed."""
    paths = frozenset(site.tree.paths())
    for path in site.tree.paths():
        if not path.lower().endswith(TEXTS) or not LEAST <= site.tree.size(path) <= MOST:
            continue
        content = site.tree.read(path)
        for ending in ENDINGS:
            if path + ending in paths:
                continue
            smaller = packed(content, ending)
            if smaller is not None:
                yield Written(path + ending, smaller)
