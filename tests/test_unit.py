"""The plug-in units: how they are found, read and limited."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle import unit
from fettle.errors import BadSettings, CannotLook, WrongUsage
from fettle.model.finding import Finding, Relation
from fettle.model.page import Page
from fettle.model.ports import Rows
from fettle.model.quantity import Bytes, Ratio
from fettle.model.severity import Severity
from fettle.unit.limits import default_limits, limits_of
from fettle.unit.rows import decode

A_CHECK = '''
"""A cake is stale.

Why it matters:  Nobody eats it,
    and it takes room.
Verify:          Taste it.
Cure:            Bake another.
Ignore when:     It is for the birds.
Cannot see:      Cakes in tins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import Bytes, Ratio
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Cakes last three days."""

    age: timedelta = timedelta(days=3)
    eaten: Ratio = Ratio(0.5)
    crumbs: Bytes = Bytes(10)
    guests: int = 4
    weight: float = 1.5
    iced: bool = True
    kind: str = "plain"


@dataclass(frozen=True)
class Row:
    cake: str


@check(reads="stale_cake.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    for row in rows:
        yield Finding(row.cake, Severity.LOW, "stale")
'''


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a third party's package, which has one check; yield its folder of checks."""
    checks = tmp_path / "bakery" / "checks" / "kitchen"
    checks.mkdir(parents=True)
    for folder in (tmp_path / "bakery", checks.parent, checks):
        (folder / "__init__.py").touch()
    (checks / "stale_cake.py").write_text(A_CHECK)
    (checks / "stale_cake.sql").write_text("select 'newest'")
    about = tmp_path / "bakery-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bakery\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[fettle.checks]\nbakery = bakery.checks\n")
    monkeypatch.syspath_prepend(tmp_path)
    _forget()
    yield checks
    _forget()
    for name in [name for name in sys.modules if name.partition(".")[0] == "bakery"]:
        del sys.modules[name]


def _forget() -> None:
    unit.checks.cache_clear()
    unit.checks_of_databases.cache_clear()


def test_the_built_in_units_are_found_by_their_files() -> None:
    folder = Path(unit.__file__).parents[1] / "diagnosis" / "checks" / "database"
    ids = {file.stem for file in folder.glob("*.py")} - {"__init__"}

    assert ids
    assert ids <= set(unit.checks())
    assert "drop_unused_index" in unit.fixes()
    assert "daily-log-rotation" in unit.tasks()
    assert list(unit.checks()) == sorted(unit.checks())


def test_a_third_partys_unit_is_found_in_the_same_way(bakery: Path) -> None:
    found = unit.checks()["stale_cake"]

    assert "sequence_exhaustion" in unit.checks()
    assert found.category == "kitchen"
    assert found.page.title == "A cake is stale"
    assert found.statement(18) == "select 'newest'"
    assert found([found.row("tart")], found.limits()) == [Finding("tart", Severity.LOW, "stale")]


def test_what_a_database_is_not_asked_is_not_imported_for_it(bakery: Path) -> None:
    shelf = bakery.parent / "shelf"
    shelf.mkdir()
    (shelf / "__init__.py").touch()
    (shelf / "empty_shelf.py").write_text(A_CHECK.replace('reads="stale_cake.sql", ', ""))

    found = unit.checks_of_databases()

    assert "bakery.checks.shelf.empty_shelf" not in sys.modules
    assert {"stale_cake", "sequence_exhaustion"} <= set(found)
    assert set(found) == {id_ for id_, one in unit.checks().items() if one.of_databases}
    assert "empty_shelf" in unit.checks()


def test_two_units_of_one_name_are_refused(bakery: Path) -> None:
    (bakery / "sequence_exhaustion.py").write_text(A_CHECK)

    with pytest.raises(WrongUsage, match="two units are called sequence_exhaustion"):
        unit.checks()


def test_a_unit_that_a_module_only_imports_is_not_its_own(bakery: Path) -> None:
    (bakery / "window_shopping.py").write_text(
        "from fettle.diagnosis.checks.database.sequence_exhaustion import judge\n"
    )

    assert "window_shopping" not in unit.checks()


@pytest.mark.parametrize(
    ("major", "read"),
    [
        (13, "before 14"),
        (14, "before 16"),
        (15, "before 16"),
        (16, "before 17"),
        (17, "newest"),
        (18, "newest"),
    ],
)
def test_the_sql_is_the_one_for_the_servers_version(bakery: Path, major: int, read: str) -> None:
    for version in (14, 16, 17):
        (bakery / f"stale_cake.before_{version}.sql").write_text(f"before {version}")
    (bakery / "stale_cake.sql").write_text("newest")

    assert unit.checks()["stale_cake"].statement(major) == read


