"""Take comments and blanks out of style sheets.

What it does:  Writes the style sheets anew by rcssmin, which takes out what browsers do not read;
    comments that begin with /*! stay.
Leaves alone:  Sites that a bundler made, which can do so itself; what is minified, has a source
    map, or has bytes that are promised.
Kept when:     The page looks as before, the files are smaller by 5 % at least, nothing is slower.
Risk:          automatic. Comments that somebody reads in the browser are gone.
Cannot see:    Rules that nothing uses.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.optimisation.minifying import bundled, may_be_minified, minified
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.AUTOMATIC, gain=Gain.BYTES, place=60)
def improve(site: Site) -> Iterator[Change]:
    """Write the style sheets."""
    from rcssmin import cssmin

    if (by := bundled(site.tree)) is not None:
        yield LeftAlone(by, "a bundler made this site: let it minify")
        return
    for path in site.tree.paths():
        if not path.endswith(".css"):
            continue
        text = may_be_minified(site, path)
        if isinstance(text, LeftAlone):
            yield text
        elif (content := minified(text, cssmin(text, keep_bang_comments=True))) is not None:
            yield Written(path, content)
