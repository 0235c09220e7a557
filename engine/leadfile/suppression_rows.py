"""Read a list of addresses that must not be used: one a line, or a CSV file with a reason and a channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from channels.address import Address, AddressKind, Channel, InvalidAddress, kind_of
from consent.facts import SuppressionReason
from engine.leadfile.cells import emails_in, phones_in
from engine.leadfile.consent_names import CHANNELS
from engine.leadfile.decode import Unreadable, decode
from engine.leadfile.dialect import delimiter_of
from engine.leadfile.headers import plain
from engine.leadfile.records import records_of
from engine.leadfile.row import RowError

_REASONS = {one.replace("_", " "): one for one in SuppressionReason} | {
    "bounce": SuppressionReason.HARD_BOUNCE,
    "bounced": SuppressionReason.HARD_BOUNCE,
    "spam": SuppressionReason.COMPLAINT,
    "complained": SuppressionReason.COMPLAINT,
    "unsubscribed": SuppressionReason.OPTED_OUT,
    "opt out": SuppressionReason.OPTED_OUT,
    "dead": SuppressionReason.DECEASED,
    "litigator": SuppressionReason.LEGAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """One address; *reason* and *channel* are None where its row names none."""

    line: int
    address: Address
    reason: SuppressionReason | None
    channel: Channel | None


def read_suppressions(data: bytes, *, country: str | None = None) -> tuple[list[SuppressionRow], list[RowError]]:
    """Return the addresses in *data*, and what could not be read; numbers without `+` are of *country*. Never raises.

    Words in any cell of a row tell its reason and channel, so that no header is needed; a line without an address at the
    top is one.
    """
    try:
        text, _ = decode(data)
    except Unreadable as unreadable:
        return [], [unreadable.error]
    rows: list[SuppressionRow] = []
    errors: list[RowError] = []
    for number, record in enumerate(records_of(text, delimiter_of(text))):
        if isinstance(record, RowError):
            errors.append(record)
            continue
        addresses = _addresses(record.cells, country)
        if not addresses and number > 0:
            remedy = "Write an email address, or a number with + and the country code."
            errors.append(RowError(line=record.line, problem="This row names no address.", remedy=remedy))
        words = [plain(cell) for cell in record.cells]
        reason = next((SuppressionReason(_REASONS[word]) for word in words if word in _REASONS), None)
        named = next((Channel(CHANNELS[word]) for word in words if word in CHANNELS), None)
        for address in addresses:
            channel = named if named is not None and kind_of(named) is address.kind else None
            rows.append(SuppressionRow(line=record.line, address=address, reason=reason, channel=channel))
    return rows, errors


def _addresses(cells: Sequence[str], country: str | None) -> list[Address]:
    found: list[Address] = []
    for cell in cells:
        try:
            if "@" in cell:
                found += [Address(AddressKind.EMAIL, one) for one in emails_in(cell)]
            elif sum(one.isdecimal() for one in cell) >= 7 and not any(one.isalpha() for one in cell):  # noqa: PLR2004
                found += [Address(AddressKind.PHONE, one) for one in phones_in(cell, country)]
        except InvalidAddress:
            continue
    return found
