"""`fettle error known`: what people write of errors into the store, and what solve makes of it."""

import json
from pathlib import Path

from tests import schemas
from tests.frontends.cli.calling import fettle

LEDGER = """
title = "The ledger is closed"
cause = "It is night."
[[solution]]
does = "Wait for the closing."
[certain]
says = ["ledger is closed"]
"""


def test_a_file_is_written_into_the_store_matched_changed_and_retired(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    def said(*words: str, code: int = 0, environ: dict[str, str] | None = store_environ) -> str:
        done = fettle("error", *words, cwd=tmp_path, environ=environ)
        assert done.code == code, done.err
        return done.out + done.err

    file = tmp_path / "ledger-closed.toml"
    file.write_text(LEDGER)
    assert "no store is within reach" in said("solve", "the ledger is closed", environ=None)
    assert said("known", "add", file.name) == "ledger_closed: version 1, matched\n"
    assert "Wait for the closing." in said("solve", "the ledger is closed")
    assert said("known", "ledger-closed") == "ledger_closed: not tried here yet\n"
    file.write_text(LEDGER.replace("night", "Sunday"))
    change = ("known", "change", file.name, "--version=1")
    assert said(*change) == "ledger_closed: version 2, matched\n"
    document = json.loads(said("known", "retire", "ledger_closed", "--format=json"))
    assert schemas.validate(document)["retired"]
    assert "Nothing that is known fits" in said("solve", "the ledger is closed")
    file.write_text(LEDGER.replace("ledger is closed", "…"))
    assert f"{file.name}: certain.says.0: '…' has no word" in said(*change, code=64)
