"""Ask at once for the style sheets that others import.

What it does:  Gives measured pages a preload of what their style sheets import, and of what those
    import: the page waits for all of them, and asks for each only when the one before it has come.
Leaves alone:  The style sheets, and so their order; imports from elsewhere and those with
    conditions; sheets that a page has for some screens only; pages that name or preload what is
    imported themselves.
Kept when:     The page looks as before, and it is faster for sure.
Risk:          gated. What else is loaded first comes later.
Cannot see:    Sheets that scripts put in.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Site, Tree, Written
from fettle.model.root_address import address_of, path_of
from fettle.optimisation.editing import Page, pages
from fettle.optimisation.markup import Edit
from fettle.optimisation.sheets import for_some, imported, linked
from fettle.unit.optimisation import optimisation


@optimisation(risk=Risk.GATED, gain=Gain.TIME, place=95)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    for page in pages(site):
        if isinstance(page, LeftAlone):
            yield page
        elif edits := list(_preloaded(page, site.tree)):
            yield Written(page.seen.path, page.markup.edited(edits))


def _preloaded(page: Page, tree: Tree) -> Iterator[Edit]:
    """Yield what is put before the tags of style sheets, each preload once."""
    known = {page.path(tag.get("href")) for tag in page.markup.named("link") if tag.get("href")}
    for tag, path in linked(page.markup, page.seen.path):
        links = ""
        for one in [] if for_some(tag) else _needed(path, tree):
            if one not in known:
                address = address_of(one, page.seen.path)
                links += f'<link rel="preload" as="style" href="{address}">\n'
                known.add(one)
        if links:
            yield Edit(tag.start, tag.start, links)


def _needed(path: str, tree: Tree) -> list[str]:
    """Return what a style sheet takes in, in the order in which it is found."""
    found, there = [path], frozenset(tree.paths())
    for sheet in found:
        text = tree.read(sheet).decode("utf-8", "replace") if sheet in there else ""
        for one in imported(text):
            target = path_of(one.address, sheet)
            if target in there and not one.when and target not in found:
                found.append(str(target))
    return found[1:]
