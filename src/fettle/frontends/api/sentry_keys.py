"""The key that whoever sends errors carries: in a header, in the address, in a DSN.

Source: https://develop.sentry.dev/sdk/foundations/transport/authentication/
"""

import re
from urllib.parse import urlsplit

from starlette.requests import Request

from fettle.errors import NotIdentified

# `Sentry sentry_version=7, sentry_key=abc, sentry_client=…`; blanks and the scheme may be missing
_IN_HEADER = re.compile(r"(?:^|[\s,])sentry_key\s*=\s*\"?([^\s,\"]{1,200})")
_REMEDY = "fettle key create --kind errors --name NAME prints the DSN to configure"


def in_request(request: Request) -> str | None:
    """Return the key that a Sentry SDK sends beside its body; None where it sends none."""
    for name in ("x-sentry-auth", "authorization"):
        if found := _IN_HEADER.search(request.headers.get(name, "")):
            return found[1]
    return request.query_params.get("sentry_key") or None


def in_dsn(dsn: str | None) -> str:
    """Return the key that an envelope's DSN holds; raises NotIdentified."""
    try:
        secret = urlsplit(dsn or "").username
    except ValueError:
        secret = None
    if not secret:
        raise NotIdentified(
            "the request carries no key: neither X-Sentry-Auth, nor sentry_key in its address, nor "
            "the DSN in its envelope",
            remedy=_REMEDY,
        )
    return secret


def in_headers(request: Request) -> str:
    """Return the key that an OpenTelemetry exporter sends; raises NotIdentified."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    given = request.headers.get("x-fettle-key") or (secret if scheme.lower() == "bearer" else "")
    if not given.strip():
        raise NotIdentified(
            "the request carries no key",
            remedy="send it as x-fettle-key, or as Authorization: Bearer …; "
            "OTEL_EXPORTER_OTLP_HEADERS=x-fettle-key=KEY does",
        )
    return given.strip()
