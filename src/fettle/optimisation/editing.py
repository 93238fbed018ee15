"""The pages that steps may change in place, and what is looked up in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fettle.model.experiment import LeftAlone, PageSeen, Shown, Site
from fettle.model.root_address import path_of
from fettle.optimisation import markup
from fettle.optimisation.markup import Markup, Tag

_SETS_SOURCE = re.compile(r"\.src(?:set)?\s*=[^=]|setAttribute\(\s*[\"']src|\.prop\(\s*[\"']src")
_EVERY_IMAGE = re.compile(r"""getElementsByTagName\(\s*["']img|(?:querySelector(?:All)?|\$)\(\s*["'][^"']*\bimg\b|document\.images""")  # fmt: skip  # noqa: E501


@dataclass(frozen=True)
class Page:
    """A page that was measured: how it was seen, and its text."""

    seen: PageSeen
    markup: Markup
    scripts: str

    @property
    def content(self) -> bytes:
        """What is in its file."""
        return self.markup.edited(())

    def path(self, address: str) -> str | None:
        """Return the file that an address in it means."""
        return path_of(address, self.seen.path, self.seen.url)

    def images(self) -> Iterator[tuple[Tag, str]]:
        """Yield its images that are files of the root, each with its path."""
        for tag in self.markup.named("img"):
            path = self.path(tag.get("src")) if tag.get("src") else None
            if path is not None:
                yield tag, path

    def shown(self, path: str) -> list[Shown]:
        """Return how the images of a path were shown, on whichever screen."""
        return [one for one in self.seen.pictures if one.path == path]

    def moved_by_scripts(self, tag: Tag) -> bool:
        """Whether a script may give an image another source, which a choice beside it outdoes."""
        if not _SETS_SOURCE.search(self.scripts):
            return False
        names = [tag.get("id"), *tag.get("class").split()]
        named = any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.scripts)
                    for name in names if name)  # fmt: skip
        return named or bool(_EVERY_IMAGE.search(self.scripts))


def pages(site: Site) -> Iterator[Page | LeftAlone]:
    """Yield the pages that were measured and may be changed, and why others may not."""
    for seen in site.pages:
        if why := site.kept.get(seen.path):
            yield LeftAlone(seen.path, why)
            continue
        read = markup.read(site.tree.read(seen.path))
        if read is None:
            yield LeftAlone(seen.path, "it is not in the encoding that it says")
        elif any(read.named("base")):
            yield LeftAlone(seen.path, "its addresses begin elsewhere (<base>)")
        else:
            yield Page(seen, read, _scripts(site, seen, read))


def _scripts(site: Site, seen: PageSeen, read: Markup) -> str:
    """Return all that the scripts of a page say, as far as they are files of the root."""
    paths = set(site.tree.paths())
    parts = []
    for tag in read.named("script"):
        path = path_of(tag.get("src"), seen.path, seen.url) if tag.get("src") else None
        if path in paths:
            parts.append(site.tree.read(str(path)).decode("utf-8", "replace"))
        parts.append(tag.text)
    return "\n".join(parts)
