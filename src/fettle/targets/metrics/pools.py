"""What has a number of places, and how many are taken: connections, pools, workers; and queues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fettle.model.finding import Unknown
from fettle.model.readings import Queue, Saturation
from fettle.targets.metrics.figures import MOST, Figures, Labels, Only, Sample

_SPAN = timedelta(minutes=15)
_AHEAD = timedelta(minutes=1)  # clocks are apart by some seconds everywhere


@dataclass(frozen=True)
class Pool:
    """A pool by its metrics: what is taken of it, how many places it has, who waits for one.

    `parts` name one of several; `only` are the series that tell what is taken.
    """

    kind: str
    used: str
    limit: str
    waiting: str | None = None
    parts: Labels = ("instance",)
    only: Only | None = None


_POOLS = (
    Pool(
        "connections to PostgreSQL",
        "pg_stat_database_numbackends",
        "pg_settings_max_connections",
    ),
    Pool(
        "connections to PostgreSQL",
        "pg_stat_activity_count",
        "pg_settings_max_connections",
    ),
    Pool(  # as Supabase tells it
        "connections to PostgreSQL",
        "pg_stat_database_num_backends",
        "max_connections_connection_count",
    ),
    Pool(
        "connections to MySQL",
        "mysql_global_status_threads_connected",
        "mysql_global_variables_max_connections",
    ),
    Pool("connections to Redis", "redis_connected_clients", "redis_config_maxclients"),
    Pool(
        "clients of PgBouncer",
        "pgbouncer_used_clients",
        "pgbouncer_config_max_client_connections",
        "pgbouncer_pools_client_waiting_connections",
    ),
    Pool(
        "pool of connections",
        "hikaricp_connections_active",
        "hikaricp_connections_max",
        "hikaricp_connections_pending",
        ("instance", "pool"),
    ),
    Pool(
        "pool of connections",
        "db_client_connection_count",
        "db_client_connection_max",
        "db_client_connection_pending_requests",
        ("instance", "db_client_connection_pool_name"),
        Only("db_client_connection_state", "used"),
    ),
    Pool(
        "pool of connections",
        "db_client_connections_usage",
        "db_client_connections_max",
        "db_client_connections_pending_requests",
        ("instance", "pool_name"),
        Only("state", "used"),
    ),
    Pool(  # Go's database/sql, by Prometheus's library and by OpenTelemetry's
        "pool of connections",
        "go_sql_in_use_connections",
        "go_sql_max_open_connections",
        parts=("instance", "db_name"),
    ),
    Pool(
        "pool of connections",
        "db_sql_connection_open",
        "db_sql_connection_max_open",
        parts=("instance", "service_type"),
        only=Only("status", "inuse"),
    ),
    Pool(
        "pool of connections",
        "fettle_store_connections",
        "fettle_store_connections_max",
        "fettle_store_requests_waiting",
    ),
    Pool(
        "threads",
        "tomcat_threads_busy_threads",
        "tomcat_threads_config_max_threads",
        parts=("instance", "name"),
    ),
    Pool("threads", "jetty_threads_busy", "jetty_threads_config_max"),
    Pool("threads", "puma_busy_threads", "puma_max_threads", "puma_backlog"),
    Pool(
        "sessions",
        "haproxy_frontend_current_sessions",
        "haproxy_frontend_limit_sessions",
        parts=("instance", "proxy"),
    ),
)


async def pools(figures: Figures) -> Sequence[Saturation | Unknown]:
    """Return how much of pools is taken, of many the fullest; one without a bound is not judged."""
    names = await figures.names()
    rows: dict[tuple[str, str], Saturation | Unknown] = {}
    for pool in _POOLS:
        if pool.used not in names:
            continue
        by = (*figures.whose.by, *pool.parts)
        used = await figures.last(pool.used, by, only=pool.only)
        limits = _by_key(await figures.last(pool.limit, by, "max"))
        waiting = _by_key(await figures.last(pool.waiting, by) if pool.waiting in names else ())
        for sample in sorted(used, key=lambda one: -_share(one, limits))[:MOST]:
            subject, key = figures.whose.named(sample.labels, *pool.parts), _key(sample)
            if limits.get(key, 0) > 0:
                rows[pool.kind, subject] = Saturation(
                    subject, pool.kind, sample.value, limits[key], waiting.get(key)
                )
            elif pool.limit not in names:
                rows.setdefault(
                    (pool.kind, subject),
                    Unknown(
                        f"{subject}: {pool.used} is there, and {pool.limit} is not: how many "
                        f"{pool.kind} there may be is not known",
                        "let its exporter tell that metric as well",
                    ),
                )
    return list(rows.values())


def _share(used: Sample, limits: Mapping[tuple[str, ...], float]) -> float:
    limit = limits.get(_key(used), 0)
    return used.value / limit if limit > 0 else 0.0


@dataclass(frozen=True)
class Line:
    """A queue by its metrics: what waits, and for how many seconds the first has, or since when.

    `since` is a moment in seconds since 1970.
    """

    waiting: str
    parts: Labels = ("queue",)
    oldest: str | None = None
    since: str | None = None
    only: Only | None = None


_LINES = (
    Line("celery_queue_length", ("queue_name", "queue")),
    Line("sidekiq_queue_size", ("queue", "name"), "sidekiq_queue_latency_seconds"),
    Line("sidekiq_queue_backlog", ("queue", "name"), "sidekiq_queue_latency_seconds"),
    Line("sidekiq_queue_enqueued_jobs", ("name", "queue"), "sidekiq_queue_latency_seconds"),
    Line("sidekiq_jobs_waiting_count", ("queue",), "sidekiq_queue_latency"),
    Line(
        "ruby_sidekiq_queue_backlog", ("queue", "queue_name"), "ruby_sidekiq_queue_latency_seconds"
    ),
    Line("bullmq_job_count", ("queue",), only=Only("state", "waiting|prioritized")),
    Line("bull_queue_waiting", ("queue", "queue_name", "prefix")),
    Line("rq_jobs", ("queue",), only=Only("status", "queued")),
    Line(
        "rabbitmq_detailed_queue_messages_ready",
        ("vhost", "queue"),
        since="rabbitmq_detailed_queue_head_message_timestamp",
    ),
    Line(
        "rabbitmq_queue_messages_ready",
        ("vhost", "queue"),
        since="rabbitmq_queue_head_message_timestamp",
    ),
    Line("kafka_consumergroup_lag", ("consumergroup", "topic")),
    Line(
        "aws_sqs_approximate_number_of_messages_visible_average",
        ("dimension_QueueName",),
        "aws_sqs_approximate_age_of_oldest_message_maximum",
    ),
    Line("fettle_deliveries_waiting", (), "fettle_deliveries_oldest_waiting_seconds"),
    Line("fettle_notifications_waiting", (), "fettle_notifications_oldest_due_seconds"),
)


async def queues(figures: Figures) -> Sequence[Queue | Unknown]:
    """Return what waits in queues, how it grew lately, and for how long the first has waited."""
    names, rows = await figures.names(), dict[str, Queue]()
    for line in _LINES:
        if line.waiting not in names:
            continue
        by = (*figures.whose.by, *line.parts)
        # several exporters, or all nodes of a cluster, tell of the same queue
        waiting = await figures.last(line.waiting, by, only=line.only)
        risen = _by_key(await figures.risen(line.waiting, by, _SPAN, only=line.only))
        oldest = await _oldest(figures, line, by, names)
        for sample in sorted(waiting, key=lambda one: -one.value)[:MOST]:
            subject = figures.whose.named(sample.labels, *line.parts)
            if not line.parts:
                subject += f" {line.waiting.removeprefix('fettle_').removesuffix('_waiting')}"
            key = _key(sample)
            row = Queue(subject, sample.value, oldest.get(key), risen.get(key), _SPAN)
            rows.setdefault(subject, row)
    return list(rows.values())


async def _oldest(
    figures: Figures, line: Line, by: Labels, names: frozenset[str]
) -> Mapping[tuple[str, ...], timedelta]:
    if line.oldest in names:
        told = await figures.last(line.oldest or "", by, "max")
        return {_key(one): timedelta(seconds=one.value) for one in told if 0 <= one.value < 2**31}
    if line.since in names:
        now = await figures.now()
        told = await figures.last(line.since or "", by, "max")
        return {
            _key(one): max(now - datetime.fromtimestamp(one.value, UTC), timedelta())
            for one in told
            if 0 < one.value < (now + _AHEAD).timestamp()  # else its clock is another one
        }
    return {}


def _by_key(samples: Sequence[Sample]) -> Mapping[tuple[str, ...], float]:
    return {_key(sample): sample.value for sample in samples}


def _key(sample: Sample) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(sample.labels.items()) if value)
