"""What manifests and configurations of images say: which belongs to which, and when it was made.

Source: OCI image specification 1.1 (index, manifest, config, annotations).
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

_CREATED = "org.opencontainers.image.created"
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


def made_at(told: dict[str, Any]) -> datetime | None:
    """Return when a manifest, a part of an index or a configuration says that it was made."""
    annotations = told.get("annotations")
    noted = annotations.get(_CREATED) if isinstance(annotations, dict) else None
    try:
        at = datetime.fromisoformat(str(noted or told.get("created")))
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
