"""What a site's certificate tells, believed or not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.model.probed import Certificate, Distrust, Step
from fettle.model.watchpoint import Site
from fettle.targets.probing import wire
from tests.certificates import DAY, Pair, authority, made
from tests.speaking import Speaking, answer, saying, speaking
from tests.targets.probing import asking


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Yield an authority that this machine believes, as it is told by SSL_CERT_FILE."""
    pair = authority()
    (tmp_path / "ours.pem").write_bytes(pair.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours.pem"))
    wire.believing.cache_clear()
    yield pair
    wire.believing.cache_clear()


@asynccontextmanager
async def showing(pair: Pair, folder: Path, *chain: Pair) -> AsyncIterator[Speaking]:
    async with speaking(saying(answer()), tls=pair.server(folder, *chain)) as server:
        yield server


async def test_one_that_is_believed_is_read(ours: Pair, tmp_path: Path) -> None:
    pair = made("shop", ["127.0.0.1", "shop.example"], by=ours, ends=40 * DAY)

    async with showing(pair, tmp_path) as server:
        came = await asking.answer(server.url())
        shown = await asking.certificate(server.url())

    assert came.good
    assert came.tls_s is not None
    assert (shown.host, shown.distrust, shown.says) == (f"127.0.0.1:{server.port}", (), None)
    assert shown.names == ("127.0.0.1", "shop.example")
    assert shown.issuer == "Fettle's tests"
    assert timedelta(39) < shown.not_after - datetime.now(UTC) < timedelta(41)


@pytest.mark.parametrize(
    ("names", "begins", "ends", "distrust"),
    [
        (["127.0.0.1"], -90 * DAY, -3 * DAY, (Distrust.EXPIRED,)),
        (["127.0.0.1"], 2 * DAY, 90 * DAY, (Distrust.NOT_YET_VALID,)),
        (["shop.example"], -DAY, 90 * DAY, (Distrust.OTHER_NAME,)),
        ([], -DAY, 90 * DAY, (Distrust.OTHER_NAME,)),
        (["shop.example"], -90 * DAY, -DAY, (Distrust.EXPIRED, Distrust.OTHER_NAME)),
    ],
)
async def test_one_that_is_not_believed_is_read_all_the_same(
    ours: Pair,
    tmp_path: Path,
    names: list[str],
    begins: timedelta,
    ends: timedelta,
    distrust: tuple[Distrust, ...],
) -> None:
    pair = made("shop", names, by=ours, begins=begins, ends=ends)

    async with showing(pair, tmp_path) as server:
        came = await asking.answer(server.url())
        shown = await asking.certificate(server.url())

    assert (came.good, came.failed) == (False, Step.CERTIFICATE)
    assert (came.problem or "").startswith("its certificate is not believed: ")
    assert shown.distrust == distrust
    assert shown.says
    assert server.heard == [], "something was asked of who is not believed"


async def test_one_that_signed_itself(tmp_path: Path) -> None:
    async with showing(made("shop", ["127.0.0.1"], by=None), tmp_path) as server:
        shown = await asking.certificate(server.url())

    assert shown.distrust == (Distrust.SELF_SIGNED,)


async def test_one_of_an_authority_that_nobody_knows(tmp_path: Path) -> None:
    theirs = authority("Somebody's own")

    async with showing(made("shop", ["127.0.0.1"], by=theirs), tmp_path, theirs) as server:
        shown = await asking.certificate(server.url())

    assert shown.distrust == (Distrust.UNKNOWN_ISSUER,)
    assert shown.issuer == "Somebody's own"


async def test_a_chain_with_a_gap_and_one_without(ours: Pair, tmp_path: Path) -> None:
    between = made("between", (), by=ours, is_authority=True)
    pair = made("shop", ["127.0.0.1"], by=between)

    async with showing(pair, tmp_path) as server:
        gap = await asking.certificate(server.url())
    async with showing(pair, tmp_path, between) as server:
        whole = await asking.certificate(server.url())

    assert gap.distrust == (Distrust.UNKNOWN_ISSUER,)
    assert whole.distrust == ()


async def test_a_chain_of_which_a_part_has_expired(ours: Pair, tmp_path: Path) -> None:
    between = made("between", (), by=ours, is_authority=True, begins=-9 * DAY, ends=-2 * DAY)

    async with showing(made("shop", ["127.0.0.1"], by=between), tmp_path, between) as server:
        shown = await asking.certificate(server.url())

    assert shown.distrust == (Distrust.CHAIN,)
    assert "expired" in (shown.says or "")


async def test_a_star_is_one_label(ours: Pair, tmp_path: Path) -> None:
    # localhost is what can be looked up everywhere: a star does not stand for a whole name
    pair = made("shop", ["*.localhost", "*"], by=ours)

    async with showing(pair, tmp_path) as server:
        shown = await asking.certificate(server.url(host="localhost"))

    assert shown.distrust == (Distrust.OTHER_NAME,)


async def test_of_many_names_each_counts_though_not_all_are_told(
    ours: Pair, tmp_path: Path
) -> None:
    names = [*(f"{number}.shop.example" for number in range(50)), "127.0.0.1"]
    pair = made("shop", names, by=ours, begins=-9 * DAY, ends=-DAY)

    async with showing(pair, tmp_path) as server:
        shown = await asking.certificate(server.url())

    assert shown.distrust == (Distrust.EXPIRED,)
    assert len(shown.names) == 20


async def test_a_port_without_tls_is_said_to_be_one() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(400).encode())
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        came = await asking.answer(f"https://127.0.0.1:{port}/")

    assert came.failed is Step.TLS
    assert came.problem == "TLS was not agreed on: what answers there speaks no TLS"


async def test_a_certificate_that_is_not_believed_is_not_tried_again(tmp_path: Path) -> None:
    async with showing(made("shop", ["127.0.0.1"], by=None), tmp_path) as server:
        came = await asking.answer(server.url())

    assert len(came.tries) == 1


async def test_a_dependencys_is_read_too(tmp_path: Path) -> None:
    async with showing(made("bank", ["127.0.0.1"], by=None), tmp_path) as server:
        said = await asking.reached(server.url())
        point = Site("bank", server.url(), dependency=True, critical=True)
        (shown,) = await asking.told(point, Certificate)

    assert (said.good, said.failed) == (False, Step.CERTIFICATE)
    assert (shown.dependency, shown.critical) == (True, True)
