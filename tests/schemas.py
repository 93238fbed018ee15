"""The JSON Schemas that the documentation promises."""

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema of a document: `fettle.check/1`."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name.replace('/', '-')}.json").read_text())
    return found


@functools.cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(name))


def validate(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document when it is as its own schema says, with no field beside those in it."""
    name = document["schema"]
    _validator(name).validate(document)
    assert document.keys() == schema(name)["properties"].keys()
    return document
