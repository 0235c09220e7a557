"""Mail servers on loopback: aiosmtpd as a relay that behaves, and one that says and does what a test wrote down."""

import asyncio
import re
import select
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.accounts import Security, SmtpServer
from channels.message import MessageId
from tests.channels.contract import Mood
from tests.servers import eventually, free_port

HOST = "127.0.0.1"
USER, PASSWORD = "relay-user", "relay p@ss wörd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """A server's certificate and a client that believes it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certificates(name: str = HOST) -> Certificates:
    """Return a certificate for *name* by an authority that only this client knows."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Certificates(server=server, client=client)


class Relay:
    """What an aiosmtpd server calls: it keeps what it took, or refuses, or never answers."""

    def __init__(self, mood: Mood) -> None:
        self._mood = mood
        self.taken: list[Envelope] = []
        self.was_secret: list[bool] = []
        self.wants_login = False

    def arrived(self) -> list[MessageId]:
        """Return our ids of the mails taken, as often as they came."""
        return [message_id_of(as_bytes(envelope)) for envelope in self.taken]

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient from whoever has logged in, or refuse."""
        if self.wants_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self._mood is Mood.REFUSING:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, or say nothing more."""
        if self._mood is Mood.SILENT:
            await asyncio.Event().wait()
        self.taken.append(envelope)
        assert server.transport is not None
        self.was_secret.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 2.0.0 Ok: queued as 4F1A2B3C"


def as_bytes(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


def message_id_of(mail: bytes) -> MessageId:
    found = re.match(r"<([^@]+)@", message_from_bytes(mail, policy=policy.default)["Message-ID"])
    assert found is not None
    return MessageId(found[1])


def _login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    fits = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=fits, handled=fits)  # what is not handled is answered by the library


@contextmanager
def running_relay(relay: Relay, security: Security, tls: Certificates) -> Iterator[SmtpServer]:
    """Run an aiosmtpd server on *relay*; anything but a relay in the clear wants a login."""
    options: dict[str, Any] = {"hostname": HOST, "port": free_port(), "enable_SMTPUTF8": True}
    if security is Security.STARTTLS:
        options |= {"tls_context": tls.server, "require_starttls": True}
    if security is Security.IMPLICIT:
        options |= {"ssl_context": tls.server, "auth_require_tls": False}
    if security is not Security.NONE:
        options |= {"authenticator": _login}
    relay.wants_login = security is not Security.NONE
    controller = _Listening(relay, **options)
    controller.start()
    try:
        user = None if security is Security.NONE else USER
        yield SmtpServer(host=HOST, port=options["port"], security=security, user=user, password=user and PASSWORD)
    finally:
        for server in controller.servers:
            if server.transport is not None:
                controller.loop.call_soon_threadsafe(server.transport.abort)  # type: ignore[attr-defined]
        eventually(lambda: all(server.transport is None for server in controller.servers))
        controller.stop()


class _Listening(Controller):
    """Knows its conversations, so that none is left open when it stops."""

    def __init__(self, relay: Relay, **options: Any) -> None:
        self.servers: list[SMTP] = []
        super().__init__(relay, **options)

    def factory(self) -> SMTP:
        """Return the server's side of a new conversation."""
        server = super().factory()  # type: ignore[no-untyped-call]
        assert isinstance(server, SMTP)
        self.servers.append(server)
        return server


CUT, SILENCE = "cut", "silence"
"""Instead of a reply: hang up, or say nothing more."""

UNREAD_SECONDS_MAX = 10

GREETING, HELLO, MAIL, RCPT, DATA, BODY, END, RSET, NOOP = (
    "greeting", "EHLO", "MAIL", "RCPT", "DATA", "body", "end", "RSET", "NOOP",
)  # fmt: skip

WILLING = {
    GREETING: "220 relay.test ESMTP",
    HELLO: "250-relay.test\r\n250-SIZE 10000000\r\n250 ENHANCEDSTATUSCODES",
    MAIL: "250 2.1.0 Ok",
    RCPT: "250 2.1.5 Ok",
    DATA: "354 Go ahead",
    END: "250 2.0.0 Ok: queued as 1",
    RSET: "250 2.0.0 Ok",
    NOOP: "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "AUTH": "535 5.7.8 Error: authentication failed",
}


@dataclass(slots=True)
class Script:
    """What a server says at each step instead of what a willing one says, and a record of what it was told."""

    says: Mapping[str, str] = field(default_factory=dict)
    connections_max: int = 1_000
    hang_up_after: int = 1_000  # mails of one connection
    connections: list[list[str]] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    open_now: int = 0
    open_at_most: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def commands(self) -> list[str]:
        """Every command of every connection, without greetings."""
        return [command for connection in self.connections for command in connection]


@contextmanager
def running_script(script: Script) -> Iterator[SmtpServer]:
    """Run a server that keeps to *script*, in the clear."""
    sockets: list[socket.socket] = []

    class Conversation(StreamRequestHandler):
        def handle(self) -> None:
            sockets.append(self.connection)
            with suppress(OSError):
                _converse(self, script)

    class Scripted(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 50

    with Scripted((HOST, 0), Conversation) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield SmtpServer(host=HOST, port=server.server_address[1], security=Security.NONE)
        finally:
            server.shutdown()
            for connection in sockets:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _converse(at: StreamRequestHandler, script: Script) -> None:
    told: list[str] = []
    with script.lock:
        script.connections.append(told)
        script.open_now += 1
        script.open_at_most = max(script.open_at_most, script.open_now)
        is_crowded = script.open_now > script.connections_max
    try:
        if is_crowded:
            _say(at, "421 4.7.0 Too many connections from your address")
        elif _answer(at, script, GREETING):
            _listen(at, script, told)
    finally:
        with script.lock:
            script.open_now -= 1


def _listen(at: StreamRequestHandler, script: Script, told: list[str]) -> None:
    mails = 0
    while line := at.rfile.readline():
        command = line.decode().rstrip("\r\n")
        told.append(command)
        verb = command.split(" ")[0].upper()
        if not _answer(at, script, verb) or verb == "QUIT":
            return
        if verb == DATA and _reply(script, DATA).startswith("354"):
            if not _take_mail(at, script) or not _answer(at, script, END):
                return
            mails += 1
            if mails >= script.hang_up_after:
                return


def _take_mail(at: StreamRequestHandler, script: Script) -> bool:
    lines: list[bytes] = []
    while (line := at.rfile.readline()) not in {b".\r\n", b""}:
        if _reply(script, BODY) == SILENCE:
            _wait_unread(at)
        if _reply(script, BODY) in {CUT, SILENCE}:
            return False
        lines.append(line[1:] if line.startswith(b".") else line)
    if line:
        script.mails.append(b"".join(lines))
    return bool(line)


def _wait_unread(at: StreamRequestHandler) -> None:
    """Wait until the other side has enough of it, without reading what it writes."""
    end = select.poll()
    end.register(at.connection, select.POLLRDHUP)
    end.poll(UNREAD_SECONDS_MAX * 1000)


def _reply(script: Script, step: str) -> str:
    return script.says.get(step) or WILLING.get(step, "502 5.5.2 Command not recognized")


def _answer(at: StreamRequestHandler, script: Script, step: str) -> bool:
    """Say what stands for *step*; return whether the conversation goes on."""
    reply = _reply(script, step)
    if reply == SILENCE:
        at.rfile.read()  # until the other side has enough of it
        return False
    if reply == CUT:
        return False
    _say(at, reply)
    return not reply.startswith("421")


def _say(at: StreamRequestHandler, reply: str) -> None:
    at.wfile.write(reply.encode() + b"\r\n")
