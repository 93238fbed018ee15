"""What pages load beside themselves: our style and scripts, and the packages from npm.

An asset's address holds the digest of its text, so that a browser keeps it for ever.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDERS = tuple(Path(__file__).parent / name for name in ("static", "packages"))
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file, as it is served."""

    text: bytes
    kind: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Return every asset by its name."""
    found = {}
    for folder in _FOLDERS:
        for file in sorted(folder.glob("*")):
            if kind := _KINDS.get(file.suffix):
                text = file.read_bytes()
                found[file.name] = Asset(text, kind, hashlib.sha256(text).hexdigest()[:16])
    return found


def address(name: str) -> str:
    """Return where an asset is served; a package that was not brought is nowhere.

    Pages work without their scripts, so that one is missed by a browser and not by a person.
    """
    asset = assets().get(name)
    return f"/static/{asset.digest if asset else 'missing'}/{name}"


async def _served(request: Request) -> Response:
    asset = assets().get(request.path_params["name"])
    if asset is None or asset.digest != request.path_params["digest"]:
        return Response("there is no such file", 404, media_type="text/plain")
    return Response(asset.text, media_type=asset.kind, headers={"Cache-Control": _FOR_EVER})


def routes() -> list[Route]:
    """Return the routes that serve them; they are nobody's secret."""
    return [Route("/static/{digest}/{name}", _served, methods=["GET", "HEAD"])]
