"""Who works beside those who answer lets them go first."""

import asyncio

from fettle.flow.courtesy import Courtesy


async def test_whoever_is_ready_goes_first() -> None:
    done: list[str] = []
    courtesy = Courtesy()
    courtesy.begin()
    asyncio.get_running_loop().call_soon(done.append, "another")

    await courtesy.pause()

    assert done == ["another"]


async def test_while_something_arrives_others_have_as_long_as_was_worked() -> None:
    done: list[str] = []
    courtesy = Courtesy(arriving=lambda: True)  # and it has worked since the loop's clock began
    asyncio.get_running_loop().call_later(0.005, done.append, "another, a little later")

    await courtesy.pause()

    assert done == ["another, a little later"]
