"""The part of `doctor` that asks the world: providers about our keys, DNS about our domains, our own address about itself.

Only what settings name is asked, nothing is sent, and a network that is away makes nothing wrong.
"""

import ipaddress
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from channels.accounts import TWILIO_URL, DkimKey, TwilioAccount, read_smtp_url
from channels.address import Channel
from channels.dkim import Signer
from channels.errors import Unavailable
from channels.imap import Mailbox
from channels.mail_exchange import takes_mail
from channels.reachability import (
    Resolver,
    Said,
    check_dkim,
    check_dmarc,
    check_spf,
    is_aligned,
    system_resolver,
    try_login,
    try_mailbox,
)
from channels.transport import Answer, Request, Timeouts, Transport
from engine.bootstrap.adapters import SENDGRID, SMTP, TWILIO, dkim_key, mailbox, sendgrid_account, twilio_account
from engine.cli.findings import Finding, asked, told, well, wrong
from engine.settings import Settings
from engine.store.senders import Sender

OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404
SENDGRID_SELECTORS = ("s1", "s2")  # what its domain authentication publishes unless told otherwise
SENDGRID_SPF = "sendgrid.net"
REGISTERED = frozenset({"VERIFIED", "verified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Who is asked; a test brings its own."""

    fetch: Callable[[Request], Answer]
    resolver: Resolver | None
    login: Callable[..., Said] = try_login
    open_mailbox: Callable[[Mailbox], Said] = try_mailbox


def look_outside() -> Outside:
    """Return this machine's network, with little patience."""
    transport = Transport(timeouts=Timeouts(connect_seconds=3.0, silence_seconds=5.0, total_seconds=8.0))
    return Outside(fetch=transport.fetch, resolver=system_resolver())


def examine_live(settings: Settings, found: Sequence[Sender], outside: Outside) -> Iterator[Finding]:
    """Yield what providers, DNS and our own address say, as far as keys are set."""
    live = [one for one in found if one.is_live]
    if settings.sendgrid_api_key is not None:
        yield from _sendgrid(settings, outside)
    if settings.smtp_url is not None:
        yield _smtp(settings, outside)
    if settings.imap_url is not None:
        yield asked("mailbox", lambda: _mailbox(settings, outside))
    if settings.twilio_account_sid is not None or settings.twilio_auth_token is not None:
        yield from _twilio(settings, live, outside)
    if live or settings.public_url is not None:
        yield from _callbacks(settings, live, outside)
    for provider, domain in sorted({(one.provider, _domain(one)) for one in live if one.channel is Channel.EMAIL}):
        yield from _domain_records(settings, provider, domain, outside)


def _sendgrid(settings: Settings, outside: Outside) -> Iterator[Finding]:
    account = sendgrid_account(settings)
    assert account is not None
    headers = {"Authorization": f"Bearer {account.api_key}"}
    answer, problem = _ask(outside, f"{account.url.rstrip('/')}/v3/scopes", headers)
    if answer is None:
        yield well("sendgrid key", problem)
    elif answer.status in {UNAUTHORIZED, FORBIDDEN}:
        yield wrong("sendgrid key", "SendGrid refuses it", "Make a new one with the scope mail.send: SENDGRID_API_KEY.")
    elif answer.status != OK:
        yield well("sendgrid key", f"could not ask: SendGrid answers {answer.status}")
    elif "mail.send" not in _json(answer).get("scopes", []):
        yield wrong("sendgrid key", "it may not send", "Give the key the scope mail.send.")
    else:
        yield well("sendgrid key", "may send")
    if not settings.sendgrid_webhook_keys:
        yield wrong(
            "sendgrid events",
            "its events are refused, since nothing tells them from forged ones",
            "Turn on signed event webhooks there and set SENDGRID_WEBHOOK_KEY to their public key.",
        )
    if settings.reply_domain is not None:
        yield from _replies(settings, settings.reply_domain, outside)


def _replies(settings: Settings, domain: str, outside: Outside) -> Iterator[Finding]:
    if not settings.sendgrid_inbound_keys:
        yield wrong(
            "inbound mail",
            "mail is refused, since nothing tells it from forged mail",
            "Give the inbound parse a security policy with a signature, and set SENDGRID_INBOUND_KEY to its public key.",
        )
    takes = None if outside.resolver is None else takes_mail(domain, outside.resolver)  # type: ignore[arg-type]
    advice = f"Add an MX record at {domain}: 10 mx.sendgrid.net"
    detail = f"{domain} {'takes mail' if takes else 'takes no mail, so answers are lost'}"
    yield told("reply domain", Said(is_well=takes, detail=domain if takes is None else detail, remedy=advice))


def _smtp(settings: Settings, outside: Outside) -> Finding:
    assert settings.smtp_url is not None
    url = settings.smtp_url.get_secret_value()

    def look() -> tuple[bool, str, str]:
        said = outside.login(read_smtp_url(url))
        return said.is_well is not False, said.detail, said.remedy

    return asked("mail server", look)


def _mailbox(settings: Settings, outside: Outside) -> tuple[bool, str, str]:
    ours = mailbox(settings)
    assert ours is not None
    said = outside.open_mailbox(ours)
    return said.is_well is not False, said.detail, said.remedy


def _twilio(settings: Settings, live: Sequence[Sender], outside: Outside) -> Iterator[Finding]:
    held: list[TwilioAccount] = []

    def look() -> tuple[bool, str, str]:
        account = twilio_account(settings)
        assert account is not None
        answer, problem = _ask(outside, _twilio_url(account, ".json"), _basic(account))
        if answer is None:
            return True, problem, ""
        if answer.status in {UNAUTHORIZED, FORBIDDEN, NOT_FOUND}:
            return False, "Twilio refuses them", "Mend TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        held.append(account)
        status = str(_json(answer).get("status", "unknown"))
        kind = (
            " (a trial account: it reaches only numbers you verified)" if _json(answer).get("type") == "Trial" else ""
        )
        return status in {"active", "unknown"}, f"the account is {status}{kind}", "Ask Twilio why it is not active."

    yield asked("twilio keys", look)
    for account in held:
        numbers = sorted({one.address for one in live if one.provider == TWILIO})
        yield from (_number(account, number, outside) for number in numbers)
        if account.messaging_service is not None and account.url == TWILIO_URL:
            yield _registration(account, account.messaging_service, outside)


def _number(account: TwilioAccount, number: str, outside: Outside) -> Finding:
    url = _twilio_url(account, f"/IncomingPhoneNumbers.json?PhoneNumber={quote(number)}")
    answer, problem = _ask(outside, url, _basic(account))
    if answer is None or answer.status != OK:
        return well(f"number {number}", problem or "could not ask: the account does not show its numbers")
    shown = [one for one in _json(answer).get("incoming_phone_numbers", []) if one.get("phone_number") == number]
    if not shown:
        advice = "Buy or port it there, or mend the sender: `fifthtouch sender list`."
        return wrong(f"number {number}", "it is none of the account's numbers", advice)
    wants = ("sms", "voice")
    can = [name for name in wants if (shown[0].get("capabilities") or {}).get(name, True)]
    return well(f"number {number}", f"the account's own, for {' and '.join(can) or 'nothing'}")


def _registration(account: TwilioAccount, service: str, outside: Outside) -> Finding:
    """Say whether US carriers know who sends by this service (10DLC): what is not registered is blocked."""
    url = f"https://messaging.twilio.com/v1/Services/{service}/Compliance/Usa2p"
    answer, problem = _ask(outside, url, _basic(account))
    if answer is None or answer.status != OK:
        return well("sender registration", problem or "could not ask: the service does not show it")
    states = sorted({str(one.get("campaign_status")) for one in _json(answer).get("compliance", [])})
    told_state = ", ".join(states) or "no campaign"
    advice = "Register your brand and campaign (A2P 10DLC) in Twilio's console: US carriers block the rest."
    is_well = any(state in REGISTERED for state in states)
    return told("sender registration", Said(is_well=is_well, detail=told_state, remedy=advice))


def _callbacks(settings: Settings, live: Sequence[Sender], outside: Outside) -> Iterator[Finding]:
    if settings.public_url is None:
        advice = "Set FIFTHTOUCH_PUBLIC_URL, such as https://hello.example.com."
        yield wrong("public address", "links and callbacks lead to this machine only", advice)
        return
    parts = urlsplit(settings.base_url)
    is_inside = _is_inside(parts.hostname or "")
    if live and (parts.scheme != "https" or is_inside):
        reason = "nobody outside reaches it" if is_inside else "providers and leads should come by https"
        yield wrong("public address", f"{settings.base_url}: {reason}", "Mend FIFTHTOUCH_PUBLIC_URL.")
        if not is_inside:
            return
    answer, _ = _ask(outside, f"{settings.base_url}/health/live", {})
    if answer is not None and answer.status == OK and _json(answer).get("status") == "live":
        yield well("callbacks", f"{settings.base_url} answers")
        return
    seen = "does not answer from here" if answer is None else f"answers {answer.status}, and not as ours does"
    advice = "Is `fifthtouch web` running, and does the proxy pass everything on to it?"
    yield wrong("callbacks", f"{settings.base_url} {seen}", advice)


def _domain_records(settings: Settings, provider: str, domain: str, outside: Outside) -> Iterator[Finding]:
    resolver = outside.resolver
    if resolver is None:
        yield well(f"domain {domain}", "could not ask: this machine has no resolver")
        return
    yield told(f"SPF of {domain}", check_spf(domain, resolver, includes=SENDGRID_SPF if provider == SENDGRID else None))
    if provider == SENDGRID:
        yield told(f"DKIM of {domain}", check_dkim(domain, SENDGRID_SELECTORS, resolver))
    elif provider == SMTP:
        yield asked(f"DKIM of {domain}", lambda: _own_signature(settings, domain, resolver))
    yield told(f"DMARC of {domain}", check_dmarc(domain, resolver))


def _own_signature(settings: Settings, domain: str, resolver: Resolver) -> tuple[bool, str, str]:
    key: DkimKey | None = dkim_key(settings)
    if key is None:
        return True, "the relay signs, so its selector is not known here", ""
    Signer(key)  # refuses, with the reason, a key that could not sign
    if not is_aligned(key.domain, domain):
        advice = f"Sign for {domain}: FIFTHTOUCH_DKIM_DOMAIN."
        return False, f"mail is signed for {key.domain}, which does not speak for {domain}", advice
    said = check_dkim(key.domain, (key.selector,), resolver, private_key=key.private_key)
    return said.is_well is not False, said.detail, said.remedy


def _ask(outside: Outside, url: str, headers: dict[str, str]) -> tuple[Answer | None, str]:
    """Return the answer to a harmless question, or None and why there is none."""
    try:
        return outside.fetch(Request(method="GET", url=url, headers=headers)), ""
    except Unavailable as error:
        return None, f"could not ask: {error}"


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _twilio_url(account: TwilioAccount, path: str) -> str:
    return f"{account.url.rstrip('/')}/2010-04-01/Accounts/{account.sid}{path}"


def _basic(account: TwilioAccount) -> dict[str, str]:
    pair = f"{account.sid}:{account.auth_token}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _domain(one: Sender) -> str:
    return one.address.rpartition("@")[2]


def _is_inside(host: str) -> bool:
    if host == "localhost" or "." not in host:
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
