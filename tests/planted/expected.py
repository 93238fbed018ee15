"""What is planted: the troubles, as checks are to report them, and the controls.

Subjects are as the checks give them: relations as format('%I.%I') writes them, sessions as
user@database (application). Some troubles are only such under a limit that is lower than the
default, because a test cannot wait for days; the limit stands with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

PLANTED = "planted"
BARE = "planted_bare"
PREPARED = 'order 7, "paid" but forgotten; it\'s odd'

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Expected:
    """A trouble: the check that is to report it, and the finding's subject.

    `limits` are what must be lowered for it: `--limit CHECK.NAME=VALUE`. `since` is the oldest
    server version it can be planted on; `needs` is what only a server with SERVER_SETTINGS has.
    """

    check: str
    subject: str
    limits: Mapping[str, str] = field(default_factory=lambda: _NONE)
    needs_session: bool = False
    database: str = PLANTED
    since: int = 13
    needs: str | None = None


@dataclass(frozen=True)
class Control:
    """Something healthy, and the checks that are most likely to mistake it for a trouble."""

    subject: str
    must_not_be_reported_by: tuple[str, ...]
    needs_session: bool = False


def _all(check: str, *subjects: str, **limits: str) -> tuple[Expected, ...]:
    given = {f"{check}.{name}": value for name, value in limits.items()}
    return tuple(Expected(check, subject, given) for subject in subjects)


def _live(check: str, *subjects: str, **limits: str) -> tuple[Expected, ...]:
    given = {f"{check}.{name}": value for name, value in limits.items()}
    return tuple(Expected(check, subject, given, needs_session=True) for subject in subjects)


EXPECTED: tuple[Expected, ...] = (
    *_all(
        "index_unused",
        "shop.orders_note_idx",
        '"Odd.Schema"."Über.den ""Bestand"" 在庫索引 ελληνικά Жилищи0"',
        min_window="0s",
    ),
    *_all(
        "index_duplicate",
        "shop.customers_id_copy",
        "shop.customers_email_again",
        "shop.customers_lower_name_idx_again",
        "shop.customers_name_hash_idx_again",
        '"倉庫"."Shelf. ""again"""',
    ),
    *_all(
        "index_redundant",
        "shop.orders_customer_id_idx",
        'shop."Orders state"',
        '"倉庫"."棚の索引"',
    ),
    *_all(
        "index_invalid",
        "shop.broken_half_dropped",
        "shop.broken_timed_out",
        "shop.broken_duplicates",
        "shop.shipments_order_id_idx",
        '"Odd.Schema"."Broken ""Code"" key"',
    ),
    *_all(
        "foreign_key_unindexed",
        "shop.order_lines.order_lines_order_id_fkey",
        "shop.coupons.coupons_customer_id_fkey",
        "shop.returns.returns_order_id_fkey",
        "shop.ratings.ratings_customer_id_fkey",
        "shop.shipments.shipments_order_id_fkey",
        "shop.prices.prices_list_fkey",
        '"Odd.Schema"."Kisten & Körbe"."Kiste ""in"" Stück"',
    ),
    *_all(
        "foreign_key_not_validated",
        "shop.gifts.gifts_customer_id_fkey",
        "shop.gifts.gifts_order_id_fkey",
        '"倉庫"."贈り物"."客の外部キー"',
    ),
    *_all("primary_key_missing", "shop.loose", '"Odd.Schema"."No ""key""."'),
    *_all("table_bloat", "shop.bloated", '"Odd.Schema"."Bloated, too"'),
    *_all("autovacuum_disabled", "shop.unswept", "shop.bloated", '"倉庫"."未掃除"'),
    *_all("statistics_stale", "shop.stale", "shop.filled"),
    *_all(
        "sequence_exhaustion",
        "shop.invoices_id_seq",
        "shop.shelves_id_seq",
        "shop.tickets_numbers",
        "shop.receipt_numbers",
        '"Odd.Schema"."Zähler ""Nr."""',
        '"倉庫"."下り"',
    ),
    *_all("collation_drift", "collation shop.german"),
    Expected("collation_drift", f"database {PLANTED}", since=15),
    *_all("replication_slot_inactive", "forgotten", "standby_gone", retained="1MiB"),
    *_all("prepared_transaction_stale", PREPARED, medium="0s"),
    *_all(
        "vacuum_horizon_pinned",
        "replication slot forgotten",
        f"prepared transaction {PREPARED}",
        max_age="1000",
    ),
    Expected("transaction_id_wraparound", "shop.aged", needs="ageing"),
    Expected("multixact_wraparound", "shop.aged", needs="ageing"),
    Expected("wal_archiving_failing", "archiver", needs="archiving"),
    Expected("unsafe_settings", "full_page_writes", needs="torn pages"),
    *_all("unsafe_settings", "idle_in_transaction_session_timeout"),
    # The ids of statements are the server's own: plant() puts them in.
    *_all("slow_queries", "query {slow_report}"),
    *_all("slow_queries", "query {frequent_visits}", busy_mean="100us", busy_share="0.1%"),
    Expected("statement_statistics_missing", "pg_stat_statements", database=BARE),
    *_live(
        "idle_in_transaction",
        f"app@{PLANTED} (checkout)",
        f"app@{PLANTED} (reader)",
        blocking="0s",
    ),
    *_live("long_transaction", f"app@{PLANTED} (nightly report)", medium="0s"),
    *_live("long_query", f"app@{PLANTED} (dashboard)", medium="0s"),
    *_live("blocked_sessions", f"app@{PLANTED} (checkout)", f"app@{PLANTED} (reader)"),
    *_live("ddl_queue", "shop.ledger", waited="0s"),
    *_live("connections_saturated", "max_connections", high="20%"),
    *_live("vacuum_horizon_pinned", f"app@{PLANTED} (nightly report)", max_age="1000"),
)

