"""The engine as production calls it: the ticker rings bells, and actors of the queue answer them, on a virtual clock.

Only two things are not as in production: time jumps over seconds in which nothing is due, and one thread answers all
bells, so that a failure can be repeated.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from dramatiq import Message
from dramatiq.brokers.stub import StubBroker

from engine.bootstrap import prepare
from engine.content.library import Library
from engine.flows.kit import Kit
from engine.jobs import QUEUES, Bells, declare, make_brokers
from engine.settings import Settings
from engine.simulation.audience import enter
from engine.simulation.behaviour import Behaviour
from engine.simulation.people import invent
from engine.simulation.run import BY_THE_SECOND, Engine, Manner, run_world, virtual_world
from engine.simulation.simulate import in_silence
from engine.store.touch_list import Touch, list_touches
from engine.ticker import Ticker


def live_through(
    url: str,
    library: Library,
    sequence: str,
    *,
    leads: int,
    days: int,
    seed: int,
    start: datetime,
    behaviour: Behaviour,
) -> Sequence[Touch]:
    """Let the same people live in the database at *url*, with ticker, bells and actors; return every touch."""
    world = virtual_world(seed, start)
    settings = Settings(database_url=url, secret_key="only for tests", _env_file=None)
    kit = prepare(settings, world, library=library)
    try:
        people = invent(leads, seed=seed, start=start, days=days, interests=list(library.brand.interests), at_once=True)
        run_world(
            kit,
            people,
            seed=seed,
            end=start + timedelta(days=days),
            take_in=partial(enter, sequence),
            watch=in_silence,
            manner=Manner(tempo=BY_THE_SECOND, behaviour=behaviour, engine=ticking),
        )
        with kit.database.read() as connection:
            return list_touches(connection)
    finally:
        kit.database.close()


def ticking(kit: Kit) -> Engine:
    """Return the engine that hears and works only when its ticker rings."""
    bells = declare(make_brokers(None), kit)
    ticker = Ticker(kit, bells)

    def tick(_kit: Kit) -> None:
        ticker.tick()
        _answer_all(bells)

    return Engine(hear=lambda _kit: None, work=tick)


def _answer_all(bells: Bells) -> None:
    """Answer every bell that was rung, and those that the answers ring."""
    while any(_answer_one(bells.brokers[queue], queue) for queue in QUEUES):
        pass


def _answer_one(broker: object, name: str) -> bool:
    assert isinstance(broker, StubBroker)
    queue = broker.queues[name]
    if queue.empty():
        return False
    message: Message[None] = Message.decode(queue.get())
    broker.get_actor(message.actor_name)()
    queue.task_done()
    return True
