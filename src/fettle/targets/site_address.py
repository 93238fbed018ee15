"""Addresses of sites: read, and shown without what could be a secret."""

import re
from urllib.parse import SplitResult, urlsplit

from fettle.errors import WrongUsage

_LONGEST = 200


def shown(url: str) -> str:
    """Return an address as it may be printed: no user, no password, no query.

    Raises WrongUsage for what is no address of a web server.
    """
    read, given = split(url)
    port = f":{given}" if given else ""
    host = f"[{read.hostname}]" if ":" in str(read.hostname) else read.hostname
    return f"{read.scheme}://{host}{port}{read.path.rstrip('/')}"


def shown_location(location: str) -> str:
    """Return where a redirect leads as it may be printed: who asked may have written its secrets.

    What is no whole address stays as it is, but for its query.
    """
    place = re.split(r"[?#]", location, maxsplit=1)[0]
    return re.sub(r"(//)[^/]*@", r"\1", place)[:_LONGEST]


def split(url: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an address, and the port that it names.

    Raises WrongUsage for what is no address of a web server.
    """
    try:
        read = urlsplit(url)
        port = read.port
    except ValueError as error:
        raise WrongUsage(
            f"that is no address of a site: {error}", remedy="write it like https://host/path"
        ) from None
    if read.scheme not in ("http", "https") or not read.hostname:
        raise WrongUsage(
            "that is no address of a site: it names no host", remedy="write it like https://host"
        )
    return read, port
