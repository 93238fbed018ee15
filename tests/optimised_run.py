"""A run that made a root faster, as it is kept: made up, but for the root."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fettle.frontends.report.optimised_document import of_load
from fettle.model.browser import PageAsked
from fettle.model.experiment import (
    Earned,
    OptimisationRun,
    Outcome,
    Patch,
    Risk,
    RunStatus,
    StepTaken,
)
from fettle.model.loaded import Load, Shot, When
from fettle.model.measurement import Profile, Request, Visit
from fettle.optimisation import document
from fettle.optimisation.measure import together
from fettle.store import optimisations
from fettle.store.statements import Connection
from fettle.targets.webroot.roots import LocalRoots

URL = "https://shop.example/"
BEGUN = datetime(2026, 1, 5, 9, tzinfo=UTC)
PICTURE = b"\x89PNG\r\n\x1a\n" + b"not looked at"


def done(id_: str, root: str = "/srv/www/shop", begun: datetime = BEGUN) -> OptimisationRun:
    """Return a run that one step has made faster, that another was taken back in."""
    lcp = Earned("index.html", "phone", "lcp", 5000.0, 2000.0, 0.008)
    weight = Earned("index.html", "phone", "bytes", 400_000.0, 90_000.0, 0.008)
    slower = Earned("index.html", "phone", "lcp", 2000.0, 2500.0, 0.03)
    why = "timing: it earned nothing that can be told from chance"
    patch = Patch("nginx.conf", "Let browsers keep what does not change", "brotli_static on;")
    return OptimisationRun(
        id_,
        root,
        (URL,),
        begun,
        RunStatus.DONE,
        begun + timedelta(minutes=9),
        verified=True,
        swapped=True,
        steps=(
            StepTaken(
                *("redraw_images", "Offer images as AVIF", Risk.GATED, Outcome.KEPT, ""),
                files=("hero.jpg.avif",),
                bytes_before=300_000,
                bytes_after=60_000,
                earned=(lcp, weight),
            ),
            StepTaken(
                *("load_late", "Load images late", Risk.GATED, Outcome.TAKEN_BACK, why),
                files=("index.html",),
                earned=(slower,),
            ),
            StepTaken(
                *("keep_in_browsers", "Keep", Risk.PROPOSED, Outcome.PROPOSED, ""),
                patches=(patch,),
            ),
        ),
        compared=(lcp, weight),
        loads=(load(When.BEFORE, 5000, 400_000), load(When.AFTER, 2000, 90_000)),
        shots=tuple(_shots()),
    )


def load(when: When, lcp: float, size: int) -> Load:
    """Return how a page was loaded: a document, and an image that is the largest paint."""
    image = "hero.jpg" if when is When.BEFORE else "hero.jpg.avif"
    requests = (
        Request(URL, "document", 0, 600, 700, transferred=9_000, status=200),
        Request(URL + image, "image", 710, 1300, lcp - 100, size - 9_000, status=200),
    )
    visits = [
        Visit(URL, "Chrome/1", {"lcp": lcp + away, "cls": 0.0}, requests)
        for away in (-40.0, 0.0, 10.0, 0.0, 60.0)
    ]
    asked = PageAsked(URL, Profile.PHONE, timedelta(minutes=1))
    return Load("index.html", when, together(asked, visits, BEGUN, timedelta(minutes=1)))


def _shots() -> list[Shot]:
    made = [
        Shot("screen", "index.html", profile, when, "image/png", 41, 82, PICTURE)
        for profile in ("phone", "desktop")
        for when in When
    ]
    for when, ends in ((When.BEFORE, 5000.0), (When.AFTER, 2000.0)):
        made += [
            Shot("frame", "index.html", "phone", when, "image/png", 24, 48, PICTURE, at)
            for at in (900.0, ends)
        ]
    return made


async def keep(connection: Connection, run: OptimisationRun, machine: str = "web-1") -> None:
    """Keep a run as the command line does."""
    async with connection.transaction():
        await optimisations.keep(
            *(connection, document.of_run(run), "cli:grace", machine),
            run.started_at,
            run.ended_at,
        )
        loads = [(one, of_load(one)) for one in run.loads]
        await optimisations.keep_seen(connection, run.id, loads, run.shots)


def swapped(root: Path, id_: str, files: Mapping[str, bytes]) -> OptimisationRun:
    """Make a root another one, as a run does, and return that run."""
    roots = LocalRoots()
    with roots.alone(root):
        copy, before = roots.copied(root, id_)
        for path, content in files.items():
            copy.put(path, content, path)
        copy.swap()
        copy.keep()
    return replace(done(id_), root=str(root), before=before.sha256)
