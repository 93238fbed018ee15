"""What names of variables say: databases, and services that somebody else runs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fettle.model.provider import PROVIDERS
from fettle.model.surroundings import FoundDatabase, FoundDependency
from fettle.store import libpq

FILES = (".env", ".env.local", ".env.production", ".env.development", ".env.example", ".env.sample")
_LARGEST = 256 * 1024
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_OF_DATABASE = re.compile(
    r"(?P<which>[A-Z0-9_]*?)_?(?:DATABASE|POSTGRES|POSTGRESQL|PG|DB)(?:_[A-Z_]+)?_(?:URL|URI|DSN)"
    r"|(?:DATABASE|DIRECT|POSTGRES|POSTGRESQL)_?(?:URL|URI|DSN)"
)
# As SQLAlchemy and Django write addresses of PostgreSQL; libpq reads none of them.
_OF_LIBRARIES = re.compile(r"postgres(?:ql)?\+\w+|postgis|psql|pgsql", re.IGNORECASE)
# Behind a pool that gives another server session to each transaction little can be looked at; one
# may give each its own (Supabase's at the usual port), and the server itself is better still.
_BY_TRANSACTION = re.compile(r"pgbouncer=true|:6543\b|:6432\b", re.IGNORECASE)
_POOLED = re.compile(r"-pooler\.|\.pooler\.", re.IGNORECASE)
_DIRECT = ("DATABASE_URL_UNPOOLED", "DIRECT_URL", "DIRECT_DATABASE_URL", "POSTGRES_URL_NON_POOLING")

_SOMEBODY_ELSES: Mapping[str, tuple[str, str | None]] = {
    "STRIPE": ("stripe", "https://www.stripestatus.com/api/v2/summary.json"),
    "ANTHROPIC": ("anthropic", "https://status.anthropic.com/api/v2/summary.json"),
    "OPENAI": ("openai", "https://status.openai.com/api/v2/summary.json"),
    "SUPABASE": ("supabase", "https://status.supabase.com/api/v2/summary.json"),
    "CLOUDFLARE": ("cloudflare", "https://www.cloudflarestatus.com/api/v2/summary.json"),
    "TWILIO": ("twilio", "https://status.twilio.com/api/v2/summary.json"),
    "SENDGRID": ("sendgrid", "https://status.sendgrid.com/api/v2/summary.json"),
    "RESEND": ("resend", None),
}


@dataclass(frozen=True)
class Variable:
    """A variable: its name, and where it stands. Its value is never shown."""

    name: str
    where: str
    value: str = ""

    def __repr__(self) -> str:
        return f"Variable({self.name}, {self.where})"


def variables(folder: Path, environ: Mapping[str, str]) -> Sequence[Variable]:
    """Return the variables of the environment and of the folder's .env files, each once."""
    found = {name: Variable(name, "the environment", value) for name, value in environ.items()}
    for file in FILES:
        for name, value in _of_file(folder / file):
            known = found.get(name)
            if known is None or not known.value:
                found[name] = Variable(name, file if known is None else known.where, value)
    return list(found.values())


def _of_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        if match := _ASSIGNED.fullmatch(line):
            yield match[1], match[2].strip().strip("\"'")


def databases(found: Sequence[Variable]) -> Sequence[FoundDatabase]:
    """Return the PostgreSQL databases that variables lead to.

    Several often lead to the same: one of them directly, others through a pool.
    """
    by_place: dict[str, list[Variable]] = {}
    for variable in found:
        if _leads_to_postgres(variable):
            by_place.setdefault(_place(variable), []).append(variable)
    told: list[FoundDatabase] = []
    for together in by_place.values():
        best, *others = sorted(together, key=_preference)
        name = _database_name(best.name, {one.name for one in told})
        also = tuple(one.name for one in others)
        because = f"{best.name} stands in {best.where}"
        told.append(FoundDatabase(name, best.name, because, also, hindered=_hindered(best)))
    return told


def left_out(found: Sequence[Variable]) -> Iterator[str]:
    """Yield why addresses of databases are passed over that only a library of somebody's reads."""
    for variable in found:
        scheme, separator, _ = variable.value.partition("://")
        if separator and _OF_LIBRARIES.fullmatch(scheme):
            yield (
                f"{variable.where}: {variable.name} begins with {scheme}://, which only its own "
                "library reads: give another variable the same address with postgresql://"
            )


def _leads_to_postgres(variable: Variable) -> bool:
    scheme, separator, _ = variable.value.partition("://")
    if separator:
        return scheme.lower() in ("postgres", "postgresql") and "FETTLE_" not in variable.name
    empty = not variable.value or variable.value.startswith(("<", "$", "your", "changeme"))
    return empty and _OF_DATABASE.fullmatch(variable.name) is not None


def _place(variable: Variable) -> str:
    """Return what is the same of addresses of one database: neither the user nor the pool."""
    try:
        parts = urlsplit(variable.value)
        host = (parts.hostname or "").replace("-pooler", "")
    except ValueError:
        return variable.name
    if not host:
        return "not told" if _plain(variable.name) else variable.name
    if ".supabase." in host or ".pooler." in host:
        host = "supabase"  # the pool is at another host than the database
    return f"{host}/{parts.path.strip('/')}"


def _plain(name: str) -> bool:
    """Whether a name is one of those that frameworks give to an application's only database."""
    return name in _DIRECT or re.fullmatch(r"(DATABASE|POSTGRES|POSTGRESQL)_.*", name) is not None


def _hindered(variable: Variable) -> str | None:
    """Return why libpq does not read an address, without repeating it."""
    if "://" not in variable.value:  # it stands for one that is to be written there
        return None
    try:
        libpq.parts(variable.value)
    except ValueError as error:
        return " ".join(str(error).split())
    return None


def _preference(variable: Variable) -> tuple[bool, bool, bool, bool, bool, str]:
    """Order variables of one database: the first is the one to look by."""
    return (
        _hindered(variable) is not None,
        _BY_TRANSACTION.search(variable.value) is not None,
        _POOLED.search(variable.value) is not None,
        variable.name not in _DIRECT and "POOL" in variable.name,
        variable.name != "DATABASE_URL",
        variable.name,
    )


def _database_name(variable: str, taken: set[str]) -> str:
    match = _OF_DATABASE.fullmatch(variable)
    which = ((match and match["which"]) or "").strip("_").lower().replace("_", "-")
    name = f"{which}-db" if which and which not in ("direct", "next-public") else "main-db"
    while name in taken:
        name = f"{name}-2"
    return name


def dependencies(found: Sequence[Variable]) -> Sequence[FoundDependency]:
    """Return whose services the names of variables speak of."""
    told: dict[str, FoundDependency] = {}
    own = next((one.name for one in found if one.name.endswith("SUPABASE_URL")), None)
    for variable in found:
        words = variable.name.upper().split("_")
        for word, (name, status_url) in _SOMEBODY_ELSES.items():
            if word in words and len(words) > 1 and name not in told:
                because = f"{variable.name} stands in {variable.where}"
                url = PROVIDERS[name].url if name in PROVIDERS else None
                if name == "supabase":
                    url = own and f"${{{own}}}/rest/v1/"
                told[name] = FoundDependency(name, because, status_url, url)
    return list(told.values())
