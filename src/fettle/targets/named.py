"""What a person may call a target: an address, or a name in fettle.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from fettle.errors import BadSettings, WrongUsage
from fettle.model.looking import DatabaseSettings, Looking
from fettle.model.target import Target
from fettle.targets import address

_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPORT")


def targets(names: Sequence[str], settings: Looking, environ: Mapping[str, str]) -> list[Target]:
    """Return the targets of these names.

    None means every database in fettle.toml, else DATABASE_URL, else libpq's environment. Raises
    WrongUsage when that leaves nothing, and for a name that means nothing.
    """
    if names:
        return [_target(name, settings) for name in names]
    if settings.database:
        return [_configured(database, settings) for database in settings.database]
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
    known = _called(name.partition("/")[0], settings)
    if other is None and known is not None and (error := settings.absent(known.fix_url or "")):
        raise error
    return replace(target, url=other, fix_url=other) if other is not None else target


def _target(name: str, settings: Looking) -> Target:
    if name == address.FROM_ENVIRONMENT:
        return _by_address("", settings)
    if (known := _called(name, settings)) is not None:
        return _configured(known, settings)
    if "://" in name or "=" in name:
        scheme = name.partition("://")[0].lower()
        if "://" in name and scheme not in ("postgresql", "postgres"):
            raise WrongUsage(
                f"{scheme}:// is no address that this version can look at",
                remedy="give a postgresql:// address, or a name from fettle.toml",
            )
        return _by_address(name, settings)
    server, _, other = name.partition("/")
    if (known := _called(server, settings)) is not None and other:
        return of_database(_configured(known, settings), other)
    names = [database.name for database in settings.database]
    near = get_close_matches(name, names, 1)
    raise WrongUsage(
        f"nothing is called {name}"
        + (
            f"; did you mean {near[0]}?"
            if near
            else f"; there are {', '.join(names)}" * bool(names)
        ),
        remedy="give an address like postgresql://user@host/database, or name it as a [[database]] "
        "in fettle.toml",
    )


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
