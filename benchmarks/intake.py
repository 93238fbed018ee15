"""How much arrives in a burst, beside Alertmanager; and how soon people are told.

A burst is 10,000 alerts of 1,000 services in requests of 20, over a few connections; Fettle, as
`fettle up` on its embedded PostgreSQL, keeps each request on disk before it answers, Alertmanager
keeps alerts in memory. Both take the same alerts by turns.
"""

import json
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import load, results
from benchmarks.house import House, house, until
from benchmarks.load import Load
from benchmarks.quantiles import milliseconds, quantile
from tests.alertmanager import webhook
from tests.flow.hearing import Hearing, hearing
from tests.servers import free_port

RUNS = 5
ALERTS, GROUPS, IN_ONE, CONNECTIONS = 10_000, 1_000, 20, 8
RATE, SECONDS = 50, 60
BURST, TELLING = "A burst of 10,000 alerts", "From alert to notification"
_UNLIMITED: Mapping[str, Any] = {"intake": {"rate": 100_000, "burst": 100_000}}
_ALERTMANAGER = """
route: {receiver: nobody, group_by: [service]}
receivers: [{name: nobody}]
"""


def main() -> None:
    """Measure, and write the sections."""
    _burst()
    _telling()


# A burst


@dataclass(frozen=True)
class Burst:
    """What became of one: how it was answered, and how long until it was issues."""

    load: Load
    absorbed_s: float | None = None

    @property
    def alerts_a_second(self) -> float:
        """How many were answered a second."""
        return ALERTS / self.load.lasted


def _burst() -> None:
    load_before = results.load_before()
    ours: list[Burst] = []
    theirs: list[Burst] = []
    with house(_UNLIMITED) as fettle, _alertmanager() as alertmanager:
        _one(fettle, "warm", 1000)
        for number in range(RUNS):
            ours.append(_one(fettle, f"run{number}", ALERTS))
            if alertmanager is not None:
                theirs.append(_peer(alertmanager, f"run{number}"))
        alerts, issues = fettle.count("alert"), fettle.count("issue")
    rows = [_row("fettle", ours), *([_row(f"Alertmanager {_version()}", theirs)] if theirs else [])]
    absorbed = [one.absorbed_s for one in ours if one.absorbed_s is not None]
    a_second = ALERTS / statistics.median(absorbed)
    text = (
        f"{ALERTS:,} alerts in {GROUPS:,} groups, {IN_ONE} a request, over {CONNECTIONS} "
        "connections; load generator on the same machine. All are issues "
        f"{results.spread(absorbed)} after the first was sent ({a_second:,.0f} alerts a second); "
        f"in the store in the end: {alerts:,} alerts, {issues:,} issues. Promised: 1,500 alerts a "
        "second, p99 under 250 ms, all stored."
    )
    head = f"| | alerts/s, median of {RUNS} interleaved (range) | p50 | p99 a request | refused |"
    lines = [text, "", head, "| --- | --- | --- | --- | --- |", *rows]
    if theirs:
        ratio = _median(theirs) / _median(ours)
        lines += [
            "",
            f"Alertmanager, which keeps nothing on disk, takes {ratio:.1f} times as many.",
        ]
    results.write(BURST, lines, [load_before])


def _one(fettle: House, name: str, alerts: int) -> Burst:
    """Send a burst, and wait until it has become issues."""
    door = f"{fettle.url}/hooks/{fettle.key}/alertmanager"
    bodies = [json.dumps(_webhook(part)).encode() for part in _alerts(name, alerts)]
    before = fettle.count("alert")
    began = time.monotonic()
    sent = load.send(door, bodies, connections=CONNECTIONS)
    fettle.wait_until("delivery WHERE state = 'waiting'", 0)
    absorbed = time.monotonic() - min(one.at for one in sent.sent)
    assert fettle.count("alert") == before + alerts, "some are lost"
    assert began < sent.sent[0].at
    return Burst(sent, absorbed)


def _peer(url: str, name: str) -> Burst:
    bodies = [json.dumps(list(map(_posted, part))).encode() for part in _alerts(name, ALERTS)]
    return Burst(load.send(f"{url}/api/v2/alerts", bodies, connections=CONNECTIONS))


def _alerts(name: str, many: int) -> Iterator[list[dict[str, Any]]]:
    """Give the alerts, as many as go into one request: as Prometheus knows them."""
    now = datetime.now(UTC).isoformat()
    for first in range(0, many, IN_ONE):
        yield [
            {
                "labels": {
                    "alertname": "HighLatency",
                    "service": f"{name}-service-{number * GROUPS // many}",
                    "instance": f"10.0.{number // 256}.{number % 256}:9090",
                    "severity": "warning",
                    "run": name,
                },
                "annotations": {
                    "summary": "Requests take longer than a second",
                    "description": f"The 95th percentile of i-{number:08x} is 1.7 s, not 0.2.",
                },
                "startsAt": now,
                "generatorURL": "http://prometheus.example/graph?g0.expr=latency",
            }
            for number in range(first, first + IN_ONE)
        ]


