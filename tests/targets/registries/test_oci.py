"""Registries of images are asked as docker asks them, with docker's passwords."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.targets.registries.asking import asking
from fettle.targets.registries.docker_settings import Docker, of_docker
from fettle.targets.registries.oci import Images
from fettle.testing import SteppedClock
from tests.registry import Registry, Scripted, serving

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
ADA = "Basic " + base64.b64encode(b"ada:secret").decode()


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        yield running


def tags(*named: str, **headers: str) -> Scripted:
    body = json.dumps({"name": "team/app", "tags": list(named)}).encode()
    return Scripted(200, body, headers)


def place(registry: Registry, password: str | None = None) -> tuple[str, Docker]:
    """Return an image of the registry, and docker's settings."""
    host = f"127.0.0.1:{registry.port}"
    return f"{host}/team/app", Docker({host: password} if password is not None else {})


async def test_the_digest_behind_a_tag_is_asked_for_by_head(registry: Registry) -> None:
    registry.scripted["/v2/team/app/manifests/1.0"] = [
        Scripted(200, b"", {"Docker-Content-Digest": DIGEST})
    ]
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        assert await Images(pool, docker).digest(image, "1.0") == DIGEST
    assert "manifest.list" in registry.asked[0].headers["accept"]


INDEX = {
    "manifests": [
        {"digest": OTHER, "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": OTHER, "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": DIGEST, "platform": {"os": "linux", "architecture": "amd64"}},
    ]
}
MANIFEST = {"config": {"digest": DIGEST}}
NOTED = {"annotations": {"org.opencontainers.image.created": "2026-03-01T12:00:00Z"}}


@pytest.mark.parametrize(
    ("tag", "manifest", "config", "made"),
    [
        (INDEX, MANIFEST, {"created": "2026-03-01T12:00:00.123456789Z"}, True),
        (MANIFEST, None, {"created": "2026-03-01T12:00:00+00:00"}, True),
        (NOTED, None, None, True),
        ({"manifests": [{**INDEX["manifests"][2], **NOTED}]}, None, None, True),
        (MANIFEST, None, {"created": "1970-01-01T00:00:00Z"}, False),
        (MANIFEST, None, {"created": 5}, False),
        (MANIFEST, None, ["no config"], False),
        ({"manifests": [{"digest": 5}, "odd"], "config": {"digest": "../.."}}, None, None, False),
    ],
)
async def test_an_image_says_when_it_was_made(
    registry: Registry,
    tag: object,
    manifest: object,
    config: object,
    *,
    made: bool,
) -> None:
    for path, told in (
        ("manifests/1.0", tag),
        (f"manifests/{DIGEST}", manifest),
        (f"blobs/{DIGEST}", config),
    ):
        if told is not None:
            body = json.dumps(told).encode()
            registry.scripted[f"/v2/team/app/{path}"] = [Scripted(200, body)]
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        at = (await Images(pool, docker).about(image, "1.0")).made_at
    assert (at and f"{at:%Y-%m-%d %H:%M}") == ("2026-03-01 12:00" if made else None)


@pytest.mark.parametrize(
    ("notes", "url"),
    [
        (
            {"org.opencontainers.image.source": "https://code.example/app"},
            "https://code.example/app",
        ),
        ({"org.opencontainers.image.url": "http://app.example"}, "http://app.example"),
        ({"org.opencontainers.image.source": "javascript:x"}, None),
        ("odd", None),
    ],
)
async def test_an_image_says_where_its_source_is(
    registry: Registry, notes: object, url: str | None
) -> None:
    made = "2026-03-01T12:00:00Z"
    config = {"created": made, "config": {"Labels": notes}}
    for path, told in (("manifests/1.0", MANIFEST), (f"blobs/{DIGEST}", config)):
        registry.scripted[f"/v2/team/app/{path}"] = [Scripted(200, json.dumps(told).encode())]
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        assert (await Images(pool, docker).about(image, "1.0")).source_url == url


async def test_tags_are_read_page_by_page_and_once(registry: Registry) -> None:
    following = '</v2/team/app/tags/list?n=1000&last=b>; rel="next"'
    registry.scripted["/v2/team/app/tags/list?n=1000"] = [tags("a", "b", Link=following)]
    registry.scripted["/v2/team/app/tags/list?n=1000&last=b"] = [tags("c")]
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        images = Images(pool, docker)
        assert await images.tags(image) == ["a", "b", "c"]
        assert await images.tags(image) == ["a", "b", "c"]
    assert len(registry.asked) == 2


