"""What a person may call a target."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from fettle import settings
from fettle.errors import BadSettings, WrongUsage
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import (
    AccessLog,
    CloudflareZone,
    EdgeFunctions,
    OtherHost,
    ThisHost,
    TracedFunctions,
)
from fettle.targets import named, site_address

CATALOGUE = """
    [[service]]
    name = "shop"
    url = "https://shop.example"
    depends_on = ["stock", "main-db", "bank", "paper"]
    limits.site_slow.first_byte = "1s"

    [[service]]
    name = "stock"
    depends_on = ["main-db", "shop"]

    [[database]]
    name = "main-db"
    url = "postgresql://app@db/shop"

    [[dependency]]
    name = "bank"
    status_url = "https://${BANK}/summary.json"
"""


def targets(tmp_path: Path, *names: str, toml: str = CATALOGUE, **environ: str) -> list[Target]:
    file = tmp_path / "fettle.toml"
    file.write_text(toml, encoding="utf-8")
    return named.targets(names, settings.load(file, environ), environ)


def test_nobody_named_means_all_that_can_be_looked_at(tmp_path: Path) -> None:
    found = targets(tmp_path, BANK="bank.example")
    # nothing says where stock is watched
    assert [(one.name, one.kind) for one in found] == [
        ("main-db", Kind.DATABASE),
        ("shop", Kind.SERVICE),
        ("bank", Kind.DEPENDENCY),
    ]


def test_a_service_comes_with_all_that_it_needs_however_far(tmp_path: Path) -> None:
    (shop,) = targets(tmp_path, "shop", BANK="bank.example")
    # stock is watched nowhere, paper is only a name; that they need one another ends
    assert [one.name for one in shop.needs] == ["main-db", "bank"]
    (stock,) = targets(tmp_path, "stock", BANK="bank.example")
    assert [one.name for one in stock.needs] == ["main-db", "shop", "bank"]


def test_a_services_limits_are_its_own(tmp_path: Path) -> None:
    (shop,) = targets(tmp_path, "shop", BANK="bank.example")
    assert shop.limits == {"site_slow": {"first_byte": "1s"}}
    assert [one.limits for one in shop.needs] == [{}, {}]


def test_dashes_and_underscores_are_equal(tmp_path: Path) -> None:
    (found,) = targets(tmp_path, "main_db")
    assert found.name == "main-db"


def test_a_variable_that_is_missing_hinders_only_whoever_needs_it(tmp_path: Path) -> None:
    assert targets(tmp_path, "main-db")
    for names in (["bank"], ["shop"], []):
        with pytest.raises(BadSettings, match="BANK"):
            targets(tmp_path, *names)


def test_a_site_is_named_without_its_secrets(tmp_path: Path) -> None:
    (site,) = targets(tmp_path, "https://ada:secret@shop.example:8443/pay/?token=secret")
    assert (site.name, site.kind) == ("https://shop.example:8443/pay", Kind.SITE)
    assert "secret" not in repr(site)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("shpo", "nothing is called shpo; did you mean shop?"),
        ("ftp://shop.example", "ftp:// is no address that this version can look at"),
        ("https://", "that is no address of a site: it names no host"),
        ("http://shop.example:port", "that is no address of a site: Port could not be cast"),
    ],
)
def test_what_means_nothing_is_said(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(WrongUsage, match=re.escape(reason)):
        targets(tmp_path, name)


def test_nothing_at_all_to_look_at_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="there is nothing to look at"):
        targets(tmp_path, toml='[[service]]\nname = "shop"')


def test_what_acts_is_for_databases(tmp_path: Path) -> None:
    file = tmp_path / "fettle.toml"
    file.write_text(CATALOGUE, encoding="utf-8")
    given = settings.load(file, {"BANK": "bank.example"})
    with pytest.raises(WrongUsage, match="shop is a service, and fixes are for databases"):
        named.to_mend("shop", None, given)


def test_an_address_in_brackets_keeps_them() -> None:
    assert site_address.shown("http://[::1]:8080/") == "http://[::1]:8080"


def test_a_file_is_an_access_log_and_all_of_it_is_judged(tmp_path: Path) -> None:
    log = tmp_path / "access log"
    log.touch()
    for name in (str(log), f"file://{log}".replace(" ", "%20"), f"file://localhost{log}"):
        (target,) = targets(tmp_path, name)
        assert (target.name, target.kind) == (str(log), Kind.LOG)
        assert target.watchpoints == (AccessLog(str(log), str(log)),)


def test_what_is_piped_in_is_an_access_log(tmp_path: Path) -> None:
    (target,) = targets(tmp_path, "-")
    assert target.watchpoints == (AccessLog("standard input", "-"),)


@pytest.mark.parametrize(
    ("name", "reason"), [("/nowhere/access.log", "there is no file"), ("/etc", "is a folder")]
)
def test_a_file_that_is_none_is_said(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(WrongUsage, match=reason):
        targets(tmp_path, name)


AROUND = """
    [[service]]
    name = "shop"
    access_log = "/var/log/nginx/access.log"
    access_log_last = "5m"
    host = "web-1"

    [[host]]
    name = "web-1"

    [[host]]
    name = "web-2"
    on = "two"

    [[cdn]]
    name = "shop-cdn"
    service = "shop"
    zone = "z1"
    token = "${CDN}"

    [[edge]]
    name = "shop-edge"
    service = "shop"
    provider = "supabase"
    project = "abc"
    token = "${EDGE}"
