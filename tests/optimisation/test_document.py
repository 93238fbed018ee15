"""What became of a run, as programs read it."""

from dataclasses import replace
from datetime import timedelta

from fettle.model.loaded import Load, When
from fettle.optimisation import document
from fettle.optimisation.measure import together
from tests import optimised_run
from tests.optimisation.made_up import NOW, PAGE, asset, visit

HEAVY = visit(requests=(*visit().requests, asset("app.js", "script", 100, 900, 300 * 1024)))


def test_what_would_make_a_page_better_and_only_people_can_do_is_left_to_them() -> None:
    loads = [
        Load("index.html", when, together(PAGE, [one] * 5, NOW, timedelta()))
        for when, one in ((When.BEFORE, visit({"lcp": 9000.0})), (When.AFTER, HEAVY))
    ]
    run = replace(optimised_run.done("0123456789ab"), loads=tuple(loads))

    proposed, advised = document.of_run(run)["recommendations"]
    assert (proposed["step"], proposed["patch"]) == ("keep_in_browsers", "brotli_static on;")
    assert (advised["page"], advised["title"]) == ("index.html", "Send less JavaScript")
    assert (advised["category"], advised["risk_level"]) == ("bundle-optimization", "medium")
    assert (advised["impact"], advised["automatable"]) == ("medium", False)
    assert advised["actions"]
    assert advised["estimated_improvement"] == "about 130 KiB less: JavaScript as it is sent"


def test_a_run_has_all_figures_of_its_pages_before_and_after() -> None:
    """As the guide has them; of what decided those that were compared."""
    run = optimised_run.done("0123456789ab")
    pages = [(When.BEFORE, visit({"lcp": 9000.0, "tti": 9100.0})), (When.AFTER, HEAVY)]
    loads = [
        Load("index.html", when, together(PAGE, [one] * 5, NOW, timedelta())) for when, one in pages
    ]
    told = document.of_run(replace(run, loads=tuple(loads)))
    [before], [after] = told["baseline"], told["optimised"]

    assert (before["page"], before["profile"]) == ("index.html", "phone")
    assert {**before["metrics"], "lcp": 5000, "tti": 9100, "bytes": 400_000} == before["metrics"]
    assert {"fid", "cls", "server_response", "document"} <= before["metrics"].keys()
    assert after["metrics"]["script"] == 300 * 1024

    good = document.of_run(replace(run, compared=(), loads=tuple(loads[:1])))
    assert (good["baseline"][0]["metrics"]["lcp"], good["optimised"]) == (9000, [])


def test_what_an_older_version_has_kept_can_be_read() -> None:
    kept = dict(document.of_run(optimised_run.done("0123456789ab")))
    kept["recommendations"] = [{"step": None, "title": "x", "path": None, "patch": None}]
    del kept["estimates"]

    (read,) = document.read(kept)["recommendations"]
    assert (read["title"], read["page"], read["actions"]) == ("x", None, [])
