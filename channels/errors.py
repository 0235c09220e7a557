"""Errors that leave this package.

ChannelError
 ├─ Misconfigured     a key or a sender is missing or wrong; names the setting to look at
 └─ Unavailable       a provider gave no answer to something that may be asked again

What a provider says or fails to say about one message is never an exception: it is a `Receipt`.
"""


class ChannelError(Exception):
    """A channel cannot be used."""


class Misconfigured(ChannelError):
    """A channel's settings are missing or wrong."""


class Unavailable(ChannelError):
    """A provider gave no answer, or none that can be used; it may be asked again later."""