def test_a_page_is_read_from_the_docstring() -> None:
    page = Page.read(
        """A cake is stale.

Why it matters:  Nobody eats it,
    and it takes room.
Verify:          Taste it: twice.

    And look.
Cure:
    Bake another.
"""
    )

    assert page.title == "A cake is stale"
    assert page.sections == {
        "Why it matters": "Nobody eats it,\nand it takes room.",
        "Verify": "Taste it: twice.\n\nAnd look.",
        "Cure": "Bake another.",
    }


def test_a_docstring_without_labels_has_no_sections() -> None:
    assert Page.read("") == Page("", {})
    assert Page.read("Only a title.") == Page("Only a title", {})


@dataclass(frozen=True)
class Slice:
    """One field of each kind that a row may have."""

    name: Relation
    share: Ratio
    size: Bytes | None
    weight: float
    layers: int
    tags: tuple[str, ...]
    baked: datetime
    age: timedelta | None


BAKED = datetime(2026, 1, 1, tzinfo=UTC)


def test_rows_are_typed_whatever_the_order_of_the_columns() -> None:
    columns = ("extra", "age", "baked", "tags", "layers", "weight", "size", "share", "name")
    values = ("?", timedelta(days=1), BAKED, ["a", "b"], 3, 2, 2048, 0.8, "cake")

    (row,) = decode(Rows(columns, [values]), Slice)

    assert row == Slice(
        Relation("cake"),
        Ratio(0.8),
        Bytes(2048),
        2.0,
        3,
        ("a", "b"),
        BAKED,
        timedelta(days=1),
    )
    assert [type(value) for value in (row.name, row.share, row.size, row.weight)] == [
        *(Relation, Ratio, Bytes, float),
    ]


def test_null_stays_none() -> None:
    columns = ("name", "share", "size", "weight", "layers", "tags", "baked", "age")
    values: tuple[object, ...] = ("cake", 0.8, None, 2.0, 3, [], BAKED, None)

    (row,) = decode(Rows(columns, [values]), Slice)

    assert row.size is None
    assert row.age is None


def test_a_missing_column_is_a_server_that_does_not_fit() -> None:
    with pytest.raises(CannotLook, match="the answer lacks age, baked"):
        decode(
            Rows(("name", "share", "size", "weight", "layers", "tags"), []),
            Slice,
        )


def test_limits_are_defaults_overlaid_by_each_setting(bakery: Path) -> None:
    check = unit.checks()["stale_cake"]

    limits = limits_of(
        check,
        {"age": "1 week", "eaten": "80 %", "crumbs": "2 kB"},
        {"age": 90, "guests": 12, "weight": "2.5", "iced": False, "kind": "rye"},
        where="test",
    )

    assert limits == check.limits(
        age=timedelta(seconds=90),
        eaten=Ratio(0.8),
        crumbs=Bytes(2048),
        guests=12,
        weight=2.5,
        iced=False,
        kind="rye",
    )
    assert limits_of(check, where="test") == check.limits()


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("colour", 1, "stale_cake has no limit colour; it has age, eaten"),
        ("age", "a while", "is no duration"),
        ("age", -5, "is no duration"),
        ("age", True, "is no duration"),
        ("age", float("inf"), "is no duration"),
        ("age", "999999999999 days", "longer than anything lasts"),
        ("eaten", "half", "is no share; write it like 80 %"),
        ("eaten", -0.1, "not a number from zero on"),
        ("eaten", float("nan"), "not a number from zero on"),
        ("eaten", True, "is no share"),
        ("crumbs", "a few", "is no amount of storage"),
        ("crumbs", "9" * 400 + " MB", "more than any storage"),
        ("guests", 4.5, "is no whole number"),
        ("weight", "heavy", "is no number"),
        ("guests", -1, "not a number from zero on"),
        ("weight", "inf", "not a number from zero on"),
        ("iced", "maybe", "neither true nor false"),
    ],
)
def test_a_limit_that_is_none_is_refused_where_it_stands(
    bakery: Path, name: str, raw: object, why: str
) -> None:
    check = unit.checks()["stale_cake"]

    with pytest.raises(BadSettings, match=why) as refused:
        limits_of(check, {name: raw}, where="limits of [[database]] shop")

    assert str(refused.value).startswith("limits of [[database]] shop: stale_cake")


def test_a_check_without_limits_says_so() -> None:
    check = unit.checks()["index_duplicate"]

    with pytest.raises(BadSettings, match="it has none"):
        limits_of(check, {"min_size": 1}, where="test")


def test_the_defaults_are_shown_as_people_read_them(bakery: Path) -> None:
    assert default_limits(unit.checks()["stale_cake"]) == [
        ("age", "3 d"),
        ("eaten", "50 %"),
        ("crumbs", "10 B"),
        ("guests", "4"),
        ("weight", "1.5"),
        ("iced", "True"),
        ("kind", "plain"),
    ]
