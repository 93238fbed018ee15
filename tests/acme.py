"""A real ACME authority on loopback: Debian's pebble, with a DNS server that knows every name."""

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.certificates import authority, made
from tests.servers import free_port


@dataclass(frozen=True)
class Acme:
    """An authority: where it is spoken to, whom to believe there, and whom its certificates name.

    It looks for the proof of a name at `http_port` of this machine.
    """

    directory: str
    believed: Path
    root: Path
    http_port: int

    def obtain(self, tool: str, store: Path, *domains: str) -> None:
        """Obtain a first certificate, as somebody does by hand."""
        named = [word for domain in domains for word in ("--domains", domain)]
        words = {
            "lego": ["lego", "--path", str(store), *named, *self.arguments("lego", store), "run"],
            "certbot": [
                "certbot", "certonly", "--cert-name", domains[0], *named,
                "--config-dir", str(store), "--agree-tos", "--register-unsafely-without-email",
                "--non-interactive",
                *self.arguments("certbot", store),
            ],
        }[tool]  # fmt: skip
        done = subprocess.run(
            words, env={**os.environ, **self.variables}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def arguments(self, tool: str, store: Path) -> tuple[str, ...]:
        """Return what a tool is given to speak to it, and to prove names."""
        if tool == "lego":
            accept = ("--email", "ada@shop.example", "--accept-tos", "--server", self.directory)
            return (*accept, "--http", "--http.port", f"127.0.0.1:{self.http_port}")
        folders = ("--work-dir", str(store / "work"), "--logs-dir", str(store / "logs"))
        at = ("--http-01-port", str(self.http_port), "--http-01-address", "127.0.0.1")
        return ("--server", self.directory, "--standalone", *at, *folders)

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which its tools believe it."""
        return {
            "LEGO_CA_CERTIFICATES": str(self.believed),
            "REQUESTS_CA_BUNDLE": str(self.believed),
        }


@contextmanager
def pebble(folder: Path) -> Iterator[Acme]:
    """Start an authority, and end it."""
    ours = authority("who signs pebble's door")
    door = made("localhost", ["localhost", "127.0.0.1"], by=ours)
    believed = folder / "believed.pem"
    believed.write_bytes(ours.pem)
    key = door.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "door.key").write_bytes(key)
    (folder / "door.pem").write_bytes(door.pem)
    listens, manages, proves, names = (free_port() for _ in range(4))
    config = {
        "listenAddress": f"127.0.0.1:{listens}",
        "managementListenAddress": f"127.0.0.1:{manages}",
        "certificate": str(folder / "door.pem"),
        "privateKey": str(folder / "door.key"),
        "httpPort": proves,
        "tlsPort": free_port(),
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "certificateValidityPeriod": 90 * 86_400,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    asked = f"127.0.0.1:{names}"
    nothing = ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
    managed = ["-management", f"127.0.0.1:{free_port()}"]
    knows = ["pebble-challtestsrv", "-dns01", asked, *managed, *nothing]
    signs = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", asked]
    with _running(knows, folder / "names.log"), _running(signs, folder / "pebble.log"):
        for port in (listens, manages):
            _wait_for(port)
        root = folder / "root.pem"
        root.write_bytes(_asked(f"https://localhost:{manages}/roots/0", believed))
        yield Acme(f"https://localhost:{listens}/dir", believed, root, proves)


@contextmanager
def _running(words: list[str], log: Path) -> Iterator[None]:
    # a name that was proved once is proved: tools wait for seconds before they ask again; and
    # none is turned away on purpose, which certbot takes once
    as_we_like = {"VA_NOSLEEP": "1", "AUTHZREUSE": "100", "WFE_NONCEREJECT": "0"}
    environment = {**os.environ, **{f"PEBBLE_{name}": of for name, of in as_we_like.items()}}
    with log.open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")


def _asked(url: str, believed: Path) -> bytes:
    context = ssl.create_default_context(cafile=believed)
    with urllib.request.urlopen(url, context=context) as answer:
        found: bytes = answer.read()
    return found
