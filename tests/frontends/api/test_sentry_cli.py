"""sentry-cli, unmodified, tells of a release as pipelines have it do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fettle.store import releases
from tests.frontends.api import npm
from tests.frontends.api.conftest import Api
from tests.frontends.api.sending_errors import Sender, a_sender, act, errors, event, shown
from tests.frontends.web.browsing import served

RELEASE = "shop@2.1.0"
_WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example")


class Pipeline:
    """What a pipeline has: a clone of the source, and sentry-cli with a token."""

    def __init__(self, api: Api, url: str, folder: Path) -> None:
        self.sender: Sender
        self.api = api
        self._folder = folder
        self._environ = {
            "SENTRY_URL": url,
            "SENTRY_AUTH_TOKEN": api.responder.headers["Authorization"].removeprefix("Bearer "),
            "SENTRY_ORG": "any",
            "SENTRY_PROJECT": "shop",
            "HOME": str(folder),
        }

    async def tells(self, *command: str, ends: int = 0) -> str:
        """Run sentry-cli; return what it says."""
        cli = npm.sentry_cli()
        return await npm.said(cli, *command, folder=self._folder, ends=ends, environ=self._environ)

    async def commits(self, file: str, message: str) -> None:
        """Commit a change to a file."""
        path = self._folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(message)
        await npm.said("git", "add", file, folder=self._folder)
        await npm.said("git", *_WHO, "commit", "-qm", message, folder=self._folder)

    async def deploys(self) -> list[dict[str, Any]]:
        """Return the deploys that are marked."""
        items = (await self.api.viewer.get("/api/v1/deploys")).json()["items"]
        return list(items)


@pytest.fixture
async def pipeline(api: Api, tmp_path: Path) -> AsyncIterator[Pipeline]:
    """Give a pipeline beside a server that listens, and an application that sends errors."""
    folder = tmp_path / "source"
    folder.mkdir()
    origin = "https://code.example/shop.git"
    await npm.said("git", "init", "-q", folder=folder)
    await npm.said("git", "remote", "add", "origin", origin, folder=folder)
    async with served(api.app) as port:
        made = Pipeline(api, f"http://127.0.0.1:{port}", folder)
        made.sender = await a_sender(api)
        yield made


async def test_a_release_is_announced_filled_and_deployed(pipeline: Pipeline) -> None:
    api, tells = pipeline.api, pipeline.tells
    await pipeline.sender.send(event(release="shop@2.0.0"))
    (error,) = await errors(api)
    await act(api, error["id"], "resolve", by="deploy")
    await pipeline.commits("shop/cart.py", "Add up what is in the cart\n\nAt last.")
    await pipeline.commits("shop/checkout.py", "Charge later")

    assert "Created release shop@2.1.0" in await tells("releases", "new", RELEASE)
    assert "Set commits" in await tells("releases", "set-commits", RELEASE, "--auto")
    assert "Finalized" in await tells("releases", "finalize", RELEASE)
    staged = await tells("deploys", "new", "-r", RELEASE, "-e", "staging", "-n", "trial")
    assert "not marked: [errors] live_environments has no staging" in staged
    assert await pipeline.deploys() == []
    url = "https://ci.example/7"
    await tells("deploys", "new", "-r", RELEASE, "-e", "production", "-n", "night", "-u", url)

    (deploy,) = await pipeline.deploys()
    assert (deploy["service"], deploy["version"], deploy["note"]) == ("shop", RELEASE, "night")
    assert (deploy["url"], deploy["actor"]) == (url, "token:responder")
    assert (await shown(api, error["id"]))["resolution"]["by"] == "now"  # it went live
    assert "night" in await tells("deploys", "list", "-r", RELEASE)
    assert RELEASE in await tells("releases", "info", RELEASE)
    assert RELEASE in await tells("releases", "list")


async def test_a_new_bug_names_the_commits_of_its_release_that_touched_its_file(
    pipeline: Pipeline,
) -> None:
    tells = pipeline.tells
    await pipeline.commits("shop/cart.py", "Add up what is in the cart\n\nAt last.")
    await pipeline.commits("shop/checkout.py", "Charge later")
    await tells("releases", "new", RELEASE)
    await tells("releases", "set-commits", RELEASE, "--local")
    await pipeline.sender.send(event(release=RELEASE))
    await pipeline.commits("shop/cart.py", "Round to cents")
    await tells("releases", "new", "shop@2.2.0")
    await tells("releases", "set-commits", "shop@2.2.0", "--auto")
    await pipeline.sender.send(event("ValueError", "no number", release="shop@2.2.0"))

    newer, older = [await shown(pipeline.api, one["id"]) for one in await errors(pipeline.api)]
    if newer["first_release"] == RELEASE:
        newer, older = older, newer
    assert [(one["message"], one["author"], one["release"]) for one in older["suspects"]] == [
        ("Add up what is in the cart", "Ada", RELEASE)
    ]
    assert [one["message"] for one in newer["suspects"]] == ["Round to cents"]


async def test_what_cannot_be_done_is_said_as_the_tool_shows_it(pipeline: Pipeline) -> None:
    unknown = await pipeline.tells("deploys", "new", "-r", "9", "-e", "production", ends=1)
    absent = await pipeline.tells("releases", "new", "1", "-p", "none", ends=1)

    assert "no application has a release '9'; sentry-cli releases new RELEASE" in unknown
    assert "no application called 'none' sends errors here" in absent


ORG = "/api/0/organizations/any"
NOT_TAKEN: list[tuple[str, dict[str, object], str]] = [
    ("1.0/", {"refs": [{"repository": "a/b", "commit": "c"}]}, "reads no repositories"),
    ("1.0/", {"commits": [{"id": ""}]}, "commits.0.id: String should have at least 1 character"),
    ("1.0/", {"commits": [{}] * 1_001}, "commits: List should have at most 1000 items"),
    ("2.0/", {"commits": []}, "no application has a release '2.0'"),
    ("1.0/deploys/", {}, "environment: Field required"),
    ("1.0/deploys/", {"environment": "live", "url": "javascript:x"}, "no http:// or https://"),
    ("1.0/deploys/", {"environment": "live", "dateFinished": "2026-01-01T00:00:00"}, "time zone"),
]


async def test_what_cannot_be_taken_is_told_why(api: Api) -> None:
    await a_sender(api)
    new = {"version": "1.0", "projects": ["shop"]}
    assert (await api.responder.post(f"{ORG}/releases/", json=new)).status_code == 201
    for path, what, why in NOT_TAKEN:
        method = "POST" if "deploys" in path else "PUT"
        answer = await api.responder.request(method, f"{ORG}/releases/{path}", json=what)

        assert (answer.status_code, path) == (400, path)
        assert why in answer.json()["detail"]
    assert (await api.viewer.put(f"{ORG}/releases/1.0/", json={})).status_code == 403
    assert (await api.viewer.get(f"{ORG}/releases/2.0/")).status_code == 404


async def test_commits_are_of_the_applications_that_they_are_told_for(api: Api) -> None:
    for name in ("shop", "billing"):
        await a_sender(api, name)
    new = {"version": "1.4.0", "projects": ["shop", "billing"]}
    await api.responder.post(f"{ORG}/releases/", json=new)
    for name in ("billing", "shop"):
        told = {"version": "1.4.0", "projects": [name], "commits": [{"id": f"of-{name}"}]}
        assert (await api.responder.post(f"{ORG}/releases/", json=told)).is_success

    found = await releases.find(api.store.connection, "1.4.0")
    kept = {
        one.name: await releases.commits_of(api.store.connection, one.project, ["1.4.0"])
        for one in found
    }
    assert {name: [one.id for one in commits] for name, commits in kept.items()} == {
        "shop": ["of-shop"],
        "billing": ["of-billing"],
    }
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert "1 of release 1.4.0 of shop" in {one["subject"] for one in audit}
