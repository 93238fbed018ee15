"""What sites give, what their TLS takes, and what could not be asked is seen on real servers."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType

import pytest

from fettle.maintenance.security import web
from fettle.model.security import Look, Site, Skipped
from fettle.model.severity import Severity
from fettle.targets.probing import wire
from fettle.targets.security import sites
from tests.certificates import authority, made

GOOD = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Set-Cookie": "session=1; Secure; HttpOnly; SameSite=Lax",
}


@contextmanager
def served(
    pages: Mapping[str, tuple[int, str]],
    headers: Mapping[str, str] = GOOD,
    context: ssl.SSLContext | None = None,
    redirects: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:
    """Serve pages; any other path is the page of "*", or hangs up where there is none.

    What redirects says nothing but where to.
    """

    class Answering(BaseHTTPRequestHandler):
        def version_string(self) -> str:
            return "a server"

        def do_GET(self) -> None:
            page = pages.get(self.path) or pages.get("*")
            if page is None:
                return
            status, body = page
            self.send_response(status)
            led = redirects.get(self.path)
            for name, value in ({"Location": led} if led else headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{server.server_port}/"
        server.shutdown()


async def look(url: str) -> Look:
    return web.of_sites([await sites.site("shop", url, ["127.0.0.1"])])


def said(found: Look) -> list[str]:
    return [one.says.partition(": ")[2] for one in found.weaknesses]


_PAGE = "<!doctype html><html><body>A_KEY=like words, [core] and ref: refs/ in a page"


async def test_a_site_that_gives_nothing_away_is_clean_but_for_its_missing_tls() -> None:
    with served({"/": (200, "hello"), "*": (404, "not here")}) as url:
        found = await look(url)
    assert [one.says for one in found.weaknesses] == [f"{url.rstrip('/')} has no TLS"]
    assert not found.skipped


async def test_a_page_for_every_path_is_not_taken_for_what_is_feared() -> None:
    with served({"*": (200, _PAGE)}) as url:
        found = await look(url)
    assert not any("may read" in says for says in said(found))


@pytest.mark.parametrize(
    ("path", "body", "severity"),
    [
        ("/.git/HEAD", "ref: refs/heads/main\n", Severity.CRITICAL),
        ("/.git/config", "[core]\n\tbare = false\n", Severity.CRITICAL),
        ("/.env", "# ours\nDATABASE_URL=postgresql://x\n", Severity.CRITICAL),
        ("/phpinfo.php", "<html><title>PHP 8.2 - phpinfo()</title>", Severity.HIGH),
    ],
)
async def test_what_nobody_is_to_have_is_known_by_what_it_says(
    path: str, body: str, severity: Severity
) -> None:
    with served({path: (200, body), "*": (200, _PAGE)}) as url:
        found = await look(url)
    (weakness,) = (one for one in found.weaknesses if "may read" in one.says)
    assert weakness.severity is severity
    assert weakness.says.endswith(f"everybody may read {path}")
    assert "DATABASE_URL" not in str(found)  # a secret that was found is told to nobody


async def test_headers_are_those_of_the_page_that_is_shown_in_the_end() -> None:
    pages = {"/": (302, ""), "*": (404, "no")}
    with served(pages, GOOD, redirects={"/": "/login"}) as url:
        found = await look(url)
    assert [one.says for one in found.weaknesses] == [f"{url.rstrip('/')} has no TLS"]


async def test_a_debug_page_is_found() -> None:
    django = "<p>You're seeing this error because you have <code>DEBUG = True</code></p>"
    with served({"/": (200, "hello"), "*": (404, django)}) as url:
        found = await look(url)
    assert "a page that is not there shows Django's debug page" in said(found)


async def test_headers_that_leave_something_open_are_found() -> None:
    headers = {"Server": "Apache/2.4.57", "Set-Cookie": "session=1; path=/"}
    with served({"*": (404, "no")}, headers) as url:
        found = await look(url)
    told = "; ".join(said(found))
    for part in ("guess", "frame", "scripts", "its version", "Apache/2.4.57", "HttpOnly"):
        assert part in told
    assert "Secure" not in told  # which a site without TLS cannot have


async def test_what_hangs_up_in_the_middle_is_not_called_clean() -> None:
    with served({"/": (200, "hello")}) as url:
        found = await look(url)
    assert len(found.skipped) == 6
    assert {one.reason for one in found.skipped} == {"it gave no answer to that"}


async def test_a_site_that_does_not_answer_is_skipped() -> None:
    told = await sites.site("shop", "http://127.0.0.1:9/", ["127.0.0.1"])
    assert isinstance(told, Skipped)
    assert "no connection" in told.reason


@pytest.fixture
def believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Give a server's TLS, whose authority this machine believes."""
    ours = authority()
    (tmp_path / "ours.pem").write_bytes(ours.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours.pem"))
    wire.believing.cache_clear()
    yield made("shop", ["127.0.0.1"], by=ours).server(tmp_path)
    wire.believing.cache_clear()


async def test_what_tls_takes_is_found_by_offering_it(believed: ssl.SSLContext) -> None:
    with served({"*": (404, "no")}, context=believed) as url:
        found = await look(url)
    (told,) = (one.how for one in found.looked if one.area == "TLS")
    assert told.endswith("; nothing older")
    assert not found.weaknesses


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_tls_is_found(believed: ssl.SSLContext) -> None:
    believed.set_ciphers("ALL:@SECLEVEL=0")
    believed.minimum_version = ssl.TLSVersion.TLSv1
    with served({"*": (404, "no")}, context=believed) as url:
        found = await look(url)
    assert any("TLS that is no longer safe: TLSv1" in says for says in said(found))


async def test_hsts_that_is_missing_or_short_is_found(believed: ssl.SSLContext) -> None:
    short = {**GOOD, "Strict-Transport-Security": "max-age=300"}
    with served({"*": (404, "no")}, short, believed) as url:
        assert "HSTS: it lasts too short" in said(await look(url))


def test_what_a_handshake_could_not_tell_is_skipped() -> None:
    headers = {name.lower(): (value,) for name, value in GOOD.items()}
    site = Site("shop", "https://shop.example", 200, headers)
    assert [one.area for one in web.of_sites([site]).skipped] == ["TLS"]
    half = Site("shop", "https://shop.example", 200, headers, version="TLSv1.3", cipher="x")
    assert len(web.of_sites([half]).skipped) == 2
    answers = Site("shop", "https://shop.example", 200, headers, plain="answers")
    assert "sends nobody to https" in said(web.of_sites([answers]))[0]
