"""What no step may touch: whose bytes are promised somewhere."""

import hashlib
from base64 import b64encode

import pytest

from fettle.optimisation.protected import hashed, protected
from fettle.testing import GivenTree


def test_what_a_page_promises_stays() -> None:
    page = b'<script src="/js/app.js?v=1" integrity="sha384-x"></script><script src=b.js></script>'
    tree = GivenTree({"a/Index.HTML": page, "js/app.js": b"", "a/b.js": b""})

    assert protected(tree) == {"js/app.js": "a page promises its content (integrity)"}


def test_what_is_promised_by_the_whole_address_of_the_site_stays() -> None:
    page = b'<script src="https://shop.example/a.js" integrity="sha384-x"></script>'
    page += b'<script src="https://cdn.example/b.js" integrity="sha384-x"></script>'
    page += b'<script type=importmap>{"integrity": {"https://shop.example/c.js": "x"}}</script>'
    worker = b'precacheAndRoute([{url:"https://shop.example/d.css",revision:"1"}])'
    files = dict.fromkeys(("a.js", "b.js", "c.js", "d.css"), b"")
    tree = GivenTree({"index.html": page, "sw.js": worker, **files})

    assert set(protected(tree, "https://shop.example/")) == {"a.js", "c.js", "sw.js", "d.css"}


def digest(content: bytes, kind: str = "sha384") -> str:
    return f"{kind}-{b64encode(hashlib.new(kind, content).digest()).decode()}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("index.html", '<base href="/static/"><script src="a.js" integrity="{}"></script>'),
        ("index.html", '<script src="https://cdn.example/a.js" integrity="{}"></script>'),
        ("index.html", '<meta charset="no-such"><script src="/static/a.js" integrity="{}">'),
        ("about", '<script src="/static/a.js" integrity="{}"></script>'),
        ("load.js", 's.src = "/static/" + n; s.integrity = "{}"'),
        ("map.json", '{{"integrity": {{"./a.js": "{}"}}}}'),
        ("_headers", "Content-Security-Policy: script-src '{}'"),
    ],
)
@pytest.mark.parametrize("kind", ["sha256", "sha384", "sha512"])
def test_what_is_promised_by_its_hash_stays_whoever_says_so_of_whichever_address(
    path: str, text: str, kind: str
) -> None:
    script = b"const >>> = 'a+b/c';"
    said = text.format(digest(script, kind)).encode()
    tree = GivenTree({path: said, "static/a.js": script, "static/b.js": b"another"})

    assert set(protected(tree)) == {"static/a.js"}


def test_a_hash_is_known_however_it_is_written_down() -> None:
    """Of all contents some have a plus and a slash in their hash."""
    content = next(
        one for n in range(1000) if {"+", "/"} <= set(digest(one := f"{n}".encode(), "sha256"))
    )
    said = digest(content, "sha256")
    kind, _, body = said.partition("-")
    in_addresses = body.translate(str.maketrans("+/", "-_")).rstrip("=")
    for written in (said, said.replace("/", "\\/"), f"{kind}-{in_addresses}"):
        assert set(protected(GivenTree({"a.js": written.encode(), "b.js": content}))) == {"b.js"}


def test_what_a_page_promises_by_its_import_map_stays() -> None:
    page = b'<script type="importmap">{"integrity": {"./js/a.js": "sha384-x"}}</script>'
    broken = b'<script type="importmap">{"integrity": 1}</script>'
    tree = GivenTree({"index.html": page, "b.html": broken, "js/a.js": b"", "js/b.js": b""})

    assert set(protected(tree)) == {"js/a.js"}


def test_what_a_service_worker_lists_stays_and_so_does_its_list() -> None:
    worker = (
        b'precacheAndRoute([{url:"index.html",revision:"1"},{"url":"/css/a.css","revision":2}])'
    )
    tree = GivenTree({"sw.js": worker, "index.html": b"", "css/a.css": b"", "css/b.css": b""})

    assert set(protected(tree)) == {"sw.js", "index.html", "css/a.css"}


@pytest.mark.parametrize(
    "worker",
    [
        'J([{revision:null,url:"index.html"},{revision:"2",url:"/css/a.css"}])',
        'J([{"url":"index.html","revision":"1"},{"url":"/css/a.css","revision":"2"}])',
        'var precacheConfig=[["index.html","1"],["/css/a.css","2"]]',
        "caches.open('v1').then(c => c.addAll(['/', './css/a.css']))",
        'const all = ["/css/a.css", "./"]; const c = await caches.open("v1"); await c.addAll(all)',
    ],
)
def test_a_service_workers_list_is_known_whoever_wrote_it(worker: str) -> None:
    files = dict.fromkeys(("index.html", "css/a.css", "css/b.css", "about/index.html"), b"")
    tree = GivenTree({"sw.js": worker.encode(), **files})

    assert set(protected(tree)) == {"sw.js", "index.html", "css/a.css"}


@pytest.mark.parametrize("script", ['list.addAll(["css/a.css"])', 'f({url: "css/a.css", to: 1})'])
def test_what_only_looks_like_a_list_is_none(script: str) -> None:
    assert not protected(GivenTree({"a.js": script.encode(), "css/a.css": b""}))


def test_what_is_signed_stays_and_so_does_its_signature() -> None:
    tree = GivenTree(
        {
            "get/tool.js": b"",
            "get/tool.js.asc": b"",
            "dl/a.png": b"",
            "dl/b.png": b"",
            "dl/SHA256SUMS": b"0" * 64 + b"  a.png\n",
        }
    )

    kept = set(protected(tree))
    assert kept == {"get/tool.js", "get/tool.js.asc", "dl/a.png", "dl/SHA256SUMS"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("app.3f2a9c1b.js", True),
        ("main-DdK2x9aQ.css", True),
        ("3f2a9c1b.js", True),
        ("product10.jpg", False),
        ("index.html", False),
        ("jquery-3.7.1.min.js", False),
        ("checkout.js", False),
        ("photo-20240131.jpg", False),
    ],
)
def test_a_name_that_tells_the_content_is_known(name: str, told: bool) -> None:
    assert hashed(f"assets/{name}") is told
