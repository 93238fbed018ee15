"""Which Python and which Node a project runs on, as files in its folder say."""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from fettle.model.ports_updates import Project, ProjectFiles
from fettle.model.update import Ecosystem, Installed, Package, Passed
from fettle.updates.lifecycles import whole

_PYTHON = Package(Ecosystem.PYTHON, "python")
_NODE = Package(Ecosystem.NODE, "node")
_VENV = re.compile(r"^version(?:_info)?\s*=\s*(\S+)", re.MULTILINE)
_TOOLS = re.compile(r"^(python|node|nodejs)[ \t]+(\S+)", re.MULTILINE)
_VERSION = re.compile(r"v?(\d+(?:\.\d+){0,2})(?:\.final\.\d+)?")


def runtimes_of(project: Project, files: ProjectFiles) -> Iterator[Installed | Passed]:
    """Yield what a project runs on, each file that says so; raises UnreadableLock."""
    for name, read in _FILES.items():
        text = files.text(project, name)
        where = str(PurePath(project.folder) / name)
        for package, said in read(text) if text is not None else ():
            found = _VERSION.fullmatch(said)
            if found is None or (package is _PYTHON and "." not in found[1]):
                yield Passed(where, f"{said[:40]!r} names no version", "write one: 3.13 or 24")
            else:
                version = whole(package.ecosystem, found[1])
                yield Installed(package, _of_three(version) if package is _NODE else version, where)


def _of_three(version: str) -> str:
    """Return a version as Node writes it: 20.11 is the first of its patches."""
    return version + ".0" * (2 - version.count("."))


def _alone(package: Package) -> Callable[[str], list[tuple[Package, str]]]:
    def read(text: str) -> list[tuple[Package, str]]:
        lines = (line.strip() for line in text.splitlines())
        return [(package, line) for line in lines if line and not line.startswith("#")][:1]

    return read


def _of_venv(text: str) -> list[tuple[Package, str]]:
    return [(_PYTHON, said) for said in _VENV.findall(text)[:1]]


def _of_tools(text: str) -> list[tuple[Package, str]]:
    return [(_PYTHON if tool == "python" else _NODE, said) for tool, said in _TOOLS.findall(text)]


_FILES: dict[str, Callable[[str], list[tuple[Package, str]]]] = {
    ".venv/pyvenv.cfg": _of_venv,
    ".python-version": _alone(_PYTHON),
    ".nvmrc": _alone(_NODE),
    ".node-version": _alone(_NODE),
    ".tool-versions": _of_tools,
}
