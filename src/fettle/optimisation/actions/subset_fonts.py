"""Leave letters out of fonts that no page uses.

What it does:  Proposes, with the command, to cut fonts above 40 KiB down to the letters of the
    languages that the site is in.
Leaves alone:  Everything: a letter that is missing is seen when somebody types it.
Kept when:     People know which letters are needed, and that the font's licence allows it.
Risk:          proposed. Letters that are left out are shown in another font.
Cannot see:    What people type, and what comes from elsewhere.
"""

from collections.abc import Iterator
from shlex import quote

from fettle.model.experiment import Change, Gain, Patch, PatchKind, Risk, Site
from fettle.unit.optimisation import optimisation

LEAST = 40 * 1024
FONTS = (".woff2", ".woff", ".ttf", ".otf")


@optimisation(risk=Risk.PROPOSED, gain=Gain.BYTES, place=103)
def improve(site: Site) -> Iterator[Change]:
    """Propose a command for each large font."""
    for path in site.tree.paths():
        if path.lower().endswith(FONTS) and site.tree.size(path) > LEAST:
            yield Patch(
                path,
                "leave out the letters that no language of the site has",
                f"pyftsubset {quote(f'./{path}')} --unicodes=U+0000-024F,U+2000-206F,U+20AC,U+2122 "
                "--layout-features='*' --flavor=woff2\n",
                PatchKind.COMMAND,
            )
