"""Which style sheets and scripts may be minified: those that nobody has seen to."""

import re
from posixpath import basename

from fettle.model.experiment import LeftAlone, Site, Tree
from fettle.optimisation.protected import hashed

MOST = 4 * 1024 * 1024
ENOUGH = 0.95
_LINE = 400  # characters; longer ones on average were written by a machine
_MAP = re.compile(r"[#@]\s*sourceMappingURL=")
_BUNDLERS = ("_next/", "_nuxt/", "_astro/", "_app/immutable/")


def bundled(tree: Tree) -> str | None:
    """Return a file that shows that a bundler made the site; None where none has."""
    for path in tree.paths():
        of_one = path.startswith(_BUNDLERS) or (path.endswith((".js", ".css")) and hashed(path))
        if of_one or basename(path) == "asset-manifest.json":
            return path
    return None


def may_be_minified(site: Site, path: str) -> str | LeftAlone:
    """Return a file's text, or why it stays as it is."""
    if why := site.kept.get(path):
        return LeftAlone(path, why)
    if site.tree.size(path) > MOST:
        return LeftAlone(path, "it is too large")
    try:
        text = site.tree.read(path).decode("utf-8")
    except UnicodeDecodeError:
        return LeftAlone(path, "it is not in UTF-8")
    if _MAP.search(text):
        return LeftAlone(path, "it has a source map, whose places would be wrong")
    if ".min." in basename(path) or len(text) > _LINE * (text.count("\n") + 1):
        return LeftAlone(path, "it is minified")
    return text


def minified(before: str, after: str) -> bytes | None:
    """Return the file to be written; None where that is not worth it."""
    content = after.encode()
    return content if content and len(content) <= len(before.encode()) * ENOUGH else None
