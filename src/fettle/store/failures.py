"""What PostgreSQL's errors mean for whoever needs the store."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from psycopg_pool import PoolTimeout

from fettle.errors import StoreError, StoreUnreachable


def failed(error: psycopg.Error, what: str) -> StoreError:
    """Return what an error of the store's server means; `what` is the sentence it ends."""
    said = error.diag.message_primary or " ".join(str(error).split())
    if isinstance(error, pg.InsufficientPrivilege):
        remedy = "CREATE SCHEMA fettle AUTHORIZATION the role, or GRANT CREATE ON DATABASE to it"
    elif isinstance(error, pg.DiskFull):
        remedy = "make room on the store's disk, and try again"
    elif isinstance(error, pg.ReadOnlySqlTransaction):
        remedy = "name the primary's address: it may have become a standby"
    elif isinstance(error, pg.OperationalError) and (
        error.sqlstate is None or isinstance(error, pg.AdminShutdown)
    ):
        return StoreUnreachable(
            f"{what}: {said}", remedy="look whether its server runs, and try again"
        )
    else:
        remedy = "read the log of the store's server"
    return StoreError(f"{what}: {said}", remedy=remedy)


@contextmanager
def told() -> Iterator[None]:
    """Let what the store's server refuses inside rise as StoreError."""
    what = "the store cannot be read or written"
    try:
        yield
    except psycopg.Error as error:
        raise failed(error, what) from error
    except PoolTimeout as error:
        raise StoreUnreachable(f"{what}: {error}", remedy="try again") from error
