"""Functions are called the same, whichever compiler, engine or version has named them."""

import pytest

from fettle.intake.errors.functions import family_of, plain, plain_module


@pytest.mark.parametrize(
    ("platform", "names", "called"),
    [
        ("python", ["total", "Cart.total", "Cart.pay.<locals>.total"], "total"),
        ("python", ["<lambda>", "Cart.total.<locals>.<lambda>"], "<lambda>"),
        ("python", ["<module>", "", "<unknown>"], ""),
        ("node", ["total", "Cart.total", "Object.total", "exports.total", "_Cart.total"], "total"),
        ("node", ["async Cart.total", "Cart.total [as handler]", "total$1", "total2"], "total"),
        ("javascript", ["Cart", "new Cart", "new t.Cart"], "Cart"),
        ("javascript", ["load", "async load", "async*load", "promise callback*load"], "load"),
        ("javascript", ["get total", "total", "static total", "Cart.prototype.total"], "total"),
        ("javascript", ["?", "<anonymous>", "setup/<", "Cart/total<", "boot/</<"], ""),
        ("javascript", ["HTMLButtonElement.<anonymous>", "Object.<anonymous>", "t", "e.r"], ""),
        ("javascript", ["./src/cart.js", "4821", "global code", "e.<computed>"], ""),
        ("java", ["lambda$total$0", "lambda$total$12"], "lambda$total$*"),
        ("ruby", ["total", "Cart#total", "block in Cart#total", "Shop::Cart.total"], "total"),
        ("ruby", ["block (2 levels) in total", "rescue in block in total"], "total"),
        ("ruby", ["_show_erb___12_34", "_show_erb__567_89"], "_show_erb_*_*"),
        ("go", ["(*Cart).Total", "(*Cart).Total.func1", "(*Cart).Total.func2.1"], "(*Cart).Total"),
        ("go", ["a/b/cart.Map[...]", "cart.Map[go.shape.int]"], "cart.Map"),
        ("php", ["A::{closure}", "A::{closure:A::b():12}"], "A::{closure}"),
        (
            "php",
            ["class@anonymous\0/a.php:1$0::run", "class@anonymous::run"],
            "class@anonymous::run",
        ),
        ("csharp", ["Total", "<Total>d__5.MoveNext", "<Total>d__7`1.MoveNext"], "Total"),
        (
            "csharp",
            ["<>c.<Total>b__0_1", "<>c__DisplayClass3_0.<Total>b__1", "Total(Int32 n)"],
            "Total",
        ),
        ("rust", ["cart::total", "cart::total::h3a5f0c1b2d4e6f78"], "cart::total"),
        ("rust", ["cart::{{closure}}", "cart::{closure#3}"], "cart::{closure}"),
        ("elixir", ["Cart.total/1", "anonymous fn/1 in Cart.total/1"], "Cart.total/1"),
    ],
)
def test_a_function_is_called_the_same(platform: str, names: list[str], called: str) -> None:
    family = family_of(platform)

    assert {plain(name, family) for name in names} == {called}


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (
            ["a.B", "a.B$$Lambda$14/0x01", "a.B$$EnhancerBySpringCGLIB$$1a2b", "a.B_ClientProxy"],
            "a.B",
        ),
        (["a.B$1", "a.B$27"], "a.B$*"),
        (["a.$Proxy1", "a.$Proxy22"], "a.$Proxy*"),
        (
            ["r.GeneratedMethodAccessor3", "r.GeneratedMethodAccessor41"],
            "r.GeneratedMethodAccessor*",
        ),
    ],
)
def test_a_class_is_called_the_same_behind_a_proxy(names: list[str], called: str) -> None:
    assert {plain_module(name, family_of("java")) for name in names} == {called}


def test_versions_of_an_interface_are_apart() -> None:
    assert plain_module("shop.api.v1", family_of("python")) == "shop.api.v1"
    assert plain_module("github.com/a/b@v1.2.3", family_of("go")) == "github.com/a/b"
