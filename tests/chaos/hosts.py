"""A second machine, where this one permits it: a network namespace of its own at the end of one cable, to be cut and worn.

Linux alone has them; they want root, `ip` (iproute2) and `nft` (nftables). Elsewhere all parts run on this machine, and
the verdict says so.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, get_errno
from dataclasses import dataclass
from ipaddress import IPv4Network
from os import getpid
from pathlib import Path
from shutil import which

NETWORKS = IPv4Network("10.213.0.0/16")  # private (RFC 1918); each run takes four addresses of it
PREFIX = 30
INTERFACE_CHARS = 15  # that Linux allows
NETWORK = 0x40000000  # CLONE_NEWNET in setns(2)
TOOLS = ("ip", "nft")
BURST = "4kb"
PATIENCE = "2s"  # what would wait longer on a narrow cable is dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class FarHost:
    """The second machine; *address* is this machine's, at our end of the cable."""

    name: str
    plug: str  # its end of the cable
    address: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What comes before a command that shall run there; it keeps its process id, environment and folder."""
        return ("ip", "netns", "exec", self.name)

    def enter(self) -> None:
        """Let the thread that asks open its connections there from now on."""
        with Path("/run/netns", self.name).open() as network:
            if CDLL(None, use_errno=True).setns(network.fileno(), NETWORK):  # `os.setns` came with Python 3.12
                raise OSError(get_errno(), "could not enter the second machine's network")

    def lose(self, percent: int) -> None:
        """Let *percent* of the packets on the cable vanish, each way: 100 is a cable pulled out, of which nobody is told."""
        chains = "".join(
            f"chain {way} {{ type filter hook {way} priority 0; "
            f'{end} "{self.plug}" numgen random mod 100 >= {100 - percent} drop; }};'
            for way, end in (("input", "iifname"), ("output", "oifname"))
        )
        self.mend()
        _run(*self.prefix, "nft", f"table inet weather {{ {chains} }}")

    def narrow(self, kilobits: int) -> None:
        """Let the way from there to here carry *kilobits* a second, so that packets wait, and are dropped in the end."""
        rate = ("tbf", "rate", f"{kilobits}kbit", "burst", BURST, "latency", PATIENCE)
        _run(*self.prefix, "tc", "qdisc", "replace", "dev", self.plug, "root", *rate)

    def mend(self) -> None:
        """Let everything through again."""
        _run(*self.prefix, "nft", "flush", "ruleset")
        subprocess.run([*self.prefix, "tc", "qdisc", "del", "dev", self.plug, "root"], check=False, capture_output=True)


@contextmanager
def far_host() -> Iterator[FarHost | None]:
    """Yield a second machine that is gone with the block, or None where there can be none."""
    name = f"fifthtouch-{getpid()}"
    ours, theirs = f"ft{getpid()}a"[-INTERFACE_CHARS:], f"ft{getpid()}b"[-INTERFACE_CHARS:]
    if not all(map(which, TOOLS)) or not _can("ip", "netns", "add", name):
        yield None
        return
    here, there = list(list(NETWORKS.subnets(new_prefix=PREFIX))[getpid() % 2 ** (PREFIX - 16)].hosts())
    host = FarHost(name=name, plug=theirs, address=str(here))
    try:
        _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _run("ip", "address", "add", f"{here}/{PREFIX}", "dev", ours)
        _run("ip", "link", "set", ours, "up")
        _run(*host.prefix, "ip", "address", "add", f"{there}/{PREFIX}", "dev", theirs)
        _run(*host.prefix, "ip", "link", "set", theirs, "up")
        _run(*host.prefix, "ip", "link", "set", "lo", "up")
        yield host
    finally:
        _run("ip", "netns", "delete", name)  # and its end of the cable, with which ours goes


def _can(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        message = f"{' '.join(command)} failed: {done.stderr.strip()}"
        raise RuntimeError(message)
