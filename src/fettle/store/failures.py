"""What PostgreSQL's errors mean for whoever needs the store."""

import psycopg
from psycopg import errors as pg

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
