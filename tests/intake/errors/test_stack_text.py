"""A stack that was printed is read into the frames that an event has, the cause first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.errors.stack_text import read_stack, split_type
from fettle.model.error_event import Raised

PYTHON = """Traceback (most recent call last):
  File "/srv/shop/cart.py", line 42, in total
    return sum(line["price"] for line in lines)
               ~~~~^^^^^^^^^
KeyError: 'price'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/main.py", line 7, in <module>
    pay()
  File "/srv/shop/pay.py", line 9, in pay
shop.errors.PaymentError: no total
for order 12
"""
JAVA = """java.lang.IllegalStateException: no order: 12
\tat com.shop.Cart.pay(Cart.java:42)
\tat com.shop.Cart$1.run(Unknown Source)
\tat java.base/java.lang.Thread.run(Thread.java:840) ~[?:?]
\tSuppressed: java.io.IOException: close
\t\tat com.shop.File.close(File.java:1)
\t... 12 more
Caused by: java.sql.SQLException: gone
\tat org.pg.Conn.<init>(Conn.java:7)
\t... 3 more
"""
NODE = """TypeError: Cannot read properties of undefined (reading 'id')
    at charge (/srv/shop/pay.js:12:5)
    at async Promise.all (index 0)
    at new Cart (file:///srv/shop/cart.mjs:1:2)
    at /srv/shop/app.js:3:4
    at JSON.parse (<anonymous>)"""
FIREFOX = """pay@https://shop.example/app.js:12:5
@https://shop.example/app.js:1:2"""
GO = """panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.(*Cart).Pay(0xc000012345, {0x1, 0x2})
\t/srv/shop/cart.go:42 +0x1d
main.main()
\t/srv/shop/main.go:9 +0x20
created by net/http.(*Server).Serve in goroutine 1
\t/usr/lib/go/src/net/http/server.go:3086 +0x4db

goroutine 2 [sleep]:
time.Sleep(0x1)
\t/usr/lib/go/src/time/sleep.go:1
"""
RUBY = """app/cart.rb:12:in `pay': undefined method `id' for nil (NoMethodError)
\tfrom app/main.rb:3:in `block in run'
\tfrom app/main.rb:1:in 'Shop#run'"""
NET = """System.InvalidOperationException: no order
 ---> System.IO.IOException: gone
   at Shop.Db.Open(String name) in /src/Db.cs:line 7
   --- End of inner exception stack trace ---
   at Shop.Cart.Pay(Int32 id) in C:\\src\\Cart.cs:line 42
   at Shop.Program.Main(String[] args)"""
PHP = """PDOException: SQLSTATE[HY000] [2002] Connection refused in /srv/shop/Db.php:12
Stack trace:
#0 /srv/shop/Db.php(12): PDO->__construct('mysql:host=db')
#1 [internal function]: App\\Cart::pay(Object(App\\Order))
#2 /srv/shop/index.php(3): require('/srv/shop/...')
#3 {main}"""


def places(raised: Raised) -> list[tuple[str | None, str | None, str | None, int | None]]:
    return [(one.function, one.module, one.file, one.line) for one in raised.frames]


def test_pythons_is_a_chain_with_lines_of_source() -> None:
    cause, top = read_stack(PYTHON)

    assert (cause.type, cause.value, cause.module) == ("KeyError", "'price'", None)
    assert places(cause) == [("total", None, "/srv/shop/cart.py", 42)]
    assert cause.frames[0].context == 'return sum(line["price"] for line in lines)'
    assert (top.type, top.value) == ("PaymentError", "no total\nfor order 12")
    assert top.module == "shop.errors"
    assert places(top) == [
        ("<module>", None, "/srv/shop/main.py", 7),
        ("pay", None, "/srv/shop/pay.py", 9),
    ]


def test_javas_is_a_chain_without_what_was_suppressed() -> None:
    cause, top = read_stack(JAVA)

    assert (cause.type, cause.value, cause.module) == ("SQLException", "gone", "java.sql")
    assert places(cause) == [("<init>", "org.pg.Conn", "Conn.java", 7)]
    assert (top.type, top.value) == ("IllegalStateException", "no order: 12")
    assert places(top) == [
        ("run", "java.lang.Thread", "Thread.java", 840),
        ("run", "com.shop.Cart$1", None, None),
        ("pay", "com.shop.Cart", "Cart.java", 42),
    ]


def test_nodes_has_calls_with_and_without_names() -> None:
    (top,) = read_stack(NODE)

    assert (top.type, top.value) == (
        "TypeError",
        "Cannot read properties of undefined (reading 'id')",
    )
    assert places(top) == [
        ("JSON.parse", None, "<anonymous>", None),
        (None, None, "/srv/shop/app.js", 3),
        ("new Cart", None, "file:///srv/shop/cart.mjs", 1),
        ("charge", None, "/srv/shop/pay.js", 12),
    ]
    assert top.frames[-1].column == 5


def test_firefoxes_has_no_message() -> None:
    (top,) = read_stack(FIREFOX)

    assert (top.type, top.value) == (None, "")
    assert places(top) == [
        (None, None, "https://shop.example/app.js", 1),
        ("pay", None, "https://shop.example/app.js", 12),
    ]


def test_gos_is_that_of_the_first_goroutine() -> None:
    (top,) = read_stack(GO)

    assert top.value == "runtime error: index out of range [3] with length 2"
    assert places(top) == [
        ("net/http.(*Server).Serve", None, "/usr/lib/go/src/net/http/server.go", 3086),
        ("main.main", None, "/srv/shop/main.go", 9),
        ("main.(*Cart).Pay", None, "/srv/shop/cart.go", 42),
    ]


def test_rubys_says_what_was_raised_behind_the_place() -> None:
    (top,) = read_stack(RUBY)

    assert (top.type, top.value) == ("NoMethodError", "undefined method `id' for nil")
    assert places(top) == [
        ("Shop#run", None, "app/main.rb", 1),
        ("block in run", None, "app/main.rb", 3),
        ("pay", None, "app/cart.rb", 12),
    ]


def test_nets_has_the_inner_exception_in_between() -> None:
    cause, top = read_stack(NET)

    assert (cause.type, cause.value, cause.module) == ("IOException", "gone", "System.IO")
    assert places(cause) == [("Open", "Shop.Db", "/src/Db.cs", 7)]
    assert (top.type, top.value) == ("InvalidOperationException", "no order")
    assert places(top) == [
        ("Main", "Shop.Program", None, None),
        ("Pay", "Shop.Cart", "C:\\src\\Cart.cs", 42),
    ]


def test_phps_ends_in_main() -> None:
    (top,) = read_stack(PHP)

    assert top.type == "PDOException"
    assert places(top) == [
        ("require", None, "/srv/shop/index.php", 3),
        ("App\\Cart::pay", None, None, None),
        ("PDO->__construct", None, "/srv/shop/Db.php", 12),
    ]


@pytest.mark.parametrize("text", ["", "no order", "at home: 12\nat work", "# 1 (2): 3"])
def test_what_is_no_stack_is_none(text: str) -> None:
    assert read_stack(text) == ()


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("java.lang.Error", ("Error", "java.lang")),
        ("TypeError", ("TypeError", None)),
        ("ActiveRecord::RecordNotFound", ("ActiveRecord::RecordNotFound", None)),
        ("App\\Missing", ("App\\Missing", None)),
        ("*errors.errorString", ("*errors.errorString", None)),
    ],
)
def test_a_class_has_a_module_where_dots_say_so(said: str, parts: tuple[str, str | None]) -> None:
    assert split_type(said) == parts


LINES = [
    line for text in (PYTHON, JAVA, NODE, FIREFOX, GO, RUBY, NET, PHP) for line in text.splitlines()
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=30))
def test_lines_in_any_order_are_read_or_left(lines: list[str]) -> None:
    for raised in read_stack("\n".join(lines)):
        assert len(raised.frames) <= 250
        assert all(frame.line is None or 0 <= frame.line < 2**31 for frame in raised.frames)
