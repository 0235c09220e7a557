"""The guard before the wire: made when needed or when asked, and never in the way of a message's two seconds."""

import pytest

from channels.address import Channel
from channels.errors import Misconfigured
from channels.guard import Guarded
from channels.sandbox import MemoryAccount, Sandbox
from tests.channels.contract import Bench, CountingDeadline, batch_for


def nobody(_channel: Channel, _address: str) -> str | None:
    """Keep nobody back."""
    return None


def test_an_adapter_is_made_once_and_can_be_made_before_it_is_needed() -> None:
    made: list[Sandbox] = []

    def make() -> Sandbox:
        made.append(Sandbox(Channel.EMAIL, MemoryAccount()))
        return made[0]

    guarded = Guarded("sandbox", Channel.EMAIL, make, nobody)
    bench = Bench(adapter=guarded, arrived=list)

    guarded.open()
    before = len(made)
    receipts = list(guarded.send(batch_for(Channel.EMAIL), CountingDeadline(bench)))

    assert (before, len(made), len(receipts)) == (1, 1, 5)


def test_settings_that_cannot_work_are_told_when_it_is_opened() -> None:
    def fail() -> Sandbox:
        raise Misconfigured("SENDGRID_API_KEY is no key")

    guarded = Guarded("sendgrid", Channel.EMAIL, fail, nobody)

    with pytest.raises(Misconfigured, match="SENDGRID_API_KEY"):
        guarded.open()
