"""What a real SDK sends to a real server becomes an error, which the command line works on."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up
from tests.schemas import validate

PATIENCE_S = 30

# An application: it reports the same bug twice, another once, and what a person must not see.
APPLICATION = """
import sys, sentry_sdk

sentry_sdk.init(sys.argv[1], release="shop@1.4.2", environment="production", shutdown_timeout=60)
sentry_sdk.set_user({"id": "4711"})

def total(cart):
    password = "hunter2"
    return cart["price"]

for cart in ({"id": 1}, {"id": 2}):
    try:
        total(cart)
    except KeyError:
        sentry_sdk.capture_exception()
try:
    raise ConnectionRefusedError(111, "Connection refused")
except OSError:
    sentry_sdk.capture_exception()
sentry_sdk.flush(timeout=60)
"""


def test_a_real_sdk_sends_and_people_decide(store_environ: dict[str, str], tmp_path: Path) -> None:
    def call(*arguments: str, code: int = 0) -> str:
        called = fettle(*arguments, cwd=tmp_path, environ=store_environ)
        assert called.code == code, called
        return called.out

    def called(*arguments: str) -> dict[str, Any]:
        return validate(json.loads(call("error", *arguments, "--format=json")))

    with up(tmp_path, store_environ) as (_, url):
        made = json.loads(call("key", "create", "--kind=errors", "--name=shop", "--format=json"))
        with_key = "://{key}@".format_map(made)
        assert made["dsn"] == url.replace("://", with_key) + "1"
        assert made["url"] == f"{url}api/1/envelope/"
        subprocess.run([sys.executable, "-c", APPLICATION, made["dsn"]], check=True)
        _wait_until_digested(store_environ["FETTLE_STORE__URL"], 3)
    errors = {one["title"]: one for one in called("list")["items"]}

    refused = errors["ConnectionRefusedError: [Errno 111] Connection refused"]
    key = errors["KeyError: 'price'"]
    assert (key["events"], key["users"], key["last_release"]) == (2, 1, "shop@1.4.2")
    assert refused["known"][0]["class"] == "conn_refused"
    whole = called("show", key["id"])
    event = called("show", key["id"], f"--event={whole['latest'][0]['id']}")
    assert "hunter2" not in json.dumps(event)
    assert event["event"]["raised"][0]["frames"][-1]["function"] == "total"
    text = call("error", "show", key["id"])
    assert "KeyError: 'price'" in text
    assert "shop@1.4.2" in text
    assert "in total" in call("error", "show", key["id"], f"--event={event['id']}")

    told = called("solve", refused["id"])
    assert (told["answered"], told["matches"][0]["class"]) == (True, "conn_refused")
    whole = validate(json.loads(call("error", "resolve", refused["id"], "--format=json", code=1)))
    assert whole["error"]["title"].startswith("shop: ConnectionRefusedError")
    assert whole["known_solutions"][0]["class"] == "conn_refused"
    resolved = call("error", "fixed", key["id"], "--in-next-release")
    assert f"{key['id']} is resolved in the next release" in resolved
    assert key["id"] in call("error", "list", "--state=resolved")
    assert "muted until 5 more came" in call("error", "mute", refused["id"], "--until-events=5")
    assert called("merge", key["id"], refused["id"])["events"] == 3
    call("error", "mute", refused["id"], code=64)


def _wait_until_digested(url: str, number: int) -> None:
    """Wait until so many errors are of a bug."""
    until = time.monotonic() + PATIENCE_S
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*) FROM fettle.error_event WHERE key IS NOT NULL"
        while (row := connection.execute(query).fetchone()) is None or row[0] < number:
            assert time.monotonic() < until, row
            time.sleep(0.1)
