"""The shop's site was made faster: what that earned, what it looks like, what is left to people.

The first run was taken back at once, one found nothing to do, and the last made it a lot faster.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.demonstration import drawn
from fettle.demonstration.teller import Teller
from fettle.frontends.report.optimised_document import of_load
from fettle.model.browser import PageAsked
from fettle.model.experiment import (
    Earned,
    LeftAlone,
    OptimisationRun,
    Outcome,
    Patch,
    PatchKind,
    RunStatus,
    StepTaken,
)
from fettle.model.loaded import Load, Shot, When
from fettle.model.measurement import LargestPaint, Profile, Request, Visit
from fettle.optimisation import document
from fettle.optimisation.measure import together
from fettle.store import optimisations
from fettle.unit import optimisations as units

URL = "https://shop.example/"
_ROOT, _MACHINE = "/srv/www/shop", "web-1"
_PAGE = "index.html"
_WITHIN = timedelta(minutes=1)
_JITTER = (0.0, 0.012, -0.009, 0.004, -0.006)  # of five visits
_SURE = 0.0079  # five against five that do not overlap

# What is loaded: name, kind, when it is asked for, when its first byte comes, when its last; KiB.
_Loaded = tuple[str, str, int, int, int, int]
_BEFORE: Sequence[_Loaded] = (
    ("", "document", 0, 612, 704, 18),
    ("shop.css", "stylesheet", 690, 1270, 3480, 96),
    ("app.js", "script", 695, 1280, 6720, 239),
    ("fonts.css", "stylesheet", 3490, 4080, 4090, 2),
    ("logo.png", "image", 700, 1300, 2210, 41),
    ("hero.jpg", "image", 702, 1310, 23410, 1904),
    ("till.woff", "font", 4100, 4690, 6980, 92),
    *((f"tea-{number}.jpg", "image", 705, 1320, 15200 + 900 * number, 283) for number in range(6)),
    ("visits.js", "script", 6730, 7330, 7420, 7),
)
_AFTER: Sequence[_Loaded] = (
    ("", "document", 0, 604, 618, 5),
    ("hero.jpg.avif", "image", 622, 1190, 2890, 405),
    ("shop.css", "stylesheet", 624, 1200, 1350, 14),
    ("app.js", "script", 626, 1210, 2240, 68),
    ("fonts.css", "stylesheet", 1355, 1930, 1935, 1),
    ("logo.png.webp", "image", 630, 1220, 1420, 12),
    ("till.woff", "font", 1940, 2520, 3480, 92),
    *(
        (f"tea-{number}.jpg.avif", "image", 632, 1230, 3600 + 190 * number, 122)
        for number in (0, 1)
    ),
    ("visits.js", "script", 2250, 2830, 2900, 3),
)
_FIGURES = {
    When.BEFORE: {
        "ttfb": 612.0,
        "fcp": 6936.0,
        "lcp": 23_872.0,
        "cls": 0.153,
        "inp": 96.0,
        "tbt": 410.0,
        "tti": 7100.0,
        "server_response": 48.0,
    },
    When.AFTER: {
        "ttfb": 604.0,
        "fcp": 2280.0,
        "lcp": 3320.0,
        "cls": 0.02,
        "inp": 88.0,
        "tbt": 350.0,
        "tti": 2600.0,
        "server_response": 47.0,
    },
}
_KIB = 1024
_NGINX = """location ~* \\.(?:avif|webp|jpg|png|woff2?)$ {
    add_header Cache-Control "public, max-age=31536000, immutable";
}
brotli_static on;
gzip_static on;"""
_DEFERRED = """--- a/index.html
+++ b/index.html
@@ -5,3 +5,3 @@
 <link rel="stylesheet" href="shop.css">
-<script src="app.js"></script>
+<script src="app.js" defer></script>
 <title>Tea, and what it needs</title>