def _posted(alert: Mapping[str, Any]) -> dict[str, Any]:
    return dict(alert)


def _webhook(alerts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give alerts as Alertmanager's webhook sends them on, grouped by nothing."""
    firing = {"status": "firing", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": ""}
    return webhook([{**alert, **firing} for alert in alerts])


@contextmanager
def _alertmanager() -> Iterator[str | None]:
    """Have Debian's Alertmanager up, where it is installed."""
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="alertmanager-") as folder:
        config = Path(folder) / "alertmanager.yml"
        config.write_text(_ALERTMANAGER, encoding="utf-8")
        address = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.path={folder}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: _answers(f"http://{address}/-/ready"))
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _version() -> str:
    said = subprocess.run(
        ["prometheus-alertmanager", "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.partition("version ")[2].split(" ")[0].rstrip(",")


def _row(name: str, bursts: Sequence[Burst]) -> str:
    each = [one.alerts_a_second for one in bursts]
    p50 = [quantile([sent.took for sent in one.load.sent], 0.50) for one in bursts]
    p99 = [quantile([sent.took for sent in one.load.sent], 0.99) for one in bursts]
    refused = sum(one.load.refused for one in bursts)
    return (
        f"| {name} | {_median(bursts):,.0f} ({min(each):,.0f}–{max(each):,.0f}) | "
        f"{milliseconds(p50)} | {milliseconds(p99)} | {refused} |"
    )


def _median(bursts: Sequence[Burst]) -> float:
    return statistics.median(one.alerts_a_second for one in bursts)


# Telling


def _telling() -> None:
    load_before = results.load_before()
    with hearing() as told:
        free = _told(told, most_a_minute=100_000)
    with hearing() as told:
        usual = _told(told, most_a_minute=20)
    waits = sorted(free.waits.values())
    p50, p99 = quantile(waits, 0.5), quantile(waits, 0.99)
    gaps = quantile(sorted(usual.waits.values()), 0.99)
    results.write(
        TELLING,
        [
            (
                f"{RATE} alerts a second for {SECONDS} s, each an issue of its own, told to one "
                f"webhook on loopback; from the moment before the alert was sent to the moment at "
                f"which the webhook had the notification. Promised: p99 under 2 s."
            ),
            "",
            "| | notifications | p50 | p99 | longest |",
            "| --- | --- | --- | --- | --- |",
            (
                f"| no limit | {len(waits):,} of {RATE * SECONDS:,} | {1000 * p50:.0f} ms | "
                f"{1000 * p99:.0f} ms | {1000 * waits[-1]:.0f} ms |"
            ),
            "",
            (
                f"With the limit that is shipped, 20 a minute, the webhook got {usual.calls} "
                f"notifications: {len(usual.waits)} singly (p99 {gaps:.1f} s), and "
                f"{usual.digests} digests of the other {RATE * SECONDS - len(usual.waits):,}."
            ),
        ],
        [load_before],
    )


@dataclass(frozen=True)
class Telling:
    """How long it took until each alert was told by itself, by its number; digests beside them."""

    waits: Mapping[int, float]
    digests: int
    calls: int


def _told(told: Hearing, most_a_minute: int) -> Telling:
    settings = {
        **_UNLIMITED,
        "outgoing": {"allow": ["127.0.0.1"], "most_a_minute": most_a_minute},
        "receiver": [{"name": "web", "url": f"{told.url}/MEMBER"}],
    }
    with house(settings) as fettle:
        door = f"{fettle.url}/hooks/{fettle.key}/alertmanager"
        bodies = [json.dumps(_webhook([alert])).encode() for alert in _singles(RATE * SECONDS)]
        sent = load.send(door, bodies, connections=CONNECTIONS, rate=RATE)
        fettle.wait_until("delivery WHERE state = 'waiting'", 0)
        fettle.wait_until("outbox WHERE state = 'waiting' AND event = 'opened'", 0)
        issues = dict(fettle.ask("SELECT title, number FROM issue"))
    at = {one.issue: one.at for one in told.heard if one.event == "opened"}
    waits = {
        number: at[issues[_title(number)]] - one.at
        for number, one in enumerate(sent.sent)
        if issues[_title(number)] in at
    }
    digests = sum(one.event == "digest" for one in told.heard)
    return Telling(waits, digests, len(told.heard))


def _singles(many: int) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC).isoformat()
    for number in range(many):
        yield {
            "labels": {"alertname": "Down", "instance": str(number), "severity": "critical"},
            "annotations": {"summary": _title(number)},
            "startsAt": now,
        }


def _title(number: int) -> str:
    return f"Instance {number} answers no more"


if __name__ == "__main__":
    main()
