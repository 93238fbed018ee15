"""Moments as documents write them: UTC, to the second (`2026-11-23T10:00:00Z`)."""

from datetime import UTC, datetime


def moment(at: datetime | None) -> str | None:
    """Return a moment as it is written, or null."""
    return None if at is None else said(at)


def said(at: datetime) -> str:
    """Return a moment as it is written."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
