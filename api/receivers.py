"""May a receiver's address be called, and what did it answer? One signed POST that reaches no address of our own."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_READ = 16_384  # bytes of an answer: only its status counts
# Public by their number, but a way to some IPv4 address inside: 6to4 and NAT64 (RFC 3056, 6052).
TUNNELS = tuple(map(ipaddress.IPv6Network, ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48")))


class Failure(StrEnum):
    """Why there is no HTTP status."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    ADDRESS = "address_refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt brought: the HTTP status, or why there is none; and how long it took."""

    status: int | None
    error: Failure | None
    milliseconds: int

    @property
    def taken(self) -> bool:
        """Whether the receiver took the message: any 2xx. A redirect is not followed and is none."""
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(Exception):
    """The name leads to an address that must not be called."""


def networks(text: str) -> tuple[Network, ...]:
    """The networks in a setting: '10.0.0.0/8, 127.0.0.1/32'. ValueError when one is none."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_call(address: Address, scheme: str, inside: Sequence[Network]) -> bool:
    """Whether an address may be called: one in `inside` by any scheme, else a public one by https alone."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in inside):
        return True
    tunnel = any(plain in network for network in TUNNELS)
    return scheme == "https" and plain.is_global and not plain.is_multicast and not tunnel


async def post(
    http: httpx2.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], inside: Sequence[Network], most: float
) -> Answer:
    """Send one message within `most` seconds, name resolution and answer included."""
    start, status, error = time.monotonic(), None, None
    try:
        async with asyncio.timeout(most):
            status = await _post(http, httpx2.URL(url), body, headers, inside)
    except AddressRefused:
        error = Failure.ADDRESS
    except TimeoutError:
        error = Failure.TIMEOUT
    except (OSError, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError):
        error = Failure.CONNECTION
    return Answer(status, error, round((time.monotonic() - start) * 1000))


async def _post(
    http: httpx2.AsyncClient, url: httpx2.URL, body: bytes, headers: Mapping[str, str], inside: Sequence[Network]
) -> int:
    """The status. The connection goes to the very address that was checked: a name may change its answer."""
    *others, last = await _resolve(url, inside)
    for address in others:
        with suppress(httpx2.ConnectError):
            return await _send(http, url, str(address), body, headers)
    return await _send(http, url, str(last), body, headers)


async def _send(
    http: httpx2.AsyncClient, url: httpx2.URL, address: str, body: bytes, headers: Mapping[str, str]
) -> int:
    request = http.build_request(
        "POST",
        url.copy_with(host=address),
        content=body,
        headers={**headers, "Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.raw_host.decode("ascii")},  # the certificate must be the name's
    )
    answer = await http.send(request, stream=True, follow_redirects=False)
    try:
        read = 0
        async for chunk in answer.aiter_raw():
            read += len(chunk)
            if read > MOST_READ:
                break
    finally:
        await answer.aclose()
    return answer.status_code


async def _resolve(url: httpx2.URL, inside: Sequence[Network]) -> list[Address]:
    port = url.port or (443 if url.scheme == "https" else 80)
    host = url.raw_host.decode("ascii")
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    if not addresses or not all(may_call(address, url.scheme, inside) for address in addresses):
        raise AddressRefused
    return addresses
