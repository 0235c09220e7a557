"""What proves a fact of the ledger: who was shown what, where, when, and what they did; personal, and so erasable.

The keys are agreed: they stand in the ledger's `personal`, in dispute files and in the API's answers. Rules that ask for
them are EU-GDPR-PROOF, US-TSR-CONSENT-RECORD, DE-UWG-7A and DE-DOI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

VALUE_CHARACTERS_MAX = 10_000  # a whole page of terms fits; a book does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The circumstances of one fact; whatever nobody knows is empty, and nothing is ever guessed."""

    wording: str = ""  # the exact words that were shown, said or written
    page: str = ""  # the address of the page they stood on
    ip: str = ""  # from where, as our server or theirs saw it
    user_agent: str = ""  # which program they used
    form: str = ""  # the form's name
    revision: str = ""  # SHA-256 of the form as it stood then; its text is kept under it
    act: str = ""  # what they did: "ticked consent_texts", "texted YES", a typed name
    seller: str = ""  # the seller's name as it was shown
    name: str = ""  # the person's name as they gave it
    address: str = ""  # the address it is about, in its canonical form
    origin: str = ""  # where it was imported from: file and line
    evidence: str = ""  # where more is kept: a recording, a scan, a partner's certificate
    request: str = ""  # the fact that was confirmed: the first step of a double opt-in
    requested_at: str = ""  # when that was, ISO 8601

    def to_personal(self) -> dict[str, str]:
        """Return what stands in the ledger: the wording always, all else where it is known."""
        said = {one.name: str(getattr(self, one.name))[:VALUE_CHARACTERS_MAX] for one in fields(Proof)}
        return {name: _whole(text) for name, text in said.items() if text or name == "wording"}


def proof_from(personal: Mapping[str, object]) -> Proof:
    """Return the proof in a fact's *personal*; an erased one is empty."""
    known = {one.name for one in fields(Proof)}
    return Proof(**{name: str(value) for name, value in personal.items() if name in known})


def _whole(text: str) -> str:
    """Return *text* as both databases and UTF-8 can hold it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
