"""What manifests and configurations of images say: which belongs to which, and when it was made.

Source: OCI image specification 1.1 (index, manifest, config, annotations).
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from fettle.model.ports_updates import AboutImage

_CREATED = "org.opencontainers.image.created"
_SOURCES = ("org.opencontainers.image.source", "org.opencontainers.image.url")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Builds that are to come out the same each time say 1970, or 1980 where zip files are in it.
_BEFORE_IMAGES = datetime(2013, 1, 1, tzinfo=UTC)


def read(body: bytes) -> dict[str, Any]:
    """Return a document as an object; an empty one for what is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def about(told: dict[str, Any]) -> AboutImage:
    """Return what a manifest, a part of an index or a configuration says of the image."""
    notes = _notes(told)
    urls = (str(notes.get(name)) for name in _SOURCES)
    return AboutImage(
        _moment(notes.get(_CREATED) or told.get("created")),
        next((url for url in urls if url.startswith(("https://", "http://"))), None),
    )


def _notes(told: dict[str, Any]) -> dict[str, Any]:
    """Return the annotations of a manifest, or the labels of a configuration."""
    config = told.get("config")
    notes = told.get("annotations") or (config.get("Labels") if isinstance(config, dict) else None)
    return notes if isinstance(notes, dict) else {}


def _moment(told: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC)
    return at if at > _BEFORE_IMAGES else None


def images_of(index: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of an index that are images, the usual platform first; none of a manifest.

    Attestations stand beside them, as of a platform that is unknown.
    """
    parts = index.get("manifests")
    images = [
        part
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and digest_of(part) and _platform(part) != "unknown/unknown"
    ]
    return sorted(images, key=lambda part: _platform(part) != "linux/amd64")


def config_of(manifest: dict[str, Any]) -> str | None:
    """Return the digest of a manifest's configuration."""
    config = manifest.get("config")
    return digest_of(config) if isinstance(config, dict) else None


def digest_of(part: dict[str, Any]) -> str | None:
    """Return the digest of what is described."""
    digest = part.get("digest")
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None


def _platform(part: dict[str, Any]) -> str:
    told = part.get("platform")
    return f"{told.get('os')}/{told.get('architecture')}" if isinstance(told, dict) else ""
