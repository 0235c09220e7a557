"""The invented leads as the sandbox meets them: it looks up whom an address belongs to, and lets them answer."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from channels.message import Outbound, Receipt
from channels.sandbox_behaviour import Persona, Told, answer, persona_of, refusal
from engine.simulation.people import Person


class Crowd:
    """Who answers in one simulated world; remembers only how often each of them was reached."""

    def __init__(self, seed: int, people: Iterable[Person]) -> None:
        self._seed = seed
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
        return refusal(message, persona, seed=self._seed, tries=tries)

    def answer(self, message: Outbound, at: datetime) -> list[Told]:
        """Return what follows *message*, accepted at *at*."""
        persona = self._persona(message)
        self._reached[persona.key, message.channel] += 1
        count = self._reached[persona.key, message.channel]
        return answer(message, persona, seed=self._seed, count=count, at=at)

    def _persona(self, message: Outbound) -> Persona:
        return self._personas.get(message.to) or persona_of(message.to, seed=self._seed)
