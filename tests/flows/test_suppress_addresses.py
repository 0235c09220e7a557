"""Addresses that must not be used: for everybody who has them, now and later, erased or not."""

import pytest

from channels.address import Address, AddressKind, Channel, kind_of
from consent.facts import Basis, SuppressionReason
from engine.flows.advance import advance
from engine.flows.draft import Grant
from engine.flows.granting import grant
from engine.flows.suppress_addresses import Wanted, suppress
from engine.leadfile.suppression_rows import read_suppressions
from engine.store import leads
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, Story

PLAN = "name: plan\nenter: {when: manual}\nstages: [{id: mail, email: news}]"
EMAIL = Address.email("ann@example.com")
PHONE = Address.phone("+12125550101")


def ends(story: Story, address: Address, reason: SuppressionReason, channel: Channel | None = None) -> int:
    return suppress(story.kit, [Wanted(address=address, reason=reason, channel=channel)], by="test")


@pytest.mark.parametrize("reason", SuppressionReason)
def test_every_reason_stops_what_was_about_to_leave_and_is_in_the_audit_log(
    story: Story, reason: SuppressionReason
) -> None:
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    advance(story.kit)

    assert ends(story, EMAIL, reason) == len([one for one in Channel if kind_of(one) is AddressKind.EMAIL])
    assert ends(story, EMAIL, reason) == 0

    assert story.message()["state"] == "cancelled"
    (noted,) = story.rows(t.audit_log, action="suppression.added")
    assert noted["after"]["reason"] == reason
    assert "ann@example.com" not in str(dict(noted))


def test_a_number_that_is_wrong_is_wrong_for_everybody_who_has_it(story: Story) -> None:
    story.arrives(ANN, source="fair")
    story.enters(story.arrives(BOB, phone=ANN.phone, source="fair"), story.plan(PLAN.replace("email: news", "sms: hi")))
    advance(story.kit)

    ends(story, PHONE, SuppressionReason.WRONG_NUMBER)

    assert story.message()["state"] == "cancelled"


@pytest.mark.parametrize("reason", [SuppressionReason.DECEASED, SuppressionReason.LEGAL])
def test_a_death_or_a_threat_ends_every_address_of_the_person(story: Story, reason: SuppressionReason) -> None:
    story.arrives(ANN)

    ends(story, PHONE, reason)

    assert story.suppressed() == {("phone", "", reason), ("email", "", reason)}


def grants(story: Story, lead_id: str, channel: Channel) -> None:
    with story.kit.database.write() as connection:
        (stored,) = leads.load(connection, [lead_id]).values()
        given = Grant(channel=channel, basis=Basis.EXPRESS, wording="Please write")
        grant(story.kit, connection, stored, given, story.now(), source="person", recorded_by="test")


@pytest.mark.parametrize("reason", SuppressionReason)
def test_only_the_addresss_own_stop_is_lifted_by_a_newer_grant(story: Story, reason: SuppressionReason) -> None:
    lead_id = story.arrives(ANN)
    ends(story, EMAIL, reason, Channel.EMAIL)
    story.pass_time(HOUR)

    grants(story, lead_id, Channel.EMAIL)

    assert (story.suppressed() == set()) == (reason is SuppressionReason.OPTED_OUT)


def test_an_older_grant_lifts_nothing(story: Story) -> None:
    lead_id = story.arrives(ANN)
    story.pass_time(DAY)
    ends(story, EMAIL, SuppressionReason.OPTED_OUT, Channel.EMAIL)
    with story.kit.database.write() as connection:
        (stored,) = leads.load(connection, [lead_id]).values()
        given = Grant(channel=Channel.EMAIL, basis=Basis.EXPRESS, wording="Please write", at=story.now() - HOUR)
        grant(story.kit, connection, stored, given, story.now(), source="person", recorded_by="test")

    assert story.suppressed() == {("email", "email", "opted_out")}


def test_a_list_may_have_headers_or_none() -> None:
    with_headers = b"Email,Reason,Channel\nann@example.com,spam,\n+1 212 555 0101,deceased,sms\nnobody,,\n"

    rows, errors = read_suppressions(with_headers)

    assert [(row.address, row.reason, row.channel) for row in rows] == [
        (EMAIL, SuppressionReason.COMPLAINT, None),
        (PHONE, SuppressionReason.DECEASED, Channel.SMS),
    ]
    assert [error.line for error in errors] == [4]
    assert [row.address for row in read_suppressions(b"ann@example.com\n(212) 555-0101\n", country="US")[0]] == [
        EMAIL,
        PHONE,
    ]
