"""podman or docker, as new images are tried: pulled, started without the network, asked how it is.

A container has no volume, no port and none of the project's secrets but the variables that the
settings name; it is bounded like tests are, and gone afterwards.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fettle.errors import ActFailed, CannotLook
from fettle.settings.rehearsing import RehearsalSettings
from fettle.targets.running import Ended, How, found, run

LABEL = "fettle.rehearsal"
MARK = "containers"
_HANDED_ON = (
    "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST", "CONTAINERS_CONF", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip
_QUICK = timedelta(seconds=60)
_SETTLED_S = 3.0  # by then what cannot start has ended
_POLL_S = 0.5


@dataclass(frozen=True)
class Engine:
    """A container engine that answers; `program` is where it is."""

    program: str
    environ: Mapping[str, str] = field(repr=False)

    @property
    def is_podman(self) -> bool:
        """Whether it is podman, which runs no health checks by itself where systemd is not."""
        return Path(self.program).name == "podman"

    async def call(
        self, words: Sequence[str], within: timedelta = _QUICK, variables: Sequence[str] = ()
    ) -> Ended:
        """Call it; raises ActFailed when that takes too long."""
        how = How(within, self.environ, (*_HANDED_ON, *variables))
        return await run([self.program, *words], how)

    async def pull(self, image: str, within: timedelta) -> str:
        """Pull an image; return the digest that it has. Raises ActFailed."""
        ended = await self.call(["pull", "--quiet", image], within)
        if ended.status:
            raise ActFailed(f"{image} cannot be pulled: {ended.last_words}")
        told = await self._told(["image", "inspect", image])
        digests = [str(one) for one in told.get("RepoDigests") or ()]
        return next((one.partition("@")[2] for one in digests if "@sha256:" in one), "")

    async def refuse_unwell(self, image: str, name: str, settings: RehearsalSettings) -> str:
        """Run an image and its health check; say what that told. Raises ActFailed where it fails.

        It is in a container of that name, labelled for whoever cleans up.
        """
        label = f"{LABEL}={name.rpartition('.')[0]}"
        words = ["run", "--name", name, "--label", label, "--network", "none", "--pull", "never"]
        words += ["--memory", str(int(settings.memory)), "--pids-limit", str(settings.processes)]
        words += ["--security-opt", "no-new-privileges"]
        variables = [one for one in settings.variables if one in self.environ]
        words += [part for one in variables for part in ("--env", one)]
        try:
            if settings.image_check:
                words += [image, *settings.image_check]
                ended = await self.call(words, settings.within, variables)
                if ended.status:
                    raise ActFailed(f"{image} fails its check: {ended.last_words}")
                return "it passes its check"
            ended = await self.call([*words, "--detach", image], settings.within, variables)
            if ended.status:
                raise ActFailed(f"{image} cannot be started: {ended.last_words}")
            return await self._healthy(image, name, settings.within)
        finally:
            await self.call(["rm", "--force", "--volumes", name])

    async def _healthy(self, image: str, name: str, within: timedelta) -> str:
        """Wait until a container is well, or has shown that it is not."""
        began = time.monotonic()
        while True:
            state = (await self._told(["inspect", name])).get("State") or {}
            health = (state.get("Health") or state.get("Healthcheck") or {}).get("Status") or ""
            if health and self.is_podman:
                asked = await self.call(["healthcheck", "run", name], within)
                health = "healthy" if asked.status == 0 else health
            passed_s = time.monotonic() - began
            if health == "healthy":
                return "it is healthy"
            if not state.get("Running"):
                if state.get("ExitCode") == 0 and not health:
                    return "it has ended by itself, and well: nothing says whether it works"
                raise ActFailed(f"{image} has ended: {await self._last_words(name)}")
            if health == "unhealthy" or (health and passed_s > within.total_seconds()):
                raise ActFailed(f"{image} is {health}: {await self._last_words(name)}")
            if not health and passed_s > _SETTLED_S:
                return "it runs; it has no health check that would say whether it works"
            await asyncio.sleep(_POLL_S)

    async def _last_words(self, name: str) -> str:
        return (await self.call(["logs", "--tail", "5", name])).last_words

    async def _told(self, words: Sequence[str]) -> Mapping[str, Any]:
        ended = await self.call(words)
        try:
            told = json.loads(ended.output)
        except ValueError:
            raise ActFailed(f"{words[0]} gives no answer: {ended.last_words}") from None
        first = told[0] if isinstance(told, list) and told else told
        return first if isinstance(first, dict) else {}


async def engine_of(environ: Mapping[str, str]) -> Engine:
    """Return the container engine of this machine; raises CannotLook where none answers."""
    said = []
    for name in ("podman", "docker"):
        try:
            engine = Engine(found(name, environ, install=""), environ)
            ended = await engine.call(["info", "--format", "json"])
        except (ActFailed, CannotLook) as error:
            said.append(error.reason)
            continue
        if ended.status == 0:
            return engine
        said.append(f"{name}: {ended.last_words}")
    raise CannotLook(
        f"images are not tried here: {'; '.join(said)}",
        remedy="install podman (apt-get install podman), or let docker be reached",
    )


async def remove_left(folder: Path, environ: Mapping[str, str]) -> None:
    """Remove the containers of somebody who was cut off, whose folder this is."""
    if not (folder / MARK).exists():
        return
    engine = await engine_of(environ)
    label = f"label={LABEL}={_label(folder)}"
    listed = await engine.call(["ps", "--all", "--quiet", "--filter", label])
    for id_ in listed.output.decode("ascii", "replace").split():
        await engine.call(["rm", "--force", "--volumes", id_])


def name_in(folder: Path, number: str) -> str:
    """Return what a container is called, of who works in a folder; from then on it is looked for.

    The folder is marked first.
    """
    (folder / MARK).touch()
    return f"{_label(folder)}.{number}"


def _label(folder: Path) -> str:
    return f"fettle-{folder.name[:12]}"
