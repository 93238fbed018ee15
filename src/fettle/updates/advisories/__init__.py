"""Advisories: OSV records read, joined by their aliases, and which versions they affect."""

from fettle.updates.advisories.affects import Verdict, verdict
from fettle.updates.advisories.joined import joined
from fettle.updates.advisories.record import (
    Glance,
    ecosystem_name,
    glance,
    package_of,
    read,
)

__all__ = [
    "Glance",
    "Verdict",
    "ecosystem_name",
    "glance",
    "joined",
    "package_of",
    "read",
    "verdict",
]
