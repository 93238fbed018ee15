"""Source maps are taken from the tools that people have, kept within bounds, and used at once."""

import asyncio
import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fettle.flow import retain
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.sending_errors import Sender, a_sender, digested, envelope, errors
from tests.intake.errors.bundling import DEBUG_IDS, bundle, map_of, sent, zipped
from tests.schemas import validate

ORG = "/api/0/organizations/any"
SMALL = 700  # bytes of a chunk, so that there are several


@pytest.fixture
async def shop(api: Api) -> Sender:
    """Give an application that sends its errors."""
    return await a_sender(api)


def checksum(body: bytes) -> str:
    """Return what the tools call a body."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


async def assemble(api: Api, body: bytes, **more: object) -> httpx.Response:
    """Ask for a bundle to be put together."""
    chunks = [checksum(body[at : at + SMALL]) for at in range(0, len(body), SMALL)]
    what = {"checksum": checksum(body), "chunks": chunks, "projects": ["shop"], **more}
    return await api.responder.post(f"{ORG}/artifactbundle/assemble/", json=what)


async def send(api: Api, chunks: list[bytes], field: str = "file_gzip") -> httpx.Response:
    """Send parts of a bundle in a form."""
    packed = [(gzip.compress(one) if field == "file_gzip" else one, one) for one in chunks]
    files = [(field, (checksum(one), body)) for body, one in packed]
    return await api.responder.post(f"{ORG}/chunk-upload/", files=files)


async def upload(api: Api, body: bytes, **more: object) -> dict[str, Any]:
    """Upload a bundle as sentry-cli does; return what it is told at the end."""
    begun = (await assemble(api, body, **more)).json()
    chunks = [body[at : at + SMALL] for at in range(0, len(body), SMALL)]
    wanted = [one for one in chunks if checksum(one) in begun["missingChunks"]]
    if wanted:
        assert (await send(api, wanted)).status_code == 200
    told: dict[str, Any] = (await assemble(api, body, **more)).json()
    return told


async def listed(api: Api, **asked: str) -> list[dict[str, Any]]:
    """Return the maps that are here."""
    found = validate((await api.viewer.get("/api/v1/errors/maps", params=asked)).json())
    return list(found["items"])


async def frames(api: Api) -> list[dict[str, Any]]:
    """Return the frames of the latest event of the only error."""
    (error,) = await errors(api)
    path = f"/api/v1/errors/{error['id']}/events"
    (latest, *_) = (await api.viewer.get(path)).json()["items"]
    whole = validate((await api.viewer.get(f"{path}/{latest['id']}")).json())
    return list(whole["event"]["raised"][0]["frames"])


async def test_a_bundle_is_taken_as_sentry_cli_sends_it(shop: Sender) -> None:
    api, body = shop.api, bundle(1)
    who = (await api.responder.get("/api/0/")).json()
    options = (await api.responder.get(f"{ORG}/chunk-upload/")).json()
    begun = (await assemble(api, body)).json()
    told = await upload(api, body, version="shop@1.1")

    assert "project:releases" in who["auth"]["scopes"]
    assert options["url"] == f"http://fettle{ORG}/chunk-upload/"
    assert (options["hashAlgorithm"], options["compression"]) == ("sha1", ["gzip"])
    assert (begun["state"], len(begun["missingChunks"])) == ("not_found", len(body) // SMALL + 1)
    assert told == {"state": "ok", "missingChunks": [], "detail": None}
    (one,) = await listed(api)
    assert (one["project"], one["debug_id"]) == ("shop", DEBUG_IDS[1])
    assert (one["releases"], one["uploaded_by"]) == (["shop@1.1"], "token:responder")
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert ("upload maps", "1 of release shop@1.1") in {(a["act"], a["subject"]) for a in audit}


async def test_the_same_uploaded_twice_is_once_and_sends_nothing(shop: Sender) -> None:
    await upload(shop.api, bundle(1), version="shop@1.1")
    again = (await assemble(shop.api, bundle(1), version="shop@1.1")).json()
    await upload(shop.api, bundle(1), version="shop@1.1b")

    assert (again["state"], again["missingChunks"]) == ("ok", [])
    (one,) = await listed(shop.api)
    assert one["releases"] == ["shop@1.1", "shop@1.1b"]
    cursor = await shop.api.store.connection.execute("SELECT count(*) FROM upload_chunk")
    assert await cursor.fetchone() == (0,)


async def test_what_was_deleted_is_uploaded_anew_though_nobody_heard_of_the_first_time(
    shop: Sender,
) -> None:
    api, body = shop.api, bundle(1)
    parts = [body[at : at + SMALL] for at in range(0, len(body), SMALL)]
    await send(api, parts)
    reading = api.serving.uploading.reading

    async def waits() -> bool:
        return "waiters" in repr(reading)

    async def kept() -> bool:
        return bool(await listed(api))

    async with reading:
        leaving = asyncio.create_task(assemble(api, body))
        await until(waits)
        leaving.cancel()
        await asyncio.wait({leaving})
    await until(kept)
    await api.admin.delete("/api/v1/errors/shop/maps")

    assert (await upload(api, body))["state"] == "ok"
    assert len(await listed(api)) == 1


async def test_the_same_error_of_two_builds_is_one_bug_of_which_one_reads(shop: Sender) -> None:
    for build in (1, 2):
        await upload(shop.api, bundle(build), version=f"shop@1.{build}")
    await shop.send(sent(1), sent(2))

    (error,) = await errors(shop.api)
    assert error["events"] == 2
    raised_at = (await frames(shop.api))[-1]
    assert (raised_at["function"], raised_at["file"]) == ("amountOf", "src/cart.ts")
    assert raised_at["minified"]["function"] == "c"


async def test_an_error_without_its_map_says_which_file_it_is_missing_of(shop: Sender) -> None:
    await shop.send(sent(2))

    (error,) = await errors(shop.api)
    path = f"/api/v1/errors/{error['id']}/events/{UUID(sent(2)['event_id'])}"
    whole = validate((await shop.api.viewer.get(path)).json())
    assert whole["maps_missing"] == ["https://shop.example/assets/app-2.js"]


async def test_an_error_that_came_before_its_map_reads_once_the_map_is_here(shop: Sender) -> None:
    await shop.send(sent(1))
    before = (await frames(shop.api))[-1]
    await upload(shop.api, bundle(1))
    after = (await frames(shop.api))[-1]

    assert (before["function"], after["function"]) == ("o", "amountOf")


async def test_without_debug_ids_a_map_is_known_by_release_and_file(shop: Sender) -> None:
    await upload(shop.api, bundle(1, with_debug_id=False), version="shop@1.1")
    nameless = sent(1) | {"debug_meta": None}
    await shop.send(nameless)
    assert (await frames(shop.api))[-1]["function"] == "amountOf"

    other = nameless | {"event_id": "0" * 31 + "1", "release": "shop@9", "fingerprint": ["a"]}
    await shop.send(other)
    (latest, _) = await errors(shop.api)
    path = f"/api/v1/errors/{latest['id']}/events/{UUID(other['event_id'])}"
    raised = (await shop.api.viewer.get(path)).json()["event"]["raised"]
    assert raised[0]["frames"][-1]["function"] == "o"


async def test_a_folder_in_a_zip_is_a_plain_way(shop: Sender) -> None:
    body = zipped({"app-1.js.map": map_of(1)})
    path = "/api/v1/errors/shop/maps?release=shop@1.1"
    first = await shop.api.responder.post(path, content=body)
    second = await shop.api.responder.post(path, content=body)

    assert validate(first.json())["new"] == 1
    assert (second.json()["maps"], second.json()["new"]) == (1, 0)
    await shop.post(envelope(sent(1) | {"debug_meta": None}))
    await digested(shop.api)
    assert (await frames(shop.api))[-1]["function"] == "amountOf"


async def test_an_admin_deletes_maps_and_it_is_audited(shop: Sender) -> None:
    for build in (1, 2):
        await upload(shop.api, bundle(build), version=f"shop@1.{build}")
    path = "/api/v1/errors/shop/maps"
    refused = await shop.api.responder.delete(path)
    one = await shop.api.admin.delete(path, params={"release": "shop@1.1"})

    assert refused.status_code == 403
    assert validate(one.json())["maps"] == 1
    assert [item["releases"] for item in await listed(shop.api)] == [["shop@1.2"]]
    audit = (await shop.api.admin.get("/api/v1/audit")).json()["items"]
    assert {"release": "shop@1.1", "id": None, "maps": 1} in [item["detail"] for item in audit]
    assert (await shop.api.admin.delete(path)).json()["maps"] == 1
    again = (await assemble(shop.api, bundle(2), version="shop@1.2")).json()
    assert again["state"] == "not_found"  # it is sent anew
    assert (await shop.api.admin.delete("/api/v1/errors/none/maps")).status_code == 404


NOT_TAKEN = [
    (b"nothing", "the bundle is no ZIP that can be read: File is not a zip file"),
    (zipped({"../x.map": "{}"}), "leads elsewhere: '../x.map'"),
    (zipped({"x.map": "{}"}), "~/x.map: version: is not 3: it is no source map"),
    (zipped({"x.txt": ""}), "the bundle holds no source map"),
    (bundle(1, with_debug_id=False), "has a debug id, and no release is named"),
]


async def test_a_bundle_that_cannot_be_taken_is_told_why(shop: Sender) -> None:
    for body, said in NOT_TAKEN:
        by_tool = await upload(shop.api, body)
        plainly = await shop.api.responder.post("/api/v1/errors/shop/maps", content=body)

        assert by_tool["state"] == "error"
        assert said in by_tool["detail"]
        assert plainly.status_code == 400
        assert said in plainly.json()["detail"]
        assert await listed(shop.api) == []


async def test_a_chunk_that_is_not_what_it_says_is_refused(shop: Sender) -> None:
    api, path = shop.api, f"{ORG}/chunk-upload/"
    other = await api.responder.post(path, files=[("file", (checksum(b"a"), b"b"))])
    named = await api.responder.post(path, files=[("file", ("../../x", b"b"))])
    field = await api.responder.post(path, files=[("else", (checksum(b"b"), b"b"))])
    bomb = gzip.compress(bytes(50_000_000))
    large = await api.responder.post(path, files=[("file_gzip", (checksum(b"b"), bomb))])
    no_form = await api.responder.post(path, content=b"x")
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    no_end = await api.responder.post(path, content=b"--b\r\n\r\nx", headers=broken)
    too_much = await api.responder.post(path, content=bytes(9 * 1024**2), headers=broken)

    said = [answer.json()["detail"] for answer in (other, named, field, large, no_form, no_end)]
    assert "a chunk is not what its checksum" in said[0]
    assert said[1:3] == [
        "a chunk's name is its SHA-1, of 40 hexadecimal digits",
        "chunks are sent as file or file_gzip, and not as 'else'",
    ]
    assert (large.status_code, too_much.status_code) == (413, 413)
    assert "multipart/form-data" in said[4]
    assert said[5] == "the form ends before its last boundary"


NOT_PUT_TOGETHER: list[tuple[dict[str, object], str]] = [
    ({"projects": ["none"]}, "no application called 'none' sends errors here"),
    ({"projects": []}, "projects: List should have at least 1 item"),
    ({"checksum": "x"}, "checksum: String should match pattern"),
    ({"chunks": ["x"]}, "chunks: each is the SHA-1 of a part"),
    ({"chunks": [checksum(b"")] * 10_001}, "chunks: List should have at most 10000 items"),
]


async def test_what_cannot_be_put_together_is_told_why(shop: Sender) -> None:
    for what, said in NOT_PUT_TOGETHER:
        answer = await assemble(shop.api, bundle(1), **what)

        assert answer.status_code == 400
        assert said in answer.json()["detail"]


async def test_other_bytes_than_were_promised_are_refused(shop: Sender) -> None:
    await send(shop.api, [b"one", b"two"], "file")
    chunks = [checksum(b"two"), checksum(b"one")]
    answer = await assemble(shop.api, b"onetwo", chunks=chunks)

    assert answer.json()["detail"].startswith("the parts make another bundle")


async def test_who_may_not_upload_is_told_so_as_the_tools_show_it(shop: Sender) -> None:
    for client, status in ((shop.api.nobody, 401), (shop.api.viewer, 403)):
        answer = await client.post(f"{ORG}/artifactbundle/assemble/", json={})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
    assert "this needs a responder" in answer.json()["detail"]


async def test_what_else_the_tools_ask_is_answered_as_it_is(shop: Sender) -> None:
    api, new = shop.api, {"version": "shop@1.1", "projects": ["shop"]}
    made = await api.responder.post(f"{ORG}/releases/", json=new)
    changed = await api.responder.put(f"{ORG}/releases/a/b@1/", json={"dateReleased": None})
    wrong = await api.responder.put(f"{ORG}/releases/1/", content=b"[")
    absent = await api.responder.get(f"{ORG}/issues/")

    assert (made.status_code, made.json()["version"]) == (201, "shop@1.1")
    assert (changed.status_code, changed.json()["version"]) == (200, "a/b@1")
    assert (wrong.status_code, wrong.json()["detail"]) == (400, "the body is not JSON")
    assert absent.status_code == 404
    assert "releases and deploys here, and nothing else" in absent.json()["detail"]


class TestBounds:
    """Bounds that are reached."""

    @pytest.fixture
    def settings_text(self) -> str:
        return SETTINGS + "\n[errors]\nmost_maps = 1500\nlargest_bundle = 3000\nkeep_maps = '10d'\n"

    async def test_those_used_longest_ago_go_for_new_ones(self, shop: Sender) -> None:
        for build in (1, 2):
            assert (await upload(shop.api, bundle(build)))["state"] == "ok"
            shop.api.clock.moment += timedelta(minutes=1)

        assert [one["debug_id"] for one in await listed(shop.api)] == [DEBUG_IDS[2]]

    async def test_a_bundle_that_is_too_large_is_refused(self, shop: Sender) -> None:
        body = zipped({"x": "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))})
        told = await upload(shop.api, body)

        assert told["detail"].startswith("the bundle is larger than 2.9 KiB")

    async def test_uploads_that_never_end_find_no_more_room(self, shop: Sender) -> None:
        parts = [bytes([n]) * 2900 for n in range(5)]
        answers = [await send(shop.api, [one]) for one in parts]

        assert [answer.status_code for answer in answers] == [200] * 4 + [429]
        shop.api.clock.moment += timedelta(days=1, minutes=1)
        await let_go(shop.api)
        assert (await send(shop.api, parts[-1:])).status_code == 200

    async def test_maps_that_no_error_needs_go_and_those_that_one_does_stay(
        self, shop: Sender
    ) -> None:
        await upload(shop.api, bundle(1))
        shop.api.clock.moment += timedelta(days=8)
        await shop.send(sent(1))
        shop.api.clock.moment += timedelta(days=8)
        await let_go(shop.api)
        assert len(await listed(shop.api)) == 1
        shop.api.clock.moment += timedelta(days=8)
        await let_go(shop.api)
        assert await listed(shop.api) == []


async def let_go(api: Api) -> None:
    """Let go of what is over."""
    async with api.serving.pool.connection() as connection, connection.transaction():
        while await retain.let_go(connection, api.serving.settings, api.clock.now()):
            pass


async def test_what_any_call_sends_breaks_nothing(shop: Sender) -> None:
    for body in (b"", b"{}", b"[]", b"\xff", json.dumps({"chunks": None}).encode(), b"[" * 9_999):
        for path in ("artifactbundle/assemble", "releases", "chunk-upload", "releases/1/deploys"):
            answer = await shop.api.responder.post(f"{ORG}/{path}", content=body)
            assert answer.status_code == 400, (path, body)
            assert answer.json()["detail"]
