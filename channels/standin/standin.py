"""Start and stop the stand-in: one thread, one event loop, two HTTP servers and a mail server on loopback."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from channels.standin.account import Accepted, Account
from channels.standin.clock import Now, system_now
from channels.standin.faults import Faults
from channels.standin.keys import Keys
from channels.standin.sendgrid_api import SendGridApi
from channels.standin.smtp_relay import Relay
from channels.standin.twilio_api import TwilioApi
from channels.standin.wire import BODY_BYTES_MAX

HOST = "127.0.0.1"
STOP_SECONDS_MAX = 10.0


class StandIn:
    """SendGrid, Twilio and an SMTP relay of one account each, while the block runs."""

    def __init__(
        self,
        callbacks: str | None = None,
        *,
        account_file: Path | None = None,
        seed: str | None = None,
        port_base: int = 0,
        smtp_login: tuple[str, str] | None = None,
        smtp_tls: ssl.SSLContext | None = None,
        now: Now = system_now,
    ) -> None:
        self.callbacks = callbacks.rstrip("/") if callbacks else None
        self.account = Account(account_file)
        self.faults = Faults()
        self.keys = Keys.made(seed)
        self.sendgrid_api_key = self.keys.sendgrid_api_key
        self.sendgrid_webhook_key = self.keys.events.public
        self.sendgrid_inbound_key = self.keys.inbound.public
        self.twilio_sid = self.keys.twilio_sid
        self.twilio_token = self.keys.twilio_token
        self.sendgrid = SendGridApi(self.keys, self.faults, self._take, now=now, callbacks=self.callbacks)
        self.twilio = TwilioApi(self.keys, self.faults, self._take, now=now, refusal=lambda _channel, _to: None)
        self._relay = Relay(self.faults, self._take, now=now, refusal=lambda _to: None, login=smtp_login, tls=smtp_tls)
        self._login = smtp_login
        self._tls = smtp_tls
        self._ports = [port_base + number if port_base else 0 for number in range(4)]
        self._started = threading.Event()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def sendgrid_url(self) -> str:
        """Where SendGrid's API is."""
        return f"http://{HOST}:{self._ports[0]}"

    @property
    def twilio_url(self) -> str:
        """Where Twilio's API is."""
        return f"http://{HOST}:{self._ports[1]}"

    @property
    def smtp_url(self) -> str:
        """Where the relay is: in the clear, or with STARTTLS where it has a certificate."""
        scheme = "smtp+plain" if self._tls is None else "smtp"
        return f"{scheme}://{self._user}{HOST}:{self._ports[2]}"

    @property
    def smtps_url(self) -> str:
        """Where the relay speaks TLS from the first byte; only with a certificate."""
        return f"smtps://{self._user}{HOST}:{self._ports[3]}"

    @property
    def _user(self) -> str:
        return f"{self._login[0]}:{self._login[1]}@" if self._login else ""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._problem is not None:
            self._thread.join()
            raise self._problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (
            self._thread is not None
            and self._thread.is_alive()
            and self._loop is not None
            and self._stopped is not None
        ):
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(STOP_SECONDS_MAX)
            assert not self._thread.is_alive()
        self.account.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - the end of a thread: it is raised again where it was started
            self._problem = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        runners = [await self._open(number, api) for number, api in enumerate((self.sendgrid, self.twilio))]
        mail = await self._loop.create_server(self._relay.conversation, HOST, self._ports[2])
        self._ports[2] = mail.sockets[0].getsockname()[1]
        servers = [mail]
        if self._tls is not None:
            servers.append(await self._open_tls())
        self._started.set()
        await self._stopped.wait()
        for server in servers:
            server.close()
        for runner in runners:
            await runner.cleanup()

    async def _open(self, number: int, api: SendGridApi | TwilioApi) -> web.AppRunner:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(list(api.app()))
        # A request that a fault leaves without an answer ends with its connection, or with us.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._ports[number]).start()
        self._ports[number] = runner.addresses[0][1]
        return runner

    async def _open_tls(self) -> asyncio.Server:
        assert self._loop is not None
        server = await self._loop.create_server(
            lambda: self._relay.conversation(is_tls_already=True), HOST, self._ports[3], ssl=self._tls
        )
        self._ports[3] = server.sockets[0].getsockname()[1]
        return server

    def _take(self, messages: Sequence[Accepted], tells: bool) -> None:  # noqa: FBT001 - see Take
        self.account.keep(messages)
