"""A folder's source maps are uploaded from the command line, and listed."""

import json
import shutil
from pathlib import Path

from tests.frontends.cli.calling import fettle
from tests.intake.errors.bundling import BUILT, DEBUG_IDS
from tests.schemas import validate


def test_the_maps_of_a_folder_are_uploaded_and_listed(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    def call(*arguments: str, code: int = 0) -> str:
        called = fettle(*arguments, cwd=tmp_path, environ=store_environ)
        assert called.code == code, called
        return called.out or called.err

    dist = tmp_path / "dist" / "assets"
    dist.mkdir(parents=True)
    call("key", "create", "--kind=errors", "--name=shop")
    upload = ("error", "maps", "upload", "dist", "--project=shop", "--release=shop@1")
    nothing = call(*upload, code=64)
    for build in (1, 2):
        shutil.copy(BUILT / f"app-{build}.js.map", dist)

    assert "holds no source map" in nothing
    assert call(*upload).strip() == "2 source maps of shop, 2 of them new"
    again = validate(json.loads(call(*upload, "--format=json")))
    assert (again["maps"], again["new"]) == (2, 0)
    listed = validate(json.loads(call("error", "maps", "list", "--format=json")))
    assert {one["debug_id"] for one in listed["items"]} == set(DEBUG_IDS.values())
    assert {one["name"] for one in listed["items"]} == {
        f"~/assets/app-{build}.js.map" for build in (1, 2)
    }
    assert "shop  " in call("error", "maps", "list", "--project=shop")
    assert "no application called 'none'" in call(
        "error", "maps", "upload", "dist", "--project=none", code=64
    )
