"""Sites on loopback for the benchmark of probes: many ports of one process, over TLS or not.

`python -m benchmarks.probed COUNT DELAY_S [CERTIFICATE KEY]` prints their addresses and serves
until its standard input ends.
"""

import asyncio
import json
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

_BODY = b"x" * 2048
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)


async def _serve(count: int, delay_s: float, tls: ssl.SSLContext | None) -> None:
    answer = partial(_say, delay_s)
    servers = [
        await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls, backlog=512)
        for _ in range(count)
    ]
    scheme = "https" if tls else "http"
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(json.dumps([f"{scheme}://127.0.0.1:{port}/" for port in ports]), flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _say(delay_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(delay_s)
        writer.write(_ANSWER)
        await writer.drain()
    writer.transport.abort() if writer.get_extra_info("ssl_object") else writer.close()


def main(arguments: Sequence[str]) -> None:
    """Serve."""
    count, delay_s, *pair = arguments
    tls = None
    if pair:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*pair)
    asyncio.run(_serve(int(count), float(delay_s), tls))


if __name__ == "__main__":
    main(sys.argv[1:])
