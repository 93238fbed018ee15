"""Programs that see little and reach nothing: bubblewrap, with namespaces of their own.

They see the system's programs and libraries, read-only; what is named for them; a home and a
temporary folder of their own; and a tree that is theirs to write to, at the place where the live
one is, so that what is installed there names its final places. Nothing else: no home of the user's,
no credentials, no socket of a service, no other process. The network is off unless somebody
fetches. They end with us, however we end: the kernel sees to it.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.rehearsal import Isolation
from fettle.targets.rehearsing.bounds import Bounds, Watching
from fettle.targets.running import Ended, How, Say, run

HOW_TO_ISOLATE = (
    "install bubblewrap (apt-get install bubblewrap) on a system that allows user namespaces; or, "
    "where nothing else is on the machine, set [project.rehearsal] without_isolation = true"
)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Of /etc what programs need to start, to find names, and to believe certificates.
_ETC = (
    "alternatives", "ca-certificates", "fonts", "gai.conf", "host.conf", "hosts", "ld.so.cache",
    "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic", "mime.types",
    "nsswitch.conf", "os-release", "pki/ca-trust", "pki/tls/certs", "protocols", "services",
    "ssl/certs", "ssl/openssl.cnf", "timezone",
)  # fmt: skip
_USER = "fettle:x:1000:1000::/home/fettle:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
_GROUP = "fettle:x:1000:\nnogroup:x:65534:\n"
_HOME = Path("/home/fettle")
_TRIAL_S = 20


@dataclass(frozen=True)
class View:
    """What a program sees, besides the system, and what it is told.

    `tree` is the folder that it may write to; it sees it at `at`, and begins in `folder` there.
    `reads` and `writes` are further places, as they are outside and where they are seen. `base`
    holds its home and its temporary folder.
    """

    base: Path
    tree: Path
    at: Path
    folder: Path
    reads: Sequence[tuple[Path, Path]] = ()
    writes: Sequence[tuple[Path, Path]] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Sequence[str] = ()
    network: bool = False


@dataclass(frozen=True)
class Sandbox:
    """What runs programs apart from everything else, or without that where somebody allowed it."""

    isolation: Isolation
    bwrap: str = ""

    async def run(
        self, words: Sequence[str], view: View, bounds: Bounds, say: Say | None = None
    ) -> Ended:
        """Run a program to its end.

        Raises CannotLook where it cannot be started, and ActFailed when it takes too much.
        """
        for name in ("home", "tmp"):
            (view.base / name).mkdir(mode=0o700, exist_ok=True)
        how = How(
            bounds.within,
            {},
            most=bounds.output,
            watch=Watching(bounds, view.base),
            variables=self._variables(view),
            folder=self._folder(view),
        )
        if self.isolation is Isolation.NONE:
            return await run(_found(words, how.variables), how, say)
        started = (*self._bwrap(view), "--", *_limited(bounds), *words)
        ended = await run(started, how, say)
        if ended.status and ended.errors.startswith(b"bwrap: "):
            raise CannotLook(f"{words[0]} cannot be run in the sandbox: {ended.last_words}")
        return ended

    def _folder(self, view: View) -> Path:
        if self.isolation is Isolation.NONE:
            return view.tree / view.folder.relative_to(view.at)
        return view.base

    def _variables(self, view: View) -> Mapping[str, str]:
        alone = self.isolation is Isolation.NONE
        home, tmp = (
            (str(view.base / "home"), str(view.base / "tmp")) if alone else (str(_HOME), "/tmp")  # noqa: S108 - its own
        )
        at, tree = str(view.at), str(view.tree)
        path = ":".join((*view.path, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"))
        named = {**view.variables, "PATH": path}
        if alone:  # what is seen at the live tree's place is elsewhere
            named = {name: value.replace(at, tree) for name, value in named.items()}
        return {"USER": "fettle", "LOGNAME": "fettle", **named, "HOME": home, "TMPDIR": tmp}

    def _bwrap(self, view: View) -> Iterator[str]:
        yield from (self.bwrap, "--unshare-all", "--unshare-user", "--die-with-parent")
        yield from ("--new-session", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL")
        if view.network:
            yield "--share-net"
        yield from _system(view.network)
        yield from ("--proc", "/proc", "--dev", "/dev", "--dir", "/run", "--dir", "/var/tmp")  # noqa: S108
        for name, text in (("passwd", _USER), ("group", _GROUP)):
            (view.base / name).write_text(text, encoding="utf-8")
            yield from ("--ro-bind", str(view.base / name), f"/etc/{name}")
        yield from ("--bind", str(view.base / "tmp"), "/tmp")  # noqa: S108 - its own
        yield from ("--bind", str(view.base / "home"), str(_HOME))
        for outside, inside in view.reads:
            yield from ("--ro-bind", str(outside), str(inside))
        yield from ("--bind", str(view.tree), str(view.at))
        if (view.tree / ".git").exists():
            # What is in the repository's own folder is not for tests: remotes with passwords, too.
            (view.base / "git").touch()
            yield from ("--ro-bind", str(view.base / "git"), str(view.at / ".git"))
        for outside, inside in view.writes:
            yield from ("--bind", str(outside), str(inside))
        yield from ("--chdir", str(view.folder))


def home_of(sandbox: Sandbox, base: Path) -> Path:
    """Return where a sandboxed program sees its home."""
    return base / "home" if sandbox.isolation is Isolation.NONE else _HOME


async def sandbox_of(environ: Mapping[str, str], *, without_isolation: bool) -> Sandbox:
    """Return what runs programs here; raises Refused where nothing would keep them apart."""
    bwrap = shutil.which("bwrap", path=environ.get("PATH", os.defpath))
    why = "bubblewrap is not on this machine" if bwrap is None else await _hindered(bwrap, environ)
    if bwrap is not None and not why:
        return Sandbox(Isolation.BUBBLEWRAP, bwrap)
    if without_isolation:
        return Sandbox(Isolation.NONE)
    raise Refused(
        f"nothing here keeps tests and packages from the rest of the machine: {why}",
        remedy=HOW_TO_ISOLATE,
    )


async def _hindered(bwrap: str, environ: Mapping[str, str]) -> str:
    """Say what keeps bubblewrap from working here; nothing where it works."""
    words = (bwrap, "--unshare-all", "--unshare-user", "--die-with-parent", *_system(network=False))
    words += ("--proc", "/proc", "--dev", "/dev", "--", "true")
    try:
        ended = await run(words, How(timedelta(seconds=_TRIAL_S), environ))
    except (ActFailed, CannotLook) as error:
        return error.reason
    return "" if ended.status == 0 else ended.last_words


def _system(network: bool) -> Iterator[str]:
    for place in map(Path, _SYSTEM):
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))
    for place in (Path("/etc") / name for name in _ETC):
        if place.exists():
            yield from ("--ro-bind", str(place.resolve()), str(place))
    names = Path("/etc/resolv.conf")
    if network and names.exists():
        yield from ("--ro-bind", str(names.resolve()), str(names))


def _limited(bounds: Bounds) -> tuple[str, ...]:
    """Return what lets a program have fewer processes, and no dump of what it held in memory."""
    words: tuple[str, ...] = ()
    if Path("/usr/bin/choom").exists():
        words += ("/usr/bin/choom", "-n", "1000", "--")
    if Path("/usr/bin/prlimit").exists():
        words += ("/usr/bin/prlimit", f"--nproc={bounds.processes}", "--core=0", "--")
    return words


def _found(words: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """Return words that begin with where their program is: it is looked for in its own PATH."""
    return [shutil.which(words[0], path=variables["PATH"]) or words[0], *words[1:]]
