"""Send a test of a message to an address that an operator types: marked as one, and counted for no lead.

It leaves by the adapters that real messages leave by, each behind its guard, and is on record before it does. No message
row is made: a test has no lead, no enrollment and no place in any count. So the gate has nothing to ask about, and what
stands in its place is stricter: a real provider sends tests only to addresses that the operator named beforehand, and no
test ever goes to a lead or to an address that is suppressed.
"""

from dataclasses import dataclass, replace

import structlog

from channels.address import Address, AddressKind, Channel, InvalidAddress, kind_of, mask
from channels.message import AttemptId, Content, EmailContent, MessageId, Outbound, ReceiptKind, TextContent
from engine.flows.deliver import CallDeadline
from engine.flows.kit import CALL_BY, Kit
from engine.store import audit, installation, leads, pauses, senders, suppressions
from engine.store.database import Connection
from engine.store.senders import Sender

log = structlog.get_logger(__name__)

MARK = "[Test] "
SPOKEN_MARK = "This is a test. "


class NotSent(RuntimeError):
    """No test was sent; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTest:
    """Where a test went; *is_sandboxed* when it reached nobody and waits in the sandbox's inbox."""

    address: str
    provider: str
    is_sandboxed: bool


def send_test(
    kit: Kit, content: Content, *, channel: Channel, template: str, to: str, country: str | None, by: str
) -> SentTest:
    """Send *content* to *to*, a number as dialled in *country*; raises `NotSent` with the reason."""
    address = _address(channel, to, country)
    message_id, attempt_id = MessageId(kit.ids.new()), AttemptId(kit.ids.new())
    started = kit.clock.monotonic()
    with kit.database.write() as connection:
        sender = _sender(kit, connection, channel, address)
        _refuse_others(kit, connection, address, channel)
        told = {"channel": channel, "template": template, "to": mask(address.value), "provider": sender.provider}
        now = kit.database.now(connection)
        audit.note(
            connection, row_id=kit.ids.new(), at=now, actor=by, action="test.sent", subject=message_id, after=told
        )
    outbound = Outbound(
        id=message_id,
        attempt_id=attempt_id,
        channel=channel,
        to=address.value,
        to_name="",
        sender=sender.address,
        sender_name=sender.name,
        content=marked(content),
        is_test=True,
    )
    deadline = CallDeadline(kit=kit, at_monotonic=started + CALL_BY.total_seconds())
    [(_, receipt)] = list(kit.adapters[sender.provider, channel].send([outbound], deadline))
    log.info("test.sent", channel=channel, template=template, provider=sender.provider, outcome=receipt.kind)
    if receipt.kind is not ReceiptKind.ACCEPTED:
        raise NotSent(f"{sender.provider} did not take the test ({receipt.kind}): {receipt.detail or receipt.fault}.")
    return SentTest(address=address.value, provider=sender.provider, is_sandboxed=not sender.is_live)


def marked(content: Content) -> Content:
    """Return *content* so that whoever gets it sees or hears that it is a test."""
    match content:
        case EmailContent():
            return replace(content, subject=MARK + content.subject)
        case TextContent():
            return replace(content, body=MARK + content.body)
        case _:
            human = SPOKEN_MARK + content.human_script if content.human_script else ""
            return replace(content, script=SPOKEN_MARK + content.script, human_script=human)


def _address(channel: Channel, text: str, country: str | None) -> Address:
    kind = kind_of(channel)
    if kind is None:
        raise NotSent("A person says this, so there is nothing to send.")
    try:
        return Address.email(text) if kind is AddressKind.EMAIL else Address.phone(text, country)
    except InvalidAddress as error:
        raise NotSent(f"That is no address for this channel: {error}.") from None


def _sender(kit: Kit, connection: Connection, channel: Channel, address: Address) -> Sender:
    """Return who sends the test: a real provider once somebody went live with it, until then the sandbox."""
    if installation.read(connection).is_sending_stopped:
        raise NotSent("All sending is stopped by its switch: see `fifthtouch sending start`.")
    if channel in pauses.in_force(connection, ()).channels:
        raise NotSent(f"This channel rests: see `fifthtouch resume --channel {channel}`.")
    awake = [
        one
        for one in senders.all_senders(connection)
        if one.channel is channel and not one.rests_for and (one.provider, channel) in kit.adapters
    ]
    live = [one for one in awake if one.is_live]
    if not live and awake:
        return awake[0]
    if not live:
        raise NotSent("No sender of this channel is awake: see `fifthtouch sender list`.")
    if not kit.outgoing.takes_tests(channel, address.value):
        raise NotSent(
            f"{live[0].provider} reaches real people, and this address is not among those that tests may go to. Add it to "
            "FIFTHTOUCH_TEST_LIST (or to FIFTHTOUCH_ALLOW_LIST where one is set) and start again."
        )
    return live[0]


def _refuse_others(kit: Kit, connection: Connection, address: Address, channel: Channel) -> None:
    """Refuse an address that is a lead's, or that must not be used."""
    is_email = address.kind is AddressKind.EMAIL
    lead = leads.find(connection, email=address.value if is_email else None, phone=None if is_email else address.value)
    if lead is not None:
        raise NotSent("That address is a lead's: what a lead gets is for the gate to allow. Use one of your own.")
    key = kit.address_key.key_of(address.kind, address.value)
    if suppressions.is_suppressed(connection, address.kind, key, channel):
        raise NotSent("That address is suppressed: somebody there said stop, or it came back as dead.")
