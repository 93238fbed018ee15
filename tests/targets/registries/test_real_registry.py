"""Images are asked about at a real registry, that wants a password."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.model.ports_updates import Project
from fettle.model.update import Ecosystem, Package, SourceState
from fettle.targets.registries.asking import asking
from fettle.targets.registries.docker_settings import of_docker
from fettle.targets.registries.oci import Images
from fettle.targets.registries.project_files import FilesOnDisk
from fettle.testing import SteppedClock, given_outside
from fettle.updates.sources.images import look
from tests.image_registry import ImageRegistry, image_registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageRegistry]:
    with image_registry(tmp_path_factory.mktemp("images")) as running:
        yield running


@pytest.fixture
def environ(registry: ImageRegistry, tmp_path: Path) -> dict[str, str]:
    """docker, logged in at the registry."""
    auth = base64.b64encode(b"ada:secret").decode()
    config = {"auths": {registry.host: {"auth": auth}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return {"DOCKER_CONFIG": str(tmp_path)}


async def test_another_digest_behind_a_tag_and_newer_tags_are_found(
    registry: ImageRegistry, environ: dict[str, str], tmp_path: Path
) -> None:
    """The tag has moved since it was held to a digest; other flavours are left out."""
    old = registry.push("team/app", "1.0", content="old")
    registry.push("team/app", "1.1", "1.1-slim", "latest", content="newer")
    new = registry.push("team/app", "1.0", content="new")
    project = tmp_path / "shop"
    project.mkdir()
    (project / "Dockerfile").write_text(f"FROM {registry.host}/team/app:1.0@{old}\n")
    async with asking(SteppedClock()) as pool:
        outside = replace(
            given_outside(images=Images(pool, of_docker(environ, tmp_path / "none"))),
            files=FilesOnDisk(),
            projects=(Project("shop", project),),
        )
        seen = await look(outside)
    assert old != new
    assert (seen.result.state, seen.result.looked_at) == (SourceState.OK, 1)
    offers = seen.offers[Package(Ecosystem.OCI, f"{registry.host}/team/app")]
    assert [one.version for one in offers.releases] == ["1.1", f"1.0@{new}"]


async def test_without_a_password_it_is_told_what_would_let_us_in(
    registry: ImageRegistry, tmp_path: Path
) -> None:
    async with asking(SteppedClock()) as pool:
        images = Images(pool, of_docker({"HOME": str(tmp_path)}, tmp_path / "none"))
        with pytest.raises(CannotLook) as raised:
            await images.tags(f"{registry.host}/team/app")
    assert (raised.value.reason, raised.value.remedy) == (
        f"{registry.host} wants a password",
        "docker login",
    )


async def test_an_image_that_the_registry_does_not_have_is_told(
    registry: ImageRegistry, environ: dict[str, str], tmp_path: Path
) -> None:
    async with asking(SteppedClock()) as pool:
        images = Images(pool, of_docker(environ, tmp_path / "none"))
        with pytest.raises(CannotLook, match="has no team/none"):
            await images.tags(f"{registry.host}/team/none")
