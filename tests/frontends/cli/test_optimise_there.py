"""`fettle optimise history` and `undo` on a server: a worker there puts the root back."""

import asyncio
import json
import platform
from pathlib import Path

from fettle.main import Wired
from fettle.model.experiment import OptimisationRun
from fettle.targets.webroot.reading import manifest
from tests import optimised_run
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up
from tests.schemas import validate

ONE = "0123456789ab"


async def keep(environ: dict[str, str], run: OptimisationRun) -> None:
    wired = Wired(environ)
    async with wired.store(wired.settings(None)) as store:
        await optimised_run.keep(store.connection, run, platform.node())


def test_a_server_tells_its_history_and_has_a_root_put_back(
    tmp_path: Path, store_environ: dict[str, str]
) -> None:
    root = tmp_path / "srv" / "shop"
    root.mkdir(parents=True)
    (root / "index.html").write_bytes(b"<h1>A shop</h1>")
    was = manifest(root)
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    asyncio.run(keep(store_environ, run))
    made = fettle(
        *("token", "create", "--name=web", "--role=responder"),
        cwd=tmp_path,
        environ=store_environ,
    )
    with up(tmp_path, store_environ) as (_, url):
        at = ("--server", url, "--token", made.out.strip())

        listed = fettle("optimise", "history", *at, cwd=tmp_path)
        assert f"{ONE}  2026-01-05 09:00  done" in listed.out
        assert "largest paint 5,000 ms → 2,000 ms (-60 %)" in listed.out
        for asked, schema in (((), "optimisations"), ((ONE[:5],), "optimisation_record")):
            history = ("optimise", "history", *asked, "--format", "json")
            there = fettle(*history, *at, cwd=tmp_path)
            here = fettle(*history, cwd=tmp_path, environ=store_environ)
            document = validate(json.loads(here.out))
            assert document == json.loads(there.out)
            assert document["schema"] == f"fettle.{schema}/1"

        undone = fettle("optimise", "undo", ONE, *at, cwd=tmp_path)
        assert (undone.code, "undone, not changed" in undone.out) == (0, True), undone.err
        assert manifest(root) == was
        again = fettle("optimise", "undo", ONE, *at, cwd=tmp_path)
        assert (again.code, "nothing of it to take back" in again.err) == (1, True)
        nobody = fettle("optimise", "history", "--server", url, "--token", "x", cwd=tmp_path)
        assert nobody.code != 0
