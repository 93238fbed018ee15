"""A project's tree to work in: how its clients fetch there, and how its own tests run there.

Who fetches sees the clients' own settings, where registries and their tokens stand, and reaches the
network; no code of a package runs then. Who tests sees neither.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook
from fettle.settings.security import ProjectSettings
from fettle.targets import running
from fettle.targets.rehearsing.bounds import Bounds
from fettle.targets.rehearsing.sandbox import Sandbox, View, home_of
from fettle.targets.running import Ended, How, Say

# Variables of the clients, by which they are told registries, their tokens and their proxies.
_CLIENTS = ("PIP_", "UV_", "POETRY_", "NPM_CONFIG_", "PNPM_CONFIG_", "YARN_", "SSL_CERT_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE")
# Files of the clients, from the home on, and those of the whole machine.
_IN_HOME = (
    ".npmrc", ".config/pnpm/rc", ".config/pnpm/auth.ini", ".yarnrc", ".yarnrc.yml", ".pip/pip.conf",
    ".config/pip/pip.conf", ".config/uv/uv.toml", ".config/pypoetry/config.toml",
    ".config/pypoetry/auth.toml", ".netrc",
)  # fmt: skip
_OF_ALL = ("/etc/pip.conf", "/etc/uv/uv.toml", "/etc/npmrc")
_NAMED_FILES = (
    "PIP_CONFIG_FILE", "UV_CONFIG_FILE", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig",
    "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE",
)  # fmt: skip
_NOT_OURS = (
    "UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "UV_PROJECT_ENVIRONMENT",
    "POETRY_CACHE_DIR", "POETRY_VIRTUALENVS_PATH", "npm_config_store_dir", "YARN_CACHE_FOLDER",
    "YARN_GLOBAL_FOLDER",
)  # fmt: skip
# Programs that tests may ask for by name, and that may be elsewhere than where the system's are.
_PROGRAMS = ("uv", "poetry", "node", "pnpm", "yarn")
_QUIET = {
    "NO_COLOR": "1",
    "CI": "true",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "YARN_ENABLE_TELEMETRY": "0",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# The tests have what was installed, and nothing else: uv would look for what it may be missing.
_OFFLINE = {"UV_OFFLINE": "1", "UV_NO_SYNC": "1", "UV_FROZEN": "1", "npm_config_offline": "true"}
_ERROR = re.compile(r"(error\b|ERROR\b|×|npm (error|ERR!) (?!code|A complete))", re.IGNORECASE)
_VERSION = re.compile(r"\b(\d+)\.\d+")
_LONGEST = 500
# What clients say of packages that would have to run code to be installed.
_NO_WHEEL = re.compile(
    r"--no-build|from source is disabled|No matching distribution|Unable to find installation cand"
    r"|creator 'none' is not available"
)
_BUILDS = (
    "; packages may run no code as they are installed: "
    "[project.rehearsal] builds = true would let it, in the sandbox"
)
_VENV = "pyvenv.cfg"
_ASK = "import os, sys; print(os.path.realpath(sys.executable)); print(sys.base_prefix)"


@dataclass(frozen=True)
class Python:
    """The Python that environments are made with, and the folder that it is installed in."""

    program: Path
    prefix: Path


@dataclass(frozen=True)
class Place:
    """A project's tree: `tree` is where it is, `root` where the live one is; `base` is for scratch.

    A program sees the tree at the live one's place; tests see what is `shown` to them besides. When
    nobody is `trying` what is raised there, it is applied untested.
    """

    sandbox: Sandbox
    settings: ProjectSettings
    environ: Mapping[str, str] = field(repr=False)
    base: Path
    tree: Path
    root: Path
    cache: Path
    say: Say
    python: Python | None = None
    shown: Sequence[tuple[Path, Path]] = ()
    trying: bool = True

    @property
    def inner(self) -> Path:
        """The project's folder from the repository's on."""
        return self.settings.path.resolve().relative_to(self.root.resolve())

    def outside(self, folder: Path) -> Path:
        """Return where a folder of the project is, given by its name from the project's on."""
        return self.tree / self.inner / folder

    def inside(self, folder: Path) -> Path:
        """Return where a program sees a folder of the project."""
        return self.root / self.inner / folder

    async def fetch(
        self, folder: Path, words: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a client with the network on, in a folder of the project; nothing else of it runs.

        Raises CannotLook where there is no such client.
        """
        view = replace(
            self._view(folder, self._client(words[0])),
            network=True,
            variables={**self._clients(), **_QUIET, **self._caches(), **(variables or {})},
        )
        home = home_of(self.sandbox, self.base)
        reads = [*view.reads, *self._configured(home)]
        view = replace(view, reads=reads, writes=((self.cache, self.cache),))
        bounds = replace(self._bounds(), within=self.settings.rehearsal.fetch_within)
        return await self.sandbox.run(words, view, bounds, self.say)

    async def major(self, folder: Path, program: str) -> int:
        """Return the first number of a client's version, as it is used in a folder.

        Raises CannotLook where there is none, and ActFailed where it does not say.
        """
        ended = await self.fetch(folder, [program, "--version"])
        refuse_failure(ended, f"{program} cannot be run")
        number = _VERSION.search(ended.output.decode("utf-8", "replace"))
        if number is None:
            raise ActFailed(f"{program} does not say which it is: {ended.last_words}")
        return int(number[1])

    async def test(
        self, folder: Path, words: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a command of the project's, without the network, in a folder of it."""
        handed = self.settings.rehearsal.variables
        given = {name: self.environ[name] for name in handed if name in self.environ}
        view = self._view(folder, None)
        view = replace(
            view,
            reads=[*view.reads, *self.shown],
            variables={**_QUIET, **_OFFLINE, **given, **(variables or {})},
        )
        return await self.sandbox.run(words, view, self._bounds(), self.say)

    def _client(self, word: str) -> Path | None:
        """Return where a client is; None for one that stands in the tree itself."""
        if word.startswith(f"{self.root}/"):
            return None
        return Path(running.found(word, self.environ, install=f"install {word}"))

    def _view(self, folder: Path, client: Path | None) -> View:
        at = self.inside(folder)
        python = [self.python.prefix] if self.python else []
        programs = [client] if client else []
        for name in _PROGRAMS:
            try:
                programs.append(Path(running.found(name, self.environ, install="")))
            except CannotLook:
                continue
        reads = [*python, *self.settings.rehearsal.visible]
        reads += [part for program in programs for part in _whole(program)]
        return View(
            self.base,
            self.tree,
            self.root,
            at,
            reads=[(one, one) for one in dict.fromkeys(_beyond_system(reads))],
            path=(
                str(at / ".venv" / "bin"),
                str(at / "node_modules" / ".bin"),
                *dict.fromkeys(str(program.parent) for program in programs),
            ),
        )

    def _bounds(self) -> Bounds:
        said = self.settings.rehearsal
        return Bounds(said.within, said.memory, said.processes)

    def _clients(self) -> dict[str, str]:
        named = self.settings.environment
        return {
            name: value
            for name, value in self.environ.items()
            if name in named
            or (name.upper().startswith(_CLIENTS) and name not in _NOT_OURS)
            or name.upper() in _PROXIES
        }

    def _caches(self) -> dict[str, str]:
        return {
            "UV_CACHE_DIR": str(self.cache / "uv"),
            # What tests write into their environment must not come into the next one's.
            "UV_LINK_MODE": "copy",
            "PIP_CACHE_DIR": str(self.cache / "pip"),
            "POETRY_CACHE_DIR": str(self.cache / "poetry"),
            "npm_config_cache": str(self.cache / "npm"),
            "npm_config_store_dir": str(self.cache / "pnpm"),
            "npm_config_package_import_method": "copy",
            "YARN_CACHE_FOLDER": str(self.cache / "yarn"),
            "YARN_GLOBAL_FOLDER": str(self.cache / "yarn-global"),
        }

    def _configured(self, home: Path) -> Iterator[tuple[Path, Path]]:
        """Yield the files that clients are configured by, and where they look for them."""
        own = Path(self.environ.get("HOME", "/nonexistent"))
        for name in _IN_HOME:
            if (own / name).is_file():
                yield (own / name).resolve(), home / name
        named = [self.environ.get(name, "") for name in _NAMED_FILES]
        for file in (*_OF_ALL, *filter(None, named)):
            if Path(file).is_file():
                yield Path(file).resolve(), Path(file)
        for folder in self.environ.get("PIP_FIND_LINKS", "").split():
            if Path(folder).is_dir():
                yield Path(folder), Path(folder)


async def python_of(settings: ProjectSettings, environ: Mapping[str, str]) -> Python:
    """Return the Python that a project's environments are made with; raises CannotLook."""
    given = settings.rehearsal.python or _python_of_live(settings.path)
    program = str(given or running.found("python3", environ, install="apt-get install python3"))
    how = How(timedelta(seconds=30), environ, ("PYENV_ROOT", "PYENV_VERSION"))
    ended = await running.run([program, "-I", "-c", _ASK], how)
    said = ended.output.decode("utf-8", "surrogateescape").splitlines()
    if ended.status or len(said) != 2:
        raise CannotLook(
            f"{program} is no Python that works: {ended.last_words}",
            remedy="name one: [project.rehearsal] python",
        )
    return Python(Path(said[0]), Path(said[1]))


def _python_of_live(project: Path) -> Path | None:
    """Return the Python that the environment in use was made with."""
    try:
        lines = (project / ".venv" / _VENV).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    homes = [line.partition("=")[2].strip() for line in lines if line.startswith("home")]
    python = Path(homes[0]) / "python3" if homes else None
    return python if python is not None and python.exists() else None


def _whole(program: Path) -> Iterator[Path]:
    """Yield what of a program is needed to run it: its file, or the folders it is installed in."""
    real = program.resolve()
    installed = real.parents[1]
    if (installed / "lib" / "node_modules").is_dir():
        yield installed
    elif "node_modules" in real.parts:
        yield Path(*real.parts[: real.parts.index("node_modules") + 1])
        yield program.parent
    elif (installed / _VENV).is_file() and _is_script(real):
        yield installed
        yield from _made_with(installed)
        yield program
    else:
        yield program


def _is_script(program: Path) -> bool:
    with program.open("rb") as opened:
        return opened.read(2) == b"#!"


def _made_with(environment: Path) -> Iterator[Path]:
    """Yield the installation of Python that an environment needs, as its links lead there."""
    python = environment / "bin" / "python"
    if python.exists():
        yield python.resolve().parents[1]


def _beyond_system(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_relative_to("/usr") and not path.is_relative_to("/lib") and path.exists():
            yield path


def refuse_failure(ended: Ended, what: str, *, wheels_only: bool = False) -> None:
    """Raise ActFailed when a program failed, with what it calls the error, or its last words.

    Where nothing was to be built (`wheels_only`) it says what would let that be.
    """
    if ended.status:
        text = (ended.errors + b"\n" + ended.output).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        first = next((place for place, one in enumerate(lines) if _ERROR.match(one)), None)
        said = ended.last_words if first is None else " / ".join(lines[first : first + 3])
        hint = _BUILDS if wheels_only and _NO_WHEEL.search(text) else ""
        raise ActFailed(f"{what}: {said[:_LONGEST]}{hint}")
