"""Put the product together: the one place that knows which real things stand behind each door."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from channels.adapter import Adapter
from channels.address import Channel
from channels.message import Outbound
from channels.sandbox import NAME as SANDBOX
from channels.sandbox import Refusal, Sandbox
from channels.sandbox_behaviour import Told
from channels.sandbox_script import answer_as_scripted, refuse_as_scripted
from consent.rulebook import load_rulebook
from consent.tokens import TokenKind, mint
from engine.clock import Clock, SystemClock
from engine.content.brand import Brand
from engine.content.library import Library, load_library
from engine.content.variables import Links
from engine.flows.kit import Kit
from engine.flows.publish import publish
from engine.flows.sandboxed import as_planned
from engine.flows.shelf import Shelf
from engine.ids import Ids, SystemIds
from engine.journal import FileJournal, Journal
from engine.settings import Settings
from engine.store import installation, schema, senders
from engine.store.address_keys import AddressKey
from engine.store.database import Database, file_of
from engine.store.sandbox import SandboxAccount

MACHINE_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL)
SANDBOX_RATE_PER_SECOND = 1_000.0  # the sandbox has no carrier behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What may be replaced as a whole: by a simulation, or by a test."""

    clock: Clock
    ids: Ids
    journal: Journal
    journals: Path | None


def real_world(settings: Settings) -> World:
    """Return this machine's clock, ids and journal."""
    folder = state_folder(settings) / "journals"
    unique = SystemIds().new()
    return World(clock=SystemClock(), ids=SystemIds(), journal=FileJournal(folder, unique), journals=folder)


def open_kit(settings: Settings, world: World, *, adapters: Mapping[tuple[str, Channel], Adapter] | None = None) -> Kit:
    """Return a kit on the database of *settings*, which must be prepared; raises `StoreError` with the remedy."""
    database = Database(settings.database_url, world.clock)
    schema.check_version(database)
    key = secret_key(settings)
    address_key = AddressKey(key=derive(key, "addresses"), key_id=key_id(key))
    with database.write() as connection:
        installation.ensure(connection, key=address_key.key, key_id=address_key.key_id, now=database.now(connection))
    return Kit(
        database=database,
        clock=world.clock,
        ids=world.ids,
        rulebook=load_rulebook(),
        address_key=address_key,
        shelf=Shelf(),
        adapters=sandbox_adapters(database) if adapters is None else adapters,
        links=make_links(settings, key),
        journal=world.journal,
        journals=world.journals,
    )


def prepare(
    settings: Settings,
    world: World,
    *,
    library: Library | None = None,
    adapters: Mapping[tuple[str, Channel], Adapter] | None = None,
) -> Kit:
    """Bring the database up to date, publish the templates and add the sandbox's senders; return a kit on it."""
    database = Database(settings.database_url, world.clock)
    schema.upgrade(database)
    database.close()
    kit = open_kit(settings, world, adapters=adapters)
    library = library or load_library()
    publish(kit, library)
    add_sandbox_senders(kit, library.brand)
    return kit


def sandbox_adapters(
    database: Database,
    *,
    answer: Callable[[Outbound, datetime], list[Told]] = answer_as_scripted,
    refuse: Refusal = refuse_as_scripted,
) -> dict[tuple[str, Channel], Adapter]:
    """Return the sandbox's adapters on the database's own account; by default it delivers and a person answers."""
    account = SandboxAccount(database, lambda message, at: as_planned(answer(message, at)))
    return {(SANDBOX, channel): Sandbox(channel, account, refuse) for channel in MACHINE_CHANNELS}


def add_sandbox_senders(kit: Kit, brand: Brand) -> None:
    """Let the sandbox send on every machine channel, as the brand's own sender."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        for channel in MACHINE_CHANNELS:
            identity = brand.senders.get(channel)
            row = senders.new_row(
                sender_id=kit.ids.new(),
                channel=channel,
                provider=SANDBOX,
                address=identity.address if identity else f"{channel}@sandbox.invalid",
                name=identity.name if identity else brand.name,
                rate_per_second=SANDBOX_RATE_PER_SECOND,
                daily_max=None,
                now=now,
            )
            senders.add(connection, row)


def make_links(settings: Settings, key: bytes) -> Callable[[str], Links]:
    """Return the function that makes a lead's own links."""
    base = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    secret = derive(key, "links")

    def links(lead_id: str) -> Links:
        return Links(
            unsubscribe=f"{base}/u/{mint(TokenKind.STOP, lead_id, secret)}",
            preferences=f"{base}/p/{mint(TokenKind.PREFERENCES, lead_id, secret)}",
        )

    return links


def link_secrets(settings: Settings) -> tuple[bytes, ...]:
    """Return the secrets that a lead's links may be made with, the present one first."""
    return (derive(secret_key(settings), "links"),)


def secret_key(settings: Settings) -> bytes:
    """Return the installation's secret; embedded use makes one and keeps it beside the database."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = state_folder(settings) / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


def derive(key: bytes, purpose: str) -> bytes:
    """Return the key for one *purpose*, so that no key serves two."""
    return sha256(b"fifthtouch:" + purpose.encode() + b":" + key).digest()


def key_id(key: bytes) -> str:
    """Return a name for *key* that tells nothing about it."""
    return sha256(b"fifthtouch:name:" + key).hexdigest()[:12]


def state_folder(settings: Settings) -> Path:
    """Return the folder for what this machine keeps beside the database: the key, and journals of started calls."""
    return Path(f"{file_of(settings.database_url) or 'fifthtouch'}.d")
