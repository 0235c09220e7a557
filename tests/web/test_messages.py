"""The log's room: filters and search by the address, views that people keep, exports, and what is done about a message."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from channels.address import Channel
from engine.flows.advance import advance
from engine.flows.kit import Kit
from engine.flows.steering import pause_channel
from engine.store import tables as t
from engine.web.console.log_query import query_of
from tests.web.scenes import arrive, message_of, rows_of, work

LOG = "/console/messages"
SignedIn = Callable[[str], TestClient]


def ids_of(browser: TestClient, query: str) -> list[str]:
    return [row["id"] for row in browser.get(f"{LOG}?format=json&{query}").json()["rows"]]


def test_a_message_is_found_by_what_was_said_and_by_whom_it_went_to(kit: Kit, browser: TestClient) -> None:
    first, second = arrive(kit, 1), arrive(kit, 2, last_name="Lovelace")
    work(kit)
    messages = rows_of(kit, t.messages, state="accepted", channel="email")
    assert {row["lead_id"] for row in messages} == {first, second}

    assert set(ids_of(browser, "q=furnace&channel=email")) == {row["id"] for row in messages}
    theirs = ids_of(browser, "q=lovelace&channel=email")
    assert theirs == [message_of(kit, second)]
    assert ids_of(browser, f"lead={first}&channel=email") == [message_of(kit, first)]
    assert ids_of(browser, "q=nothing-of-the-kind") == []


def test_a_day_is_the_readers_own(kit: Kit, browser: TestClient) -> None:
    arrive(kit)  # on 2 March at 15:00 UTC, which is 3 March in Kiritimati
    work(kit)

    assert ids_of(browser, "from=2026-03-02&to=2026-03-02") != []
    assert ids_of(browser, "from=2026-03-03") == []
    assert ids_of(browser, "from=2026-03-03&to=2026-03-03&zone=Pacific/Kiritimati") != []
    assert ids_of(browser, "to=2026-03-02&zone=Pacific/Kiritimati") == []


@pytest.mark.parametrize(
    "query",
    ["state=gone", "delivery=x", "from=yesterday", "from=2026-03-02&zone=Mars/Base", "zone=../etc", "sender=1", "lead=1",
     "to=9999-12-31", "&".join(["q=x"] * 40)],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(query: str) -> None:
    with pytest.raises(HTTPException) as refused:
        query_of(query)

    assert refused.value.status_code == 400


@pytest.mark.parametrize("text", ["", "?state=held", "q=a%26b&state=held", "page=9&after=x&format=json"])
def test_a_query_reads_as_it_was_written(text: str) -> None:
    query = query_of(text)

    assert query.asked == query_of(query.text).asked
    assert "after" not in query.text


def test_a_view_is_kept_shared_renamed_and_deleted(browser: TestClient, signed_in: SignedIn, kit: Kit) -> None:
    other = signed_in("viewer")
    browser.post(f"{LOG}/views", data={"name": "Held", "query": "state=held&after=x", "is_shared": "on"})
    [view] = rows_of(kit, t.log_views)

    assert (view["query"], view["is_shared"]) == ("state=held", True)
    assert f'href="{LOG}?state=held"' in browser.get(LOG).text
    assert "Held" in other.get(LOG).text

    browser.post(f"{LOG}/views/{view['id']}", data={"name": "<b>Waiting</b>", "act": "save"})
    assert "&lt;b&gt;Waiting" in browser.get(LOG).text
    assert "Waiting" not in other.get(LOG).text

    browser.post(f"{LOG}/views/{view['id']}", data={"name": "x", "act": "drop"})
    assert rows_of(kit, t.log_views) == []
    actions = {row["action"] for row in rows_of(kit, t.audit_log, actor=view["owner"])}
    assert {"view.kept", "view.changed", "view.dropped"} <= actions


def test_only_its_owner_changes_a_view(browser: TestClient, signed_in: SignedIn, kit: Kit) -> None:
    browser.post(f"{LOG}/views", data={"name": "Held", "query": "state=held", "is_shared": "on"})
    [view] = rows_of(kit, t.log_views)

    for act in ("save", "drop"):
        answer = signed_in("operator").post(f"{LOG}/views/{view['id']}", data={"name": "Mine", "act": act})
        assert answer.status_code == 404

    assert [row["name"] for row in rows_of(kit, t.log_views)] == ["Held"]


def test_a_view_that_cannot_be_kept_says_why(browser: TestClient) -> None:
    browser.post(f"{LOG}/views", data={"name": "Held", "query": "state=held"})

    for data, says in (
        ({"name": "", "query": "state=held"}, "Give the view a name"),
        ({"name": "All", "query": ""}, "Choose a filter"),
        ({"name": "Held", "query": "state=held"}, "already"),
    ):
        answer = browser.post(f"{LOG}/views", data=data)
        assert answer.status_code == 400
        assert says in answer.text


def test_an_export_holds_what_the_filters_show_and_is_noted(kit: Kit, browser: TestClient) -> None:
    arrive(kit, 1, last_name="=HYPERLINK(1)")
    arrive(kit, 2)
    work(kit)
    expected = ids_of(browser, "channel=email")

    table = browser.post(f"{LOG}/export", data={"query": "channel=email", "format": "csv"})
    lines = browser.post(f"{LOG}/export", data={"query": "channel=email", "format": "jsonl"})

    cells = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [row["id"] for row in cells] == expected
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == expected
    assert "'=HYPERLINK(1)" in {row["last_name"] for row in cells}
    assert "attachment" in table.headers["content-disposition"]
    noted = [row["after"] for row in rows_of(kit, t.audit_log, action="messages.exported")]
    assert {"query": "channel=email", "format": "csv"} in noted


def test_whoever_only_looks_takes_nothing_out_and_takes_nothing_back(kit: Kit, signed_in: SignedIn) -> None:
    arrive(kit)
    advance(kit)
    message_id = message_of(kit, rows_of(kit, t.leads)[0]["id"], state="scheduled")
    viewer = signed_in("viewer")

    assert viewer.post(f"{LOG}/export", data={"format": "csv"}).status_code == 403
    assert viewer.post(f"{LOG}/{message_id}/settle", data={"answer": "cancelled_by_hand"}).status_code == 403
    assert "Cancel it" not in viewer.get(f"{LOG}/{message_id}").text
    assert "As CSV" not in viewer.get(LOG).text


def test_a_scheduled_message_is_cancelled_from_its_page(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    advance(kit)
    message_id = message_of(kit, lead_id, state="scheduled")
    assert "Cancel it" in browser.get(f"{LOG}/{message_id}").text

    browser.post(f"{LOG}/{message_id}/settle", data={"answer": "cancelled_by_hand"})
    again = browser.post(f"{LOG}/{message_id}/settle", data={"answer": "cancelled_by_hand"})

    assert rows_of(kit, t.messages, id=message_id)[0]["state"] == "cancelled"
    assert again.status_code == 409
    assert "cannot be cancelled any more" in again.text


def test_a_message_that_waits_says_what_is_stopped(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    advance(kit)
    message_id = message_of(kit, lead_id, state="scheduled")
    pause_channel(kit, Channel.VOICEMAIL, by="ann", reason="another channel")
    assert "It waits" not in browser.get(f"{LOG}/{message_id}").text
    channel = Channel(rows_of(kit, t.messages, id=message_id)[0]["channel"])

    pause_channel(kit, channel, by="ann", reason="<b>wrong footer")

    page = browser.get(f"{LOG}/{message_id}").text
    assert f"It waits: {channel} rests" in page
    assert "&lt;b&gt;wrong footer" in page
    assert "another channel" not in page.partition("It waits")[2].partition("</p>")[0]


def test_a_message_shows_what_its_provider_told_and_what_its_text_may_say(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, interest="<furnace>")
    work(kit)
    message_id = message_of(kit, lead_id)
    browser.post(f"{LOG}/{message_id}/act", data={"act": "replied", "text": "<i>How much?</i>"})

    page = browser.get(f"{LOG}/{message_id}").text

    assert "As sandbox told it" in page
    assert "&lt;i&gt;How much?" in page
    assert "&lt;furnace&gt;" in page
    assert "<i>How" not in page
