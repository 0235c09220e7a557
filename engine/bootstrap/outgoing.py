"""What leaves this installation, and to whom: Reply-To addresses, tracked links, and whom nobody writes to from here."""

from collections.abc import Callable

from channels.address import Address, Channel, InvalidAddress, is_demonstration
from channels.errors import Misconfigured
from channels.guard import KeepBack
from channels.inbound.reply_token import reply_address
from channels.message import MessageId
from consent.tokens import TokenKind, mint_caseless, read_caseless
from engine.bootstrap.keys import derive
from engine.content.tracking import Tracker
from engine.flows.outgoing import NOT_ON_ALLOW_LIST, RESERVED_ADDRESS, Outgoing
from engine.settings import Settings


def make_outgoing(settings: Settings, key: bytes) -> Outgoing:
    """Return what *settings* say about messages that leave; *key* is the installation's."""
    secret = derive(key, "links")
    tracker = Tracker(
        base_url=settings.base_url, secret=secret, clicks=settings.track_clicks, opens=settings.track_opens
    )

    def reply_to(message_id: MessageId) -> str | None:
        if settings.reply_domain is None:
            return None
        return reply_address(mint_caseless(TokenKind.REPLY, message_id, secret), settings.reply_domain)

    return Outgoing(
        reply_to=reply_to,
        answered=make_answered(key),
        track=tracker.track,
        keep_back=make_keep_back(settings.allow_list),
    )


def make_answered(key: bytes) -> Callable[[str], MessageId | None]:
    """Return the question whose message the token in an address is; *key* is the installation's."""
    secret = derive(key, "links")

    def answered(token: str) -> MessageId | None:
        message_id = read_caseless(token, TokenKind.REPLY, (secret,))
        return None if message_id is None else MessageId(message_id)

    return answered


def make_keep_back(allow_list: str) -> KeepBack:
    """Return the question why an address is not written to; raises `Misconfigured` for an entry that cannot be read.

    Addresses reserved for examples reach nobody, so that a demonstration's leads never cost a real message: only an
    entry of the list that names them lets one through.
    """
    entries = [entry.strip() for entry in allow_list.split(",") if entry.strip()]
    domains = frozenset(entry.lower() for entry in entries if entry.startswith("@"))
    starts = tuple(entry.removesuffix("*") for entry in entries if entry.startswith("+") and entry.endswith("*"))
    exact = frozenset(_read(entry) for entry in entries if not entry.startswith("@") and not entry.endswith("*"))
    odd = [entry for entry in entries if entry.endswith("*") and not entry.startswith("+")]
    if odd:
        raise Misconfigured(f"FIFTHTOUCH_ALLOW_LIST: {odd[0]!r} is none: only numbers may end in *, such as +1503555*")

    def keep_back(_channel: Channel, address: str) -> str | None:
        domain = f"@{address.rpartition('@')[2]}" if "@" in address else ""
        if address in exact or domain in domains or ("@" not in address and address.startswith(starts)):
            return None
        if is_demonstration(address):
            return RESERVED_ADDRESS
        return NOT_ON_ALLOW_LIST if entries else None

    return keep_back


def _read(entry: str) -> str:
    try:
        return (Address.email(entry) if "@" in entry else Address.phone(entry)).value
    except InvalidAddress as error:
        message = f"FIFTHTOUCH_ALLOW_LIST: {entry!r} is no address: write ann@example.com, @example.com or +15035550123"
        raise Misconfigured(message) from error
