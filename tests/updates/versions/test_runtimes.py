"""PostgreSQL, Python, Node and tags of images: orders that are customs."""

import pytest

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem, Level
from fettle.updates.versions import in_order, oci, postgresql, versions_of


@pytest.mark.parametrize(
    ("ecosystem", "versions"),
    [
        (Ecosystem.POSTGRESQL, ["9.6", "9.6.24", "10devel", "10beta2", "10rc1", "10", "16.10"]),
        (Ecosystem.PYTHON, ["2.7.18", "3.9", "3.13.0a1", "3.13.0rc2", "3.13.0", "3.13.1"]),
        (Ecosystem.NODE, ["v0.12.18", "18.20.1", "v20.0.0-rc.1", "v20.0.0", "22.1.0"]),
        (Ecosystem.OCI, ["3.13-rc", "3.13", "3.14"]),
        (Ecosystem.OCI, ["16.4-bookworm", "16.10-bookworm", "17.0-bookworm"]),
    ],
)
def test_from_the_oldest_to_the_newest(ecosystem: Ecosystem, versions: list[str]) -> None:
    rules = versions_of(ecosystem)

    assert in_order(rules, [*reversed(versions), "no version"]) == versions


def test_what_a_server_says_of_itself_is_a_version_of_postgresql() -> None:
    assert postgresql.order("16.4 (Debian 16.4-1.pgdg120+2)", "16.4") == 0
    assert postgresql.inside("15.8", ">=14, <17")
    assert not postgresql.inside("17.0", ">=14, <17")
    assert postgresql.is_prerelease("17beta1")


@pytest.mark.parametrize("text", ["", "16.4.1", "sixteen", "16.", "-1", "16.4 or so"])
def test_what_is_no_version_of_postgresql(text: str) -> None:
    assert not postgresql.is_readable(text)


@pytest.mark.parametrize(
    ("current", "offered", "level"),
    [("16.4", "16.5", Level.MINOR), ("16.4", "17.0", Level.MAJOR), ("9.5.1", "9.6.1", Level.MAJOR)],
)
def test_postgresql_has_major_and_minor_versions(current: str, offered: str, level: Level) -> None:
    assert postgresql.level(current, offered) is level


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("3.12-slim", "3.13"),
        ("3.12-slim", "3.13-alpine"),
        ("3.12", "3.12.4"),
        ("v1.2.3", "1.2.4"),
        ("16.4-bookworm", "16.5-trixie"),
        ("3.20-alpine3.19", "3.20-alpine3.20"),
    ],
)
def test_tags_of_two_flavours_have_no_order(a: str, b: str) -> None:
    with pytest.raises(UnreadableVersion, match="flavours"):
        oci.order(a, b)


@pytest.mark.parametrize("text", ["latest", "bookworm", "", "3f2a9c1", "stable-slim", "v"])
def test_names_are_no_versions(text: str) -> None:
    assert not oci.is_readable(text)


def test_the_same_tag_with_another_digest_is_an_update_of_its_own_level() -> None:
    old, new = "3.12-slim@sha256:aa", "3.12-slim@sha256:bb"

    assert oci.order(old, new) == 0
    assert oci.level(old, new) is Level.DIGEST
    assert oci.level(old, "3.13-slim@sha256:cc") is Level.MINOR
    assert oci.level("latest@sha256:aa", "latest@sha256:bb") is Level.DIGEST
    assert oci.is_readable("latest@sha256:aa")


def test_a_tags_stage_is_before_its_release() -> None:
    assert oci.order("17beta1-bookworm", "17-bookworm") == -1
    assert oci.is_prerelease("3.13-rc-slim")
    assert oci.inside("3.12-slim", ">=3.11-slim, <4.0-slim")
