"""The OpenAPI document: what is the same for every route, written once.

Each may refuse with a problem document (RFC 9457); each that changes something takes an
Idempotency-Key; each wants a bearer token.
"""

from typing import Any

from fastapi import FastAPI

from fettle.frontends.api.problems import Problem

_UNSAFE = frozenset({"post", "put", "patch", "delete"})
_REFUSED = {"400", "401", "403", "404", "408", "409", "412", "413", "422", "429", "502", "503"}
_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "under the same key it is done once, however often it is sent",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


class Described(FastAPI):
    """An application whose document says what its routes share."""

    def openapi(self) -> dict[str, Any]:
        """Return the document."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts["responses"] = {
        "Problem": {
            "description": "Refused: what is wrong, and what can be done about it",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            refused = {status: {"$ref": "#/components/responses/Problem"} for status in _REFUSED}
            operation["responses"] = dict(sorted({**operation["responses"], **refused}.items()))
            if method in _UNSAFE:
                operation.setdefault("parameters", []).append(_KEY)
    return document
