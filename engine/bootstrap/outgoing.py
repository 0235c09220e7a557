"""What leaves this installation, and to whom: Reply-To addresses, tracked links, and whom nobody writes to from here."""

from collections.abc import Callable
from dataclasses import dataclass

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
        takes_tests=make_takes_tests(settings.allow_list, settings.test_list),
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
    names = _read_list(allow_list, "FIFTHTOUCH_ALLOW_LIST")

    def keep_back(_channel: Channel, address: str) -> str | None:
        if names.has(address):
            return None
        if is_demonstration(address):
            return RESERVED_ADDRESS
        return NOT_ON_ALLOW_LIST if names.has_any else None

    return keep_back


def make_takes_tests(allow_list: str, test_list: str) -> Callable[[Channel, str], bool]:
    """Return the question whether a test may go to an address: only where one of the two lists names it.

    The guard asks `keep_back` all the same, so that where there is an allow-list nothing goes beyond it. Raises
    `Misconfigured` for an entry that cannot be read.
    """
    lists = (_read_list(allow_list, "FIFTHTOUCH_ALLOW_LIST"), _read_list(test_list, "FIFTHTOUCH_TEST_LIST"))

    def takes_tests(_channel: Channel, address: str) -> bool:
        return any(names.has(address) for names in lists)

    return takes_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The addresses that a list names: whole ones, mail domains, and how numbers may begin."""

    exact: frozenset[str]
    domains: frozenset[str]
    starts: tuple[str, ...]

    @property
    def has_any(self) -> bool:
        return bool(self.exact or self.domains or self.starts)

    def has(self, address: str) -> bool:
        if "@" in address:
            return address in self.exact or f"@{address.rpartition('@')[2]}" in self.domains
        return address in self.exact or address.startswith(self.starts)


def _read_list(text: str, setting: str) -> _Names:
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    odd = [entry for entry in entries if entry.endswith("*") and not entry.startswith("+")]
    if odd:
        raise Misconfigured(f"{setting}: {odd[0]!r} is none: only numbers may end in *, such as +1503555*")
    whole = [entry for entry in entries if not entry.startswith("@") and not entry.endswith("*")]
    return _Names(
        exact=frozenset(_read(entry, setting) for entry in whole),
        domains=frozenset(entry.lower() for entry in entries if entry.startswith("@")),
        starts=tuple(entry.removesuffix("*") for entry in entries if entry.startswith("+") and entry.endswith("*")),
    )


def _read(entry: str, setting: str) -> str:
    try:
        return (Address.email(entry) if "@" in entry else Address.phone(entry)).value
    except InvalidAddress as error:
        message = f"{setting}: {entry!r} is no address: write ann@example.com, @example.com or +15035550123"
        raise Misconfigured(message) from error
