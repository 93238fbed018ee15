"""What no step may change: files whose very bytes are promised somewhere, or signed.

A page that names a file's hash (subresource integrity) loads it no more once it is another; a
service worker takes what its list says; a signature fits one content; and what is called by its
content's hash is kept for ever by whoever has it. A hash may be written down anywhere, and for an
address that is not the root's own (a CDN before it): so it is looked up whose it is.
"""

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import PurePosixPath

from fettle.model.experiment import Tree
from fettle.model.root_address import HERE, path_of
from fettle.optimisation import markup

PAGES = (".html", ".htm", ".xhtml")
_LISTS = (".js", ".json", ".webmanifest", ".txt")
_MOST_READ = 4 * 1024 * 1024
_SIGNATURES = (".sig", ".asc", ".sign", ".minisig", ".p7s", ".sigstore")
_SUMS = re.compile(r"^(?:(?:md5|sha\d+)sums?(?:\.txt)?|checksums(?:\.txt)?)$", re.IGNORECASE)
_SUM = re.compile(r"^[0-9a-f]{32,128}\s+\*?(?:\./)?(\S.*)$", re.MULTILINE | re.IGNORECASE)
_WORKER = re.compile(r"precacheAndRoute|__WB_MANIFEST|self\.__precacheManifest|precacheConfig|ngsw")
_ENTRY = re.compile(r"""\{[^{}]{0,500}\brevision["']?\s*:[^{}]{0,500}\}""")
_ADDRESS = re.compile(r"""\burl["']?\s*:""")
_LISTED = re.compile(r"""["']([^"'\s\\?]+)(?:\?[^"'\s]*)?["']""")
_DIGEST = re.compile(
    r"\b(sha256)-([\w+/-]{43})|\b(sha384)-([\w+/-]{64})|\b(sha512)-([\w+/-]{86})", re.ASCII
)
_IN_ADDRESSES = str.maketrans("-_", "+/")
_MOST_HASHED = 64 * 1024 * 1024  # no step changes what is larger
_NO_TEXTS = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".woff", ".woff2", ".ttf", ".otf",
    ".mp4", ".webm", ".mp3", ".ogg", ".pdf", ".zip", ".gz", ".br", ".zst", ".wasm",
)  # fmt: skip
_HASHED = re.compile(r"(?:^|[.\-_])([0-9a-zA-Z]{8,64})\.\w")
_COUNTED = re.compile(r"[a-zA-Z]+\d*|\d+[a-zA-Z]*")


def protected(tree: Tree, home: str = HERE) -> dict[str, str]:
    """Return the paths that stay as they are, each with the reason.

    `home` is an address that the root is served at: some name its files by all of it.
    """
    paths = frozenset(tree.paths())
    kept = {path: "it is called by its content's hash" for path in paths if hashed(path)}
    for reason, found in (
        ("its signature would fit no more", _signed(tree, paths)),
        ("a service worker's list promises its content", _listed(tree, paths, home)),
        ("a page promises its content (integrity)", _promised(tree, home)),
        ("its hash is promised (integrity)", _hashes_known(tree, paths)),
    ):
        kept.update((path, reason) for path in found if path in paths)
    return kept


def hashed(path: str) -> bool:
    """Whether a file's name tells its content: a bundler's `app.3f2a9c1b.js`."""
    found = _HASHED.findall(PurePosixPath(path).name)
    return any(not _COUNTED.fullmatch(part) for part in found)


def _signed(tree: Tree, paths: frozenset[str]) -> Iterator[str]:
    for path in paths:
        for ending in _SIGNATURES:
            if path.endswith(ending):
                yield path
                yield path.removesuffix(ending)
        where = PurePosixPath(path)
        if _SUMS.match(where.name) and tree.size(path) <= _MOST_READ:
            yield path
            for name in _SUM.findall(_text(tree, path)):
                yield str(where.parent / name.strip())


def _listed(tree: Tree, paths: frozenset[str], home: str) -> Iterator[str]:
    for path in paths:
        worker = PurePosixPath(path).name in ("ngsw.json", "ngsw-worker.js")
        if not path.lower().endswith(_LISTS) or tree.size(path) > _MOST_READ:
            continue
        text = _text(tree, path)
        if worker or _lists(text):
            yield path
            for address in _LISTED.findall(text):
                page = address.rstrip("/")
                for meant in (address, f"{page}/index.html", f"{page}.html"):
                    if (found := path_of(meant, path, home)) is not None:
                        yield found


def _lists(text: str) -> bool:
    """Whether a text lists what a service worker takes: by a tool's names for it, or its own."""
    by_hand = ".addAll(" in text and "caches" in text
    entries = (one[0] for one in _ENTRY.finditer(text))
    return by_hand or bool(_WORKER.search(text)) or any(map(_ADDRESS.search, entries))


def _promised(tree: Tree, home: str) -> Iterator[str]:
    for path in tree.paths():
        if not path.lower().endswith(PAGES) or tree.size(path) > _MOST_READ:
            continue
        page = markup.read(tree.read(path))
        for tag in page.tags if page else ():
            if tag.get("integrity"):
                address = tag.get("src") or tag.get("href")
                if (found := path_of(address, path, home)) is not None:
                    yield found
            elif tag.name == "script" and tag.get("type").lower() == "importmap":
                yield from _mapped(tag.text, path, home)


def _mapped(text: str, page: str, home: str) -> Iterator[str]:
    """Yield what a page's import map promises."""
    try:
        promised = json.loads(text)["integrity"]
        found = [path_of(address, page, home) for address in promised]
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    yield from (path for path in found if path is not None)


def _hashes_known(tree: Tree, paths: frozenset[str]) -> Iterator[str]:
    """Yield the files whose hash is written down anywhere in the root, as integrity has it."""
    known: set[tuple[str, bytes]] = set()
    for path in paths:
        if not path.lower().endswith(_NO_TEXTS) and tree.size(path) <= _MOST_READ:
            known.update(_digests(_text(tree, path)))
    kinds = {kind for kind, _ in known}
    for path in paths if kinds else ():
        if tree.size(path) <= _MOST_HASHED:
            content = tree.read(path)
            if any((kind, hashlib.new(kind, content).digest()) in known for kind in kinds):
                yield path


def _digests(text: str) -> Iterator[tuple[str, bytes]]:
    for found in _DIGEST.finditer(text.replace("\\/", "/")):
        kind, body = (part for part in found.groups() if part is not None)
        plain = body.translate(_IN_ADDRESSES)
        yield kind, b64decode(plain + "=" * (-len(plain) % 4))


def _text(tree: Tree, path: str) -> str:
    return tree.read(path).decode("utf-8", "replace")
