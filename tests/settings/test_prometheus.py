"""Settings of a Prometheus, and of who is watched by it."""

from pathlib import Path

import pytest

from fettle import settings
from fettle.errors import BadSettings, WrongUsage
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import Metrics, PrometheusApi, Site
from fettle.targets import named

MAIN = '[[prometheus]]\nname = "main"\nurl = "https://prometheus.example/"\n'
SHOP = '[[service]]\nname = "shop"\n'


def targets(tmp_path: Path, toml: str, *names: str, **environ: str) -> list[Target]:
    file = tmp_path / "fettle.toml"
    file.write_text(toml, encoding="utf-8")
    return named.targets(names, settings.load(file, environ), environ)


def test_a_service_is_watched_by_its_series_and_by_what_it_tells_itself(tmp_path: Path) -> None:
    toml = f"""
        {MAIN}
        token = "${{PROMETHEUS_TOKEN}}"
        tenant = "acme"
        {SHOP}
        url = "https://shop.example"
        prometheus = "main"
        selector = '{{job="shop", env=~"prod.*"}}'
        metrics = "https://shop.example/metrics"
        metrics_token = "${{METRICS_TOKEN}}"
        objective = 0.999
    """
    (shop,) = targets(tmp_path, toml, "shop", PROMETHEUS_TOKEN="t1", METRICS_TOKEN="t2")

    assert shop.watchpoints == (
        Site("shop", "https://shop.example"),
        PrometheusApi(
            "shop",
            "https://prometheus.example",
            'job="shop", env=~"prod.*"',
            token="t1",
            tenant="acme",
            objective=0.999,
        ),
        Metrics("shop", "https://shop.example/metrics", "t2"),
    )


def test_the_only_prometheus_need_not_be_named(tmp_path: Path) -> None:
    (shop,) = targets(tmp_path, f"{MAIN}{SHOP}selector = 'job=\"shop\"'", "shop")

    assert isinstance(shop.watchpoints[0], PrometheusApi)


def test_a_prometheus_is_a_target_by_its_name_and_by_its_address(tmp_path: Path) -> None:
    (main,) = targets(tmp_path, f"{MAIN}selector = 'env=\"prod\"'", "main")
    (other,) = targets(tmp_path, MAIN, "prometheus+http://ada:secret@127.0.0.1:9090/prom/")

    assert (main.name, main.kind) == ("main", Kind.PROMETHEUS)
    assert main.watchpoints == (
        PrometheusApi("main", "https://prometheus.example", 'env="prod"', whole=True),
    )
    assert (other.name, other.kind) == ("prometheus+http://127.0.0.1:9090/prom", Kind.PROMETHEUS)
    assert "secret" not in repr(other)


def test_a_dependency_is_watched_alike(tmp_path: Path) -> None:
    toml = """
        [[dependency]]
        name = "supabase"
        metrics = "https://service_role:${KEY}@ref.example/customer/v1/privileged/metrics"
    """
    (supabase,) = targets(tmp_path, toml, "supabase", KEY="k")

    assert supabase.watchpoints == (
        Metrics("supabase", "https://service_role:k@ref.example/customer/v1/privileged/metrics"),
    )


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        (f'{SHOP}prometheus = "main"\nselector = \'a="b"\'', "none is called main"),
        (f"{SHOP}selector = 'a=\"b\"'", "which one is not said; of [[prometheus]] there are: none"),
        (f'{MAIN}{SHOP}prometheus = "mian"\nselector = \'a="b"\'', "there are: main"),
        (f'{MAIN}{SHOP}prometheus = "main"', "which of its series are meant is not said"),
        (f"{MAIN}{SHOP}selector = 'up) or vector(1'", "is no selector"),
        (MAIN + SHOP + "selector = 'a=\"b\"} or up{'", "is no selector"),
        (f"{MAIN}selector = 'job=shop'", "is no selector"),
        (f"{MAIN}{SHOP}objective = 0.99", "nothing tells which of its requests failed"),
        (f"{MAIN}{SHOP}objective = 99.9", "objective"),
        ('[[prometheus]]\nname = "m"\nurl = "prometheus.example"', "must be an address"),
        ('[[prometheus]]\nname = "m"\nurl = "http://h/?q=1"', "without a query"),
        (f'{SHOP}metrics = "shop.example/metrics"', "[[service]] shop: metrics: it must be"),
        ('[[dependency]]\nname = "d"\nmetrics = "http://h:99999/"', "[[dependency]] d: metrics"),
        (f'{MAIN}user = "a"\ntoken = "${{T}}"', "a token, or a user and a password"),
        (f'{MAIN}token = "sTr4ight-from-the-file"', "a secret stands in the file"),
        (f'{MAIN}password = "straight"', "a secret stands in the file"),
        (f'{MAIN}tenant = "a\\nb"', "what no header may"),
    ],
)
def test_what_cannot_be_used_is_refused_where_it_stands(
    tmp_path: Path, toml: str, wrong: str
) -> None:
    with pytest.raises(BadSettings) as caught:
        targets(tmp_path, toml, T="t")

    assert wrong in caught.value.reason


def test_a_variable_that_is_not_there_is_told_to_who_needs_it(tmp_path: Path) -> None:
    toml = f"""
        [[prometheus]]
        name = "main"
        url = "${{PROMETHEUS_URL}}"
        password = "${{PASSWORD}}"
        user = "ada"
        {SHOP}
        selector = 'job="shop"'
        [[service]]
        name = "stock"
        url = "https://stock.example"
    """
    assert targets(tmp_path, toml, "stock")
    with pytest.raises(BadSettings, match="the environment has no PASSWORD"):
        targets(tmp_path, toml, "shop", PROMETHEUS_URL="http://10.0.0.1:9090")
    with pytest.raises(BadSettings, match="the environment has no PROMETHEUS_URL"):
        targets(tmp_path, toml, "main", PASSWORD="p")


def test_other_addresses_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="names no host"):
        targets(tmp_path, "", "prometheus+http://")
    with pytest.raises(WrongUsage, match="no address that this version can look at"):
        targets(tmp_path, "", "prometheus+ftp://host")
