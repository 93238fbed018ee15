"""A live site to make faster, with a browser and an eye that reckon instead of drawing."""

import http.client
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import numpy as np
from PIL import Image

from fettle.errors import CannotLook, Unreachable
from fettle.flow.optimising import Asked, Means, optimise
from fettle.model.browser import Frame, PageAsked
from fettle.model.experiment import Gain, OptimisationRun, Risk
from fettle.model.measurement import LargestPaint, Picture, Profile, Request, Visit
from fettle.model.page import Page
from fettle.model.ports_experiment import Sight
from fettle.optimisation import markup
from fettle.targets.webroot.files import Folder
from fettle.targets.webroot.live import LiveSite
from fettle.targets.webroot.roots import LocalRoots
from fettle.targets.webroot.serving import serving
from fettle.testing import SteppedClock
from fettle.unit import optimisations
from fettle.unit.module import Module
from fettle.unit.optimisation import Improving, Optimisation
from tests.optimisation import drawn

BYTES_A_MS = 100


def fetched(url: str) -> tuple[int, bytes]:
    """Ask as a browser does, and return what came, packed as it came."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept-Encoding": "br"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        raise Unreachable(f"{url}: {error}") from error
    finally:
        connection.close()


def plainly(url: str) -> bytes:
    """Return a page's text."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().read()
    except OSError as error:
        raise Unreachable(f"{url}: {error}") from error
    finally:
        connection.close()


@dataclass
class ReckoningBrowser:
    """Takes a millisecond for so many bytes; the first image is the largest paint."""

    visits: int = 0
    quick: bool = False

    async def visit(self, page: PageAsked) -> Visit:
        """See model.browser.Browser.visit."""
        self.visits += 1
        read = markup.read(plainly(page.url))
        assert read is not None
        requests = [Request(page.url, "document", 0, transferred=len(fetched(page.url)[1]))]
        pictures: list[Picture] = []
        sized = True
        for kind, address, tag in _loads(read):
            url = urljoin(page.url, address)
            seen = not pictures
            if kind == "image":
                sized = sized and "width" in tag.attributes
                pictures.append(
                    Picture(url, 160, 120, 160, 120, "width" in tag.attributes, False, seen)
                )
                if tag.get("loading") == "lazy" and not seen:
                    continue
            status, body = fetched(url)
            requests.append(Request(url, kind, 0, transferred=len(body), status=status))
        loaded = sum(one.transferred for one in requests)
        late = 0 if b"defer" not in plainly(page.url) else 900
        wobble = self.visits % 3
        figures = {
            "lcp": 400 + loaded / BYTES_A_MS + wobble + late,
            "fcp": 2000 + wobble - late / 2,
            "cls": 0.0 if sized else 0.3,
        }
        if self.quick:
            figures = dict.fromkeys(figures, 0.05)
        paint = (
            LargestPaint(figures["lcp"], "img", pictures[0].url, 1, 1, 1, 1) if pictures else None
        )
        return Visit(
            page.url, "reckoning", figures, tuple(requests), paint, pictures=tuple(pictures)
        )


@dataclass
class ReckoningCamera(ReckoningBrowser):
    """Shows a page that is blank, and is there at once when it has loaded; implements Camera."""

    films: bool = True

    async def film(self, page: PageAsked) -> list[Frame]:
        """See model.browser.Camera.film."""
        if not self.films:
            raise CannotLook("the lens is covered")
        visit = await self.visit(page)
        shades = {0.0: 255, visit.figures["lcp"]: 40}
        return [Frame(at, _grey(shade)) for at, shade in shades.items()]


def _grey(shade: int) -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.full((480, 240, 3), shade, np.uint8)).save(written, "JPEG")
    return written.getvalue()


def _loads(read: markup.Markup) -> Iterator[tuple[str, str, markup.Tag]]:
    source = None
    for tag in read.tags:
        if tag.name == "source" and source is None:
            source = tag.get("srcset")
        elif tag.name == "img":
            yield "image", source or tag.get("src"), tag
            source = None
        elif tag.name == "link" and tag.get("rel") == "stylesheet":
            yield "stylesheet", tag.get("href"), tag
        elif tag.name == "script" and tag.get("src"):
            yield "script", tag.get("src"), tag


