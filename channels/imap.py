"""Read a mailbox over IMAP (RFC 9051, RFC 3501): what came after a place, its bytes, and a mark on what is kept.

Nothing is deleted, moved or marked as read: people may read the same mailbox.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from imaplib import IMAP4
from threading import Timer
from typing import Any

from channels.accounts import ImapAccount, Security
from channels.errors import Misconfigured, Unavailable

MAIL_BYTES_MAX = 30_000_000
"""As much as SendGrid's inbound parse takes; of what is larger the beginning is read."""

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # between two words of the server
STEP_SECONDS = 240.0  # for a whole step, however slowly its words come

MARK = "FifthTouch"
"""The keyword that kept mails get, where the server lets keywords be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Up to where a folder was read: UIDs only grow while its UIDVALIDITY stays (RFC 9051 2.3.1.1)."""

    validity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A mail as it lies in the mailbox; *raw* is its beginning where it is larger than we read."""

    raw: bytes
    size_bytes: int
    arrived_at: datetime | None


class Mailbox:
    """A mailbox of ours, opened for each look into it."""

    def __init__(self, account: ImapAccount, trust: ssl.SSLContext | None = None) -> None:
        self.account = account
        self.name = account.name
        self._trust = trust

    @contextmanager
    def open(self) -> Iterator["Folder"]:
        """Log in and open the folder until the block ends; raises `Misconfigured` or `Unavailable`."""
        with _told(self.account):
            client = _connect(self.account, self._trust)
        try:
            with _told(self.account), _bounded(client):
                _log_in(client, self.account)
                folder = Folder(client, self.account, _select(client, self.account))
            yield folder
        finally:
            _leave(client)


class Folder:
    """An open folder of a mailbox; every method raises `Unavailable` where the server does not answer."""

    def __init__(self, client: Any, account: ImapAccount, selected: dict[bytes, Any]) -> None:
        self.validity = int(selected.get(b"UIDVALIDITY", 0))
        flags = {flag.lower() for flag in selected.get(b"PERMANENTFLAGS", ())}
        self._takes_marks = bool(flags & {rb"\*", MARK.lower().encode()}) and bool(selected.get(b"READ-WRITE"))
        self._client = client
        self._account = account

    def uids_after(self, place: Place | None, since: date) -> list[int]:
        """Return the UIDs of mails that came after *place*, oldest first.

        Where the folder was not read before, or has been numbered anew: of those that came *since* and bear no mark.
        """
        is_known = place is not None and place.validity == self.validity
        first = place.uid + 1 if place is not None and is_known else 1
        wanted: list[Any] = ["UID", f"{first}:*"] if is_known else ["SINCE", since]
        if self._takes_marks and not is_known:
            wanted += ["UNKEYWORD", MARK]
        with _told(self._account), _bounded(self._client):
            found = self._client.search(wanted)
        # A range to the end always has the last mail in it, whatever the range's beginning (RFC 9051 9, seq-range).
        return sorted(uid for uid in found if uid >= first)

    def fetch(self, uid: int) -> Fetched | None:
        """Return the mail *uid*, None where somebody has taken it away meanwhile."""
        wanted = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[]<0.{MAIL_BYTES_MAX}>"]
        with _told(self._account), _bounded(self._client):
            found = self._client.fetch([uid], wanted).get(uid, {})
        raw = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
        if not isinstance(raw, bytes):
            return None
        arrived_at = found.get(b"INTERNALDATE")
        return Fetched(
            raw=raw[:MAIL_BYTES_MAX],
            size_bytes=max(int(found.get(b"RFC822.SIZE") or 0), len(raw)),
            arrived_at=arrived_at.astimezone(UTC) if isinstance(arrived_at, datetime) else None,
        )

    def mark(self, uid: int) -> None:
        """Mark the mail *uid* as kept, where the server takes marks; that it does not is no trouble."""
        if not self._takes_marks:
            return
        with _told(self._account), _bounded(self._client):
            try:
                self._client.add_flags([uid], [MARK], silent=True)
            except IMAP4.abort:
                raise
            except IMAP4.error:
                self._takes_marks = False


def _connect(account: ImapAccount, trust: ssl.SSLContext | None) -> Any:
    from imapclient import IMAPClient, SocketTimeout

    is_secret = account.security is Security.IMPLICIT
    client = IMAPClient(
        account.host,
        account.port,
        ssl=is_secret,
        ssl_context=(trust or ssl.create_default_context()) if is_secret else None,
        timeout=SocketTimeout(CONNECT_SECONDS, SILENCE_SECONDS),
    )
    client.normalise_times = False  # keep the time zone
    return client


def _log_in(client: Any, account: ImapAccount) -> None:
    # LOGIN has no charset; AUTHENTICATE PLAIN is UTF-8 (RFC 4616).
    log_in = client.plain_login if client.has_capability("AUTH=PLAIN") else client.login
    try:
        log_in(account.user, account.password)
    except IMAP4.error as error:
        is_cut_off = isinstance(error.__context__, IMAP4.abort)
        if is_cut_off or "UNAVAILABLE" in str(error).upper():
            raise Unavailable(f"{account.name}: the login was not answered") from None
        raise Misconfigured(f"{account.name}: the login is refused") from None


def _select(client: Any, account: ImapAccount) -> dict[bytes, Any]:
    try:
        selected: dict[bytes, Any] = client.select_folder(account.folder)
    except IMAP4.abort:
        raise
    except IMAP4.error as error:
        if "UNAVAILABLE" in str(error).upper():
            raise
        raise Misconfigured(f"{account.name}: there is no such folder, or it may not be read") from None
    return selected


@contextmanager
def _told(account: ImapAccount) -> Iterator[None]:
    """Say what failed in our words: a server's may hold more than a log should."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(f"{account.name}: its certificate is not valid ({error.verify_message})") from error
    except IMAP4.abort as error:
        raise Unavailable(f"{account.name}: the connection was lost") from error
    except (IMAP4.error, OSError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Unavailable(f"{account.name}: no answer that can be used ({why})") from error


@contextmanager
def _bounded(client: Any) -> Iterator[None]:
    """End the connection where the block takes too long: a server that sends a byte now and then is never silent."""
    timer = Timer(STEP_SECONDS, _cut, (client,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(client: Any) -> None:
    with suppress(OSError):
        client.socket().shutdown(socket.SHUT_RDWR)


def _leave(client: Any) -> None:
    try:
        client.logout()
    except (IMAP4.error, OSError):
        with suppress(IMAP4.error, OSError):
            client.shutdown()