async def test_a_token_is_fetched_where_the_registry_says_with_dockers_password(
    registry: Registry,
) -> None:
    """The password goes to whoever gives tokens, and the token to the registry."""
    wants = f'Bearer realm="{registry.url}/token",service="images",scope="repository:team/app:pull"'
    registry.scripted["/v2/team/app/tags/list?n=1000"] = [
        Scripted(401, b"", {"WWW-Authenticate": wants}),
        tags("a"),
    ]
    asked = "/token?service=images&scope=repository:team/app:pull"
    registry.scripted[asked] = [Scripted(200, b'{"token": "given"}')]
    image, docker = place(registry, ADA)
    async with asking(SteppedClock()) as pool:
        assert await Images(pool, docker).tags(image) == ["a"]
    sent = [(one.path, one.headers.get("authorization")) for one in registry.asked]
    assert sent == [
        ("/v2/team/app/tags/list?n=1000", None),
        (asked, ADA),
        ("/v2/team/app/tags/list?n=1000", "Bearer given"),
    ]


async def test_a_registry_that_wants_the_password_itself_is_given_it(registry: Registry) -> None:
    path = "/v2/team/app/tags/list?n=1000"
    registry.scripted[path] = [Scripted(401, b"", {"WWW-Authenticate": 'Basic realm="x"'}), tags()]
    image, docker = place(registry, ADA)
    async with asking(SteppedClock()) as pool:
        assert await Images(pool, docker).tags(image) == []
    assert registry.asked[-1].headers["authorization"] == ADA


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([Scripted(404)], "has no team/app"),
        ([Scripted(403)], "answered that we may not"),
        ([Scripted(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})], "wants a password"),
        ([Scripted(401, b"", {"WWW-Authenticate": 'Bearer realm="ftp://x"'})], "wants a password"),
        ([Scripted(200, b"{")], "answered what is no list of team/app's tags"),
        ([Scripted(200, b'{"name": "evil", "tags": []}')], "answered what is no list of"),
        ([tags("a", Link='<http://evil.example/>; rel="next"')], "lists the next tags elsewhere"),
    ],
)
async def test_what_cannot_be_believed_is_told(
    registry: Registry, answers: list[Scripted], says: str
) -> None:
    registry.scripted["/v2/team/app/tags/list?n=1000"] = answers
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        with pytest.raises(CannotLook) as raised:
            await Images(pool, docker).tags(image)
    assert says in raised.value.reason


async def test_a_registry_without_a_digest_is_not_believed(registry: Registry) -> None:
    path = "/v2/team/app/manifests/1.0"
    registry.scripted[path] = [Scripted(200, b"", {"Docker-Content-Digest": "md5:1"})]
    image, docker = place(registry)
    async with asking(SteppedClock()) as pool:
        with pytest.raises(CannotLook, match="tells no digest"):
            await Images(pool, docker).digest(image, "1.0")


def test_docker_is_read_from_its_own_files(tmp_path: Path) -> None:
    """An image without a host comes from the mirror that is set; a password is not shown."""
    auth = base64.b64encode(b"ada:secret").decode()
    auths = {"https://own.example/v2/": {"auth": auth}, "bad.example": {"auth": "?"}, "x": 3}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    daemon = tmp_path / "daemon.json"
    daemon.write_text(
        '{"registry-mirrors": ["https://mirror.example"], "insecure-registries": ["plain:5000"]}'
    )
    docker = of_docker({"DOCKER_CONFIG": str(tmp_path)}, daemon)
    index, name = docker.place("own.example/team/app")
    assert (index.url, index.authorization, name) == ("https://own.example", ADA, "team/app")
    assert docker.place("plain:5000/app")[0].url == "http://plain:5000"
    assert docker.place("python")[1] == "library/python"
    assert docker.place("team/app")[0].url == "https://mirror.example"
    assert auth not in repr(docker)


def test_an_image_without_a_host_and_without_a_mirror_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(CannotLook) as raised:
        of_docker({"HOME": str(tmp_path)}, tmp_path / "none").place("python")
    assert raised.value.reason == "no registry is known of images without a host, like python"
