"""Closed sets that only rows have a use for, cut from the vocabulary of the domain."""

from channels.address import Channel, kind_of
from consent.facts import Purpose

MESSAGE_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL})
"""What a machine can send by; the others are tasks."""

ADDRESS_CHANNELS = frozenset(channel for channel in Channel if kind_of(channel) is not None)
"""What a lead can answer by."""

SEQUENCE_PURPOSES = frozenset(Purpose) - {Purpose.CONFIRMATION}
"""A confirmation answers a lead; no sequence plans one."""
