"""Ask a name server of our own on loopback what a domain says about mail."""

import socket
from collections.abc import Iterator
from threading import Event, Thread

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from channels.mail_exchange import make_question, takes_mail

ANSWERS = {
    ("exchange.example.", "MX"): "10 mail.exchange.example.",
    ("null.example.", "MX"): "0 .",
    ("address.example.", "A"): "192.0.2.1",
    ("six.example.", "AAAA"): "2001:db8::1",
    ("xn--mnchen-3ya.example.", "MX"): "10 mail.example.",
}
NAMES = {name for name, _ in ANSWERS} | {"bare.example."}


def _answer(question: dns.message.Message) -> dns.message.Message:
    asked = question.question[0]
    name, kind = asked.name.to_text(), asked.rdtype.name
    reply = dns.message.make_response(question)
    reply.flags |= dns.flags.RA
    if name == "broken.example.":
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif name not in NAMES:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif (name, kind) in ANSWERS:
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, ANSWERS[name, kind]))
    return reply


@pytest.fixture
def resolver() -> Iterator[dns.resolver.Resolver]:
    """Return a resolver that asks a server of this test."""
    stop = Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                try:
                    wire, client = server.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(wire)
                if question.question[0].name.to_text() != "silent.example.":
                    server.sendto(_answer(question).to_wire(), client)

        thread = Thread(target=serve)
        thread.start()
        asking = dns.resolver.Resolver(configure=False)
        asking.nameservers = ["127.0.0.1"]
        asking.port = server.getsockname()[1]
        yield asking
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("exchange.example", True),
        ("address.example", True),
        ("six.example", True),
        ("münchen.example", True),
        ("null.example", False),
        ("bare.example", False),
        ("nowhere.example", False),
        ("broken.example", None),
        ("a" * 70 + ".example", None),
    ],
)
def test_dns_says_whether_a_domain_takes_mail(
    resolver: dns.resolver.Resolver, domain: str, expected: bool | None  # noqa: FBT001
) -> None:  # fmt: skip
    assert takes_mail(domain, resolver) is expected


def test_a_name_server_that_says_nothing_leaves_it_unknown_within_seconds(resolver: dns.resolver.Resolver) -> None:
    assert make_question(resolver)("silent.example") is None
