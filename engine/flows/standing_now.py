"""Whether a lead may be contacted at this moment, channel by channel: the gate's own answers, for a person to read."""

from dataclasses import dataclass
from datetime import datetime

from channels.address import Channel
from consent.answer import Answer
from consent.facts import Purpose
from engine.flows.asking import address_of, ask, is_rehearsal
from engine.flows.kit import Kit
from engine.store import consents, senders
from engine.store.database import Connection
from engine.store.leads import StoredLead

ASKED = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the gate says of one channel now; *address* is None where the lead has none for it."""

    channel: Channel
    address: str | None
    answer: Answer


def standing_now(kit: Kit, connection: Connection, stored: StoredLead, now: datetime) -> list[Standing]:
    """Return, for each channel, whether something new could be sent for marketing at *now*, and why not."""
    facts = consents.load_gate_facts(connection, [stored], now)[stored.lead.id]
    ways = senders.all_senders(connection)
    return [
        Standing(
            channel=channel,
            address=address_of(stored, channel)[0],
            answer=ask(
                stored,
                facts,
                kit.rulebook,
                now,
                channel=channel,
                purpose=Purpose.MARKETING,
                planned_at=now,
                sequence="",
                is_rehearsed=is_rehearsal([one for one in ways if one.channel is channel]),
            ),
        )
        for channel in ASKED
    ]
