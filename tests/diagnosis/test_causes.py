"""Findings that one thing explains are tied together, the root first."""

from dataclasses import replace

from fettle.diagnosis.causes import explain
from fettle.model import things
from fettle.model.finding import Finding
from fettle.model.severity import Severity


def found(
    check: str,
    subject: str,
    *,
    about: tuple[str, ...] = (),
    blames: tuple[str, ...] = (),
    suspects: tuple[str, ...] = (),
    severity: Severity = Severity.HIGH,
) -> Finding:
    return Finding(
        subject, severity, "…", about=about, blames=blames, suspects=suspects, check=check
    )


ROOT = things.session(4242)
IDLE = found("idle_in_transaction", "app@shop (web)", about=(ROOT,))
BLOCKED = found("blocked_sessions", "app@shop (web)", blames=(ROOT,))
CHANGE = found("ddl_queue", "public.orders", about=(things.session(7),), blames=(ROOT,))
BEHIND_CHANGE = found("blocked_sessions", "app@shop (migrate)", blames=(things.session(7),))
PINNED = found(
    "vacuum_horizon_pinned", "app@shop (web)", about=(things.VACUUM_HORIZON,), blames=(ROOT,)
)
BLOATED = found("table_bloat", "public.orders", suspects=(things.VACUUM_HORIZON,))


def test_nothing_is_explained_where_nobody_is_blamed() -> None:
    assert list(explain([IDLE, found("index_unused", "public.x")])) == []


def test_the_idle_transaction_behind_eleven_sessions_is_the_cause() -> None:
    (cause,) = explain([BLOCKED, IDLE])

    assert cause.subject == ROOT
    assert cause.explains == (IDLE.key, BLOCKED.key)
    assert cause.confidence > 0.9


def test_whose_session_the_root_is_stands_with_it() -> None:
    """A process id alone says nothing to anybody."""
    known = replace(BLOCKED, names={ROOT: "app@shop (web)"})

    (cause,) = explain([IDLE, known])

    assert (cause.subject, cause.name) == (ROOT, "app@shop (web)")
    assert cause.told == "pid 4242, app@shop (web)"


def test_a_root_that_nobody_reported_itself_is_less_sure() -> None:
    (cause,) = explain([BLOCKED])

    assert cause.subject == ROOT
    assert 0.5 < cause.confidence < 0.9


def test_the_root_of_a_chain_explains_all_of_it() -> None:
    (cause,) = explain([CHANGE, BEHIND_CHANGE, IDLE])

    assert cause.subject == ROOT
    assert set(cause.explains) == {CHANGE.key, BEHIND_CHANGE.key, IDLE.key}


def test_a_pinned_horizon_ties_bloat_to_the_session_that_pins_it() -> None:
    (cause,) = explain([BLOATED, PINNED])

    assert cause.subject == ROOT
    assert BLOATED.key in cause.explains


def test_what_is_only_suspected_explains_nothing_by_itself() -> None:
    assert list(explain([BLOATED])) == []


def test_two_that_blame_each_other_end_somewhere() -> None:
    one = found("a", "1", about=("x",), blames=("y",))
    other = found("b", "2", about=("y",), blames=("x",))

    causes = list(explain([one, other]))

    assert {key for cause in causes for key in cause.explains} == {one.key, other.key}


def test_the_worst_comes_first_and_then_what_explains_the_most() -> None:
    mild = found("c", "3", blames=("slot",), severity=Severity.MEDIUM)
    causes = list(explain([mild, CHANGE, BLOCKED, found("d", "4", blames=("pid 1",))]))

    assert [cause.subject for cause in causes] == [ROOT, "pid 1", "slot"]


def test_each_cause_carries_the_evidence_that_led_to_it() -> None:
    (cause,) = explain([BLOCKED, IDLE])

    assert cause.evidence == ("app@shop (web): …",)
