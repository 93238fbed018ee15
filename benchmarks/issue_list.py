"""How long the list of issues takes, with 100,000 of them, over HTTP."""

from collections.abc import Mapping
from urllib.parse import urlencode

from benchmarks import load, results
from benchmarks.house import House, house
from benchmarks.quantiles import milliseconds, quantile

RUNS = 5
ISSUES, REQUESTS = 100_000, 60
TITLE = "The list of 100,000 issues"
_PAGES: Mapping[str, Mapping[str, str | int]] = {
    "the first page, 50 issues": {},
    "the first page, 200 issues": {"limit": 200},
    "those that have not ended": {"live": "true"},
    "critical ones": {"severity": "critical"},
    "acknowledged ones of one team": {"status": "acknowledged", "team": "team-4"},
    "acknowledged ones of a team that has none": {"status": "acknowledged", "team": "team-3"},
    "of one service": {"service": "service-42"},
    "of a service that has none": {"service": "unheard-of"},
    "by a word that is common": {"q": "latency"},
    "by a word that is rare": {"q": "needle77"},
    "a page in the middle": {"cursor": ISSUES // 2},
    "the last page": {"cursor": 51},
    "closed ones, from the middle": {"status": "closed", "cursor": ISSUES // 2},
}
# Nearly a year of issues, of which nine of ten have ended; severities, teams and services are as
# uneven as they are, and no two took equally long.
_FILL = """
INSERT INTO issue (
    title, description, status, severity, priority, category, services, team, classification,
    milestones, opened_at, changed_at, calls_since, ended_at
)
SELECT
    'Latency of service ' || n %% 200 || ' is high, number ' || n,
    'The 95th percentile is 1.7 s; see needle' || n %% 5000,
    s.status,
    (n * 7) %% 5,
    (ARRAY['p4', 'p4', 'p3', 'p2', 'p1'])[1 + (n * 7) %% 5],
    'performance',
    ARRAY['service-' || n %% 200],
    'team-' || n %% 8,
    c.classification,
    jsonb_build_object(
        'started', a.at,
        'detected', a.at + n * 7919 %% 900 * interval '1 s',
        'acknowledged', CASE WHEN s.status <> 'triaged' AND n %% 3 > 0
            THEN a.at + (900 + n * 6007 %% 1800) * interval '1 s' END,
        'mitigated', CASE WHEN s.status = 'closed'
            THEN a.at + (2700 + n * 7907 %% 30000) * interval '1 s' END,
        'resolved', CASE WHEN s.status = 'closed'
            THEN a.at + (32700 + n * 9973 %% 80000) * interval '1 s' END
    ),
    a.at,
    a.at,
    a.at,
    CASE WHEN s.status = 'closed' THEN now() END
FROM
    generate_series(1, %(many)s) AS n,
    LATERAL (SELECT now() - (%(many)s - n) * interval '5 min' AS at) AS a,
    LATERAL (
        SELECT CASE WHEN n %% 10 > 0 THEN 'closed' WHEN n %% 20 > 0 THEN 'triaged'
            ELSE 'acknowledged' END AS status
    ) AS s,
    (SELECT classification FROM issue LIMIT 1) AS c
"""
_CLOCKS = """
INSERT INTO clock_event (issue, clock, at, act, target, hours, reason)
SELECT i.number, c.clock, i.opened_at, c.act, c.target, c.hours, c.reason
FROM issue AS i, (SELECT * FROM clock_event WHERE issue = 1) AS c
WHERE i.number > 1
"""


def main() -> None:
    """Measure, and write the section."""
    load_before = results.load_before()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in _PAGES}
    with house({"team": [{"name": f"team-{number}"} for number in range(8)]}) as fettle:
        fill(fettle)
        for _ in range(RUNS):
            for name, asked in _PAGES.items():
                took[name].append(_ask(fettle, asked))
    rows = [
        f"| {name} | {milliseconds([p50 for p50, _ in each])} | "
        f"{milliseconds([p99 for _, p99 in each])} |"
        for name, each in took.items()
    ]
    results.write(
        TITLE,
        [
            (
                f"`GET /api/v1/issues` of a `fettle up` with {ISSUES:,} issues, {REQUESTS} "
                "requests of each kind, one after the other. Promised: under 100 ms at the server."
            ),
            "",
            f"| | p50, median of {RUNS} interleaved (range) | p99 |",
            "| --- | --- | --- |",
            *rows,
        ],
        [load_before],
    )


def fill(fettle: House) -> None:
    """Open one issue as it is opened, and lay many like it beside it."""
    alert = '{"routing_key": "%s", "event_action": "trigger", "dedup_key": "one", "payload": %s}'
    said = '{"summary": "Latency is high", "source": "prober", "severity": "critical"}'
    body = (alert % (fettle.key, said)).encode()
    load.send(f"{fettle.url}/v2/enqueue", [body], connections=1)
    fettle.wait_until("issue", 1)
    fettle.ask(_FILL, many=ISSUES - 1)
    fettle.ask(_CLOCKS)
    fettle.ask("VACUUM ANALYZE")


def _ask(fettle: House, asked: Mapping[str, str | int]) -> tuple[float, float]:
    """Ask again and again; return p50 and p99."""
    query = f"?{urlencode(asked)}" if asked else ""
    found = load.send(
        f"{fettle.url}/api/v1/issues",
        [query.encode()] * REQUESTS,
        method="GET",
        connections=1,
        headers=[f"Authorization: Bearer {fettle.token}"],
    )
    assert not found.refused, "the list was refused"
    took = [one.took for one in found.sent]
    return quantile(took, 0.50), quantile(took, 0.99)


if __name__ == "__main__":
    main()
