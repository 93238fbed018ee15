"""Name imported style sheets in the page, where they are found at once.

What it does:  Proposes a patch that takes what a style sheet of a measured page imports out of it,
    and names it in every page that names the sheet, before it: what is imported is found only
    when the sheet that imports it is there.
Leaves alone:  Imports from elsewhere, those with conditions and layers, and what comes after them;
    sheets that others import, whose bytes are promised, or that a page has for some screens only.
    It changes nothing itself: measured on one page, this with `defer` made the largest paint 61 %
    slower.
Kept when:     People have seen that the page looks as it did.
Risk:          proposed. What the sheet needs is loaded beside it, and beside what is shown first.
Cannot see:    Pages that a server or a script makes, which name the sheet too.
"""

from collections.abc import Iterator, Mapping

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site
from fettle.model.root_address import address_of, path_of
from fettle.optimisation import markup
from fettle.optimisation.editing import pages
from fettle.optimisation.markup import Edit
from fettle.optimisation.patches import patch
from fettle.optimisation.protected import PAGES
from fettle.optimisation.sheets import for_some, imported, linked, without
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.PROPOSED, gain=Gain.TIME, place=101)
def improve(site: Site) -> Iterator[Change]:
    """Propose one patch for each style sheet: of it, and of the pages that name it."""
    sheets = {path: _text(site, path) for path in site.tree.paths() if path.endswith(".css")}
    taken = {path_of(one.address, path) for path in sheets for one in imported(sheets[path])}
    named = {path for page in pages(site) if not isinstance(page, LeftAlone)
             for _, path in linked(page.markup, page.seen.path)}  # fmt: skip
    for path in sorted(named & sheets.keys() - taken - site.kept.keys()):
        first = list(_leading(path, sheets))
        if first:
            yield from _proposed(site, path, sheets[path], first)


def _leading(path: str, sheets: Mapping[str, str]) -> Iterator[str]:
    """Yield the sheets that come first in one: whatever stands between would change their order."""
    if "@layer" in sheets[path].lower():
        return
    for one in imported(sheets[path]):
        target = path_of(one.address, path)
        if target not in sheets or one.when:
            return
        yield str(target)


def _proposed(site: Site, path: str, text: str, first: list[str]) -> Iterator[Change]:
    changed = [(path, site.tree.read(path), without(text, len(first)).encode())]
    for page in site.tree.paths():
        if not page.lower().endswith(PAGES):
            continue
        read = markup.read(site.tree.read(page))
        if read is None:
            yield LeftAlone(path, f"{page} may name it, and is not in the encoding that it says")
            return
        if any(read.named("base")):
            yield LeftAlone(path, f"{page} may name it: its addresses begin elsewhere (<base>)")
            return
        tags = [tag for tag, own in linked(read, page) if own == path]
        if any(map(for_some, tags)) or (tags and page in site.kept):
            yield LeftAlone(path, f"{page} has it for some only, or must stay as it is")
            return
        links = "".join(
            f'<link rel="stylesheet" href="{address_of(one, page)}">\n' for one in first
        )
        edits = [Edit(tag.start, tag.start, links) for tag in tags]
        if edits:
            changed.append((page, read.edited(()), read.edited(edits)))
    yield patch(f"take {', '.join(first)} out of its @import, and name it in the pages", *changed)


def _text(site: Site, path: str) -> str:
    return site.tree.read(path).decode("utf-8", "replace")
