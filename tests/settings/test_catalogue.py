"""The catalogue's services and dependencies, as targets."""

from pathlib import Path

import pytest

from fettle import settings
from fettle.errors import BadSettings
from fettle.model.measurement import Profile
from fettle.model.provider import PROVIDERS, provider_of
from fettle.model.watchpoint import KeptPages, Site, StatusPage
from fettle.settings.described import described
from fettle.settings.optimisation import letting_in, measured_pages


def loaded(tmp_path: Path, toml: str, **environ: str) -> settings.Settings:
    file = tmp_path / "fettle.toml"
    file.write_text(toml, encoding="utf-8")
    return settings.load(file, environ)


def test_a_service_is_asked_by_its_address(tmp_path: Path) -> None:
    (shop,) = loaded(
        tmp_path,
        """
        [probe]
        rdap = "https://rdap.example"
        [[service]]
        name = "shop"
        url = "https://shop.example"
        tier = "critical"
        expect = [200, 401]
        """,
    ).outside

    assert shop.watchpoints == (
        Site(
            "shop",
            "https://shop.example",
            critical=True,
            expect=(200, 401),
            rdap="https://rdap.example",
        ),
    )


BUDGETS = """
[[budget]]
name = "home"
service = "shop"
profile = "phone"
target.lcp = 2000
[[budget]]
name = "cart"
url = "https://shop.example/cart?step=1"
target.lcp = 2000
[[budget]]
name = "all"
url = "https://shop.example/*"
target.lcp = 2000
"""
SHOP = '[[service]]\nname = "shop"\nurl = "https://shop.example"\n'


def test_what_budgets_name_is_measured_by_the_clock(tmp_path: Path) -> None:
    named = loaded(tmp_path, f"{SHOP}{BUDGETS}")
    cart = "https://shop.example/cart?step=1"

    assert set(measured_pages(named)) == {
        ("https://shop.example", Profile.PHONE),
        (cart, Profile.PHONE),
        (cart, Profile.DESKTOP),
    }


@pytest.mark.parametrize(("every", "judged"), [("1d", True), ("0s", False)])
def test_pages_that_are_measured_by_the_clock_are_judged_with_their_service(
    every: str, judged: bool, tmp_path: Path
) -> None:
    pages = f'[optimisation]\nevery = "{every}"\npages = ["https://shop.example/cart"]\n'
    (shop,) = loaded(tmp_path, f"{pages}{SHOP}").outside

    assert (KeptPages("shop", url="https://shop.example") in shop.watchpoints) is judged


@pytest.mark.parametrize(
    ("about", "judged"),
    [
        ('url = "https://shop.example/cart"', True),
        ('url = "https://shop.example/*"', True),
        ('url = "https://*.example/*"', True),
        ("", True),
        ('service = "shop"', True),
        ('url = "https://shop.example.net/*"', False),
        ('url = "https://blog.example/"', False),
    ],
)
def test_a_budget_is_judged_with_the_service_whose_pages_it_is_about(
    about: str, judged: bool, tmp_path: Path
) -> None:
    budget = f'[[budget]]\nname = "b"\n{about}\ntarget.lcp = 2000\n'
    (shop,) = loaded(tmp_path, f"{budget}{SHOP}").outside

    found = [one.promises for one in shop.watchpoints if isinstance(one, KeptPages)]
    assert [one.budget.by for (one,) in found] == ["b"] * judged


LOG_INS = """
[[optimisation.log_in]]
url = "https://shop.example"
cookies = { session = "${SESSION}", consent = "yes" }
[[optimisation.log_in]]
url = "https://shop.example/desk"
headers = { Authorization = "Bearer ${DESK}", Accept-Language = "de" }
"""


def test_the_nearest_log_in_lets_in_to_a_page_and_is_shown_to_nobody(tmp_path: Path) -> None:
    found = loaded(tmp_path, LOG_INS, SESSION="s3cret")

    asked = letting_in(found, "https://shop.example/cart?x=1")
    assert asked == ({}, {"session": "s3cret", "consent": "yes"})
    assert letting_in(found, "https://shop.example.net/") == ({}, {})
    with pytest.raises(BadSettings, match="the environment has no DESK"):
        letting_in(found, "https://shop.example/desk/orders")
    shown = next(one for one in described(found) if one.name == "optimisation.log_in")
    assert "cookies (set)" in shown.value
    assert "s3cret" not in repr((found, shown))


