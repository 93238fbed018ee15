"""Which addresses may be called: no private network, unless that is allowed."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from fettle.errors import NotAllowed, Unreachable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class Permitted:
    """What may be called; `allowed` are hosts, addresses and networks that are though private."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._hosts: set[str] = set()
        self._networks: list[IpNetwork] = []
        for entry in allowed:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(entry.lower())

    def refuse(self, host: str, addresses: Iterable[IpAddress]) -> None:
        """Refuse a host any of whose addresses may not be called; raises NotAllowed."""
        for address in addresses:
            if not self._may(host, address):
                named = "" if host == str(address) else f"{address}, "
                raise NotAllowed(
                    f"{host} is {named}an address of a private network",
                    remedy=f'allow it if it is meant: [outgoing] allow = ["{host}"]',
                )

    def _may(self, host: str, address: IpAddress) -> bool:
        if host.lower() in self._hosts:
            return True
        plain = _plain(address)
        if any(one in network for one in (address, plain) for network in self._networks):
            return True
        return plain.is_global and not (plain.is_multicast or plain.is_reserved or _local(plain))


async def resolved(host: str, port: int) -> Sequence[IpAddress]:
    """Return what a host's name means; raises Unreachable."""
    try:
        found = await asyncio.wait_for(
            asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM), 5
        )
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Unreachable(f"the host {host} is not known: {error}") from error
    return [address_of(entry) for entry in found]


def address_of(entry: tuple[Any, ...]) -> IpAddress:
    """Return the address in an entry of getaddrinfo."""
    return ipaddress.ip_address(str(entry[4][0]).partition("%")[0])


def _plain(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that one of IPv6 leads to, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _local(address: IpAddress) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local
