"""The providers' own API descriptions judge: requests of the libraries and of our adapters, and the stand-in's answers.

Where a description is narrower than its provider: Twilio's calls the links of a page absolute URIs, and its own examples
of them are relative (`prism._with_relative_uris`). It describes no error, so refusals pass unjudged.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import sendgrid
from python_http_client.exceptions import HTTPError
from sendgrid.helpers.mail import Mail

from channels.accounts import SendGridAccount, TwilioAccount
from channels.adapter import Adapter
from channels.message import ReceiptKind
from channels.sendgrid_email import SendGridEmail
from channels.standin import StandIn
from channels.transport import Transport
from channels.twilio_sms import TwilioSms
from channels.twilio_voice import TwilioVoicemail
from tests.channels.contract import Bench, CountingDeadline, batch_for, send_all
from tests.channels.standin.conftest import LEAD, SENDER, mail_to, twilio_client
from tests.channels.standin.prism import Judges, running_judges

pytestmark = pytest.mark.slow

ROLES = ["mock", "proxy"]
CALLBACK = "https://hello.seller.example/webhooks/twilio"


@pytest.fixture(scope="module")
def judged() -> Iterator[StandIn]:
    """Return the stand-in whose answers are judged; nothing is posted from it."""
    with StandIn() as found:
        yield found


@pytest.fixture(scope="module")
def judges(judged: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judges]:
    """Return the judges, running."""
    folder = tmp_path_factory.mktemp("prism")
    with running_judges(folder, sendgrid_url=judged.sendgrid_url, twilio_url=judged.twilio_url) as found:
        yield found


@pytest.fixture
def twilio(judged: StandIn, judges: Judges, role: str) -> Any:
    """Return Twilio's official client, pointed at a judge."""
    return twilio_client(judged.twilio_sid, judged.twilio_token, getattr(judges, f"twilio_{role}"))


@pytest.fixture
def mail(judged: StandIn, judges: Judges, role: str) -> Any:
    """Return SendGrid's official client, pointed at a judge."""
    return sendgrid.SendGridAPIClient(
        judged.sendgrid_api_key, host=getattr(judges, f"sendgrid_{role}")
    ).client.mail.send


@pytest.mark.parametrize("role", ROLES)
def test_mails_of_the_official_library_pass(mail: Any) -> None:
    body = Mail(("hello@seller.example", "Seller"), "ann@example.com", "Hello", "In text", "<p>In HTML").get()
    several = mail_to("ann@example.com", "bob@example.com", reply_to={"email": "reply@seller.example"})

    answers = [mail.post(request_body=one) for one in (body, several)]

    assert [one.status_code for one in answers] == [202, 202]
    assert all(one.headers["X-Message-Id"] for one in answers)


@pytest.mark.parametrize("role", ROLES)
def test_texts_of_the_official_library_pass(twilio: Any) -> None:
    plain = twilio.messages.create(to=LEAD, from_=SENDER, body="Hello", status_callback=f"{CALLBACK}/status?message=7")
    by_service = twilio.messages.create(
        to=LEAD, messaging_service_sid="MG" + "0" * 32, body="Hello", validity_period=900, smart_encoded=True
    )
    found = twilio.messages(plain.sid).fetch()

    assert plain.sid.startswith("SM")
    assert by_service.sid.startswith("SM")
    assert found.status in {"queued", "sent", "delivered"}
    assert twilio.messages.list(to=LEAD, date_sent=plain.date_created.date(), page_size=2, limit=3)


@pytest.mark.parametrize("role", ROLES)
def test_calls_of_the_official_library_pass(twilio: Any) -> None:
    placed = twilio.calls.create(
        to=LEAD,
        from_=SENDER,
        url=f"{CALLBACK}/voice/answer?message=7",
        status_callback=f"{CALLBACK}/voice/status?message=7",
        status_callback_event=["initiated", "answered", "completed"],
        machine_detection="DetectMessageEnd",
        timeout=45,
    )

    assert placed.sid.startswith("CA")
    assert twilio.calls(placed.sid).fetch().sid.startswith("CA")
    assert twilio.calls.list(to=LEAD, limit=1)


