"""A look for updates as a bill of materials: what is in use, who needs it, what is known of it."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import example, given
from packageurl import PackageURL

from fettle.frontends.report import update_bill
from fettle.frontends.report.as_json import dumped
from fettle.model.update import Ecosystem, Installed, Package, UpdateCheck
from tests.frontends.report.oddities import TEXTS
from tests.frontends.report.update_sample import (
    ACCEPTED,
    LOCK,
    PARTLY,
    WHOLE,
    check,
    everything,
    odd,
)

SERIAL = UUID("3e671687-395b-41f5-a30f-a58921a69b79")
STANDARD = JsonStrictValidator(SchemaVersion.V1_6)


def bill(told: UpdateCheck) -> dict[str, Any]:
    """Return the bill of a look, as the standard's own schema demands; its names are unique."""
    written = dumped(update_bill.bill(told, SERIAL))
    wrong = STANDARD.validate_str(written)
    assert wrong is None, str(wrong)
    made: dict[str, Any] = json.loads(written)
    refs = [one["bom-ref"] for one in (*made["components"], *made["vulnerabilities"])]
    assert len(set(refs)) == len(refs)
    return made


@given(TEXTS)
@example("\ud800")
@example("")
@example("a@b/c?d#e")
@example("%")
@example("[")
@example("a:b")
def test_a_bill_is_as_the_standard_says_whatever_others_have_written(text: str) -> None:
    bill(odd(text))


def test_what_is_in_use_in_two_places_is_one_component() -> None:
    components = {one["name"]: one for one in bill(everything())["components"]}
    jinja = components["jinja2"]
    assert (jinja["version"], jinja["purl"]) == ("2.4.1", "pkg:pypi/jinja2@2.4.1")
    assert [one["location"] for one in jinja["evidence"]["occurrences"]] == [
        "/srv/shop/uv.lock",
        "/srv/desk/requirements.txt",
    ]
    assert len(components) == 8


def test_what_is_needed_for_development_alone_is_told_apart() -> None:
    scopes = {one["name"]: one["scope"] for one in bill(everything())["components"]}
    assert [name for name, scope in scopes.items() if scope == "excluded"] == ["core"]


@pytest.mark.parametrize(
    ("kind", "name", "version", "purl"),
    [
        (Ecosystem.PYPI, "typing-extensions", "4.12", "pkg:pypi/typing-extensions@4.12"),
        (Ecosystem.PYPI, "local", "1.0+cu118", "pkg:pypi/local@1.0%2Bcu118"),
        (Ecosystem.NPM, "left", "1.2.0", "pkg:npm/left@1.2.0"),
        (Ecosystem.NPM, "@shop/core", "1.2.0", "pkg:npm/%40shop/core@1.2.0"),
        (Ecosystem.OCI, "library/debian", "12", "pkg:docker/library/debian@12"),
        (
            Ecosystem.OCI,
            "registry.example:5000/shop/base",
            "12-slim@sha256:abc",
            "pkg:docker/shop/base@sha256:abc?repository_url=registry.example%3A5000&tag=12-slim",
        ),
        (Ecosystem.POSTGRESQL, "postgresql", "17.2", "pkg:generic/postgresql@17.2"),
    ],
)
def test_a_package_is_named_as_other_tools_name_it(
    kind: Ecosystem, name: str, version: str, purl: str
) -> None:
    called = update_bill.purl(Package(kind, name), version)
    assert called == purl
    read = PackageURL.from_string(purl)
    assert (read.version or "").partition("@")[0] in version
    assert "/".join(filter(None, (read.namespace, read.name))) == name.removeprefix(
        "registry.example:5000/"
    )


def test_a_package_of_a_distribution_that_is_not_known_has_no_address_and_a_name() -> None:
    (openssl,) = [one for one in bill(everything())["components"] if one["name"] == "openssl"]
    assert "purl" not in openssl
    assert openssl["bom-ref"] == "deb:openssl@1:3.0.1-1"


