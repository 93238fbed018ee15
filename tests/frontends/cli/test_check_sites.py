"""`fettle check` of sites, services and dependencies, as its users call it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fettle.main import Wired
from fettle.model.field import Beacon
from fettle.model.measurement import Profile
from fettle.store import field
from tests import schemas
from tests.certificates import DAY, authority, made
from tests.frontends.cli.calling import Called, fettle
from tests.receiving import receiving

SUMMARY = json.dumps(
    {
        "page": {"url": "https://status.bank.example"},
        "status": {"indicator": "major", "description": "Partial System Outage"},
        "components": [{"name": "API", "status": "partial_outage"}],
        "incidents": [],
    }
)


def documents(called: Called) -> list[dict[str, object]]:
    return [json.loads(line) for line in called.out.splitlines()]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (404, 1), (503, 2)])
def test_a_site_is_looked_at_by_its_address(tmp_path: Path, status: int, code: int) -> None:
    with receiving() as server:
        server.status = status
        called = fettle("check", server.url + "/a?key=geheim", "--format", "json", cwd=tmp_path)

    (document,) = documents(called)
    assert called.code == code, called.err
    assert document["target"] == server.url + "/a"
    assert "geheim" not in called.out
    schemas.validate(document)


def test_a_site_that_is_gone_is_high(tmp_path: Path) -> None:
    called = fettle("check", "http://127.0.0.1:1/", cwd=tmp_path)

    assert called.code == 2
    assert "A site does not answer" in called.out
    assert "no connection to 127.0.0.1: connection refused, both times" in called.out


def test_a_certificate_that_is_not_believed_stops_the_look_there(tmp_path: Path) -> None:
    pair = made("x", ["127.0.0.1"], by=None, begins=-20 * DAY, ends=-2 * DAY)
    with receiving(pair.server(tmp_path)) as server:
        called = fettle("check", server.url, "--format", "json", cwd=tmp_path)

    (document,) = documents(called)
    found = document["findings"]
    assert isinstance(found, list)
    assert {one["check"]: one["severity"] for one in found} == {
        "certificate_expiring": "critical",
        "certificate_untrusted": "high",
    }
    assert called.code == 2
    assert server.requests == []


def test_an_authority_of_ones_own_is_believed(tmp_path: Path) -> None:
    ours = authority()
    (tmp_path / "ours.pem").write_bytes(ours.pem)
    pair = made("x", ["127.0.0.1"], by=ours)
    with receiving(pair.server(tmp_path)) as server:
        believed = {"SSL_CERT_FILE": str(tmp_path / "ours.pem")}
        called = fettle("check", server.url, cwd=tmp_path, environ=believed)

    assert called.code == 0, called.out


def test_a_redirect_into_a_private_network_is_unknown_unless_allowed(tmp_path: Path) -> None:
    with receiving() as inside, receiving() as server:
        server.status, server.headers = 302, {"Location": inside.url}
        refused = fettle("check", server.url, cwd=tmp_path)
        (tmp_path / "fettle.toml").write_text('[outgoing]\nallow = ["127.0.0.1"]\n')
        before = len(inside.requests)
        allowed = fettle("check", server.url, cwd=tmp_path)

    assert (refused.code, before) == (3, 0)
    assert '[outgoing] allow = ["127.0.0.1"]' in refused.out
    assert allowed.code == 0


def test_a_service_is_looked_at_with_what_it_needs(tmp_path: Path) -> None:
    with receiving() as shop, receiving() as bank, receiving() as page:
        bank.status = 503
        page.body, page.headers = SUMMARY.encode(), {"Content-Type": "application/json"}
        (tmp_path / "fettle.toml").write_text(
            f"""
            [[service]]
            name = "shop"
            url = "{shop.url}"
            depends_on = ["stripe"]

            [[dependency]]
            name = "stripe"
            url = "{bank.url}"
            status_url = "{page.url}"
            critical = true
            """
        )
        called = fettle("check", "shop", "--format", "json", cwd=tmp_path)

    (document,) = documents(called)
    found = document["findings"]
    assert isinstance(found, list)
    assert called.code == 2
    assert {(one["key"], one["severity"]) for one in found} == {
        ("dependency_unavailable:stripe", "high"),
        ("dependency_troubled:stripe", "high"),
    }
    figures = document["current_metrics"]
    assert isinstance(figures, dict)
    assert figures["site_up"] == 1
    assert figures["dependency_up stripe"] == 0
    schemas.validate(document)


def test_the_whole_catalogue_is_looked_at_each_by_itself(tmp_path: Path) -> None:
    with receiving() as shop, receiving() as bank:
        bank.status = 401
        (tmp_path / "fettle.toml").write_text(
            f"""
            [[service]]
            name = "shop"
            url = "{shop.url}"

            [[dependency]]
            name = "anthropic"
            url = "{bank.url}"

            [[dependency]]
            name = "paper"
            """
        )
        called = fettle("check", "--format", "json", cwd=tmp_path)

    assert called.code == 0
    assert [(one["target"], one["status"]) for one in documents(called)] == [
        ("shop", "ok"),
        ("anthropic", "ok"),
    ]


def test_a_domain_that_has_lapsed_is_what_is_behind_it(tmp_path: Path) -> None:
    with receiving() as registry:
        event = {"eventAction": "expiration", "eventDate": "2020-01-01T00:00:00Z"}
        registry.body = json.dumps({"events": [event]}).encode()
        (tmp_path / "fettle.toml").write_text(
            f"""
            [probe]
            rdap = "{registry.url}"

            [[service]]
            name = "shop"
            url = "http://shop.invalid/"
            """
        )
        called = fettle("check", "shop", "--format", "json", cwd=tmp_path)

    (document,) = documents(called)
    found, causes = document["findings"], document["causes"]
    assert isinstance(found, list)
    assert isinstance(causes, list)
    assert {one["key"] for one in found} == {
        "domain_expiring:shop.invalid",
        "name_lookup_failing:shop.invalid",
        "site_down:shop",
    }
    assert causes[0]["subject"] == "name shop.invalid"
    assert len(causes[0]["explains"]) == 3


def test_a_dependency_that_is_watched_nowhere_says_what_it_takes(tmp_path: Path) -> None:
    (tmp_path / "fettle.toml").write_text('[[dependency]]\nname = "stripe"\n')

    called = fettle("check", "stripe", cwd=tmp_path)

    assert called.code == 3
    assert "https://api.stripe.com/v1/charges" in called.out.replace("\n    ", " ")


@pytest.mark.parametrize("setting", ["url", "status_url"])
def test_an_address_that_is_none_is_refused_where_it_stands(tmp_path: Path, setting: str) -> None:
    (tmp_path / "fettle.toml").write_text(
        f'[[dependency]]\nname = "bank"\n{setting} = "bank.example"\n'
    )

    called = fettle("check", cwd=tmp_path)

    assert called.code == 64
    assert "[[dependency]] bank: that is no address of a site" in called.err


@pytest.mark.parametrize("form", ["text", "markdown", "html", "sarif", "junit"])
def test_it_is_told_in_every_format(tmp_path: Path, form: str) -> None:
    with receiving() as server:
        server.status = 503
        called = fettle("check", server.url, "--format", form, cwd=tmp_path)

    assert called.code == 2, called.err
    assert "503 Service Unavailable" in called.out
    assert "<script" not in called.out


def test_limits_are_set_on_the_command_line(tmp_path: Path) -> None:
    with receiving() as server:
        server.delay_s = 0.2
        called = fettle("check", server.url, "--limit", "site_slow.medium=100ms", cwd=tmp_path)

    assert called.code == 1
    assert "A site answers slowly" in called.out


def test_a_dependency_that_is_down_is_behind_the_failing_service(tmp_path: Path) -> None:
    with receiving() as server:
        server.status = 503
        (tmp_path / "fettle.toml").write_text(
            f"""
            [outgoing]
            allow = ["127.0.0.1"]
            [[service]]
            name = "shop"
            url = "{server.url}"
            depends_on = ["api"]
            [[service]]
            name = "api"
            depends_on = ["bank"]
            [[dependency]]
            name = "bank"
            url = "http://127.0.0.1:1/"
            critical = true
            """
        )
        called = fettle("check", "shop", "--format", "json", cwd=tmp_path)

    (document,) = documents(called)
    schemas.validate(document)
    causes = document["causes"]
    assert isinstance(causes, list)
    assert causes[0]["subject"] == "dependency bank"
    assert len(causes[0]["explains"]) == 2
    assert any("shop needs it: shop → " in line for line in causes[0]["evidence"])


def test_how_the_pages_of_a_service_are_for_people_is_part_of_its_look(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    with receiving() as server:
        (tmp_path / "fettle.toml").write_text(
            f'[[service]]\nname = "shop"\nurl = "{server.url}"\n'
            '[[field]]\nname = "web"\nservice = "shop"\norigins = ["https://shop.example"]\n'
        )
        asyncio.run(_visited(store_environ))
        called = fettle("check", "shop", "--format", "json", cwd=tmp_path, environ=store_environ)
        elsewhere = {"FETTLE_STORE__DATA": str(tmp_path / "none")}
        away = fettle("check", "shop", "--format", "json", cwd=tmp_path, environ=elsewhere)

    document = json.loads(called.out)
    (found,) = document["findings"]
    assert (found["check"], found["severity"]) == ("page_slow", "high")
    assert found["subject"] == "shop /orders/{id}"
    assert called.code == 2
    document = json.loads(away.out)
    gaps = {one["check"]: one["reason"] for one in document["unknown"]}
    assert gaps.keys() == {"page_slow", "page_regressed"}
    assert "does not run here" in gaps["page_slow"]
    assert (document["findings"], away.code) == ([], 3)


async def _visited(environ: dict[str, str]) -> None:
    wired = Wired(environ)
    told = Beacon("/orders/{id}", Profile.PHONE, {"lcp": 5000.0})
    async with wired.store(wired.settings(None)) as store:
        seen = field.visited("web", 100, datetime.now(UTC), told)
        await field.keep(store.connection, [seen] * 100)
