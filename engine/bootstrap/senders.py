"""The senders an installation begins with: the sandbox's, and those of real providers, which rest until somebody goes live."""

from channels.address import Channel, is_demonstration
from channels.sandbox import NAME as SANDBOX
from engine.bootstrap.adapters import MACHINE_CHANNELS, SENDGRID, SMTP, TWILIO
from engine.content.brand import Brand, SenderIdentity
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import installation, senders
from engine.store.database import Connection

SANDBOX_RATE_PER_SECOND = 1_000.0  # the sandbox has no carrier behind it

LIVE_PACES: dict[tuple[str, Channel], tuple[float, int | None]] = {
    (SENDGRID, Channel.EMAIL): (10.0, None),
    (SMTP, Channel.EMAIL): (2.0, None),  # most relays count by the minute
    (TWILIO, Channel.SMS): (3.75, 2_000),  # what carriers grant the smallest registered brand, in segments
    (TWILIO, Channel.VOICEMAIL): (1.0, None),  # calls a second of a new account
}
"""How fast a sender of each provider begins, and its limit a day; `fifthtouch sender change` says otherwise."""


def add_sandbox_senders(kit: Kit, brand: Brand) -> None:
    """Let the sandbox send on every machine channel, as the brand's own sender."""
    with kit.database.write() as connection:
        for channel in MACHINE_CHANNELS:
            identity = brand.senders.get(channel) or SenderIdentity(address=f"{channel}@sandbox.invalid")
            row = senders.new_row(
                sender_id=kit.ids.new(),
                channel=channel,
                provider=SANDBOX,
                address=identity.address,
                name=identity.name or brand.name,
                rate_per_second=SANDBOX_RATE_PER_SECOND,
                daily_max=None,
                now=kit.database.now(connection),
            )
            senders.add(connection, row)


def add_live_senders(kit: Kit) -> list[str]:
    """Add the brand's own senders for the providers whose keys are set; return the addresses of new ones.

    They rest until somebody goes live. A demonstration gets none, and neither does the example's own brand.
    """
    with kit.database.write() as connection:
        if installation.is_demonstration(connection):
            return []
        try:
            brand = kit.shelf.current(connection).brand()
        except Missing:
            return []  # nothing is published yet, so there is nothing to send either
        known = {(one.channel, one.provider, one.address) for one in senders.all_senders(connection)}
        return [
            identity.address
            for (provider, channel), identity in _wanted(kit, brand).items()
            if (channel, provider, identity.address) not in known and _add(kit, connection, provider, channel, identity)
        ]


def _wanted(kit: Kit, brand: Brand) -> dict[tuple[str, Channel], SenderIdentity]:
    """Return the brand's sender of each channel with the provider it goes by: the first whose keys are set."""
    wanted: dict[tuple[str, Channel], SenderIdentity] = {}
    for channel in MACHINE_CHANNELS:
        identity = brand.senders.get(channel)
        providers = [key for key in LIVE_PACES if key[1] == channel and key in kit.adapters]
        if identity is not None and providers and not is_demonstration(identity.address):
            wanted[providers[0]] = identity
    return wanted


def _add(kit: Kit, connection: Connection, provider: str, channel: Channel, identity: SenderIdentity) -> bool:
    rate, daily_max = LIVE_PACES[provider, channel]
    row = senders.new_row(
        sender_id=kit.ids.new(),
        channel=channel,
        provider=provider,
        address=identity.address,
        name=identity.name,
        rate_per_second=rate,
        daily_max=daily_max,
        now=kit.database.now(connection),
        paused_reason=senders.NOT_LIVE_YET,
    )
    senders.add(connection, row)
    return True