def test_it_is_told_who_needs_whom() -> None:
    needs = {one["ref"]: one["dependsOn"] for one in bill(everything())["dependencies"]}
    assert needs["pkg:pypi/flask@1.0"] == ["pkg:pypi/jinja2@2.4.1"]
    assert needs["pkg:pypi/httpx@0.28.1"] == ["pkg:pypi/anyio@4.8.0"]
    assert needs["pkg:pypi/anyio@4.8.0"] == []
    # in the other place it is asked for by itself
    assert "pkg:pypi/jinja2@2.4.1" in needs["fettle:in-use"]
    assert "pkg:pypi/anyio@4.8.0" not in needs["fettle:in-use"]


def test_what_only_somebody_unknown_needs_hangs_on_the_root() -> None:
    """A graph in which it stood alone would be taken for one that nobody uses."""
    orphan = Installed(Package(Ecosystem.PYPI, "idna"), "3.1", LOCK, False, needed_by=("gone",))
    needs = {
        one["ref"]: one["dependsOn"] for one in bill(check(installed=(orphan,)))["dependencies"]
    }
    assert needs["fettle:in-use"] == ["pkg:pypi/idna@3.1"]


def test_what_is_known_says_what_it_is_about_what_closes_it_and_why_it_is_accepted() -> None:
    known = {one["id"]: one for one in bill(everything())["vulnerabilities"]}
    closed, open_, held = known["GHSA-1"], known["GHSA-2"], known["GHSA-3"]
    assert closed["recommendation"] == "take jinja2 3.1.6"
    assert closed["references"] == [{"id": "CVE-1", "source": {"name": "unknown"}}]
    assert closed["ratings"] == [{"severity": "critical"}]
    assert [one["ref"] for one in closed["affects"]] == ["pkg:pypi/jinja2@2.4.1"]
    assert closed["analysis"] == {
        "response": ["will_not_fix"],
        "detail": f"jinja2: {ACCEPTED}",
    }
    assert open_["recommendation"] == "nothing on offer closes it"
    assert [one["ref"] for one in open_["affects"]] == ["pkg:npm/%40shop/core@1.2.0"]
    assert "medium is taken" in open_["description"]
    assert open_["advisories"] == [{"url": "https://osv.example/GHSA-2"}]
    assert held["ratings"] == [{"severity": "unknown"}]
    assert "analysis" not in held


def test_what_is_withdrawn_says_so() -> None:
    said = {
        one["name"]: [each["value"] for each in one["properties"] if each["name"].endswith("drawn")]
        for one in bill(everything())["components"]
    }
    assert said.pop("anyio") == ["it was withdrawn: it waits for ever"]
    assert not any(said.values())


def test_a_bill_is_complete_only_where_everything_was_looked_at() -> None:
    (partly,) = bill(everything())["compositions"]
    (whole,) = bill(replace(everything(), sources=(WHOLE,)))["compositions"]
    assert (partly["aggregate"], whole["aggregate"]) == ("incomplete", "complete")
    (machine,) = bill(replace(everything(), sources=(WHOLE,), lists_all=False))["compositions"]
    assert machine["aggregate"] == "incomplete"
    told = {one["name"]: one["value"] for one in bill(everything())["metadata"]["properties"]}
    assert told["fettle:source:security"] == "ok, 2 of 9 looked at"


def test_a_look_at_nothing_is_a_bill_of_nothing() -> None:
    empty = bill(check())
    assert (empty["components"], empty["vulnerabilities"]) == ([], [])
    assert empty["serialNumber"] == f"urn:uuid:{SERIAL}"


def test_a_bill_names_what_was_not_looked_at() -> None:
    """No weakness in it is nothing to go by of that."""
    told = bill(check(security=PARTLY))["metadata"]["properties"]
    said = [one["value"] for one in told if one["name"] == "fettle:not-looked-at"]
    (one,) = said
    assert one == (
        "7 × it is gone: p0 in uv.lock, p1 in uv.lock, p2 in uv.lock, p3 in uv.lock, "
        "p4 in uv.lock and 2 more"
    )
