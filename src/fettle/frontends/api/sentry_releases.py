"""Where pipelines tell of releases by sentry-cli: `releases` and `deploys`.

A release that is announced is known before its first error. Its commits are kept, to say which may
have brought a bug. A deploy to an environment that people use is a deploy mark of each of its
applications.

Source: https://github.com/getsentry/sentry-cli/blob/master/src/api/mod.rs
"""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fettle.errors import BadPayload
from fettle.flow import releases as flow
from fettle.flow import upload_maps
from fettle.flow.releases import WentLive
from fettle.frontends.api.sentry_tools import ORG, Answer, guarded, json_of, validated
from fettle.frontends.api.serving import Serving
from fettle.intake.moments import moment
from fettle.model import commit
from fettle.model.deploy import Deploy
from fettle.model.role import Caller, Role
from fettle.store import deploys, releases
from fettle.store.releases import KnownRelease
from fettle.triage.moves import By

_PROJECT = "/api/0/projects/{org}/{project}"
_LISTED = 100
_LONGEST = 300  # of what is kept of a commit
_MOST_FILES = 1_000


def _cut(value: object) -> object:
    return value.strip()[:_LONGEST] if isinstance(value, str) else value


Short = Annotated[str, BeforeValidator(_cut)]


class Touched(BaseModel):
    """A file that a commit touched."""

    path: Short


class Commit(BaseModel):
    """A commit as a tool tells of it; whose address it is, is not kept."""

    id: Short = Field(min_length=1)
    author_name: Short | None = None
    timestamp: str | None = None
    message: str | None = None
    patch_set: list[Touched] | None = None

    def of(self, release: str) -> commit.Commit:
        """Return it as it is kept."""
        lines = (self.message or "").strip().splitlines() or [""]
        return commit.Commit(
            release,
            self.id,
            self.author_name or "",
            moment(self.timestamp),
            lines[0][:_LONGEST],
            tuple(one.path for one in (self.patch_set or [])[:_MOST_FILES]),
        )


class Release(BaseModel):
    """A release as it is told of."""

    version: str = Field(min_length=1, max_length=250)
    projects: list[str] = Field([], max_length=50)
    commits: list[Commit] | None = Field(None, max_length=1_000)
    refs: list[Any] = []


class Deployed(BaseModel):
    """A deploy as it is told of."""

    environment: str = Field(min_length=1, max_length=64)
    name: str = Field("", max_length=2000)
    url: str | None = Field(None, max_length=2000)
    date_finished: datetime | None = Field(None, alias="dateFinished")


