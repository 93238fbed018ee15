"""What a compose file says: services, their ports, and what they need."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fettle.model.surroundings import FoundDatabase, FoundService

FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_LARGEST = 1024**2
_POSTGRES = re.compile(
    r"(?:.*/)?(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|spilo-\d+)(?::.*)?"
)
_PROMETHEUS = re.compile(r"(?:.*/)?(?:prometheus|victoria-metrics|mimir|thanos)(?::.*)?")
# What answers requests of people or programs; others run beside it.
_WEB_PORTS = frozenset((80, 443, 3000, 3001, 4000, 4321, 5000, 5173, 8000, 8080, 8081, 8888, 9000))


Named = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Composed:
    """What was found in it."""

    databases: Sequence[FoundDatabase] = ()
    services: Sequence[FoundService] = ()
    prometheus: str | None = None
    left_out: Sequence[str] = ()


def composed(folder: Path, variable: str | None) -> Composed:
    """Return what the compose file in a folder says; `variable` holds its database's address."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        return Composed()
    try:
        named = _services(path)
        for over in (folder / f"{path.stem}.override{suffix}" for suffix in (".yml", ".yaml")):
            if over.is_file():
                named = _laid_over(named, _services(over))
    except ValueError as error:
        return Composed(left_out=[str(error)])
    return _composed(path.name, named, variable)


def _services(path: Path) -> Named:
    """Return what a compose file says of each service; raises ValueError for one that is none."""
    try:
        large = path.stat().st_size > _LARGEST
        told = None if large else yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise ValueError(f"{path.name}: it cannot be read: {said}") from None
    match told:
        case {"services": dict() as services}:
            return {str(name): one for name, one in services.items() if isinstance(one, dict)}
    why = "is larger than a compose file" if large else "has no services"
    raise ValueError(f"{path.name}: it {why}")


def _laid_over(named: Named, over: Named) -> Named:
    """Return services with what is laid over them; as Compose does, lists are put together."""
    found = dict(named)
    for name, one in over.items():
        before = named.get(name, {})
        lists = {
            key: [*value, *one[key]]
            for key, value in before.items()
            if isinstance(value, list) and isinstance(one.get(key), list)
        }
        found[name] = {**before, **one, **lists}
    return found


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


def _image(service: Mapping[str, Any]) -> str:
    return str(service.get("image") or "")


def _variable(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).upper().strip("_") + "_URL"


def _depends_on(service: Mapping[str, Any]) -> Sequence[str]:
    told = service.get("depends_on") or ()
    return [str(one) for one in told] if isinstance(told, list | dict) else []


def _published(service: Mapping[str, Any], wanted: frozenset[int] | set[int]) -> int | None:
    """Return the port of this machine that leads to one of `wanted` in it."""
    for entry in service.get("ports") or ():
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
