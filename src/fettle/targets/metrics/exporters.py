"""Whether what tells figures is there and sees anything; and what a blackbox exporter saw."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from fettle.model.finding import Unknown
from fettle.model.probed import Answer, Certificate, Step
from fettle.model.readings import Alive
from fettle.targets.metrics.figures import Figures

# What exporters say of whether they reach what they tell of.
_REACHES = {
    "pg_up": "PostgreSQL",
    "mysql_up": "MySQL",
    "redis_up": "Redis",
    "mongodb_up": "MongoDB",
    "memcached_up": "memcached",
    "elasticsearch_up": "Elasticsearch",
    "nginx_up": "nginx",
    "apache_up": "Apache",
    "phpfpm_up": "PHP-FPM",
    "pgbouncer_up": "PgBouncer",
    "haproxy_up": "HAProxy",
    "rabbitmq_up": "RabbitMQ",
    "fettle_store_up": "Fettle's store",
}
# What exporters say when a part of what they asked for failed.
_PARTLY = (
    "pg_exporter_last_scrape_error",
    "mysql_exporter_last_scrape_error",
    "redis_exporter_last_scrape_error",
)
# The collectors of node_exporter that Fettle's figures come from: others fail on many machines
# for want of what they look for, and nothing is wrong.
_COLLECTORS = ("cpu", "meminfo", "filesystem", "diskstats", "filefd")
_PHASES = ("resolve", "connect", "tls", "processing", "transfer")


async def alive(figures: Figures) -> Sequence[Alive | Unknown]:
    """Return whether targets of a Prometheus are up, and whether exporters see what they tell."""
    names, whose = await figures.names(), figures.whose
    rows: list[Alive | Unknown] = []
    if "up" in names:
        for one in await figures.last("up", ("job", "instance"), "min"):
            subject = " ".join(filter(None, (one.labels.get("job"), one.labels.get("instance"))))
            rows.append(Alive(subject or "?", one.value > 0, "its figures are asked for in vain"))
    for name, what in _REACHES.items():
        if name in names:
            for one in await figures.last(name, (*whose.by, "instance"), "min"):
                subject = whose.named(one.labels, "instance")
                rows.append(Alive(subject, one.value > 0, f"it does not reach {what}"))
    for name in _PARTLY:
        for one in await figures.last(name, (*whose.by, "instance"), "max"):
            subject = f"{whose.named(one.labels, 'instance')} queries"
            rows.append(Alive(subject, not one.value, "a part of its own questions fails"))
    rows += await _collectors(figures, "node_scrape_collector_success", _COLLECTORS)
    rows += await _collectors(figures, "pg_scrape_collector_success", None)
    return rows


async def _collectors(figures: Figures, name: str, wanted: Sequence[str] | None) -> Sequence[Alive]:
    if name not in await figures.names():
        return []
    failing: dict[str, list[str]] = defaultdict(list)
    for one in await figures.last(name, (*figures.whose.by, "instance", "collector"), "min"):
        subject = f"{figures.whose.named(one.labels, 'instance')} collectors"
        collector = one.labels.get("collector", "")
        failing[subject] += [collector] if not one.value else []
    rows = []
    for subject, collectors in failing.items():
        told = sorted(one for one in collectors if wanted is None or one in wanted)
        rows.append(Alive(subject, not told, f"what tells of {', '.join(told)} fails"))
    return rows


async def answers(figures: Figures) -> Sequence[Answer | Unknown]:
    """Return what came of the addresses that a blackbox exporter asks."""
    if "probe_success" not in await figures.names():
        return []
    by = ("instance",)  # of several probes of one address the worst counts
    told: dict[str, dict[str, float]] = defaultdict(dict)
    for name in ("probe_success", "probe_http_status_code", "probe_duration_seconds"):
        for one in await figures.last(name, by, "min"):
            told[one.labels.get("instance", "")][name] = one.value
    for one in await figures.last("probe_http_duration_seconds", (*by, "phase"), "max"):
        told[one.labels.get("instance", "")][one.labels.get("phase", "")] = one.value
    return [
        _answer(figures.whose.machine({"instance": instance}), seen)
        for instance, seen in sorted(told.items())
        if "probe_success" in seen
    ]


def _answer(subject: str, seen: dict[str, float]) -> Answer:
    status = int(seen.get("probe_http_status_code", 0))
    up = seen["probe_success"] > 0
    resolve, connect, tls, processing, transfer = (seen.get(phase) for phase in _PHASES)
    return Answer(
        subject,
        subject,
        host=_host(subject),
        authority=_host(subject),
        good=up,
        status=status or None,
        failed=None if up or status else Step.ANSWER,
        problem=None if up else _problem(status),
        lookup_s=resolve,
        connect_s=connect,
        tls_s=tls or None,
        first_byte_s=processing,
        body_s=transfer,
        whole_s=seen.get("probe_duration_seconds") if up else None,
    )


def _problem(status: int) -> str | None:
    """Return why a probe failed, where its status does not say so."""
    if not status:
        return "the probe of a blackbox exporter failed"
    if status < 400:
        return (
            f"it answers {status}, and a blackbox exporter's probe of it fails all the same: its "
            "module wants another status, body, header or TLS"
        )
    return None


def _host(target: str) -> str:
    """Return the host of what is probed, with its port where that is told."""
    return target.partition("://")[2].partition("/")[0].rpartition("@")[2] or target


async def certificates(figures: Figures) -> Sequence[Certificate | Unknown]:
    """Return until when the certificates are valid that a blackbox exporter has believed."""
    if "probe_ssl_earliest_cert_expiry" not in await figures.names():
        return []
    now = await figures.now()
    probed = await figures.last("probe_success", ("instance",), "min")
    believed = {one.labels.get("instance") for one in probed if one.value}
    return [
        Certificate(
            subject := figures.whose.machine(one.labels),
            _host(subject),
            None,
            datetime.fromtimestamp(one.value, UTC),
            now,
            "not told by the blackbox exporter",
        )
        for one in await figures.last("probe_ssl_earliest_cert_expiry", ("instance",), "min")
        if 0 < one.value < 2**34 and one.labels.get("instance") in believed
    ]
