"""A team's remedies, as they are set: what they may do, and what is filled into their calls."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fettle.errors import BadSettings
from fettle.model.remedy import Call, Mode, Record
from fettle.resolution.guards import Limits
from fettle.resolution.remedies import Known, fitting, may_go, remedies_of, rendered, shown_call
from fettle.settings import Settings

KNOWN = Known({"conn_lost", "timeout"}, {"vacuum_table"}, {"table_bloat"})
RESTART: dict[str, Any] = {
    "name": "restart-shop",
    "for": ["conn-lost"],
    "kind": "restart",
    "target": "shop",
    "url": "https://hooks.example/deploy/shop",
}
FIX: dict[str, Any] = {
    "name": "vacuum",
    "for": ["timeout"],
    "kind": "fix",
    "target": "main-db",
    "fix": "vacuum-table",
}
DATABASE = {"name": "main-db", "url": "postgresql://db/shop"}


def settings(*remedies: dict[str, Any]) -> Settings:
    return Settings.model_validate({"remedy": remedies, "database": [DATABASE]})


def test_a_remedy_asks_unless_it_is_told_otherwise() -> None:
    (restart, fix) = remedies_of(settings(RESTART, FIX), KNOWN)

    assert (restart.mode, fix.mode) == (Mode.APPROVE, Mode.APPROVE)
    assert (restart.known, fix.fix, fix.does) == (("conn_lost",), "vacuum_table", None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": None}, "has the url that is called"),
        ({"url": "postgresql://db/shop"}, "it must be an address like https://host/path"),
        ({"url": "https://{{target}}.example/"}, "nothing is filled into the host"),
        ({"url": "https://hooks.example/{{title}}"}, "is nothing that is filled in"),
        ({"body": '{"text": "{{text}}"}'}, "is nothing that is filled in"),
        ({"kind": "command"}, "'fix', 'restart', 'webhook' or 'retry'"),
        ({"mode": "always"}, "'suggest', 'approve' or 'automatic'"),
        ({"fix": "vacuum_table"}, "and no fix"),
        ({"kind": "fix", "fix": "vacuum_table"}, "makes no call"),
        ({"shell": "reboot"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_done_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings({**RESTART, **change})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**RESTART, "for": ["conn_lots"]}, "for: no known error is called conn_lots"),
        ({**FIX, "fix": "vacuum"}, "fix: no fix is called vacuum"),
        ({**FIX, "target": "other-db"}, "target: no .*database.* is called other-db"),
        ({**RESTART, "check": "bloat"}, "check: no check is called bloat"),
        ({**RESTART, "check": "table_bloat"}, "database: no .*database.* is called shop"),
    ],
)
def test_names_that_mean_nothing_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        remedies_of(settings(given), KNOWN)


def test_a_remedy_fits_its_errors_on_its_target_only() -> None:
    found = remedies_of(settings(RESTART, FIX), KNOWN)

    assert [one.name for one in fitting(found, "conn_lost", {"shop"})] == ["restart-shop"]
    assert fitting(found, "conn_lost", {"blog"}) == []
    assert fitting(found, "timeout", {"shop"}) == []


@pytest.mark.parametrize(
    ("mode", "record", "may"),
    [
        ("automatic", Record(), Mode.APPROVE),
        ("automatic", Record(3, 3), Mode.APPROVE),
        ("automatic", Record(4, 4), Mode.AUTOMATIC),
        ("automatic", Record(20, 11), Mode.APPROVE),
        ("approve", Record(100, 100), Mode.APPROVE),
        ("suggest", Record(100, 100), Mode.SUGGEST),
    ],
)
def test_an_automatic_one_waits_for_proof(mode: str, record: Record, may: Mode) -> None:
    (remedy,) = remedies_of(settings({**RESTART, "mode": mode}), KNOWN)

    found = may_go(remedy, record, Limits())

    assert found.mode is may
    if mode == "automatic":
        assert f"{record.resolved} of {record.attempts} helped" in found.why


@given(st.text())
def test_nothing_that_is_filled_in_leaves_its_place(value: str) -> None:
    call = Call("POST", "https://h.example/a/{{target}}?b=1", '{"a": "{{ target }}", "b": 2}')

    made = rendered(call, {"target": value})

    assert json.loads(made.body or "") == {"a": value, "b": 2}
    assert made.url.startswith("https://h.example/a/")
    assert made.url.endswith("?b=1")
    inside = made.url.removeprefix("https://h.example/a/").removesuffix("?b=1")
    assert not set(inside) & set("/?#&@: ")


def test_an_address_is_shown_without_what_may_be_a_secret() -> None:
    call = Call("POST", "https://user:secret@hooks.example/deploy?key=secret#x")

    assert shown_call(call) == "POST https://hooks.example/…"
    assert "secret" not in repr(call)
