"""Leave invalid indexes behind, in each of the ways in which they come about."""

from tests.planted.background import Session, session, wait_for_lock
from tests.servers import Server

_SNAPSHOT = "begin isolation level repeatable read; select 1"

# An old snapshot lets the index be built and then waits before it is declared valid: it is kept up
# to date by every write from then on.
_STOPPED_AT_THE_END = (
    'create unique index concurrently "Broken ""Code"" key" on "Odd.Schema"."Broken.too" ("Code")',
    "create index concurrently shipments_order_id_idx on shop.shipments (order_id)",
)
_STOPPED_WHILE_DROPPED = "drop index concurrently shop.broken_half_dropped"
_STOPPED_AT_THE_START = "create index concurrently broken_timed_out on shop.broken (twice)"
_DUPLICATES = "create unique index concurrently broken_duplicates on shop.broken (twice)"
_UNIQUE_VIOLATION = "23505"


def leave_invalid(server: Server, database: str) -> None:
    """Leave them in the planted database."""
    url = server.url(database)
    with session(url) as holder, session(url) as builder:
        for statement in _STOPPED_AT_THE_END:
            _stop(server, holder, _SNAPSHOT, builder, statement)
        _stop(server, holder, "begin; table shop.broken", builder, _STOPPED_WHILE_DROPPED)
        _stop(
            server,
            holder,
            "begin; update shop.broken set once = once where id = 1",
            builder,
            _STOPPED_AT_THE_START,
        )
        builder.send(_DUPLICATES)
        assert builder.outcome() == _UNIQUE_VIOLATION


def _stop(server: Server, holder: Session, holding: str, builder: Session, statement: str) -> None:
    """Cancel `statement` where it waits for what `holding` holds."""
    holder.run(holding)
    builder.send(statement)
    wait_for_lock(server, builder)
    server.run(f"select pg_cancel_backend({builder.pid})")
    assert builder.outcome() is not None
    holder.run("rollback")
