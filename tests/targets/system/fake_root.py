"""A Debian of its own in a folder: real apt and dpkg, an archive of packages, and no machine."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CONF = """\
Dir "{root}/";
Dir::State::status "{root}/var/lib/dpkg/status";
Dir::Bin::methods "/usr/lib/apt/methods";
Dir::Bin::solvers "/usr/lib/apt/solvers";
Dir::Bin::dpkg "/usr/bin/dpkg";
Dir::Log "{root}/var/log";
DPkg::Options {{ "--root={root}"; "--force-not-root"; "--force-script-chrootless"; }};
DPkg::Path "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
APT::Sandbox::User "{user}";
APT::Architecture "all";
Acquire::Languages "none";
{more}
"""


@dataclass(frozen=True)
class FakeRoot:
    """A root with what was installed in it, and the archive that it has its packages of."""

    root: Path
    archive: Path

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment in which apt works there."""
        return {**os.environ, "APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C.UTF-8"}

    def configure(self, more: str = "") -> None:
        """Write apt's settings."""
        import getpass  # noqa: PLC0415 - a container's user may have no name elsewhere

        text = _CONF.format(root=self.root, user=getpass.getuser(), more=more)
        (self.root / "apt.conf").write_text(text)

    def publish(self, name: str, version: str, depends: str = "", **files: str) -> None:
        """Add a package to the archive, and let apt know of it."""
        tree = self.archive / "tree" / f"{name}-{version.replace(':', '-')}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr" / "share" / name).mkdir(parents=True)
        (tree / "usr" / "share" / name / "version").write_text(version)
        needs = f"Depends: {depends}\n" if depends else ""
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Ada <a@b.c>\n"
            f"{needs}Description: {name}\n"
        )
        (tree / "DEBIAN" / "control").write_text(control)
        for script, text in files.items():
            (tree / "DEBIAN" / script).write_text(text)
            (tree / "DEBIAN" / script).chmod(0o755)
        deb = self.archive / f"{tree.name}.deb"
        _run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(deb)], self.environ)
        content = deb.read_bytes()
        with (self.archive / "Packages").open("a") as index:
            index.write(
                f"{control}Filename: ./{deb.name}\nSize: {len(content)}\n"
                f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
            )
        self.apt("update")

    def apt(self, *words: str) -> str:
        """Have apt do something there."""
        return _run(["apt-get", "--quiet", "--assume-yes", *words], self.environ)

    def version(self, name: str) -> str:
        """Return which version of a package is on its disk."""
        return (self.root / "usr" / "share" / name / "version").read_text()


def fake_root(folder: Path) -> FakeRoot:
    """Make one that has alpha and beta at 1.0, with 1.1 on offer; gamma 2 is new, alpha 2 wants it.

    beta 3 stands in alpha's way: it would have to be removed.
    """
    root, archive = folder / "root", folder / "archive"
    for name in (
        "etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "var/log",
        "var/lib/dpkg/updates", "var/lib/dpkg/info", "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
    ):  # fmt: skip
        (root / name).mkdir(parents=True)
    archive.mkdir()
    for name in ("status", "available", "diversions", "statoverride"):
        (root / "var" / "lib" / "dpkg" / name).touch()
    (root / "etc" / "apt" / "sources.list").write_text(f"deb [trusted=yes] file:{archive} ./\n")
    made = FakeRoot(root, archive)
    made.configure()
    for name in ("alpha", "beta"):
        made.publish(name, "1.0-1")
    made.apt("install", "alpha", "beta")
    for name in ("alpha", "beta"):
        made.publish(name, "1:1.1-1~deb12u1")
    made.publish("gamma", "2")
    made.publish("alpha", "1:2.0-1", "gamma")
    return made


def _run(words: list[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(
        words, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
