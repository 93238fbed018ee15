"""Figures by the command line: as a table, as JSON and as CSV."""

import json
from pathlib import Path

from tests.frontends.cli.calling import Called, fettle
from tests.schemas import validate


def test_figures_are_told_to_people_and_to_programs(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    def call(*arguments: str) -> Called:
        return fettle(*arguments, cwd=tmp_path, environ=store_environ)

    call("report", "The shop is down")
    told = call("figures", "--by", "team")
    assert "1 issue; median (p90)" in told.out
    assert "MTTR" in told.out
    found = validate(json.loads(call("figures", "--every=month", "--format=json").out))
    assert (found["total"]["issues"], found["groups"]) == (1, [])
    head, whole, *_ = call("figures", "--format=csv").out.splitlines()
    assert head.startswith("group,from,to,issues,mttd_number")
    assert ",1,1," in whole


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    assert fettle("figures", "--from=yesterday", cwd=tmp_path).code == 64
