"""Files of pip's requirements: what is pinned in them, and what there is no saying of."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package, Passed
from fettle.updates.locks.lock import Beside, Lock, refuse_huge, sorted_by_name, together

_DEEPEST = 10
_LONGEST = 120
_COMMENT = re.compile(r"(?:^|\s)#")
_DEVELOPMENT = re.compile(r"(?<![a-z])(?:dev|development|tests?|testing)(?![a-z])")
_HASH = re.compile(r"\s--hash[=\s]\S+")
_OPTION = re.compile(r"\s--?(?:hash|config-settings|global-option|install-option|C)[=\s].*$")
_INCLUDES = re.compile(r"(?:-r|--requirement)[=\s]*(?P<file>\S.*)")
_INDEX = re.compile(r"(?:-i|--index-url|--extra-index-url)[=\s]+(?P<url>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)[=\s]+(?P<what>\S.*)")
_FROM_GIT = re.compile(r"^(?:git|hg|svn|bzr)\+|\.git(?:@|$|#)")
_PLACE = re.compile(r"^(?:\.{0,2}/|\.$|\.\.$|[A-Za-z]:\\|file:)|\.(?:whl|tar\.gz|zip)$")


@dataclass
class _Line:
    """A line with those that it goes on with; `by` are the names that a comment says it is for."""

    number: int
    parts: list[str]
    by: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.parts)


@dataclass(frozen=True)
class _Folder:
    """Where files include others from, and which of them were read: each is once."""

    path: str
    beside: Beside
    read: set[str]

    def where(self, name: str) -> str:
        """Return what a file of it is called."""
        return f"{self.path}/{name}" if self.path else name


def read(text: str, where: str, beside: Beside) -> Lock:
    """Read requirements with the files that they include; raises UnreadableLock."""
    path, _, name = where.rpartition("/")
    return _read(text, name, _Folder(path, beside, {name}), (name,))


def _read(text: str, name: str, folder: _Folder, through: tuple[str, ...]) -> Lock:
    where = folder.where(name)
    refuse_huge(text, where)
    locks: list[Lock] = []
    development = _DEVELOPMENT.search(name.lower()) is not None
    for line in _lines(text):
        said = line.text
        if included := _INCLUDES.fullmatch(said):
            locks.append(_included(included["file"].strip(), name, folder, through))
        elif index := _INDEX.fullmatch(said):
            locks.append(Lock((), registries=(index["url"],)))
        elif editable := _EDITABLE.fullmatch(said):
            locks.append(_from_elsewhere(editable["what"], f"{where}:{line.number}"))
        elif not said.startswith("-"):
            locks.append(_required(line, where, development=development))
    lock = together(locks)
    return Lock(sorted_by_name(lock.installed), lock.passed, lock.registries)


def _included(file: str, name: str, folder: _Folder, through: tuple[str, ...]) -> Lock:
    inside = posixpath.normpath(PurePosixPath(name).parent / file)
    if inside in through or len(through) > _DEEPEST:
        raise UnreadableLock(f"{folder.where(name)} includes {file}, which includes it again")
    if inside in folder.read:
        return Lock(())
    folder.read.add(inside)
    text = None if file.startswith(("http:", "https:")) else folder.beside(inside)
    if text is None:
        said = f"{folder.where(name)} includes it, and it is not there"
        return Lock((), (Passed(folder.where(inside), said),))
    return _read(text, inside, folder, (*through, inside))


def _lines(text: str) -> Iterator[_Line]:
    """Yield lines without comments, each joined with those before it that end in a backslash."""
    begun: _Line | None = None
    goes_on = via = False
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        plain, *comments = _COMMENT.split(raw, maxsplit=1)
        comment = comments[0] if comments else ""
        if plain.strip():
            if begun is not None and not goes_on:
                yield begun
                begun = None
            goes_on = plain.rstrip().endswith("\\")
            begun = begun or _Line(number, [])
            begun.parts.append(plain.rstrip().removesuffix("\\").strip())
            via = False
        elif not raw.strip():
            goes_on = False
        if begun is not None and (via or comment.split()[:1] == ["via"]):
            via = True
            begun.by += _named_by(comment)
    if begun is not None:
        yield begun


def _named_by(comment: str) -> Iterator[str]:
    """Yield whom a comment of pip-compile or uv names: `via httpx, -r requirements.in`."""
    for part in comment.strip().removeprefix("via").split(","):
        words = part.split()
        if words and words[0] != "-c":
            yield words[-1]


def _required(line: _Line, where: str, *, development: bool) -> Lock:
    place = f"{where}:{line.number}"
    text = _HASH.sub("", f"{line.text} ").strip()
    text = _OPTION.sub("", f" {text}").strip()
    if " @ " not in text and _is_address(text):
        return _from_elsewhere(text, place)
    try:
        asked = Requirement(text)
    except InvalidRequirement as error:
        said = str(error).partition("\n")[0]
        raise UnreadableLock(f"{place} is no requirement: {_shown(text)} ({said})") from None
    if asked.url is not None:
        return _from_elsewhere(asked.url, place, asked.name)
    pins = [one.version for one in asked.specifier if one.operator in ("==", "===")]
    package = Package(Ecosystem.PYPI, canonicalize_name(asked.name))
    if len(pins) != 1 or pins[0].endswith(".*"):
        reason = "it is not pinned to a version: what is in use is not to be told"
        return Lock((), (Passed(f"{package.name} in {where}", reason, "pin it with =="),))
    by = tuple(sorted(canonicalize_name(name) for name in line.by if _is_package(name)))
    direct = not by or any(not _is_package(name) for name in line.by)
    installed = Installed(
        package, pins[0], where, direct=direct, needed_by=by, development=development
    )
    return Lock((installed,))


def _is_package(name: str) -> bool:
    """Whether a comment's `via` names a package, and no file: `-r requirements.in`."""
    return not name.endswith((".in", ".txt", ".toml", ".cfg", ".py"))


def _is_address(text: str) -> bool:
    return bool(_FROM_GIT.search(text) or _PLACE.search(text.partition(";")[0].strip()))


def _from_elsewhere(url: str, place: str, name: str = "") -> Lock:
    if "://" not in url and _PLACE.search(url.partition("[")[0].strip()):
        return Lock(())  # the project's own code
    reason = f"it comes from {_origin(url)}, and no registry offers it"
    return Lock((), (Passed(f"{name or _shown(url)} in {place}", reason),))


def _origin(url: str) -> str:
    if _FROM_GIT.search(url):
        return "git"
    return "a file" if url.startswith("file:") else "an address"


def _shown(text: str) -> str:
    """Return a text as it may be said: an address may hold a password."""
    return re.sub(r"://[^/@\s]*@", "://", text)[:_LONGEST]
