"""At whatever point a conversation with a mail server breaks off or goes wrong, the receipt says what can be proved."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.accounts import SmtpServer
from channels.address import Channel
from channels.message import EmailContent, Fault, Outbound, Receipt, ReceiptKind
from channels.mime import write_mail
from channels.smtp_dialogue import stuffed
from channels.smtp_email import SmtpEmail
from channels.smtp_pool import Limits
from channels.transport import Transport
from tests.channels.contract import Bench, CountingDeadline, batch_for, send_all
from tests.channels.relays import (
    BODY,
    CUT,
    DATA,
    END,
    GREETING,
    HELLO,
    MAIL,
    NOOP,
    RCPT,
    RSET,
    SILENCE,
    Script,
    message_id_of,
    running_script,
)
from tests.databases import START
from tests.servers import eventually

BEYOND_BUFFERS = 12_000_000  # more than the network takes on both sides before anybody has read
IMPATIENT = Limits(opening_seconds=0.4, step_seconds=0.2, end_seconds=0.2)


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def adapter_on(running: ExitStack, server: SmtpServer, limits: Limits | None = None) -> SmtpEmail:
    transport = Transport()
    running.callback(transport.close)
    return SmtpEmail(transport, server, now=lambda: START, limits=limits or Limits())


def adapter_for(running: ExitStack, script: Script, limits: Limits | None = None) -> SmtpEmail:
    return adapter_on(running, running.enter_context(running_script(script)), limits)


def send(adapter: SmtpEmail, batch: list[Outbound]) -> list[Receipt]:
    bench = Bench(adapter=adapter, arrived=list)
    receipts = send_all(bench, batch, CountingDeadline(bench))
    return [receipts[message.id] for message in batch]


def one() -> list[Outbound]:
    return batch_for(Channel.EMAIL, size=1)


@pytest.mark.parametrize("happening", [CUT, SILENCE])
@pytest.mark.parametrize(
    ("step", "kind", "fault"),
    [
        (GREETING, ReceiptKind.NEVER_STARTED, None),
        (HELLO, ReceiptKind.NEVER_STARTED, None),
        (MAIL, ReceiptKind.REFUSED, Fault.TRANSIENT),
        (RCPT, ReceiptKind.REFUSED, Fault.TRANSIENT),
        (DATA, ReceiptKind.REFUSED, Fault.TRANSIENT),
        (END, ReceiptKind.UNKNOWN, None),
    ],
)
def test_where_a_conversation_breaks_off_decides_what_is_known(
    step: str, kind: ReceiptKind, fault: Fault | None, happening: str, running: ExitStack
) -> None:
    script = Script(says={step: happening})
    adapter = adapter_for(running, script, IMPATIENT)

    [receipt] = send(adapter, one())

    assert (receipt.kind, receipt.fault) == (kind, fault), receipt.detail
    assert receipt.detail
    assert len(script.mails) == (1 if step == END else 0)


def test_a_server_that_hangs_up_while_the_mail_is_read_does_not_have_it(running: ExitStack) -> None:
    """A mail too big for the buffers of the network, so that its end cannot have left."""
    script = Script(says={BODY: CUT})
    [outbound] = one()
    big = replace(outbound, content=EmailContent(subject="Big", html="x" * BEYOND_BUFFERS, text=""))

    [receipt] = send(adapter_for(running, script), [big])

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.TRANSIENT)
    assert receipt.detail.startswith("broken off at the mail")


def test_a_server_that_does_not_read_the_mail_to_its_end_does_not_have_it(running: ExitStack) -> None:
    script = Script(says={BODY: SILENCE})
    [outbound] = one()
    big = replace(outbound, content=EmailContent(subject="Big", html="x" * BEYOND_BUFFERS, text=""))

    [receipt] = send(adapter_for(running, script, IMPATIENT), [big])

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.TRANSIENT)
    assert script.mails == []


@pytest.mark.parametrize(
    ("step", "reply", "fault"),
    [
        (MAIL, "530 5.7.0 Authentication required", Fault.CONFIGURATION),
        (MAIL, "552 5.3.4 Message size exceeds fixed limit", Fault.CONTENT),
        (MAIL, "421 4.7.0 Too many messages, slow down", Fault.THROTTLED),
        (RCPT, "550 5.1.1 <lead0@example.com>: Recipient address rejected: User unknown", Fault.DEAD_ADDRESS),
        (RCPT, "554 5.7.1 <lead0@example.com>: Relay access denied", Fault.CONFIGURATION),
        (RCPT, "450 4.2.0 <lead0@example.com>: Greylisted, try again in 300 seconds", Fault.TRANSIENT),
        (DATA, "451 4.3.0 Local error in processing", Fault.TRANSIENT),
        (END, "554 5.7.1 Message rejected as spam", Fault.CONTENT),
        (END, "452 4.3.1 Insufficient system storage", Fault.TRANSIENT),
        (END, "421 4.3.2 System going down", Fault.TRANSIENT),
    ],
)
def test_a_refusal_is_told_with_its_step_its_words_and_no_whole_address(
    step: str, reply: str, fault: Fault, running: ExitStack
) -> None:
    [receipt] = send(adapter_for(running, Script(says={step: reply})), one())

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, fault)
    assert reply.split(" ")[1] in receipt.detail
    assert "lead0@example.com" not in receipt.detail


@pytest.mark.parametrize("reply", ["354 Go on", "999 What", "Ok, thank you", "\r\n", "250-" + "x" * 40_000])
def test_an_answer_for_the_mail_that_makes_no_sense_is_no_answer(reply: str, running: ExitStack) -> None:
    [receipt] = send(adapter_for(running, Script(says={END: reply}), IMPATIENT), one())

    assert receipt.kind is ReceiptKind.UNKNOWN


@pytest.mark.parametrize("step", [MAIL, RCPT, DATA])
def test_an_earlier_answer_that_makes_no_sense_proves_that_the_mail_stayed_here(step: str, running: ExitStack) -> None:
    [receipt] = send(adapter_for(running, Script(says={step: "Ok, thank you"}), IMPATIENT), one())

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.TRANSIENT)


def test_one_conversation_serves_many_batches(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script)

    for _ in range(5):
        assert [receipt.kind for receipt in send(adapter, one())] == [ReceiptKind.ACCEPTED]

    [commands] = script.connections
    assert [command.split(" ")[0] for command in commands] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 5]


def test_a_refused_address_does_not_spoil_the_conversation(running: ExitStack) -> None:
    script = Script(says={RCPT: "550 5.1.1 User unknown"})
    adapter = adapter_for(running, script)

    refused = send(adapter, one())
    script.says = {}
    accepted = send(adapter, one())

    assert [one.kind for one in refused + accepted] == [ReceiptKind.REFUSED, ReceiptKind.ACCEPTED]
    [commands] = script.connections
    assert [command.split(" ")[0] for command in commands][1:] == ["MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("reset", [CUT, SILENCE, "502 5.5.1 No"])
def test_a_conversation_that_cannot_begin_anew_is_ended(reset: str, running: ExitStack) -> None:
    script = Script(says={RCPT: "550 5.1.1 User unknown", RSET: reset})
    adapter = adapter_for(running, script, IMPATIENT)

    [refused] = send(adapter, one())
    script.says = {}
    [accepted] = send(adapter, one())

    assert (refused.fault, accepted.kind) == (Fault.DEAD_ADDRESS, ReceiptKind.ACCEPTED)
    assert len(script.connections) == 2


def test_a_server_that_hung_up_meanwhile_costs_no_message(running: ExitStack) -> None:
    script = Script(hang_up_after=1)
    adapter = adapter_for(running, script)

    for sent in range(1, 4):
        assert [receipt.kind for receipt in send(adapter, one())] == [ReceiptKind.ACCEPTED]
        eventually(lambda: script.open_now == 0)
        assert len(script.connections) == sent


def test_a_conversation_idle_for_long_is_asked_first(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script, replace(IMPATIENT, trusted_seconds=0.0))

    send(adapter, one())
    alive = send(adapter, one())
    script.says = {NOOP: SILENCE}
    dead = send(adapter, one())

    assert [one.kind for one in alive + dead] == [ReceiptKind.ACCEPTED, ReceiptKind.ACCEPTED]
    assert script.commands.count("NOOP") == 2
    assert len(script.connections) == 2


def test_a_conversation_nobody_needs_is_ended_politely(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script, replace(IMPATIENT, idle_seconds_max=0.1))

    send(adapter, one())

    eventually(lambda: script.commands[-1] == "QUIT")


def test_a_conversation_ends_after_its_share_of_mails(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script, Limits(mails_per_connection_max=2, connections_max=1))

    receipts = send(adapter, batch_for(Channel.EMAIL, size=5))

    assert {receipt.kind for receipt in receipts} == {ReceiptKind.ACCEPTED}
    assert [sum(one.startswith("MAIL") for one in told) for told in script.connections] == [2, 2, 1]


def many(count: int) -> list[Outbound]:
    [outbound] = one()
    return [replace(outbound, id=type(outbound.id)(f"message-{number}")) for number in range(count)]


def test_a_batch_goes_out_on_no_more_conversations_than_allowed(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script, Limits(connections_max=3))

    receipts = send(adapter, many(30))

    assert {receipt.kind for receipt in receipts} == {ReceiptKind.ACCEPTED}
    assert script.open_at_most <= 3
    assert sorted(message_id_of(mail) for mail in script.mails) == sorted(message.id for message in many(30))


def test_a_server_that_takes_fewer_conversations_still_takes_the_batch(running: ExitStack) -> None:
    script = Script(connections_max=2)
    adapter = adapter_for(running, script, Limits(connections_max=10))

    receipts = send(adapter, many(30))

    assert {receipt.kind for receipt in receipts} == {ReceiptKind.ACCEPTED}, receipts


def test_all_the_waiting_for_one_mail_stays_below_a_minute() -> None:
    limits = Limits()

    assert limits.opening_seconds + 4 * limits.step_seconds + limits.end_seconds < 60


def test_the_threads_of_a_worker_share_the_conversations(running: ExitStack) -> None:
    script = Script()
    adapter = adapter_for(running, script, Limits(connections_max=4))

    with ThreadPoolExecutor(max_workers=4) as threads:
        kinds = [
            receipt.kind
            for receipts in threads.map(lambda _: send(adapter, many(10)), range(4))
            for receipt in receipts
        ]

    assert kinds == [ReceiptKind.ACCEPTED] * 40
    assert script.open_at_most <= 4


def test_a_transport_that_was_closed_begins_with_new_conversations(running: ExitStack) -> None:
    script = Script()
    server = running.enter_context(running_script(script))
    transport = Transport()
    running.callback(transport.close)
    adapter = SmtpEmail(transport, server, now=lambda: START)

    before = send(adapter, one())
    transport.close()
    after = send(adapter, one())

    assert [receipt.kind for receipt in before + after] == [ReceiptKind.ACCEPTED] * 2
    assert len(script.connections) == 2


def test_mail_under_way_when_the_process_closes_is_not_taken_for_sent_nor_for_unsent(running: ExitStack) -> None:
    script = Script(says={END: SILENCE})
    server = running.enter_context(running_script(script))
    transport = Transport()
    adapter = SmtpEmail(transport, server, now=lambda: START)

    with ThreadPoolExecutor(max_workers=1) as threads:
        sending = threads.submit(send, adapter, one())
        eventually(lambda: len(script.mails) == 1)
        transport.close()

    [receipt] = sending.result()
    assert receipt.kind is ReceiptKind.UNKNOWN


def test_a_silent_server_is_not_tried_by_each_message_in_turn(running: ExitStack) -> None:
    script = Script(says={GREETING: SILENCE})
    adapter = adapter_for(running, script, replace(IMPATIENT, connections_max=2))

    receipts = send(adapter, many(40))

    assert {receipt.kind for receipt in receipts} == {ReceiptKind.NEVER_STARTED}
    assert len(script.connections) <= 6


def test_a_server_that_comes_back_is_used_again(running: ExitStack) -> None:
    script = Script(says={GREETING: "421 4.3.2 Down for maintenance"})
    adapter = adapter_for(running, script)

    [before] = send(adapter, one())
    script.says = {}
    [after] = send(adapter, one())

    assert (before.kind, after.kind) == (ReceiptKind.NEVER_STARTED, ReceiptKind.ACCEPTED)


def test_an_international_address_is_not_put_to_a_server_that_cannot_take_it(running: ExitStack) -> None:
    script = Script()
    [outbound] = one()

    [receipt] = send(adapter_for(running, script), [replace(outbound, to="jörg@example.com")])

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.CONTENT)
    assert "SMTPUTF8" in receipt.detail
    assert [command.split(" ")[0] for command in script.commands] == ["EHLO"]


def test_no_login_is_said_where_none_is_offered(running: ExitStack) -> None:
    script = Script()
    server = running.enter_context(running_script(script))
    adapter = adapter_on(running, replace(server, user="ann", password="secret-word"))

    [receipt] = send(adapter, one())

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.CONFIGURATION)
    assert "AUTH" in receipt.detail
    assert [command for command in script.commands if "secret-word" in command or command.startswith("AUTH")] == []


def test_the_size_is_told_before_the_mail(running: ExitStack) -> None:
    script = Script()

    send(adapter_for(running, script), one())

    [mail] = script.mails
    assert f"MAIL FROM:<hello@seller.example> SIZE={len(mail)}" in script.commands


@given(st.lists(st.text(st.sampled_from(".a "), max_size=4), max_size=8))
def test_dots_that_begin_a_line_are_doubled_on_the_wire(lines: list[str]) -> None:
    data = "".join(f"{line}\r\n" for line in lines).encode()

    on_the_wire = stuffed(data).split(b"\r\n")

    assert b"." not in on_the_wire
    assert b"\r\n".join(line.removeprefix(b".") for line in on_the_wire) == data


def test_what_is_read_to_its_end_is_what_was_written(running: ExitStack) -> None:
    script = Script()
    [outbound] = one()
    content = EmailContent(subject=".", html="<p>.</p>\n.\n..\n", text=".\n..\nFrom here\n.\n")

    send(adapter_for(running, script), [replace(outbound, content=content)])

    assert script.mails == [write_mail(replace(outbound, content=content), START).data]
