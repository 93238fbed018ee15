"""Lines as web servers write them, and what reading them comes to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from fettle.targets.access_logs.read import Reading, Summed
from fettle.targets.access_logs.tally import Route

# one request: GET /products/7?page=2, status 200, in 125 ms
_HEAD = '203.0.113.7 - ada [20/Nov/2026:10:00:00 +0000] "GET /products/7?page=2 HTTP/1.1" 200 512'
_AGENT = '"https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64)"'
COMBINED = f"{_HEAD} {_AGENT}"
TIMED = {
    "nginx with $request_time": f"{COMBINED} 0.125",
    "nginx with both times": f"{COMBINED} 0.125 0.120",
    "nginx with both times and an upstream": f'{COMBINED} "10.0.0.9" 0.125 0.120 10.0.0.1:80 .',
    "nginx with quoted times": f'{COMBINED} "-" "0.125" "0.120"',
    "nginx with names": f'{COMBINED} rt=0.125 uct="0.001" uht="0.119" urt="0.120"',
    "nginx with names and more": f"{COMBINED} host=shop.example, request_time=0.125, urt=0.120",
    "with a virtual host": f"shop.example:443 {COMBINED} 0.125",
    "with an address of IPv6": f"[2001:db8::1]:443 {COMBINED} 0.125",
    "Traefik": f'{_HEAD} "-" "-" 12 "shop@docker" "http://10.0.0.7:80" 125ms',
    "Caddy": json.dumps(
        {
            "level": "info",
            "ts": 1795168800.0,
            "logger": "http.log.access.log0",
            "msg": "handled request",
            "request": {"method": "GET", "uri": "/products/7?page=2", "host": "shop.example"},
            "duration": 0.125,
            "status": 200,
        }
    ),
    "Traefik in JSON": json.dumps(
        {
            "RequestMethod": "GET",
            "RequestPath": "/products/7?page=2",
            "DownstreamStatus": 200,
            "Duration": 125_000_000,
            "StartUTC": "2026-11-20T10:00:00.123456789Z",
            "time": "2026-11-20T10:00:00Z",
        }
    ),
    "nginx in JSON": json.dumps(
        {
            "time_iso8601": "2026-11-20T10:00:00+00:00",
            "request_method": "GET",
            "request_uri": "/products/7?page=2",
            "status": "200",
            "request_time": "0.125",
        }
    ),
    "nginx in JSON, with a request line": json.dumps(
        {
            "@timestamp": "2026-11-20T10:00:00+00:00",
            "request": "GET /products/7?page=2 HTTP/2.0",
            "status": 200,
            "request_time": 0.125,
        }
    ),
    "Envoy": json.dumps(
        {
            "start_time": "2026-11-20T10:00:00.000Z",
            "method": "GET",
            "path": "/products/7?page=2",
            "response_code": 200,
            "duration": 125,
        }
    ),
    "pino": json.dumps(
        {
            "level": 30,
            "time": 1795168800000,
            "req": {"method": "GET", "url": "/products/7?page=2"},
            "res": {"statusCode": 200},
            "responseTime": 125,
        }
    ),
}
UNTIMED = {
    "common": _HEAD,
    "combined": COMBINED,
    "nginx's main": f'{COMBINED} "10.0.0.9"',
    "Apache with %D, whose unit nobody knows": f"{COMBINED} 125000",
    "Vercel's drain": json.dumps(
        {
            "source": "lambda",
            "timestamp": 1795168800000,
            "proxy": {
                "timestamp": 1795168800000,
                "method": "GET",
                "path": "/products/7?page=2",
                "statusCode": 200,
            },
        }
    ),
}


def line(
    at: str = "10:00:00",
    request: str = "GET / HTTP/1.1",
    status: int = 200,
    took: str = "0.125",
    day: str = "20/Nov/2026",
) -> str:
    """Return a line of nginx with $request_time."""
    return f'203.0.113.7 - - [{day}:{at} +0000] "{request}" {status} 512 "-" "curl/8" {took}'


def written(path: Path, lines: Sequence[str | bytes]) -> Path:
    """Write lines into a file, as they are."""
    raw = [one if isinstance(one, bytes) else one.encode() for one in lines]
    path.write_bytes(b"".join(one + b"\n" for one in raw))
    return path


def read(path: Path, since: float | None = None, format_: str | None = None) -> Summed:
    """Read a whole log, or from a moment on."""
    return Reading(str(path), since, format_).summed()


def routes(path: Path) -> Mapping[str, Route]:
    """Return the routes of a whole log."""
    return read(path).tally.routes()
