"""How often triage was right is shown as a matrix: what was said, and what it was."""

import re

import pytest

from fettle.frontends.web.triage import Cell, _cell
from fettle.model.role import Role
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in


async def looked(api: Api, path: str = "/triage") -> str:
    cookie = await let_in(api, "http://fettle", Role.VIEWER)
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return (await api.nobody.get(path, headers=headers)).text


def alert(key: str, severity: Severity) -> Signal:
    return Signal(
        "alertmanager/prod",
        SignalKind.ALERT,
        key,
        True,
        f"{key} is odd",
        severity=severity,
        said_severity=severity.label,
        service=key,
    )


async def test_what_was_corrected_stands_beside_what_was_right(api: Api) -> None:
    await api.arrive(alert("shop", Severity.MEDIUM), alert("wiki", Severity.LOW))
    await api.act(1, "classify", severity="critical", reason="nobody can pay")
    await api.act(2, "acknowledge")
    await api.act(2, "resolve", evidence="it is quiet")
    await api.act(2, "close", review="nothing to learn")
    await api.clock.sleep(60)
    page = await looked(api)

    assert "The severity was right in 50 % of 2 issues; anything was corrected in 1." in page
    assert "It was too low in 50 %." in page
    assert re.search(r'class="numbers low">1 <small>too low</small>', page)
    assert re.search(r'class="numbers right">1<', page)
    assert "Nothing is learnt yet" in page


async def test_where_nothing_was_settled_it_says_how(api: Api) -> None:
    assert "Nothing was settled in these days" in await looked(api)


@pytest.mark.parametrize("days", ["0", "x", "99999999999", "-1", "²"])
async def test_days_that_are_none_are_refused(api: Api, days: str) -> None:
    assert "it is a number from 1 to 3660" in await looked(api, f"/triage?days={days}")


@pytest.mark.parametrize(
    ("said", "right", "kind"),
    [("low", "high", "low"), ("high", "low", "high"), ("info", "info", "right")],
)
def test_too_low_is_told_from_too_high(said: str, right: str, kind: str) -> None:
    assert _cell(2, said, right).kind == kind
    assert _cell(0, said, right) == Cell(0, "none")
