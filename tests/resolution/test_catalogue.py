"""The known errors: whole, true to the rest of Fettle, and a team's own beside them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from fettle import unit
from fettle.errors import BadSettings
from fettle.model.known_error import Catalogue, KnownError, Origin
from fettle.model.written_error import changed, read, written
from fettle.resolution import catalogue
from fettle.resolution.catalogue import OwnErrorFile
from fettle.resolution.recognise import Recogniser

IDS = """
    conn_refused conn_lost dns_failure tls_cert timeout lock_timeout rate_limit upstream_unavailable
    oom_memory disk_full too_many_files port_in_use pool_exhausted deadlock serialization
    unique_violation fk_violation not_null_violation check_violation value_too_long sql_syntax
    bad_input_type schema_missing db_missing read_only permission_denied auth_failed auth_expired
    payload_too_large bad_json null_deref key_missing import_missing file_missing recursion
""".split()  # noqa: SIM905
OWN = """
title = "The ledger is closed for the day"
cause = "Bookings after 22:00 are refused."
[[solution]]
does = "See whether last night's closing has ended."
[certain]
says = ["ledger |is closed", "closing … not |yet finished"]
"""


def with_own(folder: Path) -> Catalogue:
    return catalogue.together(catalogue.of_folder(folder), {})


def test_all_the_classes_are_there() -> None:
    assert set(catalogue.shipped()) == set(IDS)


@pytest.mark.parametrize("known", catalogue.shipped().values(), ids=lambda known: known.id)
def test_each_says_what_it_is_and_what_cures_it(known: KnownError) -> None:
    assert known.title
    assert known.cause.endswith(".")
    assert known.tell.endswith(".")
    assert len(known.solutions) >= 2
    assert all(solution.does.endswith(".") for solution in known.solutions)
    assert known.certain.says
    assert set(known.checks) <= set(unit.checks())
    assert set(known.fixes) <= set(unit.fixes())


@pytest.mark.parametrize(
    ("id_", "check"),
    [
        ("conn_refused", "site_down"),
        ("disk_full", "disk_full"),
        ("dns_failure", "name_lookup_failing"),
        ("oom_memory", "memory_high"),
        ("pool_exhausted", "pool_saturated"),
        ("rate_limit", "allowance_low"),
        ("read_only", "file_system_read_only"),
        ("timeout", "response_time_high"),
        ("tls_cert", "certificate_untrusted"),
        ("too_many_files", "file_descriptors_low"),
        ("upstream_unavailable", "dependency_unavailable"),
    ],
)
def test_what_fettle_can_see_of_an_error_is_named(id_: str, check: str) -> None:
    assert check in catalogue.shipped()[id_].checks


@pytest.mark.parametrize(
    ("id_", "rate"),
    [("conn_refused", 0.85), ("timeout", 0.70), ("oom_memory", 0.90), ("rate_limit", 0.95)],
)
def test_the_four_of_the_guide_have_four_solutions_and_where_to_begin(
    id_: str, rate: float
) -> None:
    known = catalogue.shipped()[id_]

    assert (len(known.solutions), known.rate) == (4, rate)


def test_a_team_brings_its_own(tmp_path: Path) -> None:
    (tmp_path / "ledger-closed.toml").write_text(OWN)
    found = Recogniser(with_own(tmp_path)).recognise(
        "LedgerError: the closing of 2026-11-26 has not yet finished"
    )

    assert found.answered
    assert found.matches[0].known.id == "ledger_closed"


def test_a_teams_own_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "deadlock.toml").write_text(OWN)

    assert with_own(tmp_path)["deadlock"].title == "The ledger is closed for the day"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title = ", "cannot be read"),
        ('title = "x"', "cause"),
        (OWN + "errnos = ['X']", "certain.errnos"),
        (OWN.replace("does = ", "do = "), "solution.0"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content)
    with pytest.raises(BadSettings) as error:
        catalogue.of_folder(tmp_path)

    assert str(file) in error.value.reason
    assert said in error.value.reason


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="there is no folder"):
        catalogue.of_folder(tmp_path / "nowhere")


GOOD = {"title": "t", "cause": "c", "solution": [{"does": "d"}], "certain": {"errno": ["X"]}}


@pytest.mark.parametrize(
    ("wrong", "place", "said"),
    [
        ({"certain": {"says": ["…"]}}, "certain.says.0", "no word of which"),
        ({"certain": {"says": ["the"]}}, "certain.says.0", "no word of which"),
        ({"certain": {"says": ["# #"]}}, "certain.says.0", "no word of which"),
        ({"certain": {"says": ["a|b " * 9]}}, "certain.says.0", "write it as several"),
        ({"certain": {"says": ["x" * 301]}}, "certain.says.0", "1 to 300 characters"),
        ({"certain": {"says": ["lock |held …"]}}, "certain.says.0", "between words"),
        ({"certain": {"says": ["q … r … s … t … u"]}}, "certain.says.0", "3 … at most"),
        ({"certain": {"says": ["lock"] * 201}}, "certain.says", "200"),
        ({"certain": {"says": ["a|b c|d e|f g|h i|j k|l m|n o|p"] * 2}}, "", "stand for 512"),
        ({"certain": {"sqlstate": ["40P0"]}}, "certain.sqlstate.0", "no SQLSTATE"),
        ({"certain": {"status": [700]}}, "certain.status.0", "599"),
        ({"certain": {"errno": ["two words"]}}, "certain.errno.0", "no name or number"),
        ({"certain": {"exception": ["a b"]}}, "certain.exception.0", "no class"),
        ({"certain": {}, "hint": {"errno": ["X"]}}, "", "nothing tells it"),
        ({"checks": ["no_such"]}, "checks.0", "no check is called no_such"),
        ({"fixes": ["no_such"]}, "fixes.0", "no fix is called no_such"),
        ({"title": " "}, "title", "at least 1"),
        ({"url": "http://x.example"}, "url", "not permitted"),
    ],
)
def test_what_cannot_be_used_is_said_where_it_stands(
    wrong: dict[str, Any], place: str, said: str
) -> None:
    with pytest.raises(ValidationError) as error:
        OwnErrorFile.model_validate({**GOOD, **wrong})

    (only,) = error.value.errors()
    assert (".".join(map(str, only["loc"])), said in only["msg"]) == (place, True), only


def test_what_is_written_is_read_as_it_was() -> None:
    rich = {"tell": "x", "checks": ["long-transaction"], "rate": 0, "against": {"status": [502]}}
    file = OwnErrorFile.model_validate({**GOOD, **rich})
    known = catalogue.known("mine", file, Origin.PAGE)

    assert read("mine", written(known)) == known
    assert known.checks == ("long_transaction",)
    assert OwnErrorFile.model_validate(written(known)) == file
    assert changed(known, replace(known, title="u")) == ["title"]
    assert all(
        read(id_, written(one), one.origin) == one for id_, one in catalogue.shipped().items()
    )
