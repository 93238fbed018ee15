"""Registries are asked once for each package, gently; what they answer is not simply believed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.model.ports_updates import Project
from fettle.model.update import Ecosystem, Offers, Package, Passed, Release
from fettle.targets.registries.asking import asking
from fettle.targets.registries.kept import Kept
from fettle.targets.registries.look_up import PackageRegistries, registries
from fettle.testing import SteppedClock
from tests.registry import SIMPLE_JSON, Registry, Scripted, serving
from tests.servers import free_port

ANYIO = Package(Ecosystem.PYPI, "anyio")
IDNA = Package(Ecosystem.PYPI, "idna")
LEFT = Package(Ecosystem.NPM, "left")
SCOPED = Package(Ecosystem.NPM, "@scope/inner")


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        running.python("anyio", "4.8.0", "4.9.0")
        running.python("idna", "3.10")
        running.npm("left", "1.2.0", "1.3.0")
        running.npm("@scope/inner", "3.0.0")
        yield running


@pytest.fixture
def environ(registry: Registry, tmp_path: Path) -> Mapping[str, str]:
    return {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "none"),
        "PIP_INDEX_URL": registry.simple,
        "npm_config_registry": registry.url,
        "npm_config_globalconfig": str(tmp_path / "none"),
    }


async def look(
    environ: Mapping[str, str],
    *packages: Package,
    clock: SteppedClock | None = None,
    kept: Path | None = None,
    project: Project | None = None,
) -> Mapping[Package, Offers | Passed]:
    """Look once, as one run does."""
    project = project or Project("shop", Path("/nonexistent"))
    async with registries(clock or SteppedClock(), environ, kept) as asked:
        return await asked.offers(packages, project)


async def test_what_an_index_of_python_offers(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """Of each version: when it came, its size, which Python it needs."""
    registry.python("anyio", "4.8.0", "4.9.0", **{"requires-python": ">=3.9"})
    told = (await look(environ, ANYIO))[ANYIO]
    assert isinstance(told, Offers)
    first, _ = told.releases
    size = len(registry.files["/files/anyio-4.8.0-py3-none-any.whl"])
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    assert first == Release("4.8.0", moment, None, ">=3.9", size)


async def test_a_yanked_version_is_withdrawn_with_its_reason(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    registry.python("anyio", "4.8.0", yanked="it breaks everything")
    told = (await look(environ, ANYIO))[ANYIO]
    assert isinstance(told, Offers)
    assert [one.withdrawn for one in told.releases] == ["it breaks everything"]


async def test_a_mirror_that_has_only_pages_is_read_too(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """When a version came is not told by them: it is not known, and never guessed."""
    registry.html = True
    registry.python("anyio", "4.8.0", "4.9.0", **{"requires-python": "&gt;=3.9", "yanked": "bad"})
    told = (await look(environ, ANYIO))[ANYIO]
    assert isinstance(told, Offers)
    assert told.releases == (
        Release("4.8.0", None, "bad", ">=3.9"),
        Release("4.9.0", None, "bad", ">=3.9"),
    )


async def test_what_a_registry_of_npm_offers(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """A scope is no folder; what is deprecated is withdrawn."""
    document = registry.documents["/left"]
    document["versions"]["1.2.0"] |= {"deprecated": "use 1.3", "engines": {"node": ">=18"}}
    document["repository"] = {"url": "git+https://git.example/left.git"}
    told = await look(environ, LEFT, SCOPED)
    left, scoped = told[LEFT], told[SCOPED]
    assert isinstance(left, Offers)
    assert isinstance(scoped, Offers)
    assert (left.newest, left.source_url) == ("1.3.0", "https://git.example/left")
    assert [(one.version, one.withdrawn, one.needs) for one in left.releases] == [
        ("1.2.0", "use 1.3", ">=18"),
        ("1.3.0", None, ""),
    ]
    assert left.releases[1].released_at == datetime(2025, 1, 2, tzinfo=UTC)
    assert [one.version for one in scoped.releases] == ["3.0.0"]


async def test_what_a_version_of_npm_asks_for_is_what_a_lock_has_of_it(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """Binaries of each platform are optional, and of the very version: no other is on offer."""
    registry.documents["/left"]["versions"]["1.2.0"] |= {
        "dependencies": {"deep": "^2"},
        "optionalDependencies": {"left-linux-x64": "1.2.0", "odd": 1},
        "peerDependencies": {"react": ">=18", "deep": "*"},
    }
    left = (await look(environ, LEFT))[LEFT]
    assert isinstance(left, Offers)
    assert dict(left.releases[0].asks or ()) == {
        "deep": "^2",
        "left-linux-x64": "1.2.0",
        "react": ">=18",
    }


async def test_a_package_is_asked_for_once_in_a_run_however_many_use_it(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    project = Project("shop", Path("/nonexistent"))
    async with registries(SteppedClock(), environ, None) as asked:
        await asked.offers([ANYIO, IDNA], project)
        await asked.offers([ANYIO], Project("other", Path("/nonexistent/other")))
    assert sorted(one.path for one in registry.asked) == ["/simple/anyio/", "/simple/idna/"]


async def test_a_second_run_only_asks_whether_what_is_known_still_holds(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    """What has changed since is taken as it is now."""
    kept = tmp_path / "kept"
    packages = (ANYIO, IDNA, LEFT)
    first = await look(environ, *packages, kept=kept)
    registry.asked.clear()
    assert await look(environ, *packages, kept=kept) == first
    assert registry.conditional == [True, True, True]

    registry.python("anyio", "4.8.0", "4.9.0", "5.0.0")
    told = (await look(environ, ANYIO, kept=kept))[ANYIO]
    assert isinstance(told, Offers)
    assert [one.version for one in told.releases] == ["4.8.0", "4.9.0", "5.0.0"]


async def test_without_a_validator_an_answer_holds_for_minutes(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    """It cannot be asked whether it holds; then it is asked for anew."""
    registry.validators = False
    answer = Scripted(200, b'{"name": "idna", "files": []}', {"Content-Type": SIMPLE_JSON})
    registry.scripted["/simple/idna/"] = [answer] * 2
    clock, kept = SteppedClock(), tmp_path / "kept"
    await look(environ, IDNA, clock=clock, kept=kept)
    clock.moment += timedelta(minutes=9)
    await look(environ, IDNA, clock=clock, kept=kept)
    assert len(registry.asked) == 1
    clock.moment += timedelta(minutes=2)
    await look(environ, IDNA, clock=clock, kept=kept)
    assert len(registry.asked) == 2


async def test_a_broken_file_of_what_is_kept_only_means_to_ask_again(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    first = await look(environ, ANYIO, kept=kept)
    for file in kept.iterdir():
        file.write_bytes(b'{"url": "half')
    assert await look(environ, ANYIO, kept=kept) == first


async def test_many_are_asked_at_once_and_no_more_than_sixteen(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    registry.delay_s = 0.3  # so long that all that may be asked at once have arrived
    packages = [Package(Ecosystem.PYPI, f"package-{number}") for number in range(40)]
    for one in packages:
        registry.python(one.name, "1.0")
    await look(environ, *packages)
    assert registry.most_at_once == 16


async def test_a_registry_that_asks_for_less_is_waited_for(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """Its Retry-After holds, and then it is asked again."""
    clock = SteppedClock()
    registry.scripted["/simple/anyio/"] = [Scripted(429, b"", {"Retry-After": "20"})]
    told = (await look(environ, ANYIO, clock=clock))[ANYIO]
    assert isinstance(told, Offers)
    assert clock.moment - SteppedClock().moment == timedelta(seconds=20)


async def test_a_registry_that_asks_for_an_hour_is_left_alone(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    registry.scripted["/simple/anyio/"] = [Scripted(429, b"", {"Retry-After": "3600"})]
    told = await look(environ, ANYIO, IDNA)
    passed = told[ANYIO]
    assert isinstance(passed, Passed)
    assert passed.reason.endswith("asks to be left alone for 3600 s")
    assert isinstance(told[IDNA], Offers)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Scripted(200, b"{", {"Content-Type": "application/json"}), "is not the simple API"),
        (
            Scripted(200, b'{"name": "evil", "files": []}', {"Content-Type": "application/json"}),
            "answered with another package, 'evil'",
        ),
        (Scripted(200, b"nothing", {"Content-Type": "text/html"}), "is not the simple API"),
        (Scripted(404), "has no anyio"),
        (Scripted(403), "answered that we may not"),
        (Scripted(302, b"", {"Location": "/simple/anyio/"}), "Exceeded maximum allowed redirects"),
    ],
)
async def test_what_cannot_be_believed_fails_that_package_alone(
    registry: Registry, environ: Mapping[str, str], answer: Scripted, says: str
) -> None:
    """Each says why; the others are told all the same."""
    registry.scripted["/simple/anyio/"] = [answer] * 6
    told = await look(environ, ANYIO, IDNA)
    passed = told[ANYIO]
    assert isinstance(passed, Passed)
    assert says in passed.reason
    assert isinstance(told[IDNA], Offers)


async def test_a_document_of_another_package_of_npm_is_not_believed(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    registry.documents["/left"] = registry.documents["/@scope/inner"]
    passed = (await look(environ, LEFT))[LEFT]
    assert isinstance(passed, Passed)
    assert "answered with another package, '@scope/inner'" in passed.reason


async def test_a_registry_that_is_slow_is_left_in_time(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    """What it does not answer in time was not looked at, and holds up nobody for longer."""
    registry.delay_s = 1.0
    clock = SteppedClock()
    async with asking(clock, whole=timedelta(seconds=0.2)) as pool:
        packages = PackageRegistries(pool, Kept(None), clock, environ)
        told = await packages.offers([ANYIO, LEFT], Project("shop", Path("/nonexistent")))
    for passed in told.values():
        assert isinstance(passed, Passed)
        assert "gave no whole answer in 0.2 s" in passed.reason


async def test_a_registry_that_is_gone_is_not_asked_for_everything(
    environ: Mapping[str, str],
) -> None:
    """After some silences the rest is failed at once, each with the reason."""
    gone = {**environ, "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple"}
    packages = [Package(Ecosystem.PYPI, f"package-{number}") for number in range(60)]
    told = await look(gone, *packages)
    reasons = [one.reason for one in told.values() if isinstance(one, Passed)]
    assert len(reasons) == 60
    assert sum("is not asked on" in reason for reason in reasons) >= 30


async def test_where_no_client_is_set_to_any_the_locks_own_address_is_asked(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    bare = {name: value for name, value in environ.items() if name != "PIP_INDEX_URL"}
    async with registries(SteppedClock(), bare, None) as asked:
        project = Project("shop", Path("/nonexistent"))
        told = await asked.offers([ANYIO], project, [registry.simple])
    assert isinstance(told[ANYIO], Offers)


async def test_where_nothing_says_where_it_is_told_what_to_set(
    environ: Mapping[str, str],
) -> None:
    """Neither settings, nor a lock, nor a client that could be asked."""
    bare = {"HOME": environ["HOME"], "XDG_CONFIG_DIRS": environ["XDG_CONFIG_DIRS"], "PATH": "/none"}
    passed = (await look(bare, ANYIO))[ANYIO]
    assert isinstance(passed, Passed)
    assert passed.reason == "no registry of pypi is known here"
    assert passed.remedy == "set index-url of pip, or UV_DEFAULT_INDEX"


async def test_passwords_are_sent_where_they_belong_and_never_kept(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    """Neither in what is kept nor in what is said."""
    registry.password = "Basic YWRhOnNlY3JldA=="
    place = registry.simple.replace("://", "://ada:secret@")
    kept = tmp_path / "kept"
    given = {**environ, "PIP_INDEX_URL": place}
    told = await look(given, ANYIO, Package(Ecosystem.PYPI, "none"), kept=kept)
    assert isinstance(told[ANYIO], Offers)
    assert "secret" not in str(told)
    assert all(b"secret" not in file.read_bytes() for file in kept.iterdir())


async def test_a_redirect_to_another_host_takes_no_password_along(
    registry: Registry, environ: Mapping[str, str]
) -> None:
    with serving() as other:
        other.python("anyio", "4.8.0")
        to = {"Location": f"{other.simple}/anyio/"}
        registry.scripted["/simple/anyio/"] = [Scripted(302, b"", to)]
        place = registry.simple.replace("://", "://ada:secret@")
        await look({**environ, "PIP_INDEX_URL": place}, ANYIO)
        assert "authorization" in registry.asked[0].headers
        assert "authorization" not in other.asked[0].headers


async def test_of_several_indexes_of_pip_all_are_asked_and_of_uv_the_first_that_has_it(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    """As each of the clients does."""
    with serving() as other:
        other.python("anyio", "5.0.0")
        several = {**environ, "PIP_EXTRA_INDEX_URL": other.simple}
        told = (await look(several, ANYIO))[ANYIO]
        assert isinstance(told, Offers)
        assert [one.version for one in told.releases] == ["5.0.0", "4.8.0", "4.9.0"]

        (tmp_path / "uv.lock").touch()
        by_uv = {**environ, "UV_INDEX": other.simple, "UV_DEFAULT_INDEX": registry.simple}
        project = Project("shop", tmp_path)
        told = (await look(by_uv, ANYIO, project=project))[ANYIO]
        assert isinstance(told, Offers)
        assert [one.version for one in told.releases] == ["5.0.0"]
        idna = (await look(by_uv, IDNA, project=project))[IDNA]
        assert isinstance(idna, Offers)


async def test_what_a_project_takes_from_a_named_index_is_asked_for_there_alone(
    registry: Registry, environ: Mapping[str, str], tmp_path: Path
) -> None:
    """The name of a private package is told to nobody else."""
    with serving() as private:
        private.python("anyio", "9.0")
        (tmp_path / "uv.lock").touch()
        (tmp_path / "pyproject.toml").write_text(
            "[[tool.uv.index]]\n"
            f'name = "own"\nurl = "{private.simple}"\nexplicit = true\n'
            f'[[tool.uv.index]]\nurl = "{registry.simple}"\ndefault = true\n'
            '[tool.uv.sources]\nAnyIO = { index = "own" }\n'
        )
        told = await look(environ, ANYIO, IDNA, project=Project("shop", tmp_path))
        offers = told[ANYIO]
        assert isinstance(offers, Offers)
        assert [one.version for one in offers.releases] == ["9.0"]
        assert [one.path for one in registry.asked] == ["/simple/idna/"]
        assert [one.path for one in private.asked] == ["/simple/anyio/"]
