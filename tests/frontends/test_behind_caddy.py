"""Fettle behind a real Caddy, with the settings that its documentation gives."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.frontends.cli.test_stopping import hook
from tests.frontends.test_behind_nginx import CLIENT, ask, both, environ, listening, logged
from tests.servers import free_port

__all__ = ["environ"]

EXAMPLE = Path(__file__).parents[2] / "deploy" / "Caddyfile"


@contextmanager
def caddy(folder: Path, behind: str) -> Iterator[int]:
    """Run Caddy with the example, before a server at an address; yield its port."""
    port = free_port()
    site = EXAMPLE.read_text()
    for before, after in (
        ("127.0.0.1:8470", behind),
        ("\nops.example {", f"\nhttp://127.0.0.1:{port} {{\n\tbind 127.0.0.1"),
    ):
        assert before in site
        site = site.replace(before, after)
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with listening(command, port, HOME=str(folder)):
        yield port


def announced(port: int, path: str, size: int) -> int:
    """Say how large a body will be, and send none of it; return the status of the answer."""
    asked = http.client.HTTPConnection("127.0.0.1", port, 60)
    try:
        asked.putrequest("POST", path)
        asked.putheader("Content-Length", str(size))
        asked.endheaders()
        return asked.getresponse().status
    finally:
        asked.close()


def test_the_log_names_who_asked(environ: dict[str, str], tmp_path: Path) -> None:
    with both(tmp_path, environ, caddy) as (process, _, port):
        answer = ask(port, "GET", "/through", X_Forwarded_For="1.1.1.1")
        requests = {line["path"]: line for line in logged(process)}

    assert answer.status == 404
    assert requests["/through"]["client"] == CLIENT
    assert requests["/through"]["request"] == answer.headers["x-request-id"]


def test_a_delivery_goes_through_and_one_that_is_too_large_is_told_so(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path = hook(environ, tmp_path)
    with both(tmp_path, environ, caddy) as (_, _, port):
        large = json.dumps({"title": "x", "text": "y" * 2_000_000}).encode()
        taken = ask(port, "POST", path, large)
        refused = ask(port, "POST", path, b" " * 3_000_000)
        kept_out = announced(port, path, 5_000_000)

    assert taken.status == 202, taken.body
    assert (refused.status, kept_out) == (413, 413)
    assert b"a request has at most" in refused.body


def test_pages_are_there_and_figures_are_for_the_inside(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with both(tmp_path, environ, caddy) as (_, _, port):
        page = ask(port, "GET", "/login")
        inside = [ask(port, "GET", path).status for path in ("/metrics", "/readyz")]

    assert page.status == 200
    assert re.search(r"fettle(-\d+)?=fettle_v_", page.headers["set-cookie"])
    assert inside == [404, 404]
