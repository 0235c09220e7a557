"""Keep the tests on this machine: any attempt to reach another host is an error that names it."""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOCAL_NAMES = {"localhost", "", None, "0.0.0.0", "::"}  # noqa: S104 - what servers under test listen on


class NetworkUsed(Exception):
    """A test tried to leave this machine."""


class _Guard:
    """Whether the guard is up; live tests take it down."""

    up = False


def install() -> None:
    """Put the guard up for the rest of this process, however the code under test opens its connections."""
    sys.addaudithook(_check)
    _Guard.up = True


@contextmanager
def lowered() -> Iterator[None]:
    """Let connections out while the block runs."""
    _Guard.up = False
    try:
        yield
    finally:
        _Guard.up = True


def _check(event: str, arguments: tuple[object, ...]) -> None:
    if not _Guard.up:
        return
    if event in {"socket.connect", "socket.sendto"}:
        _refuse_elsewhere(arguments[1])
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _refuse_elsewhere((arguments[0], 0))


def _refuse_elsewhere(address: object) -> None:
    if not isinstance(address, tuple):
        return  # a Unix socket is a file of this machine
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host not in LOCAL_NAMES and not _is_loopback(host):
        raise NetworkUsed(f"a test tried to reach {host}; only the loopback address is allowed")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
