"""Packages of the machine: simulated, applied in their window by apt, watched, never taken back."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import schemas
from tests.frontends.cli.calling import Called, fettle
from tests.targets.system.fake_root import FakeRoot, fake_root

Call = Callable[..., Called]
ALPHA, BETA = "system#alpha==1:1.1-1~deb12u1", "system#beta==1:1.1-1~deb12u1"
CHECK = '[updates.system]\ncheck = ["true"]\nwatch_for = "1h"\n'
CLOSED = """
[updates]
windows = ["never"]
[[window]]
name = "never"
start = "03:00"
duration = "1h"
day_of_month = 29
months = [2]
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="apt is not run by sudo in tests")


@pytest.fixture
def root(tmp_path: Path) -> FakeRoot:
    return fake_root(tmp_path)


@pytest.fixture
def environ(root: FakeRoot, tmp_path: Path, store_environ: dict[str, str]) -> dict[str, str]:
    return {
        **store_environ,
        "FETTLE_DATA": str(tmp_path / "data"),
        "APT_CONFIG": root.environ["APT_CONFIG"],
    }


@pytest.fixture
def call(environ: dict[str, str], tmp_path: Path) -> Call:
    def called(*arguments: str, settings: str = CHECK) -> Called:
        (tmp_path / "fettle.toml").write_text(settings)
        return fettle("update", *arguments, cwd=tmp_path, environ=environ)

    return called


def document(called: Called) -> dict[str, Any]:
    return dict(schemas.validate(json.loads(called.out)))


def test_what_was_simulated_is_applied_and_is_not_taken_back(root: FakeRoot, call: Call) -> None:
    rehearsed = call("rehearse", ALPHA, "--format=json")
    between = root.version("alpha")
    applied = call("apply", ALPHA, "--format=json")
    run = document(applied)["runs"][0]
    undone = call("undo", str(run["number"]))
    watched = call("watch", "--once", "--format=json")

    assert (rehearsed.code, between) == (0, "1.0-1"), rehearsed.err
    (told,) = document(rehearsed)["rehearsals"]
    assert told["isolation"] == "simulated"
    assert told["trials"][1]["says"].startswith("apt would raise 1 package on ")
    assert (applied.code, run["status"], run["verified"]) == (0, "done", True), applied.err
    assert run["before"]["files"] == {"alpha": "1.0-1"}
    assert run["after"]["files"] == {"alpha": "1:1.1-1~deb12u1"}
    assert (root.version("alpha"), root.version("beta")) == ("1:1.1-1~deb12u1", "1.0-1")
    assert undone.code == 1
    assert "are not taken back by themselves" in undone.err
    assert document(watched)["watches"][0]["looks"] == 1


def test_what_cannot_be_raised_is_found_and_the_rest_lands(root: FakeRoot, call: Call) -> None:
    root.publish("beta", "3", "delta")
    rehearsed = call("rehearse", ALPHA, "system#beta==3", "--format=json")

    assert rehearsed.code == 2
    (told,) = document(rehearsed)["rehearsals"]
    assert told["verdict"] == "partly"
    reasons = {one["package"]: one["reason"] for one in told["updates"]}
    assert reasons["alpha"] is None
    assert reasons["beta"].startswith("it cannot be raised: apt cannot raise it: ")


def test_where_packages_have_changed_meanwhile_it_is_refused(root: FakeRoot, call: Call) -> None:
    call("rehearse", ALPHA)
    root.apt("install", "beta")
    applied = call("apply", ALPHA)

    assert applied.code == 1
    assert "has moved since" in applied.err
    assert root.version("alpha") == "1.0-1"


def test_outside_of_its_window_it_waits_unless_somebody_says_why(
    root: FakeRoot, call: Call
) -> None:
    call("rehearse", ALPHA, settings=CLOSED)
    closed = call("apply", ALPHA, settings=CLOSED)
    version = root.version("alpha")
    empty = call("apply", ALPHA, "--now", " ", settings=CLOSED)
    hurried = call("apply", ALPHA, "--now=it is exploited", settings=CLOSED)

    assert (closed.code, version) == (1, "1.0-1")
    assert "it is taken only in never, which is not open now" in closed.err
    assert empty.code == 64
    assert hurried.code == 3, "done, and nothing says whether it works"
    assert root.version("alpha") == "1:1.1-1~deb12u1"


def test_where_it_is_worse_then_a_person_is_called(root: FakeRoot, call: Call) -> None:
    broken = '[updates.system]\ncheck = ["sh", "-c", "echo no web; exit 1"]\n'
    applied = call("apply", ALPHA, "--without-rehearsal=now", "--format=json", settings=broken)

    assert applied.code == 2
    (run,) = document(applied)["runs"]
    assert run["status"] == "stranded"
    assert run["says"] == (
        "it is worse than before: the check failed: no web; packages are not taken back"
    )


def test_who_is_killed_leaves_apt_at_work_and_what_it_came_to_is_known(
    root: FakeRoot, call: Call, environ: dict[str, str], tmp_path: Path
) -> None:
    call("rehearse", ALPHA)
    begun = tmp_path / "begun"
    root.configure(f'DPkg::Pre-Invoke {{ "touch {begun}; sleep 2"; }};')
    killed = subprocess.Popen(
        [sys.executable, "-m", "fettle", "update", "apply", ALPHA],
        cwd=tmp_path, env={**os.environ, **environ}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not begun.exists():
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    seen: list[dict[str, Any]] = []
    while not seen or (seen[-1]["status"] == "running" and len(seen) < 100):
        seen += document(call("history", "--format=json"))["runs"]
        time.sleep(0.1)

    assert seen[0]["status"] == "running", "apt was still at work"
    assert (seen[-1]["status"], seen[-1]["verified"]) == ("done", False), seen[-1]
    assert seen[-1]["says"] == "it was cut off once it was in use"
    assert root.version("alpha") == "1:1.1-1~deb12u1"


def test_the_rules_of_sudo_are_printed(call: Call) -> None:
    settings = '[updates.system]\nrestart = ["nginx.service"]\nreboot = true\n'
    printed = call("sudoers", "--user=fettle", settings=settings)

    assert printed.code == 0
    assert [line.split(" ^")[0] for line in printed.out.splitlines()] == [
        "fettle ALL=(root) NOPASSWD: /usr/bin/env",
        "fettle ALL=(root) NOPASSWD: /usr/bin/systemctl",
        "fettle ALL=(root) NOPASSWD: /usr/sbin/shutdown -r +1",
    ]
