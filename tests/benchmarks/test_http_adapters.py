"""What an adapter over HTTP costs beside a bare POST of the same body, in the same run, to a sink in another process."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter
from urllib.parse import urlencode

import aiohttp
import pytest

from channels.accounts import SendGridAccount, TwilioAccount
from channels.adapter import Adapter
from channels.address import Channel
from channels.message import AttemptId, EmailContent, MessageId, Outbound, ReceiptKind
from channels.sendgrid_email import SendGridEmail, _written, mail_of
from channels.transport import Transport
from channels.twilio_sms import TwilioSms
from channels.twilio_voice import TwilioVoicemail
from tests.channels.contract import batch_for

pytestmark = pytest.mark.benchmark

MESSAGES = 4_000
BATCH = 50  # what the engine puts on the wire at once
HTML = "<p>" + "An answer to what you asked. " * 280 + "</p>"  # about 8 KB

SINK = """
import asyncio, sys
ANSWERS = {
    b"/v3": b"HTTP/1.1 202 Accepted\\r\\nX-Message-Id: %d\\r\\nContent-Length: 0\\r\\n\\r\\n",
    b"/20": b"HTTP/1.1 201 Created\\r\\nContent-Length: 31\\r\\n\\r\\n{\\"sid\\": \\"SM%018d\\"}",
}
DELAY = float(sys.argv[1])

class Sink(asyncio.Protocol):
    count = 0
    def connection_made(self, transport):
        self.transport, self.pending = transport, b""
    def data_received(self, data):
        self.pending += data
        while True:
            head, end, body = self.pending.partition(b"\\r\\n\\r\\n")
            if not end:
                return
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\\r\\n", 1)[0])
            if len(body) < length:
                return
            self.pending = body[length:]
            Sink.count += 1
            answer = ANSWERS[head[5:8]] % Sink.count
            if DELAY:
                asyncio.get_running_loop().call_later(DELAY, self.transport.write, answer)
            else:
                self.transport.write(answer)

async def main():
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


class Open:
    """A deadline far away."""

    def may_start(self, _attempt_id: str) -> bool:
        """Let every call start."""
        return True


@contextmanager
def running_sink(delay_seconds: float = 0.0) -> Iterator[str]:
    """Run a sink in another process; yield its address."""
    command = [sys.executable, "-c", SINK, str(delay_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def messages(channel: Channel, count: int) -> list[Outbound]:
    """Return messages, each of its own."""
    [one] = batch_for(channel, size=1)
    content = EmailContent(subject="Your question", html=HTML, text="An answer.") if channel is Channel.EMAIL else None
    return [
        replace(one, id=MessageId(f"id-{number}"), attempt_id=AttemptId(f"a-{number}"), content=content or one.content)
        for number in range(count)
    ]


def post_all(url: str, bodies: Iterator[bytes], path: str) -> None:
    """Post each of *bodies* over one raw connection, one after another: the floor."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in bodies:
            wire.sendall(
                b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body
            )
            assert wire.recv(65536).startswith(b"HTTP/1.1 20")


async def post_all_at_once(url: str, forms: list[bytes], path: str) -> None:
    """Post each of *forms* by a bare async client, as many at a time as the engine does."""
    async with aiohttp.ClientSession() as session:

        async def post(form: bytes) -> None:
            async with session.post(url + path, data=form, allow_redirects=False) as response:
                json.loads(await response.read())

        for start in range(0, len(forms), BATCH):
            await asyncio.gather(*(post(form) for form in forms[start : start + BATCH]))


def send_all(adapter: Adapter, batch: list[Outbound], size: int = BATCH) -> None:
    """Send *batch* by runs of *size*."""
    for start in range(0, len(batch), size):
        told = list(adapter.send(batch[start : start + size], Open()))
        assert {receipt.kind for _, receipt in told} == {ReceiptKind.ACCEPTED}


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many of *count* were done in a second of *work*."""
    began = perf_counter()
    work()
    return count / (perf_counter() - began)


def say(line: str) -> None:
    """Print a finding past pytest's capture."""
    sys.stderr.write(f"\n{line}")


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport()
    yield made
    made.close()


def test_mail_by_sendgrid_beside_a_bare_post(transport: Transport) -> None:
    batch = messages(Channel.EMAIL, MESSAGES)
    ready = _written(mail_of(batch[0]))
    with running_sink() as url:
        adapter = SendGridEmail(transport, SendGridAccount(api_key="SG.key", url=url))
        send_all(adapter, batch[:500])  # connections are open from here on

        bare = rate(MESSAGES, lambda: post_all(url, iter([ready] * MESSAGES), "/v3/mail/send"))
        built = rate(
            MESSAGES,
            lambda: post_all(url, (_written(mail_of(one)) for one in batch), "/v3/mail/send"),
        )
        ours = rate(MESSAGES, lambda: send_all(adapter, batch))

    say(
        f"sendgrid: {ours:.0f}/s; {ours / built:.2f} of a loop that builds and posts ({built:.0f}/s), "
        f"{ours / bare:.2f} of one that only posts ({bare:.0f}/s)"
    )
    assert ours / built > 0.1  # a mistake of an order of magnitude shows, a busy machine doesn't fail


@pytest.mark.parametrize("make", [TwilioSms, TwilioVoicemail])
def test_twilio_beside_a_bare_async_client(
    transport: Transport, make: Callable[[Transport, TwilioAccount], Adapter]
) -> None:
    with running_sink() as url:
        adapter = make(transport, TwilioAccount(sid="AC1", auth_token="t", public_url="https://x.example", url=url))
        batch = messages(adapter.channel, MESSAGES)
        form = urlencode({"To": "+15035550120", "From": "+15035550199", "Body": "An answer." * 10}).encode()
        send_all(adapter, batch[:500])

        bare = rate(MESSAGES, lambda: asyncio.run(post_all_at_once(url, [form] * MESSAGES, "/2010-04-01/x")))
        ours = rate(MESSAGES, lambda: send_all(adapter, batch))

    say(f"twilio {adapter.channel}: {ours:.0f}/s, {ours / bare:.2f} of a bare async client ({bare:.0f}/s)")
    assert ours / bare > 0.1


def test_a_provider_that_takes_a_tenth_of_a_second(transport: Transport) -> None:
    batch = messages(Channel.EMAIL, MESSAGES)
    size = 200  # four threads with fifty each
    with running_sink(0.1) as url:
        adapter = SendGridEmail(transport, SendGridAccount(api_key="SG.key", url=url))
        send_all(adapter, batch[:size], size)

        ours = rate(MESSAGES, partial(send_all, adapter, batch, size))

    say(f"100 ms away, {size} in flight: {ours:.0f}/s, {ours / (size / 0.1):.2f} of what the distance allows")
    assert ours > size
