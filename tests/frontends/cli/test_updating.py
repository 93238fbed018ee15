"""Several things are done one after another: what was done is told, whatever ends the rest."""

import pytest

from fettle.errors import Refused
from fettle.frontends.cli.updating import one_by_one


async def done(name: str) -> str:
    if name == "bad":
        raise Refused("its tree has moved")
    return name


async def test_what_was_done_is_told_with_what_ended_the_rest() -> None:
    told, ended = await one_by_one(done(name) for name in ("shop", "bad", "site"))
    assert told == ["shop"]
    assert isinstance(ended, Refused)


async def test_where_nothing_was_done_there_is_only_the_error() -> None:
    with pytest.raises(Refused):
        await one_by_one(done(name) for name in ("bad", "shop"))


async def test_what_all_goes_well_ends_by_itself() -> None:
    assert await one_by_one(done(name) for name in ("shop", "site")) == (["shop", "site"], None)
