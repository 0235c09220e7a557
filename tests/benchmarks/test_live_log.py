"""From the engine's send to the row in an open delivery log, by the browser's own clock.

The floor is a bare server-sent event in the same browser, from the server's hand to the page, in the same run.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from statistics import median

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from playwright.sync_api import Browser, Page

from engine.clock import SystemClock
from tests.browser.conftest import PageAs, built, chrome, house, page_as, watch
from tests.browser.house import House
from tests.web.scenes import arrive, work
from tests.web.served import served

__all__ = ["built", "chrome", "house", "page_as", "watch"]

pytestmark = pytest.mark.benchmark

MESSAGES = 20
NOTE = """() => {
  window.shown = {};
  const look = () => document.querySelectorAll("#log [data-row]").forEach((row) => {
    const name = row.textContent.match(/Live\\d+x/)?.[0];
    if (name && row.textContent.includes("accepted")) window.shown[name] ??= performance.timeOrigin + performance.now();
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
LISTEN = """<!doctype html><title>floor</title><script>
window.shown = {};
new EventSource("/events").onmessage = (event) => {
  window.shown[event.data] = performance.timeOrigin + performance.now();
};
</script>"""


def bare_app(ready: list[asyncio.Queue[str]], loops: list[asyncio.AbstractEventLoop]) -> FastAPI:
    """Return an app that only passes on what is put into its queue."""
    app = FastAPI()

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return LISTEN

    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[ServerSentEvent]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        ready.append(queue)
        loops.append(asyncio.get_running_loop())
        yield ServerSentEvent(comment="open")
        while True:
            yield ServerSentEvent(raw_data=await queue.get())

    return app


def now_ms() -> float:
    """Return the machine's clock in milliseconds, as the page counts them."""
    return SystemClock().now().timestamp() * 1000


def shown_at(page: Page, name: str) -> float:
    """Wait until *page* has noted *name*; return when, in milliseconds."""
    return float(page.wait_for_function("name => window.shown[name]", arg=name).json_value())


def floor_ms(chrome: Browser) -> float:
    """Return how long a bare event takes from the server's hand to the page: the median in milliseconds."""
    ready: list[asyncio.Queue[str]] = []
    loops: list[asyncio.AbstractEventLoop] = []
    with served(bare_app(ready, loops)) as address:
        page = chrome.new_page()
        with page.expect_response("**/events"):
            page.goto(address)
        took = []
        for number in range(MESSAGES):
            began = now_ms()
            loops[0].call_soon_threadsafe(ready[0].put_nowait, str(number))
            took.append(shown_at(page, str(number)) - began)
        page.close()
    return median(took)


def test_a_message_that_was_accepted_stands_in_the_open_log(page_as: PageAs, house: House, chrome: Browser) -> None:
    floor = floor_ms(chrome)
    page = page_as("operator")
    with page.expect_response(lambda answer: "/console/live" in answer.url):
        page.goto("/console/messages")
    page.evaluate(NOTE)
    took, engine = [], []
    for number in range(MESSAGES):
        name = f"Live{number}x"
        arrive(house.kit, 8_000 + number, last_name=name)
        began = now_ms()
        work(house.kit)
        engine.append(now_ms() - began)
        took.append(shown_at(page, name) - began)

    p50, longest = median(took), max(took)
    sys.stderr.write(
        f"\nfrom the engine's turn to the row on the page, {MESSAGES} messages: p50 {p50:.0f} ms, max {longest:.0f} ms, of "
        f"which the engine took p50 {median(engine):.0f} ms; {p50 / floor:.0f} x a bare event ({floor:.1f} ms)\n"
    )
    assert longest > 0
