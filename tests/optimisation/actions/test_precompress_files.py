"""Texts are packed beforehand, and unpack to what they were."""

import gzip

import brotli

from fettle.intake.errors.packed import Unpacking
from fettle.optimisation.actions.precompress_files import improve
from tests.optimisation.sites import site, written

TEXT = b"<p>a text that packs well</p>\n" * 100


def unpacked(encoding: str, content: bytes) -> bytes:
    """Unpack with no more room than browsers have (RFC 9659)."""
    unpacking = Unpacking(encoding)
    unpacking.take(content)
    return unpacking.whole()


def test_what_is_packed_is_the_same_text() -> None:
    found = written(improve, site({"index.html": TEXT}))

    assert brotli.decompress(found["index.html.br"]) == TEXT
    assert unpacked("zstd", found["index.html.zst"]) == TEXT
    assert gzip.decompress(found["index.html.gz"]) == TEXT
    assert written(improve, site({"index.html": TEXT})) == found, "the same each time"


def test_what_is_there_small_or_no_text_is_left_alone() -> None:
    files = {"index.html": TEXT[:500], "a.jpg": TEXT, "b.css": TEXT}
    beside = {"b.css.br": b"", "b.css.gz": b"", "b.css.zst": b""}

    assert written(improve, site({**files, **beside})) == {}
