"""What a person may call a target: an address, or a name in fettle.toml."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from fettle.errors import BadSettings, WrongUsage
from fettle.model.looking import DatabaseSettings, Looking
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import (
    AccessLog,
    OtherHost,
    PrometheusApi,
    Site,
    StatusPage,
    ThisHost,
    Watchpoint,
)
from fettle.targets import address, site_address

_STANDARD_INPUT = "-"
_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPORT")


def targets(names: Sequence[str], settings: Looking, environ: Mapping[str, str]) -> list[Target]:
    """Return the targets of these names.

    None means everything in fettle.toml, else DATABASE_URL, else libpq's environment. A service
    that is named is looked at with all that it needs. Raises WrongUsage when that leaves nothing,
    and for a name that means nothing.
    """
    if names:
        return [_target(name, settings) for name in names]
    if every := watched(settings):
        return every
    if url := environ.get("DATABASE_URL"):
        try:
            return [_by_address(url, settings)]
        except WrongUsage as wrong:
            raise WrongUsage(f"DATABASE_URL: {wrong.reason}", remedy=wrong.remedy) from None
    if any(variable in environ for variable in _LIBPQ):
        return [_by_address("", settings)]
    raise WrongUsage(
        "there is nothing to look at: no target was given, and neither fettle.toml, DATABASE_URL "
        "nor PGHOST names one",
        remedy="fettle check postgresql://user@host/database",
    )


def databases(settings: Looking) -> list[Target]:
    """Return every database in fettle.toml; raises BadSettings."""
    return [_configured(database, settings) for database in settings.database]


def watched(settings: Looking) -> list[Target]:
    """Return everything in fettle.toml that can be looked at, the databases first.

    Raises BadSettings.
    """
    outside = [target for target in settings.outside if target.watchpoints]
    for target in outside:
        _refuse_unusable(target, settings)
    return [*databases(settings), *map(_seen_from_here, outside)]


def of_database(target: Target, database: str) -> Target:
    """Return the target that another database of the same server is."""
    url = address.with_database(target.url, database)
    fix_url = target.fix_url and address.with_database(target.fix_url, database)
    by_address = target.name in (address.shown(target.url), address.FROM_ENVIRONMENT)
    name = address.shown(url) if by_address else f"{target.name}/{database}"
    return replace(target, name=name, url=url, fix_url=fix_url)


def to_mend(name: str, other: str | None, settings: Looking) -> Target:
    """Return the target of a plan or a run, by the name it carries.

    `other` is an address to act through instead: plans hold no password, and may be applied by
    another role than planned them.
    """
    try:
        target = _target(name, settings)
    except WrongUsage:
        if other is None:
            raise
        target = Target(name, other, other)
    if target.kind is not Kind.DATABASE:
        raise WrongUsage(
            f"{name} is a {target.kind}, and fixes are for databases",
            remedy="name a [[database]] of fettle.toml",
        )
    known = _called(name.partition("/")[0], settings)
    if other is None and known is not None and (error := settings.absent(known.fix_url or "")):
        raise error
    return replace(target, url=other, fix_url=other) if other is not None else target


def _target(name: str, settings: Looking) -> Target:
    if name == address.FROM_ENVIRONMENT:
        return _by_address("", settings)
    if (known := _called(name, settings)) is not None:
        return _configured(known, settings)
    if (other_ := _outside(name, settings)) is not None:
        return other_
    if "://" in name or ("=" in name and not _is_path(name)):
        return _at_address(name, settings)
    if _is_path(name) or (_there(Path(name)) and Path(name).is_file()):
        return _file(name, settings)
    return _of_server(name, settings)


def _there(path: Path) -> bool:
    """Whether there is something; what one may not even look for is there: who reads it says so."""
    try:
        return path.exists()
    except OSError:
        return True


def _is_path(name: str) -> bool:
    return name == _STANDARD_INPUT or name.startswith(("/", "./", "../", "~/"))


def _of_server(name: str, settings: Looking) -> Target:
    """Return the target that another database of a server with a name is."""
    server, _, other = name.partition("/")
    if (known := _called(server, settings)) is not None and other:
        return of_database(_configured(known, settings), other)
    names = [
        *(database.name for database in settings.database),
        *(target.name for target in settings.outside),
    ]
    near = get_close_matches(name, names, 1)
    raise WrongUsage(
        f"nothing is called {name}"
        + (
            f"; did you mean {near[0]}?"
            if near
            else f"; there are {', '.join(names)}" * bool(names)
        ),
        remedy="give an address like postgresql://user@host/database or https://host, the path of "
        "an access log, or name it as a [[database]], [[service]], [[dependency]], [[host]] or "
        "[[prometheus]] in fettle.toml",
    )


def _at_address(name: str, settings: Looking) -> Target:
    """Return the target that an address means, by its scheme."""
    scheme = name.partition("://")[0].lower() if "://" in name else "postgresql"
    if scheme in ("postgresql", "postgres"):
        return _by_address(name, settings)
    if scheme in ("http", "https"):
        shown = site_address.shown(name)
        points = (Site(shown, name, rdap=settings.rdap),)
        return Target(shown, "", limits=settings.limits, kind=Kind.SITE, watchpoints=points)
    if scheme in ("prometheus+http", "prometheus+https"):
        url = name.partition("+")[2]
        shown = f"prometheus+{site_address.shown(url)}"
        point = PrometheusApi(shown, url, whole=True)
        limits = settings.limits
        return Target(shown, "", limits=limits, kind=Kind.PROMETHEUS, watchpoints=(point,))
    if scheme == "file":
        return _file(unquote(name.partition("://")[2].removeprefix("localhost")), settings)
    raise WrongUsage(
        f"{scheme}:// is no address that this version can look at",
        remedy="give a postgresql://, https:// or prometheus+https:// address, or a name from "
        "fettle.toml",
    )


def _file(name: str, settings: Looking) -> Target:
    """Return the target that an access log is: all of it, or `-` for what is piped in."""
    if name == _STANDARD_INPUT:
        shown = "standard input"
    else:
        path = Path(name).expanduser()
        if not _there(path):
            raise WrongUsage(
                f"there is no file {name}",
                remedy="give the file that a web server writes, like /var/log/nginx/access.log",
            )
        if os.access(path, os.R_OK) and path.is_dir():
            raise WrongUsage(
                f"{name} is a folder", remedy=f"give a file in it, like {path / 'access.log'}"
            )
        name = shown = str(path)
    points = (AccessLog(shown, name),)
    return Target(shown, "", limits=settings.limits, kind=Kind.LOG, watchpoints=points)


def _seen_from_here(target: Target) -> Target:
    """Return a target as it is seen from this machine: another one's figures are not its own."""
    points = tuple(_or_other(point) for point in target.watchpoints)
    return replace(target, watchpoints=points)


