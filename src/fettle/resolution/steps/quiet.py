"""The precheck of every act that waits for other transactions: there is none to wait for.

DROP and CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY and VALIDATE wait for transactions that
are older than themselves. Begun beside one that stays open, they time out half done.
"""

from datetime import timedelta

from fettle.model.fix import Question
from fettle.model.quantity import say_duration

# A transaction of a web request ends within seconds; one that has lasted this long may last.
OLD = timedelta(seconds=10)

_OTHERS = """
    SELECT FROM pg_stat_activity AS a
    WHERE a.pid <> pg_backend_pid() AND a.datname = current_database()
      AND a.backend_type NOT IN ('walsender', 'autovacuum worker')
      AND least(a.xact_start, CASE WHEN a.backend_xmin IS NOT NULL THEN a.query_start END)
          < clock_timestamp() - interval '{seconds} seconds'"""

_PREPARED = """
    SELECT FROM pg_prepared_xacts AS p
    WHERE p.database = current_database()
      AND p.prepared < clock_timestamp() - interval '{seconds} seconds'"""


def prechecks() -> tuple[Question, ...]:
    """Return the questions that must be answered yes before such an act."""
    seconds = int(OLD.total_seconds())
    return (
        Question(
            "every session's transactions can be seen",
            "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
            " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
            "the role cannot see other sessions' transactions: GRANT pg_read_all_stats to it",
        ),
        Question(
            f"no transaction is older than {say_duration(OLD)}",
            f"SELECT NOT EXISTS ({_OTHERS.format(seconds=seconds)})"
            f" AND NOT EXISTS ({_PREPARED.format(seconds=seconds)})",
            f"a transaction has been open for more than {say_duration(OLD)}; the act would wait "
            "for it and could be left half done. End it first: "
            "fettle check --only idle_in_transaction --only long_transaction",
        ),
    )
