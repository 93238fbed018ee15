"""apt raises just what is wanted, in a root of its own: simulated first, and nothing is removed."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import ActFailed, CannotLook
from fettle.model.rehearsal import Came, RunState, Wanted
from fettle.model.update import Ecosystem, Package
from fettle.settings.system_updates import SystemUpdatesSettings
from fettle.targets.registries.outside import ThisMachine
from fettle.targets.security.apt import changelog
from fettle.targets.system.apt_get import ALONE, APT, ASKED, INSTALL, Apt, asked
from fettle.targets.system.bench import came_of
from fettle.targets.system.sudoers import rules
from tests.targets.rehearsing.shop import Said
from tests.targets.system.fake_root import FakeRoot, fake_root


@pytest.fixture
def root(tmp_path: Path) -> FakeRoot:
    return fake_root(tmp_path)


@pytest.fixture
def apt(root: FakeRoot) -> Apt:
    return Apt(root.environ, Said())


def wanting(*named: str) -> list[Wanted]:
    pairs = [one.split("=") for one in named]
    return [
        Wanted(f"system#{name}=={version}", Package(Ecosystem.DEB, name), version, "system")
        for name, version in pairs
    ]


MINUTE = timedelta(minutes=1)
ALPHA = wanting("alpha=1:1.1-1~deb12u1")


async def test_a_changelog_comes_from_where_apt_is_set_to_have_it(
    root: FakeRoot, tmp_path: Path
) -> None:
    (root.archive / "Release").write_text("Origin: Test\nSuite: stable\n")
    where = tmp_path / "changes" / "a" / "alpha" / "alpha_1.1-1~deb12u1"
    where.parent.mkdir(parents=True)
    where.write_text("alpha (1:1.1-1~deb12u1) stable; urgency=medium\n\n  * It is faster.\n")
    override = f'"copy:{tmp_path}/changes/@CHANGEPATH@";'
    root.configure(f"Acquire::Changelogs::URI::Override::Origin::Test {override}")
    root.apt("update")

    told = await changelog("alpha", "1:1.1-1~deb12u1", root.environ, MINUTE)
    assert told == where.read_text()
    with pytest.raises(CannotLook, match="there is no changelog of beta="):
        await changelog("beta", "1:1.1-1~deb12u1", root.environ, MINUTE)
    with pytest.raises(CannotLook, match="is no package"):
        await changelog("-oDir=/", "1", root.environ, MINUTE)


@pytest.mark.parametrize(("does", "asked_for"), [("exec sleep 60", 1), ("exit 100", 3)])
async def test_where_nobody_has_changelogs_soon_nobody_is_asked(
    tmp_path: Path, does: str, asked_for: int
) -> None:
    program, said = tmp_path / "apt-get", tmp_path / "said"
    program.write_text(f"#!/bin/sh\necho $3 >>{said}\n{does}\n")
    program.chmod(0o755)
    machine = ThisMachine({"PATH": f"{tmp_path}:/usr/bin:/bin"}, timedelta(seconds=0.5))
    for number in range(5):
        with pytest.raises(CannotLook):
            await machine.changelog("alpha", f"{number}")

    assert len(said.read_text().splitlines()) == asked_for


def nobody(_pid: int) -> None:
    pass


def log(root: FakeRoot) -> Path:
    return root.root / "log"


async def test_what_is_simulated_is_what_apt_does_then(root: FakeRoot, apt: Apt) -> None:
    before = await apt.standing()
    steps = await apt.simulated(wanting("alpha=1:2.0-1"))
    simulated = await apt.standing()
    ended = await apt.raise_(wanting("alpha=1:2.0-1"), nobody, log(root))

    assert [(one.name, one.before, one.after) for one in steps] == [
        ("alpha", "1.0-1", "1:2.0-1"),
        ("gamma", "", "2"),
    ]
    assert simulated == before, "who only simulates changes nothing"
    assert ended.status == 0, ended.last_words
    assert await apt.versions(["alpha", "gamma", "delta"]) == {
        "alpha": "1:2.0-1", "gamma": "2", "delta": "",
    }  # fmt: skip
    assert root.version("alpha") == "1:2.0-1"
    assert await apt.standing() != before
    assert await apt.half_done() == ""


async def test_nothing_is_removed_and_nothing_new_is_asked_for(root: FakeRoot, apt: Apt) -> None:
    root.publish("beta", "3", "delta")
    root.publish("epsilon", "1")
    for wanted, why in (
        (wanting("beta=3"), "delta"),
        (wanting("epsilon=1"), "epsilon does not come to 1 by it"),
        (wanting("alpha=9"), "was not found"),
        (wanting("alpha=1.0-1"), "alpha does not come to 1.0-1 by it"),
    ):
        with pytest.raises(ActFailed, match=why):
            await apt.simulated(wanted)


async def test_what_is_held_by_its_owner_stays(root: FakeRoot, apt: Apt) -> None:
    status = root.root / "var" / "lib" / "dpkg" / "status"
    status.write_text(status.read_text().replace("install ok", "hold ok", 1))

    with pytest.raises(ActFailed, match="Held packages"):
        await apt.simulated(ALPHA)


@pytest.mark.parametrize(
    "named", ["-oDpkg::Pre-Invoke=x", "alpha=1 --allow-downgrades", "alpha=$(id)", "al/pha=1", "=1"]
)
def test_nothing_that_apt_could_take_for_an_option_is_asked_for(named: str) -> None:
    with pytest.raises(ActFailed, match="is no package with a version"):
        asked(wanting(named))


async def test_a_script_that_fails_is_told_and_what_is_half_done_is_named(
    root: FakeRoot, apt: Apt
) -> None:
    root.publish("alpha", "1:4", postinst="#!/bin/sh\necho no disk >&2; exit 1\n")
    ended = await apt.raise_(wanting("alpha=1:4"), nobody, log(root))

    assert ended.status != 0
    assert await apt.half_done() == "packages are half done: alpha"
    assert await apt.versions(["alpha"]) == {"alpha": ""}


async def test_nobody_is_asked_anything_and_no_service_is_restarted_by_apts_own_hooks(
    root: FakeRoot, apt: Apt, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    root.configure(f'DPkg::Pre-Invoke {{ "env >{seen}"; }};')
    await apt.raise_(ALPHA, nobody, log(root))

    told = dict(line.partition("=")[::2] for line in seen.read_text().splitlines())
    assert told["DEBIAN_FRONTEND"] == "noninteractive"
    assert (told["NEEDRESTART_MODE"], told["NEEDRESTART_SUSPEND"]) == ("l", "1")


_ENDED = """
import asyncio, os, sys
from pathlib import Path
from fettle.targets.registries.outside import ThisMachine
from fettle.targets.security.apt import changelog
from fettle.targets.system.apt_get import Apt
from tests.targets.rehearsing.shop import Said
from tests.targets.system.test_apt_get import ALPHA, nobody

