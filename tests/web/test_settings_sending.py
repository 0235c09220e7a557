"""What is stopped, the senders' gauges and the brand: shown as they are, turned by whoever may, put on record."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, update

from channels.address import Channel
from engine.domain.access import Role
from engine.flows.going_live import pause_sender, switch_sending
from engine.flows.kit import Kit
from engine.flows.steering import pause_channel, pause_sequence
from engine.store import senders
from engine.store import tables as t
from tests.web.scenes import rows_of

PAGE = "/console/settings/sending"
SENDERS = "/console/settings/senders"
HOSTILE = "<script>alert(1)</script>"

SignedIn = Callable[[Role | str], TestClient]


def emailing(kit: Kit) -> senders.Sender:
    with kit.database.read() as connection:
        return next(one for one in senders.all_senders(connection) if one.channel is Channel.EMAIL)


def stopped(browser: TestClient) -> list[tuple[str, str, str]]:
    return [
        (one["kind"], one["by"], one["reason"]) for one in browser.get(f"{PAGE}?format=json").json()["stopped"]
    ]  # fmt: skip


def test_everything_that_is_stopped_is_shown_with_who_and_why(kit: Kit, browser: TestClient) -> None:
    assert "No channel, no sequence and no sender rests." in browser.get(PAGE).text
    pause_channel(kit, Channel.SMS, by="ann", reason=HOSTILE)
    pause_sequence(kit, "missed-call", by="bob", reason="wrong words")
    pause_sender(kit, emailing(kit), by="cleo")
    switch_sending(kit, is_stopped=True, by="dora", reason="an alarm")

    page = browser.get(PAGE).text

    assert stopped(browser) == [
        ("everything", "dora", "an alarm"), ("channel", "ann", HOSTILE), ("sequence", "bob", "wrong words"),
        ("sender", "cleo", "paused_by_hand"),
    ]  # fmt: skip
    assert "What rests: 3" in page
    assert HOSTILE not in page
    assert "All sending is stopped." in browser.get("/console/leads").text
    assert "Text rests since" in browser.get("/console/leads").text


@pytest.mark.parametrize(("kind", "subject"), [("channel", "email"), ("sequence", "missed-call"), ("sender", "")])
def test_a_button_lets_it_rest_and_go_on(kit: Kit, browser: TestClient, kind: str, subject: str) -> None:
    form = {"kind": kind, "subject": subject or emailing(kit).id, "reason": "to look at it"}

    paused = browser.post(f"{PAGE}/pause", data={**form, "back": SENDERS}, follow_redirects=False)

    assert (paused.headers["location"], paused.cookies["said"]) == (SENDERS, "paused")
    assert [(one, why) for one, _, why in stopped(browser)] == [(kind, "to look at it")]
    browser.post(f"{PAGE}/resume", data=form)
    assert stopped(browser) == []
    turned = {row["action"] for row in rows_of(kit, t.audit_log)} & {f"{kind}.paused", f"{kind}.resumed"}
    assert len(turned) == 2


def test_a_button_leads_back_to_no_page_but_ours(browser: TestClient) -> None:
    for back in ("https://evil.example", "//evil.example", "/console/\\evil", "/console#x", "/u/x"):
        form = {"kind": "channel", "subject": "email", "back": back}

        answer = browser.post(f"{PAGE}/pause", data=form, follow_redirects=False)

        assert answer.headers["location"] == PAGE, back


WRONG: tuple[tuple[dict[str, str], int], ...] = (
    ({"kind": "channel", "subject": "call"}, 400), ({"kind": "everything", "subject": "x"}, 400), ({}, 400),
    ({"kind": "sequence", "subject": "none"}, 404), ({"kind": "sender", "subject": "none"}, 404),
)  # fmt: skip


def test_what_cannot_rest_is_refused_clearly(browser: TestClient) -> None:
    assert [browser.post(f"{PAGE}/pause", data=form).status_code for form, _ in WRONG] == [code for _, code in WRONG]


def test_the_switch_says_what_it_does_and_stops_all_sending(kit: Kit, browser: TestClient) -> None:
    assert "Nothing leaves any more" in browser.get(f"{PAGE}/switch").text

    browser.post(f"{PAGE}/switch", data={"turn": "stop", "reason": "an alarm"})
    assert [one for one, _, _ in stopped(browser)] == ["everything"]
    assert "What is due goes on" in browser.get(f"{PAGE}/switch").text

    browser.post(f"{PAGE}/switch", data={"turn": "start"})
    assert stopped(browser) == []
    assert browser.post(f"{PAGE}/switch", data={"turn": "perhaps"}).status_code == 400


def test_the_page_of_a_sequence_says_that_it_rests_and_lets_it_go_on(kit: Kit, browser: TestClient) -> None:
    page = "/console/content/sequences/missed-call"
    assert "This sequence rests" not in browser.get(page).text

    browser.post(f"{PAGE}/pause", data={"kind": "sequence", "subject": "missed-call", "back": page})

    assert "This sequence rests" in browser.get(page).text
    assert f'action="{PAGE}/resume"' in browser.get(page).text


def test_a_viewer_sees_what_rests_and_turns_nothing(kit: Kit, signed_in: SignedIn) -> None:
    viewer = signed_in(Role.VIEWER)

    assert "Pause" not in viewer.get(PAGE).text
    assert viewer.post(f"{PAGE}/pause", data={"kind": "channel", "subject": "email"}).status_code == 403
    assert viewer.post(f"{PAGE}/switch", data={"turn": "stop"}).status_code == 403
    assert signed_in(Role.OPERATOR).post(f"{SENDERS}/{emailing(kit).id}", data={"rate": "5"}).status_code == 403
    assert rows_of(kit, t.audit_log, action="channel.paused") == []


def test_gauges_tell_in_words_what_a_sender_may_send(kit: Kit, browser: TestClient) -> None:
    one = emailing(kit)
    with kit.database.write() as connection:
        values = {
            "daily_max": 200,
            "sent_today": 57,
            "day": kit.database.now(connection).date(),
            "domain_daily_max": 20,
        }
        connection.execute(update(t.senders).where(t.senders.c.id == one.id).values(values))
        today = {"sender_id": one.id, "day": values["day"]}
        rows = [
            {**today, "domain": "big.example", "sent_today": 19},
            {**today, "domain": "little.example", "sent_today": 2},
        ]
        connection.execute(insert(t.sender_domains), rows)

    page = browser.get(SENDERS).text

    assert "57 of 200" in page
    assert page.index("19 of 20 today") < page.index("2 of 20 today")
    assert '<meter min="0" max="200" value="57"' in page


def test_limits_change_with_how_they_were_beside_how_they_are(kit: Kit, browser: TestClient) -> None:
    one = emailing(kit)
    form = {
        "rate": "2.5", "daily_max": "500", "domain_daily_max": "40", "day_zone": "America/New_York", "warm_up": "begin",
        "ramp_first": "50", "ramp_factor": "1.5",
    }  # fmt: skip

    browser.post(f"{SENDERS}/{one.id}", data=form)

    pace = emailing(kit).pace
    assert (pace.rate_per_second, pace.daily_max, pace.ramp_first, pace.day_zone) == (2.5, 500, 50, "America/New_York")
    assert emailing(kit).domain_daily_max == 40
    [noted] = rows_of(kit, t.audit_log, action="sender.changed")
    assert (noted["before"]["daily_max"], noted["after"]["daily_max"]) == (one.pace.daily_max, 500)
    browser.post(f"{SENDERS}/{one.id}", data={**form, "daily_max": "", "warm_up": "end"})
    assert (emailing(kit).pace.daily_max, emailing(kit).pace.ramp_first) == (None, None)


def test_limits_that_cannot_be_are_refused(kit: Kit, browser: TestClient) -> None:
    address = f"{SENDERS}/{emailing(kit).id}"

    for wrong in ({"rate": "fast"}, {"rate": "nan"}, {"daily_max": "-1"}, {"day_zone": "Mars"}, {"warm_up": "begin"}):
        assert browser.post(address, data=wrong).status_code == 400, wrong


def test_the_brand_is_shown_with_what_is_missing_and_in_each_language(browser: TestClient) -> None:
    page = browser.get("/console/settings/brand").text
    told = browser.get("/console/settings/brand?format=json").json()

    assert "Alder &amp; Finch" in page
    assert "brand.yaml" in page
    assert 'lang="es"' in page
    assert told["missing"] == {}
