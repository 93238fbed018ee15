"""What Fettle has done for the shop's database when somebody comes to look: looked, and mended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from fettle.demonstration.story import Told
from fettle.demonstration.teller import Teller
from fettle.errors import ActFailed
from fettle.store import diagnoses

TARGET = "main-db"
_PATIENCE_S = 60.0
_PAUSE_S = 0.05


async def done(teller: Teller, told: Told) -> None:
    """Let a worker look for issues; one fix is applied and taken back, others wait as plans."""
    await _until(lambda: _seen(teller), "looking at main-db")
    await teller.act("ada", told.new, "diagnose")
    await _looked(teller, told.new)
    (plan, *_) = await _planned(teller, "drop_duplicate_index")
    applied = await _run(teller, f"plans/{plan}/apply")
    await _run(teller, f"fix-runs/{applied}/undo")
    for fix in ("create_foreign_key_index", "validate_foreign_key"):
        await _planned(teller, fix)


async def _planned(teller: Teller, fix: str) -> Sequence[str]:
    """Let a fix be planned; return the plans' ids."""
    asked = await teller.ask("grace", "plans", {"target": TARGET, "fix": fix})
    found = asked.document

    async def over() -> bool:
        nonlocal found
        found = await teller.read(f"plannings/{asked.document['planning']}")
        return found["state"] in ("done", "failed")

    await _until(over, f"planning {fix}")
    return [plan["plan"] for plan in found["plans"]]


async def _run(teller: Teller, act: str) -> str:
    """Let a worker apply something, or take it back; return the run's id."""
    run = str((await teller.ask("grace", act)).document["run"])

    async def over() -> bool:
        return bool((await teller.read(f"fix-runs/{run}"))["ended"])

    await _until(over, act)
    return run


async def _seen(teller: Teller) -> bool:
    """Whether the database was looked at by itself."""
    async with teller.serving.pool.connection() as connection:
        return bool(await diagnoses.latest(connection))


async def _looked(teller: Teller, number: int) -> None:
    async def over() -> bool:
        diagnosis = (await teller.read(f"issues/{number}"))["diagnosis"]
        return diagnosis is not None and not diagnosis["waiting"]

    await _until(over, f"looking for #{number}")


async def _until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something is so; raises ActFailed when it does not become so."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not await happened():  # noqa: ASYNC110 - another process may do it
                await asyncio.sleep(_PAUSE_S)
    except TimeoutError:
        raise ActFailed(f"{what} has not come to an end within {_PATIENCE_S:g} s") from None
