"""Mail in the mailbox is heard: each once, committed before it is marked, whatever dies in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from channels.accounts import ImapAccount
from channels.errors import Misconfigured, Unavailable
from channels.imap import MARK, Folder, Mailbox
from channels.message import MessageId
from engine.flows import fetch_mail as flow
from engine.flows.absorb import receive
from engine.flows.answering import answering
from engine.flows.fetch_mail import fetch_mail
from engine.store import errands
from engine.store import tables as t
from tests.flows.story import MINUTE, Story
from tests.mailboxes import MailboxServer, flags, logged_in, put

PLAN = "name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello, window: any}\n  - {id: more, email: hello, after: 3 days}"


class Killed(BaseException):
    """The process dies here."""


class Faulty(Mailbox):
    """A mailbox that fails as a test says: before it opens, or when a mail is fetched or marked."""

    before: BaseException | None = None
    at_fetch: BaseException | None = None
    at_mark: BaseException | None = None
    opened = 0

    @contextmanager
    def open(self) -> Iterator[Folder]:
        """Open it, or fail."""
        self.opened += 1
        if self.before is not None:
            raise self.before
        with super().open() as folder:
            yield cast("Folder", _FaultyFolder(folder, self))


class _FaultyFolder:
    def __init__(self, folder: Folder, faults: Faulty) -> None:
        self._folder = folder
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folder, name)

    def fetch(self, uid: int) -> Any:
        if self._faults.at_fetch is not None:
            raise self._faults.at_fetch
        return self._folder.fetch(uid)

    def mark(self, uid: int) -> None:
        if self._faults.at_mark is not None:
            raise self._faults.at_mark
        self._folder.mark(uid)


@pytest.fixture
def account(mailbox_server: MailboxServer) -> ImapAccount:
    """Return a mailbox that nobody has used."""
    return mailbox_server.new_account()


@pytest.fixture
def mailbox(account: ImapAccount) -> Faulty:
    return Faulty(account)


@pytest.fixture
def story(story: Story, mailbox: Mailbox) -> Story:
    """Return a story in which answers come to a mailbox."""
    story.kit = replace(story.kit, mailbox=mailbox)
    return story


def _sent(story: Story) -> str:
    """Let Ann get an email; return our id of it."""
    story.enters(story.arrives(), story.plan(PLAN))
    story.run()
    return str(story.messages(stage="hello")[0]["id"])


def _reply(number: int, words: str, *, headers: str = "", author: str = "Ann <ann@example.com>") -> bytes:
    return (
        f"From: {author}\nTo: sales@example.com\nSubject: Re: Hello\nMessage-ID: <{number}@mail.example>\n"
        f"{headers}\n{words}\n"
    ).encode()


def _bounce(message_id: str, *, status: str = "5.1.1") -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: sales@example.com\n"
        "Subject: Undelivered Mail Returned to Sender\nMessage-ID: <b1@mx.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ann@example.com>: user unknown\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}@example.com>\nSubject: Hello\n\n--b--\n"
    ).encode()


def _noted(story: Story) -> dict[str, Any]:
    with story.kit.database.read() as connection:
        return errands.noted(connection, errands.MAILBOX)


def test_a_reply_in_the_mailbox_pauses_for_the_owner(story: Story, account: ImapAccount) -> None:
    message_id = _sent(story)
    put(account, _reply(1, "Can you call me?", headers=f"In-Reply-To: <{message_id}@example.com>\n"))

    assert fetch_mail(story.kit) == 1

    assert story.enrollment()["status"] == "paused"
    (event,) = story.rows(t.provider_events)
    assert (event["provider"], event["kind"], event["message_id"]) == ("imap", "replied", message_id)
    assert flags(account) == [{MARK}]


def test_a_stop_in_the_mailbox_is_carried_out(story: Story, account: ImapAccount) -> None:
    lead_id = story.arrives()
    put(account, _reply(1, "Please stop emailing me."))

    fetch_mail(story.kit)

    assert "email" in story.withdrawn(lead_id)


def test_a_bounce_in_the_mailbox_is_found_by_our_message_id(story: Story, account: ImapAccount) -> None:
    message_id = _sent(story)
    put(account, _bounce(message_id))

    fetch_mail(story.kit)

    assert story.messages(id=message_id)[0]["delivery"] == "bounced"
    assert ("email", "", "hard_bounce") in story.suppressed()


def test_an_answer_finds_its_message_by_the_token_it_was_sent_to(story: Story, account: ImapAccount) -> None:
    message_id = _sent(story)
    tokens = {"right-token": MessageId(message_id)}
    story.kit = replace(story.kit, outgoing=replace(story.kit.outgoing, answered=tokens.get))
    headers = "Delivered-To: reply+right-token@reply.example.com\n"
    put(account, _reply(1, "Yes please", headers=headers, author="other@example.com"))

    fetch_mail(story.kit)

    (event,) = story.rows(t.provider_events)
    assert event["message_id"] == message_id
    assert answering(story.kit, story.hear(event["kind"], extra={"tokens": ["wrong-token"]})).message_id is None


def test_it_is_read_once_a_minute_and_each_mail_once(story: Story, account: ImapAccount, mailbox: Faulty) -> None:
    put(account, _reply(1, "One"))

    assert [fetch_mail(story.kit), fetch_mail(story.kit)] == [1, 0]
    assert mailbox.opened == 1
    put(account, _reply(2, "Two"))
    story.pass_time(MINUTE)

    assert [fetch_mail(story.kit), fetch_mail(story.kit)] == [1, 0]
    assert mailbox.opened == 2
    assert len(story.rows(t.provider_payloads)) == 2


def test_one_reads_at_a_time(story: Story, account: ImapAccount, mailbox: Faulty) -> None:
    with story.kit.database.write() as connection:
        now = story.kit.database.now(connection)
        errands.take(connection, errands.MAILBOX, now, every=errands.EVERY_MINUTE, lease=flow.LEASE)
    put(account, _reply(1, "One"))

    story.pass_time(flow.LEASE - MINUTE)
    assert (fetch_mail(story.kit), mailbox.opened) == (0, 0)
    story.pass_time(MINUTE)
    assert fetch_mail(story.kit) == 1


@pytest.mark.parametrize("where", ["at_fetch", "at_mark"])
def test_whoever_dies_in_between_is_followed_by_one_who_hears_all_once(
    story: Story, account: ImapAccount, mailbox: Faulty, where: str
) -> None:
    put(account, _reply(1, "One"), _reply(2, "Two"))
    setattr(mailbox, where, Killed())
    with pytest.raises(Killed):
        fetch_mail(story.kit)
    setattr(mailbox, where, None)

    story.pass_time(flow.LEASE)
    fetch_mail(story.kit)

    assert len(story.rows(t.provider_events)) == 2


def test_whoever_dies_between_commit_and_note_is_heard_once(
    story: Story, account: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(account, _reply(1, "One"))

    def receive_and_die(*arguments: Any, **named: Any) -> None:
        receive(*arguments, **named)
        raise Killed

    monkeypatch.setattr(flow, "receive", receive_and_die)
    with pytest.raises(Killed):
        fetch_mail(story.kit)
    assert flags(account) == [set()]
    monkeypatch.setattr(flow, "receive", receive)

    story.pass_time(flow.LEASE)

    assert fetch_mail(story.kit) == 1
    assert len(story.rows(t.provider_events)) == 1
    assert flags(account) == [{MARK}]


def test_many_mails_are_read_in_batches_one_after_the_other(
    story: Story, account: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "BATCH_MAX", 2)
    put(account, *(_reply(number, "Hello") for number in range(5)))

    assert [fetch_mail(story.kit) for _ in range(4)] == [2, 2, 1, 0]
    assert len(story.rows(t.provider_events)) == 5


def test_a_folder_numbered_anew_loses_nothing_and_tells_nothing_twice(story: Story, account: ImapAccount) -> None:
    put(account, _reply(1, "One"))
    fetch_mail(story.kit)
    with logged_in(account) as client:
        client.select_folder("INBOX")
        client.create_folder("Kept")
        client.copy([1], "Kept")
        client.delete_messages([1])
        client.expunge()
    put(account, _reply(1, "One"), _reply(2, "Two"))
    noted = _noted(story)
    with story.kit.database.write() as connection:
        renumbered = {**noted, "validity": noted["validity"] + 1}
        errands.end(connection, errands.MAILBOX, renumbered, done_at=None)

    story.pass_time(flow.LEASE)
    fetch_mail(story.kit)

    assert len(story.rows(t.provider_events)) == 2


def test_a_refused_login_is_told_once_and_not_tried_for_minutes(
    story: Story, mailbox: Faulty, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox.before = Misconfigured("the login is refused")

    for _ in range(12):
        fetch_mail(story.kit)
        story.pass_time(MINUTE)

    assert mailbox.opened == 3
    assert _noted(story)["trouble"] == "the login is refused"
    told = capsys.readouterr()
    assert (told.out + told.err).count("mailbox.unread") == 1


def test_a_server_that_is_away_is_tried_each_minute_until_it_is_back(
    story: Story, account: ImapAccount, mailbox: Faulty
) -> None:
    put(account, _reply(1, "One"))
    mailbox.before = Unavailable("no answer")
    for _ in range(3):
        assert fetch_mail(story.kit) == 0
        story.pass_time(MINUTE)
    assert mailbox.opened == 3
    mailbox.before = None

    assert fetch_mail(story.kit) == 1
    assert _noted(story)["trouble"] is None


def test_a_mail_we_fail_over_is_set_aside_and_those_behind_it_are_heard(
    story: Story, account: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(account, _reply(1, "Poison"), _reply(2, "Two"))

    def choke(kit: Any, events: Any, **named: Any) -> int:
        if events[0].text == "Poison":
            raise ValueError("a mistake of ours")
        return receive(kit, events, **named)

    monkeypatch.setattr(flow, "receive", choke)
    for _ in range(flow.TRIES_MAX):
        fetch_mail(story.kit)
        story.pass_time(MINUTE)

    (event,) = story.rows(t.provider_events)
    assert event["event"]["text"] == "Two"
    problems = [row["problem"] for row in story.rows(t.provider_payloads)]
    assert sum("a mistake of ours" in (one or "") for one in problems) == 1
    assert flags(account) == [{MARK}, {MARK}]


def test_what_is_too_large_is_heard_by_its_beginning_and_said(
    story: Story, account: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.imap.MAIL_BYTES_MAX", 1_000)
    put(account, _reply(1, "Call me.\n" + "x" * 5_000))

    fetch_mail(story.kit)

    (raw,) = story.rows(t.provider_payloads)
    assert "too large" in raw["problem"]
    assert story.rows(t.provider_events)[0]["event"]["text"].startswith("Call me.")


def test_old_mail_is_left_alone_the_first_time(story: Story, account: ImapAccount) -> None:
    put(account, _reply(1, "Old"), at=story.now() - flow.LOOK_BACK - timedelta(days=3))
    put(account, _reply(2, "New"), at=story.now())

    fetch_mail(story.kit)

    (event,) = story.rows(t.provider_events)
    assert event["event"]["text"] == "New"
    assert event["at"] == story.now()


def test_without_a_mailbox_nothing_is_read(story: Story) -> None:
    story.kit = replace(story.kit, mailbox=None)

    assert fetch_mail(story.kit) == 0
