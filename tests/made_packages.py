"""Packages that are made by code, and a registry of them on this machine: of PyPI's, and npm's."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


def wheel(name: str, version: str, files: Mapping[str, str], requires: Sequence[str] = ()) -> bytes:
    """Return a wheel of Python that holds these files."""
    about = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    whole = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},{_hash(text)},{len(text)}\n" for path, text in whole.items())
    whole[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in whole.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return packed.getvalue()


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def tarball(manifest: Mapping[str, object], files: Mapping[str, str]) -> bytes:
    """Return a package of npm's that holds these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, text in {"package.json": json.dumps(manifest), **files}.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


@dataclass
class Registry:
    """A registry on this machine; what it has can be added to at any time."""

    address: str = ""
    wheels: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tarballs: dict[str, dict[str, tuple[Mapping[str, object], bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add_wheel(
        self, name: str, version: str, files: Mapping[str, str], requires: Sequence[str] = ()
    ) -> None:
        """Have a version of a package of Python's."""
        file = f"{name}-{version}-py3-none-any.whl"
        self.wheels.setdefault(name, {})[file] = wheel(name, version, files, requires)

    def add_sdist(self, name: str, version: str, backend: str) -> None:
        """Have a version of a package of Python's that is built as it is installed, by that."""
        about = f"{name}-{version}"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for path, text in {
                "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
                "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\n"
                "backend-path = ['.']\n",
                "backend.py": backend,
            }.items():
                entry = tarfile.TarInfo(f"{about}/{path}")
                entry.size, entry.mode = len(text), 0o644
                archive.addfile(entry, io.BytesIO(text.encode()))
        self.wheels.setdefault(name, {})[f"{about}.tar.gz"] = packed.getvalue()

    def add_tarball(
        self,
        name: str,
        version: str,
        files: Mapping[str, str],
        manifest: Mapping[str, object] | None = None,
    ) -> None:
        """Have a version of a package of npm's."""
        whole = {"name": name, "version": version, "main": "index.js", **(manifest or {})}
        self.tarballs.setdefault(name, {})[version] = (whole, tarball(whole, files))

    @property
    def variables(self) -> dict[str, str]:
        """Return what leads the clients to this registry, and to no other."""
        return {
            "UV_DEFAULT_INDEX": f"{self.address}/simple/",
            "PIP_INDEX_URL": f"{self.address}/simple/",
            "PIP_CONFIG_FILE": "/dev/null",
            "npm_config_registry": f"{self.address}/npm/",
        }

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return the kind of what is at a path, and what it holds; None for nothing."""
        self.asked.append(path)
        match path.strip("/").split("/"):
            case ["simple", name] if name in self.wheels:
                links = "".join(
                    f'<a href="/files/{file}#sha256={hashlib.sha256(content).hexdigest()}">'
                    f"{file}</a>\n"
                    for file, content in self.wheels[name].items()
                )
                return "text/html", f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            case ["files", file]:
                found = (one[file] for one in self.wheels.values() if file in one)
                content = next(found, None)
                return None if content is None else ("application/octet-stream", content)
            case ["npm", name] if name in self.tarballs:
                return "application/json", json.dumps(self._packument(name)).encode()
            case ["npm", name, "-", file] if name in self.tarballs:
                version = file.removeprefix(f"{name}-").removesuffix(".tgz")
                return "application/octet-stream", self.tarballs[name][version][1]
        return None

    def _packument(self, name: str) -> Mapping[str, object]:
        versions = {
            version: {
                **manifest,
                "dist": {
                    "tarball": f"{self.address}/npm/{name}/-/{name}-{version}.tgz",
                    "integrity": "sha512-"
                    + base64.b64encode(hashlib.sha512(content).digest()).decode(),
                    "shasum": hashlib.sha1(content).hexdigest(),  # noqa: S324 - npm's own
                },
            }
            for version, (manifest, content) in self.tarballs[name].items()
        }
        return {"name": name, "dist-tags": {"latest": list(versions)[-1]}, "versions": versions}


@contextmanager
def served() -> Iterator[Registry]:
    """Serve an empty registry on this machine."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = registry.answer(unquote(self.path))
            kind, content = found or ("text/plain", b"no")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - as it is asked for

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
