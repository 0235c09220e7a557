"""Open, authenticated conversations with one mail server, kept between batches; all of it on one event loop.

Opening one takes several round trips and a login, often longer than a message may wait: the next message finds it open.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from channels.accounts import Security, SmtpServer
from channels.message import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much at once, and how long is waited: all of it for one mail stays below a minute.

    The last answer gets the most of it: one that comes too late leaves an outcome that nobody knows.
    """

    connections_max: int = 20  # what relays commonly take from one place
    mails_per_connection_max: int = 100  # after which many relays hang up by themselves
    idle_seconds_max: float = 60.0  # RFC 5321 asks servers to wait five minutes; many do not
    trusted_seconds: float = 10.0  # idle for longer, a connection is asked whether it still lives
    opening_seconds: float = 8.0  # a place among the connections, the greeting, TLS, the login
    step_seconds: float = 5.0  # each answer but the last
    end_seconds: float = 30.0  # the last answer, for which a server may scan the mail


class NotOpened(Exception):
    """No conversation was had; *fault* where the server's settings or ours must be mended first."""

    def __init__(self, detail: str, fault: Fault | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fault = fault


@dataclass(slots=True)
class Connection:
    """One conversation: what was handed over in it, and when it was last used, on the loop's clock."""

    smtp: SMTP
    transport: asyncio.BaseTransport | None
    mails: int = 0
    used_at: float = 0.0
    is_spoilt: bool = field(default=False)

    @property
    def is_open(self) -> bool:
        """Whether the far side is still there, as far as this side knows."""
        return not self.is_spoilt and self.smtp.is_connected

    def drop(self) -> None:
        """Hang up at once: what the far side says next would answer an older question."""
        self.is_spoilt = True
        _hang_up(self.smtp, self.transport)


class Pool:
    """The conversations of one process with *server*, made on the loop that uses them."""

    def __init__(self, server: SmtpServer, limits: Limits, trust: ssl.SSLContext) -> None:
        self._server = server
        self._limits = limits
        self._trust = trust
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._lent = 0
        self._opening = 0
        self._ceiling = limits.connections_max
        self._changed = asyncio.Event()
        self._last_trouble: tuple[float, NotOpened] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._keeper = self._loop.create_task(self._keep())

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a conversation that is open, authenticated and at its beginning; raises `NotOpened`."""
        try:
            async with asyncio.timeout(self._limits.opening_seconds):
                connection = await self._take(asked_at=self._loop.time())
        except TimeoutError:
            raise NotOpened("no connection to the mail server was had in time") from None
        try:
            yield connection
        except BaseException:
            connection.drop()
            raise
        finally:
            self._give_back(connection)

    async def _take(self, *, asked_at: float) -> Connection:
        while True:
            while not self._idle and self._lent + self._opening >= self._ceiling:
                await self._changed.wait()
            try:
                connection = await self._from_idle() if self._idle else await self._from_server(asked_at)
            except NotOpened as trouble:
                # A server may take fewer conversations than we may have: those that are open serve everybody.
                if trouble.fault is not None or not self._lent + self._opening + len(self._idle):
                    raise
            else:
                if connection is not None:
                    return connection

    async def _from_idle(self) -> Connection | None:
        """Return the conversation that was used last, None where it turns out to have ended."""
        connection = self._idle.pop()
        self._lent += 1
        is_alive = False
        try:
            is_alive = await self._is_alive(connection)
        finally:
            if not is_alive:
                connection.drop()
                self._return_place(connection)
        return connection if is_alive else None

    async def _from_server(self, asked_at: float) -> Connection:
        if self._last_trouble is not None and self._last_trouble[0] > asked_at and not self._lent + self._opening:
            # It failed while this mail waited for its turn: a whole batch need not find out one after the other.
            raise self._last_trouble[1]
        self._opening += 1
        try:
            connection = await self._open()
        except NotOpened as trouble:
            self._last_trouble = (self._loop.time(), trouble)
            self._ceiling = (self._lent + self._opening - 1) or self._limits.connections_max
            raise
        finally:
            self._opening -= 1
            self._tell()
        self._lent += 1
        return connection

    def _tell(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _is_alive(self, connection: Connection) -> bool:
        idle_seconds = self._loop.time() - connection.used_at
        if not connection.is_open or idle_seconds > self._limits.idle_seconds_max:
            return False
        if idle_seconds <= self._limits.trusted_seconds:
            return True
        try:
            await connection.smtp.noop(timeout=self._limits.step_seconds)
        except (SMTPException, OSError):
            return False
        return True

    def _give_back(self, connection: Connection) -> None:
        connection.mails += 1
        connection.used_at = self._loop.time()
        if connection.mails >= self._limits.mails_per_connection_max:
            self._see_off([connection])
        self._return_place(connection)

    def _see_off(self, connections: list[Connection]) -> None:
        for connection in connections:
            connection.is_spoilt = True
            task = self._loop.create_task(_leave(connection))
            self._leaving.add(task)  # the loop itself holds no more than a weak reference
            task.add_done_callback(self._leaving.discard)

    def _return_place(self, connection: Connection) -> None:
        self._lent -= 1
        if connection.is_open:
            self._idle.append(connection)
        self._tell()

    async def _open(self) -> Connection:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password if server.user is not None else None,
            local_hostname=await asyncio.to_thread(own_name),
            timeout=self._limits.step_seconds,
            use_tls=server.security is Security.IMPLICIT,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self._trust,
        )
        try:
            await smtp.connect()
            if smtp.last_ehlo_response is None:
                await smtp.ehlo()
        except BaseException as error:
            _hang_up(smtp, smtp.transport)
            if isinstance(error, SMTPException | OSError | ValueError):
                raise _not_opened(error) from error
            raise
        return Connection(smtp=smtp, transport=smtp.transport, used_at=self._loop.time())

    async def _keep(self) -> None:
        """End conversations that nobody needed for a while; hang up on all when the loop ends."""
        try:
            while True:
                await asyncio.sleep(self._limits.idle_seconds_max / 4)
                self._ceiling = self._limits.connections_max
                oldest = self._loop.time() - self._limits.idle_seconds_max
                old = [one for one in self._idle if one.used_at < oldest or not one.is_open]
                self._idle = [one for one in self._idle if one not in old]
                self._see_off(old)
                self._tell()
        finally:
            for connection in self._idle:
                connection.drop()


async def _leave(connection: Connection) -> None:
    try:
        with suppress(SMTPException, OSError):
            await connection.smtp.quit(timeout=1.0)
    finally:
        connection.drop()


def _hang_up(smtp: SMTP, transport: asyncio.BaseTransport | None) -> None:
    smtp.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()  # TLS would wait for a farewell


@cache
def own_name() -> str:
    """Return the name this machine greets with: its own where it has a whole one, else an address (RFC 5321 4.1.3)."""
    name = socket.getfqdn()
    return name if "." in name and name.isascii() and " " not in name else "[127.0.0.1]"


def _not_opened(error: Exception) -> NotOpened:
    """Return what stands in the way, as the operator needs to hear it: nothing secret is in it."""
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        detail = f"SMTP_URL: the mail server's certificate is not valid: {cause.verify_message}"
        return NotOpened(detail, Fault.CONFIGURATION)
    if isinstance(error, SMTPResponseException):
        lasts = isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500  # noqa: PLR2004 - RFC 5321
        fault = Fault.CONFIGURATION if lasts else None
        what = "SMTP_URL: the mail server refused the login" if lasts else "the mail server is not ready"
        return NotOpened(f"{what}: {error.code} {error.message}", fault)
    if isinstance(error, TimeoutError):
        return NotOpened("the mail server did not answer in time")
    if isinstance(error, OSError):
        return NotOpened(f"the mail server could not be reached: {type(error).__name__}")
    # What the library says of a server that lacks STARTTLS, AUTH or a method of it.
    return NotOpened(f"SMTP_URL: {error}", Fault.CONFIGURATION)
