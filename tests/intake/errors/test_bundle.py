"""A bundle is read as its tools make it; a hostile one is told why it is not taken."""

import io
import json
import zipfile
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors.bundle import Bounds, Uploaded, read_bundle
from tests.intake.errors.bundling import DEBUG_IDS, bundle, map_of, zipped

BOUNDS = Bounds(100_000, 300_000)


def read(body: bytes, bounds: Bounds = BOUNDS) -> list[Uploaded]:
    """Return the maps of a bundle."""
    return list(read_bundle(io.BytesIO(body), bounds))


def refused(body: bytes, bounds: Bounds = BOUNDS) -> str:
    """Return why a bundle is not taken."""
    with pytest.raises(BadPayload) as said:
        read(body, bounds)
    return said.value.reason


def test_the_maps_of_a_bundle_are_known_by_debug_id_and_file() -> None:
    (found,) = read(bundle(1))

    assert (found.debug_id, found.of) == (UUID(DEBUG_IDS[1]), "~/assets/app-1.js")
    assert found.name == "~/assets/app-1.js.map"
    assert found.size == len(json.dumps(json.loads(map_of(1))))


def test_without_a_debug_id_the_file_refers_to_its_map() -> None:
    (found,) = read(bundle(1, with_debug_id=False))

    assert (found.debug_id, found.of) == (None, "~/assets/app-1.js")


def test_the_maps_of_a_folder_need_no_manifest() -> None:
    (found,) = read(zipped({"assets/app-1.js.map": map_of(1), "assets/app-1.js": "", "a.txt": ""}))

    assert (found.debug_id, found.of) == (UUID(DEBUG_IDS[1]), "~/assets/app-1.js")


def test_a_map_says_what_is_wrong_and_where() -> None:
    said = refused(zipped({"good.js.map": map_of(1), "bad.js.map": "{}"}))

    assert said == "~/bad.js.map: version: is not 3: it is no source map"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.map", "/etc/x.map", "a/../../b.map", "..\\b.map"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    assert "leads elsewhere" in refused(zipped({name: "{}"}))


def test_what_unpacks_to_more_than_is_taken_is_refused_whatever_it_says() -> None:
    bomb = zipped({"a.map": b"0" * 50_000_000})
    lying = bomb.replace((50_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert refused(bomb) == "a.map: is larger than 98 KiB when it is unpacked"
    with pytest.raises(BadPayload):
        read(lying)
    many = zipped({f"{place}.js.map": map_of(1) for place in range(4)})
    assert "maps are larger" in refused(many, Bounds(100_000, 3 * len(map_of(1))))


def test_a_bundle_of_too_many_files_is_refused() -> None:
    with pytest.raises(TooLarge, match=r"holds 20,001 files, and 20,000 are taken"):
        read(zipped({str(place): "" for place in range(20_001)}))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", "no ZIP that can be read"),
        ("[]", "manifest.json: has no files"),
        ('{"files": []}', "manifest.json: has no files"),
        ('{"files": {"manifest.json": 7}}', "manifest.json: 'manifest.json' has no type"),
        ('{"files": {"a": {"type": "source_map"}}}', "manifest.json: 'a' is not in the bundle"),
    ],
)
def test_a_manifest_that_says_nothing_is_refused(manifest: str, said: str) -> None:
    assert said in refused(zipped({"manifest.json": manifest}))


def test_what_is_no_zip_is_refused() -> None:
    whole = bundle(1)

    assert "no ZIP that can be read" in refused(b"")
    assert "no ZIP that can be read" in refused(whole[:-40])


def test_a_file_with_a_password_is_refused() -> None:
    made = bytearray(zipped({"a.map": map_of(1)}))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        made[made.index(mark) + place] |= 1

    assert "no ZIP that can be read" in refused(bytes(made))


@given(st.integers(0, 2500), st.integers(0, 255))
def test_a_bundle_that_was_damaged_is_read_or_refused(place: int, value: int) -> None:
    damaged = bytearray(bundle(1))
    damaged[place % len(damaged)] = value
    with suppress(BadPayload):
        assert len(read(bytes(damaged))) <= 1


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_is_packed_as_no_tool_does_is_refused(way: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", way) as archive:
        archive.writestr("app-1.js.map", map_of(1))

    assert "is packed in a way" in refused(made.getvalue())
