"""Headers are proposed for each server that there may be, and real servers send them."""

import gzip
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from fettle.optimisation.actions.keep_in_browsers import A_WEEK, AN_HOUR, FOREVER, improve
from tests.frontends.test_behind_nginx import listening
from tests.optimisation.applying import applied
from tests.optimisation.sites import patches, site, written
from tests.servers import free_port

FILES = {
    "index.html": "<p>page",
    "assets/app.3f2a9c1b.js": "1",
    "assets/app.8c1b3f2a.css": "a{}",
    "img/summer-holidays.jpg": "jpeg",
    "img/logo.svg": "<svg/>",
    "a.css": "b{}",
    "lib/promised.js": "1",
}
PROMISED = {"lib/promised.js": "a page promises its content (integrity)"}
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
KEPT = {
    "": "no-cache",
    "index.html": "no-cache",
    "assets/app.3f2a9c1b.js": FOREVER,
    "assets/app.8c1b3f2a.css": FOREVER,
    "img/summer-holidays.jpg": A_WEEK,
    "img/logo.svg": A_WEEK,
    "a.css": AN_HOUR,
    "lib/promised.js": "no-cache",
}


def test_each_server_has_its_file_and_nothing_is_written() -> None:
    found = patches(improve, site(FILES))

    assert set(found) == {
        "fettle-cache.nginx.conf", "fettle-cache.caddyfile", "vercel.json", "next.config.js",
    }  # fmt: skip
    assert written(improve, site(FILES)) == {}


def test_only_folders_of_files_that_are_called_by_their_content_are_kept_for_a_year() -> None:
    mixed = {**FILES, "assets/plain.js": ""}

    for text in patches(improve, site(FILES)).values():
        assert "immutable" in text
    for text in patches(improve, site(mixed)).values():
        assert "immutable" not in text


def test_what_a_page_of_today_promises_is_never_one_of_an_hour_ago() -> None:
    promised = {**PROMISED, "assets/app.3f2a9c1b.js": "it is called by its content's hash"}
    headers = json.loads(patches(improve, site(FILES, kept=promised))["vercel.json"])["headers"]
    told = {one["source"]: one["headers"][0]["value"] for one in headers}

    assert told["/:path(lib/promised[.]js)"] == "no-cache"
    assert list(told)[-2:] == ["/:path(lib/promised[.]js)", "/:path(assets/[^/]+)"]
    for names in (["a b.js"], [f"{n}.js" for n in range(200)]):
        kept = dict.fromkeys(names, "a page promises its content (integrity)")
        for text in patches(improve, site(FILES, kept=kept)).values():
            assert AN_HOUR not in text, "what cannot be named one by one is asked for each time"
            assert A_WEEK not in text


def test_a_site_of_pages_alone_needs_none() -> None:
    assert patches(improve, site({"index.html": ""})) == {}


def test_what_vercel_is_told_already_stays(tmp_path: Path) -> None:
    own = {"cleanUrls": True, "headers": [{"source": "/a", "headers": []}]}
    before = json.dumps(own)
    told = patches(improve, site({**FILES, "vercel.json": before}))["vercel.json"]
    after = json.loads(applied(tmp_path, {"vercel.json": before.encode()}, told)["vercel.json"])

    assert after["cleanUrls"] is True
    assert after["headers"][-1] == own["headers"][0]  # type: ignore[index]
    assert {one["headers"][0]["value"] for one in after["headers"][:-1]} == {
        FOREVER, A_WEEK, AN_HOUR,
    }  # fmt: skip


@pytest.mark.parametrize("broken", ["{", "[]", "1"])
def test_a_file_of_vercels_that_is_none_is_not_patched(broken: str) -> None:
    told = patches(improve, site({**FILES, "vercel.json": broken}))["vercel.json"]

    assert json.loads(told)["headers"]


def test_next_reads_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "next.config.js").write_text(patches(improve, site(FILES))["next.config.js"])
    asks = "require('./next.config.js').headers().then(all => console.log(JSON.stringify(all)))"
    done = subprocess.run(
        ["node", "-e", asks], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    vercel = json.loads(patches(improve, site(FILES))["vercel.json"])

    assert json.loads(done.stdout) == vercel["headers"]


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_a_server_that_takes_it_sends_the_headers(tmp_path: Path, server: str) -> None:
    root = tmp_path / "root"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "a.css.gz").write_bytes(gzip.compress(b"b{}"))
    told = patches(improve, site(FILES, kept=PROMISED))
    start = {"nginx": nginx, "caddy": caddy}[server]
    with start(tmp_path, root, told) as url:
        answers = {path: httpx.get(f"{url}/{path}") for path in (*KEPT, "gone.jpg")}
        packed = httpx.get(f"{url}/a.css", headers={"Accept-Encoding": "gzip"})

    assert {path: answers[path].headers["cache-control"] for path in KEPT} == KEPT
    assert answers["gone.jpg"].status_code == 404
    assert "cache-control" not in answers["gone.jpg"].headers
    assert packed.headers["content-encoding"] == "gzip"


@contextmanager
def nginx(folder: Path, root: Path, told: dict[str, str]) -> Iterator[str]:
    port, conf = free_port(), folder / "nginx.conf"
    (folder / "fettle.conf").write_text(told["fettle-cache.nginx.conf"])
    conf.write_text(
        f"""daemon off; pid {folder}/nginx.pid; error_log stderr;
        {"user root;" if root.stat().st_uid == 0 else ""}
        events {{ }}
        http {{
            access_log off; types {{ text/css css; image/jpeg jpg; }}
            {"".join(f"{one}_temp_path {folder}/{one};" for one in PLACES)}
            include {folder}/fettle.conf;
            server {{
                listen 127.0.0.1:{port}; root {root};
                add_header Cache-Control $fettle_keeps; gzip_static on;
            }}
        }}"""
    )
    with listening(["nginx", "-p", str(folder), "-c", str(conf)], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, root: Path, told: dict[str, str]) -> Iterator[str]:
    port, conf = free_port(), folder / "Caddyfile"
    (folder / "fettle.caddyfile").write_text(told["fettle-cache.caddyfile"])
    conf.write_text(
        f"""{{
            admin off
            auto_https off
        }}
        import {folder}/fettle.caddyfile
        http://127.0.0.1:{port} {{
            root * {root}
            import fettle_cache
            file_server {{
                precompressed gzip
            }}
        }}"""
    )
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(conf)]
    with listening(command, port, HOME=str(folder)):
        yield f"http://127.0.0.1:{port}"
