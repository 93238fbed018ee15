"""What figures of targets mean: their units, what is worse, what can be full; by their names."""

from fettle.maintenance.weeks import Way
from fettle.model.ports_upkeep import Kept

# What people feel comes first, then what runs out.
_FELT = (
    "page_lcp_s",
    "page_inp_s",
    "page_cls_score",
    "answer_s",
    "p95_s",
    "p95_at_most_s",
    "mean_s",
    "error_rate_ratio",
    "failed_ratio",
)
_FULL = (
    "capacity_used_ratio",
    "disk_used_ratio",
    "inodes_used_ratio",
    "connections_used_ratio",
    "file_descriptors_used_ratio",
    "pool_used_ratio",
    "sequence_used_ratio",
    "memory_used_ratio",
)
# Of everything else a rise is worse of times and of these, and a fall of those.
_WORSE_UP = (
    *_FULL,
    "cpu_used_ratio",
    "cpu_waiting_ratio",
    "disk_busy_ratio",
    "load_per_core",
    "queue_waiting_count",
    "refused_ratio",
    "requests_abandoned_ratio",
    "restarts_count",
)
_WORSE_DOWN = ("cache_hit_ratio", "cdn_hit_rate_ratio", "disk_free_bytes", "_up")
# Times that say nothing of how fast anything is.
_NO_TIME = ("clock_off_s",)


def unit(metric: str) -> str:
    """Return the unit of a figure, as charts have it."""
    for ending, name in (("_ratio", "ratio"), ("_bytes", "bytes"), ("_s", "s")):
        if metric.endswith(ending):
            return name
    return ""


def worse(metric: str) -> Way | None:
    """Return which way is worse; None of what only says how much there is to do."""
    if metric.endswith(_WORSE_DOWN):
        return "down"
    timed = metric.endswith("_s") and not metric.endswith(_NO_TIME)
    return "up" if timed or metric.endswith((*_FELT, *_WORSE_UP)) else None


def fills(metric: str) -> bool:
    """Whether it is a share of something that can be full, at 1."""
    return metric.endswith(_FULL)


def rank(one: Kept) -> tuple[int, bool, str, str]:
    """Return what figures are sorted by: what is felt first, then what is of all the target."""
    felt = one.metric.endswith(_FELT)
    told = 0 if felt else 1 if fills(one.metric) else 2 if worse(one.metric) else 3
    return told, bool(one.subject), one.metric, one.subject


def named(metric: str, subject: str = "") -> str:
    """Return what people call a figure."""
    words = metric.removesuffix(f"_{unit(metric)}").replace("_", " ")
    return f"{words} of {subject}" if subject else words
