"""The cadence that ships for quotes: it takes over from those before the quote, and runs beside the monthly letter."""

from engine.content.library import load_library
from engine.flows.happen import happen
from engine.store import tables as t
from tests.flows.story import DAY, HOUR, Story

NAME = "quote-follow-up"
SEQUENCES = load_library().sequences
LETTER = "name: long-term-nurture\nstages:\n  - {id: letter, email: news, after: 1 month}\n"


def tell(story: Story, lead_id: str, name: str) -> None:
    """Report that *name* happened to the lead, and let what follows from it happen."""
    now = story.now()
    story.write(lambda connection: happen(story.kit, connection, lead_id, name, at=now, detail={}, now=now))
    story.live(HOUR)


def walking(story: Story) -> set[str]:
    """Return the sequences that somebody walks now."""
    return {row["sequence"] for row in story.rows(t.enrollments) if row["ended_at"] is None}


def test_a_quote_ends_the_weekly_notes_and_starts_its_own(story: Story) -> None:
    story.plan(SEQUENCES["five-days-then-weekly"])
    story.plan(SEQUENCES[NAME])
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, "five-days-then-weekly")
    story.live(DAY)

    tell(story, lead_id, "quote-sent")

    assert walking(story) == {NAME}


def test_a_quote_leaves_the_monthly_letter_alone_and_an_answer_ends_it(story: Story) -> None:
    story.plan(LETTER)
    story.plan(SEQUENCES[NAME])
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, "long-term-nurture")

    tell(story, lead_id, "quote-sent")
    assert walking(story) == {NAME, "long-term-nurture"}

    tell(story, lead_id, "quote-declined")
    assert walking(story) == {"long-term-nurture"}
