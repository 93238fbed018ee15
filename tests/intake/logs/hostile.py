"""Bytes that nobody meant to be a log, and lines at which patterns would take for ever."""

_CALLS = b"\n\tat shop.Pay.pay(Pay.java:3)\n\tat shop.Main.main(Main.java:3)"

# Each has less than 300,000 bytes.
HOSTILE = (
    b"\x00\x01\xff\xfe\n\x80\n",
    b"x" * 99_000,
    b"\xed\xa0\x80\n" * 10,
    b"{" * 50_000,
    b"[" * 9_000 + b"\n" + b'{"msg":' * 9_000,
    b"=" * 50_000,
    b"(((((((((" * 5_000,
    b"a@" * 40_000,
    b"password=" * 10_000,
    b" " * 90_000,
    b"\n" * 90_000,
    b"Traceback (most recent call last):\n" * 2_000,
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}\n".encode() * 100,
    b"2026-01-01 12:00:00 " + b"[" * 50_000,
    b"1" * 90_000,
    b"a." * 45_000,
    b"",
    b"A" * 60_000 + _CALLS,
    b"XError: " * 9_000 + _CALLS,
    b"a::" * 30_000 + _CALLS,
    b"PHP Fatal error:  Uncaught " * 3_000
    + b"\nStack trace:\n"
    + (b"#1 " + b"(" * 9_000 + b"\n") * 9,
    b'{"exception":"[object] (A(code: 0): ' + b" at " * 20_000 + _CALLS,
    b"A::" * 20_000 + b" (" * 20_000 + _CALLS,
    b"ERROR x\n" + (b"\tat " + b"a(" * 20_000 + b"\n") * 4,
    b'ERROR x\n  File "' + b"a" * 60_000 + b"\nERROR y\na:1:in `" + b"a" * 60_000,
    b"panic: x\ngoroutine 1 [running]:\n" + (b"a." * 9_000 + b"(\n\t/x.go:1\n") * 9,
    b"Nov 27 06:44:59 web-1 " + b"a" * 60_000 + b": x\n" + b"a " * 30_000 + b"| x",
    b"2026-11-27T06:44:59.1Z stderr F " * 2_000,
    b'{"log":"' + b"\\n" * 60_000 + b'"}\n{"exception":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"error":' * 900 + b"1" + b"}" * 900,
    (
        b'{"level":"error","msg":"\\ud800","exc_info":"Traceback (most recent call last):\\n  File'
        b' \\"\\ud800\\u0000\\", line 3, in \\udfff\\nA\\ud800Error: \\u0000"}'
    ),
    b"java.lang.Error: x\n" + b"\tat a.b(C.java:1)\nCaused by: a.B: c\n" * 4_000,
)
LONG = b"ERROR " + b"x" * 10_000_000
