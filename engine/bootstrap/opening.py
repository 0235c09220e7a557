"""Open an installation: its database, keys, clock and providers, as settings and a world describe them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.adapter import Adapter
from channels.address import Channel
from channels.posting import Poster, networks_in
from consent.rulebook import load_rulebook
from engine.bootstrap.adapters import alarm, live_adapters, live_lookups, mailbox, provider_lists, sandbox_adapters
from engine.bootstrap.keys import derive, key_id, make_links, secret_key, state_folder
from engine.bootstrap.outgoing import make_answered, make_outgoing
from engine.bootstrap.senders import add_live_senders, add_sandbox_senders
from engine.clock import Clock, SystemClock
from engine.content.library import Library, load_library
from engine.flows.entrance import Entrance, make_entrance
from engine.flows.kit import Kit
from engine.flows.outgoing import Outgoing
from engine.flows.passwords import Passwords
from engine.flows.publish import publish
from engine.flows.shelf import Shelf
from engine.ids import Ids, SystemIds
from engine.journal import FileJournal, Journal
from engine.settings import Settings
from engine.store import installation, schema
from engine.store.address_keys import AddressKey
from engine.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What may be replaced as a whole: by a simulation, or by a test."""

    clock: Clock
    ids: Ids
    journal: Journal
    journals: Path | None


def open_entrance(kit: Kit, settings: Settings, passwords: Passwords | None = None) -> Entrance:
    """Return what lets people in to *kit*, with keys of its own made of the installation's secret."""
    key = secret_key(settings)
    return make_entrance(
        kit, seal_key=derive(key, "second factors"), pepper=derive(key, "signing in"), passwords=passwords
    )


def real_world(settings: Settings) -> World:
    """Return this machine's clock, ids and journal."""
    folder = state_folder(settings) / "journals"
    unique = SystemIds().new()
    return World(clock=SystemClock(), ids=SystemIds(), journal=FileJournal(folder, unique), journals=folder)


def open_kit(settings: Settings, world: World, *, adapters: Mapping[tuple[str, Channel], Adapter] | None = None) -> Kit:
    """Return a kit on the database of *settings*, which must be prepared; raises `StoreError` with the remedy.

    In virtual time there are no real providers, whatever keys are set: nobody must hear from a simulation.
    """
    database = Database(settings.database_url, world.clock)
    schema.check_version(database)
    key = secret_key(settings)
    address_key = AddressKey(key=derive(key, "addresses"), key_id=key_id(key))
    outgoing = Outgoing(answered=make_answered(key)) if world.clock.is_virtual else make_outgoing(settings, key)
    live = {} if world.clock.is_virtual else live_adapters(settings, outgoing.keep_back)
    with database.write() as connection:
        installation.ensure(connection, key=address_key.key, key_id=address_key.key_id, now=database.now(connection))
    return Kit(
        database=database,
        clock=world.clock,
        ids=world.ids,
        rulebook=load_rulebook(settings.rulebook),
        address_key=address_key,
        shelf=Shelf(),
        adapters=sandbox_adapters(database) | live if adapters is None else adapters,
        links=make_links(settings, key),
        journal=world.journal,
        journals=world.journals,
        outgoing=outgoing,
        lists=() if world.clock.is_virtual else provider_lists(settings),
        alarm=None if world.clock.is_virtual else alarm(settings),
        mailbox=None if world.clock.is_virtual else mailbox(settings),
        lookups={} if world.clock.is_virtual else live_lookups(settings),
        takes_mail=_mail_question(settings, world),
        poster=None if world.clock.is_virtual else _poster(settings),
        webhook_key=derive(key, "webhooks"),
    )


def _poster(settings: Settings) -> Poster:
    from channels.poster import HttpPoster  # aiohttp is slow to import, and most commands post nothing

    return HttpPoster(allowed=networks_in(settings.webhook_networks))


def _mail_question(settings: Settings, world: World) -> Callable[[str], bool | None] | None:
    if not settings.online_checks or world.clock.is_virtual:
        return None
    from channels.mail_exchange import make_question  # dnspython is slow to import, and seldom wanted

    return make_question()


def prepare(
    settings: Settings,
    world: World,
    *,
    library: Library | None = None,
    adapters: Mapping[tuple[str, Channel], Adapter] | None = None,
) -> Kit:
    """Bring the database up to date, publish the templates and add the senders; return a kit on it."""
    database = Database(settings.database_url, world.clock)
    schema.upgrade(database)
    database.close()
    kit = open_kit(settings, world, adapters=adapters)
    library = library or load_library()
    publish(kit, library)
    add_sandbox_senders(kit, library.brand)
    add_live_senders(kit)
    return kit
