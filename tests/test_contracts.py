"""What every unit, every SQL file and every page keeps to."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fettle import unit
from fettle.intake import mapping
from fettle.model.page import Page
from fettle.resolution.plan import matching, troubles
from fettle.unit.optimisation import Optimisation
from fettle.unit.source import SOURCE_LABELS, UpdateSource

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "fettle"
CHECKS = list(unit.checks().values())
FIXES = list(unit.fixes().values())
TASKS = list(unit.tasks().values())
STEPS = list(unit.optimisations().values())
SOURCES = list(unit.sources().values())
READING = [
    *SOURCE.glob("diagnosis/**/*.sql"),
    *SOURCE.glob("resolution/fixes/*.sql"),
    *SOURCE.glob("maintenance/**/*.sql"),
    SOURCE / "targets" / "server.sql",
]
# They wait for a lock on the table, behind an ALTER TABLE that waits itself.
LOCKING = (
    "pg_total_relation_size", "pg_table_size", "pg_indexes_size", "pg_get_indexdef", "pg_indexes",
    "pg_get_expr", "pg_get_viewdef", "pg_size_pretty(pg_",
)  # fmt: skip


def statement_of(file: Path) -> str:
    """Return a file's SQL without its comments."""
    return re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8")).strip().rstrip(";")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_has_its_whole_page(check: unit.AnyCheck) -> None:
    assert list(check.page.sections) == list(unit.CHECK_LABELS)
    assert all(check.page.sections.values())
    assert len(check.page.title) <= 60


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.id)
def test_a_fix_has_its_whole_page(fix: unit.AnyFix) -> None:
    assert list(fix.page.sections) == list(unit.FIX_LABELS)
    assert all(fix.page.sections.values())
    assert fix.page.sections["Risk"].split(".")[0] in ("safe", "reversible", "irreversible")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_task_has_its_whole_page_and_fits_its_window(task: unit.TaskUnit) -> None:
    assert list(task.page.sections) == list(unit.TASK_LABELS)
    assert all(task.page.sections.values())
    assert len(task.page.title) <= 70
    assert task.id in task.page.sections["Change it"]
    window, takes = task.task.window, task.task.procedure.estimated_duration
    assert takes <= window.cutoff < window.duration, "what begins can come to its end"


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_an_optimisation_has_its_whole_page_and_its_tests(step: Optimisation) -> None:
    assert list(step.page.sections) == list(unit.OPTIMISATION_LABELS)
    assert all(step.page.sections.values())
    assert len(step.page.title) <= 70
    assert step.page.sections["Risk"].split(".")[0] == step.risk.value
    assert (ROOT / f"tests/optimisation/actions/test_{step.id}.py").exists()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_an_update_source_has_its_whole_page_and_its_tests(source: UpdateSource) -> None:
    assert tuple(source.page.sections) == SOURCE_LABELS
    assert all(source.page.sections.values())
    assert len(source.page.title) <= 70
    assert (ROOT / f"tests/updates/sources/test_{source.id}.py").exists()


@pytest.mark.parametrize("door", mapping.vendors())
def test_a_door_has_its_whole_page_and_its_tests(door: str) -> None:
    page = Page.read(mapping.pages()[door])

    assert tuple(page.sections) == mapping.DOOR_LABELS
    assert all(page.sections.values())
    assert f"/hooks/KEY/{door}" in page.sections["Point it here"]
    assert (ROOT / f"tests/intake/alerts/test_{door.replace('-', '_')}.py").exists()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_limit_says_why_it_has_its_value(check: unit.AnyCheck) -> None:
    if check.limits is not unit.NoLimits:
        assert not (check.limits.__doc__ or "").startswith(check.limits.__name__ + "(")


@pytest.mark.parametrize("file", READING, ids=lambda file: file.stem)
def test_what_looks_only_reads(file: Path) -> None:
    statement = re.sub(r"'(?:[^']|'')*'", "''", statement_of(file))

    assert re.match(r"(select|with|\()", statement, re.IGNORECASE)
    assert ";" not in statement
    assert not re.search(
        r"\b(insert|update|delete|merge|truncate|drop|alter|create|grant|lock|copy|do|call)\s+\w",
        statement,
        re.IGNORECASE,
    )


@pytest.mark.parametrize("file", READING, ids=lambda file: file.stem)
def test_sql_says_what_it_measures_where_and_how_it_degrades(file: Path) -> None:
    header = file.read_text(encoding="utf-8").split("\nselect")[0].split("\nwith")[0]

    assert header.startswith("-- ")
    assert "Versions:" in header
    assert "Degrades:" in header


@pytest.mark.parametrize("file", READING, ids=lambda file: file.stem)
def test_every_database_can_read_what_it_is_asked(file: Path) -> None:
    """One that is not in UTF-8 refuses a message with a letter that it lacks, comments too."""
    assert file.read_text(encoding="utf-8").isascii()


@pytest.mark.parametrize(
    "file",
    [*SOURCE.glob("diagnosis/**/*.sql"), *SOURCE.glob("maintenance/**/*.sql")],
    ids=lambda file: file.stem,
)
def test_looking_waits_for_no_lock_on_a_table(file: Path) -> None:
    assert not [function for function in LOCKING if function in statement_of(file)]


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.id)
def test_a_fix_cures_checks_that_are_there(fix: unit.AnyFix) -> None:
    assert set(fix.cures) <= set(unit.checks())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_fixes_a_check_offers_are_there_and_cure_it(check: unit.AnyCheck) -> None:
    source = Path(sys.modules[check.module.name].__file__ or "").read_text(encoding="utf-8")
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    offered = {str(node.value) for node in constants} & set(unit.fixes())

    for id_ in offered:
        assert check.id in unit.fixes()[id_].cures


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.id)
def test_a_fix_is_offered_by_some_finding(fix: unit.AnyFix) -> None:
    sources = [file.read_text(encoding="utf-8") for file in SOURCE.glob("diagnosis/**/*.py")]

    assert any(f'"{fix.id}"' in source for source in sources)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_what_a_page_tells_to_plan_can_be_planned(check: unit.AnyCheck) -> None:
    cure = check.page.sections["Cure"]
    for named in re.findall(r"fettle fix plan TARGET\s+([\w-]+)", cure):
        assert matching(unit.fixes(), named), named


def test_the_guides_four_troubles_can_be_planned() -> None:
    assert set(troubles(unit.fixes())) == {
        "high_connection_usage",
        "slow_queries",
        "blocking_queries",
        "unused_indexes",
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_its_tests(check: unit.AnyCheck) -> None:
    assert (ROOT / f"tests/diagnosis/checks/{check.category}/test_{check.id}.py").exists()


def test_the_pages_made_from_the_units_are_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "script" / "docs"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_nothing_that_is_kept_names_a_registry_or_a_machine() -> None:
    hosts = re.compile(
        "py(pi)[.]org|pythonhosted[.]org|npm(js)[.]org|deb[.]debian[.]org|" + "/" + "work/"
    )
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = [
        name
        for name in listed
        if (ROOT / name).is_file()
        and name != "tests/test_contracts.py"
        and hosts.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"
