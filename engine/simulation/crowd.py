"""The invented leads as the sandbox meets them: it looks up whom an address belongs to, and lets them answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from channels.message import Outbound, Receipt
from channels.sandbox_behaviour import Fate, Persona, Told, answer, persona_of, refusal
from engine.simulation.behaviour import TYPICAL, Behaviour
from engine.simulation.people import Person

MOMENTS = timedelta(minutes=15)
MOMENTS_BEGIN = timedelta(minutes=7, seconds=31)
"""When leads do things in a rehearsal: four times an hour, so that what follows comes in batches, and never in the very
second in which something is planned, where it would be a matter of chance what comes first."""


class Crowd:
    """Who answers in one simulated world; remembers only how often each of them was reached.

    With *in_moments* leads do things only four times an hour.
    """

    def __init__(
        self, seed: int, people: Iterable[Person], behaviour: Behaviour = TYPICAL, *, in_moments: bool = False
    ) -> None:
        self._seed = seed
        self._behaviour = behaviour
        self._in_moments = in_moments
        self._tries: Counter[tuple[str, str]] = Counter()
        self._reached: Counter[tuple[str, str]] = Counter()
        self._personas = {
            address: person.persona
            for person in people
            for address in (person.draft.email, person.draft.phone)
            if address
        }

    def refuse(self, message: Outbound) -> Receipt | None:
        """Return the receipt of a refused *message*, None to take it."""
        persona = self._persona(message)
        self._tries[persona.key, message.channel] += 1
        tries = self._tries[persona.key, message.channel]
        return refusal(message, persona, seed=self._seed, tries=tries, rates=self._behaviour.rates)

    def answer(self, message: Outbound, at: datetime) -> list[Told]:
        """Return what follows *message*, accepted at *at*."""
        persona = self._persona(message)
        self._reached[persona.key, message.channel] += 1
        count = self._reached[persona.key, message.channel]
        told = answer(message, persona, seed=self._seed, count=count, at=at, rates=self._behaviour.rates)
        return [_in_its_moment(one) for one in told] if self._in_moments else told

    def _persona(self, message: Outbound) -> Persona:
        persona = self._personas.get(message.to) or persona_of(message.to, seed=self._seed)
        if self._behaviour.dead_addresses:
            return persona
        return replace(persona, email=Fate.FINE, phone=Fate.FINE)


def _in_its_moment(told: Told) -> Told:
    at = _moment(told.event.at)
    return Told(at=max(at, _moment(told.at)), event=replace(told.event, at=at))


def _moment(at: datetime) -> datetime:
    """Return the first moment at or after *at*."""
    since = at - datetime(at.year, at.month, at.day, tzinfo=UTC) - MOMENTS_BEGIN
    return at + (-since) % MOMENTS