@dataclass
class ReckoningEye:
    """Shows a page as high as it has lines; what is missing is told.

    `wrong` is what it says, of what is
    in the page; `wrong_at` what it says at one address alone.
    """

    wrong: dict[str, str] = field(default_factory=dict)
    wrong_at: dict[str, dict[str, str]] = field(default_factory=dict)

    async def look(self, url: str, profile: Profile) -> Sight:
        """See model.ports_experiment.Eye.look."""
        text = plainly(url)
        read = markup.read(text)
        assert read is not None
        missing = {
            urlsplit(urljoin(url, address)).path
            for _, address, _ in _loads(read)
            if fetched(urljoin(url, address))[0] != 200
        }
        height = 200 + 10 * text.count(b"\n")
        pixels = np.full((height, 120, 3), 255, np.uint8)
        pixels[20:60:4] = 0
        written = io.BytesIO()
        Image.fromarray(pixels).save(written, "PNG")
        wrong = {**self.wrong, **self.wrong_at.get(url, {})}
        said = {says for part, says in wrong.items() if part.encode() in text}
        return Sight(profile.value, written.getvalue(), frozenset(said), frozenset(missing))


PAGE = (
    """<!doctype html>
<html><head><title>A shop</title>
<link rel="stylesheet" href="a.css">
<script src="a.js"></script>
</head><body><h1>A shop</h1>
<img src="hero.jpg"><p>words</p>
"""
    + "<p>Something to read, again and again.</p>" * 50
    + """
<img src="below.png">
</body></html>
"""
)
SHEET = "/* a comment that goes */\nbody   {  color :  black ;  }\n" * 40


def built(folder: Path) -> Path:
    """Make an ill root in a folder."""
    root = folder / "srv" / "shop"
    root.mkdir(parents=True)
    (root / "index.html").write_text(PAGE)
    (root / "a.css").write_text(SHEET)
    (root / "a.js").write_text("// a comment\nvar  a  =  1 ;\n" * 40)
    (root / "hero.jpg").write_bytes(drawn.jpeg(drawn.photograph(320, 240), quality=98))
    (root / "below.png").write_bytes(drawn.png(drawn.photograph(280, 210, seed=3)))
    return root


@dataclass(frozen=True)
class MadeUp(Module):
    """The module of a step that a test makes up."""

    @cached_property
    def page(self) -> Page:
        """A title, and nothing else."""
        return Page("Do something", {})


@dataclass
class Lively:
    """A site that is live, and everything that it takes to make it faster."""

    url: str
    root: Path
    eye: ReckoningEye = field(default_factory=ReckoningEye)
    browser: ReckoningBrowser = field(default_factory=ReckoningBrowser)
    said: list[str] = field(default_factory=list)
    camera: ReckoningCamera | None = None

    def means(self, *steps: Optimisation, live: LiveSite | None = None) -> Means:
        return Means(
            LocalRoots(),
            self.browser,
            self.eye,
            live or LiveSite(),
            SteppedClock(),
            {one.id: one for one in steps} if steps else optimisations(),
            self.said.append,
            self.camera,
        )

    @property
    def asked(self) -> Asked:
        return Asked(self.root, (self.url,), although_good=True)


async def cut_off(_run: str, _how: str) -> bool:
    """Be told of nothing that is news."""
    return False


async def optimised(asked: Asked, means: Means) -> OptimisationRun:
    async def keep(_: OptimisationRun) -> None:
        """Keep nothing."""

    return await optimise(asked, means, keep, cut_off)


@contextmanager
def live(root: Path) -> Iterator[Lively]:
    with serving(Folder(root), {}, packs=False) as url:
        yield Lively(url, root)


def step(
    name: str, improve: Improving, risk: Risk = Risk.GATED, gain: Gain = Gain.TIME
) -> Optimisation:
    return Optimisation(MadeUp(f"tests.flow.{name}"), improve, risk, gain, 1)