async def main():
    apt = Apt(dict(os.environ), Said())
    raising = asyncio.ensure_future(apt.raise_(ALPHA, nobody, Path(sys.argv[1])))
    while not Path(sys.argv[2]).exists():
        await asyncio.sleep(0.02)

asyncio.run(main())
"""


def test_a_worker_that_stops_waits_for_apt_and_ends_nothing(root: FakeRoot, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    root.configure(f'DPkg::Pre-Invoke {{ "touch {begun}; sleep 0.5"; }};')
    environ = {**root.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", _ENDED, str(log(root)), str(begun)]
    subprocess.run(words, env=environ, check=True)

    assert root.version("alpha") == "1:1.1-1~deb12u1"


async def test_who_is_interrupted_waits_until_apt_is_through(root: FakeRoot, apt: Apt) -> None:
    root.configure('DPkg::Pre-Invoke { "sleep 1"; };')
    raising = asyncio.ensure_future(apt.raise_(ALPHA, nobody, log(root)))
    await asyncio.sleep(0.5)
    raising.cancel()
    await asyncio.sleep(0.1)
    raising.cancel()
    ended = await raising

    assert ended.status == 0
    assert root.version("alpha") == "1:1.1-1~deb12u1"


WAS, IS = {"alpha": "1", "beta": "1"}, {"alpha": "2", "beta": "2"}


@pytest.mark.parametrize(
    ("after", "half_done", "failed", "state"),
    [
        (IS, "", "", RunState.DONE),
        ({**IS, "beta": "1"}, "", "", RunState.STRANDED),
        (IS, "packages are half done: alpha", "", RunState.STRANDED),
        (IS, "", "it took longer than 2 h", RunState.STRANDED),
        (WAS, "", "no room", None),
        (WAS, "", "", None),
    ],
)
def test_what_it_came_to_is_seen_by_what_is_installed(
    after: Mapping[str, str], half_done: str, failed: str, state: RunState | None
) -> None:
    def came() -> Came:
        return came_of(WAS, after, IS, half_done, failed)

    if state is None:
        with pytest.raises(ActFailed, match=failed or "apt has changed nothing"):
            came()
    else:
        assert came().state is state
        assert came().before is not None
        assert came().before.files == WAS  # type: ignore[union-attr]


def test_sudo_lets_nobody_do_anything_else() -> None:
    said = SystemUpdatesSettings(restart=("nginx.service", "php*.service"), reboot=True)
    apt, nginx, php, reboot = rules("fettle", said)
    command, _, arguments = apt.partition(" ^")
    may = re.compile(arguments)
    words = (*ALONE, APT, *INSTALL)
    given = " ".join((*words, "libssl3:amd64=3.0.13-1~deb12u1", "g++=4:12.2.0-3"))

    assert command == "fettle ALL=(root) NOPASSWD: /usr/bin/env"
    assert may.fullmatch(given)
    assert re.fullmatch(ASKED, "openssl=1:3")
    for other in (
        given.replace("--no-remove ", ""),
        f"{given} -o Dpkg::Pre-Invoke=x",
        f"{given} --allow-downgrades",
        f"{given}\nx=1",
        given.replace("noninteractive", "noninteractive LD_PRELOAD=/tmp/x.so"),
        given.replace(APT, "/bin/sh"),
        " ".join(words),
        f"{' '.join(words)} ./evil.deb",
        f"{' '.join(words)} evil",
        given.replace("install", "remove", 1),
    ):
        assert not may.fullmatch(other), other
    assert nginx == (r"fettle ALL=(root) NOPASSWD: /usr/bin/systemctl ^restart nginx\.service$")
    assert re.fullmatch(php.partition("systemctl ")[2], "restart php8.2-fpm.service")
    assert not re.fullmatch(php.partition("systemctl ")[2], "restart php.service sshd.service")
    assert reboot == "fettle ALL=(root) NOPASSWD: /usr/sbin/shutdown -r +1"
