"""The sandbox: a provider that sends nothing, keeps what it got, and lets invented leads answer.

It ships with the product, serves every machine channel, and passes the same contract tests as the real providers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from channels.adapter import Deadline
from channels.address import Channel
from channels.message import MessageId, Outbound, Receipt

NAME = "sandbox"

Refusal = Callable[[Outbound], Receipt | None]
"""Decides whether the sandbox refuses a message, and with which receipt; None takes it."""


class Account(Protocol):
    """Where the sandbox keeps what it accepted: its own record, apart from the engine's."""

    def keep(self, accepted: Sequence[Outbound]) -> None:
        """Keep *accepted*, each once more however often it came before."""
        ...


class MemoryAccount:
    """An account that lasts as long as its process."""

    def __init__(self) -> None:
        self.kept: list[Outbound] = []

    def keep(self, accepted: Sequence[Outbound]) -> None:
        """Keep *accepted*."""
        self.kept.extend(accepted)


def take_everything(_message: Outbound) -> Receipt | None:
    """Refuse nothing."""
    return None


class Sandbox:
    """The sandbox's adapter for one channel."""

    name = NAME

    def __init__(self, channel: Channel, account: Account, refuse: Refusal = take_everything) -> None:
        self.channel = channel
        self._account = account
        self._refuse = refuse

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Keep every message of *batch* that may start and is not refused; then say so."""
        accepted: list[Outbound] = []
        for message in batch:
            if not deadline.may_start(message.attempt_id):
                yield message.id, Receipt.too_late()
            elif (refusal := self._refuse(message)) is not None:
                yield message.id, refusal
            else:
                accepted.append(message)
        self._account.keep(accepted)
        for message in accepted:
            yield message.id, Receipt.accepted(f"sandbox-{message.attempt_id}")