def _or_other(point: Watchpoint) -> Watchpoint:
    if not isinstance(point, ThisHost | AccessLog) or point.on is None:
        return point
    names = (platform.node(), platform.node().partition(".")[0])
    if point.on in names or point.subject in names:
        return point
    log = point.path if isinstance(point, AccessLog) else None
    return OtherHost(point.subject, point.on, log)


def _outside(name: str, settings: Looking) -> Target | None:
    """Return the target of that name that is no database, with what it needs."""
    plain = name.replace("-", "_")
    fitting = (one for one in settings.outside if one.name.replace("-", "_") == plain)
    target = next(fitting, None)
    if target is None:
        return None
    _refuse_unusable(target, settings)
    outside = {one.name: one for one in settings.outside}
    needs = [_need(other, outside, settings) for other in settings.needs(target.name)]
    return replace(target, needs=tuple(one for one in needs if one is not None))


def _need(name: str, outside: Mapping[str, Target], settings: Looking) -> Target | None:
    """Return what a service needs; None for what is only a name, and watched nowhere."""
    if (known := _called(name, settings)) is not None:
        return _configured(known, settings)
    target = outside.get(name)
    if target is None or not target.watchpoints:
        return None
    _refuse_unusable(target, settings)
    return _seen_from_here(target)


def _refuse_unusable(target: Target, settings: Looking) -> None:
    """Refuse to look where an address names a variable that nobody has set, or is none."""
    texts = [
        value
        for point in target.watchpoints
        for value in vars(point).values()
        if isinstance(value, str)
    ]
    if error := settings.absent(*texts):
        raise error
    for point in target.watchpoints:
        if isinstance(point, Site | StatusPage):
            try:
                site_address.shown(point.url)
            except WrongUsage as wrong:
                said = f"[[{target.kind}]] {target.name}: {wrong.reason}"
                raise BadSettings(said, remedy=wrong.remedy) from None


def _called(name: str, settings: Looking) -> DatabaseSettings | None:
    plain = name.replace("-", "_")
    fitting = (one for one in settings.database if one.name.replace("-", "_") == plain)
    return next(fitting, None)


def _by_address(url: str, settings: Looking) -> Target:
    return Target(address.shown(url), url, url, settings.limits, protected=settings.fix.protect)


def _configured(database: DatabaseSettings, settings: Looking) -> Target:
    if error := settings.absent(database.url, *database.standbys):
        raise error
    # Who only looks may do so without the address of the role that may act: see `to_mend`.
    fix_url = None if settings.absent(database.fix_url or "") else database.fix_url
    for url in filter(None, (database.url, fix_url, *database.standbys)):
        try:
            address.shown(url)
        except WrongUsage as wrong:
            said = f"[[database]] {database.name}: {wrong.reason}"
            raise BadSettings(said, remedy=wrong.remedy) from None
    checks = {*settings.limits, *database.limits}
    limits = {
        check: {**settings.limits.get(check, {}), **database.limits.get(check, {})}
        for check in checks
    }
    return Target(
        database.name,
        database.url,
        fix_url,
        limits,
        database.standbys,
        settings.fix.protect,
    )
