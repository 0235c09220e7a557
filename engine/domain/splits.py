"""Which variant of a split a lead gets: by weight, decided by hash, so that it is the same however often it is asked."""

from hashlib import blake2b

from engine.domain.lead import LeadId
from engine.domain.sequence import Split, StageId


def choose_variant(split: Split, *, lead_id: LeadId, sequence: str, stage: StageId) -> str:
    """Return the name of the lead's variant.

    The lead decides, not the enrollment: entering the same sequence again must not show the other variant. The order in
    which variants stand in the file does not matter.
    """
    names = sorted(split.variants)
    ticket = _hash_of(lead_id, sequence, stage) % sum(split.weights.values())
    for name in names:
        ticket -= split.weights[name]
        if ticket < 0:
            return name
    raise AssertionError("the weights add up to less than their sum")


def _hash_of(*parts: str) -> int:
    # A separator that no name contains, so that ("ab", "c") and ("a", "bc") differ.
    return int.from_bytes(blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
