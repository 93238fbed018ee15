"""`fettle optimise apply`, `history`, `patches` and `undo`, as a shell calls them."""

import asyncio
import contextlib
import json
import os
import platform
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fettle.errors import Refused
from fettle.frontends.cli.commands.optimise import command
from fettle.main import Wired
from fettle.model.browser import Camera
from fettle.model.experiment import OptimisationRun, RunStatus
from fettle.settings import Settings
from fettle.targets.browser.found import found
from fettle.targets.browser.tab import Patience
from fettle.targets.browser.visit import Chromium
from fettle.targets.webroot.reading import manifest
from fettle.unit import OPTIMISATION_LABELS, optimisations
from tests import optimised_run, web_pages
from tests.frontends.cli.calling import Called, fettle
from tests.optimisation.applying import apply
from tests.schemas import validate

SHORT = Patience(quiet_s=0.5, nearly_quiet_s=1, calm=False)
HTML = "text/html; charset=utf-8"
PAGE = """<!doctype html>
<html><head><title>A shop</title>
<script src="a.js"></script>
</head><body><h1>A shop</h1><p>Words.</p></body></html>
"""
ONE = "0123456789ab"
SHEET = "/* a comment that goes */\nbody   {  color :  black ;  }\n" * 60


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a root of which no page loads what can be made smaller: few visits are needed."""
    root = tmp_path / "srv" / "shop"
    root.mkdir(parents=True)
    (root / "index.html").write_text(PAGE)
    (root / "a.js").write_text("1;")
    (root / "print.css").write_text(SHEET)
    return root


@contextmanager
def behind_a_log_in(root: Path) -> Iterator[str]:
    """Serve a root to who has the cookie."""

    def answer(path: str, headers: web_pages.Headers) -> web_pages.Answer:
        if headers.get("Cookie") != "session=s3cret":
            return web_pages.Answer(b"who are you?", status=401)
        kinds = {"js": "text/javascript", "css": "text/css"}
        return web_pages.Answer((root / path).read_bytes(), kinds.get(path[-3:].strip("."), HTML))

    with web_pages.serve() as site:
        paths = {"/": "index.html", "/a.js": "a.js", "/print.css": "print.css"}
        site.pages |= {at: partial(answer, path) for at, path in paths.items()}
        yield site.url


def document(called: Called) -> dict[str, Any]:
    assert called.code == 0, called.err
    return validate(json.loads(called.out))


class Soon(Wired):
    """Fettle with a browser that waits for pages no longer than those of a test need."""

    def browser(self, settings: Settings, named: Path | None) -> Camera:
        program = found(named or settings.optimisation.browser, self.environ)
        return Chromium(program, self.environ, sandbox=True, patience=SHORT)


@pytest.fixture
def applied(tmp_path: Path, store_environ: dict[str, str]) -> Iterator[Callable[..., Called]]:
    """Call `fettle optimise apply` in this process."""
    ended_by = signal.getsignal(signal.SIGTERM)
    environ = {**os.environ, **store_environ, "KEY": "s3cret"}

    def call(*arguments: str) -> Called:
        with contextlib.chdir(tmp_path):
            ended = CliRunner().invoke(
                *(command, ["apply", *arguments]), obj=Soon(environ), standalone_mode=False
            )
        if ended.exception is not None:
            raise ended.exception
        return Called(ended.return_value, ended.stdout, ended.stderr)

    yield call
    signal.signal(signal.SIGTERM, ended_by)


@pytest.mark.timeout(600)
def test_a_root_is_made_faster_shown_and_put_back(
    root: Path, tmp_path: Path, store_environ: dict[str, str], applied: Callable[..., Called]
) -> None:
    before = manifest(root)

    def call(*arguments: str) -> Called:
        return fettle("optimise", *arguments, cwd=tmp_path, environ=store_environ)

    with behind_a_log_in(root) as url:
        shut = call("apply", str(root), "--url", url)
        assert (shut.code, "nobody is let in" in shut.err) == (1, True), shut.err
        done = document(applied(str(root), "--url", url, "--cookie", "session=${KEY}",
                                "--although-good", "--profile", "desktop", "--format", "json"))  # fmt: skip  # noqa: E501
    assert "s3cret" not in json.dumps(done)
    assert (done["status"], done["verified"], done["changed"]) == ("done", True, True)
    kept = {one["id"] for one in done["optimisations"] if one["outcome"] == "kept"}
    assert kept == {"minify_styles"}
    assert len((root / "print.css").read_text()) < len(SHEET) / 2

    listed, shut_out = document(call("history", "--format", "json"))["items"]
    assert (listed["run"], listed["improvement"]) == (done["run"], done["improvement"])
    assert (shut_out["status"], len(shut_out["run"])) == ("refused", len(done["run"]))
    shown = call("history", done["run"][:6])
    assert "minify_styles" in shown.out
    assert f"fettle optimise patches {done['run']}" in shown.out
    assert '+<script src="a.js" defer></script>' in call("patches", done["run"]).out
    call("patches", done["run"], "--output", "left")
    apply(root, (tmp_path / "left" / "01-defer_scripts-index.html.patch").read_text())
    assert b"defer" in (root / "index.html").read_bytes()
    assert json.loads((tmp_path / "left" / "vercel.json").read_text())["headers"]
    refused = call("undo", done["run"])
    assert (refused.code, "would lose what was deployed" in refused.err) == (1, True)

    (root / "index.html").write_text(PAGE)
    undone = document(call("undo", done["run"], "--format", "json"))
    assert (undone["status"], undone["changed"]) == ("undone", False)
    assert manifest(root) == before
    again = call("undo", done["run"])
    assert (again.code, "nothing of it to take back" in again.err) == (1, True)


def undone(environ: dict[str, str], run: OptimisationRun, machine: str) -> dict[str, Any]:
    """Have a run kept as it is, and take it back in this process."""
    wired = Wired(environ)

    async def keep() -> None:
        async with wired.store(wired.settings(None)) as store:
            await optimised_run.keep(store.connection, run, machine)

    asyncio.run(keep())
    ended = CliRunner().invoke(
        *(command, ["undo", run.id, "--format", "json"]), obj=wired, standalone_mode=False
    )
    if ended.exception is not None:
        raise ended.exception
    return document(Called(ended.return_value, ended.stdout, ended.stderr))


def test_a_run_that_was_killed_before_it_could_say_its_end_is_taken_back(
    root: Path, store_environ: dict[str, str]
) -> None:
    was = manifest(root)
    run = optimised_run.swapped(root, ONE, {"a.js": b"2;"})
    killed = replace(run, status=RunStatus.RUNNING, swapped=False, verified=False, ended_at=None)
    taken = undone(store_environ, killed, platform.node())

    assert (taken["status"], taken["changed"]) == ("undone", False)
    assert manifest(root) == was


def test_a_root_of_another_machine_is_not_called_taken_back_here(
    root: Path, store_environ: dict[str, str]
) -> None:
    """This machine's, of the same name, may be as that one was before."""
    run = replace(optimised_run.done(ONE, str(root)), before=manifest(root).sha256)

    with pytest.raises(Refused, match="shop is on web-1, and this is"):
        undone(store_environ, run, "web-1")


