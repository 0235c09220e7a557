"""The tasks' room by keys alone and on a phone: a key chooses, Enter ends the task, the next opens."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.domain.task import TaskState
from engine.store import tables as t
from tests.browser.conftest import PHONE, PageAs
from tests.browser.house import House

ROOM = "/console/tasks?kind=call"


def open_card(page: Page) -> str:
    """Return the id of the task whose card is open."""
    action = page.locator("#outcome").get_attribute("action")
    [found] = re.findall(r"/tasks/([0-9a-f-]+)/close", action or "")
    return str(found)


def ended(house: House, task_id: str) -> tuple[str, str | None, str]:
    with house.kit.database.read() as connection:
        query = select(t.tasks.c.state, t.tasks.c.outcome, t.tasks.c.note).where(t.tasks.c.id == task_id)
        state, outcome, note = connection.execute(query).one()
    return state, outcome, note


def test_a_key_chooses_and_enter_ends_the_task_and_opens_the_next(page_as: PageAs, house: House) -> None:
    page = page_as("operator")
    page.goto(ROOM)
    first = open_card(page)

    page.keyboard.press("m")
    page.keyboard.type("rang twice, no")
    page.locator("h1").click()
    page.keyboard.press("x")
    page.keyboard.press("n")

    expect(page.get_by_role("radio", name=re.compile("No answer"))).to_be_checked()
    assert ended(house, first)[0] == TaskState.OPEN  # a key alone ends nothing
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="no answer")).to_be_visible()
    assert ended(house, first) == ("done", "no_answer", "rang twice, no")
    assert open_card(page) != first


def test_the_next_can_be_looked_at_without_ending_anything(page_as: PageAs, house: House) -> None:
    page = page_as("operator")
    page.goto(ROOM)
    first = open_card(page)

    page.keyboard.press("s")
    page.wait_for_url(re.compile("task="))

    assert open_card(page) != first
    assert ended(house, first)[0] == TaskState.OPEN


def test_without_script_an_outcome_is_chosen_and_sent(page_as: PageAs, house: House) -> None:
    page = page_as("operator", width=PHONE, script=False)
    page.goto(ROOM)
    first = open_card(page)

    page.get_by_role("radio", name=re.compile("Voicemail left")).check()
    page.get_by_role("button", name="End it, open the next").click()

    assert ended(house, first)[:2] == ("done", "voicemail_left")
