"""A name server on loopback that knows what a test tells it, for code that asks DNS."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Zone = Mapping[tuple[str, str], list[str]]
"""The records of each name and kind, such as `{("a.example.", "TXT"): ['"v=spf1 ~all"']}`."""


@contextmanager
def running_nameserver(zone: Zone) -> Iterator[dns.resolver.Resolver]:
    """Yield a resolver that asks a server which knows *zone*, and that nothing else exists."""
    stop = Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        thread = Thread(target=_serve, args=(server, zone, stop))
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.getsockname()[1]
        try:
            yield resolver
        finally:
            stop.set()
            thread.join()


def _serve(server: socket.socket, zone: Zone, stop: Event) -> None:
    while not stop.is_set():
        try:
            wire, client = server.recvfrom(4096)
        except TimeoutError:
            continue
        server.sendto(_answer(dns.message.from_wire(wire), zone).to_wire(), client)


def _answer(question: dns.message.Message, zone: Zone) -> dns.message.Message:
    asked = question.question[0]
    reply = dns.message.make_response(question)
    reply.flags |= dns.flags.RA
    name = asked.name.to_text()
    if name.startswith("broken."):
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif name not in {known for known, _ in zone}:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif (name, asked.rdtype.name) in zone:
        records = zone[name, asked.rdtype.name]
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype.name, *records))
    return reply
