"""What people have stopped that is no row of its own elsewhere: channels."""

from sqlalchemy import Table

from engine.store.tables.metadata import instant, metadata, one_of, text
from engine.store.tables.words import MESSAGE_CHANNELS

paused_channels = Table(
    "paused_channels",
    metadata,
    text("channel", "email, sms, voicemail: nothing leaves by it while this row is there", primary_key=True),
    instant("paused_at", "since when"),
    text("paused_by", "who said so"),
    text("reason", "why, in their words; may be empty"),
    one_of("channel", MESSAGE_CHANNELS),
    comment="A channel that rests until a person lets it go on",
)
