"""Answer a command word that came by text: once, at once, and only where the provider has not answered already."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from channels.address import Channel
from channels.events import ProviderEvent
from consent.facts import Purpose
from consent.replies import Label
from consent.replies.keywords import command
from engine.flows.asking import address_of
from engine.flows.claiming import FIRST
from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.flows.shelf import Missing
from engine.flows.touches import choose_sender, new_message_row
from engine.store import messages, senders
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.senders import Sender

log = structlog.get_logger(__name__)

TEMPLATES: Mapping[Label, str] = {
    Label.OPT_OUT: "stop-confirmed",
    Label.OPT_IN: "start-confirmed",
    Label.HELP: "help-answer",
}
"""What is texted back, by what the word means; each is a template of the marketer's."""

YES = frozenset({"yes", "si", "oui", "y", "yess", "ja", "sim"})
"""Words that allow, and also answer any question: nobody is told that they subscribed who only said yes."""


def confirm(kit: Kit, connection: Connection, heard: Heard, speaker: StoredLead, now: datetime) -> None:
    """Make the confirmation that the word in *heard* calls for; the gate lets one out for each change of mind.

    Whatever else it says is a reply, and no command. A sentence that stops is obeyed and not confirmed.
    """
    template = _template_for(heard.event)
    if template is None or not _is_written(kit, connection, template, speaker):
        return
    choice = [one for one in senders.all_senders(connection) if one.channel is Channel.SMS]
    sender = _sender_for(heard, speaker, choice)
    if sender is None:
        log.warning("confirmation.no_sender", lead_id=speaker.lead.id)
        return
    row = new_message_row(
        message_id=kit.ids.new(),
        intent_key=f"{heard.event.provider}:{heard.event.event_id}:confirmation",
        lead_id=speaker.lead.id,
        address_id=address_of(speaker, Channel.SMS)[1],
        channel=Channel.SMS,
        purpose=Purpose.CONFIRMATION,
        template=template,
        lane=FIRST,
        now=now,
        sender_id=sender.id,
    )
    messages.insert(connection, [row])


def _template_for(event: ProviderEvent) -> str | None:
    if event.channel is not Channel.SMS or event.machine or event.extra.get("answered_by_provider"):
        return None
    reading = command(event.text or "")
    if reading is None or (event.text or "").strip(" .!,").casefold() in YES:
        return None
    return TEMPLATES.get(reading.label)


def _is_written(kit: Kit, connection: Connection, template: str, speaker: StoredLead) -> bool:
    """Return whether there is such a template; without one nothing is promised that could never leave."""
    try:
        kit.shelf.current(connection).template(Channel.SMS, template, speaker.lead.language)
    except Missing:
        log.error(  # noqa: TRY400 - what to do is said, where it failed tells nothing
            "confirmation.no_template", template=template, remedy=f"add templates/sms/{template}.txt"
        )
        return False
    return True


def _sender_for(heard: Heard, speaker: StoredLead, choice: Sequence[Sender]) -> Sender | None:
    """Return the number they wrote to, else the one that wrote to them last, else their usual one."""
    number = heard.event.extra.get("to")
    last = heard.message.sender_id if heard.message else None
    written_to = [one for one in choice if one.address == number]
    wrote_last = [one for one in choice if one.id == last]
    return next(iter([*written_to, *wrote_last]), None) or choose_sender(choice, speaker.lead.id)
