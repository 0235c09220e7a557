"""A mailbox is read by a real server's rules, and left as it was."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from channels import imap
from channels.accounts import ImapAccount, Security, read_imap_url
from channels.errors import ChannelError, Misconfigured, Unavailable
from channels.imap import MARK, Mailbox, Place
from channels.reachability import try_mailbox
from tests.mailboxes import MailboxServer, flags, logged_in, put
from tests.servers import free_port

LONG_AGO = date(2000, 1, 1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _mail(number: int = 1, words: str = "Thursday is fine.") -> bytes:
    return f"From: ann@example.com\nMessage-ID: <{number}@example.com>\nSubject: Re: {number}\n\n{words}\n".encode()


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "folder"),
    [
        ("imaps://ann:pw@mail.example.com", "mail.example.com", 993, "ann", "pw", "INBOX"),
        ("imaps://ann:pw@mail.example.com:9930/", "mail.example.com", 9930, "ann", "pw", "INBOX"),
        ("imaps://ann%40x.example:p%2F%3A@h.example/Leads/R%C3%A9ponses", "h.example", 993, "ann@x.example", "p/:", "Leads/Réponses"),
        ("imap+plain://ann:pw@127.0.0.1:1143/Box", "127.0.0.1", 1143, "ann", "pw", "Box"),
    ],
)  # fmt: skip
def test_a_url_names_the_mailbox(url: str, host: str, port: int, user: str, password: str, folder: str) -> None:
    account = read_imap_url(url)

    assert (account.host, account.port, account.user, account.password) == (host, port, user, password)
    assert account.folder == folder
    assert password not in repr(account)
    assert account.password not in account.name


@pytest.mark.parametrize(
    "url",
    [
        "", "imap://ann:secret@mail.example.com", "imaps://mail.example.com/INBOX", "imaps://ann@mail.example.com",
        "imaps://ann:secret@", "imaps://ann:secret@h.example:port/", "imap+plain://ann:secret@mail.example.com",
        "imaps://ann:secret@h.example/INBOX?x", "imaps://ann:secret@h.example/a%0d%0ab", "imaps://ann:secret#1@h.example",
    ],
)  # fmt: skip
def test_a_url_that_cannot_work_is_refused_without_telling_the_secret(url: str) -> None:
    with pytest.raises(Misconfigured, match="FIFTHTOUCH_IMAP_URL") as refused:
        read_imap_url(url)

    assert "secret" not in str(refused.value)


def test_mails_are_read_oldest_first_and_marked_without_being_marked_as_read(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1), _mail(2))

    with Mailbox(account).open() as folder:
        uids = folder.uids_after(None, LONG_AGO)
        fetched = [folder.fetch(uid) for uid in uids]
        folder.mark(uids[0])
        again = folder.uids_after(None, LONG_AGO)
        after = folder.uids_after(Place(validity=folder.validity, uid=uids[0]), LONG_AGO)
        after_all = folder.uids_after(Place(validity=folder.validity, uid=uids[1]), LONG_AGO)

    assert [one.raw.count(f"<{number}@".encode()) for number, one in enumerate(fetched, 1) if one] == [1, 1]
    assert flags(account) == [{MARK}, set()]
    assert again == after == [uids[1]]
    assert after_all == []


def test_a_folder_numbered_anew_is_read_again_but_for_what_is_marked(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1), _mail(2))

    with Mailbox(account).open() as folder:
        uids = folder.uids_after(None, LONG_AGO)
        folder.mark(uids[1])
        found = folder.uids_after(Place(validity=folder.validity + 1, uid=999), LONG_AGO)

    assert found == [uids[0]]


def test_mail_older_than_asked_for_is_left_alone(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1), at=NOON - timedelta(days=90))
    put(account, _mail(2), at=NOON)

    with Mailbox(account).open() as folder:
        (uid,) = folder.uids_after(None, (NOON - timedelta(days=30)).date())
        fetched = folder.fetch(uid)

    assert fetched is not None
    assert b"<2@example.com>" in fetched.raw
    assert fetched.arrived_at == NOON


def test_what_is_too_large_is_read_to_its_bound(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1, ("x" * 76 + "\n") * 420_000))

    with Mailbox(account).open() as folder:
        fetched = folder.fetch(1)

    assert fetched is not None
    assert len(fetched.raw) == imap.MAIL_BYTES_MAX < fetched.size_bytes


def test_a_mail_that_was_taken_away_is_none(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1))

    with Mailbox(account).open() as folder:
        assert folder.fetch(7) is None


def test_a_mailbox_is_read_by_tls_that_is_checked(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account(is_secret=True)

    with Mailbox(account, mailbox_server.trust).open() as folder:
        assert folder.uids_after(None, LONG_AGO) == []
    with pytest.raises(Unavailable, match="certificate"), Mailbox(account).open():
        pass


def test_a_folder_of_any_name_is_read(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account(folder='Réponses & "more"')
    put(account, _mail(1))

    with Mailbox(account).open() as folder:
        assert len(folder.uids_after(None, LONG_AGO)) == 1


def test_a_folder_that_may_not_be_written_is_read_without_marks(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()
    put(account, _mail(1))

    with logged_in(account) as client:
        selected = client.select_folder("INBOX", readonly=True)
        folder = imap.Folder(client, account, selected)
        folder.mark(1)
        uids = folder.uids_after(None, LONG_AGO)

    assert uids == [1]
    assert flags(account) == [set()]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"password": "wrong"}, Misconfigured, "login is refused"),
        ({"folder": "Nowhere"}, Misconfigured, "no such folder"),
        ({"port": free_port()}, Unavailable, "Connection refused"),
    ],
)
def test_trouble_is_told_by_what_can_be_done(
    mailbox_server: MailboxServer, change: dict[str, object], error: type[ChannelError], words: str
) -> None:
    account = replace(mailbox_server.new_account(), **change)  # type: ignore[arg-type]

    with pytest.raises(error, match=words) as told, Mailbox(account).open():
        pass
    said = try_mailbox(Mailbox(account))

    assert (said.is_well, said.detail) == (False, str(told.value))
    assert said.remedy
    assert account.password not in str(told.value)


def test_a_mailbox_that_opens_is_well(mailbox_server: MailboxServer) -> None:
    account = mailbox_server.new_account()

    assert try_mailbox(Mailbox(account)).is_well


@contextmanager
def _saying(*lines: bytes) -> Iterator[ImapAccount]:
    """Run a server that greets, says what it can, answers each line with the next of *lines*, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            connection, _ = listener.accept()
            with suppress(OSError), connection, connection.makefile("rwb") as stream:
                stream.write(b"* OK hello\r\n")
                stream.flush()
                answers = list(lines)
                while answers:
                    tag, _, asked = stream.readline().partition(b" ")
                    is_asked_what = asked.startswith(b"CAPABILITY")
                    line = b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n" if is_asked_what else answers.pop(0)
                    stream.write(line.replace(b"TAG", tag))
                    stream.flush()

        thread = Thread(target=talk)
        thread.start()
        port = listener.getsockname()[1]
        yield ImapAccount(host="127.0.0.1", port=port, security=Security.NONE, user="ann", password="pw")
        thread.join(timeout=5)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((), Unavailable),
        ((b"TAG NO [UNAVAILABLE] try later\r\n", b""), Unavailable),
        ((b"TAG NO [AUTHENTICATIONFAILED] no\r\n", b""), Misconfigured),
        ((b"TAG OK done\r\n", b"TAG NO [UNAVAILABLE] later\r\n", b""), Unavailable),
        ((b"TAG OK done\r\n", b"rubbish\r\n", b""), Unavailable),
        ((b"TAG OK done\r\n", b"* BYE shutting down\r\n"), Unavailable),
    ],
)
def test_a_server_in_trouble_is_told_from_a_wrong_login(lines: tuple[bytes, ...], error: type[ChannelError]) -> None:
    with _saying(*lines) as account, pytest.raises(error), Mailbox(account).open():
        pass


def test_a_server_that_only_dribbles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "STEP_SECONDS", 0.2)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def dribble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"* OK hello\r\n")
                tag = connection.recv(1_000).split(b" ")[0]
                connection.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
                with suppress(OSError):
                    while True:  # ends when the other side is gone
                        connection.sendall(b"* OK still at it\r\n")

        thread = Thread(target=dribble)
        thread.start()
        account = ImapAccount(host="127.0.0.1", port=port, security=Security.NONE, user="ann", password="pw")
        with pytest.raises(Unavailable), Mailbox(account).open():
            pass
        thread.join(timeout=5)
