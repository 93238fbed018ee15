"""Which checks are asked, and with which limits."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from fettle.errors import BadSettings, WrongUsage
from fettle.unit import AnyCheck
from fettle.unit.limits import limits_of

RawLimits = Mapping[str, Mapping[str, object]]


def chosen(
    checks: Mapping[str, AnyCheck], *, only: Sequence[str], skip: Sequence[str]
) -> list[AnyCheck]:
    """Return the checks to ask; raises WrongUsage for an id that no check has, and for none.

    Who asks nothing is not told that all is well.
    """
    wanted = [known(checks, id_) for id_ in only] or list(checks)
    unwanted = {known(checks, id_) for id_ in skip}
    asked = [checks[id_] for id_ in dict.fromkeys(wanted) if id_ not in unwanted]
    if checks and not asked:
        raise WrongUsage("--skip leaves no check to ask", remedy="skip less, or ask for more")
    return asked


def known(units: Collection[str], given: str) -> str:
    """Return the id that `given` means (`-` and `_` are equal); raises WrongUsage."""
    id_ = given.replace("-", "_")
    if id_ in units:
        return id_
    near = get_close_matches(id_, units, 1)
    raise WrongUsage(
        f"nothing is called {given}" + (f"; did you mean {near[0]}?" if near else ""),
        remedy="fettle explain lists every id",
    )


def with_limits(
    checks: Sequence[AnyCheck],
    settings: RawLimits,
    options: RawLimits,
    where: str = "limits",
) -> Iterator[tuple[AnyCheck, object]]:
    """Yield each check with its limits: settings over defaults, options over settings.

    `where` says which settings these are, to whoever reads that they are wrong.
    """
    for check in checks:
        limits_of(check, _of(options, check.id), where="--limit")
        yield (
            check,
            limits_of(check, _of(settings, check.id), _of(options, check.id), where=where),
        )


def parse_options(checks: Collection[str], options: Sequence[str]) -> RawLimits:
    """Read `ID.NAME=VALUE`; raises WrongUsage."""
    limits: dict[str, dict[str, object]] = {}
    for option in options:
        path, equals, value = option.partition("=")
        id_, dot, name = path.partition(".")
        if not equals or not dot:
            raise WrongUsage(
                f"--limit {option} is not of the form ID.NAME=VALUE",
                remedy="--limit index_unused.min_size=50MiB",
            )
        limits.setdefault(known(checks, id_), {})[name] = value
    return limits


def refuse_unknown(checks: Collection[str], named: Iterable[str], where: str = "limits") -> None:
    """Raise BadSettings for a check that is named at a place of the settings and does not exist."""
    for id_ in named:
        try:
            known(checks, id_)
        except WrongUsage as error:
            raise BadSettings(f"{where}.{id_}: {error.reason}", remedy=error.remedy) from None


def refuse_idle(checks: Collection[str], pattern: str) -> None:
    """Raise BadSettings for a pattern in [[ignore]] that fits no check."""
    plain = pattern.replace("-", "_")
    if not any(fnmatchcase(id_, plain) for id_ in checks):
        near = get_close_matches(plain, checks, 1)
        raise BadSettings(
            f"[[ignore]]: no check is called {pattern}"
            + (f"; did you mean {near[0]}?" if near else ""),
            remedy="fettle explain lists every id",
        )


def _of(limits: RawLimits, id_: str) -> Mapping[str, object]:
    return {
        name: value
        for key, values in limits.items()
        if key.replace("-", "_") == id_
        for name, value in values.items()
    }