@pytest.mark.parametrize("role", ["proxy"])
def test_a_call_that_is_hung_up_and_the_account_itself_pass(twilio: Any, judged: StandIn) -> None:
    judged.faults.add("mute", times=1)
    placed = twilio.calls.create(to=LEAD, from_=SENDER, url=f"{CALLBACK}/voice/answer")

    assert twilio.calls(placed.sid).update(status="completed").status == "completed"
    assert twilio.api.accounts(judged.twilio_sid).fetch().status == "active"


@pytest.mark.parametrize(
    "kind", ["throttle", "refuse", "fail"], ids=["too fast (429)", "for good (400)", "unwell (503)"]
)
def test_sendgrids_errors_pass_in_their_own_shape(judged: StandIn, judges: Judges, kind: str) -> None:
    judged.faults.add(kind, provider="sendgrid", times=1)
    client = sendgrid.SendGridAPIClient(judged.sendgrid_api_key, host=judges.sendgrid_proxy).client

    with pytest.raises(HTTPError) as refused:
        client.mail.send.post(request_body=mail_to("ann@example.com"))

    assert refused.value.status_code == {"throttle": 429, "refuse": 400, "fail": 503}[kind]
    assert b'"errors"' in refused.value.body


def test_a_refusal_of_the_stand_ins_own_passes(judges: Judges, judged: StandIn) -> None:
    """The description does not say that content must not be empty, so it is the stand-in that refuses."""
    client = sendgrid.SendGridAPIClient(judged.sendgrid_api_key, host=judges.sendgrid_proxy).client

    with pytest.raises(HTTPError) as refused:
        client.mail.send.post(request_body=mail_to("ann@example.com", content=[]))

    assert refused.value.status_code == 400


def test_the_judges_do_judge(judged: StandIn, judges: Judges) -> None:
    """A request and an answer that are wrong fail, or the others would prove nothing."""
    keys = {"Authorization": f"Bearer {judged.sendgrid_api_key}"}
    wrong = requests.post(f"{judges.sendgrid_mock}/v3/mail/send", json={"from": {}}, headers=keys, timeout=30)
    judged.faults.add("malformed", provider="twilio", times=1)
    path = f"/2010-04-01/Accounts/{judged.twilio_sid}/Messages.json"
    account = (judged.twilio_sid, judged.twilio_token)
    text = {"To": LEAD, "From": SENDER, "Body": "Hello"}

    malformed = requests.post(judges.twilio_proxy + path, data=text, auth=account, timeout=30)
    right = requests.post(judges.twilio_proxy + path, data=text, auth=account, timeout=30)

    assert wrong.status_code == 400
    assert (malformed.status_code, malformed.json()["title"]) == (500, "Request/Response not valid")
    assert right.status_code == 201


MakeAdapter = Callable[[Transport, StandIn, str], Adapter]


def _sendgrid(transport: Transport, judged: StandIn, url: str) -> Adapter:
    return SendGridEmail(transport, SendGridAccount(api_key=judged.sendgrid_api_key, url=url))


def _account(judged: StandIn, url: str) -> TwilioAccount:
    return TwilioAccount(
        sid=judged.twilio_sid, auth_token=judged.twilio_token, public_url="https://hello.seller.example", url=url
    )


def _texts(transport: Transport, judged: StandIn, url: str) -> Adapter:
    return TwilioSms(transport, _account(judged, url))


def _voicemails(transport: Transport, judged: StandIn, url: str) -> Adapter:
    return TwilioVoicemail(transport, _account(judged, url))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("make", "provider"),
    [(_sendgrid, "sendgrid"), (_texts, "twilio"), (_voicemails, "twilio")],
    ids=["email", "texts", "voicemail"],
)
def test_our_adapters_requests_pass(
    judged: StandIn, judges: Judges, make: MakeAdapter, provider: str, role: str
) -> None:
    transport = Transport()
    try:
        adapter = make(transport, judged, getattr(judges, f"{provider}_{role}"))
        bench = Bench(adapter=adapter, arrived=judged.account.message_ids)
        batch = batch_for(adapter.channel, size=2)
        before = len(judged.account)

        receipts = send_all(bench, batch, CountingDeadline(bench))
    finally:
        transport.close()

    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.ACCEPTED}, receipts
    assert len(judged.account) - before == (2 if role == "proxy" else 0)
