"""Real builds of a small shop, with their source maps and an error of each, and bundles of them.

`app-1.js` and `app-2.js` were made by esbuild of two states of the same code, got their debug ids
from `sentry-cli sourcemaps inject`, and each event is what Sentry's browser SDK sent of it.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fettle.intake.errors.event import read_event
from fettle.model.error_event import ErrorEvent

BUILT = Path(__file__).with_name("built")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DEBUG_IDS = {1: "2750c59e-0001-5737-a6c5-ca9ba0285779", 2: "aedf0b0a-3e64-54b2-8adc-ad6f132404d8"}


def sent(build: int) -> dict[str, Any]:
    """Return the event of a build as the SDK sent it."""
    found: dict[str, Any] = json.loads((BUILT / f"event-{build}.json").read_text())
    return found


def event(build: int, **changed: object) -> ErrorEvent:
    """Return the event of a build as it is read."""
    return read_event(json.dumps(sent(build) | changed).encode(), NOW)


def map_of(build: int) -> bytes:
    """Return the source map of a build."""
    return (BUILT / f"app-{build}.js.map").read_bytes()


def bundle(build: int, *, with_debug_id: bool = True) -> bytes:
    """Return the bundle that sentry-cli makes of a build."""
    of: dict[str, str] = {"debug-id": DEBUG_IDS[build]} if with_debug_id else {}
    name, source_map = f"app-{build}.js", json.loads(map_of(build))
    if not with_debug_id:
        source_map = {key: one for key, one in source_map.items() if "ebug" not in key}
    files = {
        f"_/_/assets/{name}": {
            "type": "minified_source",
            "url": f"~/assets/{name}",
            "headers": {**of, "sourcemap": f"{name}.map"},
        },
        f"_/_/assets/{name}.map": {
            "type": "source_map",
            "url": f"~/assets/{name}.map",
            "headers": of,
        },
    }
    return b"SYSB\x02\0\0\0" + zipped(
        {
            "manifest.json": json.dumps({"files": files, "org": "any", "project": "shop"}),
            f"_/_/assets/{name}": (BUILT / name).read_text(),
            f"_/_/assets/{name}.map": json.dumps(source_map),
        }
    )


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of files, the same whenever it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()
