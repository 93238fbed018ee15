"""The parts of the API: each is imported, and its routes are made, when it is first needed."""

import importlib
from collections.abc import Iterator, Mapping

from fastapi import APIRouter

PREFIX = "/api/v1"
# Each by its file, with the first words of its paths; the document lists them in this order.
PARTS: Mapping[str, tuple[str, ...]] = {
    "issues": ("issues",),
    "moves": ("issues",),
    "work": ("issues",),
    "words": ("issues",),
    "reports": ("reports",),
    "known_errors": ("known-errors",),
    "solving": ("issues", "attempts", "solving"),
    "fixes": ("fixes", "plans", "plannings", "fix-runs"),
    "filters": ("filters",),
    "tasks": ("tasks", "occurrences"),
    "task_runs": ("tasks", "task-runs"),
    "updates": ("updates",),
    "optimisations": ("optimisations",),
    "deploys": ("deploys",),
    "silences": ("silences",),
    "targets": ("targets",),
    "people": ("teams", "oncall", "services", "receivers"),
    "errors": ("errors",),
    "intake": ("intake",),
    "heartbeats": ("heartbeats",),
    "logs": ("logs",),
    "triage": ("triage",),
    "reviews": ("issues", "reviews"),
    "actions": ("action-items",),
    "figures": ("figures",),
    "users": ("users",),
    "audit": ("audit",),
}


def every() -> Iterator[APIRouter]:
    """Return the routes of all parts."""
    return map(router, PARTS)


def about(path: str) -> Iterator[APIRouter]:
    """Return the routes of the parts that a path may be one of, one after the other."""
    below = path.removeprefix(f"{PREFIX}/").partition("/")[0]
    return (router(part) for part, words in PARTS.items() if below in words)


def router(part: str) -> APIRouter:
    """Return the routes of a part."""
    module = importlib.import_module(f"fettle.frontends.api.{part}")  # noqa: TID251
    routes: APIRouter = module.router
    return routes
