"""Findings of a service are explained by those of what it needs: the deepest, with evidence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from fettle import unit
from fettle.diagnosis.causes import explain
from fettle.diagnosis.needed import HURTS, Part, ties
from fettle.model import things
from fettle.model.diagnosis import Cause
from fettle.model.finding import Finding, Unknown
from fettle.model.incident import Change
from fettle.model.severity import Severity

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LOCKER = things.session(4242)


def found(
    check: str, subject: str, *, severity: Severity = Severity.HIGH, **how: object
) -> Finding:
    return Finding(subject, severity, "…", check=check, **how)  # type: ignore[arg-type] # by name


SLOW = found("response_time_high", "shop", about=(things.service("shop"),))
FAILING = found("error_rate_high", "shop", about=(things.service("shop"),))
BLOCKED = found("blocked_sessions", "main-db/app@shop (web)", blames=(LOCKER,))
IDLE = found("idle_in_transaction", "main-db/app@shop (web)", about=(LOCKER,))
UNUSED = found("index_unused", "main-db/public.orders_note_idx")
DOWN = found("dependency_unavailable", "stripe/stripe", about=(things.dependency("stripe"),))


def part(name: str, *findings: Finding, calls: Sequence[str] = ()) -> Part:
    of = {"main-db": things.database, "stripe": things.dependency}.get(name, things.service)
    return Part(name, of(name), tuple(calls), findings)


def causes(*parts: Part, changes: Sequence[Change] = ()) -> list[Cause]:
    findings = [one for each in parts for one in each.findings]
    return list(explain(findings, list(ties(parts, changes, NOW))))


def test_what_hurts_whoever_calls_is_what_checks_find() -> None:
    assert HURTS.keys() <= unit.checks().keys()


def test_the_session_that_blocks_a_database_is_behind_the_slow_service() -> None:
    (cause,) = causes(part("shop", SLOW, calls=["main-db"]), part("main-db", BLOCKED, IDLE))

    assert cause.subject == LOCKER
    assert set(cause.explains) == {SLOW.key, BLOCKED.key, IDLE.key}
    assert 0.5 < cause.confidence < 0.9
    assert (
        "shop needs it: shop → main-db; whoever waits for a lock is slow without working"
        in cause.evidence
    )


def test_upkeep_of_a_database_explains_nothing_of_today() -> None:
    assert causes(part("shop", SLOW, calls=["main-db"]), part("main-db", UNUSED)) == []


def test_what_is_not_needed_explains_nothing() -> None:
    assert causes(part("shop", SLOW), part("stripe", DOWN)) == []


def test_what_is_needed_by_what_is_needed_explains_it_less_surely() -> None:
    near = causes(part("shop", SLOW, calls=["stripe"]), part("stripe", DOWN))
    far = causes(
        part("shop", SLOW, calls=["api"]), part("api", calls=["stripe"]), part("stripe", DOWN)
    )

    assert near[0].subject == far[0].subject == "dependency stripe"
    assert far[0].confidence < near[0].confidence
    assert any("shop → api → stripe" in line for line in far[0].evidence)


def test_the_deepest_that_is_in_trouble_explains_what_is_between() -> None:
    api = found("response_time_high", "api/api", about=(things.service("api"),))

    (cause,) = causes(
        part("shop", SLOW, calls=["api"]), part("api", api, calls=["stripe"]), part("stripe", DOWN)
    )

    assert cause.subject == "dependency stripe"
    assert set(cause.explains) == {SLOW.key, api.key, DOWN.key}


def test_two_that_might_explain_it_are_each_less_sure() -> None:
    alone = causes(part("shop", SLOW, calls=["stripe"]), part("stripe", DOWN))[0]
    both = causes(
        part("shop", SLOW, calls=["stripe", "main-db"]),
        part("stripe", DOWN),
        part("main-db", found("connections_saturated", "main-db/main-db")),
    )

    assert {cause.subject for cause in both} == {"dependency stripe", "database main-db"}
    assert all(cause.confidence < alone.confidence for cause in both)


def test_two_in_trouble_that_need_each_other_are_both_named() -> None:
    one = found("response_time_high", "one/one")
    other = found("response_time_high", "other/other")

    named = causes(
        part("shop", SLOW, calls=["one"]),
        part("one", one, calls=["other"]),
        part("other", other, calls=["one"]),
    )

    assert {"service one", "service other"} <= {cause.subject for cause in named}


def test_what_could_not_be_reached_explains_what_needs_it() -> None:
    away = replace(part("main-db"), away=Unknown("connection refused"))

    (cause,) = causes(part("shop", FAILING, calls=["main-db"]), away)

    assert cause.subject == "database main-db"
    assert cause.explains == (FAILING.key,)
    assert cause.evidence[0] == "main-db could not be reached: connection refused"


def test_what_runs_out_of_room_at_the_service_itself_explains_it() -> None:
    full = found("cpu_saturated", "web-1", about=(things.host("web-1"),), saturation=True)

    (cause,) = causes(part("shop", SLOW, full))

    assert cause.subject == "host web-1"
    assert set(cause.explains) == {SLOW.key, full.key}


def test_the_host_that_it_runs_on_explains_it() -> None:
    busy = found("cpu_saturated", "web-1/web-1", about=(things.host("web-1"),))

    (cause,) = causes(part("shop", SLOW, calls=["web-1"]), part("web-1", busy))

    assert cause.subject == "host web-1"
    assert any("waits for the processor" in line for line in cause.evidence)


def test_a_busy_host_is_not_explained_by_what_is_needed() -> None:
    """Waiting for somebody else uses no processor."""
    busy = found("cpu_saturated", "shop", about=(things.host("shop"),), saturation=True)

    assert causes(part("shop", busy, calls=["stripe"]), part("stripe", DOWN)) == []


def test_a_deploy_just_before_is_named_where_nothing_else_explains_it() -> None:
    deploys = [
        Change("shop", NOW.timestamp() - 12 * 60, "deploy 1.4.2"),
        Change("shop", NOW.timestamp() - 90_000, "deploy 1.4.1"),
        Change("blog", NOW.timestamp() - 60, "deploy 9"),
    ]

    (alone,) = causes(part("shop", SLOW), changes=deploys)
    (needed,) = causes(part("shop", SLOW, calls=["stripe"]), part("stripe", DOWN), changes=deploys)

    assert alone.subject == "deploy 1.4.2 of shop"
    assert "deploy 1.4.2 went live 12 min before shop was looked at" in alone.evidence
    assert needed.subject == "dependency stripe"


def test_nobody_says_of_what_was_not_looked_at_that_it_is_well() -> None:
    deploys = [Change("shop", NOW.timestamp() - 12 * 60, "deploy 1.4.2")]

    (blind,) = causes(part("shop", SLOW, calls=["stripe"]), changes=deploys)
    (seeing,) = causes(part("shop", SLOW, calls=["stripe"]), part("stripe"), changes=deploys)

    assert "what shop needs was not looked at with it" in blind.evidence
    assert "nothing that shop needs is known to be in trouble" in seeing.evidence
    assert blind.confidence < seeing.confidence


NAMES = ("shop", "api", "main-db", "stripe", "search")
FINDINGS = st.lists(st.sampled_from([*sorted(HURTS), "index_unused", "table_bloat"]), max_size=3)


@given(
    st.dictionaries(st.sampled_from(NAMES), FINDINGS),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=10),
)
def test_a_cause_has_evidence_explains_what_was_found_and_is_never_certain(
    given_: dict[str, list[str]], calls: list[tuple[str, str]]
) -> None:
    parts = [
        part(
            name,
            *(found(check, f"{name}/{name}") for check in dict.fromkeys(given_.get(name, ()))),
            calls=[needed for caller, needed in calls if caller == name],
        )
        for name in NAMES
    ]
    keys = {one.key for each in parts for one in each.findings}

    for cause in causes(*parts):
        assert cause.evidence
        assert set(cause.explains) <= keys
        assert 0 < cause.confidence < 1
