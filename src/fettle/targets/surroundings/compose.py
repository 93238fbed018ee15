"""What a compose file says: services, their ports, and what they need."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fettle.model.surroundings import FoundDatabase, FoundService
from fettle.targets.surroundings.compose_files import Named, Service, laid_over, read

FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_POSTGRES = re.compile(
    r"(?:.*/)?(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|spilo-\d+)(?::.*)?"
)
_PROMETHEUS = re.compile(r"(?:.*/)?(?:prometheus|victoria-metrics|mimir|thanos)(?::.*)?")
# What answers requests of people or programs; others run beside it.
_WEB_PORTS = frozenset((80, 443, 3000, 3001, 4000, 4321, 5000, 5173, 8000, 8080, 8081, 8888, 9000))


@dataclass(frozen=True)
class Composed:
    """What was found in it."""

    databases: Sequence[FoundDatabase] = ()
    services: Sequence[FoundService] = ()
    prometheus: str | None = None
    left_out: Sequence[str] = ()


def composed(folder: Path, variable: str | None) -> Composed:
    """Return what the compose file in a folder says; `variable` holds its database's address.

    What is laid over it counts as far as it can be read.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        return Composed()
    named: Named = {}
    left_out: list[str] = []
    overs = [folder / f"{path.stem}.override{suffix}" for suffix in (".yml", ".yaml")]
    for one in (path, *(over for over in overs if over.is_file())):
        try:
            named = laid_over(named, read(one))
        except ValueError as error:
            left_out.append(str(error))
    if not named and not left_out:
        left_out.append(f"{path.name}: it has no services")
    found = _composed(path.name, named, variable)
    return replace(found, left_out=[*left_out, *found.left_out])


def _composed(file: str, named: Named, variable: str | None) -> Composed:
    databases = [name for name, one in named.items() if _POSTGRES.fullmatch(_image(one))]
    metrics = [name for name, one in named.items() if _PROMETHEUS.fullmatch(_image(one))]
    found = [
        FoundDatabase(
            name,
            (variable if len(databases) == 1 else None) or _variable(name),
            f"{file}: {name} runs {_image(named[name])}",
            port=_published(named[name], {5432}),
        )
        for name in databases
    ]
    services, left_out = [], []
    for name, one in named.items():
        if name in databases or name in metrics:
            continue
        port = _published(one, _WEB_PORTS)
        if port is None and "build" not in one:
            left_out.append(f"{file}: {name} is neither built here nor answers requests")
            continue
        needs = tuple(other for other in _depends_on(one) if other in named)
        services.append(
            FoundService(
                name,
                f"{file} has it",
                None if port is None else f"http://localhost:{port}",
                needs,
            )
        )
    port = next((_published(named[name], {9090, 8428, 9009}) for name in metrics), None)
    return Composed(found, services, f"http://localhost:{port}" if port else None, left_out)


def _image(service: Service) -> str:
    return str(service.get("image") or "")


def _variable(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).upper().strip("_") + "_URL"


def _depends_on(service: Service) -> Sequence[str]:
    told = service.get("depends_on") or ()
    return [str(one) for one in told] if isinstance(told, list | dict) else []


def _published(service: Service, wanted: frozenset[int] | set[int]) -> int | None:
    """Return the port of this machine that leads to one of `wanted` in it."""
    ports = service.get("ports")
    for entry in ports if isinstance(ports, list) else ():
        outside, inside = _mapping(entry)
        if outside is not None and inside in wanted:
            return outside
    return None


def _mapping(entry: object) -> tuple[int | None, int | None]:
    """Return the ports of `8080:80`, `127.0.0.1:8080:80/tcp`, or the long form."""
    if isinstance(entry, dict):
        return _port(entry.get("published")), _port(entry.get("target"))
    # ${PORT:-8080} is its default
    plain = re.sub(r"\$\{\w+:?-(\d+)\}", r"\1", str(entry))
    parts = plain.partition("/")[0].rsplit(":", 2)
    return (_port(parts[-2]) if len(parts) > 1 else None), _port(parts[-1])


def _port(text: object) -> int | None:
    return int(str(text)) if re.fullmatch(r"\d{1,5}", str(text)) else None
