"""The lead as a condition sees it: its fields, and questions about what happened."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jinja2 import Undefined

from engine.domain.happened import MESSAGE_SIGNS, has_ever_happened, last_happened
from engine.domain.history import Facts
from engine.domain.message import MessageState
from engine.domain.task import TaskState

FIELDS = frozenset(
    {
        "first_name", "last_name", "company", "email", "phone", "country", "region", "zone", "language", "interest",
        "source", "owner", "status", "cost_cents", "custom",
    }
)  # fmt: skip

QUESTIONS: Mapping[str, tuple[int, int]] = {
    "received": (0, 1),  # a message, or that template, was accepted and did not come back
    "opened": (0, 1),  # the lead opened any message, or that template
    "clicked": (0, 1),  # the lead followed a link in any message, or in that template
    "replied": (0, 1),  # the lead answered at all, or that template
    "bounced": (0, 1),  # any message, or that template, came back for good
    "booked": (0, 0),  # an appointment stands
    "happened": (1, 1),  # anything with a name: a custom fact, a task's outcome, a status
    "touches": (0, 0),  # how many messages were accepted and tasks done
    "days_since": (1, 1),  # whole days since it last happened or `created`; endless when never
}
"""Each question with how few and how many names it takes."""


class LeadView:
    """Answers a condition from *facts* as they are known at *now*; missing fields are undefined, not errors."""

    __slots__ = ("_facts", "_now", "custom")

    def __init__(self, facts: Facts, now: datetime) -> None:
        self._facts = facts
        self._now = now
        self.custom = _Custom(facts.lead.custom)

    def __getattr__(self, name: str) -> Any:
        if name in FIELDS:
            return getattr(self._facts.lead, name)
        raise AttributeError(name)

    def received(self, template: str | None = None) -> bool:
        """Return whether a message arrived, as far as is known."""
        return self._shows("received", template)

    def opened(self, template: str | None = None) -> bool:
        """Return whether a message was opened; a click proves it too."""
        return self._shows("opened", template) or self._shows("clicked", template)

    def clicked(self, template: str | None = None) -> bool:
        """Return whether a link was followed."""
        return self._shows("clicked", template)

    def replied(self, template: str | None = None) -> bool:
        """Return whether the lead answered."""
        return self._shows("replied", template)

    def bounced(self, template: str | None = None) -> bool:
        """Return whether a message came back for good."""
        return self._shows("bounced", template)

    def booked(self) -> bool:
        """Return whether an appointment was made."""
        return has_ever_happened("booked", self._facts)

    def happened(self, name: str) -> bool:
        """Return whether *name* holds or has ever happened."""
        return has_ever_happened(name, self._facts)

    def touches(self) -> int:
        """Return how often the lead was contacted."""
        messages = (*self._facts.messages, *self._facts.earlier)
        accepted = sum(message.state is MessageState.ACCEPTED for message in messages)
        return accepted + sum(task.state is TaskState.DONE for task in self._facts.tasks)

    def days_since(self, name: str) -> float:
        """Return the whole days since *name* last happened."""
        last = self._facts.lead.created_at if name == "created" else last_happened(name, self._facts)
        return math.inf if last is None else (self._now - last) // timedelta(days=1)

    def _shows(self, sign: str, template: str | None) -> bool:
        if template is None:
            return has_ever_happened(sign, self._facts)
        shows = MESSAGE_SIGNS[sign]
        messages = (*self._facts.messages, *self._facts.earlier)
        return any(message.template == template and shows(message) for message in messages)


class _Custom:
    """Custom fields by name, and nothing of a mapping's own methods."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        return self._fields[name] if name in self._fields else Undefined(name=f"lead.custom.{name}")
