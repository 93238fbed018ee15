"""What a week came to, in numbers that hold where its lists are cut."""

from fettle.maintenance.performance import Judged, Moved, compared
from fettle.maintenance.performance_report import summary


def test_a_number_of_which_only_the_worst_are_listed_says_so() -> None:
    found = [
        Judged(known=True, moved=Moved(n, "shop", "response_s", "/", "worse", 0.0, 1.0, 2.0))
        for n in range(70)
    ]
    assert summary(compared(70, (), found)) == "60 figures or more got worse, of 70 compared"
    assert summary(compared(70, (), found[:2])) == "2 figures got worse, of 70 compared"
