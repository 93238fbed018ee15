"""Files are served as a server of files does, and asked for as browsers do."""

import asyncio
import gzip
from contextlib import suppress
from pathlib import Path

import pytest

from fettle.errors import Unreachable
from fettle.targets.webroot.files import Folder
from fettle.targets.webroot.live import LiveSite
from fettle.targets.webroot.serving import serving
from fettle.testing import GivenTree

FILES = {
    "index.html": b"<p>home</p>",
    "shop/index.html": b"<p>shop</p>",
    "about.html": b"<p>about</p>",
    "a b.css": b"a{}" * 500,
    "packed.css": b"b{}" * 500,
    "packed.css.br": b"brotli",
    "a.jpg": b"jpeg",
    "a.jpg.avif": b"avif",
}


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("", b"<p>home</p>", "text/html"),
        ("index.html?a=1", b"<p>home</p>", "text/html"),
        ("shop/", b"<p>shop</p>", "text/html"),
        ("about", b"<p>about</p>", "text/html"),
        ("a%20b.css", b"a{}" * 500, "text/css; charset=utf-8"),
        ("a.jpg.avif", b"avif", "image/avif"),
    ],
)
async def test_a_file_is_found_as_servers_find_it(path: str, body: bytes, kind: str) -> None:
    with serving(GivenTree(FILES), {}, packs=False) as url:
        answer = await LiveSite().get(url + path)

    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, body, kind)


@pytest.mark.parametrize("path", ["gone.html", "../etc/passwd", "%2e%2e/%2e%2e/etc/passwd"])
async def test_what_is_not_in_it_is_not_found(path: str) -> None:
    with serving(GivenTree(FILES), {}, packs=False) as url:
        assert (await LiveSite().get(url + path)).status == 404


async def test_what_is_packed_beside_a_file_is_sent_to_who_takes_it() -> None:
    with serving(GivenTree(FILES), {}, packs=False) as url:
        packed = await LiveSite().get(url + "packed.css", "gzip, br")
        plain = await LiveSite().get(url + "packed.css", "gzip")

    assert (packed.headers["content-encoding"], packed.body) == ("br", b"brotli")
    assert plain.body == FILES["packed.css"]


async def test_texts_are_packed_on_their_way_where_the_live_server_does_so() -> None:
    with serving(GivenTree(FILES), {}, packs=True) as url:
        text = await LiveSite().get(url + "a%20b.css", "gzip")
        image = await LiveSite().get(url + "a.jpg", "gzip")

    assert gzip.decompress(text.body) == FILES["a b.css"]
    assert image.body == b"jpeg"


async def test_one_file_is_sent_in_anothers_place_as_what_it_is() -> None:
    with serving(GivenTree(FILES), {"a.jpg": "a.jpg.avif"}, packs=False) as url:
        answer = await LiveSite().get(url + "a.jpg")

    assert (answer.body, answer.headers["content-type"]) == (b"avif", "image/avif")


async def test_a_site_that_is_not_there_is_said_to_be_none() -> None:
    with serving(GivenTree(FILES), {}, packs=False) as url:
        pass
    with pytest.raises(Unreachable, match="does not answer"):
        await LiveSite().get(url)


async def test_an_answer_that_never_ends_is_not_waited_for() -> None:
    gone = asyncio.Event()

    async def trickle(_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        to.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        with suppress(ConnectionError):
            while not to.is_closing():
                to.write(b".")
                await to.drain()
                await asyncio.sleep(0.01)
        to.close()
        gone.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(Unreachable, match="does not end"):
            await LiveSite(within_s=0.2).get(f"http://127.0.0.1:{port}/endless.png")
        await gone.wait()


def test_a_folder_gives_its_files_and_nothing_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "b.css").write_text("b")
    (root / "link.css").symlink_to("a/b.css")
    (root / "out.css").symlink_to("../secret")
    (tmp_path / "secret").write_text("secret")
    folder = Folder(root)

    assert folder.paths() == ["a/b.css"]
    assert folder.read("link.css") == b"b"
    for path in ("out.css", "../secret", "a"):
        with pytest.raises(KeyError):
            folder.read(path)
