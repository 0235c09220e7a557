"""Every code in the tables, and what servers are known to say, is read as what can be done about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Fault
from channels.smtp_replies import BY_CODE, BY_CODE_AND_STEP, BY_STATUS, BY_STEP, BY_SUBJECT, Step, read_refusal

DEAD, CONTENT, CONFIGURATION = Fault.DEAD_ADDRESS, Fault.CONTENT, Fault.CONFIGURATION
THROTTLED, TRANSIENT, UNCLASSIFIED = Fault.THROTTLED, Fault.TRANSIENT, Fault.UNCLASSIFIED


@pytest.mark.parametrize(("status", "fault"), BY_STATUS.items())
def test_an_enhanced_code_tells_the_fault_of_an_address(status: str, fault: Fault) -> None:
    assert read_refusal(Step.ADDRESS, int(status[0]) * 100 + 50, f"{status} Words of no meaning") is fault


@pytest.mark.parametrize(("subject", "fault"), BY_SUBJECT.items())
def test_what_is_not_listed_in_full_is_known_by_its_subject(subject: str, fault: Fault) -> None:
    assert read_refusal(Step.ADDRESS, int(subject[0]) * 100 + 50, f"{subject}.99 Words of no meaning") is fault


@pytest.mark.parametrize(("code", "fault"), BY_CODE.items())
def test_a_code_alone_tells_the_fault(code: int, fault: Fault) -> None:
    assert read_refusal(Step.ADDRESS, code, "Words of no meaning") is fault


@pytest.mark.parametrize(("code", "step", "fault"), [(*key, fault) for key, fault in BY_CODE_AND_STEP.items()])
def test_some_codes_mean_another_thing_at_another_step(code: int, step: Step, fault: Fault) -> None:
    assert read_refusal(step, code, "Words of no meaning") is fault


@pytest.mark.parametrize(("step", "fault"), BY_STEP.items())
def test_what_no_table_knows_is_read_by_its_step(step: Step, fault: Fault) -> None:
    assert read_refusal(step, 550, "Words of no meaning") is fault


@pytest.mark.parametrize(
    ("step", "reply", "fault"),
    [
        # Postfix
        (Step.ADDRESS, "550 5.1.1 <a@b.c>: Recipient address rejected: User unknown in local recipient table", DEAD),
        (Step.ADDRESS, "554 5.7.1 <a@b.c>: Relay access denied", CONFIGURATION),
        (Step.ADDRESS, "450 4.2.0 <a@b.c>: Recipient address rejected: Greylisted, see help", TRANSIENT),
        (Step.ADDRESS, "450 4.1.2 <a@b.c>: Recipient address rejected: Domain not found", TRANSIENT),
        (Step.ADDRESS, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", CONFIGURATION),
        (Step.ADDRESS, "452 4.3.1 Insufficient system storage", TRANSIENT),
        (Step.SENDER, "553 5.7.1 <a@b.c>: Sender address rejected: not owned by user ann", CONFIGURATION),
        (Step.SENDER, "452 4.3.1 Insufficient system storage", TRANSIENT),
        (Step.SENDER, "552 5.3.4 Message size exceeds fixed limit", CONTENT),
        (Step.END, "550 5.7.1 Blocked by SpamAssassin", CONTENT),
        # Exim
        (Step.ADDRESS, "550 Unrouteable address", DEAD),
        (Step.ADDRESS, "550 relay not permitted, authentication required", CONFIGURATION),
        (Step.END, "552 Message size exceeds maximum permitted", CONTENT),
        # Gmail
        (Step.ADDRESS, "550 5.1.1 The email account that you tried to reach does not exist.", DEAD),
        (Step.ADDRESS, "452 4.2.2 The email account that you tried to reach is over quota.", TRANSIENT),
        (Step.ADDRESS, "552 5.2.2 The email account that you tried to reach is over quota", TRANSIENT),
        (Step.ADDRESS, "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", THROTTLED),
        (Step.ADDRESS, "550 5.2.1 The email account that you tried to reach is inactive.", DEAD),
        (Step.SENDER, "530 5.7.0 Authentication Required.", CONFIGURATION),
        (Step.SENDER, "421 4.7.0 Try again later, closing connection.", THROTTLED),
        (Step.END, "550 5.7.26 This mail has been blocked because the sender is unauthenticated.", CONFIGURATION),
        (Step.END, "550 5.7.1 This message is likely unsolicited mail.", CONTENT),
        (Step.END, "421 4.7.28 Gmail has detected an unusual rate of mail", THROTTLED),
        (Step.END, "550 5.4.5 Daily user sending limit exceeded.", THROTTLED),
        # Microsoft
        (Step.ADDRESS, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", DEAD),
        (Step.ADDRESS, "550 5.4.1 Recipient address rejected: Access denied.", UNCLASSIFIED),
        (Step.END, "550 5.7.515 Access denied, sending domain does not meet the required level", CONFIGURATION),
        (Step.END, "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException", CONFIGURATION),
        (Step.END, "432 4.3.2 Concurrent connections limit exceeded", THROTTLED),
        (Step.END, "550 5.7.705 Access denied, tenant has exceeded threshold", THROTTLED),
        # Amazon SES
        (Step.END, "554 Message rejected: Email address is not verified.", CONFIGURATION),
        (Step.END, "454 Throttling failure: Maximum sending rate exceeded.", THROTTLED),
        (Step.SENDER, "530 Authentication required", CONFIGURATION),
        # Words without an enhanced code
        (Step.ADDRESS, "550 No such user here", DEAD),
        (Step.ADDRESS, "550 Mailbox unavailable", UNCLASSIFIED),
        (Step.ADDRESS, "550 Requested action not taken: mailbox full", TRANSIENT),
        (Step.ADDRESS, "550 5.7.1 Access denied by policy", CONFIGURATION),
        (Step.ADDRESS, "550 Too many recipients, slow down", THROTTLED),
        (Step.DATA, "451 Local error", TRANSIENT),
        (Step.DATA, "554 No valid recipients", CONTENT),
        (Step.END, "554 Transaction failed", CONTENT),
    ],
)  # fmt: skip
def test_what_servers_are_known_to_say_is_understood(step: Step, reply: str, fault: Fault) -> None:
    code, _, words = reply.partition(" ")

    assert read_refusal(step, int(code), words) is fault


@pytest.mark.parametrize("status", sorted(status for status, fault in BY_STATUS.items() if fault is DEAD))
def test_a_dead_mailbox_named_before_the_address_is_our_senders(status: str) -> None:
    assert read_refusal(Step.SENDER, 550, f"{status} No such user") is CONFIGURATION
    assert read_refusal(Step.END, 550, f"{status} No such user") is DEAD


def test_an_enhanced_code_that_contradicts_the_code_is_not_believed() -> None:
    assert read_refusal(Step.ADDRESS, 450, "5.1.1 User unknown") is TRANSIENT


@given(st.sampled_from(Step), st.integers(400, 599), st.text())
def test_every_refusal_has_a_fault_and_what_may_pass_is_tried_again(step: Step, code: int, words: str) -> None:
    fault = read_refusal(step, code, words)

    assert code >= 500 or fault in {THROTTLED, TRANSIENT}
