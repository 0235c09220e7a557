"""A form-encoded body, read once and alike by whoever checks its signature and whoever reads its fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from channels.storable import storable_text

BODY_BYTES_MAX = 1_000_000  # Twilio's callbacks are a few kilobytes
FIELDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form in which a name may come more than once."""

    fields: Mapping[str, tuple[str, ...]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def getlist(self, name: str) -> tuple[str, ...]:
        """Return every value of *name*, under the name that Twilio's validator asks for."""
        return self.fields[name]

    def first(self, *names: str) -> str:
        """Return the first value that is not blank among *names*, trimmed and safe to store; empty where there is none."""
        values = (value.strip() for name in names for value in self.fields.get(name, ()))
        return storable_text(next((value for value in values if value), ""))

    def raw(self) -> dict[str, Any]:
        """Return all fields as plain JSON: a text each, or a list where a name came more than once."""
        kept = {storable_text(name): [storable_text(one) for one in values] for name, values in self.fields.items()}
        return {name: values[0] if len(values) == 1 else values for name, values in kept.items()}


def read_form(body: bytes) -> Form:
    """Return the fields of *body*; raises ValueError where there are too many, or the body is too large."""
    if len(body) > BODY_BYTES_MAX:
        raise ValueError("The form is too large.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form({name: tuple(values) for name, values in fields.items()})
