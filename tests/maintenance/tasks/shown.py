"""A web server that shows a certificate, as people have one: nginx, told to load what is new."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port


@dataclass(frozen=True)
class Nginx:
    """A running nginx; `reload` is how it is told to load what is new."""

    port: int
    folder: Path

    @property
    def reload(self) -> tuple[str, ...]:
        return (*_words(self.folder), "-s", "reload")


@contextmanager
def nginx(folder: Path, certificate: Path, key: Path) -> Iterator[Nginx]:
    """Start nginx with a certificate, and end it."""
    port = free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(f"""
        daemon off;
        user root;
        pid {folder}/nginx.pid;
        worker_processes 1;
        events {{ worker_connections 64; }}
        http {{
            access_log off;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {certificate};
                ssl_certificate_key {key};
                return 200 ok;
            }}
        }}
    """)
    process = subprocess.Popen(_words(folder))
    try:
        _wait_for(port)
        yield Nginx(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _words(folder: Path) -> tuple[str, ...]:
    said = str(folder / "said.log")
    return ("nginx", "-e", said, "-p", str(folder), "-c", str(folder / "nginx.conf"))


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")
