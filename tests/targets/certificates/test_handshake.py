"""Certificates are seen where they are shown, however TLS is begun there."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from fettle.errors import CannotLook, Unreachable
from fettle.model.certificates import Host, host_of
from fettle.targets.certificates import handshake
from fettle.targets.probing import certificates
from tests.certificates import Pair, authority, made
from tests.servers import serve


@pytest.fixture(scope="module")
def ours() -> Pair:
    return authority()


@contextmanager
def mail_server(context: ssl.SSLContext, greeting: bytes) -> Iterator[int]:
    """Answer as a mail server does, with TLS where it is asked for."""

    def answer() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listening.accept()
                with plain, plain.makefile("rb") as said, suppress(OSError):
                    plain.sendall(greeting)
                    said.readline()
                    plain.sendall(b"250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n")
                    if said.readline().strip() == b"STARTTLS":
                        plain.sendall(b"220 go ahead\r\n")
                        with context.wrap_socket(plain, server_side=True) as encrypted:
                            encrypted.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = Thread(target=answer)
        answering.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            answering.join()


async def test_a_mail_server_is_asked_for_tls_first(ours: Pair, tmp_path: Path) -> None:
    pair = made("mail", ["127.0.0.1"], by=ours)
    believed = tmp_path / "ours.pem"
    believed.write_bytes(ours.pem)
    context = pair.server(tmp_path)
    with mail_server(context, b"220-hello\r\n220 mail.example\r\n") as port:
        agreed = await handshake.shown(Host("smtp", "127.0.0.1", port), authority=believed)
    assert certificates.read(agreed.shown.der).serial == pair.certificate.serial_number
    assert agreed.shown.error is None
    assert agreed.version == "TLSv1.3"


async def test_what_is_not_believed_is_seen_all_the_same(ours: Pair, tmp_path: Path) -> None:
    pair = made("mail", ["127.0.0.1"], by=ours)
    context = pair.server(tmp_path)
    with mail_server(context, b"220 mail.example\r\n") as port:
        agreed = await handshake.shown(Host("smtp", "127.0.0.1", port))
    assert agreed.shown.der == pair.der
    assert agreed.shown.error is not None


async def test_a_mail_server_that_turns_us_away_is_told_in_its_words(tmp_path: Path) -> None:
    context = made("mail", ["127.0.0.1"], by=None).server(tmp_path)
    with (
        mail_server(context, b"554 no service for you\r\n") as port,
        pytest.raises(Unreachable, match="554 no service for you"),
    ):
        await handshake.shown(Host("smtp", "127.0.0.1", port))


async def test_a_database_shows_its_certificate_or_says_that_it_has_none(tmp_path: Path) -> None:
    pair = made("db", ["127.0.0.1"], by=None)
    pair.server(tmp_path)
    with serve(15) as server:
        host = Host("postgresql", "127.0.0.1", server.port)
        with pytest.raises(CannotLook, match="it has no TLS"):
            await handshake.shown(host)
        for name, file in (("server.crt", "own.pem"), ("server.key", "key.pem")):
            place = server.data / name
            place.write_bytes((tmp_path / file).read_bytes())
            place.chmod(0o600)
            shutil.chown(place, server.data.owner(), server.data.group())
        server.run("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
        for _ in range(50):
            try:
                agreed = await handshake.shown(host)
                break
            except CannotLook:
                await asyncio.sleep(0.1)
    assert agreed.shown.der == pair.der


async def test_nobody_waits_for_ever_for_a_host_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = Host("smtp", "127.0.0.1", silent.getsockname()[1])
        with pytest.raises(Unreachable, match="agreed on no TLS within"):
            await handshake.shown(host, within_s=0.2)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop.example", "shop.example:443"),
        ("https://shop.example/", "shop.example:443"),
        ("Shop.Example:8443", "shop.example:8443"),
        ("smtp://mail.example", "smtp://mail.example:25"),
        ("postgresql://db", "postgresql://db:5432"),
        ("[::1]:443", "[::1]:443"),
    ],
)
def test_hosts_are_read_as_people_write_them(text: str, name: str) -> None:
    assert host_of(text).name == name
    assert host_of(name).name == name


@pytest.mark.parametrize("text", ["", "shop example", "ftp://x", "shop:0", "shop:99999", "a/b"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        host_of(text)
