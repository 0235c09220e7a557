"""What is found out about addresses on arrival is kept with the lead, and refuses nobody."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.flows.checking import ask_online, checked, in_words
from engine.flows.intake import receive_leads
from engine.store import tables as t
from tests.flows.story import ANN, Story

SLIP = replace(ANN, email="ann@gmail.con", phone="+442079460018")


def test_a_lead_comes_with_what_its_addresses_tell(story: Story) -> None:
    lead_id = story.arrives(checked(SLIP))

    assert story.lead(lead_id)["checks"] == {
        "email": {"suggestion": "ann@gmail.com", "is_disposable": False, "takes_mail": None},
        "phone": {"type": "landline"},
    }
    assert story.lead(lead_id)["email"] == "ann@gmail.con"


def test_an_address_that_comes_later_is_checked_then(story: Story) -> None:
    lead_id = story.arrives(checked(replace(SLIP, phone=None)))

    story.arrives(checked(SLIP))

    assert story.lead(lead_id)["checks"].keys() == {"email", "phone"}


@pytest.mark.parametrize("answer", [True, False])
def test_what_dns_says_is_kept(story: Story, answer: bool) -> None:  # noqa: FBT001
    lead_id = story.arrives(checked(SLIP))
    asked: list[str] = []
    kit = replace(story.kit, takes_mail=_saying(answer=answer, asked=asked))

    assert ask_online(kit, lead_id) is answer

    assert asked == ["gmail.con"]
    assert story.lead(lead_id)["checks"]["email"]["takes_mail"] is answer
    assert story.lead(lead_id)["checks"]["phone"] == {"type": "landline"}


def test_what_dns_does_not_know_changes_nothing(story: Story) -> None:
    lead_id = story.arrives(checked(SLIP))
    before = story.lead(lead_id)

    assert ask_online(replace(story.kit, takes_mail=_saying(answer=None, asked=[])), lead_id) is None

    assert story.lead(lead_id) == before


def test_dns_is_asked_only_where_that_was_wanted_and_there_is_a_mailbox(story: Story) -> None:
    lead_id = story.arrives(checked(replace(SLIP, email=None)))
    asked: list[str] = []

    ask_online(story.kit, lead_id)
    ask_online(replace(story.kit, takes_mail=_saying(answer=False, asked=asked)), lead_id)

    assert asked == []
    assert story.lead(lead_id)["checks"] == {"phone": {"type": "landline"}}


def test_a_person_reads_only_what_matters() -> None:
    bad = {"suggestion": "ann@gmail.com", "is_disposable": True, "takes_mail": False}

    assert len(in_words({"email": bad, "phone": {"type": "landline"}})) == 4
    assert in_words({"email": {**bad, "suggestion": None, "is_disposable": False, "takes_mail": True}}) == []
    assert in_words(None) == []


def test_what_a_known_lead_says_otherwise_is_not_lost(story: Story) -> None:
    lead_id = story.arrives()

    receive_leads(story.kit, [replace(ANN, phone="+12125550177", custom={"roof": "flat"})], recorded_by="form")

    [came_back] = story.rows(t.happenings, lead_id=lead_id, name="came_back")
    assert came_back["detail"]["otherwise"] == {"phone": "+12125550177", "roof": "flat"}
    assert story.lead(lead_id)["phone"] == ANN.phone


def _saying(*, answer: bool | None, asked: list[str]) -> Callable[[str], bool | None]:
    def takes_mail(domain: str) -> bool | None:
        asked.append(domain)
        return answer

    return takes_mail
