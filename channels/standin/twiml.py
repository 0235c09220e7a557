"""Read the TwiML that an engine answers a call with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from channels.standin.twilio_resources import Heard


class Unreadable(ValueError):
    """The answer is no TwiML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One instruction, with those inside it."""

    heard: Heard
    inner: Sequence["Verb"] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """The verb itself."""
        return self.heard.verb

    def get(self, name: str, default: str = "") -> str:
        """Return the attribute *name*."""
        return self.heard.attributes.get(name, default)


def read_twiml(body: bytes, content_type: str) -> list[Verb]:
    """Return the instructions in *body*, in order; raises `Unreadable` for what Twilio would not follow."""
    if "xml" not in content_type.lower():
        raise Unreadable(f"12300 Invalid Content-Type: {content_type or 'none'}")
    try:
        root = ET.fromstring(body)  # noqa: S314 - from the engine under test, and expat bounds entities
    except ET.ParseError as error:
        raise Unreadable(f"12100 Document parse failure: {error}") from error
    if root.tag != "Response":
        raise Unreadable(f"12100 Document parse failure: the root is {root.tag}, not Response")
    return [_verb(element) for element in root]


def _verb(element: ET.Element) -> Verb:
    text = " ".join("".join(element.itertext() if element.tag == "Say" else [element.text or ""]).split())
    return Verb(
        heard=Heard(verb=element.tag, text=text, attributes=dict(element.attrib)),
        inner=() if element.tag == "Say" else tuple(_verb(one) for one in element),
    )
