"""Updates are taken by the clock: what the newest look finds worth taking, and once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fettle.errors import CannotLook, Outdated
from fettle.flow.update_looks import Keeping, keep
from fettle.flow.update_taking import TakingByClock
from fettle.model.rehearsal import RunState
from fettle.model.update import Ecosystem, Level, Package, Update, UpdateCheck, UpdateType
from fettle.settings import Settings
from fettle.store import update_watches, updates
from tests.flow.filing import Filing
from tests.flow.machine import Machine

PROJECT = {
    "name": "shop",
    "path": "/srv/shop",
    "rehearsal": {"test": ["pytest"]},
    "apply": {"how": "in-place", "check": ["true"], "by_clock": True},
}
NIGHT = {"name": "night", "start": "12:00", "duration": "1h"}


def update(name: str, *held: str, where: str = "/srv/shop/uv.lock", **more: Any) -> Update:  # noqa: ANN401
    package = Package(more.pop("ecosystem", Ecosystem.PYPI), name)
    return Update(
        f"{name}-2", package, where, "1", "2", UpdateType.REGULAR, Level.MINOR, held=held, **more
    )


def taking(filing: Filing, machine: Machine, **updates: object) -> TakingByClock:
    """Return what takes updates of a shop, and of nothing else."""
    other = {"name": "site", "path": "/srv/site", "rehearsal": {"test": ["pytest"]}}
    given = {"project": [PROJECT, other], "window": [NIGHT], "updates": updates}
    settings = Settings.model_validate(given)
    here: Any = machine  # nothing else of it is asked for
    return TakingByClock(filing.pool, filing.clock, settings, lambda _say: here, machine.look)


async def looked(filing: Filing, by: TakingByClock, *found: Update) -> None:
    """Have a look kept that has found these."""
    check = UpdateCheck(filing.clock.now(), found, ())
    async with filing.pool.connection() as connection, connection.transaction():
        await keep(connection, check, Keeping(uuid4(), "ada", by.settings))


async def nobody(_line: str) -> None:
    pass


async def states(filing: Filing) -> Sequence[str]:
    async with filing.pool.connection() as connection:
        return [str(one.state) for one in await updates.runs(connection)]


async def test_what_is_worth_taking_is_tried_and_what_passed_is_applied_once(
    filing: Filing,
) -> None:
    machine = Machine(fails=("beta-2",))
    by = taking(filing, machine)
    await looked(
        filing, by, update("alpha"), update("beta"), update("gamma", "it is pinned to <2"),
        update("delta", where="/srv/site/uv.lock"), update("openssl", ecosystem=Ecosystem.DEB),
    )  # fmt: skip
    tried = await by.rehearse("shop", nobody)
    took = await by.apply("shop", str(tried.rehearsal), nobody)
    again = await by.apply("shop", str(tried.rehearsal), nobody)

    assert [one.name for one in by.projects] == ["shop"]
    assert (tried.landed, tried.judged) == (("alpha-2",), True)
    assert tried.left == {"beta-2": "tests fail: no"}
    assert (took.state, took.verified) == (RunState.DONE, True)
    assert again == took, "a step that is done again applies nothing twice"
    assert machine.applied == ["raised"]


async def test_without_a_look_of_late_nothing_is_taken(filing: Filing) -> None:
    by = taking(filing, Machine(), every="1d")
    with pytest.raises(CannotLook, match="nobody has looked for updates"):
        await by.rehearse("shop", nobody)
    await looked(filing, by, update("alpha"))
    filing.clock.moment += timedelta(days=3)
    with pytest.raises(CannotLook, match="nobody has looked for updates since 2026-"):
        await by.rehearse("shop", nobody)


async def test_what_waits_for_its_window_is_taken_in_it(filing: Filing) -> None:
    """The clock stands at noon."""
    by = taking(filing, Machine(), windows=["night"])
    waits = "it is taken only in night, which is not open now"
    await looked(filing, by, update("alpha", waits))
    inside = await by.rehearse("shop", nobody)
    filing.clock.moment += timedelta(hours=5)
    outside = await by.rehearse("shop", nobody)

    assert inside.landed == ("alpha-2",)
    assert (outside.rehearsal, outside.says) == (None, "nothing is worth taking now")


async def test_what_made_it_worse_is_not_taken_again(filing: Filing) -> None:
    machine = Machine()
    by = taking(filing, machine)
    await looked(filing, by, update("alpha"))
    tried = await by.rehearse("shop", nobody)
    await by.apply("shop", str(tried.rehearsal), nobody)
    async with filing.pool.connection() as connection:
        (run,) = await updates.runs(connection)
        await update_watches.quarantine(connection, run, "it was slow", filing.clock.now())
    machine.commit = "base"

    assert (await by.rehearse("shop", nobody)).rehearsal is None


async def test_a_project_that_moved_or_whose_tests_fail_is_left_alone(filing: Filing) -> None:
    machine = Machine()
    by = taking(filing, machine)
    await looked(filing, by, update("alpha"))
    tried = await by.rehearse("shop", nobody)
    machine.commit = "moved"
    with pytest.raises(Outdated, match="has moved since"):
        await by.apply("shop", str(tried.rehearsal), nobody)
    machine.broken = True
    unjudged = await by.rehearse("shop", nobody)

    assert not unjudged.judged
    assert unjudged.landed == ()
    assert await states(filing) == []
