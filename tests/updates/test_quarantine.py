"""What made a project worse is shown as held, and not applied, until a person lets it go."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fettle.errors import Refused
from fettle.model.rehearsal import SYSTEM, Wanted
from fettle.model.update import Ecosystem, Package
from fettle.model.update_watch import Quarantined
from fettle.updates.quarantine import refuse_quarantined, why_held

ALPHA = Package(Ecosystem.PYPI, "alpha")
AT = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
HELD = Quarantined(4, "u", "shop", "/srv/shop", ALPHA, "1.1.0", "shop is down", "r", AT)


def test_it_is_held_where_it_was_worse_and_nowhere_else() -> None:
    def why(where: str, version: str = "1.1.0") -> tuple[str, ...]:
        return why_held([HELD], ALPHA, version, where)

    assert why("/srv/shop/uv.lock") == (
        "it is quarantined since 2026-11-01 12:30 UTC: shop is down",
    )
    machines = replace(HELD, project=SYSTEM, path="/")
    assert why_held([machines], ALPHA, "1.1.0", "this machine")
    assert why("/srv/shop/uv.lock", "1.2.0") == why("/srv/shopping/uv.lock") == ()


def test_it_is_refused_with_how_it_is_released() -> None:
    refuse_quarantined([Wanted("u", ALPHA, "1.2.0", "uv.lock")], [HELD])
    with pytest.raises(Refused, match="shop is down") as refused:
        refuse_quarantined([Wanted("u", ALPHA, "1.1.0", "uv.lock")], [HELD])

    assert refused.value.remedy == "once that is mended: fettle update release 4 --reason …"
