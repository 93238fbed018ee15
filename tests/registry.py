"""A registry of packages on loopback: the simple API of Python's, and npm's, with their files."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Scripted:
    """An answer that is given once, instead of the registry's own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Registry:
    """A running registry; `asked` is what came, `delay_s` how long each answer takes."""

    port: int = 0
    delay_s: float = 0.0
    html: bool = False
    validators: bool = True
    password: str | None = None
    asked: list[Asked] = field(default_factory=list)
    scripted: dict[str, list[Scripted]] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Where npm's packages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simple(self) -> str:
        """Where Python's packages are."""
        return f"{self.url}/simple"

    def python(self, name: str, *versions: str, **told: Any) -> None:  # noqa: ANN401 - JSON
        """Offer versions of a Python package, each one wheel; `told` is of each file."""
        files = []
        for place, version in enumerate(versions):
            content = wheel(name, version, told.get("requires", ()))
            file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
            self.files[f"/files/{file}"] = content
            one = {
                "filename": file,
                "url": f"/files/{file}",
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "upload-time": f"2025-01-{place + 1:02}T00:00:00Z",
                "size": len(content),
                "yanked": False,
            }
            files.append(one | {key: value for key, value in told.items() if key != "requires"})
        meta = {"api-version": "1.1"}
        self.documents[f"/simple/{name}/"] = {
            "meta": meta, "name": name, "files": files, "versions": list(versions),
        }  # fmt: skip

    def described(self, name: str, version: str, metadata: str) -> None:
        """Have metadata beside the wheel of a version (PEP 658)."""
        file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        self.files[f"/files/{file}.metadata"] = metadata.encode()
        digest = hashlib.sha256(metadata.encode()).hexdigest()
        for one in self.documents[f"/simple/{name}/"]["files"]:
            if one["filename"] == file:
                one["core-metadata"] = {"sha256": digest}

    def sdist(self, name: str, version: str, members: Mapping[str, str]) -> str:
        """Offer a source archive of a version; return its path."""
        stem = f"{name.replace('-', '_')}-{version}"
        content = packed({f"{stem}/{path}": text for path, text in members.items()})
        path = f"/files/{stem}.tar.gz"
        self.files[path] = content
        self.documents[f"/simple/{name}/"]["files"].append(
            {
                "filename": f"{stem}.tar.gz",
                "url": path,
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "upload-time": "2025-01-01T00:00:00Z",
                "size": len(content),
                "yanked": False,
            }
        )
        return path

    def npm(
        self,
        name: str,
        *versions: str,
        needs: Mapping[str, str] | None = None,
        changelog: str = "",
    ) -> None:
        """Offer versions of a package of npm."""
        told, times = {}, {}
        for place, version in enumerate(versions):
            content = tarball(name, version, needs or {}, changelog)
            path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
            self.files[path] = content
            digest = base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")
            told[version] = {
                "name": name,
                "version": version,
                "dependencies": dict(needs or {}),
                "dist": {
                    "tarball": f"{self.url}{path}",
                    "integrity": f"sha512-{digest}",
                    "unpackedSize": len(content),
                },
            }
            times[version] = f"2025-01-{place + 1:02}T00:00:00.000Z"
        self.documents[f"/{name}"] = {
            "name": name, "dist-tags": {"latest": versions[-1]}, "versions": told, "time": times,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Scripted:
        """Return what is answered."""
        if waiting := self.scripted.get(asked.path):
            return waiting.pop(0)
        if self.password is not None and asked.headers.get("authorization") != self.password:
            return Scripted(401, b"{}")
        if asked.path in self.files:
            return Scripted(200, self.files[asked.path], {"Content-Type": "application/zip"})
        if asked.path not in self.documents:
            return Scripted(404, b"{}")
        return self._document(asked)

    def _document(self, asked: Asked) -> Scripted:
        document = self.documents[asked.path]
        simple = asked.path.startswith("/simple/")
        body, kind = json.dumps(document).encode(), SIMPLE_JSON if simple else "application/json"
        if simple and (self.html or SIMPLE_JSON not in asked.headers.get("accept", "")):
            body, kind = _page(document), "text/html"
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": kind, "Cache-Control": "max-age=0"}
        if self.validators:
            headers["ETag"] = etag
            if asked.headers.get("if-none-match") == etag:
                return Scripted(304, b"", headers)
        return Scripted(200, body, headers)

    @property
    def conditional(self) -> list[bool]:
        """Of each request, whether it only asked if an answer still holds."""
        return ["if-none-match" in one.headers for one in self.asked]


def _page(document: Mapping[str, Any]) -> bytes:
    links = [
        f'<a href="{one["url"]}#sha256={one["hashes"]["sha256"]}"'
        + (f' data-requires-python="{one["requires-python"]}"' if "requires-python" in one else "")
        + (f' data-yanked="{one["yanked"]}"' if one.get("yanked") else "")
        + f">{one['filename']}</a>"
        for one in document["files"]
    ]
    return f"<!DOCTYPE html><html><body>{'<br>'.join(links)}</body></html>".encode()


def wheel(name: str, version: str, requires: tuple[str, ...] = ()) -> bytes:
    """Return a wheel that holds one empty module."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{module}/__init__.py": f'__version__ = "{version}"\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path, (2025, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def tarball(name: str, version: str, needs: Mapping[str, str], changelog: str = "") -> bytes:
    """Return a package of npm that holds an empty module."""
    package = {"name": name, "version": version, "main": "index.js", "dependencies": dict(needs)}
    return packed(
        {
            "package/package.json": json.dumps(package),
            "package/index.js": f"module.exports = '{version}'\n",
            **({"package/CHANGELOG.md": changelog} if changelog else {}),
        }
    )


def packed(members: Mapping[str, str]) -> bytes:
    """Return a packed tar archive, the same for the same members."""
    written = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=written, mode="wb", mtime=0) as whole,
        tarfile.open(fileobj=whole, mode="w") as archive,
    ):
        for path, text in members.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return written.getvalue()


@contextmanager
def serving() -> Iterator[Registry]:
    """Have a registry up on loopback."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            asked = Asked(unquote(self.path), {k.lower(): v for k, v in self.headers.items()})
            with registry.lock:
                registry.asked.append(asked)
                registry.at_once += 1
                registry.most_at_once = max(registry.most_at_once, registry.at_once)
                answer = registry.answer(asked)
            time.sleep(registry.delay_s)
            with registry.lock:
                registry.at_once -= 1
            self.send_response(answer.status)
            headers = dict(answer.headers)
            for key, value in {**headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else answer.body)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        registry.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
