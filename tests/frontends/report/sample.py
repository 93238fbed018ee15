"""One diagnosis with all there can be in a report, and with everything that names can hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from fettle.diagnosis import causes, recommend, symptoms
from fettle.diagnosis.accept import Ignore, accept
from fettle.model.diagnosis import Change, Diagnosis, Listing, Outcome
from fettle.model.finding import Finding, Measurement, Note, Unknown
from fettle.model.page import Page
from fettle.model.severity import Severity

STARTED = datetime(2026, 11, 23, 10, 0, 0, 250_000, tzinfo=UTC)

# Names as an attacker, a careless colleague or another alphabet would give them.
ESCAPES = "\x1b[31mred\x1b[0m\x07"
MARKUP = "<script>alert('x')</script>"
MARKDOWN = "a|b`c`**d**[e](http://evil.example)"
RICH = "[bold red]loud[/bold red]"
OVERRIDE = "inno\u202ecent"
ARABIC = "جدول_الطلبات"
EMOJI = "🧾_receipts_👩‍👩‍👧"
CHINESE = "订单_表"
TERMINATOR = "x]]>y --><!-- z"
ODD = f'public."{MARKUP} {RICH} {ESCAPES}"'

IDLE = Finding(
    "app@shop (web 🕸)",
    Severity.CRITICAL,
    "idle in a transaction for 12 min 5 s, and 11 sessions wait for what it has locked",
    metrics={"idle_s": 725.0, "waiting_count": 11},
    evidence=(
        {
            "pid": 4242,
            "user": "app",
            "state": "idle in transaction",
            "idle_s": 725.25,
            "client": "10.0.0.17",
            "query": "SELECT *\n  FROM shop.orders\n WHERE note = $1 -- "
            + ESCAPES
            + "\n   FOR UPDATE",
        },
    ),
    recommendations=(
        "End that session; its transaction is rolled back: SELECT pg_terminate_backend(4242);",
        "Let the server end it: ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';",
    ),
    fixes=("terminate_session", "set_role_timeout"),
    about=("pid 4242",),
    names={"pid 4242": "ap<p>@shop (web)"},
    pids=(4242,),
    check="idle_in_transaction",
    category="database",
    title="A session is idle in a transaction",
    impact="Its locks stay, and whoever needs them waits. Vacuum cannot clear away dead rows.",
)

BLOCKED = Finding(
    "app@shop (checkout)",
    Severity.HIGH,
    "11 sessions wait for a lock, the longest for 4 min; pid 4242 holds it",
    metrics={"waiting_count": 11, "longest_s": 240},
    evidence=tuple(
        {
            "pid": 5000 + n,
            "waited_s": 240.5 - 20 * n,
            "relation": "shop.orders",
            "mode": "AccessExclusiveLock" if n == 3 else "RowExclusiveLock",
            "statement": f"UPDATE shop.orders SET state = $1, changed_at = now() WHERE id = ${n}",
        }
        for n in range(11)
    ),
    recommendations=("Deal with the holder, pid 4242; cancelling those who wait helps only them",),
    blames=("pid 4242",),
    pids=tuple(range(5000, 5011)),
    check="blocked_sessions",
    category="database",
    title="Sessions wait for a lock",
    impact="Whoever waits keeps a connection, until none is left.",
)

SEQUENCE = Finding(
    f'public."{EMOJI}_id_seq"',
    Severity.HIGH,
    "81 % of its range is used: 1739461754 of 2147483647",
    metrics={"used_ratio": 0.81, "remaining": 408_021_893},
    evidence=({"last_value": "1739461754", "ceiling": "2147483647", "feeds": None},),
    recommendations=("Widen it to bigint before 408,021,893 more ids are drawn",),
    saturation=True,
    check="sequence_exhaustion",
    category="database",
    title="A sequence is close to its ceiling",
    impact="When the range is used up, the next nextval() raises. Every INSERT fails at once.",
)

SLOW = Finding(
    "SELECT … FROM shop.orders (8c1f)",
    Severity.MEDIUM,
    "1.8 s on average, 12,400 calls, 37 % of the time of all statements",
    metrics={"mean_ms": 1800.5, "calls_count": 12_400, "share_ratio": 0.37},
    evidence=(
        {
            "calls": 12_400,
            "mean_ms": 1800.5,
            "query": "SELECT * FROM shop.orders WHERE note = $1 ORDER BY changed_at LIMIT $2",
        },
    ),
    recommendations=(
        "Create the index it wants: CREATE INDEX CONCURRENTLY ON shop.orders (note, changed_at);",
    ),
    fixes=("create_suggested_index",),
    check="slow_queries",
    category="database",
    title="A statement is slow",
    impact="Everybody who calls it waits.",
)


def _unused(index: str, table: str, mebibytes: int) -> Finding:
    return Finding(
        index,
        Severity.MEDIUM,
        f"{mebibytes} MiB on {table}, not read once in 94 d",
        metrics={"size_bytes": mebibytes * 1024**2, "scans": 0},
        evidence=({"index": index, "table": table, "size_bytes": mebibytes * 1024**2, "scans": 0},),
        recommendations=(f"Drop it: DROP INDEX CONCURRENTLY {index};",),
        fixes=("drop_unused_index",),
        check="index_unused",
        category="database",
        title="An index is never read",
        impact="Every write keeps it up to date, for nothing.",
    )


UNUSED = (
    _unused("shop.orders_note_idx", "shop.orders", 40),
    _unused(ODD, f'public."{MARKDOWN}"', 12),
    _unused(f'"{ARABIC}"."{CHINESE}_idx"', f'"{ARABIC}"."{CHINESE}"', 11),
    _unused(f'public."semi;colon "" and {OVERRIDE}"', "public.t", 10),
)
AUDIT = _unused("audit.entries_by_year_idx", "audit.entries", 900)

KEYLESS = Finding(
    "shop." + "a_very_long_name_of_a_table_that_somebody_thought_to_be_a_good_idea",
    Severity.LOW,
    "has no primary key; " + "and this is a long sentence that goes on, " * 6 + "to be wrapped",
    check="primary_key_missing",
    category="database",
    title="A table has no primary key",
)
PLAIN = Finding(
    TERMINATOR,
    Severity.INFO,
    f"@team, see #12 & www.example.com: {MARKDOWN}",
    check="unsafe_settings",
    category="database",
    title="A setting that is worth a look",
)

OUTCOMES = (
    Outcome("blocked_sessions", findings=(BLOCKED,)),
    Outcome("collation_drift"),
    Outcome(
        "connections_saturated",
        measurements=(Measurement("connections_total", 61), Measurement("used_ratio", 0.61)),
    ),
    Outcome("idle_in_transaction", findings=(IDLE,)),
    Outcome("index_unused", findings=(*UNUSED, AUDIT)),
    Outcome("primary_key_missing", findings=(KEYLESS,)),
    Outcome(
        "sequence_exhaustion",
        findings=(SEQUENCE,),
        unknown=(
            Unknown(
                '2 sequences cannot be read by "ap<p>"',
                'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "Odd", shop TO "ap<p>";',
            ),
        ),
    ),
    Outcome(
        "slow_queries",
        findings=(SLOW,),
        unknown=(Unknown("it took longer than 5 s", "look again with a longer --timeout"),),
    ),
    Outcome("statistics_stale", notes=(Note("the statistics go back 3 h; 1 d is needed"),)),
    Outcome(
        "table_bloat",
        unknown=(
            Unknown("it took longer than 5 s", "look again with a longer --timeout"),
            Unknown(f"the server said {ESCAPES}"),
        ),
    ),
    Outcome("unsafe_settings", findings=(PLAIN,)),
)

LISTINGS = (
    Listing(
        "active_connections",
        "Current client connections, by what they are doing",
        "select count(*) from pg_stat_activity",
        ("total_connections", "active_connections", "idle_connections", "max_connections"),
        ((61, 4, 45, 100),),
    ),
    Listing("long_running_queries", "Queries of more than 5 minutes", "select 1", ("pid",), ()),
    Listing(
        "slow_queries",
        "The ten slowest statements",
        "select 1 < 2",
        note="the extension pg_stat_statements is not installed",
    ),
    Listing(
        "table_sizes",
        "The 20 largest tables",
        "select '</pre>'",
        ("schema", "table", "size_bytes", "dead_percent"),
        (("shop", "orders", 3 * 1024**3, 12.5), ("public", MARKUP, 8192, None)),
    ),
)

PAGES = {
    "index_unused": Page(
        "An index is never read",
        {
            "Why it matters": "Every write keeps it up to date, for nothing.",
            "Verify": "Run index_unused.sql.",
            "Cure": "fettle fix plan TARGET drop_unused_index",
            "Ignore when": "A yearly job needs it.",
            "Cannot see": "Reads on standbys.",
        },
    ),
}


def _sample() -> Diagnosis:
    found = [finding for outcome in OUTCOMES for finding in outcome.findings]
    noticed = ("checkout hangs", "the mail is late", "replication lag")
    behind = tuple(causes.explain(found))
    diagnosis = Diagnosis(
        "shop-db",
        STARTED,
        timedelta(seconds=0.4137),
        OUTCOMES,
        listings=LISTINGS,
        causes=behind,
        recommendations=tuple(recommend.recommend(found, behind, "shop-db")),
        symptoms=noticed,
        symptom_matches=tuple(symptoms.explain(noticed, OUTCOMES)),
        server={"version": "18.6", "database": "shop", "user": "ap<p>", "standby": False},
    )
    yearly = Ignore(lambda _, subject: subject == AUDIT.subject, "yearly report", date(2027, 1, 31))
    change = Change(
        STARTED - timedelta(days=1),
        new=(IDLE.key, UNUSED[1].key),
        gone=("index_invalid:shop.half_built_idx",),
        worse=(SEQUENCE.key,),
    )
    return replace(accept(diagnosis, [yearly], ()), change=change)


SAMPLE = _sample()
HEALTHY = Diagnosis(
    "quiet",
    STARTED,
    timedelta(seconds=0.2),
    (Outcome("collation_drift"), Outcome("index_unused")),
    server={"version": "15.20", "database": "quiet", "user": "app", "standby": True},
)
UNREACHABLE = Diagnosis(
    "postgresql://app@db.example/shop",
    STARTED,
    timedelta(seconds=10),
    unreachable=Unknown(
        "db.example refused the password of app", "look at PGPASSWORD and at pg_hba.conf"
    ),
)
