"""Start and stop the stand-in: one thread, one event loop, two HTTP servers and a mail server on loopback."""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from channels.address import Channel
from channels.standin.account import Accepted, Account
from channels.standin.clock import Now, system_now
from channels.standin.control import Control
from channels.standin.faults import Faults
from channels.standin.inbound_mail import Mail, post_mail
from channels.standin.keys import Keys
from channels.standin.leads import Does, Leads
from channels.standin.life import Life, end_all
from channels.standin.posts import Posted, Posts, Trick
from channels.standin.sendgrid_api import SendGridApi
from channels.standin.sendgrid_events import post_events
from channels.standin.smtp_relay import Relay
from channels.standin.twilio_api import TwilioApi
from channels.standin.twilio_resources import Call
from channels.standin.wire import BODY_BYTES_MAX

HOST = "127.0.0.1"
WAIT_SECONDS = 15.0

Result = TypeVar("Result")


class StandIn:
    """SendGrid, Twilio and an SMTP relay of one account each, while the block runs.

    *callbacks* is where the engine listens on this machine; without it nothing is posted. *public_url* is what the
    engine calls itself, where that is another: its URLs are signed as they are and posted to *callbacks*, with the
    headers of a proxy. *pace_seconds* passes between one deed of a lead and the next. The same *seed* gives the same
    keys. *account_file* is written through; see `read_account`. Without *bodies* it keeps who was written to and when,
    and no more: for many messages.
    """

    def __init__(  # noqa: PLR0913 - everything has a default, and each is one thing to decide
        self,
        callbacks: str | None = None,
        *,
        public_url: str | None = None,
        account_file: Path | None = None,
        seed: str | None = None,
        port_base: int = 0,
        pace_seconds: float = 0.01,
        bodies: bool = True,
        smtp_login: tuple[str, str] | None = None,
        smtp_tls: ssl.SSLContext | None = None,
        now: Now = system_now,
    ) -> None:
        self.callbacks = callbacks.rstrip("/") if callbacks else None
        self.keys = Keys.made(seed)
        self.account = Account(account_file)
        self.faults = Faults()
        self.leads = Leads()
        self.posts = Posts(self.keys, self.callbacks, public_url, now, bodies=bodies)
        self.sendgrid = SendGridApi(self.keys, self.faults, self._take, now=now, callbacks=self.posts.public)
        self.twilio = TwilioApi(self.keys, self.faults, self._take, now=now, refusal=self._twilio_refusal)
        self._relay = Relay(
            self.faults, self._take, now=now, refusal=self._smtp_refusal, login=smtp_login, tls=smtp_tls
        )
        self._life = Life(
            account=self.account, leads=self.leads, posts=self.posts, lists=self.sendgrid.lists, twilio=self.twilio,
            now=now, pace_seconds=pace_seconds,
        )  # fmt: skip
        self._control = Control(account=self.account, faults=self.faults, posts=self.posts, life=self._life, now=now)
        self._now = now
        self._bodies = bodies
        self._login = smtp_login
        self._tls = smtp_tls
        self._ports = [port_base + number if port_base else 0 for number in range(4)]
        self._started = threading.Event()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def sendgrid_api_key(self) -> str:
        """The key that SendGrid's API asks for."""
        return self.keys.sendgrid_api_key

    @property
    def sendgrid_webhook_key(self) -> str:
        """The public key of signed event webhooks, as SendGrid's console shows it."""
        return self.keys.events.public

    @property
    def sendgrid_inbound_key(self) -> str:
        """The public key of the inbound parse's security policy."""
        return self.keys.inbound.public

    @property
    def twilio_sid(self) -> str:
        """The account's id at Twilio."""
        return self.keys.twilio_sid

    @property
    def twilio_token(self) -> str:
        """The account's token at Twilio, which also signs its callbacks."""
        return self.keys.twilio_token

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

    def environment(self) -> Mapping[str, str]:
        """Return the settings that make an engine use this stand-in for email by SendGrid, and for texts and calls."""
        return {
            "SENDGRID_API_KEY": self.sendgrid_api_key,
            "FIFTHTOUCH_SENDGRID_URL": self.sendgrid_url,
            "FIFTHTOUCH_SENDGRID_WEBHOOK_KEYS": self.sendgrid_webhook_key,
            "FIFTHTOUCH_SENDGRID_INBOUND_KEYS": self.sendgrid_inbound_key,
            "TWILIO_ACCOUNT_SID": self.twilio_sid,
            "TWILIO_AUTH_TOKEN": self.twilio_token,
            "FIFTHTOUCH_TWILIO_URL": self.twilio_url,
        }

    def settle(self, within_seconds: float = WAIT_SECONDS) -> None:
        """Wait until every lead has done all it does and every callback was posted; raises TimeoutError."""
        self._wait_for(self._life.settled(), within_seconds)

    def text_in(
        self, sender: str, to: str, body: str, *, opt_out_type: str = "", trick: Trick | str | None = None
    ) -> Posted | None:
        """Let *sender* text *body* to our number *to*; return what the engine answered."""
        played = Trick(trick) if trick else None
        return self._wait_for(self._life.texts.write(sender, to, body, opt_out_type=opt_out_type, trick=played))

    def call_in(self, sender: str, to: str, *deeds: Does) -> Call:
        """Let *sender* call our number *to*; return the call as it ended, with all that was heard."""
        return self._wait_for(self._life.call_in(sender, to, deeds))

    def mail_in(
        self,
        author: str,
        to: str,
        *,
        subject: str = "",
        text: str = "",
        headers: Mapping[str, str] | None = None,
        trick: Trick | str | None = None,
    ) -> Posted | None:
        """Let *author* write to *to*; return what the engine answered."""
        mail = Mail(author=author, to=to, subject=subject, text=text, at=self._now(), headers=headers or {})
        return self._wait_for(post_mail(self.posts, mail, trick=Trick(trick) if trick else None))

    def post_events(self, batch: Sequence[Mapping[str, Any]], *, trick: Trick | str | None = None) -> Posted | None:
        """Post *batch*, whatever it says, signed as SendGrid's; return what the engine answered."""
        return self._wait_for(post_events(self.posts, batch, trick=Trick(trick) if trick else None))

    def post_form(self, path: str, fields: Mapping[str, str], *, trick: Trick | str | None = None) -> Posted | None:
        """Post *fields* to *path* of the engine, signed as Twilio's; return what it answered."""
        played = Trick(trick) if trick else None
        return self._wait_for(self.posts.post_form("status", self.posts.public + path, fields, trick=played))

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._problem is not None:
            self._thread.join()
            self.account.close()
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
            self._thread.join(WAIT_SECONDS)
            assert not self._thread.is_alive()
        self.account.close()

    def _wait_for(self, work: Coroutine[Any, Any, Result], within_seconds: float = WAIT_SECONDS) -> Result:
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(within_seconds)
        except TimeoutError:
            future.cancel()
            raise

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
        async with AsyncExitStack() as ends:
            await self.posts.open()
            ends.push_async_callback(self.posts.close)
            await self._listen(0, [*self.sendgrid.app(), *self._control.app()], ends)
            await self._listen(1, self.twilio.app(), ends)
            await self._listen_for_mail(2, ends)
            if self._tls is not None:
                await self._listen_for_mail(3, ends, tls=self._tls)
            telling = asyncio.create_task(self._life.outbox.run())
            ends.push_async_callback(end_all, [telling])
            ends.push_async_callback(self._life.end)
            self._started.set()
            await self._stopped.wait()

    async def _listen(self, number: int, routes: Iterable[web.RouteDef], ends: AsyncExitStack) -> None:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(list(routes))
        # A request that a fault leaves without an answer ends with its connection, or with us.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        ends.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, self._ports[number]).start()
        self._ports[number] = runner.addresses[0][1]

    async def _listen_for_mail(self, number: int, ends: AsyncExitStack, *, tls: ssl.SSLContext | None = None) -> None:
        assert self._loop is not None
        server = await self._loop.create_server(
            lambda: self._relay.conversation(is_tls_already=tls is not None), HOST, self._ports[number], ssl=tls
        )
        ends.callback(server.close)
        self._ports[number] = server.sockets[0].getsockname()[1]

    def _take(self, messages: Sequence[Accepted], tells: bool) -> None:  # noqa: FBT001 - see Take
        kept = messages if self._bodies else [replace(one, text="", html="", headers={}, raw=None) for one in messages]
        self.account.keep(kept)
        if tells:
            self._life.begin(messages)

    def _twilio_refusal(self, channel: Channel, to: str) -> int | None:
        refused = self.leads.refusal(channel, to)
        return int(refused.code or 21211) if refused else None

    def _smtp_refusal(self, to: str) -> str | None:
        refused = self.leads.refusal(Channel.EMAIL, to)
        return f"{refused.code or 550} {refused.text or '5.1.1 No such user here'}" if refused else None