"""


def test_a_service_comes_with_what_it_runs_on_and_what_is_before_it(tmp_path: Path) -> None:
    (shop,) = targets(tmp_path, "shop", toml=AROUND, CDN="c", EDGE="e")
    assert shop.watchpoints == (
        AccessLog("shop", "/var/log/nginx/access.log", timedelta(minutes=5)),
    )
    assert [one.watchpoints for one in shop.needs] == [
        (ThisHost("web-1"),),
        (CloudflareZone("shop-cdn", "https://api.cloudflare.com/client/v4/graphql", "z1", "c"),),
        (EdgeFunctions("shop-edge", "supabase", "https://api.supabase.com", "abc", "e"),),
    ]


def test_another_machine_is_not_taken_for_this_one(tmp_path: Path) -> None:
    every = {one.name: one for one in targets(tmp_path, toml=AROUND, CDN="c", EDGE="e")}
    assert every["web-1"].watchpoints == (ThisHost("web-1"),)
    assert every["web-2"].watchpoints == (OtherHost("web-2", "two"),)
    elsewhere = AROUND.replace('host = "web-1"', 'host = "web-2"')
    log = "/var/log/nginx/access.log"
    shops = {one.name: one for one in targets(tmp_path, toml=elsewhere, CDN="c", EDGE="e")}
    assert shops["shop"].watchpoints == (OtherHost("shop", "two", log),)
    # who names it means this machine
    (named_,) = targets(tmp_path, "web-2", toml=AROUND)
    assert named_.watchpoints == (ThisHost("web-2", "two"),)


def test_a_token_that_is_missing_hinders_only_whoever_needs_it(tmp_path: Path) -> None:
    assert targets(tmp_path, "web-1", toml=AROUND)
    with pytest.raises(BadSettings, match=r"\[\[cdn\]\] shop-cdn: token: .* no CDN"):
        targets(tmp_path, "shop-cdn", toml=AROUND)


MAIN = """
    [[prometheus]]
    name = "main"
    url = "http://127.0.0.1:9090"
    token = "${MAIN}"
"""
BY_API = """project = "abc"
    token = "${EDGE}"
"""
TRACED = """selector = 'service_name="vercel-function"'
    functions = ["GET /api/cart"]
"""


def test_functions_are_watched_by_their_traces(tmp_path: Path) -> None:
    toml = MAIN + AROUND.replace("supabase", "vercel").replace(BY_API, TRACED)
    (edge,) = targets(tmp_path, "shop-edge", toml=toml, MAIN="m")
    assert edge.watchpoints == (
        TracedFunctions(
            "shop-edge",
            "http://127.0.0.1:9090",
            'service_name="vercel-function"',
            token="m",
            functions=("GET /api/cart",),
        ),
    )
    with pytest.raises(BadSettings, match="the environment has no MAIN"):
        targets(tmp_path, "shop-edge", toml=toml)


def test_a_prometheus_that_has_traces_of_functions_alone_is_looked_at_itself(
    tmp_path: Path,
) -> None:
    toml = MAIN + AROUND.replace("supabase", "vercel").replace(BY_API, TRACED)
    every = {one.name: one.every for one in targets(tmp_path, toml=toml, MAIN="m", CDN="c")}
    service = toml.replace('host = "web-1"', "selector = 'job=\"shop\"'", 1)
    shared = {one.name: one.every for one in targets(tmp_path, toml=service, MAIN="m", CDN="c")}

    assert (every["main"], shared["main"]) == (None, timedelta())


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (AROUND.replace("supabase", "vercel"), r"shop-edge: Vercel has no API .* selector ="),
        (AROUND.replace(BY_API, BY_API + TRACED), "shop-edge: .* not both"),
        (AROUND.replace(BY_API, ""), "shop-edge: give the project and the token"),
        (AROUND.replace(BY_API, TRACED), "shop-edge: prometheus: which one is not said"),
        (MAIN + AROUND.replace(BY_API, 'prometheus = "main"'), "shop-edge: .* give its selector"),
    ],
)
def test_functions_that_nobody_can_look_at_say_what_is_missing(
    tmp_path: Path, given: str, why: str
) -> None:
    with pytest.raises(BadSettings) as raised:
        targets(tmp_path, toml=given, CDN="c", EDGE="e", MAIN="m")
    assert re.search(why, f"{raised.value.reason}; {raised.value.remedy}")


def test_a_service_is_looked_at_from_where_its_log_is(tmp_path: Path) -> None:
    elsewhere = AROUND.replace('host = "web-1"', 'host = "web-2"')
    (shop,) = targets(tmp_path, "shop", toml=elsewhere, CDN="c", EDGE="e")
    assert shop.on == "two"
    own = elsewhere.replace('host = "web-2"', 'host = "web-2"\n    on = "edge"')
    (shop,) = targets(tmp_path, "shop", toml=own, CDN="c", EDGE="e")
    assert shop.on == "edge"
