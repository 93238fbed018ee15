"""A first fettle.toml, as text: what was found, each with why, and what is for people to say."""

import json
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from fettle.model.surroundings import FoundDatabase, FoundDependency, FoundService, Surroundings

_HEAD = """\
# What Fettle looks after. Written by `fettle init`: read it, and say what it could not know.
# Every setting: fettle settings. Secrets never stand here: ${NAME} is a variable's value.
"""
_NOTHING = """
# Nothing was found that can be looked at. For a database:
#
# [[database]]
# name = "main-db"
# url = "${DATABASE_URL}"
#
# and for a site:
#
# [[service]]
# name = "shop"
# url = "https://shop.example"
"""


def first_file(found: Surroundings) -> str:
    """Return the text of the file; it loads, and `fettle check` works with it."""
    parts: list[Iterable[str]] = [[_HEAD]]
    if found.empty:
        parts.append([_NOTHING])
    parts += [_service(service, found) for service in found.services]
    parts += [_database(database) for database in found.databases]
    parts += [_dependency(dependency) for dependency in found.dependencies]
    if found.prometheus is not None:
        parts.append(_prometheus(found))
    if found.host is not None:
        parts.append((_section("host", "this machine"), f"name = {_text(found.host)}"))
    if local := sorted({*_local(found)}):
        allowed = ", ".join(_text(host) for host in local)
        about = _section("outgoing", "addresses of this machine may be called", one=True)
        parts.append((about, f"allow = [{allowed}]"))
    texts = ("\n".join(part).strip() for part in parts)
    return "\n".join(f"{text}\n" for text in texts)


def _section(name: str, because: str, *, one: bool = False) -> str:
    """Return the head of a section, and why it is there."""
    return f"{f'[{name}]' if one else f'[[{name}]]':38} # {because}"


def _service(service: FoundService, found: Surroundings) -> Iterator[str]:
    yield _section("service", service.because)
    yield f"name = {_text(service.name)}"
    if service.url is not None:
        yield f"url = {_text(service.url)}"
    yield '# tier = "critical"                    # or important, internal: what its loss means'
    names = {*(one.name for one in found.databases), *(one.name for one in found.services)}
    needs = [name for name in service.depends_on if name in names]
    if service is found.services[0]:  # the one that people reach
        needs = needs or [one.name for one in found.databases]
        needs += [one.name for one in found.dependencies]
    if needs:
        yield f"depends_on = [{', '.join(map(_text, dict.fromkeys(needs)))}]"
    if service.access_log is not None:
        yield f"access_log = {_text(service.access_log)}"
        if found.host is not None:
            yield f"host = {_text(found.host)}"


def _database(database: FoundDatabase) -> Iterator[str]:
    yield _section("database", database.because)
    yield f"name = {_text(database.name)}"
    yield f'url = "${{{database.variable}}}"'
    if database.hindered is not None:
        yield f"# psql does not read it as it stands ({database.hindered}):"
        yield "# give another variable the same address without that"
    for other in database.also:
        yield f"# {other} leads to the same database"
    if database.port is not None:
        yield f"# reached from this machine at localhost:{database.port}"
    yield '# fix_url = "${DATABASE_FIX_URL}"      # the role that may act; else it is only planned'


def _dependency(dependency: FoundDependency) -> Iterator[str]:
    yield _section("dependency", dependency.because)
    yield f"name = {_text(dependency.name)}"
    yield "# critical = true                      # whether the business stands still without it"
    known = (("url", dependency.url), ("status_url", dependency.status_url))
    proposed = [f"# {name} = {_text(value)}" for name, value in known if value is not None]
    if proposed:
        yield "# Nothing is called that does not stand here: take the # away to ask how it is."
        yield from proposed


def _prometheus(found: Surroundings) -> Iterator[str]:
    yield _section("prometheus", found.prometheus_because)
    taken = any(one.name == "prometheus" for one in found.services)
    yield f"name = {_text('metrics' if taken else 'prometheus')}"
    yield f"url = {_text(found.prometheus or '')}"


def _local(found: Surroundings) -> Iterator[str]:
    for url in (*(one.url for one in found.services), found.prometheus):
        host = urlsplit(url).hostname if url else None
        if host in ("localhost", "127.0.0.1", "::1"):
            yield host


def _text(value: str) -> str:
    """Return a text as TOML has it: JSON's escapes are among its own."""
    return json.dumps(value, ensure_ascii=False)
