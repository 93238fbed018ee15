"""Dumps of pg_dump and pg_dumpall: what they say of themselves, and how each is restored."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import psycopg

from fettle.errors import CannotLook, Damaged
from fettle.targets.backups import programs as installed
from fettle.targets.backups.cluster import DATABASE, Cluster
from fettle.targets.backups.ends import refuse_cut_off
from fettle.targets.backups.forms import Form, Opened, unreadable
from fettle.targets.backups.programs import Programs
from fettle.targets.backups.scratch import refuse_full
from fettle.targets.running import Ended, How, Say, run

_WITHIN = timedelta(hours=12)
_HEAD = 1024 * 1024
_TAIL = 4096
_COMPLETE, _ALL_COMPLETE = b"database dump complete", b"cluster dump complete"
_OF_ALL = "-- PostgreSQL database cluster dump\n"  # within its first lines
_FIRST_LINES = 1000
_FROM = re.compile(r"Dumped from database version:? (\d+)")
_BY = re.compile(r"Dumped by pg_dump version:? (\d+)")
_CREATED = re.compile(r"Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_PACKED = re.compile(r"^;\s+Compression: (\S+)", re.MULTILINE)
_FILLED = re.compile(r"^\d+; \d+ \d+ TABLE DATA ", re.MULTILINE)
_CREATE = re.compile(
    r'^CREATE DATABASE (?:"(?:[^"]|"")+"|\S+) WITH TEMPLATE = template0 (?P<how>[^;]*);',
    re.MULTILINE,
)
_TABLESPACE = re.compile(r"\s*TABLESPACE = \S+")
_EXTENSION = re.compile(r'^CREATE EXTENSION IF NOT EXISTS ("(?:[^"]|"")+"|\S+)', re.MULTILINE)
_TOO_NEW = re.compile(r"unsupported version \(([\d.]+)\) in file header")
_UNPACKED = ("0", "none", "lz4", "zstd")  # which carry no checksum as pg_dump writes them


@dataclass(frozen=True)
class Dump:
    """A dump that can be restored.

    `major` is the server's that it is of, `by` that of the pg_dump. `tables` is how many it has
    rows of, None where it does not say. `how` is how its database is made, `whole` that it makes
    that, or several, itself.
    """

    opened: Opened
    major: int | None
    by: int | None
    tables: int | None = None
    created_at: datetime | None = None
    how: str | None = None
    whole: bool = False
    extensions: Sequence[str] = field(default=())
    proved: bool = False


async def read(opened: Opened, found: Sequence[Programs], environ: Mapping[str, str]) -> Dump:
    """Read what a dump says of itself; raises Damaged, and CannotLook for a newer pg_dump's."""
    if opened.form is Form.PLAIN:
        return await asyncio.to_thread(_plain, opened)
    await asyncio.to_thread(_refuse_cut_off, opened)
    reader = max(found, key=lambda one: one.major, default=None)
    if reader is None:
        raise CannotLook(
            "no programs of PostgreSQL are on this machine", remedy=installed.install(18)
        )
    listed = await _told(opened, reader, environ, "--list")
    version, by = _FROM.search(listed), _BY.search(listed)
    packed = _PACKED.search(listed)
    preamble = await _told(opened, reader, environ, "--create", "--section=pre-data", "--file=-")
    how = _CREATE.search(preamble)
    return Dump(
        opened,
        None if version is None else int(version[1]),
        None if by is None else int(by[1]),
        len(_FILLED.findall(listed)),
        _created_at(listed),
        None if how is None else _TABLESPACE.sub("", how["how"]),
        extensions=tuple(one.strip('"') for one in _EXTENSION.findall(preamble)),
        proved=opened.proved
        or (opened.form is not Form.TAR and packed is not None and packed[1] not in _UNPACKED),
    )


def _refuse_cut_off(opened: Opened) -> None:
    try:
        refuse_cut_off(opened)
    except OSError as error:
        raise unreadable(opened.path, error) from error


async def _told(opened: Opened, reader: Programs, environ: Mapping[str, str], *words: str) -> str:
    """Return what pg_restore writes of a dump."""
    program = reader["pg_restore"]
    ended = await run([program, *words, str(opened.path)], How(_WITHIN, environ))
    if ended.status != 0:
        name = opened.path.name
        if (newer := _TOO_NEW.search(ended.last_words)) is not None:
            raise CannotLook(
                f"{name} was made by a pg_dump that is newer than {reader.major} "
                f"(its version is {newer[1]})",
                remedy=installed.install(reader.major + 1),
            )
        _refuse_unbuilt(ended.last_words, reader)
        raise Damaged(f"{name} is damaged: {_plainly(ended.last_words)}")
    return ended.output.decode("utf-8", "replace")


def _created_at(listed: str) -> datetime | None:
    """Return when a dump was begun: in whichever zone that was, which it does not say."""
    found = _CREATED.search(listed)
    return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=UTC)


def _plain(opened: Opened) -> Dump:
    try:
        with opened.path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL))
            tail = file.read()
    except OSError as error:
        raise unreadable(opened.path, error) from error
    text = head.decode("utf-8", "replace")
    # in a dump of all databases each of them ends as a dump of one does
    is_of_all = _OF_ALL in text[:_FIRST_LINES]
    if (_ALL_COMPLETE if is_of_all else _COMPLETE) not in tail:
        raise Damaged(f"{opened.path.name} is cut off: what a dump ends with is not there")
    version, by, how = _FROM.search(text), _BY.search(text), _CREATE.search(text)
    return Dump(
        opened,
        None if version is None else int(version[1]),
        None if by is None else int(by[1]),
        whole=how is not None or is_of_all,
        proved=opened.proved,
    )


# Restoring


