"""Say how large images are, so that nothing moves when they come.

What it does:  Gives the images of measured pages their width and height, with `height: auto`, so
    that the room for them is there before they are.
Leaves alone:  Images that say either already, and those that are shown in another shape than
    their own: their style decides.
Kept when:     The page looks as before, on each screen, and nothing is worse: whether images move
    what is below them depends on which comes first.
Risk:          gated. A width that no style sheet overrules is one that counts.
Cannot see:    What scripts put in.
"""

from collections.abc import Iterator

from fettle.model.experiment import Change, Gain, LeftAlone, Risk, Shown, Site, Written
from fettle.optimisation.editing import Page, pages
from fettle.optimisation.markup import Edit, Tag, add_attributes
from fettle.unit.optimisation import optimisation

SAME_SHAPE = 0.02


@optimisation(risk=Risk.GATED, gain=Gain.STABILITY, place=20)
def improve(site: Site) -> Iterator[Change]:
    """Write the pages."""
    from fettle.optimisation.pictures import size_of

    sizes: dict[str, tuple[int, int] | None] = {}
    paths = frozenset(site.tree.paths())
    for page in pages(site):
        if isinstance(page, LeftAlone):
            yield page
            continue
        edits = []
        for tag, path in page.images():
            if path not in sizes and path in paths:
                sizes[path] = size_of(path, site.tree.read(path))
            size = sizes.get(path)
            if size is not None and _unsized(tag) and _in_shape(page.shown(path), size):
                edits.append(_sized(page, tag, size))
        if edits:
            yield Written(page.seen.path, page.markup.edited(edits))


def _unsized(tag: Tag) -> bool:
    return not {"width", "height", "sizes"} & set(tag.attributes) and not tag.get("srcset")


def _in_shape(shown: list[Shown], size: tuple[int, int]) -> bool:
    """Whether it is shown in its own shape, wherever it is shown."""
    width, height = size
    own = [one for one in shown if one.width and one.height]
    return bool(own) and all(
        abs(one.width * height / (one.height * width) - 1) <= SAME_SHAPE for one in own
    )


def _sized(page: Page, tag: Tag, size: tuple[int, int]) -> Edit:
    style = tag.get("style").rstrip().rstrip(";")
    values = {"width": str(size[0]), "height": str(size[1])}
    if "height" not in style:
        values["style"] = f"{style};height:auto".lstrip(";")
    return add_attributes(page.markup, tag, values)
