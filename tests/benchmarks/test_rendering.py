"""What writing a message for one lead costs, beside plain Jinja2 on the same text in the same run."""

import re
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from jinja2 import Environment

from channels.address import Channel
from engine.content.compile import compile_message
from engine.content.compiled import HTML_PARTS, Compiled
from engine.content.library import load_library
from engine.content.preview import PREVIEW_LINKS
from engine.content.render import render
from engine.content.variables import build_variables
from engine.domain.lead import Lead, LeadId
from tests.shared import REPOSITORY

pytestmark = pytest.mark.benchmark

LEADS = 10_000
AT = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
NAMES = ("Dana", "Zoë", "Ann-Marie", "Björn", "", "O'Brien", "Wolfeschlegelsteinhausen")
INTERESTS = ("heat-pump", "furnace", "tune-up", "")
MESSAGES = ((Channel.EMAIL, "instant-answer"), (Channel.SMS, "hello-text"))


def lead(number: int) -> Lead:
    """Return one of many leads, of whom more or less is known."""
    return Lead(
        id=LeadId(f"lead-{number}"),
        created_at=AT,
        first_name=NAMES[number % len(NAMES)],
        company=f"Company {number}" if number % 3 else "",
        email=f"lead{number}@example.com",
        phone=f"+1503555{number % 10_000:04d}",
        country="US",
        zone="America/Los_Angeles",
        interest=INTERESTS[number % len(INTERESTS)],
    )


# What `render` makes of each channel's parts; the rest is made by calls of its own.
PARTS = {Channel.EMAIL: ("subject", "preheader", "html", "text"), Channel.SMS: ("text",)}
ASKED = re.compile(r"\{\{ \((.*?)\) \| required\([^)]*\) \}\}")


def plainly(compiled: Compiled) -> Callable[[Mapping[str, Any]], list[str]]:
    """Return what renders the same text with Jinja2 as it comes: no sandbox, and nothing asks whether a value is there."""
    templates = []
    for name in PARTS[compiled.channel]:
        source, count = ASKED.subn(r"{{ \1 }}", compiled.parts[name])
        assert count == compiled.parts[name].count("| required(")
        templates.append(Environment(autoescape=name in HTML_PARTS).from_string(source))  # noqa: S701 - as the part is
    return lambda variables: [template.render(variables) for template in templates]


def microseconds(work: Callable[[int], object]) -> float:
    """Return the processor time of *work* for one lead, over all of them."""
    work(0)
    started = process_time()
    for number in range(LEADS):
        work(number)
    return (process_time() - started) / LEADS * 1e6


def peak_kilobytes(work: Callable[[int], object]) -> float:
    """Return the most memory that *work* holds at any moment over a thousand leads, in kilobytes."""
    tracemalloc.start()
    for number in range(1_000):
        work(number)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1_024


@pytest.mark.parametrize(("channel", "name"), MESSAGES, ids=[f"{channel} {name}" for channel, name in MESSAGES])
def test_ten_thousand_leads(channel: Channel, name: str) -> None:
    library = load_library(REPOSITORY / "templates")
    compiled = compile_message(library, library.need(channel, name))
    plain = plainly(compiled)
    people: Sequence[Lead] = [lead(number) for number in range(LEADS)]

    def variables(number: int) -> dict[str, Any]:
        return build_variables(people[number], compiled.brand, PREVIEW_LINKS, at=AT)

    ready = [{**variables(number), "greeting": "Good morning"} for number in range(LEADS)]
    whole = microseconds(lambda number: render(compiled, variables(number)))
    only = microseconds(lambda number: render(compiled, ready[number]))
    base = microseconds(lambda number: plain(ready[number]))
    ours, theirs = (
        peak_kilobytes(work) for work in (lambda n: render(compiled, variables(n)), lambda n: plain(ready[n]))
    )

    sys.stderr.write(
        f"\n{channel} {name}: {whole:.0f} µs a message, {only:.0f} of them rendering; plain Jinja2 {base:.0f} µs, "
        f"ratio {whole / base:.2f}; peak {ours:.0f} KB, plain {theirs:.0f} KB"
    )
    assert whole < 3 * base  # both slow down alike on a busy machine
    assert ours < 20_000
