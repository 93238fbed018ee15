"""A real registry of images on loopback: Debian's docker-registry, filled by skopeo."""

import hashlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

# `ada` with the password `secret`.
_PASSWORD = "ada:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
_PATIENCE_S = 30


@dataclass(frozen=True)
class ImageRegistry:
    """A running registry; images are pushed into it from their layouts on disk."""

    port: int
    folder: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def push(self, name: str, *tags: str, content: str = "") -> str:
        """Push an image that holds nothing but a label under tags; return its digest."""
        layout = self.folder / f"layout-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        digest = _layout(layout, content)
        for tag in tags:
            subprocess.run(
                [
                    "skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false",
                    "--dest-creds=ada:secret", f"oci:{layout}:one",
                    f"docker://{self.host}/{name}:{tag}",
                ],
                check=True,
                capture_output=True,
            )  # fmt: skip
        return digest


def _layout(folder: Path, content: str) -> str:
    """Write an image without layers; return the digest of its manifest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(value: object, kind: str) -> dict[str, object]:
        data = json.dumps(value).encode()
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(data)}

    config = blob(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"content": content}},
            "rootfs": {"type": "layers", "diff_ids": []},
        },
        "application/vnd.oci.image.config.v1+json",
    )
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = blob({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}, kind)
    named = manifest | {"annotations": {"org.opencontainers.image.ref.name": "one"}}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    return str(manifest["digest"])


@contextmanager
def image_registry(folder: Path) -> Iterator[ImageRegistry]:
    """Have a registry up that lets `ada` in; it is ended afterwards."""
    assert shutil.which("docker-registry"), "script/install-debian installs it"
    assert shutil.which("skopeo"), "script/install-debian installs it"
    port = free_port()
    (folder / "passwords").write_text(_PASSWORD)
    settings = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": {"htpasswd": {"realm": "images", "path": str(folder / "passwords")}},
    }
    (folder / "registry.yml").write_text(json.dumps(settings))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "registry.yml")], stdout=log, stderr=log
        )
    try:
        _wait(port, process, folder / "registry.log")
        yield ImageRegistry(port, folder)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _PATIENCE_S and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))
