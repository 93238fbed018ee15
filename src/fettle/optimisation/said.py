"""How figures and addresses of a page are said in sentences."""

from datetime import timedelta

from fettle.model.improvement import Gain
from fettle.model.quantity import Bytes, Ratio, say_duration
from fettle.model.web_address import path_of

_LONGEST = 80
_TITLES = {
    "ttfb": "first byte (TTFB)",
    "fcp": "first paint (FCP)",
    "lcp": "largest paint (LCP)",
    "cls": "layout shift (CLS)",
    "inp": "answer to a click (INP)",
    "fid": "delay of the first click (FID)",
    "tti": "free to act (TTI)",
    "tbt": "blocked (TBT)",
    "server_response": "server's own time",
    "script": "JavaScript as it is sent",
    "stylesheet": "CSS as it is sent",
    "total": "all that is sent",
    "throughput": "used of what its server carries",
}


def title(metric: str) -> str:
    """Return what people call a figure."""
    return _TITLES.get(metric, f"{metric} as it is sent")


def ms(value: float) -> str:
    """Return milliseconds as people say them."""
    return say_duration(timedelta(milliseconds=value))


def figure(metric: str, value: float) -> str:
    """Return a figure as people read it: a score, a share, bytes or a time."""
    if metric == "cls":
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if metric == "throughput":
        return str(Ratio(value))
    if title(metric).endswith("sent"):
        return str(Bytes(value))
    return ms(value)


def name_of(url: str) -> str:
    """Return a file of a page by what tells it from others: its path, with its host's name first.

    What stands behind `?` may be a secret.
    """
    path = path_of(url)
    return path if len(path) <= _LONGEST else f"…{path[-_LONGEST:]}"


def gained(gain: Gain) -> str:
    """Return by how much a figure would be less, as people say it."""
    most = "at most " if gain.at_most else "about "
    return f"{most}{figure(gain.metric, gain.amount)} less: {title(gain.metric)}"


def beside(gain: Gain, came: float) -> str:
    """Return what was reckoned beside what came, as people say it."""
    more = "less" if came >= 0 else "more"
    return f"{gained(gain)}; it is {figure(gain.metric, abs(came))} {more}"
