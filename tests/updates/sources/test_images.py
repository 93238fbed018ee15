"""Images: what is behind a tag now, and which tags of the same flavour there are."""

from datetime import UTC, datetime

import pytest

from fettle.model.update import Ecosystem, Package, Passed, SourceState
from fettle.testing import START, GivenImages, given_outside
from fettle.updates.images import Image, images_in, same_flavour
from fettle.updates.policy import Policy
from fettle.updates.sources.images import look
from fettle.updates.worth import updates_of

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
DOCKERFILE = f"""\
# syntax=docker/dockerfile:1
ARG VERSION=3.12
ARG NOTHING
FROM --platform=linux/amd64 registry.example:5000/python:${{VERSION}}-slim AS build
RUN echo "\\
FROM nowhere"
FROM build AS test
FROM scratch
COPY --from=build /a /b
COPY --from=registry.example/tool:1.2 /a /b
FROM registry.example/node:24@{OLD}
FROM registry.example/own:${{NOTHING}}
"""
COMPOSE = """
x-common: &common
  image: registry.example/redis:7.2
services:
  cache: *common
  db:
    <<: *common
    image: "postgres:${PG:-16.4}"
  own:
    build: .
    image: registry.example/own:1
  other:
    image: registry.example/other:${TAG}
"""


def test_images_of_a_dockerfile_are_those_of_its_stages_but_for_its_own() -> None:
    told = list(images_in("Dockerfile", DOCKERFILE, "Dockerfile"))
    assert told == [
        Image("registry.example:5000/python", "3.12-slim", "Dockerfile:4"),
        Image("registry.example/tool", "1.2", "Dockerfile:10"),
        Image("registry.example/node", "24", "Dockerfile:11", OLD),
        Passed("registry.example/own:${NOTHING} in Dockerfile:12", "only the build knows $NOTHING"),
    ]


def test_what_an_instruction_is_handed_names_no_image() -> None:
    text = (
        "FROM registry.example/a:1\nRUN <<EOF\nSELECT 1\nFROM users\nEOF\n"
        "COPY <<-'one' <<two /to/\nFROM x\n\tone\nFROM y\ntwo\nFROM registry.example/b:2\n"
    )
    named = [
        one.name for one in images_in("Dockerfile", text, "Dockerfile") if isinstance(one, Image)
    ]
    assert named == ["registry.example/a", "registry.example/b"]


def test_images_of_compose_are_those_that_are_not_built_there() -> None:
    told = list(images_in("compose.yaml", COMPOSE, "compose.yaml"))
    assert told == [
        Image("registry.example/redis", "7.2", "compose.yaml: cache"),
        Image("postgres", "16.4", "compose.yaml: db"),
        Passed("registry.example/other:${TAG} in compose.yaml: other", "only the build knows $TAG"),
    ]


@pytest.mark.parametrize(
    ("tag", "flavour"),
    [
        ("3.12-slim", ["3.12-slim", "3.13-slim"]),
        ("3.12", ["3.11", "3.13"]),
        ("3.12.4", ["3.12.5"]),
        ("v1.2", ["v1.3"]),
        ("latest", []),
    ],
)
def test_a_flavour_is_what_is_written_alike(tag: str, flavour: list[str]) -> None:
    tags = ["3.12-slim", "3.13-slim", "3.11", "3.13", "3.12.5", "v1.3", "latest", "3.13-rc-slim"]
    assert same_flavour(tag, tags) == flavour


async def test_another_digest_and_newer_tags_are_on_offer() -> None:
    images = GivenImages(
        {"registry.example/node": ["24", "26", "26-slim", "latest"]},
        {"registry.example/node:24": NEW},
    )
    files = {"app/Dockerfile": f"FROM registry.example/node:24@{OLD}\n"}
    seen = await look(given_outside(files, images=images))
    (installed,) = seen.installed
    assert (installed.version, installed.where) == (f"24@{OLD}", "/srv/shop/app/Dockerfile:1")
    offers = seen.offers[Package(Ecosystem.OCI, "registry.example/node")]
    assert [one.version for one in offers.releases] == ["26", f"24@{NEW}"]


async def test_the_newest_say_when_they_were_made() -> None:
    made = datetime(2026, 3, 1, tzinfo=UTC)
    tags = [str(number) for number in range(20, 40)]
    images = GivenImages(
        {"registry.example/node": tags},
        {"registry.example/node:24": NEW},
        {f"registry.example/node:{tag}": made for tag in tags if tag != "38"},
    )
    files = {"Dockerfile": f"FROM registry.example/node:24@{OLD}\n"}
    seen = await look(given_outside(files, images=images))
    (offers,) = seen.offers.values()
    dated = [one.version for one in offers.releases if one.released_at == made]
    assert dated == ["35", "36", "37", "39"], "38 does not say so, and of the older nobody asks"
    assert len(offers.releases) == 20


async def test_what_an_image_is_made_from_is_where_its_changes_are_told() -> None:
    images = GivenImages(
        {"registry.example/node": ["24", "25", "26"]},
        sources={"registry.example/node:25": "https://code.example/node"},
    )
    seen = await look(
        given_outside({"Dockerfile": "FROM registry.example/node:24\n"}, images=images)
    )
    (update, *_) = updates_of(seen.installed, seen.offers, (), Policy(), START)
    assert update.notes_url == "https://code.example/node"


async def test_an_image_that_cannot_be_asked_about_is_told_and_stops_no_other() -> None:
    images = GivenImages({"registry.example/node": ["24"]})
    files = {"Dockerfile": "FROM registry.example/node:24\nFROM registry.example/gone:1\n"}
    result = (await look(given_outside(files, images=images))).result
    assert (result.looked_at, result.total) == (1, 2)
    assert [(one.subject, one.reason) for one in result.passed] == [
        ("registry.example/gone:1 in /srv/shop/Dockerfile:2", "nobody has registry.example/gone")
    ]


async def test_a_tag_that_names_no_version_is_not_called_up_to_date() -> None:
    """Nobody can say which image is in use by it."""
    images = GivenImages({"registry.example/node": ["latest"]})
    files = {"Dockerfile": "FROM registry.example/node\n"}
    result = (await look(given_outside(files, images=images))).result
    assert result.state is SourceState.FAILED
    assert result.reason == "latest names no version, and it is held to no digest"


async def test_where_no_image_is_named_there_is_nothing_to_look_at() -> None:
    result = (await look(given_outside())).result
    assert (result.state, result.total) == (SourceState.OK, 0)


def test_compose_takes_the_documents_of_a_file_together() -> None:
    text = "services: {a: {image: 'a:1'}}\n---\nservices: {b: {image: 'b:2'}}\n"
    told = [one for one in images_in("compose.yaml", text, "c") if isinstance(one, Image)]
    assert [one.name for one in told] == ["a", "b"]


def test_what_is_longer_than_any_name_is_no_image() -> None:
    """Variables within variables would be looked through time and again."""
    (told,) = images_in("Dockerfile", f"FROM {'${a-' * 100_000}\n", "Dockerfile")
    assert isinstance(told, Passed)
    assert len(told.subject) < 200
