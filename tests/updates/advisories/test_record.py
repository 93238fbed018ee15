"""Records as they are published, read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.model.severity import Severity
from fettle.model.update import Ecosystem, Package
from fettle.updates.advisories import read

RECORD: dict[str, Any] = {
    "schema_version": "1.7.0",
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"],
    "summary": "Templates\n run anything",
    "published": "2026-01-01T00:00:00Z",
    "modified": "2026-02-01T00:00:00.123456789Z",
    "references": [
        {"type": "WEB", "url": "https://example.org/talk"},
        {"type": "ADVISORY", "url": "https://example.org/GHSA-aaaa-bbbb-cccc"},
    ],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Jinja2.Extra", "purl": "pkg:pypi/x"},
            "ranges": [
                {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.6"}]},
            ],
            "versions": ["2.4.1"],
        },
        {"package": {"ecosystem": "Debian:12", "name": "jinja2"}, "versions": ["1-1"]},
        {"package": {"ecosystem": "npm", "name": "@Scope/Name"}, "versions": ["1.0.0"]},
    ],
    "database_specific": {"severity": "MODERATE"},
}


def told(**changed: object) -> bytes:
    return json.dumps({**RECORD, **changed}).encode()


def severity(vector: str, kind: str = "CVSS_V3") -> Severity | None:
    return read(
        told(severity=[{"type": kind, "score": vector}], database_specific=None), "made"
    ).severity


def test_a_record_is_read() -> None:
    one = read(told(), "the folder")

    assert one.id == "GHSA-aaaa-bbbb-cccc"
    assert one.aliases == {"CVE-2026-0001"}
    assert one.summary == "Templates run anything"
    assert one.url == "https://example.org/GHSA-aaaa-bbbb-cccc"
    assert one.published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert one.modified_at == datetime(2026, 2, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert (one.withdrawn_at, one.told_by) == (None, "the folder")
    jinja, scoped = one.affected
    assert jinja.package == Package(Ecosystem.PYPI, "jinja2-extra")
    assert jinja.ranges == ((("introduced", "0"), ("fixed", "3.1.6")),)
    assert jinja.versions == {"2.4.1"}
    assert scoped.package == Package(Ecosystem.NPM, "@Scope/Name")


def test_of_a_word_and_a_vector_the_worse_is_taken() -> None:
    assert read(told(), "made").severity is Severity.CRITICAL
    assert read(told(severity=[]), "made").severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("vector", "kind", "rating"),
    [
        # Scores as FIRST's calculators give them: 9.8, 5.4, 3.1, 0.0, 10.0, 9.3, 5.1, 7.5.
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS_V3", Severity.CRITICAL),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", "CVSS_V3", Severity.MEDIUM),
        ("CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:N/I:L/A:N", "CVSS_V3", Severity.LOW),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "CVSS_V3", Severity.INFO),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
            "CVSS_V4",
            Severity.CRITICAL,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            "CVSS_V4",
            Severity.CRITICAL,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
            "CVSS_V4",
            Severity.MEDIUM,
        ),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS_V2", Severity.HIGH),
    ],
)
def test_a_vector_is_rated_as_first_rates_it(vector: str, kind: str, rating: Severity) -> None:
    assert severity(vector, kind) is rating


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/AV:N", "9.8", "CVSS:5.0/AV:N", "A" * 1000])
def test_a_vector_that_is_none_rates_nothing(vector: str) -> None:
    assert severity(vector) is None


def test_a_date_that_is_none_withdraws_nothing() -> None:
    assert read(told(withdrawn="soon"), "made").withdrawn_at is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": ""}',
        b'{"id": 7}',
        b'{"id": "x", "affected": [{"versions": "1.0"}]}',
        b'{"id": "x", "database_specific": ' + b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_record_is_refused(text: bytes) -> None:
    with pytest.raises(BadPayload, match="no record of OSV"):
        read(text, "made")


def test_nothing_that_may_be_null_breaks_a_record() -> None:
    nothing = dict.fromkeys(RECORD, None)

    assert read(json.dumps({**nothing, "id": "x"}).encode(), "made").affected == ()