@dataclass(frozen=True)
class Came:
    """What restoring came to: what was not restored, and what does not matter."""

    database: str
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


async def restored(
    dump: Dump, cluster: Cluster, reader: Programs, locale: str | None, jobs: int, say: Say
) -> Came:
    """Restore a dump into a cluster; raises CannotLook for what the server lacks."""
    if not dump.whole:
        await _prepared(dump, cluster, locale)
    path = str(dump.opened.path)
    if dump.opened.form is Form.PLAIN:
        into = "postgres" if dump.whole else DATABASE
        words = ["--no-psqlrc", "--quiet", "--file=-", f"--dbname={into}", "--output=/dev/null"]
        # what it reads may tell it to run programs: it is nobody who could do more than the server
        ended = await cluster.run("psql", *words, by=reader, reads=dump.opened.path)
    else:
        words = ["--no-owner", "--no-privileges", "--no-tablespaces", f"--dbname={DATABASE}"]
        if dump.opened.form is not Form.TAR:
            words.append(f"--jobs={jobs}")
        ended = await cluster.run("pg_restore", *words, path, by=reader)
    came = _judged(ended, cluster.programs)
    for line in (*came.errors, *came.notes):
        await say(line)
    return replace(came, database=await _database(cluster) if dump.whole else DATABASE)


async def _prepared(dump: Dump, cluster: Cluster, locale: str | None) -> None:
    """Make the database, which sorts as the dump's did, and see that it can have its extensions."""
    async with cluster.connected("postgres") as connection:
        there = await connection.execute(b"SELECT name FROM pg_available_extensions")
        known = {str(row[0]) for row in await there.fetchall()}
        if lacks := [one for one in dump.extensions if one not in known]:
            raise _lacking(f"the extension {lacks[0]}", cluster.programs)
        how = dump.how or locale or "ENCODING = 'UTF8'"
        made = f"CREATE DATABASE {DATABASE} WITH TEMPLATE = template0 {how}"
        try:
            await connection.execute(made.encode())
        except psycopg.Error as error:
            said = " ".join(str(error).split())
            raise CannotLook(
                f"no database that sorts as it does can be made here ({how}): {said}",
                remedy=_remedy(said, cluster.programs),
            ) from error


async def _database(cluster: Cluster) -> str:
    """Return the largest database that a dump has made itself."""
    async with cluster.connected("postgres") as connection:
        rows = await connection.execute(
            b"SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn"
            b" ORDER BY datname = 'postgres', pg_database_size(oid) DESC LIMIT 1"
        )
        found = await rows.fetchone()
    return "postgres" if found is None else str(found[0])


_ERROR = re.compile(r"^(?:pg_restore: error: |psql:.*?: (?:error: |ERROR:  ))", re.IGNORECASE)
# Of roles a dump knows nothing; what only a newer pg_dump says is none of an older server's.
_NEVER_MIND = re.compile(
    r'role "[^"]*" (?:does not exist|already exists)'
    r'|unrecognized configuration parameter "transaction_timeout"'
    r'|schema "public" already exists'
)
_LACKS = re.compile(
    r"(extension \"[^\"]+\") is not available|could not (?:access|open) (?:file|extension control "
    r"file) (\"[^\"]+\")|(ICU) is not supported in this build|(collation \"[^\"]+\") for encoding"
    r"|invalid (locale) name|(text search configuration \"[^\"]+\") does not exist"
)


def _judged(ended: Ended, programs: Programs) -> Came:
    text = ended.errors.decode("utf-8", "replace")
    wrong: list[str] = []
    mind: list[str] = []
    for line in text.splitlines():
        if (begun := _ERROR.match(line)) is None:
            continue
        said = line[begun.end() :].removeprefix("could not execute query: ").strip()
        refuse_full(said, "it was restored")
        if "shared_preload_libraries" in said:
            raise CannotLook(
                f"it needs a library from the server's start on: {_message(said)}",
                remedy="name it with [[backup]] preload",
            )
        if (lacks := _LACKS.search(said)) is not None:
            raise _lacking(next(filter(None, lacks.groups())), programs)
        _refuse_unbuilt(said, programs)
        (mind if _NEVER_MIND.search(said) else wrong).append(_message(said))
    if ended.status < 0:
        wrong.append(f"it was ended by signal {-ended.status}")
    elif ended.status != 0 and not (wrong or mind):
        wrong.append(_plainly(ended.last_words))
    roles = sum("role " in one for one in mind)
    notes = (f"{roles} statements name roles, which a dump does not hold",) if roles else ()
    return Came(DATABASE, tuple(dict.fromkeys(wrong)), notes)


def _lacking(what: str, programs: Programs) -> CannotLook:
    return CannotLook(
        f"PostgreSQL {programs.major} on this machine lacks what it needs: {what}",
        remedy=_remedy(what, programs),
    )


def _remedy(said: str, programs: Programs) -> str:
    major = programs.major
    if "locale" in said and "ICU" not in said:
        return "apt-get install locales-all"
    if programs.own:
        return f"apt-get install postgresql-{major}, which has more than Fettle's own build"
    name = said.partition('"')[2].partition('"')[0] or said.rpartition(" ")[2]
    return f"apt-get install the package that has it, like postgresql-{major}-{name}"


def _refuse_unbuilt(said: str, programs: Programs) -> None:
    """Refuse what the programs were built without; raises CannotLook."""
    if "this build does not support compression" in said or "not supported in this" in said:
        raise CannotLook(_plainly(said), remedy=f"apt-get install postgresql-{programs.major}")


def _message(said: str) -> str:
    return said.removeprefix("ERROR:").strip()


def _plainly(said: str) -> str:
    return said.replace("pg_restore: error: ", "").replace("pg_restore: ", "")[:300]
