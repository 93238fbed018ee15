"""A server that starts while its store goes away serves all the same, and waits for it."""

from dataclasses import replace

import pytest

from fettle.frontends.cli.commands import up
from fettle.store.pool import pool_at
from tests.frontends.api.conftest import Api


async def test_who_may_log_in_is_said_at_the_next_start(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    async with pool_at("postgresql://127.0.0.1:1/nowhere") as away:
        await up.invite(replace(api.serving, pool=away))

    assert "The store does not answer" in capsys.readouterr().err
