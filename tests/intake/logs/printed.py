"""Traces as runtimes, loggers and collectors write them, and what is to be read of each."""

# ruff: noqa: E501 - lines stand as they are written

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """Lines with one trace: of which platform, what was said, and the chain, the cause first.

    Of each exception the type, what it says, and its two innermost calls.
    """

    name: str
    text: str
    platform: str
    says: str
    chain: list[tuple[str | None, str, list[str | None]]]


PRINTED = [
    Printed(
        "python_beside_another",
        """\
2026-11-27 06:44:59,123 ERROR app: no card
Traceback (most recent call last):
  File "/srv/shop/pay.py", line 3, in pay
    charge()
    ~~~~~~^^
2026-11-27 06:44:59,200 INFO app: served /
  File "/srv/shop/card.py", line 9, in charge
    raise CardError(7)
CardError: 7
2026-11-27 06:45:00,123 INFO served
""",
        "python",
        "no card",
        [("CardError", "7", ["pay", "charge"])],
    ),
    Printed(
        "java_beside_another",
        """\
2026-11-27 06:44:59 ERROR [main] no card
java.lang.IllegalStateException: bad
\tat shop.Pay.pay(Pay.java:3)
2026-11-27 06:44:59 INFO [w-2] served /
\tat shop.Main.main(Main.java:3)
Caused by: java.io.IOException: away
\tat shop.Gateway.open(Gateway.java:3)
\t... 3 more
2026-11-27 06:45:00 INFO [main] served
""",
        "java",
        "no card",
        [("IOException", "away", ["open"]), ("IllegalStateException", "bad", ["main", "pay"])],
    ),
    Printed(
        "node_below_what_it_says",
        """\
2026-11-27T06:44:59Z error: boom
Error: boom
    at pay (/app/pay.js:3:9)
    at Object.<anonymous> (/app/index.js:1:1) {
  code: 'E1'
}
next
""",
        "node",
        "boom",
        [("Error", "boom", ["pay"])],
    ),
    Printed(
        "node_uncaught",
        """\
/app/x.js:3
    throw new TypeError("bad");
    ^

TypeError: bad
    at pay (/app/pay.js:3:9)
    at node:internal/main/run_main_module:23:47

Node.js v18.19.0
""",
        "node",
        "",
        [("TypeError", "bad", [None, "pay"])],
    ),
    Printed(
        "node_with_a_code",
        """\
TypeError [ERR_X]: bad thing
    at pay (/app/pay.js:3:9)
""",
        "node",
        "",
        [("TypeError", "bad thing", ["pay"])],
    ),
    Printed(
        "node_plain",
        """\
Error: boom
    at pay (/app/pay.js:3:9)
""",
        "node",
        "",
        [("Error", "boom", ["pay"])],
    ),
    Printed(
        "ruby",
        """\
app.rb:3:in 'Integer#/': divided by 0 (ZeroDivisionError)
\tfrom app.rb:3:in 'Object#pay'
\tfrom app.rb:7:in '<main>'
""",
        "ruby",
        "",
        [("ZeroDivisionError", "divided by 0", ["Object#pay", "Integer#/"])],
    ),
    Printed(
        "rails",
        """\
ActionController::RoutingError (No route matches [GET] "/x"):

app/controllers/x_controller.rb:3:in `show'
app/models/y.rb:9:in `find'
Completed 500 in 3ms
""",
        "ruby",
        "",
        [("ActionController::RoutingError", 'No route matches [GET] "/x"', ["find", "show"])],
    ),
    Printed(
        "go_panic",
        """\
2026/11/27 06:44:59 starting
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.pay(...)
\t/app/pay.go:5
main.main()
\t/app/main.go:9 +0x1d
exit status 2
""",
        "go",
        "",
        [(None, "runtime error: index out of range [5] with length 3", ["main.main", "main.pay"])],
    ),
    Printed(
        "go_server",
        """\
2026/11/27 06:44:59 http: panic serving 10.0.0.1:5123: boom
goroutine 34 [running]:
net/http.(*conn).serve.func1()
\t/usr/lib/go/src/net/http/server.go:1854 +0xbf
panic({0x6a2d40, 0x73e0b0})
\t/usr/lib/go/src/runtime/panic.go:890 +0x263
main.pay({0x1, 0x2})
\t/app/pay.go:5 +0x1
created by net/http.(*Server).Serve
\t/usr/lib/go/src/net/http/server.go:3086 +0x4db
2026/11/27 06:45:00 served
""",
        "go",
        "",
        [(None, "panic serving 10.0.0.1:5123: boom", ["panic", "net/http.(*conn).serve.func1"])],
    ),
    Printed(
        "net",
        """\
Unhandled exception. System.InvalidOperationException: bad
 ---> System.IO.IOException: away
   at Shop.Gateway.Open() in /src/Gateway.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Pay.Run(String card) in /src/Pay.cs:line 9
   at Program.Main()
""",
        "csharp",
        "",
        [("IOException", "away", ["Open"]), ("InvalidOperationException", "bad", ["Main", "Run"])],
    ),
    Printed(
        "asp_net",
        """\
fail: Microsoft.AspNetCore.Server.Kestrel[13]
      Connection id "0HM", Request id "0HM:1": An unhandled exception was thrown by the application.
      System.InvalidOperationException: bad
         at Shop.Pay.Run(String card) in /src/Pay.cs:line 9
info: next
""",
        "csharp",
        'fail: Microsoft.AspNetCore.Server.Kestrel[13] Connection id "0HM", Request id "0HM:1": An unhandled exception was thrown by the application.',
        [("InvalidOperationException", "bad", ["Run"])],
    ),
    Printed(
        "php",
        """\
[27-Nov-2026 06:44:59 UTC] PHP Fatal error:  Uncaught RuntimeException: bad in /app/x.php:3
Stack trace:
#0 /app/x.php(7): pay('x')
#1 {main}
  thrown in /app/x.php on line 3
[27-Nov-2026 06:45:59 UTC] ok
""",
        "php",
        "",
        [("RuntimeException", "bad", ["pay"])],
    ),
    Printed(
        "laravel",
        """\
[2026-11-27 06:44:59] production.ERROR: no card {"exception":"[object] (RuntimeException(code: 0): bad at /app/x.php:3)
[stacktrace]
#0 /app/x.php(7): pay('x')
#1 {main}
"}
[2026-11-27 06:45:59] production.INFO: ok
""",
        "php",
        "no card",
        [("RuntimeException", "bad", ["pay"])],
    ),
    Printed(
        "java_main",
        """\
Exception in thread "main" java.lang.NullPointerException
\tat shop.Pay.pay(Pay.java:3)
""",
        "java",
        "",
        [("NullPointerException", "", ["pay"])],
    ),
    Printed(
        "syslog",
        """\
Nov 27 06:44:59 web1 app[12]: ERROR no card
Nov 27 06:44:59 web1 app[12]: Traceback (most recent call last):
Nov 27 06:44:59 web1 app[13]: served /
Nov 27 06:44:59 web1 app[12]:   File "/srv/shop/pay.py", line 3, in pay
Nov 27 06:44:59 web1 cron[9]: tick
Nov 27 06:44:59 web1 app[12]:     charge()
Nov 27 06:44:59 web1 app[12]: CardError: 7
Nov 27 06:44:59 web1 app[12]: next
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "docker",
        """\
{"log":"2026-11-27 06:44:59 ERROR no card\\n","stream":"stderr","time":"2026-11-27T06:44:59.1Z"}
{"log":"Traceback (most recent call last):\\n","stream":"stderr","time":"2026-11-27T06:44:59.1Z"}
{"log":"served\\n","stream":"stdout","time":"2026-11-27T06:44:59.1Z"}
{"log":"  File \\"/srv/shop/pay.py\\", line 3, in pay\\n","stream":"stderr","time":"2026-11-27T06:44:59.1Z"}
{"log":"    charge()\\n","stream":"stderr","time":"2026-11-27T06:44:59.1Z"}
{"log":"CardError: 7\\n","stream":"stderr","time":"2026-11-27T06:44:59.1Z"}
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "pino",
        """\
{"level":50,"time":1795761899123,"pid":7,"hostname":"web","err":{"type":"TypeError","message":"bad","stack":"TypeError: bad\\n    at pay (/app/pay.js:3:9)"},"msg":"no card"}
""",
        "node",
        "no card",
        [("TypeError", "bad", ["pay"])],
    ),
    Printed(
        "google",
        """\
{"severity":"ERROR","message":"TypeError: bad\\n    at pay (/app/pay.js:3:9)"}
""",
        "node",
        "",
        [("TypeError", "bad", ["pay"])],
    ),
    Printed(
        "python_json",
        """\
{"levelname":"ERROR","message":"no card","exc_info":"Traceback (most recent call last):\\n  File \\"/srv/shop/pay.py\\", line 3, in pay\\n    charge()\\nCardError: 7"}
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "structlog",
        """\
{"event":"no card","level":"error","timestamp":"2026-11-27T06:44:59Z","exception":[{"exc_type":"CardError","exc_value":"7","syntax_error":null,"is_cause":false,"frames":[{"filename":"/srv/shop/pay.py","lineno":3,"name":"pay"}]}]}
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "elastic",
        """\
{"@timestamp":"2026-11-27T06:44:59Z","log.level":"ERROR","message":"no card","error.type":"java.lang.IllegalStateException","error.message":"bad","error.stack_trace":"java.lang.IllegalStateException: bad\\n\\tat shop.Pay.pay(Pay.java:3)\\n"}
""",
        "java",
        "no card",
        [("IllegalStateException", "bad", ["pay"])],
    ),
    Printed(
        "zap",
        """\
{"level":"error","ts":1795761899.1,"caller":"x.go:3","msg":"no card","error":"boom","stacktrace":"main.pay\\n\\t/app/pay.go:12\\nmain.main\\n\\t/app/main.go:3"}
""",
        "go",
        "no card",
        [(None, "boom", ["main.main", "main.pay"])],
    ),
    Printed(
        "serilog",
        """\
{"@t":"2026-11-27T06:44:59Z","@mt":"no card","@l":"Error","@x":"System.InvalidOperationException: bad\\n   at Shop.Pay.Run(String card) in /src/Pay.cs:line 9"}
""",
        "csharp",
        "no card",
        [("InvalidOperationException", "bad", ["Run"])],
    ),
    Printed(
        "fluent_bit",
        """\
{"date":1.5,"log":"Traceback (most recent call last):","kubernetes":{"pod_name":"a"}}
{"date":1.5,"log":"served","kubernetes":{"pod_name":"b"}}
{"date":1.5,"log":"  File \\"/srv/shop/pay.py\\", line 3, in pay","kubernetes":{"pod_name":"a"}}
{"date":1.5,"log":"CardError: 7","kubernetes":{"pod_name":"a"}}
""",
        "python",
        "",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "containers",
        """\
2026-11-27T06:44:59.123456789Z stderr F Traceback (most recent call last):
2026-11-27T06:44:59.123456789Z stdout F served
2026-11-27T06:44:59.123456789Z stderr F   File "/srv/shop/pay.py", line 3, in pay
2026-11-27T06:44:59.123456789Z stderr F CardError: 7
""",
        "python",
        "",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "compose",
        """\
web-1  | Traceback (most recent call last):
db-1   | LOG:  checkpoint
web-1  |   File "/srv/shop/pay.py", line 3, in pay
web-1  | CardError: 7
""",
        "python",
        "",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "python_of_many_lines",
        """\
2026-11-27 06:44:59,123 ERROR app: no card
Traceback (most recent call last):
  File "/srv/shop/pay.py", line 3, in pay
sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key
DETAIL:  Key (id)=(1) already exists.
[SQL: INSERT INTO x]
(Background on this error at: https://sqlalche.me/e/20/gkpj)
2026-11-27 06:45:00,123 INFO served
""",
        "python",
        "no card",
        [("IntegrityError", "(psycopg.errors.UniqueViolation) duplicate key", ["pay"])],
    ),
    Printed(
        "python_with_heads",
        """\
2026-11-27 06:44:59,123 ERROR app: no card
2026-11-27 06:44:59,123 ERROR app: Traceback (most recent call last):
2026-11-27 06:44:59,124 ERROR app:   File "/srv/shop/pay.py", line 3, in pay
2026-11-27 06:44:59,125 INFO app: served
2026-11-27 06:44:59,125 ERROR app:     charge()
2026-11-27 06:44:59,125 ERROR app: CardError: 7
2026-11-27 06:45:00,123 INFO app: served
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "python_with_moments",
        """\
2026-11-27T06:44:59.123Z Traceback (most recent call last):
2026-11-27T06:44:59.123Z   File "/srv/shop/pay.py", line 3, in pay
2026-11-27T06:44:59.123Z     charge()
2026-11-27T06:44:59.123Z CardError: 7
2026-11-27T06:44:59.223Z served
""",
        "python",
        "",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "java_with_heads",
        """\
2026-11-27T06:44:59.123Z ERROR java.lang.IllegalStateException: bad
2026-11-27T06:44:59.123Z ERROR \tat shop.Pay.pay(Pay.java:3)
2026-11-27T06:44:59.123Z ERROR \tat shop.Main.main(Main.java:3)
2026-11-27T06:44:59.123Z ERROR Caused by: java.io.IOException: away
2026-11-27T06:44:59.123Z ERROR \tat shop.Gateway.open(Gateway.java:3)
2026-11-27T06:44:59.223Z INFO served
""",
        "java",
        "",
        [("IOException", "away", ["open"]), ("IllegalStateException", "bad", ["main", "pay"])],
    ),
    Printed(
        "heroku",
        """\
2026-11-27T06:44:59.123456+00:00 app[web.1]: Traceback (most recent call last):
2026-11-27T06:44:59.123456+00:00 app[web.2]: served
2026-11-27T06:44:59.123456+00:00 app[web.1]:   File "/srv/shop/pay.py", line 3, in pay
2026-11-27T06:44:59.123456+00:00 app[web.1]: CardError: 7
""",
        "python",
        "",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "python_below_a_place",
        """\
2026-11-27T06:44:59Z ERROR app: no card
Traceback (most recent call last):
  File "/srv/shop/pay.py", line 3, in pay
CardError: 7
2026-11-27T06:45:00Z INFO app: served
""",
        "python",
        "no card",
        [("CardError", "7", ["pay"])],
    ),
    Printed(
        "java_behind_a_head",
        """\
2026-11-27 06:44:59 ERROR java.lang.IllegalStateException: bad
\tat shop.Pay.pay(Pay.java:3)
2026-11-27 06:45:00 INFO served
""",
        "java",
        "",
        [("IllegalStateException", "bad", ["pay"])],
    ),
    Printed(
        "python_group_logged",
        """\
2026-11-27 18:06:33,345 ERROR root: orders failed
  + Exception Group Traceback (most recent call last):
  |   File "/srv/shop/orders.py", line 12, in <module>
  |     try: asyncio.run(main())
  |          ^^^^^^^^^^^^^^^^^^^
  |            ^^^^^^^^^^^^^^^
  |   File "/srv/shop/orders.py", line 10, in main
  |     async with asyncio.TaskGroup() as g:
  |   File "/usr/lib/python3.11/asyncio/taskgroups.py", line 145, in __aexit__
  |     raise me from None
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/orders.py", line 5, in charge
    |     raise CardError(n)
    | CardError: 7
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/orders.py", line 7, in stock
    |     try: {}["sku"]
    |          ~~^^^^^^^
    | KeyError: 'sku'
    |\x20
    | The above exception was the direct cause of the following exception:
    |\x20
    | Traceback (most recent call last):
    |   File "/srv/shop/orders.py", line 8, in stock
    |     except KeyError as e: raise RuntimeError("no stock") from e
    |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    | RuntimeError: no stock
    +------------------------------------
2026-11-27 06:45:00,123 INFO root: served
""",
        "python",
        "orders failed",
        [
            ("CardError", "7", ["charge"]),
            ("KeyError", "'sku'", ["stock"]),
            ("RuntimeError", "no stock", ["stock"]),
            (
                "ExceptionGroup",
                "unhandled errors in a TaskGroup (2 sub-exceptions)",
                ["main", "__aexit__"],
            ),
        ],
    ),
    Printed(
        "python_group_of_groups",
        """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/shop/orders.py", line 16, in <module>
  |     nested()
  |   File "/srv/shop/orders.py", line 15, in nested
  |     raise ExceptionGroup("outer", [ValueError("bad"), ExceptionGroup("inner", [TypeError("no"), OSError(2,"x")])])
  | ExceptionGroup: outer (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: bad
    +---------------- 2 ----------------
    | ExceptionGroup: inner (2 sub-exceptions)
    +-+---------------- 1 ----------------
      | TypeError: no
      +---------------- 2 ----------------
      | FileNotFoundError: [Errno 2] x
      +------------------------------------
served
""",
        "python",
        "",
        [
            ("ValueError", "bad", []),
            ("TypeError", "no", []),
            ("FileNotFoundError", "[Errno 2] x", []),
            ("ExceptionGroup", "inner (2 sub-exceptions)", []),
            ("ExceptionGroup", "outer (2 sub-exceptions)", ["<module>", "nested"]),
        ],
    ),
    Printed(
        "rust_panic",
        """\
thread 'worker-1' (71) panicked at src/main.rs:2:46:
index out of bounds: the len is 3 but the index is 7
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5
   1: core::panicking::panic_fmt
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:80:14
   2: core::panicking::panic_bounds_check
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:271:5
   3: shop::charge
             at /tmp/e5/rs/src/main.rs:2:46
   4: shop::pay
             at /tmp/e5/rs/src/main.rs:3:28
   5: shop::main::{{closure}}
             at /tmp/e5/rs/src/main.rs:5:71
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
served
""",
        "native",
        "",
        [
            (
                "panic",
                "index out of bounds: the len is 3 but the index is 7",
                ["shop::pay", "shop::charge"],
            )
        ],
    ),
    Printed(
        "rust_panic_without_calls",
        """\
thread 'worker-1' (71) panicked at src/main.rs:2:46:
index out of bounds: the len is 3 but the index is 7
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
served
""",
        "native",
        "",
        [("panic", "index out of bounds: the len is 3 but the index is 7", [None])],
    ),
    Printed(
        "rust_panic_before_1_73",
        """\
thread 'main' panicked at 'no card', src/pay.rs:3:9
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
served
""",
        "native",
        "",
        [("panic", "no card", [None])],
    ),
]
