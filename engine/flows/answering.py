"""Find the message that a mail answers, by the token in the address it was sent to."""

from dataclasses import replace

from channels.events import ProviderEvent
from engine.flows.kit import Kit


def answering(kit: Kit, event: ProviderEvent) -> ProviderEvent:
    """Return *event* with the message that the address it went to was made for; as it is where none was."""
    for token in event.extra.get("tokens", ()):
        message_id = kit.outgoing.answered(token)
        if message_id is not None:
            return replace(event, message_id=message_id)
    return event
