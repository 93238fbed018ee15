"""`fettle heartbeat` makes an address to ping, lists it and removes it."""

import json
from pathlib import Path

from tests.frontends.cli.calling import fettle


def test_one_is_made_listed_and_removed(store_environ: dict[str, str], tmp_path: Path) -> None:
    environ = {**store_environ, "FETTLE_SERVER__PUBLIC_URL": "https://ops.example/"}

    def call(*arguments: str) -> tuple[int, str, str]:
        called = fettle("heartbeat", *arguments, cwd=tmp_path, environ=environ)
        return called.code, called.out, called.err

    code, out, _ = call("create", "--name=backup", "--every=1d", "--service=shop")
    listed = json.loads(call("list", "--format=json")[1])["items"]
    url = listed[0]["url"]

    assert code == 0
    assert url.startswith("https://ops.example/ping/")
    assert f"address  {url}\n" in out
    assert f"crontab  … your-job; curl -fsS -m 10 --retry 5 -o /dev/null {url}/$?\n" in out
    assert (listed[0]["every"], listed[0]["grace"], listed[0]["state"]) == ("PT24H", "PT5M", "new")
    assert "backup  new  every PT24H, never heard of" in call("list")[1]
    assert call("create", "--name=backup", "--every=1h")[0] == 1
    assert call("create", "--name=other", "--every=often")[0] == 64
    assert call("remove", "backup")[0] == 0
    assert call("remove", "backup")[0] == 64
    assert call("list")[1] == "There are none.\n"
