"""Where browsers of people tell how pages were for them: `/field/{site}`, and the script for it.

`GET /field/{site}.js` is what a page of the site loads; it posts to `/field/{site}` once, when the
page is first left.

1. What is answered with 204 is on disk: added to the day's counts of its page. Of who it was, of
   the address behind the path and of the moment nothing is kept.
2. A page is one of the site's by the Origin that its browser names. Whoever is no browser can name
   any: what they send is bounded, and can spoil figures of this site, nothing else.
3. Over its quota a site gets 429, and each is counted as dropped. What is left is a sample.
"""

import gzip
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fettle.errors import BadPayload, FettleError, NotAllowed, NotFound, TooLarge, TooMuch
from fettle.frontends.api import cross_origin, problems
from fettle.frontends.api.bodies import limited, whole
from fettle.frontends.api.observe import Figures
from fettle.frontends.api.serving import Serving
from fettle.intake.quota import Quota
from fettle.optimisation import beacon
from fettle.settings.field import FieldSettings
from fettle.store.deliveries import Counted
from fettle.store.field import visited

VENDOR = "field"
_KEPT_S = 3600  # for so long browsers keep the script


class FieldDoors:
    """The doors of one process, with what they remember of how often each site came."""

    def __init__(self, serving: Serving, figures: Figures) -> None:
        self._serving = serving
        self._figures = figures
        self._sites = {one.name: one for one in serving.settings.field}
        intake = serving.settings.intake
        self._quotas = {name: Quota(intake.rate, intake.burst) for name in self._sites}

    def routes(self) -> list[Route]:
        """Return the routes; the script's comes first, since a site is any name."""
        return [
            Route("/field/{site}.js", self._script, methods=["GET", "HEAD"]),
            Route("/field/{site}", self._visit, methods=["POST"]),
            Route("/field/{site}", cross_origin.asked_before, methods=["OPTIONS"]),
        ]

    async def _script(self, request: Request) -> Response:
        try:
            self._site(request)
            text = _script()
        except FettleError as error:
            return cross_origin.readable(problems.of_error(error))
        headers = {"Cache-Control": f"public, max-age={_KEPT_S}", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            text = _packed()
            headers["Content-Encoding"] = "gzip"
        kind = "text/javascript; charset=utf-8"
        return cross_origin.readable(Response(text, media_type=kind, headers=headers))

    async def _visit(self, request: Request) -> Response:
        try:
            site = self._site(request)
            self._of_its_pages(site, request)
            self._within_quota(site)
            await self._keep(site, request)
        except FettleError as error:
            self._figures.arrived.labels(VENDOR, "refused").inc()
            return cross_origin.readable(problems.of_error(error))
        self._figures.arrived.labels(VENDOR, "accepted").inc()
        return cross_origin.readable(Response(status_code=204))

    def _site(self, request: Request) -> FieldSettings:
        site = self._sites.get(request.path_params["site"])
        if site is None:
            raise NotFound("no site is called so", remedy="name it as a [[field]] of fettle.toml")
        return site

    def _of_its_pages(self, site: FieldSettings, request: Request) -> None:
        origin = request.headers.get("origin", "")
        if origin.lower() not in site.origins:
            self._count(site, "refused", "from a page of another origin")
            raise NotAllowed(
                f"{origin[:120] or 'no origin'} is none of this site's",
                remedy="name it among the origins of its [[field]] in fettle.toml",
            )

    async def _keep(self, site: FieldSettings, request: Request) -> None:
        try:
            body = await whole(limited(request, beacon.LARGEST_BODY))
            told = beacon.read(body, site.pages)
        except BadPayload as error:
            self._count(
                site, "refused", "too large" if isinstance(error, TooLarge) else error.reason
            )
            raise
        now = self._serving.clock.now()
        await self._serving.visits.keep(visited(site.name, site.most_pages, now, told))

    def _within_quota(self, site: FieldSettings) -> None:
        if (seconds := self._quotas[site.name].take(self._serving.clock.now())) is not None:
            self._count(site, "dropped", "over its quota")
            raise TooMuch(
                f"{site.name} is visited more often than is counted",
                retry_after_s=seconds,
                remedy="[intake] rate and burst in fettle.toml",
            )

    def _count(self, site: FieldSettings, outcome: str, reason: str) -> None:
        self._serving.tally.note(Counted(site.name, VENDOR, outcome, reason))


@cache
def _script() -> bytes:
    """Return what a page loads; raises NotFound where its part of npm was not brought."""
    try:
        package = files("fettle.targets.browser") / "packages" / "web-vitals.js"
        vitals = package.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            "the package web-vitals was not brought",
            remedy="run script/frontend, or install a wheel",
        ) from None
    return vitals + b"\n" + (files("fettle.frontends.api") / "beacon.js").read_bytes()


@cache
def _packed() -> bytes:
    return gzip.compress(_script(), 9, mtime=0)