"""


@dataclass(frozen=True)
class _Step:
    """A step of the ledger: what became of it, and the largest paint and the bytes after it."""

    id: str
    outcome: Outcome
    lcp: float = 0.0
    kib: int = 0
    reason: str = ""
    files: tuple[str, ...] = ()
    passed: tuple[LeftAlone, ...] = ()
    patches: tuple[Patch, ...] = ()


_KEPT, _PROPOSED = Outcome.KEPT, Outcome.PROPOSED
_STEPS = (
    _Step(
        *("redraw_images", _KEPT, 9410, 1620),
        files=("index.html", "hero.jpg.avif", "hero.jpg.webp", "logo.png.webp", "tea-0.jpg.avif"),
        passed=(
            LeftAlone("steam.gif", "it moves"),
            LeftAlone("seal.png", "it has a colour profile"),
        ),
    ),
    _Step(
        *("size_images", Outcome.REFUSED),
        reason="page: the page was 412×5765 on phone and is 412×6265",
        files=("index.html",),
    ),
    _Step("load_late", _KEPT, 8960, 1210, files=("index.html",)),
    _Step("hasten_largest", _KEPT, 4410, 1210, files=("index.html",)),
    _Step("shrink_images", _KEPT, 4400, 1150, files=("hero.jpg", "logo.png", "tea-0.jpg")),
    _Step("minify_styles", _KEPT, 4390, 1146, files=("shop.css", "fonts.css")),
    _Step(
        *("minify_scripts", _KEPT, 4380, 1141),
        files=("app.js", "visits.js"),
        passed=(LeftAlone("pay.js", "its integrity is promised in checkout.html"),),
    ),
    _Step(
        *("modernise_fonts", Outcome.TAKEN_BACK, 4870, 1101),
        reason="timing: lcp on phone went from 4,380 to 4,870 (p = 0.008)",
        files=("till.woff2", "fonts.css"),
    ),
    _Step("precompress_files", _KEPT, 3320, 844, files=("index.html.br", "shop.css.br")),
    _Step(
        *("defer_scripts", _PROPOSED),
        patches=(Patch(_PAGE, "let app.js wait until the page is read", _DEFERRED),),
    ),
    _Step("join_imports", Outcome.NOTHING),
    _Step(
        *("keep_in_browsers", _PROPOSED),
        patches=(Patch("nginx.conf", "let browsers keep files: nginx", _NGINX, PatchKind.FILE),),
    ),
)

# How much of the page is there, and from when on.
_CAME: Mapping[When, Sequence[tuple[float, int]]] = {
    When.BEFORE: (
        *((120.0, drawn.NOTHING), (6940.0, drawn.TEXT), (15_300.0, drawn.PARTS)),
        *((19_800.0, drawn.MOST), (23_870.0, drawn.ALL)),
    ),
    When.AFTER: ((110.0, drawn.NOTHING), (2280.0, drawn.TEXT), (3320.0, drawn.ALL)),
}


async def tell(teller: Teller, now: datetime) -> None:
    """Let the runs have been made in the weeks before a moment."""
    for run in (_undone(now), _good(now), _faster(now)):
        loads = [(one, of_load(one)) for one in run.loads]
        async with teller.serving.pool.connection() as connection, connection.transaction():
            await optimisations.keep(
                connection,
                document.of_run(run),
                "cli:grace",
                _MACHINE,
                run.started_at,
                run.ended_at,
            )
            await optimisations.keep_seen(connection, run.id, loads, run.shots)


def _faster(now: datetime) -> OptimisationRun:
    """Return the last run: the page was ill, and it made it a lot faster."""
    begun = now - timedelta(hours=26)
    before, after = _load(When.BEFORE, begun), _load(When.AFTER, begun)
    compared = [
        _earned(name, before.measured.metrics[name].median, after.measured.metrics[name].median)
        for name in ("fcp", "lcp", "cls")
    ]
    sizes = (one.measured.weight.transferred for one in (before, after))
    return OptimisationRun(
        *("5f3ac81e20d7", _ROOT, (URL,), begun, RunStatus.DONE, begun + timedelta(minutes=52)),
        verified=True,
        swapped=True,
        steps=tuple(_ledger()),
        compared=(*compared, _earned("bytes", *sizes)),
        loads=(before, after),
        shots=tuple(_shots()),
    )


def _undone(now: datetime) -> OptimisationRun:
    """Return one that was taken back at once: the site did not answer as it should."""
    begun = now - timedelta(days=19, hours=3)
    why = f"the live site: {URL}hero.jpg.avif answers 404; the old root was put back"
    return OptimisationRun(
        *("7be1f0c2a914", _ROOT, (URL,), begun, RunStatus.UNDONE, begun + timedelta(minutes=21)),
        verified=True,
        reason=why,
        steps=tuple(_ledger(_STEPS[:1])),
        compared=(_earned("lcp", 23_880, 9430), _earned("bytes", 4097 * _KIB, 1620 * _KIB)),
        loads=(_load(When.BEFORE, begun),),
    )


def _good(now: datetime) -> OptimisationRun:
    """Return one that found nothing to do."""
    begun = now - timedelta(days=8, hours=5)
    return OptimisationRun(
        *("c3d9a84e5f07", _ROOT, (f"{URL}about.html",), begun, RunStatus.DONE),
        ended_at=begun + timedelta(seconds=64),
        verified=True,
        notes=("every page keeps the budgets already: nothing was done",),
    )


def _ledger(steps: Sequence[_Step] = _STEPS) -> Iterator[StepTaken]:
    """Yield the steps one after the other, each beside what the ones before it had left."""
    now = (23_872.0, 4097)
    for step in steps:
        yield _line(step, now)
        if step.outcome is Outcome.KEPT:
            now = (step.lcp, step.kib)


def _line(step: _Step, now: tuple[float, int]) -> StepTaken:
    known = units()[step.id]
    measured = step.outcome in (Outcome.KEPT, Outcome.TAKEN_BACK)
    sizes = (now[1] * _KIB, step.kib * _KIB)
    return StepTaken(
        step.id,
        known.page.title,
        known.risk,
        step.outcome,
        step.reason,
        step.files,
        *(sizes if measured else (0, 0)),
        earned=(_earned("lcp", now[0], step.lcp), _earned("bytes", *sizes)) if measured else (),
        passed=step.passed,
        patches=step.patches,
    )


def _earned(metric: str, before: float, after: float) -> Earned:
    chance = _SURE if abs(before - after) > 0.1 * before else 0.31
    return Earned(_PAGE, Profile.PHONE.value, metric, before, after, chance)


def _load(when: When, begun: datetime) -> Load:
    """Return how the page was loaded."""
    visits = [_visit(when, jitter) for jitter in _JITTER]
    asked = PageAsked(URL, Profile.PHONE, _WITHIN)
    return Load(_PAGE, when, together(asked, visits, begun, timedelta(minutes=2)))


def _visit(which: When, jitter: float) -> Visit:
    figures = {name: round(value * (1 + jitter), 3) for name, value in _FIGURES[which].items()}
    rows = _BEFORE if which is When.BEFORE else _AFTER
    lcp, hero = figures["lcp"], next(row for row in rows if row[0].startswith("hero"))
    paint = LargestPaint(
        *(lcp, "body > main > img", URL + hero[0], hero[2] * 0.4, 80.0),
        load_ms=lcp - hero[2] * 0.4 - 200,
        render_delay_ms=120.0,
    )
    requests = tuple(_request(row) for row in rows)
    return Visit(URL, "HeadlessChrome/156.0.6878.0", figures, requests, paint)


def _request(row: _Loaded) -> Request:
    name, kind, start, first, end, kib = row
    return Request(
        URL + name,
        kind,
        start,
        first,
        end,
        transferred=kib * _KIB,
        decoded=kib * _KIB,
        status=200,
        blocks_rendering=name in ("shop.css", "app.js", "fonts.css"),
        asked_by="" if kind == "document" else URL,
    )


def _shots() -> Iterator[Shot]:
    """Yield what the page looked like: the whole of it, and how it came."""
    for profile, width, height in (("phone", 412, 1400), ("desktop", 900, 1100)):
        for when in When:
            content = drawn.page(width, height, drawn.ALL)
            yield Shot("screen", _PAGE, profile, when, "image/png", width, height, content)
    for when, came in _CAME.items():
        for at_ms, much in came:
            content = drawn.page(240, 480, much)
            yield Shot("frame", _PAGE, "phone", when, "image/png", 240, 480, content, at_ms)
