"""Look around: all that a first fettle.toml can be made of."""

import json
import os
import platform
import re
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

from fettle.model.surroundings import FoundDatabase, FoundService, Surroundings
from fettle.targets.surroundings import compose, sites, variables

_LOCAL_PROMETHEUS = "http://127.0.0.1:9090"
_PATIENCE_S = 1.0


def look(
    folder: Path,
    environ: Mapping[str, str],
    url: str | None,
    prometheus: str = _LOCAL_PROMETHEUS,
    machine: Path = Path("/"),
) -> Surroundings:
    """Return what is found in a folder, the environment and on this machine.

    `url` is the site, where somebody says it. Asks nobody but `prometheus`, on this machine.
    """
    known = variables.variables(folder, environ)
    databases = list(variables.databases(known))
    composed = compose.composed(folder, databases[0].variable if databases else None)
    databases = _joined(databases, composed.databases)
    services, left_out = _services(folder, url, composed.services, databases, machine)
    services, host, logs = _with_log(services, folder, machine)
    answering = composed.prometheus or prometheus
    there = _answers(answering)
    files = tuple(name for name in variables.FILES[:4] if (folder / name).is_file())
    taken = {_alike(one.name) for one in databases} | {_alike(one.name) for one in services}
    dependencies = [
        replace(one, name=_free(one.name, "api", taken)) for one in variables.dependencies(known)
    ]
    host = None if host is None else _free(host, "host", taken)
    return Surroundings(
        tuple(databases),
        tuple(services),
        tuple(dependencies),
        answering if there else None,
        "it answers" if there else "",
        host,
        files,
        (*variables.left_out(known), *composed.left_out, *left_out, *logs),
    )


def _joined(
    by_name: Sequence[FoundDatabase], by_file: Sequence[FoundDatabase]
) -> list[FoundDatabase]:
    """Return the databases of both: one that a variable leads to is called as it is in compose."""
    told = {one.variable: one for one in by_name}
    for one in by_file:
        before = told.get(one.variable)
        if before is not None:
            because = f"{before.because}; {one.because}"
            told[one.variable] = replace(one, because=because, also=before.also)
        else:
            told[one.variable] = one
    return list(told.values())


def _services(
    folder: Path,
    url: str | None,
    composed: Sequence[FoundService],
    databases: Sequence[FoundDatabase],
    machine: Path,
) -> tuple[list[FoundService], list[str]]:
    found = list(sites.sites(folder, machine))
    if url is not None:
        found.insert(0, sites.FoundSite(url, "--url says so"))
    distinct = {site.url.rstrip("/"): site for site in reversed(found)}
    left_out = [
        f"{site.because}: {site.url} is another site, or another name of it"
        for site in reversed(distinct.values())
        if site is not (found[0] if found else None)
    ]
    name = _plain(sites.package_name(folder) or folder.resolve().name)
    if not found:
        return list(composed), []
    # the built service that is reached is the one that the site shows
    own = next((one for one in composed if one.url is not None), None)
    if own is None:
        needs = tuple(database.name for database in databases)
        whole = FoundService(name, found[0].because, found[0].url, needs)
        return [whole, *composed], left_out
    public = replace(own, url=found[0].url, because=f"{own.because}; {found[0].because}")
    return [public, *(one for one in composed if one is not own)], left_out


def _with_log(
    services: list[FoundService], folder: Path, machine: Path
) -> tuple[list[FoundService], str | None, list[str]]:
    """Give the first service its access log; a machine with one is a server, and is looked at."""
    logs = [*sites.access_logs(folder, machine)]
    closed = [path for path in logs if not os.access(path, os.R_OK)]
    readable = [path for path in logs if path not in closed and path.stat().st_size]
    left_out = [f"{path}: this user may not read it" for path in closed]
    left_out += [f"{path}: another access log; give it to the service it is of"
                 for path in readable[1:]]  # fmt: skip
    if not readable:
        return services, None, left_out
    log = str(readable[0])
    if not services:
        services = [FoundService(_plain(folder.resolve().name), f"{log} is there")]
    first = replace(services[0], access_log=log)
    return [first, *services[1:]], platform.node().partition(".")[0] or "this-host", left_out


def _answers(url: str) -> bool:
    """Whether a Prometheus answers on this machine."""
    if not url.startswith(("http://127.0.0.1:", "http://localhost:")):
        return False
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/v1/status/buildinfo", timeout=_PATIENCE_S) as answer:
            told = json.loads(answer.read(64 * 1024))
    except (URLError, OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("status") == "success"


def _free(name: str, kind: str, taken: set[str]) -> str:
    """Return a name that no other target has, and take it: each is called by its name alone."""
    while _alike(name) in taken:
        name = f"{name}-{kind}"
    taken.add(_alike(name))
    return name


def _alike(name: str) -> str:
    return name.replace("-", "_")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "app"
