"""The platform: packages of the machine, databases, and runtimes, with the ends of their lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fettle.errors import CannotLook, Unreachable
from fettle.model.security import Packages, Skipped, Waiting
from fettle.model.server import Server
from fettle.model.update import Ecosystem, Package, SourceState
from fettle.testing import SteppedClock, given_outside
from fettle.updates.sources.platform import look

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CLOCK = SteppedClock(NOW)
OPENSSL = Waiting("openssl", "3.0.11-1", "3.0.13-1", "Debian-Security:12", security=True)
NANO = Waiting("nano", "7.1-1", "7.2-1", "Debian:12.8", security=False)


@dataclass(frozen=True)
class GivenMachine:
    """A machine with what apt was given to say."""

    told: Packages | Skipped
    name: str = "web-1"

    async def packages(self) -> Packages | Skipped:
        """Return which packages have updates."""
        return self.told

    async def changelog(self, package: str, version: str) -> str:
        """Return nothing."""
        raise CannotLook(f"there is no changelog of {package} {version}")


@dataclass(frozen=True)
class GivenDatabases:
    """Databases of one version each, None for one that does not answer."""

    versions: dict[str, int | None]

    @property
    def names(self) -> Sequence[str]:
        """What they are called."""
        return list(self.versions)

    async def server(self, name: str) -> Server:
        """Return what a database's server says of itself."""
        version = self.versions[name]
        if version is None:
            raise Unreachable("it does not answer")
        return Server(version, "shop", "app", "app", False, False, NOW, NOW)


async def test_packages_of_the_machine_are_told_and_which_close_something() -> None:
    machine = GivenMachine(Packages((OPENSSL, NANO), NOW - timedelta(hours=3), 4))
    seen = await look(given_outside(clock=CLOCK, machine=machine))
    assert [(one.package.name, one.version, one.where) for one in seen.installed] == [
        ("openssl", "3.0.11-1", "web-1"),
        ("nano", "7.1-1", "web-1"),
    ]
    openssl = Package(Ecosystem.DEB, "openssl")
    assert [one.version for one in seen.offers[openssl].releases] == ["3.0.13-1"]
    (advisory,) = seen.advisories
    (affected,) = advisory.affected
    assert affected.package == openssl
    assert affected.ranges == ((("introduced", "0"), ("fixed", "3.0.13-1")),)
    assert seen.result.told_at == NOW - timedelta(hours=3)


async def test_old_lists_of_apt_are_stale_and_say_of_when_they_are() -> None:
    machine = GivenMachine(Packages((NANO,), NOW - timedelta(days=9), 4))
    seen = await look(given_outside(clock=CLOCK, machine=machine))
    result = seen.result
    assert (result.state, result.reason, result.remedy) == (
        SourceState.STALE,
        "apt's lists are of 2026-11-11 00:00 UTC",
        "apt-get update",
    )
    assert [one.package.name for one in seen.installed] == ["nano"]


async def test_a_database_on_a_version_whose_life_has_ended_is_an_advisory() -> None:
    """What is offered is the newest of each version that is still kept up."""
    databases = GivenDatabases({"main-db": 140023, "new-db": 180006})
    seen = await look(given_outside(clock=CLOCK, databases=databases))
    postgresql = Package(Ecosystem.POSTGRESQL, "postgresql")
    assert [(one.version, one.where) for one in seen.installed] == [
        ("14.23", "main-db"),
        ("18.6", "new-db"),
    ]
    offered = [one.version for one in seen.offers[postgresql].releases]
    assert offered == ["15.20", "16.16", "17.12", "18.6"]
    ended = {one.id: one.affected[0].ranges for one in seen.advisories}
    assert ended["postgresql-14-end-of-life"] == ((("introduced", "14"), ("fixed", "15")),)
    assert "postgresql-15-end-of-life" not in ended


async def test_a_database_that_does_not_answer_was_not_looked_at() -> None:
    databases = GivenDatabases({"main-db": None, "new-db": 180006})
    result = (await look(given_outside(clock=CLOCK, databases=databases))).result
    assert (result.state, result.looked_at, result.total) == (SourceState.OK, 1, 2)
    assert [(one.subject, one.reason) for one in result.passed] == [
        ("main-db", "it does not answer")
    ]


async def test_runtimes_are_read_from_the_files_that_name_them() -> None:
    """A cycle alone stands for the newest of it; a name that is no version is told."""
    files = {
        ".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.10.12\n",
        ".python-version": "# ours\n3.13\n",
        ".nvmrc": "v20.11.1\n",
        ".node-version": "lts/iron\n",
        ".tool-versions": "nodejs 24\nruby 3.3.0\n",
    }
    seen = await look(given_outside(files, clock=CLOCK))
    assert [(one.package.name, one.version, one.where) for one in seen.installed] == [
        ("python", "3.10.12", "/srv/shop/.venv/pyvenv.cfg"),
        ("python", "3.13.18", "/srv/shop/.python-version"),
        ("node", "20.11.1", "/srv/shop/.nvmrc"),
        ("node", "24.19.0", "/srv/shop/.tool-versions"),
    ]
    assert [one.reason for one in seen.result.passed] == ["'lts/iron' names no version"]
    ended = {one.id for one in seen.advisories}
    assert {"python-3.10-end-of-life", "node-20-end-of-life"} <= ended
    assert not {"python-3.13-end-of-life", "node-24-end-of-life"} & ended


async def test_a_table_that_is_old_is_stale() -> None:
    clock = SteppedClock(datetime(2027, 9, 1, tzinfo=UTC))
    result = (await look(given_outside({".nvmrc": "24"}, clock=clock))).result
    assert (result.state, result.remedy) == (SourceState.STALE, "update Fettle")


async def test_a_machine_without_apt_says_what_it_could_not_look_at() -> None:
    machine = GivenMachine(Skipped("packages", "this machine's packages", "apt-get is not here"))
    result = (await look(given_outside(clock=CLOCK, machine=machine))).result
    assert (result.state, result.reason) == (SourceState.FAILED, "apt-get is not here")


async def test_where_there_is_nothing_of_it_all_of_it_was_looked_at() -> None:
    result = (await look(given_outside(clock=CLOCK))).result
    assert (result.state, result.total) == (SourceState.OK, 0)


async def test_what_is_newer_than_the_table_was_not_looked_at() -> None:
    """Nobody can say how long it is kept up."""
    files = {
        ".python-version": "3.16",
        ".nvmrc": "27.0.0",
        ".tool-versions": "python 3\nnodejs 24\n",
    }
    databases = GivenDatabases({"next-db": 190001, "old-db": 90624})
    seen = await look(given_outside(files, clock=CLOCK, databases=databases))
    assert [(one.subject, one.reason) for one in seen.result.passed] == [
        ("/srv/shop/.tool-versions", "'3' names no version"),
        ("postgresql in next-db", "19.1 is not in the table of 2026-11-12"),
        ("python in /srv/shop/.python-version", "3.16 is not in the table of 2026-11-12"),
        ("node in /srv/shop/.nvmrc", "27.0.0 is not in the table of 2026-11-12"),
    ]
    assert (seen.result.looked_at, seen.result.total) == (2, 6)
    assert "9.6.24" in [one.version for one in seen.installed]


async def test_a_tool_without_a_version_takes_none_of_the_next_line() -> None:
    files = {".tool-versions": "python\nnodejs 24.1.0\n"}
    seen = await look(given_outside(files, clock=CLOCK))
    assert [(one.package.name, one.version) for one in seen.installed] == [("node", "24.1.0")]