def test_a_password_of_an_address_is_not_shown(tmp_path: Path) -> None:
    page = '[optimisation]\npages = ["https://ada:${PASSWORD}@shop.example/a"]\n'
    found = loaded(tmp_path, page, PASSWORD="s3cret")

    shown = {one.name: one.value for one in described(found)}
    assert shown["optimisation.pages"] == "https://***@shop.example/a"


@pytest.mark.parametrize(
    "wrong",
    ['url = "/cart"', 'url = "https://ada@h"', 'url = "https://h"\nheaders = { "a:" = "b" }'],
)
def test_a_log_in_that_cannot_be_sent_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="log_in"):
        loaded(tmp_path, f"[[optimisation.log_in]]\n{wrong}\n")


@pytest.mark.parametrize(
    ("toml", "where"),
    [
        ('[optimisation]\npages = ["/cart"]\n', "pages"),
        ('[[budget]]\nname = "b"\nurl = "shop.example/*"\ntarget.lcp = 1\n', "b: url"),
    ],
)
def test_what_is_no_address_is_refused_where_it_stands(
    toml: str, where: str, tmp_path: Path
) -> None:
    with pytest.raises(BadSettings, match=where):
        loaded(tmp_path, toml)


def test_a_dependency_is_asked_and_listened_to(tmp_path: Path) -> None:
    (bank,) = loaded(
        tmp_path,
        """
        [[dependency]]
        name = "payments"
        kind = "stripe"
        url = "https://api.bank.example"
        status_url = "https://status.bank.example/api/v2/summary.json"
        critical = true
        components = ["API", "Webhooks*"]
        """,
    ).outside

    assert bank.watchpoints == (
        Site(
            "payments",
            "https://api.bank.example",
            dependency=True,
            critical=True,
            provider="stripe",
        ),
        StatusPage(
            "payments",
            "https://status.bank.example/api/v2/summary.json",
            critical=True,
            components=("API", "Webhooks*"),
            provider="stripe",
        ),
    )


def test_nothing_is_asked_that_is_not_set(tmp_path: Path) -> None:
    names = "\n".join(f'[[dependency]]\nname = "{name}"' for name in PROVIDERS)

    assert [target.watchpoints for target in loaded(tmp_path, names).outside] == [()] * 3


def test_a_kind_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="kind"):
        loaded(tmp_path, '[[dependency]]\nname = "x"\nkind = "paypal"\n')


@pytest.mark.parametrize(
    ("kind", "name", "provider"),
    [
        (None, "stripe", "stripe"),
        (None, "Stripe API", "stripe"),
        (None, "supabase-eu", "supabase"),
        (None, "llm_anthropic", "anthropic"),
        (None, "pinstripes", None),
        ("stripe", "payments", "stripe"),
    ],
)
def test_a_provider_is_known_by_a_word_of_its_name(
    kind: str | None, name: str, provider: str | None
) -> None:
    assert provider_of(kind, name) == provider


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_proposed_as_an_address_is_one(name: str) -> None:
    provider = PROVIDERS[name]

    for url in (provider.url, provider.status_page, provider.status_url or provider.url):
        assert url.startswith("https://")
    assert provider.advice


def test_a_target_may_be_named_with_other_dashes_than_it_has(tmp_path: Path) -> None:
    read = loaded(
        tmp_path,
        """
        [[service]]
        name = "web-shop"
        depends_on = ["stock_api", "main_db", "paper"]
        host = "web_1"
        [[service]]
        name = "stock-api"
        [[database]]
        name = "main-db"
        url = "postgresql://app@db/shop"
        [[host]]
        name = "web-1"
        [[cdn]]
        name = "cache"
        service = "web_shop"
        zone = "z1"
        token = "${CDN}"
        [[schedule]]
        name = "by-night"
        every = "1h"
        databases = ["main_db"]
        targets = ["web_1"]
        [[backup]]
        name = "nightly"
        database = "main_db"
        kind = "pg_dump"
        path = "/backups"
        """,
    )
    calls = {one.name: one.calls for one in read.outside}

    assert calls["web-shop"] == ("stock-api", "main-db", "paper", "web-1", "cache")
    assert (read.schedule[0].databases, read.schedule[0].targets) == (("main-db",), ("web-1",))
    assert read.backup[0].database == "main-db"
