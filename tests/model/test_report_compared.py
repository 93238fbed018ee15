"""Two reports side by side: what is new, gone, and another."""

import pytest
from hypothesis import given

from fettle.model.report import Report, Section, Table
from fettle.model.report_compared import Difference, compared
from tests.model.reporting import REPORTS


def report(*sections: Section) -> Report:
    return Report("r", "", sections)


def table(*rows: tuple[str, ...]) -> Section:
    return Section("disks", table=Table(("Target", "Disk", "Used"), rows))


@pytest.mark.parametrize(
    ("earlier", "later", "found"),
    [
        (
            report(Section("a", items=("x", "y"))),
            report(Section("a", items=("y", "z"))),
            [Difference("new", "a", "z", {}, {}), Difference("gone", "a", "x", {}, {})],
        ),
        (
            report(table(("db", "/", "40 %"), ("web", "/", "10 %"))),
            report(table(("db", "/", "60 %"), ("new", "/", "5 %"))),
            [
                Difference("changed", "disks", "db", {"Used": "40 %"}, {"Used": "60 %"}),
                Difference("new", "disks", "new", {}, {"Disk": "/", "Used": "5 %"}),
                Difference("gone", "disks", "web", {"Disk": "/", "Used": "10 %"}, {}),
            ],
        ),
        (  # one target has two disks: the first cell does not tell rows apart
            report(table(("db", "/", "40 %"), ("db", "/var", "10 %"))),
            report(table(("db", "/", "40 %"), ("db", "/var", "90 %"))),
            [Difference("changed", "disks", "db /var", {"Used": "10 %"}, {"Used": "90 %"})],
        ),
        (
            report(table(("db", "/", "40 %"))),
            report(),
            [Difference("gone", "disks", "db", {"Disk": "/", "Used": "40 %"}, {})],
        ),
        (  # a column that is new has no value before
            report(Section("a", table=Table(("T", "Is"), (("db", "1"),)))),
            report(Section("a", table=Table(("T", "Is", "Was"), (("db", "1", "0"),)))),
            [Difference("changed", "a", "db", {}, {"Was": "0"})],
        ),
    ],
)
def test_what_differs_is_told(earlier: Report, later: Report, found: list[Difference]) -> None:
    assert compared(earlier, later) == found


@given(REPORTS)
def test_a_report_does_not_differ_from_itself(one: Report) -> None:
    assert list(compared(one, one)) == []
