"""What processes and containers use: memory and how it grows, processor, file descriptors, starts.

Without a bound there is nothing that memory could fill: it is only watched for growth.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Unknown
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Descriptors, Growth, Memory, Processor, Restarts
from fettle.targets.metrics.figures import Figures, Labels, Only, Sample
from fettle.targets.metrics.machines import machine_memory, machine_processors

_HOUR = timedelta(hours=1)
# What a garbage collector leaves is known when it was at work.
_COLLECTED = timedelta(minutes=15)
_STARTED = "process_start_time_seconds"
# Kernels and runtimes write "no limit" as a number near the largest there is.
_UNLIMITED = 2**60


@dataclass(frozen=True)
class Held:
    """Memory that something holds, and its bound: two metrics, and the labels that name it.

    Of what is `collected` only the lowest value counts: a heap is meant to fill in between.
    """

    used: str
    limit: str | None
    parts: Labels = ("instance",)
    only: Only | None = None
    collected: bool = False


_NAMED = Only("container", ".+")
_HEAP = Only("area", "heap")
# Redis and Go's runtime are missing: they are told to fill what they may, and give way themselves.
_HELD = (
    Held(
        "container_memory_working_set_bytes",
        "kube_pod_container_resource_limits",
        ("namespace", "pod", "container"),
        _NAMED,
    ),
    Held(
        "container_memory_working_set_bytes",
        "container_spec_memory_limit_bytes",
        ("namespace", "pod", "container"),
        _NAMED,
    ),
    Held(
        "container_memory_working_set_bytes",
        "container_spec_memory_limit_bytes",
        ("name",),
        Only("name", ".+"),
    ),
    Held("jvm_memory_used_bytes", "jvm_memory_max_bytes", only=_HEAP, collected=True),
    Held("jvm_memory_bytes_used", "jvm_memory_bytes_max", only=_HEAP, collected=True),
    Held("process_resident_memory_bytes", None),
)
_OF_KUBERNETES = "kube_pod_container_resource_limits"


async def memory(figures: Figures) -> Sequence[Memory | Unknown]:
    """Return the memory of machines, and of what has a bound of its own."""
    rows: dict[str, Memory] = {}
    names = await figures.names()
    for held in _HELD:
        if held.limit is None or not {held.used, held.limit} <= names:
            continue
        if _named_already(held, rows):
            continue
        limits = _by_name(figures, held, await _limits(figures, held))
        for subject, used in _by_name(figures, held, await _used(figures, held)).items():
            limit = limits.get(subject, 0)
            if 0 < limit < _UNLIMITED:
                rows.setdefault(subject, Memory(subject, Bytes(used), Bytes(limit)))
    return [*await machine_memory(figures), *rows.values()]


def _named_already(held: Held, rows: Collection[str]) -> bool:
    """Whether these containers are told by the names that Kubernetes gives them."""
    return held.parts == ("name",) and any("/" in subject for subject in rows)


async def _used(figures: Figures, held: Held) -> Sequence[Sample]:
    by = (*figures.whose.by, *held.parts)
    if held.collected:
        return await figures.lowest(held.used, by, _COLLECTED, only=held.only)
    return await figures.last(held.used, by, only=held.only)


async def _limits(figures: Figures, held: Held) -> Sequence[Sample]:
    """Return limits; those of Kubernetes are told by another job than what is used."""
    if held.limit != _OF_KUBERNETES:
        return await figures.last(
            held.limit or "", (*figures.whose.by, *held.parts), only=held.only
        )
    return await figures.last(held.limit, held.parts, only=Only("resource", "memory"))


def _by_name(figures: Figures, held: Held, samples: Sequence[Sample]) -> Mapping[str, float]:
    """Return values by what they are of; containers are named alike by whoever tells of them."""
    if held.parts == ("instance",):
        return {figures.whose.named(one.labels, *held.parts): one.value for one in samples}
    return {
        "/".join(filter(None, (one.labels.get(part) for part in held.parts))): one.value
        for one in samples
    }


async def growth(figures: Figures) -> Sequence[Growth | Unknown]:
    """Return by how much the memory of what has run for an hour grows in one."""
    rows: dict[str, Growth] = {}
    names = await figures.names()
    for held in _HELD:
        if held.used not in names or _named_already(held, rows):
            continue
        by = (*figures.whose.by, *held.parts)
        climbed = await figures.climbed(held.used, by, only=held.only)
        used = _by_name(figures, held, await figures.last(held.used, by, only=held.only))
        for subject, hourly in _by_name(figures, held, climbed).items():
            if subject in used:
                grown = Bytes(hourly)
                rows.setdefault(subject, Growth(subject, Bytes(used[subject]), grown, _HOUR))
    return list(rows.values())


async def processors(figures: Figures) -> Sequence[Processor | Unknown]:
    """Return how busy machines are, and containers that have a quota."""
    rows: list[Processor | Unknown] = [*await machine_processors(figures)]
    names, over = await figures.names(), await figures.span()
    quota = {"container_cpu_usage_seconds_total", "container_spec_cpu_quota"}
    if not quota <= names:
        return rows
    for parts, only in (
        (("namespace", "pod", "container"), _NAMED),
        (("name",), Only("name", ".+")),
    ):
        rows += await _of_containers(figures, parts, only, over)
    return rows


async def _of_containers(
    figures: Figures, parts: Labels, only: Only, over: timedelta
) -> Sequence[Processor]:
    named = Held("", None, parts)
    used = await figures.grown("container_cpu_usage_seconds_total", parts, only=only)
    quotas = _by_name(
        figures, named, await figures.last("container_spec_cpu_quota", parts, only=only)
    )
    periods = _by_name(
        figures, named, await figures.last("container_spec_cpu_period", parts, only=only)
    )
    whole = _by_name(
        figures, named, await figures.grown("container_cpu_cfs_periods_total", parts, only=only)
    )
    throttled = _by_name(
        figures,
        named,
        await figures.grown("container_cpu_cfs_throttled_periods_total", parts, only=only),
    )
    rows = []
    for subject, seconds in _by_name(figures, named, used).items():
        quota, period = quotas.get(subject, 0), periods.get(subject, 0)
        if quota > 0 and period > 0:
            busy = seconds / over.total_seconds() / (quota / period)
            had = whole.get(subject, 0)
            held = Ratio(throttled[subject] / had) if had and subject in throttled else None
            cores = quota / period
            rows.append(Processor(subject, Ratio(min(busy, 1)), over, throttled=held, cores=cores))
    return rows


async def descriptors(figures: Figures) -> Sequence[Descriptors | Unknown]:
    """Return how many file descriptors processes and machines have open."""
    rows: list[Descriptors | Unknown] = []
    names = await figures.names()
    for used, limit, of_machine in (
        ("process_open_fds", "process_max_fds", False),
        ("process_files_open_files", "process_files_max_files", False),
        ("node_filefd_allocated", "node_filefd_maximum", True),
    ):
        if not {used, limit} <= names:
            continue
        by = (*figures.whose.by, "instance")
        most = {_key(one): one.value for one in await figures.last(limit, by, "min")}
        for sample in await figures.last(used, by, "max"):
            bound = most.get(_key(sample), 0)
            if 0 < bound < _UNLIMITED:
                whose = figures.whose
                named = whose.machine if of_machine else whose.named
                subject = named(sample.labels) if of_machine else named(sample.labels, "instance")
                rows.append(Descriptors(subject, sample.value, bound))
    return rows


def _key(sample: Sample) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(sample.labels.items()))


async def _of_processes(figures: Figures) -> Sequence[Restarts | Unknown]:
    """Return how often processes began; one that began before the last one did is another one."""
    by = (*figures.whose.by, "instance")
    back = {_key(one) for one in await figures.fallen(_STARTED, by, _HOUR) if one.value > 1}
    rows: list[Restarts | Unknown] = []
    for sample in await figures.changed(_STARTED, by, _HOUR):
        subject = figures.whose.named(sample.labels, "instance")
        if _key(sample) in back:
            rows.append(
                Unknown(
                    f"{subject}: several processes answer there by turns: how often one began "
                    "anew nobody knows, and what they count is told of one at a time",
                    "let them count together (prometheus_client's multiprocess mode), or give "
                    "each an address of its own",
                )
            )
        else:
            rows.append(Restarts(subject, round(sample.value), _HOUR))
    return rows


async def restarts(figures: Figures) -> Sequence[Restarts | Unknown]:
    """Return how often processes and containers started anew within the last hour."""
    names = await figures.names()
    rows: list[Restarts | Unknown] = []
    if _STARTED in names:
        rows += await _of_processes(figures)
    if "kube_pod_container_status_restarts_total" in names:
        parts = ("namespace", "pod", "container")
        reasons = {
            tuple(one.labels.get(part, "") for part in parts): one.labels.get("reason")
            for one in await figures.last(
                "kube_pod_container_status_last_terminated_reason", (*parts, "reason")
            )
        }
        for sample in await figures.grown(
            "kube_pod_container_status_restarts_total", parts, over=_HOUR
        ):
            key = tuple(sample.labels.get(part, "") for part in parts)
            subject = "/".join(filter(None, key))
            rows.append(Restarts(subject, round(sample.value), _HOUR, reasons.get(key)))
    return rows
