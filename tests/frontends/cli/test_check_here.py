"""`fettle check` of access logs and of this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.frontends.cli.calling import fettle
from tests.targets.access_logs.logs import UNTIMED, line, written


def test_an_access_log_is_judged_by_its_path(tmp_path: Path) -> None:
    lines = [line(status=499)] * 30 + [line()] * 270
    log = written(tmp_path / "access.log", lines)
    called = fettle("check", str(log), "--format", "json", cwd=tmp_path)
    told = json.loads(called.out)
    assert called.code == 1, called.err
    assert [one["key"] for one in told["findings"]] == [f"requests_abandoned:{log}"]
    assert told["current_metrics"][f"access_log_lines_total {log}"] == 300


def test_what_is_piped_in_is_judged(tmp_path: Path) -> None:
    typed = "\n".join([line()] * 300) + "\n"
    called = fettle("check", "-", "--format", "json", cwd=tmp_path, typed=typed)
    assert called.code == 0, called.err
    metrics = json.loads(called.out)["current_metrics"]
    assert metrics["access_log_lines_total standard input"] == 300


def test_a_file_that_is_no_log_cannot_be_looked_at(tmp_path: Path) -> None:
    poem = written(tmp_path / "poem", ["Shall I compare thee to a summer's day?"])
    called = fettle("check", "poem", cwd=tmp_path)
    assert called.code == 3
    assert "poem: none of the 1 line read of it is in a format that is known" in " ".join(
        called.out.split()
    )
    assert poem.exists()


def test_drained_logs_of_vercel_tell_failures_and_say_that_they_tell_no_times(
    tmp_path: Path,
) -> None:
    good = UNTIMED["Vercel's drain"]
    bad = good.replace('"statusCode": 200', '"statusCode": 500')
    log = written(tmp_path / "drained.log", [good] * 270 + [bad] * 30)
    called = fettle("check", str(log), "--format", "json", cwd=tmp_path)
    told = json.loads(called.out)
    assert [one["key"] for one in told["findings"]] == [f"error_rate_high:{log}"]
    assert [one["check"] for one in told["unknown"]] == ["response_time_high"]
    assert told["current_metrics"][f"error_rate_ratio {log}"] == 0.1


def test_since_is_for_logs_and_is_a_moment(tmp_path: Path) -> None:
    log = written(tmp_path / "access.log", [line("09:00:00")] * 5 + [line("10:30:00")] * 250)
    called = fettle(
        "check", str(log), "--since", "2026-11-20T10:00+00:00", "--format", "json", cwd=tmp_path
    )
    told = json.loads(called.out)["current_metrics"]
    assert told[f"requests_abandoned_ratio {log}"] == 0
    for wrong, reason in (("yesterday", "neither a duration nor a moment"),):
        called = fettle("check", str(log), "--since", wrong, cwd=tmp_path)
        assert called.code == 64
        assert reason in called.err
    called = fettle("check", "postgresql://127.0.0.1:9/x", "--since", "1h", cwd=tmp_path)
    assert called.code == 64
    assert "--since is for access logs" in called.err


def test_a_log_of_another_machine_is_not_taken_from_this_one(tmp_path: Path) -> None:
    log = written(tmp_path / "access.log", [line(status=500)] * 300)
    toml = f"""
        [[host]]
        name = "web-2"
        on = "the-other"
        [[service]]
        name = "shop"
        access_log = "{log}"
        host = "web-2"
    """
    (tmp_path / "fettle.toml").write_text(toml)
    called = fettle("check", "--format", "json", cwd=tmp_path)
    shop = next(
        told for told in map(json.loads, called.out.splitlines()) if told["target"] == "shop"
    )
    assert shop["status"] == "unknown"
    assert "is a file of another machine" in shop["unknown"][0]["reason"]
    called = fettle("check", "shop", "--format", "json", cwd=tmp_path)
    assert "shop: the log of this machine" in called.err


def test_a_host_is_this_machine_and_says_so_when_it_may_be_another(tmp_path: Path) -> None:
    toml = '[[host]]\nname = "web-1"\n\n[[host]]\nname = "web-2"\non = "the-other"\n'
    (tmp_path / "fettle.toml").write_text(toml)
    only = ("--only", "disk_full", "--format", "json")
    called = fettle("check", "web-1", *only, cwd=tmp_path)
    assert "web-1:/" in called.out
    assert called.err == ""
    called = fettle("check", "web-2", *only, cwd=tmp_path)
    assert "web-2:/" in called.out
    assert "web-2: this machine, " in called.err
    # of all together only those that are here
    called = fettle("check", *only, cwd=tmp_path)
    first, second = map(json.loads, called.out.splitlines())
    assert first["target"] == "web-1"
    assert second["status"] == "unknown"
    assert "web-2 is another machine" in second["unknown"][0]["reason"]


def test_what_is_piped_in_and_never_ends_is_given_up(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fettle", "check", "-", "--timeout", "500ms"],
            stdin=reading,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(reading)
        os.close(writing)
    assert done.returncode == 3, done.stderr
    assert "no answer within 500 ms" in " ".join(done.stdout.split())
