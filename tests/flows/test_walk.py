"""One lead's whole way, as a first orientation for whoever reads these tests."""

from tests.flows.story import DAY, Story


def test_a_lead_walks_a_sequence_to_its_end_and_then_is_given_to_its_owner(story: Story) -> None:
    lead_id = story.arrives()

    story.live(20 * DAY)

    assert [message.channel for message in story.provider.taken] == ["email", "sms", "voicemail", "email"]
    assert story.states() == {"hello": "accepted", "text": "accepted", "tip": "accepted", "news": "accepted"}
    assert story.enrollment()["status"] == "finished"
    assert [task["kind"] for task in story.tasks(lead_id=lead_id)] == ["call", "review"]
