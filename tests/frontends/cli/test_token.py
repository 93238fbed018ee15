"""`fettle token`: what is made is listed, with whose it is."""

import json
from pathlib import Path

from tests.frontends.cli.calling import fettle


def test_a_token_says_whose_it_is(store_environ: dict[str, str], tmp_path: Path) -> None:
    made = ("token", "create", "--role=responder")
    own = fettle(*made, "--name=laptop", "--owner=Ada", cwd=tmp_path, environ=store_environ)
    other = fettle(*made, "--name=ci", cwd=tmp_path, environ=store_environ)
    empty = fettle(*made, "--name=x", "--owner= ", cwd=tmp_path, environ=store_environ)
    assert (own.code, other.code, empty.code) == (0, 0, 64)

    listed = fettle("token", "list", "--format=json", cwd=tmp_path, environ=store_environ)
    items = json.loads(listed.out)["items"]
    assert [(one["name"], one["owner"]) for one in items] == [("ci", None), ("laptop", "ada")]
    text = fettle("token", "list", cwd=tmp_path, environ=store_environ)
    assert "ada's" in text.out.splitlines()[1]
