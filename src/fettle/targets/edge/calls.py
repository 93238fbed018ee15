"""Ask an API for a JSON document, and say clearly why there is none."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from fettle.errors import CannotLook, NotAllowed, Unreachable
from fettle.targets.outgoing import LARGEST_ANSWER, Outgoing

_NO_ENTRY = (401, 403)


async def asked(
    outgoing: Outgoing, url: str, token: str, *, body: object = None, grant: str
) -> Any:  # noqa: ANN401 - a document
    """Return what an API answers to a request with a bearer token.

    `grant` is what the token needs. Raises CannotLook.
    """
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(body).encode()
    host = urlsplit(url).hostname or "it"
    try:
        answer = await outgoing.call(
            "GET" if body is None else "POST", url, headers=headers, content=content
        )
    except NotAllowed as error:
        raise CannotLook(error.reason, remedy=error.remedy) from None
    except Unreachable as error:
        raise CannotLook(error.reason, remedy="look again; is its address right?") from None
    _refuse(answer.status, answer.headers, host, grant)
    if len(answer.body) >= LARGEST_ANSWER:
        raise CannotLook(f"{host} answered more than is read of an answer")
    try:
        return json.loads(answer.body, parse_float=_finite, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise CannotLook(
            f"{host} answered {answer.status} with something that is no JSON",
            remedy="is it the address of the API, and not of a page?",
        ) from None


def _finite(text: str) -> float:
    """Return a number; raises ValueError for one beyond all: it would be over no limit at all."""
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _refuse(status: int, headers: Mapping[str, str], host: str, grant: str) -> None:
    if status in _NO_ENTRY:
        raise CannotLook(
            f"{host} refuses the token ({status})", remedy=f"give a token that {grant}"
        )
    if status == 429:
        later = headers.get("retry-after")
        raise CannotLook(
            f"{host} was asked too often (429)",
            remedy=f"look again in {later} s" if later and later.isdigit() else "look again later",
        )
    if not 200 <= status < 300:
        raise CannotLook(f"{host} answered {status}", remedy="is its address right?")
