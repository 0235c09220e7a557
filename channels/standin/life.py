"""What goes on at the stand-in beside its answers: every message lives on, and the leads act of their own accord."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from channels.address import Channel
from channels.standin.account import Accepted, Account
from channels.standin.call_lead import Conversation, new_call_in
from channels.standin.clock import Now
from channels.standin.leads import Deed, Does, Leads
from channels.standin.mail_lead import MailLeads
from channels.standin.posts import Posts
from channels.standin.sendgrid_events import Outbox
from channels.standin.sendgrid_lists import Lists
from channels.standin.text_lead import TextLeads
from channels.standin.twilio_api import TwilioApi
from channels.standin.twilio_resources import Call

_SETTLED_CHECK_SECONDS = 0.01


class Life:
    """All that is going on, on one event loop."""

    def __init__(
        self, *, account: Account, leads: Leads, posts: Posts, lists: Lists, twilio: TwilioApi, now: Now,
        pace_seconds: float,
    ) -> None:  # fmt: skip
        self.outbox = Outbox(posts)
        self.texts = TextLeads(posts, twilio.texts, twilio.stopped, account, now)
        self._mail = MailLeads(posts, self.outbox, lists, now)
        self._account = account
        self._leads = leads
        self._posts = posts
        self._twilio = twilio
        self._now = now
        self._pace_seconds = pace_seconds
        self._going_on: set[asyncio.Task[Any]] = set()

    def begin(self, messages: Sequence[Accepted]) -> None:
        """Let *messages* live; on the loop only."""
        for message in messages:
            self._start(self._live(message))

    async def call_in(self, sender: str, to: str, deeds: Sequence[Does]) -> Call:
        """Let *sender* call our number *to*, and return the call when it has ended."""
        call = new_call_in(self._posts, self._twilio.calls, sender, to, self._now)
        await self._talk(call, deeds or (Does(deed=Deed.ANSWERED),))
        return call

    async def settled(self) -> None:
        """Wait until nothing goes on any more and all was told."""
        while self._going_on or not self.outbox.is_empty or not self._posts.is_quiet:  # noqa: ASYNC110 - see below
            await asyncio.sleep(_SETTLED_CHECK_SECONDS)  # two counts, and no one event when both are nil

    async def end(self) -> None:
        """Stop all that still goes on."""
        await end_all(self._going_on)

    def _start(self, life: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(life)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    async def _live(self, message: Accepted) -> None:
        deeds = self._leads.of(message)
        if message.channel is Channel.VOICEMAIL:
            call = self._twilio.calls.get(message.provider_id)
            assert call is not None
            await self._talk(call, deeds)
            return
        for deed in self._mail.plan(message, deeds) if message.channel is Channel.EMAIL else deeds:
            await asyncio.sleep(self._pace_seconds * deed.steps)
            if message.channel is Channel.EMAIL:
                await self._mail.act(message, deed)
            else:
                await self.texts.act(message, deed)

    async def _talk(self, call: Call, deeds: Sequence[Does]) -> None:
        await Conversation(call, deeds, self._posts, now=self._now, pace_seconds=self._pace_seconds).run()
        self._account.note(
            "call",
            {
                "sid": call.sid,
                "to": call.to,
                "sender": call.sender,
                "direction": call.direction,
                "status": call.status,
                "answered_by": call.answered_by,
                "heard": [asdict(one) for one in call.heard],
            },
        )


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel *tasks*, and return when they have ended."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