class SentryReleases:
    """The routes."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> list[Route]:
        """Return them; the longer ones stand first, since a release may hold slashes."""
        one = f"{ORG}/releases/{{version:path}}"
        takes: list[tuple[str, str, Role, Answer]] = [
            (f"{ORG}/releases", "POST", Role.RESPONDER, self._announced),
            (f"{_PROJECT}/releases", "POST", Role.RESPONDER, self._announced),
            (f"{_PROJECT}/releases", "GET", Role.VIEWER, self._listed),
            (f"{ORG}/repos", "GET", Role.VIEWER, self._no_repositories),
            (f"{one}/deploys", "POST", Role.RESPONDER, self._deployed),
            (f"{one}/deploys", "GET", Role.VIEWER, self._deploys),
            (f"{one}/previous-with-commits", "GET", Role.VIEWER, self._before),
            (one, "PUT", Role.RESPONDER, self._announced),
            (one, "GET", Role.VIEWER, self._shown),
        ]
        return [
            Route(f"{path}{slash}", guarded(self._serving, role, answer), methods=[method])
            for path, method, role, answer in takes
            for slash in ("/", "")
        ]

    def _by(self, caller: Caller) -> By:
        return By(caller.actor, self._serving.clock.now())

    async def _announced(self, request: Request, caller: Caller) -> Response:
        """Keep a release, with its commits where they are told."""
        named, by = request.path_params, self._by(caller)
        what = validated(Release, {**await json_of(request), **_named(request)})
        if what.refs and not what.commits:
            raise BadPayload(
                "Fettle reads no repositories, and so knows no commits by their numbers alone",
                remedy="sentry-cli releases set-commits RELEASE --local",
            )
        projects = what.projects or [one for one in [named.get("project")] if one]
        async with self._serving.pool.connection() as connection, connection.transaction():
            builds = await upload_maps.builds_of(connection, projects, what.version, None)
            await flow.announce(connection, builds, by)
            if what.commits is not None:
                commits = [one.of(what.version) for one in what.commits]
                meant = {build.project for build in builds}
                await flow.set_commits(connection, what.version, commits, by, meant)
            known = await releases.find(connection, what.version)
        status = 201 if request.method == "POST" else 200
        if known:
            return JSONResponse(_release(known), status)
        at = by.at.isoformat()
        return JSONResponse({"version": what.version, "dateCreated": at, "projects": []}, status)

    async def _shown(self, request: Request, _: Caller) -> Response:
        async with self._serving.pool.connection() as connection:
            known = await releases.find(connection, _named(request)["version"])
        if not known:
            return JSONResponse({"detail": "no application has this release"}, 404)
        return JSONResponse(_release(known))

    async def _listed(self, request: Request, _: Caller) -> Response:
        async with self._serving.pool.connection() as connection:
            name = request.path_params["project"]
            (build,) = await upload_maps.builds_of(connection, [name], None, None)
            found = await releases.listed(connection, build.project, _LISTED)
        return JSONResponse([_release([one]) for one in found])

    async def _no_repositories(self, _: Request, __: Caller) -> Response:
        return JSONResponse([])

    async def _before(self, request: Request, _: Caller) -> Response:
        """Say from which commit on those of a release are new; nothing, where nobody knows."""
        async with self._serving.pool.connection() as connection:
            found = await releases.before(connection, _named(request)["version"])
            known = await releases.find(connection, found[0]) if found else []
        if found is None:
            return JSONResponse({})
        return JSONResponse({**_release(known), "lastCommit": {"id": found[1]}})

    async def _deployed(self, request: Request, caller: Caller) -> Response:
        """Mark a deploy; one to where nobody works is taken, and said not to be marked."""
        serving, by = self._serving, self._by(caller)
        version = _named(request)["version"]
        what = validated(Deployed, await json_of(request))
        if what.url is not None and urlsplit(what.url).scheme not in ("http", "https"):
            raise BadPayload("url: it is no http:// or https:// address")
        if what.date_finished is not None and what.date_finished.tzinfo is None:
            raise BadPayload("dateFinished: says nothing of its time zone")
        at = min(what.date_finished or by.at, by.at)  # a pipeline's clock may be ahead of ours
        async with serving.pool.connection() as connection, connection.transaction():
            if what.environment not in serving.settings.errors.live_environments:
                await flow.of_all(connection, version)
                why = f"not marked: [errors] live_environments has no {what.environment}"
                name = f"{what.name} ({why})" if what.name else why
                return JSONResponse({"id": "0", "name": name, "environment": what.environment}, 201)
            live = WentLive(at, what.name, what.url)
            marked = await flow.deploy(connection, serving.desk, version, live, by)
        return JSONResponse({**_deploy(marked[0]), "environment": what.environment}, 201)

    async def _deploys(self, request: Request, _: Caller) -> Response:
        version = _named(request)["version"]
        async with self._serving.pool.connection() as connection:
            known = await flow.of_all(connection, version)
            found = await deploys.of_version(connection, version, _LISTED)
        return JSONResponse([_deploy(one) for one in found] if known else [])


def _named(request: Request) -> dict[str, str]:
    """Return the release that an address names, if it names one."""
    version = request.path_params.get("version", "").rstrip("/")
    return {"version": version} if version else {}


def _release(known: list[KnownRelease]) -> dict[str, Any]:
    return {
        "version": known[0].release,
        "dateCreated": min(one.first_seen for one in known).isoformat(),
        "newGroups": 0,
        "projects": [{"slug": one.name, "name": one.name} for one in known],
    }


def _deploy(deploy: Deploy) -> dict[str, Any]:
    at = deploy.at.isoformat()
    return {
        "id": str(deploy.id),
        "name": deploy.note or deploy.service,
        "environment": "live",
        "url": deploy.url,
        "dateStarted": at,
        "dateFinished": at,
    }
