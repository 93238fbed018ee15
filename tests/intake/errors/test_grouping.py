"""What joins errors, in words and as a key."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.intake.errors.grouping import VERSION, culprit, group_key, title
from fettle.intake.errors.rules import GroupingRules, GroupRule
from fettle.model.error_event import ErrorEvent, Frame, Raised
from fettle.model.silence import Matcher
from fettle.testing import START

TOTAL = Frame("total", "shop.cart", "shop/cart.py", "/app/shop/cart.py", 40, in_app=True)
PAY = Frame("pay", "shop.views", "shop/views.py", "/app/shop/views.py", 7, in_app=True)
LIBRARY = Frame("dispatch", "django.views", "django/views.py", line=104, in_app=False)
BASE = ErrorEvent(
    UUID(int=1),
    START,
    "python",
    raised=(Raised("ValueError", "no price for 'hat' in 2024", frames=(LIBRARY, PAY, TOTAL)),),
    logger="shop",
    transaction="/pay",
    tags={"region": "eu"},
)


def with_frames(*frames: Frame, platform: str = "python") -> ErrorEvent:
    return replace(BASE, platform=platform, raised=(replace(BASE.raised[0], frames=frames),))


def saying(value: str, *, type_: str = "ValueError", context: str | None = None) -> ErrorEvent:
    frames = (replace(TOTAL, context=context),)
    return replace(BASE, raised=(Raised(type_, value, frames=frames),))


def test_it_says_what_the_key_was_made_of() -> None:
    made = group_key(BASE)

    assert made.why == (
        "the type: ValueError",
        "the application's frames: shop.cart:total ← shop.views:pay",
        "the message without its numbers and names: no price for * in *",
    )
    assert made.version == VERSION == 1


def test_a_key_stays_the_same_from_one_fettle_to_the_next() -> None:
    """Whoever changes what it is made of makes a new version of it."""
    assert group_key(BASE).key == "e05e4061f6d3a18e04ec8cfd76b0b772"


def test_lines_releases_and_libraries_make_no_other_bug() -> None:
    frames = (replace(LIBRARY, line=9), LIBRARY, replace(PAY, line=8), replace(TOTAL, line=99))

    assert group_key(replace(with_frames(*frames), release="2")).key == group_key(BASE).key


def test_without_the_applications_own_frames_all_count() -> None:
    made = group_key(with_frames(LIBRARY))

    assert "the frames, none the application's: django.views:dispatch" in made.why
    assert made.key != group_key(with_frames(replace(LIBRARY, function="setup"))).key


def test_without_a_stack_the_type_and_the_message_count() -> None:
    made = group_key(with_frames())

    assert made.why == (
        "the type: ValueError",
        "the message without its numbers and names: no price for * in *",
    )


def test_of_what_was_logged_the_logger_and_the_template_count() -> None:
    event = replace(BASE, raised=(), message="sync of Berlin failed", template="sync of %s failed")

    assert group_key(event).why == (
        "the logger: shop",
        "the message without its numbers and names: sync of * failed",
    )
    assert group_key(event).key == group_key(replace(event, message="sync of Rome failed")).key


def test_what_was_logged_with_a_stack_counts_with_it() -> None:
    event = replace(BASE, raised=(Raised(frames=(TOTAL,)),), message="slow")

    assert group_key(event).key != group_key(replace(event, message="gone")).key
    assert "the application's frames: shop.cart:total" in group_key(event).why


def test_an_event_that_says_nothing_is_told_by_where_it_happened() -> None:
    event = replace(BASE, raised=(), logger=None)

    assert group_key(event).why == ("it says nothing; where it happened: /pay",)


def test_each_exception_of_a_chain_counts() -> None:
    wrapper = Raised("ServiceError", "not paid", frames=(PAY,))
    first = replace(BASE, raised=(Raised("KeyError", "'token'"), wrapper))
    second = replace(BASE, raised=(Raised("Timeout", "30 s"), wrapper))

    assert group_key(first).key != group_key(second).key


def test_a_group_of_errors_that_are_alike_is_one_however_many_there_were() -> None:
    one, group = Raised("KeyError", "'token'"), Raised("ExceptionGroup", "2 sub-exceptions")

    twice = group_key(replace(BASE, raised=(one, one, group)))
    thrice = group_key(replace(BASE, raised=(one, one, one, group)))

    assert twice.key == thrice.key


def test_the_depth_of_a_recursion_makes_no_other_bug() -> None:
    shallow = with_frames(PAY, TOTAL, PAY, TOTAL)

    assert group_key(with_frames(*(PAY, TOTAL) * 3000)).key == group_key(shallow).key


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("no user ann", "no user karl heinz", 'raise ValueError(f"no user {name}")'),
        ("no user ann", "no user karl heinz", 'raise ValueError("no user %s" % name)'),
        ("user ann is gone", "user bo is gone", "throw new Error(`user ${name} is gone`)"),
        ("unknown state 'a'", "unknown state 'b'", 'raise ValueError(f"unknown state {state!r}")'),
    ],
)
def test_what_a_line_of_source_fills_in_is_a_value(first: str, second: str, line: str) -> None:
    keys = {group_key(saying(text, context=line)).key for text in (first, second)}

    assert len(keys) == 1


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("load failed: refused", "load failed: disk full", 'raise E(f"load failed: {error}")'),
        ("unknown state 'a'", "unknown state 'b'", None),
    ],
)
def test_what_another_error_said_is_none(first: str, second: str, line: str | None) -> None:
    keys = {group_key(saying(text, context=line)).key for text in (first, second)}

    assert len(keys) == (2 if line else 1)


@pytest.mark.parametrize(
    ("line", "joined"),
    [('price = order["{}"]', False), ("price = prices[name]", True), (None, False)],
)
def test_a_key_that_the_source_spells_is_the_programmes_own(line: str | None, joined: bool) -> None:
    keys = {
        group_key(saying(f"'{name}'", type_="KeyError", context=line and line.format(name))).key
        for name in ("price", "weight")
    }

    assert (len(keys) == 1) == joined


def test_the_applications_fingerprint_goes_before_our_key() -> None:
    event = replace(BASE, fingerprint=("payments",))
    other = replace(saying("else"), fingerprint=("payments",))

    assert group_key(event).key == group_key(other).key != group_key(BASE).key
    assert group_key(event).why == ("the fingerprint that the application gave: payments",)


def test_a_fingerprint_may_build_on_our_key() -> None:
    parted = replace(BASE, fingerprint=("{{ default }}", "eu"))

    assert group_key(parted).key != group_key(BASE).key
    assert group_key(parted).why[1:] == group_key(BASE).why
    assert group_key(replace(BASE, fingerprint=("{{default}}",))) == group_key(BASE)
    assert (
        group_key(parted).key
        != group_key(replace(saying("else"), fingerprint=parted.fingerprint)).key
    )


def rules(*when: str, fingerprint: Sequence[str] = ("own",), called: str = "") -> GroupingRules:
    matchers = tuple(map(Matcher.parse, when))
    return GroupingRules((GroupRule(matchers, tuple(fingerprint), called or None),))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("type=ValueError", True),
        ("message=~no price.*", True),
        ("module=~shop\\.(cart|stock)", True),
        ("path=~.*/shop/views\\.py", True),
        ("function!=total", False),
        ("function!=refund", True),
        ("logger=shop", True),
        ("region=eu", True),
        ("region!=us", True),
        ("transaction=/refund", False),
        ("level=error", True),
    ],
)
def test_a_teams_rules_go_before_the_applications_fingerprint(when: str, fits: bool) -> None:
    event = replace(BASE, fingerprint=("payments",))
    made = group_key(event, rules(when))

    said = "a rule of the team's gave: own" if fits else "the application gave: payments"
    assert made.why == (f"the fingerprint that {said}",)


def test_a_rules_fingerprint_may_name_what_the_event_says() -> None:
    by_type = rules("logger=shop", fingerprint=("{{ type }}", "{{ tags.region }}", "{{ none }}"))

    first = group_key(BASE, by_type).key
    assert first == group_key(replace(saying("else"), transaction="/x"), by_type).key
    assert first != group_key(saying("else", type_="KeyError"), by_type).key


def test_a_rule_may_only_name_the_bug() -> None:
    named = rules("type=ValueError", fingerprint=(), called="Prices are missing")

    assert group_key(BASE, named) == group_key(BASE)
    assert title(BASE, named) == "Prices are missing"


def test_a_bug_is_called_by_its_type_and_first_line() -> None:
    assert title(saying("  \n first line\nsecond")) == "ValueError: first line"
    assert title(replace(BASE, raised=(), message="slow\nvery")) == "slow"
    assert len(title(saying("x" * 10_000_000))) == 200


def test_the_culprit_is_the_innermost_call_of_the_applications_own() -> None:
    assert culprit(with_frames(PAY, LIBRARY)) == "shop.views:pay"
    assert culprit(with_frames(LIBRARY)) == "django.views:dispatch"
    assert culprit(replace(BASE, raised=())) == "/pay"


@pytest.mark.parametrize(
    ("platform", "path", "own"),
    [
        ("python", "/venv/lib/python3.12/site-packages/x.py", False),
        ("python", "/app/shop/cart.py", True),
        ("node", "/app/node_modules/express/index.js", False),
        ("node", "node:internal/process/task_queues", False),
        ("javascript", "https://a.example/static/app.js", True),
        ("javascript", "chrome-extension://abc/x.js", False),
        ("javascript", "<anonymous>", False),
        ("ruby", "/usr/local/bundle/gems/rack-3.0/lib/rack.rb", False),
        ("php", "/var/www/vendor/symfony/x.php", False),
        ("go", "/root/go/pkg/mod/github.com/x/y@v1/z.go", False),
        ("c", "/usr/lib/libc.so.6", False),
    ],
)
def test_whose_a_frame_is_is_judged_where_nobody_says(platform: str, path: str, own: bool) -> None:
    frame = Frame("call", file=path, path=path)

    made = group_key(with_frames(frame, platform=platform))

    assert any(why.startswith("the application's frames") for why in made.why) == own


TEXTS = st.text(st.sampled_from("aé1 *'\"`{}[]()/\\.:-=@%<>_$\n\0\ud800"), max_size=300)


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["python", "javascript", "java", "ruby", "x"]))
def test_whatever_an_event_says_it_has_a_key(
    value: str, function: str, path: str, context: str, platform: str
) -> None:
    frame = Frame(function, file=path, path=path, context=context)
    event = replace(BASE, platform=platform, raised=(Raised(value, value, frames=(frame,)),))

    assert group_key(event) == group_key(event)
    assert title(event)
    assert isinstance(culprit(event), str)


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "'",
        '"a',
        "{",
        "[[",
        '{"a":',
        "1",
        "a.",
        "/a",
        "a-",
        "a@",
        "1:",
        "* ",
        "%(",
        ")=(",
        "\x1b[",
        " is not a function",
        "undefined is not an object (evaluating '",
    ],
)
def test_what_is_huge_costs_no_more_than_what_is_long(part: str) -> None:
    """It ends at once; going back and forth in ten megabytes would take hours."""
    text = part * (10_000_000 // len(part))
    frames = tuple(
        Frame(text[: 5000 + number], text[:5000], text[:5000], context=text[:5000])
        for number in range(50)
    )
    for platform in ("python", "javascript", "java"):
        event = replace(BASE, platform=platform, raised=(Raised(text, text, frames=frames),))
        assert sum(map(len, group_key(event).why)) < 5_000


def test_ten_thousand_frames_are_read_at_their_ends() -> None:
    frames = [replace(TOTAL, function=f"f{number}") for number in range(10_000)]

    assert "and 394 more" in " ".join(group_key(with_frames(*frames)).why)
