"""Take comments and blanks out of scripts.

What it does:  Writes the scripts that measured pages name anew by rjsmin, which takes out comments
    and blanks, and renames nothing; comments that begin with /*! stay.
Leaves alone:  Sites that a bundler made, which can do so itself; what is minified, has a source
    map, or has bytes that are promised; scripts that no measured page names, since no gate would
    see whether they still run.
Kept when:     The console says nothing new, the page looks as before, the files are smaller by 5 %
    at least, and nothing is slower.
Risk:          automatic. A script that reads its own text reads another one.
Cannot see:    Code that nothing calls.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Written
from fettle.optimisation.editing import pages
from fettle.optimisation.minifying import bundled, may_be_minified, minified
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.AUTOMATIC, gain=Gain.BYTES, place=61)
def improve(site: Site) -> Iterator[Change]:
    """Write the scripts."""
    from rjsmin import jsmin

    if (by := bundled(site.tree)) is not None:
        yield LeftAlone(by, "a bundler made this site: let it minify")
        return
    for path in sorted(_named(site)):
        text = may_be_minified(site, path)
        if isinstance(text, LeftAlone):
            yield text
        elif (content := minified(text, jsmin(text, keep_bang_comments=True))) is not None:
            yield Written(path, content)


def _named(site: Site) -> set[str]:
    """Return the scripts that pages name, of those that are in the root."""
    found = {
        page.path(tag.get("src"))
        for page in pages(site)
        if not isinstance(page, LeftAlone)
        for tag in page.markup.named("script")
        if tag.get("src")
    }
    return {path for path in site.tree.paths() if path in found and path.endswith(".js")}