def test_a_step_is_explained_by_its_id(tmp_path: Path) -> None:
    page = fettle("explain", "redraw-images", cwd=tmp_path)
    listed = fettle("explain", cwd=tmp_path)

    assert page.code == 0
    assert page.out.startswith("redraw_images: Offer images as AVIF and WebP")
    assert all(f"\n{label}\n" in page.out for label in OPTIMISATION_LABELS)
    assert all(id_ in listed.out for id_ in optimisations())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("apply", "nowhere", "--url", "http://127.0.0.1:9/"), 1, "there is no folder"),
        (("apply", "srv/shop", "--url", "http://127.0.0.1:9/"), 1, "does not answer"),
        (("apply", "srv/shop", "--url", "http://127.0.0.1:9/no"), 1, "there is no page of"),
        (("apply", "srv/shop"), 64, "Missing option '--url'"),
        (("undo", "gone"), 64, "there is no run gone"),
        (("history", "gone"), 64, "there is no run gone"),
        (("patches", "gone"), 64, "there is no run gone"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    root: Path,
    tmp_path: Path,
    store_environ: dict[str, str],
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    before = manifest(root)
    called = fettle("optimise", *arguments, cwd=tmp_path, environ=store_environ)

    assert (called.code, says in called.err) == (code, True), called.err
    assert manifest(root) == before
    assert [one.name for one in root.parent.iterdir()] == ["shop"]
