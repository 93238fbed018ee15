"""A real Alertmanager notifies a door over loopback: nothing of it is rewritten on the way."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from fettle.intake.mapping import Mapped, Posted, mapping_of
from fettle.store import access, deliveries
from fettle.store.access import CredentialKind
from tests.frontends.api.conftest import Api
from tests.servers import free_port

CONFIGURATION = """
route: {{receiver: fettle, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
- name: fettle
  webhook_configs: [{{url: "{url}"}}]
"""
LABELS = {"alertname": "DiskFull", "instance": "db-1", "service": "main-db", "severity": "critical"}


@asynccontextmanager
async def listening(api: Api) -> AsyncIterator[str]:
    """Let the application answer on a port; give its address."""
    server = uvicorn.Server(uvicorn.Config(api.app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@contextmanager
def alertmanager(folder: Path, url: str) -> Iterator[str]:
    """Run an Alertmanager that notifies an address; give its own."""
    (folder / "alertmanager.yml").write_text(CONFIGURATION.format(url=url))
    port = free_port()
    process = subprocess.Popen(
        [
            "prometheus-alertmanager",
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def alert(url: str, **more: Any) -> None:  # noqa: ANN401 - JSON
    """Tell an Alertmanager of the alert, as soon as it listens."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.post(
                    f"{url}/api/v2/alerts", json=[{"labels": LABELS, **more}]
                )
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code == 200, answer.text
            return


async def arrived(api: Api, number: int) -> Mapped:
    """Wait for so many deliveries; return what the last of them says."""
    while True:
        rows = await deliveries.waiting(api.store.connection, 10, 10**7)
        if len(rows) >= number:
            last = rows[number - 1]
            posted = Posted(last.hook, last.body, last.received_at, last.headers)
            return mapping_of(last.vendor)(posted)
        await asyncio.sleep(0.05)


async def test_it_fires_and_ends(api: Api, tmp_path: Path) -> None:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    key = await access.create_credential(
        api.store.connection, CredentialKind.HOOK, "prod", None, "test"
    )
    async with listening(api) as door:
        with alertmanager(tmp_path, f"{door}/hooks/{key}/alertmanager") as url:
            annotations = {"summary": "The disk of main-db is full"}
            await alert(url, startsAt=began.isoformat(), annotations=annotations)
            (fire,) = (await arrived(api, 1)).signals
            await alert(url, endsAt=datetime.now(UTC).isoformat(), annotations=annotations)
            (end,) = (await arrived(api, 2)).signals

    assert (fire.firing, end.firing) == (True, False)
    assert fire.key == end.key
    assert fire.group == end.group == '{}:{alertname="DiskFull"}'
    assert fire.labels == LABELS
    assert (fire.title, fire.service) == ("The disk of main-db is full", "main-db")
    assert fire.started_at == end.started_at == began
    assert fire.ended_at is None
    assert end.ended_at is not None
    assert end.ended_at > began
