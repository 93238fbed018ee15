"""What is known of installed packages, and what closes their weaknesses."""

from fettle.maintenance.security.packages import closed_by_updates, of_audits
from fettle.model.security import Advisory, Audited
from fettle.model.severity import Severity


def test_all_updates_that_close_weaknesses_are_told_each_once_and_nothing_else() -> None:
    fixed = [
        Advisory(f"kit{number}", "1.0", f"CVE-{number}", "bad", Severity.HIGH, ("1.1",))
        for number in range(12)
    ]
    hopeless = Advisory("old", "0.9", "CVE-99", "bad", Severity.HIGH, ())
    look = of_audits([Audited("shop", "uv.lock", "osv", 40, (*fixed, fixed[0], hopeless), ())])
    assert closed_by_updates(look.weaknesses) == [f"kit{number}: 1.1" for number in range(12)]
