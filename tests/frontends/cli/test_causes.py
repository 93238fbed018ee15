"""`fettle causes` as a shell user calls it: a file, or what is typed; grounds; errors that help."""

import json
from pathlib import Path
from typing import Any

import pytest

from fettle.model.quantity import say_share
from tests.diagnosis.incidents import LEVELS, incident
from tests.frontends.cli.calling import fettle
from tests.schemas import validate


def written(folder: Path, **changed: object) -> str:
    """Write an incident of a slow database as a file, with some of it changed."""
    given = incident(LEVELS, {"db": 0.4, "api": 0.42, "web": 0.5})
    assert given.normal
    document: dict[str, Any] = {
        "dependencies": given.calls,
        "series": given.series,
        "normal": [given.normal.start, given.normal.end],
        "incident": [given.incident.start, given.incident.end],
        "reported": "web",
    }
    (folder / "incident.json").write_text(json.dumps({**document, **changed}))
    return "incident.json"


def test_programs_are_answered_in_json_and_people_in_text(tmp_path: Path) -> None:
    file = written(tmp_path)

    document = json.loads(fettle("causes", file, cwd=tmp_path).out)
    text = fettle("causes", file, "--format", "text", cwd=tmp_path)

    validate(document)
    first = document["causes"][0]
    assert (first["subject"], first["metric"]) == ("db", "latency_p95")
    assert (text.code, text.err) == (0, "")
    assert text.out.startswith(
        f"{say_share(first['confidence']):>5}  db: latency_p95\n      - latency_p95 rose"
    )
    assert all(f"- {line}\n" in text.out for line in first["evidence"])


def test_an_incident_may_come_by_standard_input(tmp_path: Path) -> None:
    typed = (tmp_path / written(tmp_path)).read_text()

    done = fettle("causes", "-", cwd=tmp_path, typed=typed)

    assert json.loads(done.out)["causes"][0]["subject"] == "db"


def test_points_may_be_null_or_no_number_at_all(tmp_path: Path) -> None:
    file = written(tmp_path)
    document = json.loads((tmp_path / file).read_text())
    points = document["series"]["db"]["latency_p95"]
    points[3][1] = None
    points[4][1] = float("nan")
    (tmp_path / file).write_text("\ufeff" + json.dumps(document), encoding="utf-8")

    done = fettle("causes", file, cwd=tmp_path)

    assert json.loads(done.out)["causes"][0]["subject"] == "db"


def test_that_nothing_moved_is_said(tmp_path: Path) -> None:
    file = written(tmp_path, series={"web": {"latency": [[1.0, 2.0], [2.0, 2.0]]}})

    done = fettle("causes", file, "--format", "text", cwd=tmp_path)

    assert (done.code, done.out) == (
        0,
        "Nothing that is tied to web moved in the incident: no cause can be said.\n",
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"incident": [20, 10]}, "incident: 20 is after 10"),
        ({"incident": [1790000000000, 1790003600000]}, "incident.0: 1790000000000 is no moment"),
        ({"incident": [1]}, "incident.1: field required"),
        ({"reported": "wbe"}, "reported: nothing is known of 'wbe'; did you mean web?"),
        ({"metric": "latency"}, "metric: nothing is known of 'latency'; did you mean latency_p95?"),
        ({"series": {"web": {"a": [[1, "fast"]]}}}, 'series.web.a.0.1: "fast": input should be a'),
        ({"series": {"web": {"a": [[1e13, 1]]}}}, "series.web.a.0.0: 10000000000000 is no moment"),
        ({"dependencies": [["web"]]}, "dependencies.0.1: field required"),
        ({"dependencies": "web"}, 'dependencies: "web": input should be a valid array'),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    done = fettle("causes", written(tmp_path, **changed), cwd=tmp_path)

    assert (done.code, done.out) == (64, "")
    assert done.err.startswith(f"fettle: incident.json: {said}")
    assert "\n  → " in done.err


def test_a_file_that_is_not_there_or_is_no_json_is_said(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"series": ')

    missing = fettle("causes", "gone.json", cwd=tmp_path)
    half = fettle("causes", "half.json", cwd=tmp_path)

    assert missing.code == half.code == 64
    assert "gone.json cannot be read: No such file or directory" in missing.err
    assert "half.json: it is no incident: invalid JSON" in half.err


def test_names_from_outside_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    given = incident({"web": 1.0}, {"web": 3.0})
    file = written(tmp_path, series={"\x1b[31mred": given.series["web"]}, reported="\x1b[31mred")

    done = fettle("causes", file, "--format", "text", cwd=tmp_path)

    assert "\x1b" not in done.out
    assert "red: latency_p95" in done.out
