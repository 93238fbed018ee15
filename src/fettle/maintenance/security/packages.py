"""Known weaknesses of what is installed: dependencies of projects, packages of the machine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.model.quantity import say_count, say_duration
from fettle.model.security import (
    Advisory,
    Audited,
    Look,
    Looked,
    Packages,
    Skipped,
    Weakness,
)
from fettle.model.severity import Severity

DEPENDENCIES = "dependencies"
PACKAGES = "packages"
# Of what nobody has graded: as grave as what is mended at once, until somebody has.
_UNGRADED = Severity.HIGH
_NO_UPDATE = "no version without it is known: replace it, or see what the advisory says"


def of_audits(told: Sequence[Audited | Skipped]) -> Look:
    """Judge what auditors said; what one left out was not looked at."""
    look = Look()
    for one in told:
        look += Look(skipped=(one,)) if isinstance(one, Skipped) else _of_audit(one)
    return look


def _of_audit(audited: Audited) -> Look:
    subject = f"{audited.project}: {audited.source}"
    skipped = [
        Skipped(DEPENDENCIES, f"{subject}: {one.partition(':')[0]}", one.partition(": ")[2] or one)
        for one in audited.not_audited
    ]
    if not audited.packages:
        none = Skipped(DEPENDENCIES, subject, f"{audited.auditor} found no package to audit")
        return Look(skipped=(*skipped, none))
    how = f"{say_count(audited.packages, 'package')} by {audited.auditor}"
    weaknesses = tuple(_of_advisory(audited, one) for one in audited.advisories)
    return Look(weaknesses, (Looked(DEPENDENCIES, subject, how),), tuple(skipped))


def _of_advisory(audited: Audited, one: Advisory) -> Weakness:
    severity = _UNGRADED if one.severity is None else one.severity
    ungraded = " (nobody says how grave)" if one.severity is None else ""
    says = f"{one.package} {one.version}: {one.id}{ungraded}"
    closes = _NO_UPDATE
    if one.fixed_in:
        closes = f"{one.package}: {' or '.join(one.fixed_in[:3])}"
    return Weakness(
        DEPENDENCIES, audited.project, severity, f"{says}: {one.says}".rstrip(": "), closes
    )


def of_packages(
    told: Packages | Skipped, now: datetime, stale_after: timedelta, label: str | None = None
) -> Look:
    """Judge the updates that wait on a machine, which has a label or is this one."""
    subject = f"{label or 'this machine'}'s packages"
    if isinstance(told, Skipped):
        return Look(skipped=(replace(told, subject=subject),))
    weaknesses = tuple(
        Weakness(
            PACKAGES,
            one.package if label is None else f"{label}: {one.package}",
            _UNGRADED,
            f"{one.package} {one.installed} has a security update ({one.origin})",
            f"apt-get install --only-upgrade {one.package}, to {one.offered}",
        )
        for one in told.waiting
        if one.security
    )
    age = now - told.listed_at
    if age > stale_after:
        stale = f"apt's lists are {say_duration(age)} old: what came since is not known"
        return Look(weaknesses, skipped=(Skipped(PACKAGES, subject, stale, "apt-get update"),))
    others = len(told.waiting) - len(weaknesses)
    how = f"{len(weaknesses)} with a security update, {others} with another one"
    return Look(weaknesses, (Looked(PACKAGES, subject, how),))


def closed_by_updates(advisories: Sequence[Weakness]) -> Sequence[str]:
    """Return what closes weaknesses of dependencies, each once."""
    closes = (one.closes for one in advisories if one.area == DEPENDENCIES)
    return [one for one in dict.fromkeys(closes) if one != _NO_UPDATE]
