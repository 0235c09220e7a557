"""Put the product together: the one place that knows which real things stand behind each door."""

from engine.bootstrap.adapters import MACHINE_CHANNELS, live_adapters, sandbox_adapters
from engine.bootstrap.keys import derive, link_secrets, secret_key, state_folder
from engine.bootstrap.opening import World, open_entrance, open_kit, prepare, real_world
from engine.bootstrap.outgoing import make_outgoing
from engine.bootstrap.senders import LIVE_PACES, add_live_senders, add_sandbox_senders

__all__ = [
    "LIVE_PACES",
    "MACHINE_CHANNELS",
    "World",
    "add_live_senders",
    "add_sandbox_senders",
    "derive",
    "link_secrets",
    "live_adapters",
    "make_outgoing",
    "open_entrance",
    "open_kit",
    "prepare",
    "real_world",
    "sandbox_adapters",
    "secret_key",
    "state_folder",
]
