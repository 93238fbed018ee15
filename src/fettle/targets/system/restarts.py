"""What still uses files that were replaced, and whether the machine must be restarted.

needrestart says it where it is installed. Else the files that processes have mapped are looked at
(/proc/PID/maps): a library that was replaced is mapped, and deleted. Whose maps we may not read is
counted, never taken for one that needs nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook
from fettle.targets.running import How, found, run

_WITHIN = timedelta(minutes=2)
# Where programs and libraries are; elsewhere files are deleted in use all the time.
_OF_PACKAGES = ("/usr/", "/lib", "/bin/", "/sbin/", "/opt/")
_DELETED = re.compile(r"^\S+ (?P<mode>\S+) .*? (?P<path>/.*) \(deleted\)$")
_UNIT = re.compile(r"/(?P<unit>[^/]+\.service)(/|$)")


@dataclass(frozen=True)
class Restarts:
    """What needs a restart: services by their units, other programs, and why the machine does.

    `unseen` is how many processes could not be looked at.
    """

    services: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    machine: str = ""
    unseen: int = 0


async def restarts(environ: Mapping[str, str], root: Path = Path("/")) -> Restarts:
    """Return what needs a restart on a machine whose files are below `root`."""
    needed = _of_processes(root, _OF_PACKAGES)
    try:
        program = found("needrestart", environ, install="")
        ended = await run([program, "-b", "-r", "l"], How(_WITHIN, environ))
    except (CannotLook, ActFailed):
        return needed
    if ended.status:
        return needed
    told = of_needrestart(ended.output.decode("utf-8", "replace"))
    return Restarts(
        tuple(dict.fromkeys((*told.services, *needed.services))),
        needed.programs,
        needed.machine or told.machine,
        needed.unseen,
    )


def of_needrestart(text: str) -> Restarts:
    """Return what needrestart's batch mode says."""
    told: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition(": ")
        told.setdefault(name, []).append(value.strip())
    # KSTA: 0 it cannot tell, 1 the newest kernel runs, 2 and 3 another one is installed
    older = told.get("NEEDRESTART-KSTA", ["0"])[0] in {"2", "3"}
    expected = told.get("NEEDRESTART-KEXP", ["another"])[0]
    machine = f"kernel {expected} is installed, and does not run" if older else ""
    return Restarts(tuple(told.get("NEEDRESTART-SVC", ())), (), machine)


def _of_processes(root: Path, places: Sequence[str]) -> Restarts:
    services: dict[str, None] = {}
    programs: dict[str, None] = {}
    unseen = 0
    for process in sorted((root / "proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            stale = _is_stale((process / "maps").read_text("utf-8", "replace"), places)
            if not stale:
                continue
            unit = _UNIT.search((process / "cgroup").read_text("utf-8", "replace"))
            name = (process / "comm").read_text("utf-8", "replace").strip()
        except PermissionError:
            unseen += 1
            continue
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        if unit is not None and not unit["unit"].startswith("user@"):
            services[unit["unit"]] = None
        else:
            programs[f"{name} ({process.name})"] = None
    return Restarts(tuple(services), tuple(programs), _of_machine(root), unseen)


def _is_stale(maps: str, places: Sequence[str]) -> bool:
    """Whether a program runs code that is there no longer; what it only reads is no matter."""
    return any(
        "x" in one["mode"] and one["path"].startswith(tuple(places))
        for one in map(_DELETED.match, maps.splitlines())
        if one is not None
    )


def _of_machine(root: Path) -> str:
    """Say why the machine must be restarted, as packages say it themselves."""
    said = root / "run/reboot-required"
    if not said.exists():
        return ""
    try:
        names = dict.fromkeys((root / "run/reboot-required.pkgs").read_text("utf-8").split())
    except OSError:
        names = {}
    return f"packages ask for it: {', '.join(names)}" if names else "packages ask for it"