# Beside `Planted.cold_reads` only: it reads so much that nothing else is quick meanwhile. Before 15
# the counters are told too seldom for two readings within a second.
COLD_READS = Expected(
    "cache_hit_low",
    "shared_buffers",
    {"cache_hit_low.min_blocks": "1000"},
    needs_session=True,
    since=15,
)

_INDEX = ("index_unused", "index_duplicate", "index_redundant", "index_invalid")
_FOREIGN_KEY = ("foreign_key_unindexed", "foreign_key_not_validated")
_TABLE = (
    "primary_key_missing",
    "table_bloat",
    "autovacuum_disabled",
    "statistics_stale",
    "transaction_id_wraparound",
)
_SESSION = (
    "idle_in_transaction",
    "long_transaction",
    "long_query",
    "blocked_sessions",
    "ddl_queue",
)


def _none(checks: tuple[str, ...], *subjects: str) -> tuple[Control, ...]:
    return tuple(Control(subject, checks) for subject in subjects)


CONTROLS: tuple[Control, ...] = (
    *_none(
        _INDEX,
        # large and unread, each for a reason; small; read
        "shop.orders_reference_key",
        "shop.orders_label_code_idx",
        "shop.mirrored_code_identity",
        "shop.mirrored_code_read_idx",
        "shop.archive_pkey",
        "shop.journal_2025_entry_idx",
        "shop.journal_2026_entry_idx",
        "shop.journal_entry_idx",
        "shop.journal_pkey",
        "shop.journal_2025_pkey",
        "shop.orders_total_small_idx",
        # the ones that are to be kept
        "shop.customers_pkey",
        "shop.customers_email_unique",
        "shop.customers_lower_name_idx",
        "shop.customers_name_hash_idx",
        '"倉庫"."Shelf."',
        "shop.orders_customer_id_created_at_idx",
        'shop."Orders state, total, when"',
        '"倉庫"."棚の長い索引"',
        # of another kind than the one they look like
        "shop.catalog_partial_plain",
        "shop.catalog_partial_some",
        "shop.catalog_partial_longer",
        "shop.catalog_collated_default",
        "shop.catalog_collated_posix",
        "shop.catalog_included",
        "shop.catalog_included_longer",
        "shop.catalog_lower",
        "shop.catalog_upper",
        "shop.catalog_expressed",
        "shop.catalog_pattern",
        "shop.catalog_pattern_default",
        "shop.catalog_ascending",
        "shop.catalog_descending",
        "shop.catalog_nulls_last",
        "shop.catalog_nulls_first",
        "shop.catalog_btree",
        "shop.catalog_hash",
        "shop.catalog_brin",
        "shop.catalog_gin",
        "shop.catalog_tagged",
        "shop.catalog_pinned_identity",
        "shop.catalog_ruled_key",
        "shop.catalog_swapped_ab",
        "shop.catalog_swapped_ba",
        "shop.catalog_during_excl",
        "shop.totals_customer_id_key",
        "shop.payments_order_id_idx",
    ),
    *_none(
        _FOREIGN_KEY,
        "shop.orders.orders_customer_id_fkey",
        "shop.orders.orders_label_code_fkey",
        "shop.covered.covered_order_id_fkey",
        "shop.covered.covered_hashed_fkey",
        "shop.covered.covered_ruled_fkey",
        "shop.covered.covered_list_fkey",
        "shop.covered.covered_self_fkey",
        "shop.order_notes.order_notes_order_id_fkey",
        "shop.empty_lines.empty_lines_order_id_fkey",
        "shop.payments.payments_order_id_fkey",
        "shop.payments_old.payments_order_id_fkey",
        "shop.payments_new.payments_order_id_fkey",
    ),
    *_none(
        _TABLE,
        "shop.orders",
        "shop.empty_log",
        "shop.scratch",
        "shop.totals",
        "shop.swept",
        "shop.breathing",
        "shop.small_and_dead",
        "shop.fresh",
        "shop.journal",
        "shop.journal_2025",
        "shop.payments_new",
        "filler_0.t0",
    ),
    *_none(
        ("sequence_exhaustion",),
        "shop.round_numbers",
        "shop.two_thirds",
        "shop.wide_id_seq",
        "shop.never_drawn",
    ),
    *_none(("collation_drift",), "collation shop.no_index", "collation shop.steady"),
    Control("shop.reviews_building", _INDEX, needs_session=True),
    Control(f"app@{PLANTED} (pool)", _SESSION, needs_session=True),
    Control(f"app@{PLANTED} (fettle)", _SESSION, needs_session=True),
    Control("postgres@? (pg_receivewal)", _SESSION, needs_session=True),
    Control("pg_receivewal", ("replication_lag",), needs_session=True),
)


def limits() -> dict[str, str]:
    """Return every limit that is lowered for something."""
    return {name: value for expected in EXPECTED for name, value in expected.limits.items()}
