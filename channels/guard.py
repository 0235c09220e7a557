"""The last look before the wire: an adapter that reaches people refuses whom nobody may write to from here.

The flows ask the same question when they put an attempt on record; this guards against the day on which one forgets.
"""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from channels.adapter import Adapter, Deadline
from channels.address import Channel
from channels.errors import ChannelError
from channels.message import Fault, MessageId, Outbound, Receipt

KeepBack = Callable[[Channel, str], str | None]
"""Why an address is not written to from here, in one word, or None."""


class Guarded:
    """An adapter that is made when it is needed, and gets only what *keep_back* lets through."""

    def __init__(self, name: str, channel: Channel, make: Callable[[], Adapter], keep_back: KeepBack) -> None:
        self.name = name
        self.channel = channel
        self._make = make
        self._keep_back = keep_back
        self._made: Adapter | None = None
        self._lock = Lock()

    def open(self) -> None:
        """Make the adapter now, which takes a while; raises `ChannelError` where its settings can't work."""
        self._adapter()

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Send what may be sent; refuse the rest before anything of it leaves."""
        going: list[Outbound] = []
        for message in batch:
            reason = self._keep_back(message.channel, message.to)
            if reason is None:
                going.append(message)
            else:
                yield message.id, Receipt.refused(Fault.CONFIGURATION, f"kept back: {reason}")
        if not going:
            return
        try:
            adapter = self._adapter()
        except ChannelError as error:
            for message in going:
                yield message.id, Receipt.refused(Fault.CONFIGURATION, str(error))
            return
        yield from adapter.send(going, deadline)

    def _adapter(self) -> Adapter:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
